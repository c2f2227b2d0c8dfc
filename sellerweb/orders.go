package sellerweb

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/all-in-market/market/internal/bulk"
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

// shipItem marks a line as shipped, or corrects its parcel.
func (s *Server) shipItem(w http.ResponseWriter, r *http.Request) error {
	return s.changeItem(w, r, noticeShipped, func(ctx context.Context, seller market.SellerID, id int64) error {
		var p bulk.Parcel
		if err := web.DecodeForm(r.PostForm, &p); err != nil {
			return err
		}
		_, err := s.store.ShipItem(ctx, seller, id, p.Carrier, p.TrackingNumber)
		return err
	})
}

func (s *Server) deliverItem(w http.ResponseWriter, r *http.Request) error {
	return s.changeItem(w, r, noticeDelivered, func(ctx context.Context, seller market.SellerID, id int64) error {
		_, err := s.store.DeliverItem(ctx, seller, id)
		return err
	})
}

// changeItem changes the line in a request's path, and leads back to its order.
func (s *Server) changeItem(
	w http.ResponseWriter, r *http.Request, notice string,
	change func(ctx context.Context, seller market.SellerID, id int64) error,
) error {
	order, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	id, err := web.ID(r, "orderItemId")
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

func linePath(f pages.Frame, i market.SellerOrderItem) string {
	return orderPath(f, i.OrderID) + "/items/" + strconv.FormatInt(i.ID, 10)
}

// mayShip reports whether a line waits for its parcel.
func mayShip(i market.SellerOrderItem) bool {
	return i.ShippedAt == nil && i.OrderStatus.MayShip(i.Line(), i.Disputed) == nil
}

// mayCorrect reports whether the parcel of a line is on its way.
func mayCorrect(i market.SellerOrderItem) bool { return i.ShippedAt != nil && i.DeliveredAt == nil }

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
