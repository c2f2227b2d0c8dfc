package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// It sells and refunds from many sides while several roll-ups
// run, some of which are cut off, and while a posting waits for a slow COMMIT: at
// the end the dashboards are the ledger's, not one transaction lost or doubled.
func TestRollUp_Repeated_CountsOnce(t *testing.T) {
	ctx := context.Background()
	s := testrig.NewShop(t, 5, nil)
	done := make(chan struct{})
	var rolling, selling sync.WaitGroup
	for range 3 {
		rolling.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				cut, cancel := context.WithTimeout(ctx, time.Duration(rand.IntN(4000))*time.Microsecond)
				_ = s.RollUp(cut, func([]int64) {})
				cancel()
			}
		})
	}
	// A posting whose transaction is older than many that are rolled up before it.
	slow, err := s.Pool().Begin(ctx)
	require.NoError(t, err)
	first := s.Sell(t, "first", s.ProductIDs...)
	_, err = slow.Exec(ctx,
		`WITH t AS (INSERT INTO ledger_transactions (kind, source_type, source_id, business_day) VALUES ('SLOW', 'PAYMENT', 999999, current_date) RETURNING id)
		INSERT INTO ledger_entries (transaction_id, account, seller_id, order_item_id, amount)
		SELECT t.id, x.account, x.seller, x.item, x.amount FROM t, (SELECT 'PSP_CLEARING' AS account, NULL::bigint AS seller, NULL::bigint AS item, 100 AS amount
			UNION ALL SELECT 'SELLER_PAYABLE', $1::bigint, (SELECT min(id) FROM order_items WHERE order_id = $2), -100) AS x`,
		s.SellerIDs[0], first)
	require.NoError(t, err)
	for g := range 4 {
		selling.Go(func() {
			for i := range 15 {
				order := s.Sell(t, fmt.Sprintf("g%d-%d", g, i), s.ProductIDs[(g+i)%5], s.ProductIDs[(g+i+1)%5])
				if i%3 == 0 {
					s.Refund(t, "one", order, 1)
					s.Refund(t, "rest", order, 0)
				}
			}
		})
	}
	selling.Wait()
	require.NoError(t, slow.Commit(ctx))
	close(done)
	rolling.Wait()
	s.RollUpAll(t)
	findings, err := s.Verify(ctx, func(string) {})
	require.NoError(t, err)
	for _, f := range findings {
		require.Contains(t, f.Problem, "PAYMENT 999999", "which only this test has posted")
	}
	var sales, ledger market.Money
	var orders, refunds int
	require.NoError(t,
		s.Pool().QueryRow(ctx, "SELECT sum(total_sales), sum(total_orders), sum(total_refunds) FROM seller_dashboard").Scan(
			&sales, &orders, &refunds))
	require.NoError(t,
		s.Pool().QueryRow(ctx,
			"SELECT -sum(e.amount) FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id WHERE t.source_type = 'PAYMENT' AND e.seller_id IS NOT NULL").Scan(&ledger))
	require.Equal(t, ledger, sales)
	require.Equal(t, 5+1+60*2, orders, "each order once for each of its sellers")
	require.Equal(t, 20*4-refundsOfSmallLines(t, s), refunds)
}

// refundsOfSmallLines is how many refunds of the rest found nothing left of a line.
func refundsOfSmallLines(t *testing.T, s *testrig.Shop) (n int) {
	t.Helper()
	require.NoError(t,
		s.Pool().QueryRow(context.Background(), "SELECT count(*) FROM order_items WHERE refunded = 1").Scan(&n))
	return n
}

// It posts to a day after it was closed: its statistics take it in.
func TestRollUp_LateCommit_IsCounted(t *testing.T) {
	ctx := context.Background()
	now := market.Date(2026, 3, 3).Start().Add(23 * time.Hour)
	s := testrig.NewShop(t, 2, func() time.Time { return now })
	day := s.Today()
	s.Sell(t, "early", s.ProductIDs[0])
	s.RollUpAll(t)
	n, err := s.CloseStatistics(ctx, day)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	n, err = s.CloseStatistics(ctx, day)
	require.NoError(t, err)
	require.Zero(t, n, "again adds nothing")
	before, err := s.DailyStatistics(ctx, market.SellerID(s.SellerIDs[0]), day)
	require.NoError(t, err)
	s.Sell(t, "late", s.ProductIDs[0]) // its clock is behind
	s.RollUpAll(t)
	after, err := s.DailyStatistics(ctx, market.SellerID(s.SellerIDs[0]), day)
	require.NoError(t, err)
	require.Equal(t, 2*before.TotalSales, after.TotalSales)
	s.Verified(t)
	// The same for a seller who had no statistics when the day was closed.
	_, err = s.DailyStatistics(ctx, market.SellerID(s.SellerIDs[1]), day)
	require.Equal(t, market.CodeStatisticsNotFound, market.CodeOf(err), "of a seller who was not there on that day")
	s.Sell(t, "later", s.ProductIDs[1])
	s.RollUpAll(t)
	first, err := s.DailyStatistics(ctx, market.SellerID(s.SellerIDs[1]), day)
	require.NoError(t, err)
	require.EqualValues(t, 1, first.TotalOrders)
	s.Verified(t)
	_, err = s.DailyStatistics(ctx, market.SellerID(s.SellerIDs[0]), day.Next())
	require.Equal(t, market.CodeStatisticsNotFound, market.CodeOf(err))
}

