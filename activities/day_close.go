package activities

import (
	"context"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// settlementChunk is the number of sellers that one transaction settles.
const settlementChunk = 5_000

// OpenDaysInput requests up to Most days to close, the last one at most Until.
type OpenDaysInput struct {
	Until market.Day
	Most  int32
}

// OpenDays returns the days that are not closed, in order.
func (a *Activities) OpenDays(ctx context.Context, in OpenDaysInput) ([]market.Day, error) {
	return a.Store.OpenDays(ctx, in.Until, in.Most)
}

// OpenDashboards opens a day's dashboards, and returns how many it created. Cached dashboards have
// the day in their keys, so that none needs to be evicted.
func (a *Activities) OpenDashboards(ctx context.Context, day market.Day) (int64, error) {
	return a.Store.OpenDashboards(ctx, day)
}

// CloseStatistics closes a day's statistics; see store.CloseStatistics. It first rolls up the
// ledger, batch by batch, which leaves little to add later.
func (a *Activities) CloseStatistics(ctx context.Context, day market.Day) (int64, error) {
	if err := a.Store.RollUp(ctx, a.Cache.DashboardsChanged(ctx)); err != nil {
		return 0, err
	}
	return a.Store.CloseStatistics(ctx, day)
}

// CloseDay records that a day is closed.
func (a *Activities) CloseDay(ctx context.Context, day market.Day) error {
	return a.Store.CloseDay(ctx, day)
}

// confirmationChunk is the number of due lines that one transaction advances.
const confirmationChunk = 500

// due is the progress of AdvanceDueLines.
type due struct {
	After store.DueLine
	Done  int64
}

// AdvanceDueLines advances the lines that are due, page by page: shipped ones count as delivered, delivered ones as
// confirmed. It returns their number.
func (a *Activities) AdvanceDueLines(ctx context.Context) (int64, error) {
	p := resumed[due](ctx)
	for ctx.Err() == nil {
		last, lines, err := a.Store.AdvanceDueLines(ctx, p.After, confirmationChunk)
		if err != nil || lines == 0 {
			return p.Done, err
		}
		p = due{After: last, Done: p.Done + int64(lines)}
		report(ctx, p)
	}
	return p.Done, ctx.Err()
}

// pages is the progress of paged work in ascending order of ids.
type pages struct {
	After int64 // the last processed id
	Done  int64
}

// Settle settles a period for all sellers, page by page, and returns their number.
func (a *Activities) Settle(ctx context.Context, period market.Period) (int64, error) {
	p := resumed[pages](ctx)
	for ctx.Err() == nil {
		sellers, err := a.Store.Settle(ctx, period, p.After, settlementChunk)
		if err != nil {
			return p.Done, err
		}
		a.Cache.ChangedOf(ctx, sellers, cache.SettlementsGroup)
		if len(sellers) == 0 {
			return p.Done, nil
		}
		p = pages{After: sellers[len(sellers)-1], Done: p.Done + int64(len(sellers))}
		report(ctx, p)
	}
	return p.Done, ctx.Err()
}

// CreatePayouts creates the payouts of all settlements that can be paid, page by page, and returns
// their number.
func (a *Activities) CreatePayouts(ctx context.Context) (int64, error) {
	p := resumed[pages](ctx)
	for ctx.Err() == nil {
		created, err := a.Store.CreatePayouts(ctx, p.After, settlementChunk)
		if err != nil {
			return p.Done, err
		}
		a.Cache.ChangedOf(ctx, created.Sellers, cache.SettlementsGroup)
		if len(created.Sellers) == 0 {
			return p.Done, nil
		}
		p = pages{After: created.LastSettlement, Done: p.Done + int64(len(created.Sellers))}
		report(ctx, p)
	}
	return p.Done, ctx.Err()
}
