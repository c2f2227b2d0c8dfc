package verify

import (
	"context"
	"fmt"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
)

// Forgotten is a charge that a provider holds money of and that the books do not know, as after an
// older backup of the store was restored.
type Forgotten struct {
	Provider market.Provider
	gateway.Charge
}

// String says what is held, of what.
func (f Forgotten) String() string {
	return fmt.Sprintf("%s holds %s of the charge %s", f.Provider, f.Cancellable(), f.MerchantUID)
}

// EachForgotten calls found with each such charge, and goes on when it fails, with which it
// returns the last error.
func EachForgotten(ctx context.Context, b Books, found func(Forgotten) error) (err error) {
	for _, name := range []market.Provider{market.ProviderMock, market.ProviderPortOne} {
		provider, notConfigured := b.Gateways.Of(name)
		if notConfigured != nil {
			continue
		}
		for cursor, more := "", true; more; more = cursor != "" {
			charges, next, problem := provider.Charges(ctx, cursor)
			if problem != nil {
				return problem
			}
			cursor = next
			uids := make([]string, len(charges))
			for i, c := range charges {
				uids[i] = c.MerchantUID
			}
			// A payment is in our books before its provider hears of it, and the provider was asked first.
			known, problem := b.Store.BooksOf(ctx, uids)
			if problem != nil {
				return problem
			}
			for _, c := range charges {
				if _, ours := known[c.MerchantUID]; ours || c.Cancellable() == 0 {
					continue
				}
				if problem := found(Forgotten{Provider: name, Charge: c}); problem != nil {
					err = fmt.Errorf("%s: %w", c.MerchantUID, problem)
				}
			}
		}
	}
	return err
}

// GiveBack gives back what is held of a forgotten charge. A second time it changes nothing.
func GiveBack(ctx context.Context, b Books, f Forgotten) error {
	provider, err := b.Gateways.Of(f.Provider)
	if err != nil {
		return err
	}
	return provider.Cancel(ctx, gateway.CancelRequest{
		MerchantUID: f.MerchantUID, ImpUID: f.ImpUID, Key: f.ImpUID + ":forgotten", Amount: f.Cancellable(),
		Cancellable: f.Cancellable(), Reason: "the order is not known any more",
	})
}
