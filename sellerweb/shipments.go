package sellerweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) listOrders(w http.ResponseWriter, r *http.Request) error {
	mine := func(
		ctx context.Context, status *market.OrderStatus, page market.PageRequest,
	) (market.Page[market.SellerOrderItem], error) {
		return s.store.SellerOrderItems(ctx, web.Seller(r), store.SellerItemFilter{Status: status}, page)
	}
	lines, err := pages.Read(r, mine, market.OrderPaid)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, ordersPage(s.site.Frame(r, "주문", "Orders"), lines))
	return nil
}

func (s *Server) shipItem(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderItemId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var p parcel
	if err := web.DecodeForm(r.PostForm, &p); err != nil {
		return err
	}
	if _, err := s.store.ShipItem(r.Context(), web.Seller(r), id, p.Carrier, p.TrackingNumber); err != nil {
		return err
	}
	s.site.Back(w, r, "/orders", noticeShipped)
	return nil
}

// parcel is what a seller notes of a shipment.
type parcel struct {
	Carrier        string `json:"carrier" validate:"required,max=50"`
	TrackingNumber string `json:"trackingNumber" validate:"required,max=50,unshortened"`
}

// shipment is a line of a file of shipments.
type shipment struct {
	line    int
	item    string // the order item, as the line names it
	product string
	parcel  parcel
	changed bool   // it is not noted yet as the line has it
	problem string // why it cannot be shipped; "" when it can
}

// shipmentOf reads a line: order item, carrier and tracking number.
func shipmentOf(values []string) (id int64, p parcel, err error) {
	if id, err = strconv.ParseInt(values[0], 10, 64); err != nil {
		return id, p, market.RefuseWith(market.CodeInvalidInput, market.DetailNotPlainNumber, "orderItemId")
	}
	return id, p, web.DecodeForm(url.Values{"carrier": values[1:2], "trackingNumber": values[2:3]}, &p)
}

// blank reports whether a line of a template was not filled in.
func (l fileLine) blank() bool { return l.problem == "" && l.values[1] == "" && l.values[2] == "" }

// previewShipments shows what a file of shipments would note, and which lines cannot be shipped. It notes nothing.
func (s *Server) previewShipments(w http.ResponseWriter, r *http.Request) error {
	f := s.site.Frame(r, "송장 일괄 등록", "Shipments from a file")
	lines, err := readFile(w, r, f, shipmentColumns)
	if err != nil {
		return err
	}
	all, ids := make([]shipment, len(lines)), make([]int64, len(lines))
	seen := map[int64]bool{}
	for i, line := range lines {
		l := &all[i]
		l.line, l.problem = line.number, line.problem
		if len(line.values) > 0 {
			l.item = line.values[0]
		}
		if l.problem != "" || line.blank() {
			continue
		}
		if ids[i], l.parcel, err = shipmentOf(line.values); err != nil {
			_, l.problem = web.Explain(w, r, err)
		} else if seen[ids[i]] {
			l.problem = f.Say("이 주문 상품은 앞줄에도 있습니다.", "A line before this one is about the same order item.")
		}
		seen[ids[i]] = true
	}
	own, err := s.store.ItemsToShip(r.Context(), web.Seller(r), ids)
	if err != nil {
		return err
	}
	for i := range all {
		l := &all[i]
		if l.problem != "" || ids[i] == 0 {
			continue
		}
		item, ok := own[ids[i]]
		if !ok {
			item.Refusal = market.Refuse(market.CodeOrderItemNotFound)
		}
		if l.product = item.ProductName; item.Refusal != nil {
			_, l.problem = web.Explain(w, r, item.Refusal)
			continue
		}
		l.changed = item.ShippedAt == nil || item.Carrier == nil || *item.Carrier != l.parcel.Carrier ||
			item.TrackingNumber == nil || *item.TrackingNumber != l.parcel.TrackingNumber
	}
	pages.Show(w, r, http.StatusOK, shipmentsPreviewPage(f, all))
	return nil
}

// shipMany notes the shipments that the preview has shown. A line that cannot be noted keeps no other from being
// noted and is shown with its problem; the same form again changes nothing that is noted already.
func (s *Server) shipMany(w http.ResponseWriter, r *http.Request) error {
	if err := pages.FileForm(w, r); err != nil {
		return err
	}
	f := s.site.Frame(r, "송장 일괄 등록", "Shipments from a file")
	items, carriers, numbers := r.PostForm["orderItemId"], r.PostForm["carrier"], r.PostForm["trackingNumber"]
	if len(items) == 0 {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "orderItemId")
	}
	if len(items) > maxLines || len(carriers) != len(items) || len(numbers) != len(items) {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "orderItemId")
	}
	all := make([]shipment, len(items))
	for i, item := range items {
		l := &all[i]
		l.line, l.item = i+1, item
		id, p, err := shipmentOf([]string{item, carriers[i], numbers[i]})
		if l.parcel = p; err == nil {
			var shipped market.SellerOrderItem
			shipped, err = s.store.ShipItem(r.Context(), web.Seller(r), id, p.Carrier, p.TrackingNumber)
			l.product = shipped.ProductName
		}
		if market.CodeOf(err) == market.CodeDatabaseUnavailable {
			return err
		}
		if err != nil {
			_, l.problem = web.Explain(w, r, err)
		}
	}
	pages.Show(w, r, http.StatusOK, shipmentsPage(f, all))
	return nil
}

// shipmentsTemplate answers with a file of the order items that wait to be shipped, up to as many as a file takes,
// the oldest first.
func (s *Server) shipmentsTemplate(w http.ResponseWriter, r *http.Request) error {
	waiting, err := s.store.WaitingToShip(r.Context(), web.Seller(r), maxLines)
	if err != nil {
		return err
	}
	f := s.site.Frame(r, "", "")
	header := []string{
		f.Say("상품주문번호", "orderItemId"), f.Say("상품명", "productName"), f.Say("수량", "quantity"),
		f.Say("택배사", "carrier"), f.Say("송장번호", "trackingNumber"),
	}
	return s.template(w, r, "shipments.csv", market.DataOrders, header, func(write func([]string) error) error {
		for _, i := range waiting {
			if err := write([]string{
				strconv.FormatInt(i.ID, 10), i.ProductName, strconv.Itoa(int(i.Quantity - i.RefundedQuantity)), "", "",
			}); err != nil {
				return err
			}
		}
		return nil
	})
}
