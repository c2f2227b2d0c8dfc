package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

type newPayment struct {
	OrderID int64                `json:"orderId" validate:"required,gt=0"`
	Method  market.PaymentMethod `json:"method" validate:"required,paymentmethod"`
}

// createPayment runs the payment workflow, or joins the one that runs for the
// order. An order that has been paid answers with its payment. A payment that its buyer makes
// in the browser answers with what the browser needs for that.
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
	method, err := s.offered(in.Method)
	if err != nil {
		return web.Success{}, nil, err
	}
	order, err := s.Store.Order(ctx, buyerID, in.OrderID)
	if err != nil {
		return web.Success{}, nil, err
	}
	if order.Status != market.OrderCreated { // no workflow is needed to say so
		return s.existingPayment(ctx, order.ID)
	}
	input := workflows.PaymentInput{OrderID: order.ID, BuyerID: int64(buyerID), Method: in.Method}
	if method.Provider.Redirects() {
		return s.payInBrowser(ctx, input)
	}
	wait, cancel := context.WithTimeout(ctx, s.PaymentWait)
	defer cancel()
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

// offered is a method that can be used just now. Else it fails with INVALID_INPUT, when it is
// not offered here, or with PAYMENT_METHOD_UNAVAILABLE; both name those that can be used.
func (s *Server) offered(code market.PaymentMethod) (market.Method, error) {
	method, _ := market.MethodOf(code)
	refusal := market.CodeInvalidInput
	if s.Gateways.Offers(method) {
		if s.Gateways.Available(method) {
			return method, nil
		}
		refusal = market.CodePaymentMethodUnavailable
	}
	usable := []string{}
	for _, o := range s.Gateways.Offered() {
		if o.Available {
			usable = append(usable, string(o.Method))
		}
	}
	return market.Method{}, market.RefuseWith(refusal, market.DetailUsableMethods, strings.Join(usable, ", "))
}

// payInBrowser opens a payment that waits for its buyer, unless one is open, and answers with
// what the browser needs.
func (s *Server) payInBrowser(ctx context.Context, in workflows.PaymentInput) (web.Success, any, error) {
	payment, name, open, err := s.Store.OpenRedirect(ctx, in.OrderID)
	if err == nil && !open {
		wait, cancel := context.WithTimeout(ctx, s.PaymentWait)
		defer cancel()
		if _, err = s.Workflows.OpenPayment(wait, in); err == nil {
			payment, name, open, err = s.Store.OpenRedirect(ctx, in.OrderID)
		}
	}
	switch {
	case err != nil:
		return web.Success{}, nil, err
	case !open: // it is being paid another way, or has just ended
		payment, err = s.Store.OrderPayment(ctx, in.OrderID)
		if err == nil && payment.Status == market.PaymentSuccess {
			return web.AlreadyPaid, payment, nil
		}
		return web.Accepted, payment, err
	}
	if payment.Method != in.Method && s.Gateways.PortOne.Offers(in.Method) {
		if err := s.Store.SetPaymentMethod(ctx, payment.ID, in.Method); err != nil {
			return web.Success{}, nil, err
		}
		payment.Method = in.Method
	}
	payment.RequestPayment = s.Gateways.PortOne.Window(payment, name)
	return web.Accepted, payment, nil
}

// existingPayment answers for an order that waits for no payment.
func (s *Server) existingPayment(ctx context.Context, orderID int64) (web.Success, any, error) {
	payment, err := s.Store.OrderPayment(ctx, orderID)
	if market.CodeOf(err) == market.CodePaymentNotFound || (err == nil && payment.Status != market.PaymentSuccess) {
		err = market.Refuse(market.CodeOrderNotPayable)
	}
	return web.AlreadyPaid, payment, err
}

// listPaymentMethods tells which methods there are, and which work.
func (s *Server) listPaymentMethods(w http.ResponseWriter, r *http.Request) error {
	return web.Respond(w, r, web.ReadSuccess, s.Gateways.Offered())
}

// confirmation is what the browser's SDK has said. A token is there when the shop has to
// confirm the buyer's agreement.
type confirmation struct {
	PaymentToken  string `json:"paymentToken" validate:"max=1000"`
	TransactionID string `json:"transactionId" validate:"max=255"`
}

// confirmPayment is the buyer's return from the browser: the provider is asked how far the
// payment is, and what it says is the answer. Whoever comes back too often is answered with
// what is known.
func (s *Server) confirmPayment(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "paymentId")
	if err != nil {
		return err
	}
	var in confirmation
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	ctx, buyer := r.Context(), web.Buyer(r)
	payment, err := s.Store.Payment(ctx, buyer, id)
	if err != nil {
		return err
	}
	if payment.Status == market.PaymentPending && s.Auth.Limiter.MayConfirm(ctx, id) {
		wait, cancel := context.WithTimeout(ctx, s.PaymentWait)
		defer cancel()
		input := workflows.PaymentInput{
			OrderID: payment.OrderID, BuyerID: int64(buyer), Method: payment.Method, PaymentID: id,
		}
		hint := workflows.PaymentHint{PaymentID: id, Token: in.PaymentToken, TransactionID: in.TransactionID}
		if err := s.Workflows.ConfirmPayment(wait, input, hint); err != nil &&
			market.CodeOf(err) != market.CodeRequestTimeout {
			return err
		}
		if payment, err = s.Store.Payment(ctx, buyer, id); err != nil {
			return err
		}
	}
	switch {
	case payment.Status == market.PaymentPending:
		return web.Respond(w, r, web.Accepted, payment)
	case payment.FailureCode != nil:
		return market.Refuse(workflows.PaymentRefusal(market.Code(*payment.FailureCode)))
	}
	return web.Respond(w, r, web.UpdateSuccess, payment)
}
