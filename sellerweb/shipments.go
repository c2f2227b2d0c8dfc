package sellerweb

import (
	"net/http"
	"slices"
	"strings"

	"github.com/all-in-market/market/internal/bulk"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

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

// shipmentsForm is the form of a preview or of the list of orders, with one value of each field for a line.
type shipmentsForm struct {
	Items    []string `json:"orderItemId" validate:"required,filelines"`
	Carriers []string `json:"carrier"`
	Numbers  []string `json:"trackingNumber"`
	List     bool     `json:"list"` // of the list, where lines without a tracking number stay as they are
}

// shipMany records the shipments of the form. A failed line does not affect the others and is
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
	var lines []bulk.Line
	for i, item := range in.Items {
		if number := in.Numbers[i]; !in.List || strings.TrimSpace(number) != "" {
			lines = append(lines, bulk.Line{Number: i + 1, Values: []string{item, in.Carriers[i], number}})
		}
	}
	if len(lines) == 0 {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "trackingNumber")
	}
	all, err := s.bulk.Ship(r.Context(), web.Seller(r), lines)
	if err != nil {
		return err
	}
	for i := range all {
		all[i].Changed = false // it is noted
	}
	if in.List && !slices.ContainsFunc(all, func(l bulk.Shipment) bool { return l.Problem != nil }) {
		s.site.Back(w, r, "/orders", noticeShippedMany, int64(len(all)))
		return nil
	}
	pages.Show(w, r, http.StatusOK,
		shipmentsPage(s.site.Frame(r, textImportShipments), shown(w, r, all)))
	return nil
}
