package activities

import (
	"context"

	"github.com/all-in-market/market/internal/cache"
)

// RollUp brings the dashboards up to date with the ledger, batch by batch, and
// makes the cached ones stale; see store.RollUp.
func (a *Activities) RollUp(ctx context.Context) error {
	for ctx.Err() == nil {
		sellers, more, err := a.Store.RollUp(ctx)
		if err != nil {
			return err
		}
		a.Cache.ChangedOf(ctx, sellers, cache.DashboardGroup)
		if !more {
			return nil
		}
	}
	return ctx.Err()
}
