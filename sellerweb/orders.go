package sellerweb

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/web"
)

// listOrders shows the seller's lines of a state, or those that a keyword finds.
func (s *Server) listOrders(w http.ResponseWriter, r *http.Request) error {
	keyword, err := web.Keyword(r)
	if err != nil {
		return err
	}
	mine := func(
		ctx context.Context, status *market.OrderStatus, page market.PageRequest,
	) (market.Page[market.SellerOrderItem], error) {
		return s.store.SellerOrderItems(ctx, web.Seller(r),
			store.SellerItemFilter{Status: status, Search: keyword}, page)
	}
	lines, err := pages.Read(r, mine, market.OrderPaid)
	if err != nil {
		return err
	}
	if keyword != "" {
		lines.Query = url.Values{"status": {lines.Status}, "keyword": {keyword}}
	}
	if len(lines.Content) > 0 {
		read := market.Access{Data: market.DataOrders, Rows: len(lines.Content)}
		if err := s.store.NoteRead(r.Context(), read); err != nil {
			return err
		}
	}
	pages.Show(w, r, http.StatusOK, ordersPage(s.site.Frame(r, pages.TextOrders), lines, keyword))
	return nil
}

// order returns the seller's part of the order in a request's path, after it has noted the read of its recipient.
func (s *Server) order(r *http.Request) (o market.SellerOrder, err error) {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return o, err
	}
	if o, err = s.store.SellerOrder(r.Context(), web.Seller(r), id); err != nil {
		return o, err
	}
	return o, s.store.NoteRead(r.Context(), market.Access{Data: market.DataOrder, DataID: id, Rows: 1})
}

func (s *Server) showOrder(w http.ResponseWriter, r *http.Request) error {
	o, err := s.order(r)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, orderPage(s.site.Frame(r, textOrder), o, rand.Text()))
	return nil
}

// Cancel cancels pieces that a seller cannot deliver; storefront.Service.CancelForSeller implements it.
type Cancel func(ctx context.Context, seller market.SellerID, in storefront.SellerCancellation) error

// cancelItems cancels all that the seller has not shipped of an order. A form that is sent twice is one request.
func (s *Server) cancelItems(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	var in struct {
		Reason string `json:"reason" validate:"required,reason" text:"lines"`
		Key    string `json:"key"`
	}
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	cancellation := storefront.SellerCancellation{OrderID: id, Reason: in.Reason}
	if in.Key != "" {
		cancellation.Key = "seller-center:" + web.HashedKey(in.Key)
	}
	if err := s.cancel(r.Context(), web.Seller(r), cancellation); err != nil {
		return err
	}
	s.site.Back(w, r, "/orders/"+strconv.FormatInt(id, 10), noticeCancelled)
	return nil
}

func (s *Server) showSlip(w http.ResponseWriter, r *http.Request) error {
	o, err := s.order(r)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, slipPage(s.site.Frame(r, textPackingSlip), o))
	return nil
}

// shipPieces ships the pieces in the form in a parcel.
func (s *Server) shipPieces(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	var in struct {
		Pieces pages.PiecesForm `json:"pieces"`
		market.ParcelInput
	}
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	order, err := s.store.SellerOrder(r.Context(), web.Seller(r), id)
	if err != nil {
		return err
	}
	items := make([]market.OrderItem, len(order.Items))
	for i, item := range order.Items {
		items[i] = item.OrderItem
	}
	shipment := market.ParcelShipment{OrderID: id, ParcelInput: in.ParcelInput}
	if shipment.Items, err = in.Pieces.Of(items); err != nil {
		return err
	}
	if len(shipment.Items) == 0 {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "pieces")
	}
	if _, err := s.store.ShipParcel(r.Context(), web.Seller(r), shipment); err != nil {
		return err
	}
	s.site.Back(w, r, "/orders/"+strconv.FormatInt(id, 10), noticeShipped)
	return nil
}

func (s *Server) correctParcel(w http.ResponseWriter, r *http.Request) error {
	return s.changeParcel(w, r, noticeCorrected, func(ctx context.Context, seller market.SellerID, id int64) error {
		var in market.ParcelInput
		if err := web.DecodeForm(r.PostForm, &in); err != nil {
			return err
		}
		_, err := s.store.CorrectParcel(ctx, seller, id, in)
		return err
	})
}

