package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// orderStatus: TrackingNumber, an addition to the original's contract, goes with SHIPPED.
type orderStatus struct {
	Status         market.OrderStatus `json:"status" validate:"required,enum"`
	TrackingNumber string             `json:"trackingNumber" validate:"omitempty,trackingnumber"`
}

// setOrderStatus moves an order as the state machine allows, with what the
// transition means. REFUNDED pays the whole order back, and needs the permission for large refunds.
func (s *Server) setOrderStatus(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	var in orderStatus
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	if in.Status == market.OrderRefunded {
		if err := s.Auth.Permit(r, market.PermissionDecideLargeRefunds); err != nil {
			return err
		}
	}
	order, done, err := s.BackOffice.SetOrderStatus(r.Context(), backoffice.OrderChange{
		AdminID: web.Caller(r).ID, OrderID: id, Status: in.Status, TrackingNumber: market.Optional(in.TrackingNumber),
	})
	if err == nil {
		err = s.noteOrder(r.Context(), order)
	}
	if err != nil {
		return err
	}
	return web.Respond(w, r, updated(done), order)
}

// orderEvent is an event of an order, a payment, a refund or a line.
type orderEvent struct {
	At     market.LocalTime `json:"at"`
	Kind   string           `json:"kind"`
	Detail string           `json:"detail"`
	Amount market.Money     `json:"amount"`
}

// getTimeline answers with the events of an order, the oldest first.
func (s *Server) getTimeline(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	order, err := s.Store.AnyOrder(r.Context(), id)
	if err != nil {
		return err
	}
	story, whole, err := s.BackOffice.OrderTimeline(r.Context(), id)
	if err == nil {
		err = s.noteOrder(r.Context(), order)
	}
	if err != nil {
		return err
	}
	events := make([]orderEvent, len(story))
	for i, e := range story {
		events[i] = orderEvent(e)
	}
	return web.Respond(w, r, web.ReadSuccess, struct {
		Events   []orderEvent `json:"events"`
		Complete bool         `json:"complete"` // the histories of workflows are in it
	}{events, whole})
}
