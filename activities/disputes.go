package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
)

// CheckCancellations fetches the cancellations of a payment from its provider, opens a dispute for
// each that is not a refund of ours, and returns the ids of the new disputes. It fails while the
// outcome of the charge is unknown.
func (a *Activities) CheckCancellations(ctx context.Context, paymentID int64) ([]int64, error) {
	p, err := a.Store.ProviderPayment(ctx, paymentID)
	if err != nil {
		return nil, err
	}
	provider, err := a.Gateways.Of(p.Provider)
	if err != nil {
		return nil, err
	}
	charge, err := provider.Inquire(ctx, p.MerchantUID)
	if errors.Is(err, gateway.ErrUnknownPayment) || errors.Is(err, gateway.ErrDeclined) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var made []market.ProviderCancellation
	for _, c := range charge.Cancellations {
		if c.Pending || c.Failed || c.ID == "" {
			continue
		}
		made = append(made, market.ProviderCancellation{
			ID: c.ID, Amount: c.Amount, Cause: c.Cause, Detail: c.Detail, RefundID: c.RefundID, At: c.At,
		})
	}
	opened, err := a.Store.OpenDisputes(ctx, paymentID, made)
	for _, id := range opened {
		activity.GetLogger(ctx).Error("charge cancelled at its provider without a refund", "dispute_id", id,
			"payment_id",
			paymentID)
	}
	return opened, err
}
