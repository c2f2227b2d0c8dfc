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
	if key == "" {
		key = "request:" + rand.Text() // every request is one of its own
	} else {
		key = "key:" + key
	}
	id, err := s.Store.ReserveRefund(ctx, buyerID, key, optional(in.Description))
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