func (s *Server) deliverParcel(w http.ResponseWriter, r *http.Request) error {
	return s.changeParcel(w, r, noticeDelivered, func(ctx context.Context, seller market.SellerID, id int64) error {
		_, err := s.store.DeliverParcel(ctx, seller, id)
		return err
	})
}

// changeParcel changes the parcel in a request's path, and leads back to its order.
func (s *Server) changeParcel(
	w http.ResponseWriter, r *http.Request, notice string,
	change func(ctx context.Context, seller market.SellerID, id int64) error,
) error {
	order, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	id, err := web.ID(r, "parcelId")
	if err != nil {
		return err
	}
	if err := change(r.Context(), web.Seller(r), id); err != nil {
		return err
	}
	s.site.Back(w, r, "/orders/"+strconv.FormatInt(order, 10), notice)
	return nil
}

func orderPath(f pages.Frame, id int64) string {
	return f.Base + "/orders/" + strconv.FormatInt(id, 10)
}

func parcelPath(f pages.Frame, p market.Parcel) string {
	return orderPath(f, p.OrderID) + "/parcels/" + strconv.FormatInt(p.ID, 10)
}

// pieceCount is the number of a line's pieces in a state.
type pieceCount struct {
	state  string // that colours the number
	name   pages.Text
	pieces int32
}

// pieceCounts returns how many pieces of a line are in which state, without states that none has.
func pieceCounts(i market.SellerOrderItem) []pieceCount {
	l := i.Line()
	all := []pieceCount{
		{"PAID", textToShip, l.Unshipped()},
		{"SHIPPED", textOnTheWay, l.Shipped - l.Delivered},
		{"DELIVERED", textDelivered, l.Delivered},
		{"SUCCESS", textConfirmed, l.Confirmed},
		{"REFUNDED", textCancelledPieces, l.Cancelled},
		{"REFUNDED", textRefunded, l.Returned()},
	}
	return slices.DeleteFunc(all, func(c pieceCount) bool { return c.pieces == 0 })
}

// slipPieces returns how many pieces of a line a packing slip has: those to ship or, when nothing of the order can be
// shipped, those that were.
func slipPieces(o market.SellerOrder, i market.SellerOrderItem) int32 {
	l := i.Line()
	switch {
	case mayShip(i):
		return l.Unshipped()
	case shippable(o.Items):
		return 0
	}
	return l.Shipped - l.Returned()
}

// listedPieces returns how many pieces of a line the list of orders has: those to ship, or all that are not refunded.
func listedPieces(i market.SellerOrderItem) int32 {
	if mayShip(i) {
		return i.Line().Unshipped()
	}
	return i.Remaining()
}

// itemName returns the name of a line's product.
func itemName(o market.SellerOrder, id int64) string {
	i := slices.IndexFunc(o.Items, func(i market.SellerOrderItem) bool { return i.ID == id })
	return o.Items[i].ProductName
}

// deliverySources are the explanations of deliveries.
var deliverySources = map[market.DeliverySource]pages.Text{
	market.DeliveredBySeller: textDeliveredBySeller, market.DeliveredByBuyer: textDeliveredByBuyer,
	market.DeliveredByStaff: textDeliveredByStaff, market.DeliveredByTime: textDeliveredByTime,
}

// mayShip reports whether pieces of a line wait for a parcel.
func mayShip(i market.SellerOrderItem) bool {
	return i.OrderStatus.MayShip(i.Line(), i.Disputed) == nil
}

// shippable reports whether lines wait for their parcels.
func shippable(lines []market.SellerOrderItem) bool { return slices.ContainsFunc(lines, mayShip) }

func courierName(c market.Courier) pages.Text { return pages.Text{Ko: c.Name, En: c.EnglishName} }

// carrierName returns a carrier as its reader names it.
func carrierName(f pages.Frame, carrier *string) string {
	if c, ok := market.CourierOf(web.OrZero(carrier)); ok {
		return f.T(courierName(c))
	}
	return web.OrZero(carrier)
}
