package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reports"
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

// listOrders answers with the orders of all buyers that a filter selects, the oldest first.
func (s *Server) listOrders(w http.ResponseWriter, r *http.Request) error {
	page, err := web.OldestFirst(r, 10)
	if err != nil {
		return err
	}
	f, err := reports.OrderFilter(r)
	if err != nil {
		return err
	}
	orders, err := s.Replica.AllOrders(r.Context(), f, page)
	if err == nil {
		err = s.list(market.DataOrders)(r.Context(), len(orders.Content))
	}
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, orders)
}

// orderNote is a note of staff on an order.
type orderNote struct {
	Note string `json:"note" validate:"required,reason" text:"lines"`
}

// orderNotes are the notes of an order, the newest first.
type orderNotes struct {
	Notes []market.OrderNote `json:"notes"`
}

// listOrderNotes answers with the notes of staff on an order.
func (s *Server) listOrderNotes(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	order, err := s.Store.AnyOrder(r.Context(), id)
	if err != nil {
		return err
	}
	return s.respondNotes(w, r, web.ReadSuccess, order)
}

// addOrderNote adds a note to an order, and answers with all of them.
func (s *Server) addOrderNote(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	var in orderNote
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	order, err := s.BackOffice.AddOrderNote(r.Context(), id, in.Note)
	if err != nil {
		return err
	}
	return s.respondNotes(w, r, web.CreateSuccess, order)
}

// respondNotes answers with the notes of an order, which may name its buyer, and records the read.
func (s *Server) respondNotes(
	w http.ResponseWriter, r *http.Request, success web.Success, order market.Order,
) error {
	notes, err := s.Store.OrderNotes(r.Context(), order.ID)
	if err == nil {
		err = s.noteOrder(r.Context(), order)
	}
	if err != nil {
		return err
	}
	return web.Respond(w, r, success, orderNotes{notes})
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
