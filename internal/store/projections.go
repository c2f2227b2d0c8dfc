package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// closeGrace is how long after its end a day may take to be closed.
const closeGrace = time.Hour

// rollUpBatch is how many ledger transactions are rolled up in one transaction.
const rollUpBatch = 20_000

// RollUp adds what has been posted to the ledger since the last time to the
// dashboards, and to the statistics of days that are closed already: batch by
// batch, each exactly once whatever dies. After each it tells changed the sellers
// whose figures have changed.
func (s *Store) RollUp(ctx context.Context, changed func(sellers []int64)) error {
	for ctx.Err() == nil {
		due, err := s.q.RollupIsDue(ctx, s.pool)
		if err != nil || !due {
			return translate(err)
		}
		var sellers []int64
		var more bool
		err = s.inTx(ctx, func(tx pgx.Tx) error {
			sellers, more, err = s.rollUp(ctx, tx)
			return err
		})
		if err != nil || !more {
			return err
		}
		changed(sellers)
	}
	return ctx.Err()
}

func (s *Store) rollUp(ctx context.Context, tx pgx.Tx) (sellers []int64, more bool, err error) {
	from, err := s.q.LockRollup(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	// The horizon comes from an older snapshot than the one that reads the ledger,
	// which therefore sees all of what lies below the horizon.
	horizon, err := s.q.RollupHorizon(ctx, tx, from, rollUpBatch)
	if err != nil || horizon == from {
		return nil, false, err
	}
	if sellers, err = s.q.RollUp(ctx, tx, from, horizon); err != nil {
		return nil, false, err
	}
	slices.Sort(sellers)
	return slices.Compact(sellers), true, s.q.SetRolledUp(ctx, tx, horizon)
}

// RollUpIsBehind says whether a day has postings that are not rolled up yet,
// because a database transaction older than they are still runs.
func (s *Store) RollUpIsBehind(ctx context.Context, day market.Day) (bool, error) {
	behind, err := s.q.RollupIsBehind(ctx, s.pool, day)
	return behind, translate(err)
}

// rollUpAll rolls up all that is complete, and keeps the roll-up's lock.
func (s *Store) rollUpAll(ctx context.Context, tx pgx.Tx) error {
	for {
		if _, more, err := s.rollUp(ctx, tx); err != nil || !more {
			return err
		}
	}
}

// Dashboard is a seller's day so far; one on which nothing has happened is all
// zeros.
func (s *Store) Dashboard(ctx context.Context, sellerID int64, day market.Day) (market.Dashboard, error) {
	d, err := s.q.GetDashboard(ctx, s.pool, sellerID, day)
	if errors.Is(err, pgx.ErrNoRows) {
		return market.Dashboard{SellerID: sellerID, StatDate: day}, nil
	}
	return market.Dashboard{SellerID: sellerID, StatDate: day, TotalOrders: d.TotalOrders, TotalSales: d.TotalSales, TotalProductsSold: d.TotalProductsSold,
		TotalRefunds: d.TotalRefunds, RefundAmount: d.RefundAmount, SettlementAmount: d.SettlementAmount, FeeAmount: d.FeeAmount}, translate(err)
}

// Today is the business day of now.
func (s *Store) Today() market.Day { return market.DayOf(s.now()) }

// DailyStatistics are those of a closed day, else STATISTICS_NOT_FOUND.
func (s *Store) DailyStatistics(ctx context.Context, sellerID int64, day market.Day) (market.Statistics, error) {
	d, err := found(s.q.GetDailyStatistics(ctx, s.pool, sellerID, day))(market.StatisticsNotFound)
	return market.Statistics{SellerID: sellerID, From: &day, To: &day, Figures: market.Figures{
		TotalOrders: int64(d.TotalOrders), TotalItems: int64(d.TotalItems), TotalSales: d.TotalSales,
		TotalRefunds: int64(d.TotalRefunds), RefundAmount: d.RefundAmount, NetSales: d.NetSales,
	}}, err
}

// StatisticsUnits are what a summary can be grouped by.
var StatisticsUnits = []string{"day", "week", "month"}

// SummarizeStatistics sums the closed days between two, both inclusive and
// optional, and once more by unit unless that is "". It is nil when there are none.
func (s *Store) SummarizeStatistics(ctx context.Context, sellerID int64, from, to *market.Day, unit string) (*market.StatisticsSummary, error) {
	all, err := s.q.SumStatistics(ctx, s.pool, db.SumStatisticsParams{SellerID: sellerID, FromDay: from, ToDay: to})
	if err != nil || len(all) == 0 {
		return nil, translate(err)
	}
	summary := &market.StatisticsSummary{Statistics: market.Statistics{SellerID: sellerID, From: from, To: to, Figures: figures(all[0])}}
	if unit == "" {
		return summary, nil
	}
	groups, err := s.q.SumStatistics(ctx, s.pool, db.SumStatisticsParams{SellerID: sellerID, FromDay: from, ToDay: to, Unit: unit})
	for _, g := range groups {
		summary.Groups = append(summary.Groups, market.StatisticsGroup{From: g.FirstDay, To: g.LastDay, Figures: figures(g)})
	}
	return summary, translate(err)
}

func figures(r db.SumStatisticsRow) market.Figures {
	return market.Figures{TotalOrders: r.TotalOrders, TotalItems: r.TotalItems, TotalSales: r.TotalSales, TotalRefunds: r.TotalRefunds, RefundAmount: r.RefundAmount, NetSales: r.NetSales}
}

// RankProducts lists a seller's products by what they have brought between two
// days, both inclusive and optional; unlike statistics, today's sales included.
func (s *Store) RankProducts(ctx context.Context, sellerID int64, from, to *market.Day, most int32) ([]market.ProductRank, error) {
	rows, err := s.q.RankProducts(ctx, s.pool, db.RankProductsParams{SellerID: sellerID, FromDay: from, ToDay: to, Most: most})
	ranks := make([]market.ProductRank, len(rows))
	for i, r := range rows {
		ranks[i] = market.ProductRank{ProductID: r.ProductID, ProductName: r.ProductName, TotalItems: r.Items, TotalSales: r.Sales, RefundAmount: r.Refunded, NetSales: r.Sales - r.Refunded}
	}
	return ranks, translate(err)
}

// OpenDashboards opens a day's dashboards for all sellers who may sell, and
// returns how many there were not yet.
func (s *Store) OpenDashboards(ctx context.Context, day market.Day) (int64, error) {
	n, err := s.q.OpenDashboards(ctx, s.pool, day)
	return n, translate(err)
}

// CloseStatistics closes a day's figures: all that is complete in the ledger is
// rolled up, and every seller's dashboard of the day becomes its statistics, in
// one transaction. Called again it adds what is missing. It returns the number of
// sellers added.
func (s *Store) CloseStatistics(ctx context.Context, day market.Day) (n int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.rollUpAll(ctx, tx); err != nil {
			return err
		}
		if n, err = s.q.CloseStatistics(ctx, tx, day, day.Next().Start()); err != nil {
			return err
		}
		return s.q.BeginDayClose(ctx, tx, day)
	})
	return n, err
}

// CloseDay notes that all that closes a day has been done.
func (s *Store) CloseDay(ctx context.Context, day market.Day) error {
	now := s.now()
	return translate(s.q.CloseDay(ctx, s.pool, day, &now))
}

// OpenDays are up to most days that are not closed, in order, until one.
func (s *Store) OpenDays(ctx context.Context, until market.Day, most int32) ([]market.Day, error) {
	days, err := s.q.OpenDays(ctx, s.pool, until, most)
	return days, translate(err)
}
