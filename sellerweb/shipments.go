package sellerweb

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/bulk"
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
	pages.Show(w, r, http.StatusOK, ordersPage(s.site.Frame(r, pages.TextOrders), lines))
	return nil
}

func (s *Server) shipItem(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderItemId")
	if err != nil {
		return err
	}
	var p bulk.Parcel
	if err := web.DecodeForm(r.PostForm, &p); err != nil {
		return err
	}
	if _, err := s.store.ShipItem(r.Context(), web.Seller(r), id, p.Carrier, p.TrackingNumber); err != nil {
		return err
	}
	s.site.Back(w, r, "/orders", noticeShipped)
	return nil
}

// shipment is a line of a file of shipments, with the text of its problem.
type shipment struct {
	bulk.Shipment
	problem string
}

func shown(w http.ResponseWriter, r *http.Request, all []bulk.Shipment) []shipment {
	shown := make([]shipment, len(all))
	for i, l := range all {
		shown[i] = shipment{l, problem(w, r, l.Problem)}
	}
	return shown
}

// previewShipments shows the shipments of a file, and which lines cannot be shipped. It records
// nothing.
func (s *Server) previewShipments(w http.ResponseWriter, r *http.Request) error {
	lines, err := readFile(w, r, bulk.ShipmentColumns)
	if err != nil {
		return err
	}
	all, err := s.bulk.PreviewShipments(r.Context(), web.Seller(r), lines)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK,
		shipmentsPreviewPage(s.site.Frame(r, textImportShipments), shown(w, r, all)))
	return nil
}

// shipmentsForm is the form of a preview, with one value of each field for a line.
type shipmentsForm struct {
	Items    []string `json:"orderItemId" validate:"required,filelines"`
	Carriers []string `json:"carrier"`
	Numbers  []string `json:"trackingNumber"`
}

// shipMany records the shipments of the preview. A failed line does not affect the others and is
// shown with its problem; submitting the form again has no effect on recorded lines.
func (s *Server) shipMany(w http.ResponseWriter, r *http.Request) error {
	if err := pages.FileForm(w, r); err != nil {
		return err
	}
	var in shipmentsForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if len(in.Carriers) != len(in.Items) || len(in.Numbers) != len(in.Items) {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "orderItemId")
	}
	lines := make([]bulk.Line, len(in.Items))
	for i, item := range in.Items {
		lines[i] = bulk.Line{Number: i + 1, Values: []string{item, in.Carriers[i], in.Numbers[i]}}
	}
	all, err := s.bulk.Ship(r.Context(), web.Seller(r), lines)
	if err != nil {
		return err
	}
	for i := range all {
		all[i].Changed = false // it is noted
	}
	pages.Show(w, r, http.StatusOK,
		shipmentsPage(s.site.Frame(r, textImportShipments), shown(w, r, all)))
	return nil
}
