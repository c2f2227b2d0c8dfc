package admin

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

func (s *Server) listOrders(w http.ResponseWriter, r *http.Request) error {
	p, err := page(r)
	if err != nil {
		return err
	}
	orders, err := s.Store.AllOrders(r.Context(), p)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, orders)
}

// orderStatus: TrackingNumber, an addition to the original's contract, goes with SHIPPED.
type orderStatus struct {
	Status         market.OrderStatus `json:"status" validate:"required,oneof=CREATED PAID SHIPPED DELIVERED REFUNDED FAILED"`
	TrackingNumber *string            `json:"trackingNumber" validate:"omitempty,max=50"`
}

// setOrderStatus moves an order as the state machine allows, with what the
// transition means; REFUNDED pays the order back.
func (s *Server) setOrderStatus(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	var in orderStatus
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	success := web.UpdateSuccess
	if in.Status == market.OrderRefunded {
		success, err = s.refundOrder(r.Context(), web.Caller(r).ID, id)
	} else {
		err = s.Store.SetOrderStatus(r.Context(), id, in.Status, in.TrackingNumber)
	}
	if err != nil {
		return err
	}
	order, err := s.Store.AnyOrder(r.Context(), id)
	if err != nil {
		return err
	}
	return web.Respond(w, r, success, order)
}

// refundOrder opens a refund of all that remains of an order, and approves it.
func (s *Server) refundOrder(ctx context.Context, adminID, orderID int64) (web.Success, error) {
	order, err := s.Store.AnyOrder(ctx, orderID)
	switch {
	case err != nil:
		return web.Success{}, err
	case order.Status == market.OrderRefunded:
		return web.UpdateSuccess, nil
	case order.Status == market.OrderFailed:
		return web.Success{}, market.Refuse(market.CodeOrderStatusImmutable)
	case order.Status != market.OrderPaid && order.Status != market.OrderDelivered:
		return web.Success{}, market.Refuse(market.CodeOrderStatusCannotBeChanged)
	}
	id, err := s.Store.ReserveRefund(ctx, order.BuyerID, "admin:"+rand.Text(), nil)
	if err != nil {
		return web.Success{}, err
	}
	opened, err := s.Workflows.RequestRefund(ctx, workflows.RefundRequest{RefundID: id, BuyerID: order.BuyerID, OrderID: orderID, Reason: market.ReasonAdminDecision})
	if err != nil {
		return web.Success{}, err
	}
	success, _, err := s.sendDecision(ctx, opened.RefundID, workflows.RefundDecision{
		DecisionID: s.decisionID(adminID, ""), AdminID: adminID, Approve: true,
	})
	return success, err
}
