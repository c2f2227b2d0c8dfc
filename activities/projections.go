package activities

import (
	"context"

	"github.com/all-in-market/market/internal/cache"
)

// RollUp brings the dashboards up to date with the ledger, and makes the cached
// ones stale; see store.RollUp.
func (a *Activities) RollUp(ctx context.Context) error {
	return a.Store.RollUp(ctx, func(sellers []int64) { a.Cache.ChangedOf(ctx, sellers, cache.DashboardGroup) })
}
