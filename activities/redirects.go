package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
)

// PreparePayment has the provider expect a payment, of so much and no other amount, and
// notes that its buyer may pay from now on. A payment that has ended meanwhile stays as it is.
func (a *Activities) PreparePayment(ctx context.Context, paymentID int64) error {
	p, err := a.Store.ProviderPayment(ctx, paymentID)
	if err != nil {
		return err
	}
	if a.Gateways.PortOne == nil {
		return market.Refuse(market.CodePaymentMethodUnavailable)
	}
	err = a.Gateways.PortOne.Prepare(ctx, p.MerchantUID, p.Amount)
	if errors.Is(err, gateway.ErrUnavailable) { // the buyer is not to wait for what will not come
		return market.Failed(market.CodePaymentMethodUnavailable, err)
	}
	if err != nil {
		return err
	}
	return a.Store.PreparePayment(ctx, paymentID)
}

// WithdrawnPayment is a payment of which the provider could not be told. Ready says that it
// was told after all.
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

// LookAtPaymentInput names a payment to be looked at. Token and TransactionID are of a
// buyer's agreement, which takes the money when the shop confirms it; "" for none.
type LookAtPaymentInput struct {
	PaymentID     int64
	Token         string `json:",omitempty"`
	TransactionID string `json:",omitempty"`
	// Apart leaves a charge that is not the order's to GiveBack. Without it, as of runs that began before GiveBack was
	// an activity of its own, LookAtPayment gives the charge back.
	Apart bool `json:",omitempty"`
}

// SeenPayment is what the provider has done about a payment. With neither a charge nor an
// end it waits for the buyer.
type SeenPayment struct {
	OrderID int64
	ImpUID  string       `json:",omitempty"` // of a charge
	Amount  market.Money `json:",omitempty"`
	Charged bool         `json:",omitempty"`
	// Cancelled reports that a part of the charge has gone back already.
	Cancelled bool              `json:",omitempty"`
	End       market.PaymentEnd `json:",omitempty"` // NOT_OURS or CANCELLED: the whole charge has been cancelled
	Reason    string            `json:",omitempty"`
	// ToGiveBack reports that the provider still holds a charge that is not the order's.
	ToGiveBack bool `json:",omitempty"`
}

// LookAtPayment asks the provider how far a payment in the browser has come. What was
// declined is noted. An error says nothing.
func (a *Activities) LookAtPayment(ctx context.Context, in LookAtPaymentInput) (seen SeenPayment, err error) {
	p, err := a.Store.ProviderPayment(ctx, in.PaymentID)
	if err != nil {
		return seen, err
	}
	seen.OrderID = p.OrderID
	if !p.Provider.Redirects() || a.Gateways.PortOne == nil {
		return seen, errNotConfigured
	}
	if in.Token != "" { // of a run that began before ConfirmPayment was apart
		if err := a.ConfirmPayment(ctx, in); err != nil {
			activity.GetLogger(ctx).Warn("the provider does not answer to a buyer's agreement", "payment_id", p.ID,
				"error", err)
		}
	}
	s, err := a.Gateways.PortOne.Look(ctx, p.MerchantUID)
	if err != nil {
		return seen, err
	}
	switch {
	case s.State == gateway.SightingDeclined:
		err = a.Store.RecordDecline(ctx, p.ID, s.TransactionID, s.Reason)
	case s.State == gateway.SightingCancelled && s.Mismatch == "":
		seen.End = market.EndCancelled
	case s.Mismatch != "":
		seen.End, seen.Reason = market.EndNotOurs, s.Mismatch
		if seen.ToGiveBack = in.Apart; !in.Apart {
			err = a.Gateways.PortOne.GiveBack(ctx, p.MerchantUID)
		}
	case s.State == gateway.SightingCharged:
		seen.Charged, seen.ImpUID, seen.Amount = true, s.Charge.ImpUID, s.Charge.Amount
		seen.Cancelled = s.Charge.Held() < s.Charge.Amount
	}
	return seen, err
}

// GiveBack gives back all that the provider holds of a charge that is not the order's. It returns nil when nothing is
// held.
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

// ConfirmPayment takes the money of a buyer's agreement, if the order still waits for it. It
// returns nil as well for an agreement that the provider refuses: what that comes to,
// LookAtPayment sees. An error says nothing.
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
		activity.GetLogger(ctx).Info("the buyer's agreement was declined", "payment_id", p.ID, "error", err)
		return nil
	}
	return err
}

// errNotConfigured says that a payment cannot be asked about by this process.
var errNotConfigured = errors.New("the payment's provider is not configured here: see PORTONE_API_SECRET")
