package api

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

// newRefund asks back what Items name, an addition to the original's contract,
// or all that remains of the order.
type newRefund struct {
	Reason      market.RefundReason `json:"reason" validate:"required,oneof=CHANGE_OF_MIND WRONG_ITEM DAMAGED"`
	Description string              `json:"description" validate:"max=255"`
	Items       []newRefundItem     `json:"items" validate:"omitempty,min=1,max=100,dive"`
}

type newRefundItem struct {
	OrderItemID int64 `json:"orderItemId" validate:"required,gt=0"`
	Quantity    int32 `json:"quantity" validate:"required,gt=0"`
}

// listRefundReasons answers with the reasons that a buyer may give, and what follows.
func (s *Server) listRefundReasons(w http.ResponseWriter, r *http.Request) error {
	policy, err := s.Store.RefundPolicy(r.Context())
	if err != nil {
		return err
	}
	var terms []market.ReasonTerms
	for _, reason := range market.BuyersReasons {
		terms = append(terms, market.ReasonTerms{Reason: reason, ShippingBorneBy: policy.ShippingBorneBy.Of(reason)})
	}
	return web.Respond(w, r, web.ReadSuccess, terms)
}

// createRefund opens a refund and starts the workflow that waits for an admin's
// decision on it.
func (s *Server) createRefund(w http.ResponseWriter, r *http.Request) error {
	orderID, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	var in newRefund
	if err := web.Decode(w, r, "refund", &in); err != nil {
		return err
	}
	caller := web.Caller(r)
	request := struct {
		OrderID int64
		newRefund
	}{orderID, in}
	return web.Once(w, r, s.Store, caller.String(), "POST /orders/{orderId}/refunds", key, request,
		func() (web.Success, any, error) {
			return s.openRefund(r.Context(), web.Buyer(r), orderID, key, in)
		})
}

func (s *Server) openRefund(
	ctx context.Context, buyerID market.BuyerID, orderID int64, key string, in newRefund,
) (web.Success, any, error) {
	if _, err := s.Store.Order(ctx, buyerID, orderID); err != nil {
		return web.Success{}, nil, err
	}
	id, err := s.reserveRefund(ctx, buyerID, key, in.Description)
	if err != nil {
		return web.Success{}, nil, err
	}
	request := workflows.RefundRequest{RefundID: id, BuyerID: int64(buyerID), OrderID: orderID, Reason: in.Reason}
	for _, item := range in.Items {
		request.Add(market.Pieces(item))
	}
	opened, err := s.Workflows.RequestRefund(ctx, request)
	if err != nil {
		return web.Success{}, nil, err
	}
	refund, err := s.Store.Refund(ctx, buyerID, opened.RefundID)
	return web.CreateSuccess, refund, err
}

// reserveRefund names a request: by the client's key, or as one of its own.
func (s *Server) reserveRefund(
	ctx context.Context, buyerID market.BuyerID, key, description string,
) (refundID int64, err error) {
	if key == "" {
		key = "request:" + rand.Text()
	} else {
		key = "key:" + key
	}
	return s.Store.ReserveRefund(ctx, buyerID, key, optional(description))
}

// cancelOrder gives a whole order up before anything of it is on its way. One that is not
// paid fails; one that is paid is paid back, without a decision.
func (s *Server) cancelOrder(w http.ResponseWriter, r *http.Request) error {
	orderID, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	const operation = "POST /orders/{orderId}/cancel"
	return web.Once(w, r, s.Store, web.Caller(r).String(), operation, key, orderID,
		func() (web.Success, any, error) {
			success, err := s.cancel(r.Context(), web.Buyer(r), orderID, key)
			if err != nil {
				return success, nil, err
			}
			order, err := s.Store.Order(r.Context(), web.Buyer(r), orderID)
			return success, order, err
		})
}

// cancel says whether an order is cancelled, or its money on its way back.
func (s *Server) cancel(ctx context.Context, buyerID market.BuyerID, orderID int64, key string) (web.Success, error) {
	order, err := s.Store.Order(ctx, buyerID, orderID)
	if err != nil {
		return web.Success{}, err
	}
	switch order.Status {
	case market.OrderRefunded, market.OrderFailed:
		return web.UpdateSuccess, nil
	case market.OrderCreated:
		err := s.Store.SetOrderStatus(ctx, orderID, market.OrderFailed, nil)
		if market.CodeOf(err) != market.CodeOrderStatusCannotBeChanged {
			return web.UpdateSuccess, err
		} // it was paid in the meantime
	}
	id, err := s.reserveRefund(ctx, buyerID, key, "")
	if err != nil {
		return web.Success{}, err
	}
	_, err = s.Workflows.RequestRefund(ctx, workflows.RefundRequest{
		RefundID: id, BuyerID: int64(buyerID), OrderID: orderID, Reason: market.ReasonChangeOfMind, Cancel: true,
	})
	return web.Accepted, err
}
