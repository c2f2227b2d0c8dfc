package storefront

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// Pay pays an order, or joins the payment of it that is under way. An order that costs nothing is paid at once, with
// any method. A payment that its buyer makes in the browser comes back PENDING with what the browser needs for that;
// one that takes longer than PaymentWait comes back as it is. A payment that is open in the browser is ended before the
// order is paid with a method of another provider, unless it was made: Pay fails with PAYMENT_METHOD_UNAVAILABLE if the
// provider does not answer whether it was. Existing reports whether the order was paid already.
func (f *Service) Pay(
	ctx context.Context, buyerID market.BuyerID, orderID int64, code market.PaymentMethod,
) (payment market.Payment, existing bool, err error) {
	order, err := f.Store.Order(ctx, buyerID, orderID)
	if err != nil {
		return payment, false, err
	}
	method, err := f.offered(code)
	free := order.TotalAmount == 0
	if err != nil && !free {
		return payment, false, err
	}
	if order.Status != market.OrderCreated { // refused without a workflow
		payment, err = f.existingPayment(ctx, orderID)
		return payment, true, err
	}
	in := workflows.PaymentInput{OrderID: orderID, BuyerID: int64(buyerID), Method: code}
	if method.Provider.Redirects() && !free {
		return f.payInBrowser(ctx, in)
	}
	wait, cancel := context.WithTimeout(ctx, f.PaymentWait)
	defer cancel()
	result, joined, err := f.payOrJoin(wait, in, f.Gateways.PortOne != nil && !free)
	switch {
	case market.CodeOf(err) == market.CodeRequestTimeout:
		payment, lookup := f.Store.OrderPayment(ctx, orderID)
		if lookup != nil {
			return payment, false, err
		}
		return payment, false, nil
	case err != nil:
		return payment, false, err
	}
	return result.Payment.View(), result.Existing && !joined, nil
}

// payOrJoin pays an order when no other request is paying it: it ends a payment that another
// request has opened in the browser, unless the buyer has paid, and waits for any other. joined
// reports whether there was such a request. inspect reports whether the order may have a payment in
// the browser.
func (f *Service) payOrJoin(
	ctx context.Context, in workflows.PaymentInput, inspect bool,
) (result workflows.PaymentResult, joined bool, err error) {
	for {
		if inspect {
			if err := f.closeInBrowser(ctx, in); err != nil {
				return result, joined, err
			}
		}
		result, err = f.Workflows.Pay(ctx, in)
		if !errors.Is(err, engine.ErrPaymentUnderWay) {
			return result, joined, err
		}
		joined = true
		if err := f.Workflows.ClosePayment(ctx, in); err != nil {
			return result, joined, err
		}
	}
}

// closeInBrowser ends the payment of an order that its buyer has open in the browser, unless it was made. It fails with
// PAYMENT_METHOD_UNAVAILABLE if the provider does not answer whether it was.
func (f *Service) closeInBrowser(ctx context.Context, in workflows.PaymentInput) error {
	open, err := f.openInBrowser(ctx, in.OrderID)
	if err != nil || open == nil {
		return err
	}
	in.Method, in.PaymentID = open.Method, open.ID
	if err := f.Workflows.ClosePayment(ctx, in); err != nil {
		return err
	}
	if open, err = f.openInBrowser(ctx, in.OrderID); err == nil && open != nil {
		err = market.Refuse(market.CodePaymentMethodUnavailable)
	}
	return err
}

// openInBrowser returns the payment of an order that waits for its buyer in the browser; nil for none.
func (f *Service) openInBrowser(ctx context.Context, orderID int64) (*market.Payment, error) {
	p, err := f.Store.OrderPayment(ctx, orderID)
	switch {
	case market.CodeOf(err) == market.CodePaymentNotFound:
		return nil, nil //nolint:nilnil // there is none
	case err != nil:
		return nil, err
	case p.Status != market.PaymentPending || !p.Provider.Redirects():
		return nil, nil //nolint:nilnil // likewise
	}
	return &p, nil
}

// CheckMethod returns nil for a method that can be used at present. It fails with INVALID_INPUT for a method
// that is not offered, or with PAYMENT_METHOD_UNAVAILABLE; both list the usable methods.
func (f *Service) CheckMethod(code market.PaymentMethod) error {
	_, err := f.offered(code)
	return err
}

// offered returns a method that can be used at present. It fails with INVALID_INPUT for a method
// that is not offered, or with PAYMENT_METHOD_UNAVAILABLE; both list the usable methods.
func (f *Service) offered(code market.PaymentMethod) (market.Method, error) {
	method, _ := market.MethodOf(code)
	refusal := market.CodeInvalidInput
	if f.Gateways.Offers(method) {
		if f.Gateways.Available(method) {
			return method, nil
		}
		refusal = market.CodePaymentMethodUnavailable
	}
	usable := []string{}
	for _, o := range f.Gateways.Offered() {
		if o.Available {
			usable = append(usable, string(o.Method))
		}
	}
	return market.Method{}, market.RefuseWith(refusal, market.DetailUsableMethods, strings.Join(usable, ", "))
}

