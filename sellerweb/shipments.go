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
	TrackingNumber string `json:"trackingNumber" validate:"required,max=50"`
}

// shipped is what has come of a line of a file of shipments.
type shipped struct {
	line    int
	item    string
	problem string // "" when it is noted
}

// shipMany notes shipments from a file, a line each: order item, carrier, tracking number. A line
// that cannot be noted keeps no other from being noted and is told with its number; the same file
// again changes nothing that is noted already.
func (s *Server) shipMany(w http.ResponseWriter, r *http.Request) error {
	f := s.site.Frame(r, "송장 일괄 등록", "Shipments from a file")
	lines, err := readFile(w, r, f, "orderItemId", "carrier", "trackingNumber")
	if err != nil {
		return err
	}
	all := make([]shipped, len(lines))
	for i, line := range lines {
		all[i] = shipped{line.number, line.fields[0], line.problem}
		if line.problem != "" {
			continue
		}
		if err := s.shipLine(r, line.fields); err != nil {
			if market.CodeOf(err) == market.CodeDatabaseUnavailable {
				return err
			}
			_, all[i].problem = web.Explain(w, r, err)
		}
	}
	pages.Show(w, r, http.StatusOK, shipmentsPage(f, all))
	return nil
}

func (s *Server) shipLine(r *http.Request, fields []string) error {
	id, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "orderItemId")
	}
	var p parcel
	if err := web.DecodeForm(url.Values{"carrier": fields[1:2], "trackingNumber": fields[2:3]}, &p); err != nil {
		return err
	}
	_, err = s.store.ShipItem(r.Context(), web.Seller(r), id, p.Carrier, p.TrackingNumber)
	return err
}
