package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// OpenPaymentInput names the order to be paid and who pays it. PaymentID names a payment
// that is there already and has to be looked after.
type OpenPaymentInput struct {
	OrderID, BuyerID int64
	Method           market.PaymentMethod
	PaymentID        int64 `json:",omitempty"`
}

// Payment is a payment as histories keep it.
type Payment struct {
	ID, OrderID int64
	MerchantUID string
	ImpUID      string `json:",omitempty"`
	Amount      market.Money
	Method      market.PaymentMethod
	Status      market.PaymentStatus
	PaidAt      time.Time       `json:",omitzero"`
	FailureCode market.Code     `json:",omitempty"`
	Provider    market.Provider `json:",omitempty"` // "" for MOCK
}

func paymentOf(p market.Payment) Payment {
	kept := Payment{
		ID: p.ID, OrderID: p.OrderID, MerchantUID: p.MerchantUID, Amount: p.Amount, Method: p.Method, Status: p.Status,
		Provider: p.Provider.InHistory(),
	}
	if p.ImpUID != nil {
		kept.ImpUID = *p.ImpUID
	}
	if p.PaidAt != nil {
		kept.PaidAt = time.Time(*p.PaidAt)
	}
	if p.FailureCode != nil {
		kept.FailureCode = market.Code(*p.FailureCode)
	}
	return kept
}

// View is the payment as clients see it.
func (p Payment) View() market.Payment {
	v := market.Payment{
		ID: p.ID, OrderID: p.OrderID, MerchantUID: p.MerchantUID, Amount: p.Amount, Method: p.Method, Status: p.Status,
		Provider: cmp.Or(p.Provider, market.ProviderMock),
	}
	if p.ImpUID != "" {
		v.ImpUID = &p.ImpUID
	}
	if !p.PaidAt.IsZero() {
		v.PaidAt = market.LocalTimeOf(&p.PaidAt)
	}
	if p.FailureCode != "" {
		code := string(p.FailureCode)
		v.FailureCode = &code
	}
	return v
}

// OpenedPayment is the payment that a run is to drive to its end. Existing says that the
// order had been paid before the run began. The rest is of a payment in the browser.
type OpenedPayment struct {
	Payment  Payment
	Existing bool      `json:",omitempty"`
	Prepared bool      `json:",omitempty"` // the buyer may have begun to pay
	Resolved bool      `json:",omitempty"` // what the provider did is known
	OpenedAt time.Time `json:",omitzero"`
}

// OpenPayment opens the order's payment for the workflow's run, or finds the one
// that the run has opened, or that another has left behind; see store.OpenPayment.
func (a *Activities) OpenPayment(ctx context.Context, in OpenPaymentInput) (OpenedPayment, error) {
	opened, err := a.Store.OpenPayment(ctx, store.PaymentToOpen{
		OrderID: in.OrderID, BuyerID: market.BuyerID(in.BuyerID), Method: in.Method, PaymentID: in.PaymentID,
		RunID: activity.GetInfo(ctx).WorkflowExecution.RunID,
	})
	kept := OpenedPayment{Payment: paymentOf(opened.Payment), Existing: opened.Existing}
	if opened.Payment.Provider.Redirects() {
		kept.Prepared, kept.Resolved, kept.OpenedAt = opened.Prepared, opened.Resolved, opened.OpenedAt
	}
	return kept, err
}

// ChargeInput is what the gateway is asked for.
type ChargeInput struct {
	PaymentID   int64
	MerchantUID string
	Amount      market.Money
	Method      market.PaymentMethod
	Provider    market.Provider `json:",omitempty"` // "" for MOCK
}

// ChargeOutcome is what is known to have become of a charge: it was taken, it was
// declined and never will be, or the gateway knows nothing of it. The last is a
// proof only when it is said again after the gateway's longest delay.
type ChargeOutcome struct {
	Charged  bool
	Declined bool         `json:",omitempty"`
	ImpUID   string       `json:",omitempty"`
	Amount   market.Money `json:",omitempty"` // what was really taken

	Cancelled bool `json:",omitempty"` // a part of it has gone back already
}