// payInBrowser opens a payment that waits for its buyer, unless one is open, and answers with
// what the browser needs.
func (f *Service) payInBrowser(
	ctx context.Context, in workflows.PaymentInput,
) (payment market.Payment, existing bool, err error) {
	payment, name, open, err := f.Store.OpenRedirect(ctx, in.OrderID)
	if err == nil && open { // the window is not opened again for what staff has taken off sale since
		err = f.Store.CheckSale(ctx, in.OrderID)
	}
	if err == nil && !open {
		wait, cancel := context.WithTimeout(ctx, f.PaymentWait)
		defer cancel()
		if _, err = f.Workflows.OpenPayment(wait, in); err == nil {
			payment, name, open, err = f.Store.OpenRedirect(ctx, in.OrderID)
		}
	}
	switch {
	case err != nil:
		return payment, false, err
	case !open: // it is being paid another way, or has just ended
		payment, err = f.Store.OrderPayment(ctx, in.OrderID)
		return payment, true, err
	}
	if payment.Method != in.Method && f.Gateways.PortOne.Offers(in.Method) {
		if err := f.Store.SetPaymentMethod(ctx, payment.ID, in.Method); err != nil {
			return payment, false, err
		}
		payment.Method = in.Method
	}
	payment.RequestPayment = f.Gateways.PortOne.Window(payment, name)
	return payment, false, nil
}

// existingPayment answers for an order that waits for no payment.
func (f *Service) existingPayment(ctx context.Context, orderID int64) (market.Payment, error) {
	payment, err := f.Store.OrderPayment(ctx, orderID)
	if market.CodeOf(err) == market.CodePaymentNotFound || (err == nil && payment.Status != market.PaymentSuccess) {
		err = market.Refuse(market.CodeOrderNotPayable)
	}
	return payment, err
}

// Confirm handles a buyer's return from the browser: it has the status fetched from the provider,
// and returns the payment. Beyond a rate limit it returns the known status. A token is present when
// the shop has to confirm the buyer's agreement. It fails with INVALID_INPUT for a token or
// transaction id that no provider would issue.
func (f *Service) Confirm(
	ctx context.Context, buyerID market.BuyerID, paymentID int64, token, transactionID string,
) (market.Payment, error) {
	err := cmp.Or(checkOpaque("paymentToken", token, market.MaxPaymentToken),
		checkOpaque("transactionId", transactionID, market.MaxTransactionID))
	if err != nil {
		return market.Payment{}, err
	}
	payment, err := f.Store.Payment(ctx, buyerID, paymentID)
	if err != nil {
		return payment, err
	}
	if payment.Status == market.PaymentPending && f.Limiter.MayConfirm(ctx, paymentID) {
		wait, cancel := context.WithTimeout(ctx, f.PaymentWait)
		defer cancel()
		in := workflows.PaymentInput{
			OrderID: payment.OrderID, BuyerID: int64(buyerID), Method: payment.Method, PaymentID: paymentID,
		}
		hint := workflows.PaymentChanged{PaymentID: paymentID, Token: token, TransactionID: transactionID}
		if err := f.Workflows.ConfirmPayment(wait, in, hint); err != nil &&
			market.CodeOf(err) != market.CodeRequestTimeout {
			return payment, err
		}
		if payment, err = f.Store.Payment(ctx, buyerID, paymentID); err != nil {
			return payment, err
		}
	}
	if payment.Status != market.PaymentPending && payment.FailureCode != nil {
		if order, err := f.Store.Order(ctx, buyerID, payment.OrderID); err == nil && order.Status.Paid() {
			return payment, market.Refuse(market.CodePaymentAlreadyExists) // another way
		}
		return payment, market.Refuse(workflows.PaymentRefusal(market.Code(*payment.FailureCode)))
	}
	return payment, nil
}

// opaque matches what a provider's window gives the browser to hand on: visible ASCII.
var opaque = regexp.MustCompile(`^[!-~]*$`)

// checkOpaque rejects a field with invalid characters, or with more than limit.
func checkOpaque(field, value string, limit int) error {
	switch {
	case !opaque.MatchString(value):
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, field)
	case len(value) > limit:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldTooLong, field)
	}
	return nil
}

// signalTimeout bounds the signal to a payment's workflow.
const signalTimeout = 500 * time.Millisecond

// SignalPayment executes a follow-up: it signals to a payment's workflow that the payment may have changed at its
// provider. The follow-up stays when that fails, and a worker executes it.
func (f *Service) SignalPayment(ctx context.Context, follow store.FollowUp) {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	p, err := f.Store.ProviderPayment(ctx, follow.SubjectID)
	if err != nil {
		return
	}
	in := workflows.PaymentInput{OrderID: p.OrderID, BuyerID: p.BuyerID, Method: p.Method, PaymentID: p.ID}
	if f.Workflows.SignalPayment(ctx, in) == nil {
		_ = f.Store.FollowUpsStarted(ctx, follow.ID)
	}
}
