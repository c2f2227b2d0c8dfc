package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
)

// PreparePayment registers a payment and its amount with the provider, and records that its buyer
// may pay from now on. A payment that has ended stays unchanged.
func (a *Activities) PreparePayment(ctx context.Context, paymentID int64) error {
	p, err := a.Store.ProviderPayment(ctx, paymentID)
	if err != nil {
		return err
	}
	if a.Gateways.PortOne == nil {
		return market.Refuse(market.CodePaymentMethodUnavailable)
	}
	err = a.Gateways.PortOne.Prepare(ctx, p.MerchantUID, p.Amount)
	if errors.Is(err, gateway.ErrUnavailable) { // do not keep the buyer waiting for an open circuit
		return market.Failed(market.CodePaymentMethodUnavailable, err)
	}
	if err != nil {
		return err
	}
	return a.Store.PreparePayment(ctx, paymentID)
}

// WithdrawnPayment is the outcome of withdrawing a payment that could not be registered with its
// provider. Ready reports that it had been registered after all.
type WithdrawnPayment struct {
	Payment Payment
	Ready   bool `json:",omitempty"`
}

// WithdrawPayment fails a payment that could not be prepared; see store.WithdrawPayment.
func (a *Activities) WithdrawPayment(ctx context.Context, in BookPaymentInput) (WithdrawnPayment, error) {
	p, ready, err := a.Store.WithdrawPayment(ctx, in.payment())
	return WithdrawnPayment{Payment: paymentOf(p), Ready: ready}, err
}

// ClosePayment fails a payment that its buyer has not made; see store.ClosePayment.
func (a *Activities) ClosePayment(ctx context.Context, in BookPaymentInput) (BookedPayment, error) {
	p, err := a.Store.ClosePayment(ctx, in.payment())
	return BookedPayment{Payment: paymentOf(p)}, err
}

// LookAtPaymentInput identifies a payment whose status to fetch. Token and TransactionID belong to
// a buyer's agreement, whose confirmation by the shop takes the money; "" for none.
type LookAtPaymentInput struct {
	PaymentID     int64
	Token         string `json:",omitempty"`
	TransactionID string `json:",omitempty"`
	// Apart leaves a charge that does not belong to the order to GiveBack. Without it, in runs that
	// began before GiveBack became an activity, LookAtPayment gives the charge back.
	Apart bool `json:",omitempty"`
}

// PaymentSnapshot is the state of a payment at its provider. With neither a charge nor an end, the
// payment waits for its buyer.
type PaymentSnapshot struct {
	OrderID int64
	ImpUID  string       `json:",omitempty"` // of a charge
	Amount  market.Money `json:",omitempty"`
	Charged bool         `json:",omitempty"`
	// Cancelled reports that a part of the charge has already been cancelled.
	Cancelled bool              `json:",omitempty"`
	End       market.PaymentEnd `json:",omitempty"` // NOT_OURS or CANCELLED: the whole charge has been cancelled
	Reason    string            `json:",omitempty"`
	// ToGiveBack reports that the provider still holds a charge that does not belong to the order.
	ToGiveBack bool `json:",omitempty"`
}

// LookAtPayment fetches the status of a payment in the browser from the provider, and records
// declined attempts. After an error the status is unknown.
func (a *Activities) LookAtPayment(ctx context.Context, in LookAtPaymentInput) (seen PaymentSnapshot, err error) {
	p, err := a.Store.ProviderPayment(ctx, in.PaymentID)
	if err != nil {
		return seen, err
	}
	seen.OrderID = p.OrderID
	if !p.Provider.Redirects() || a.Gateways.PortOne == nil {
		return seen, errNotConfigured
	}
	if in.Token != "" { // in runs that began before ConfirmPayment became an activity
		if err := a.ConfirmPayment(ctx, in); err != nil {
			activity.GetLogger(ctx).Warn("payment not confirmed by provider", "payment_id", p.ID,
				"error", err)
		}
	}
	s, err := a.Gateways.PortOne.FetchPayment(ctx, p.MerchantUID)
	if err != nil {
		return seen, err
	}
	switch {
	case s.State == gateway.SnapshotDeclined:
		err = a.Store.RecordDecline(ctx, p.ID, s.TransactionID, s.Reason)
	case s.State == gateway.SnapshotCancelled && s.Mismatch == "":
		seen.End = market.EndCancelled
	case s.Mismatch != "":
		seen.End, seen.Reason = market.EndNotOurs, s.Mismatch
		if seen.ToGiveBack = in.Apart; !in.Apart {
			err = a.Gateways.PortOne.GiveBack(ctx, p.MerchantUID)
		}
	case s.State == gateway.SnapshotCharged:
		seen.Charged, seen.ImpUID, seen.Amount = true, s.Charge.ImpUID, s.Charge.Amount
		seen.Cancelled = s.Charge.Held() < s.Charge.Amount
	}
	return seen, err
}

// GiveBack gives back what the provider holds of a charge that does not belong to the order. It
// returns nil when nothing is held.
func (a *Activities) GiveBack(ctx context.Context, paymentID int64) error {
	p, err := a.Store.ProviderPayment(ctx, paymentID)
	if err != nil {
		return err
	}
	if a.Gateways.PortOne == nil {
		return errNotConfigured
	}
	return a.Gateways.PortOne.GiveBack(ctx, p.MerchantUID)
}

// ConfirmPayment takes the money of a buyer's agreement if the payment is pending. It returns nil
// also when the provider refuses the agreement; LookAtPayment returns the result. After an error
// the outcome is unknown.
func (a *Activities) ConfirmPayment(ctx context.Context, in LookAtPaymentInput) error {
	p, err := a.Store.ProviderPayment(ctx, in.PaymentID)
	if err != nil || p.Status != market.PaymentPending {
		return err
	}
	if a.Gateways.PortOne == nil {
		return errNotConfigured
	}
	err = a.Gateways.PortOne.Confirm(ctx, gateway.ConfirmRequest{
		MerchantUID: p.MerchantUID, Token: in.Token, TransactionID: in.TransactionID, Amount: p.Amount,
	})
	if errors.Is(err, gateway.ErrDeclined) {
		activity.GetLogger(ctx).Info("agreement declined by provider", "payment_id", p.ID, "error", err)
		return nil
	}
	return err
}

// errNotConfigured reports that this process cannot call the payment's provider.
var errNotConfigured = errors.New("payment provider not configured: see PORTONE_API_SECRET")
