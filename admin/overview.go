package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// overview is the current business day, with the pending decisions.
type overview struct {
	Date           market.Day        `json:"date"`
	Orders         int64             `json:"orders"`
	Sales          market.Money      `json:"sales"`
	Refunded       market.Money      `json:"refunded"`
	Commission     market.Money      `json:"commission"`
	RefundsWaiting int64             `json:"refundsWaiting"`
	OldestRefundAt *market.LocalTime `json:"oldestRefundAt"` // nil while none waits
	SellersWaiting int64             `json:"sellersWaiting"`
	Alerts         []market.Alert    `json:"alerts"`
}

// getOverview answers with the business day so far, what waits for a decision, and the alerts.
func (s *Server) getOverview(w http.ResponseWriter, r *http.Request) error {
	o, err := s.Store.Overview(r.Context())
	if err != nil {
		return err
	}
	alerts, err := s.Store.Alerts(r.Context())
	if err != nil {
		return err
	}
	shown := overview{
		Date: o.Day, Orders: o.Orders, Sales: o.Sales, Refunded: o.Refunded, Commission: o.Fee,
		RefundsWaiting: o.RefundsWaiting, SellersWaiting: o.SellersWaiting, Alerts: alerts,
	}
	if o.RefundsWaiting > 0 {
		shown.OldestRefundAt = &o.OldestRefund
	}
	return web.Respond(w, r, web.ReadSuccess, shown)
}

// listAlerts answers with the alerts that are raised and the rows that they are about.
func (s *Server) listAlerts(w http.ResponseWriter, r *http.Request) error {
	alerts, err := s.Store.Alerts(r.Context())
	if err != nil {
		return err
	}
	details, err := s.Store.AlertDetails(r.Context())
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, struct {
		Alerts  []market.Alert       `json:"alerts"`
		Details []market.AlertDetail `json:"details"`
	}{alerts, details})
}
