package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// shop is a store with some sellers that have a product each, and a buyer.
type shop struct {
	*store.Store
	sellers, products []int64
	buyer, address    int64
}

func newShop(t *testing.T, sellers int, now func() time.Time) *shop {
	t.Helper()
	ctx := context.Background()
	s := &shop{Store: testrig.Store(t, now)}
	c, err := s.CreateCategory(ctx, "c", 1)
	require.NoError(t, err)
	for i := range sellers {
		id, err := s.CreateSeller(ctx,
			store.SellerSignup{
				Email: fmt.Sprintf("s%d@example.com", i), PasswordHash: "x", Name: "s", Phone: "1", StoreName: "s",
				BizNumber: fmt.Sprint(i), BankCode: "KOOKMIN", BankAccount: fmt.Sprintf("01-%d", i),
			})
		require.NoError(t, err)
		_, err = s.SetSellerStatus(ctx, id, market.SellerApproved, false)
		require.NoError(t, err)
		p, err := s.CreateProduct(ctx,
			market.Product{
				SellerID: id, CategoryID: c.ID, Name: "p", Description: "d", Price: market.Money(1_000_07 + 333*i),
				Stock: 1_000_000,
			})
		require.NoError(t, err)
		s.sellers, s.products = append(s.sellers, id), append(s.products, p.ID)
	}
	s.buyer, err = s.CreateBuyer(ctx, "b@example.com", "x", "b", "010-1234-5678")
	require.NoError(t, err)
	a, err := s.CreateAddress(ctx, s.buyer, "r", "1", "d")
	require.NoError(t, err)
	s.address = a.ID
	return s
}

// sell orders and pays some pieces of some products, and returns the order.
func (s *shop) sell(t *testing.T, key string, products ...int64) int64 {
	t.Helper()
	ctx := context.Background()
	buyer, err := s.CreateBuyer(ctx, key+"@example.com", "x", "b", "010-1234-5678")
	require.NoError(t, err)
	a, err := s.CreateAddress(ctx, buyer, "r", "1", "d")
	require.NoError(t, err)
	var items []int64
	for i, p := range products {
		cart, err := s.AddToCart(ctx, buyer, p, int32(1+i%3), market.PageRequest{Size: 100, Sort: "id", Desc: true})
		require.NoError(t, err)
		items = append(items, cart.Items.Content[0].ID)
	}
	o, err := s.PlaceOrder(ctx, store.Checkout{BuyerID: buyer, Key: key, CartItemIDs: items, AddressID: a.ID})
	require.NoError(t, err)
	opened, err := s.OpenPayment(ctx, "run-"+key, buyer, o.OrderID, market.MethodMock)
	require.NoError(t, err)
	p := opened.Payment
	out, err := s.ApprovePayment(ctx, o.OrderID, p.ID, store.Charge{ImpUID: "imp-" + key, Amount: p.Amount})
	require.NoError(t, err)
	require.Equal(t, market.PaymentSuccess, out.Payment.Status)
	return o.OrderID
}

// refund pays back so many pieces of each line of an order, or, with 0, all that remains.
func (s *shop) refund(t *testing.T, key string, orderID int64, each int32) {
	t.Helper()
	ctx := context.Background()
	var buyer int64
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT buyer_id FROM orders WHERE id = $1", orderID).Scan(&buyer))
	id, err := s.ReserveRefund(ctx, buyer, key, nil)
	require.NoError(t, err)
	r := store.RefundRequest{RefundID: id, BuyerID: buyer, OrderID: orderID, Reason: market.ReasonDamaged}
	if each > 0 {
		detail, err := s.OrderDetail(ctx, buyer, orderID)
		require.NoError(t, err)
		for _, i := range detail.Items {
			r.Items = append(r.Items, market.Pieces{OrderItemID: i.ID, Quantity: each})
		}
	}
	refund, err := s.OpenRefund(ctx, r)
	require.NoError(t, err)
	_, applied, err := s.DecideRefund(ctx,
		store.RefundDecision{RefundID: refund.ID, DecisionID: "d", SentBy: "test", Approve: true})
	require.NoError(t, err)
	require.True(t, applied)
	_, err = s.CompleteRefund(ctx, refund.ID)
	require.NoError(t, err)
}

// rollUp rolls up all that has been posted.
func (s *shop) rollUp(t *testing.T) {
	t.Helper()
	require.NoError(t, s.RollUp(context.Background(), func([]int64) {}))
}

func (s *shop) verified(t *testing.T) {
	t.Helper()
	findings, err := s.Verify(context.Background(), func(string) {})
	require.NoError(t, err)
	require.Empty(t, findings)
}

