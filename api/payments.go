package api

import (
	"net/http"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

type newPayment struct {
	OrderID int64                `json:"orderId" validate:"required,gt=0"`
	Method  market.PaymentMethod `json:"method" validate:"required,enum"`
}

// sameRequest is how long after a payment another request to pay the order counts as a repeat of
// the successful one, whose response may have been lost.
const sameRequest = time.Minute

// createPayment runs the payment workflow, or joins the one that runs for the
// order. A payment that its buyer makes in the browser answers with what the browser needs for that.
// It fails with PAYMENT_ALREADY_EXISTS for an order that was paid before.
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
	return web.Idempotent(w, r, s.Store, caller.String(), "POST /payments", key, in, func() (web.Success, any, error) {
		payment, existing, err := s.Storefront.Pay(r.Context(), web.Buyer(r), in.OrderID, in.Method)
		switch {
		case err != nil:
			return web.Success{}, nil, err
		case payment.Status != market.PaymentSuccess:
			return web.Accepted, payment, nil
		case existing && time.Since(time.Time(*payment.PaidAt)) > sameRequest:
			return web.Success{}, nil, market.Refuse(market.CodePaymentAlreadyExists)
		}
		return web.CreateSuccess, payment, nil
	})
}

// listPaymentMethods responds with the payment methods and their availability.
func (s *Server) listPaymentMethods(w http.ResponseWriter, r *http.Request) error {
	return web.Respond(w, r, web.ReadSuccess, s.Storefront.Gateways.Offered())
}

// confirmation is the result of the browser's SDK. It has a token when the shop has to confirm the
// buyer's agreement.
type confirmation struct {
	PaymentToken  string `json:"paymentToken"`
	TransactionID string `json:"transactionId"`
}

// confirmPayment handles the buyer's return from the browser.
func (s *Server) confirmPayment(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "paymentId")
	if err != nil {
		return err
	}
	var in confirmation
	if err := web.DecodeOptional(w, r, &in); err != nil {
		return err
	}
	payment, err := s.Storefront.Confirm(r.Context(), web.Buyer(r), id, in.PaymentToken, in.TransactionID)
	switch {
	case err != nil:
		return err
	case payment.Status == market.PaymentPending:
		return web.Respond(w, r, web.Accepted, payment)
	}
	return web.Respond(w, r, web.UpdateSuccess, payment)
}
