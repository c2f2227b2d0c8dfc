package api

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

type newPayment struct {
	OrderID int64                `json:"orderId" validate:"required,gt=0"`
	Method  market.PaymentMethod `json:"method" validate:"required,paymentmethod"`
}

// createPayment runs the payment workflow, or joins the one that runs for the
// order. An order that has been paid answers with its payment.
func (s *Server) createPayment(w http.ResponseWriter, r *http.Request) error {
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	var in newPayment
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	caller := web.Caller(r)
	return web.Once(w, r, s.Store, caller.String(), "POST /payments", key, in, func() (web.Success, any, error) {
		return s.pay(r.Context(), web.Buyer(r), in)
	})
}

func (s *Server) pay(ctx context.Context, buyerID market.BuyerID, in newPayment) (web.Success, any, error) {
	order, err := s.Store.Order(ctx, buyerID, in.OrderID)
	if err != nil {
		return web.Success{}, nil, err
	}
	if order.Status != market.OrderCreated { // no workflow is needed to say so
		return s.existingPayment(ctx, order.ID)
	}
	wait, cancel := context.WithTimeout(ctx, s.PaymentWait)
	defer cancel()
	input := workflows.PaymentInput{OrderID: order.ID, BuyerID: int64(buyerID), Method: in.Method}
	result, err := s.Workflows.Pay(wait, input)
	switch {
	case market.CodeOf(err) == market.CodeRequestTimeout:
		payment, lookup := s.Store.OrderPayment(ctx, order.ID)
		if lookup != nil {
			return web.Success{}, nil, err
		}
		return web.Accepted, payment, nil
	case err != nil:
		return web.Success{}, nil, err
	case result.Existing:
		return web.AlreadyPaid, result.Payment.View(), nil
	}
	return web.CreateSuccess, result.Payment.View(), nil
}

// existingPayment answers for an order that waits for no payment.
func (s *Server) existingPayment(ctx context.Context, orderID int64) (web.Success, any, error) {
	payment, err := s.Store.OrderPayment(ctx, orderID)
	if market.CodeOf(err) == market.CodePaymentNotFound || (err == nil && payment.Status != market.PaymentSuccess) {
		err = market.Refuse(market.CodeOrderNotPayable)
	}
	return web.AlreadyPaid, payment, err
}
