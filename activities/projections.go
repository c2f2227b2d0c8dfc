package activities

import (
	"context"
	"slices"

	"github.com/all-in-market/market/internal/cache"
)

// evictChunk is how many sellers' caches are evicted in one round trip.
const evictChunk = 1_000

// RollUp brings the dashboards up to date with the ledger, batch by batch, and
// makes the cached ones stale; see store.RollUp.
func (a *Activities) RollUp(ctx context.Context) error {
	for ctx.Err() == nil {
		sellers, more, err := a.Store.RollUp(ctx)
		if err != nil {
			return err
		}
		a.evict(ctx, sellers, cache.DashboardGroup)
		if !more {
			return nil
		}
	}
	return ctx.Err()
}

// evict makes cached reads of sellers stale.
func (a *Activities) evict(ctx context.Context, sellers []int64, group func(sellerID int64) string) {
	for chunk := range slices.Chunk(sellers, evictChunk) {
		groups := make([]string, len(chunk))
		for i, id := range chunk {
			groups[i] = group(id)
		}
		a.Cache.Changed(ctx, groups...)
	}
}