func TestSummarizeStatistics_Spans_AddUp(t *testing.T) {
	ctx := context.Background()
	now := market.Date(2026, 1, 30).Start().Add(time.Hour)
	s := testrig.NewShop(t, 1, func() time.Time { return now })
	seller, price := s.SellerIDs[0], market.Money(1_007_00)
	none, err := s.SummarizeStatistics(ctx, market.SellerID(seller), nil, nil, "")
	require.NoError(t, err)
	require.Nil(t, none)
	first := s.Today()
	var order int64
	for i := range 5 { // Friday to Tuesday, over a month's end
		if i == 0 {
			order = s.Sell(t, "o", s.ProductIDs[0])
		} else {
			s.Sell(t, fmt.Sprint("o", i), s.ProductIDs[0])
		}
		if i == 4 {
			s.Refund(t, "r", order, 0)
		}
		s.RollUpAll(t)
		_, err := s.CloseStatistics(ctx, s.Today())
		require.NoError(t, err)
		now = now.Add(24 * time.Hour)
	}
	summary := func(from, to *market.Day, unit string) *market.StatisticsSummary {
		sum, err := s.SummarizeStatistics(ctx, market.SellerID(seller), from, to, unit)
		require.NoError(t, err)
		return sum
	}
	all := summary(nil, nil, "")
	require.Equal(t, 5*price, all.TotalSales)
	require.Equal(t, price, all.RefundAmount)
	require.Equal(t, 4*price, all.NetSales)
	require.EqualValues(t, 1, all.TotalRefunds)
	last := first.Add(4)
	require.Equal(t, market.Money(0), summary(&last, nil, "").NetSales,
		"the refund of another day's sale is not held against the day's own")
	require.Len(t, summary(nil, nil, "day").Groups, 5)
	months := summary(nil, nil, "month").Groups
	require.Len(t, months, 2)
	require.Equal(t, "2026-01-30", months[0].From.String())
	require.Equal(t, "2026-01-31", months[0].To.String())
	require.Equal(t, 2*price, months[0].NetSales)
	weeks := summary(nil, nil, "week").Groups
	require.Len(t, weeks, 2)
	require.Equal(t, "2026-02-02", weeks[1].From.String(), "weeks begin on Monday")
	ranks, err := s.RankProducts(ctx, market.SellerID(seller), &first, &last, 10)
	require.NoError(t, err)
	require.Equal(t,
		[]market.ProductRank{
			{
				ProductID: s.ProductIDs[0], ProductName: "p", TotalItems: 5, TotalSales: 5 * price, RefundAmount: price,
				NetSales: 4 * price,
			},
		},
		ranks)
}

// TestDailyStatistics_TheDayBeforeASignup_AreNotThere, by the market's days: midnight in Seoul is afternoon elsewhere.
func TestDailyStatistics_TheDayBeforeASignup_AreNotThere(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	signup := market.Date(2026, 11, 20)
	_, err := s.Pool().Exec(t.Context(), "UPDATE sellers SET created_at = $1", signup.Start().Add(time.Hour))
	require.NoError(t, err)
	_, err = s.Pool().Exec(t.Context(), "INSERT INTO business_days (day, closed_at) VALUES ($1, now()), ($2, now())",
		signup.Add(-1), signup)
	require.NoError(t, err)
	_, err = s.DailyStatistics(t.Context(), market.SellerID(s.SellerIDs[0]), signup.Add(-1))
	require.Error(t, err)
	_, err = s.DailyStatistics(t.Context(), market.SellerID(s.SellerIDs[0]), signup)
	require.NoError(t, err)
}

// No statement takes the day of an instant in the session's time zone.
func TestQueries_Days_AreTheMarkets(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("queries/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	rules, err := filepath.Glob("../verify/rules/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, rules)
	for _, file := range slices.Concat(files, rules, []string{"reconciliation.go", "waiting.go"}) {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotRegexp(t, `(?i)(_at|\bnow\(\))::date|current_date`, string(content), file)
	}
}