// Charge takes the money. An error means that the outcome is unknown. For an order that costs nothing there is no
// provider to call.
func (a *Activities) Charge(ctx context.Context, in ChargeInput) (ChargeOutcome, error) {
	if in.Provider == market.ProviderNone {
		return ChargeOutcome{Charged: true, ImpUID: in.MerchantUID}, nil
	}
	c, err := a.Gateways.Mock.Charge(ctx,
		gateway.ChargeRequest{MerchantUID: in.MerchantUID, Amount: in.Amount, Method: in.Method})
	return chargeOutcome(in, c, err)
}

// ResolveCharge finds out what became of a charge with an unknown outcome. One
// that the gateway knows nothing of is made now, under the same key, as long as
// the payment still waits for it.
func (a *Activities) ResolveCharge(ctx context.Context, in ChargeInput) (ChargeOutcome, error) {
	if in.Provider == market.ProviderNone {
		return a.Charge(ctx, in)
	}
	c, err := a.Gateways.Mock.Inquire(ctx, in.MerchantUID)
	outcome, err := chargeOutcome(in, c, err)
	if !errors.Is(err, gateway.ErrUnknownPayment) {
		return outcome, err
	}
	open, err := a.Store.PaymentIsOpen(ctx, in.PaymentID)
	if err != nil || !open {
		return ChargeOutcome{}, err
	}
	return a.Charge(ctx, in)
}

func chargeOutcome(in ChargeInput, c gateway.Charge, err error) (ChargeOutcome, error) {
	switch {
	case errors.Is(err, gateway.ErrDeclined):
		return ChargeOutcome{Declined: true}, nil
	case err != nil:
		return ChargeOutcome{}, err
	case c.MerchantUID != in.MerchantUID || c.ImpUID == "" || c.Amount < 0:
		// An answer that cannot be booked says as much as none.
		return ChargeOutcome{}, fmt.Errorf("the payment gateway was asked about %s and answers about %q: id %q, amount %s",
			in.MerchantUID, c.MerchantUID, c.ImpUID, c.Amount)
	}
	return ChargeOutcome{Charged: true, ImpUID: c.ImpUID, Amount: c.Amount, Cancelled: c.Held() < c.Amount}, nil
}

// BookPaymentInput names a payment and what was charged for it, or that the
// gateway declined it.
type BookPaymentInput struct {
	OrderID, PaymentID int64
	Declined           bool              `json:",omitempty"`
	ImpUID             string            `json:",omitempty"`
	Amount             market.Money      `json:",omitempty"`
	Cancelled          bool              `json:",omitempty"` // a part of it has gone back already
	End                market.PaymentEnd `json:",omitempty"` // of a payment in the browser
	Reason             string            `json:",omitempty"` // of that, in words
}

func (in BookPaymentInput) payment() store.OrderPayment {
	return store.OrderPayment{OrderID: in.OrderID, PaymentID: in.PaymentID}
}

func (in BookPaymentInput) charge() store.Charge {
	return store.Charge{ImpUID: in.ImpUID, Amount: in.Amount, Cancelled: in.Cancelled}
}

// BookedPayment is how a payment ended. ReversalID, when it is not 0, is the
// refund by which the charge goes back.
type BookedPayment struct {
	Payment    Payment
	ReversalID int64 `json:",omitempty"`
}

func bookedPayment(out store.PaymentOutcome) BookedPayment {
	return BookedPayment{Payment: paymentOf(out.Payment), ReversalID: out.ReversalID}
}

// ApprovePayment books a charge; see store.ApprovePayment.
func (a *Activities) ApprovePayment(ctx context.Context, in BookPaymentInput) (BookedPayment, error) {
	out, err := a.Store.ApprovePayment(ctx, in.payment(), in.charge())
	return bookedPayment(out), err
}

// AbandonPayment gives up a charge that could not be booked; see store.AbandonPayment.
func (a *Activities) AbandonPayment(ctx context.Context, in BookPaymentInput) (BookedPayment, error) {
	out, err := a.Store.AbandonPayment(ctx, in.payment(), in.charge())
	return bookedPayment(out), err
}

// FailPayment ends a payment for which nothing is held; see store.FailPayment.
func (a *Activities) FailPayment(ctx context.Context, in BookPaymentInput) (BookedPayment, error) {
	end := in.End
	switch {
	case end != "":
	case in.Declined:
		end = market.EndDeclined
	default:
		end = market.EndNotCharged
	}
	p, err := a.Store.FailPayment(ctx, in.payment(), end, in.Reason)
	return BookedPayment{Payment: paymentOf(p)}, err
}
