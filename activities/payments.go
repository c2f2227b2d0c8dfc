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

// OpenPaymentInput identifies the order to pay and its buyer. PaymentID identifies an existing
// payment to complete.
type OpenPaymentInput struct {
	OrderID, BuyerID int64
	Method           market.PaymentMethod
	PaymentID        int64 `json:",omitempty"`
}

// Payment is a payment in workflow histories.
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

// View returns the payment as clients see it.
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

// OpenedPayment is the payment that a run has to complete. Existing reports that the order had been
// paid before the run began. Prepared and Resolved apply to payments in the browser.
type OpenedPayment struct {
	Payment  Payment
	Existing bool      `json:",omitempty"`
	Prepared bool      `json:",omitempty"` // the buyer may have begun to pay
	Resolved bool      `json:",omitempty"` // the provider's outcome is known
	OpenedAt time.Time `json:",omitzero"`
}

// OpenPayment opens the order's payment for the workflow's run, or finds the payment that this run
// has opened or an earlier run has not completed; see store.OpenPayment.
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

// ChargeInput is a charge request to the gateway.
type ChargeInput struct {
	PaymentID   int64
	MerchantUID string
	Amount      market.Money
	Method      market.PaymentMethod
	Provider    market.Provider `json:",omitempty"` // "" for MOCK
}

// ChargeOutcome is the state of a charge at the gateway: taken, permanently declined, or, with
// neither, no record of it. A missing record is conclusive only when it is still missing after the
// gateway's longest delay.
type ChargeOutcome struct {
	Charged  bool
	Declined bool         `json:",omitempty"`
	ImpUID   string       `json:",omitempty"`
	Amount   market.Money `json:",omitempty"` // the amount taken

	Cancelled bool `json:",omitempty"` // a part of it has gone back already
}

// Charge takes the money. An error means that the outcome is unknown. An order that costs nothing
// is charged without a call to a provider.
func (a *Activities) Charge(ctx context.Context, in ChargeInput) (ChargeOutcome, error) {
	if in.Provider == market.ProviderNone {
		return ChargeOutcome{Charged: true, ImpUID: in.MerchantUID}, nil
	}
	c, err := a.Gateways.Mock.Charge(ctx,
		gateway.ChargeRequest{MerchantUID: in.MerchantUID, Amount: in.Amount, Method: in.Method})
	return chargeOutcome(in, c, err)
}

// ResolveCharge determines the outcome of a charge. While the payment is pending, a charge without
// a record at the gateway is made now, under the same key.
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
		// An answer that cannot be booked is treated as no answer.
		return ChargeOutcome{}, fmt.Errorf("payment gateway answered an inquiry for %s with %q: id %q, amount %s",
			in.MerchantUID, c.MerchantUID, c.ImpUID, c.Amount)
	}
	return ChargeOutcome{Charged: true, ImpUID: c.ImpUID, Amount: c.Amount, Cancelled: c.Held() < c.Amount}, nil
}

// BookPaymentInput identifies a payment, with what was charged for it, or reports that the gateway
// declined it.
type BookPaymentInput struct {
	OrderID, PaymentID int64
	Declined           bool              `json:",omitempty"`
	ImpUID             string            `json:",omitempty"`
	Amount             market.Money      `json:",omitempty"`
	Cancelled          bool              `json:",omitempty"` // a part of it has already been cancelled
	End                market.PaymentEnd `json:",omitempty"` // of a payment in the browser
	Reason             string            `json:",omitempty"` // of the end, in words
}

func (in BookPaymentInput) payment() store.OrderPayment {
	return store.OrderPayment{OrderID: in.OrderID, PaymentID: in.PaymentID}
}

func (in BookPaymentInput) charge() store.Charge {
	return store.Charge{ImpUID: in.ImpUID, Amount: in.Amount, Cancelled: in.Cancelled}
}

// BookedPayment is the outcome of a payment. ReversalID is the refund that gives the charge back,
// or 0.
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

// AbandonPayment fails the payment of a charge that could not be booked; see store.AbandonPayment.
func (a *Activities) AbandonPayment(ctx context.Context, in BookPaymentInput) (BookedPayment, error) {
	out, err := a.Store.AbandonPayment(ctx, in.payment(), in.charge())
	return bookedPayment(out), err
}

// FailPayment fails a payment that holds no money; see store.FailPayment.
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
