package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// closeGrace is how long after its end a day must be closed.
const closeGrace = time.Hour

// rollUpBatch is how many ledger transactions are rolled up in one transaction.
const rollUpBatch = 100_000

// RollUp adds new ledger postings to the dashboards, and to the statistics of closed days: batch by
// batch, each exactly once even after a crash. After each batch it calls changed with the sellers
// whose figures have changed. A posting that the database rejects is set aside for an operator, and
// does not block the others.
func (s StatisticsStore) RollUp(ctx context.Context, changed func(sellers []int64)) error {
	for ctx.Err() == nil {
		postings, err := s.q.UnrolledPostings(ctx, s.pool, rollUpBatch)
		if err != nil || len(postings) == 0 {
			return translate(err)
		}
		sellers, err := s.rollUpOrSetAside(ctx, postings)
		if err != nil {
			return translate(err)
		}
		changed(sellers)
	}
	return ctx.Err()
}

func (s StatisticsStore) rollUpOrSetAside(ctx context.Context, postings []int64) (sellers []int64, err error) {
	err = s.transact(ctx, func(tx pgx.Tx) error {
		if err := s.q.LockProjections(ctx, tx); err != nil {
			return err
		}
		sellers, err = s.rollUp(ctx, tx, postings)
		return err
	})
	switch {
	case !violated(err):
		return sellers, err
	case len(postings) == 1:
		return nil, s.transact(ctx, func(tx pgx.Tx) error {
			if err := s.q.SetAside(ctx, tx, setAsideRollUp, postings[0], err.Error()); err != nil {
				return err
			}
			_, err := s.q.TakeUnrolled(ctx, tx, postings)
			return err
		})
	}
	half := len(postings) / 2
	first, err := s.rollUpOrSetAside(ctx, postings[:half])
	if err != nil {
		return first, err
	}
	second, err := s.rollUpOrSetAside(ctx, postings[half:])
	return append(first, second...), err
}

// rollUp adds postings, except for those that another process has added since they were read. The
// caller has locked the projections.
func (s StatisticsStore) rollUp(ctx context.Context, tx pgx.Tx, postings []int64) ([]int64, error) {
	// A generic plan would assume short arrays.
	if _, err := tx.Exec(ctx, "SET LOCAL plan_cache_mode = force_custom_plan"); err != nil {
		return nil, err
	}
	taken, err := s.q.TakeUnrolled(ctx, tx, postings)
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	sellers, err := s.q.RollUp(ctx, tx, taken)
	slices.Sort(sellers)
	return slices.Compact(sellers), err
}

// Dashboard returns a seller's figures of a day so far; all zeros for a day without events.
func (s StatisticsStore) Dashboard(
	ctx context.Context, sellerID market.SellerID, day market.Day,
) (market.Dashboard, error) {
	d, err := s.q.GetDashboard(ctx, s.pool, int64(sellerID), day)
	if errors.Is(err, pgx.ErrNoRows) {
		return market.Dashboard{SellerID: int64(sellerID), StatDate: day}, nil
	}
	return market.Dashboard{
		SellerID: int64(sellerID), StatDate: day, TotalOrders: d.TotalOrders, TotalSales: d.TotalSales,
		TotalProductsSold: d.TotalProductsSold, TotalRefunds: d.TotalRefunds, RefundAmount: d.RefundAmount,
		SettlementAmount: d.SettlementAmount, FeeAmount: d.FeeAmount,
	}, translate(err)
}

// Today returns the current business day.
func (s *DB) Today() market.Day { return market.DayOf(s.now()) }

// DailyStatistics returns the figures of a closed day, all zeros for a day without sales. It fails
// with STATISTICS_NOT_FOUND for a day that is not closed.
func (s StatisticsStore) DailyStatistics(
	ctx context.Context, sellerID market.SellerID, day market.Day,
) (market.Statistics, error) {
	d, err := orNotFound(s.q.GetDailyStatistics(ctx, s.pool, int64(sellerID), day))(market.CodeStatisticsNotFound)
	if market.CodeOf(err) == market.CodeStatisticsNotFound {
		closed, lookup := s.q.DayHasStatistics(ctx, s.pool, day, int64(sellerID))
		switch {
		case lookup != nil:
			err = translate(lookup)
		case closed:
			err = nil
		}
	}
	return market.Statistics{SellerID: int64(sellerID), From: &day, To: &day, Totals: market.Totals{
		TotalOrders: d.TotalOrders, TotalItems: d.TotalItems, TotalSales: d.TotalSales,
		TotalRefunds: d.TotalRefunds, RefundAmount: d.RefundAmount, NetSales: d.NetSales,
	}}, err
}