// TestRollUpCountsOnce sells and refunds from many sides while several roll-ups
// run, some of which are cut off, and while a posting waits for a slow COMMIT: at
// the end the dashboards are the ledger's, not one transaction lost or doubled.
func TestRollUpCountsOnce(t *testing.T) {
	ctx := context.Background()
	s := newShop(t, 5, nil)
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
	first := s.sell(t, "first", s.products...)
	_, err = slow.Exec(ctx,
		`WITH t AS (INSERT INTO ledger_transactions (kind, source_type, source_id, business_day) VALUES ('SLOW', 'PAYMENT', 999999, current_date) RETURNING id)
		INSERT INTO ledger_entries (transaction_id, account, seller_id, order_item_id, amount)
		SELECT t.id, x.account, x.seller, x.item, x.amount FROM t, (SELECT 'PSP_CLEARING' AS account, NULL::bigint AS seller, NULL::bigint AS item, 100 AS amount
			UNION ALL SELECT 'SELLER_PAYABLE', $1::bigint, (SELECT min(id) FROM order_items WHERE order_id = $2), -100) AS x`,
		s.sellers[0], first)
	require.NoError(t, err)
	for g := range 4 {
		selling.Go(func() {
			for i := range 15 {
				order := s.sell(t, fmt.Sprintf("g%d-%d", g, i), s.products[(g+i)%5], s.products[(g+i+1)%5])
				if i%3 == 0 {
					s.refund(t, "one", order, 1)
					s.refund(t, "rest", order, 0)
				}
			}
		})
	}
	selling.Wait()
	require.NoError(t, slow.Commit(ctx))
	close(done)
	rolling.Wait()
	s.rollUp(t)
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
func refundsOfSmallLines(t *testing.T, s *shop) (n int) {
	t.Helper()
	require.NoError(t,
		s.Pool().QueryRow(context.Background(), "SELECT count(*) FROM order_items WHERE refunded = 1").Scan(&n))
	return n
}

// TestLateCommit posts to a day after it was closed: its statistics take it in.
func TestLateCommit(t *testing.T) {
	ctx := context.Background()
	now := market.Date(2026, 3, 3).Start().Add(23 * time.Hour)
	s := newShop(t, 2, func() time.Time { return now })
	day := s.Today()
	s.sell(t, "early", s.products[0])
	s.rollUp(t)
	n, err := s.CloseStatistics(ctx, day)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	n, err = s.CloseStatistics(ctx, day)
	require.NoError(t, err)
	require.Zero(t, n, "again adds nothing")
	before, err := s.DailyStatistics(ctx, s.sellers[0], day)
	require.NoError(t, err)
	s.sell(t, "late", s.products[0]) // its clock is behind
	s.rollUp(t)
	after, err := s.DailyStatistics(ctx, s.sellers[0], day)
	require.NoError(t, err)
	require.Equal(t, 2*before.TotalSales, after.TotalSales)
	s.verified(t)
	// The same for a seller who had no statistics when the day was closed.
	_, err = s.DailyStatistics(ctx, s.sellers[1], day)
	require.Equal(t, market.CodeStatisticsNotFound, market.CodeOf(err), "of a seller who was not there on that day")
	s.sell(t, "later", s.products[1])
	s.rollUp(t)
	first, err := s.DailyStatistics(ctx, s.sellers[1], day)
	require.NoError(t, err)
	require.EqualValues(t, 1, first.TotalOrders)
	s.verified(t)
	_, err = s.DailyStatistics(ctx, s.sellers[0], day.Next())
	require.Equal(t, market.CodeStatisticsNotFound, market.CodeOf(err))
}

// TestSummaries group and rank what was sold and refunded over several days.
func TestSummaries(t *testing.T) {
	ctx := context.Background()
	now := market.Date(2026, 1, 30).Start().Add(time.Hour)
	s := newShop(t, 1, func() time.Time { return now })
	seller, price := s.sellers[0], market.Money(1_000_07)
	none, err := s.SummarizeStatistics(ctx, seller, nil, nil, "")
	require.NoError(t, err)
	require.Nil(t, none)
	first := s.Today()
	var order int64
	for i := range 5 { // Friday to Tuesday, over a month's end
		if i == 0 {
			order = s.sell(t, "o", s.products[0])
		} else {
			s.sell(t, fmt.Sprint("o", i), s.products[0])
		}
		if i == 4 {
			s.refund(t, "r", order, 0)
		}
		s.rollUp(t)
		_, err := s.CloseStatistics(ctx, s.Today())
		require.NoError(t, err)
		now = now.Add(24 * time.Hour)
	}
	summary := func(from, to *market.Day, unit string) *market.StatisticsSummary {
		sum, err := s.SummarizeStatistics(ctx, seller, from, to, unit)
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
	ranks, err := s.RankProducts(ctx, seller, &first, &last, 10)
	require.NoError(t, err)
	require.Equal(t,
		[]market.ProductRank{
			{
				ProductID: s.products[0], ProductName: "p", TotalItems: 5, TotalSales: 5 * price, RefundAmount: price,
				NetSales: 4 * price,
			},
		},
		ranks)
}