// StatisticsUnits are the units by which a summary can be grouped.
var StatisticsUnits = []string{"day", "week", "month"}

// SummarizeStatistics sums the closed days from one to another, both inclusive and optional, and
// additionally by unit unless that is "". It returns nil when there are none.
func (s StatisticsStore) SummarizeStatistics(
	ctx context.Context, sellerID market.SellerID, from, to *market.Day, unit string,
) (*market.StatisticsSummary, error) {
	all, err := s.q.SumStatistics(ctx, s.pool, db.SumStatisticsParams{SellerID: int64(sellerID), FromDay: from,
		ToDay: to})
	if err != nil || len(all) == 0 {
		return nil, translate(err)
	}
	summary := &market.StatisticsSummary{
		Statistics: market.Statistics{SellerID: int64(sellerID), From: from, To: to, Totals: totals(all[0])},
	}
	if unit == "" {
		return summary, nil
	}
	groups, err := s.q.SumStatistics(ctx, s.pool,
		db.SumStatisticsParams{SellerID: int64(sellerID), FromDay: from, ToDay: to, Unit: unit})
	for _, g := range groups {
		summary.Groups = append(summary.Groups, market.StatisticsGroup{From: g.FirstDay, To: g.LastDay,
			Totals: totals(g)})
	}
	return summary, translate(err)
}

func totals(r db.SumStatisticsRow) market.Totals {
	return market.Totals{
		TotalOrders: r.TotalOrders, TotalItems: r.TotalItems, TotalSales: r.TotalSales, TotalRefunds: r.TotalRefunds,
		RefundAmount: r.RefundAmount, NetSales: r.NetSales,
	}
}

// RankProducts returns up to limit products of a seller by revenue between two days, both inclusive
// and optional; unlike statistics, it includes today's sales.
func (s StatisticsStore) RankProducts(
	ctx context.Context, sellerID market.SellerID, from, to *market.Day, limit int32,
) ([]market.ProductRank, error) {
	rows, err := s.q.RankProducts(ctx, s.pool,
		db.RankProductsParams{SellerID: int64(sellerID), FromDay: from, ToDay: to, Most: limit})
	ranks := make([]market.ProductRank, len(rows))
	for i, r := range rows {
		ranks[i] = market.ProductRank{
			ProductID: r.ProductID, ProductName: r.ProductName, TotalItems: r.Items, TotalSales: r.Sales,
			RefundAmount: r.Refunded, NetSales: r.Sales - r.Refunded,
		}
	}
	return ranks, translate(err)
}

// activeDays is how long after its last sale a seller counts as active.
const activeDays = 30

// OpenDashboards creates a day's dashboards for all active sellers who may sell, and returns how
// many were new. A missing dashboard counts as all zeros.
func (s StatisticsStore) OpenDashboards(ctx context.Context, day market.Day) (int64, error) {
	n, err := s.q.OpenDashboards(ctx, s.pool, day, day.Add(-activeDays))
	return n, translate(err)
}

// CloseStatistics closes a day: every seller's dashboard of the day becomes its statistics, in one
// transaction. Postings to the day that are not rolled up yet are added later by the roll-up. A
// repeated call adds what is missing. It returns the number of sellers added, and fails when the
// dashboards differ from the ledger, because a wrong figure would be paid out.
func (s StatisticsStore) CloseStatistics(ctx context.Context, day market.Day) (n int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.q.LockProjections(ctx, tx); err != nil {
			return err
		}
		switch seller, err := s.q.UnequalDay(ctx, tx, day); {
		case err == nil:
			return fmt.Errorf(
				"seller %d's dashboard of %s differs from the ledger: the day stays open until it agrees; see market verify",
				seller, day)
		case !errors.Is(err, pgx.ErrNoRows):
			return err
		}
		if n, err = s.q.CloseStatistics(ctx, tx, day); err != nil {
			return err
		}
		return s.q.BeginDayClose(ctx, tx, day)
	})
	return n, err
}

// CloseDay records that a day is closed.
func (s StatisticsStore) CloseDay(ctx context.Context, day market.Day) error {
	now := s.now()
	return translate(s.q.CloseDay(ctx, s.pool, day, &now))
}

// OpenDays returns up to limit days that are not closed, in order, the last one at most until.
func (s StatisticsStore) OpenDays(ctx context.Context, until market.Day, limit int32) ([]market.Day, error) {
	days, err := s.q.OpenDays(ctx, s.pool, until, limit)
	return days, translate(err)
}
