package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// ownCounts are how much of what is seeded one buyer and one seller have, in thousandths:
// lists are measured for those that have the most.
const (
	busyBuyer  = 1
	busySeller = 25
)

// own reads the lists of buyers', sellers' and admins' own things past the cache.
func (b *bench) own(ctx context.Context) error {
	s := b.store
	buyer, seller, err := b.fillOwn(ctx)
	if err != nil {
		return err
	}
	var orders, lines, refunds, payouts int
	if err := s.Pool().QueryRow(ctx,
		`SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_items WHERE seller_id = $1),
		(SELECT count(*) FROM refunds), (SELECT count(*) FROM payouts)`, seller).Scan(&orders, &lines, &refunds,
		&payouts); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d orders, %d lines of one seller, %d refunds, %d payouts\n", orders, lines, refunds,
		payouts)
	today := s.Today()
	week := today.Add(-7)
	byTime := market.PageRequest{Size: 20, Sort: "createdAt", Desc: true}
	first := market.PageRequest{Size: 20}
	t := b.table(fmt.Sprintf("Lists of one's own among %d orders, uncached (ms)", orders), "list", "p50", "p95", "max")
	type read struct {
		name string
		run  func() error
	}
	var reads []read
	add := func(name string, run func() error) { reads = append(reads, read{name, run}) }
	for name, page := range map[string]market.PageRequest{
		"first page": first, "by time": byTime, "page 200": {Size: 20, Page: 199},
	} {
		add("buyer's orders, "+name, func() error { _, err := s.Orders(ctx, buyer, nil, page); return err })
		add("buyer's payments, "+name, func() error { _, err := s.Payments(ctx, buyer, nil, page); return err })
		add("buyer's refunds, "+name, func() error { _, err := s.Refunds(ctx, buyer, nil, page); return err })
		add("seller's lines, "+name, func() error {
			_, err := s.SellerOrderItems(ctx, seller, store.SellerItemFilter{}, page)
			return err
		})
		add("seller's lines, unpaid too, "+name, func() error {
			_, err := s.SellerOrderItems(ctx, seller, store.SellerItemFilter{Unpaid: true}, page)
			return err
		})
		add("seller's lines of a week, "+name, func() error {
			_, err := s.SellerOrderItems(ctx, seller, store.SellerItemFilter{From: &week, To: &today}, page)
			return err
		})
		add("seller's settlements, "+name, func() error { _, err := s.Settlements(ctx, seller, nil, page); return err })
		add("all orders, "+name, func() error { _, err := s.AllOrders(ctx, market.OrderFilter{}, page); return err })
		add("all refunds, "+name, func() error { _, err := s.AllRefunds(ctx, nil, page); return err })
		add("all payouts, "+name, func() error { _, err := s.Payouts(ctx, nil, page); return err })
		for _, status := range []market.OrderStatus{market.OrderPaid, market.OrderShipped, market.OrderFailed} {
			add(fmt.Sprintf("buyer's orders, %s, %s", status, name),
				func() error { _, err := s.Orders(ctx, buyer, &status, page); return err })
			add(fmt.Sprintf("seller's lines, %s, %s", status, name), func() error {
				_, err := s.SellerOrderItems(ctx, seller, store.SellerItemFilter{Status: &status}, page)
				return err
			})
		}
		for _, status := range []market.RefundStatus{market.RefundPending, market.RefundSuccess, market.RefundFailed} {
			add(fmt.Sprintf("all refunds, %s, %s", status, name),
				func() error { _, err := s.AllRefunds(ctx, &status, page); return err })
		}
		for _, status := range []market.PayoutStatus{market.PayoutPending, market.PayoutSuccess, market.PayoutFailed} {
			add(fmt.Sprintf("all payouts, %s, %s", status, name),
				func() error { _, err := s.Payouts(ctx, &status, page); return err })
		}
	}
	for _, r := range reads {
		took, err := timed(r.run)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		t.row(r.name, percentile(took, 0.5), percentile(took, 0.95), percentile(took, 1))
	}
	t.sortBy(0)
	t.print()
	return nil
}

// timed runs a read a hundred times, after ten that warm the database up.
func timed(run func() error) (took []time.Duration, err error) {
	for i := range 110 {
		started := time.Now()
		if err := run(); err != nil {
			return nil, err
		}
		if i >= 10 {
			took = append(took, time.Since(started))
		}
	}
	return took, nil
}

// fillOwn gives one buyer and one seller a large share of what is seeded, ships some of it,
// and adds refunds, settlements and payouts in every state.
func (b *bench) fillOwn(ctx context.Context) (buyer market.BuyerID, seller market.SellerID, err error) {
	pool := b.store.Pool()
	if err := pool.QueryRow(ctx, `SELECT (SELECT min(id) FROM buyers), (SELECT min(id) FROM sellers)`).Scan(&buyer,
		&seller); err != nil {
		return 0, 0, err
	}
	for _, q := range []string{
		fmt.Sprintf(`UPDATE orders SET buyer_id = %d WHERE id %% %d = 0`, buyer, 1000/busyBuyer),
		fmt.Sprintf(`UPDATE order_items SET seller_id = %d WHERE id %% %d = 0`, seller, 1000/busySeller),
		`UPDATE orders SET status = 'SHIPPED' WHERE id % 3 = 0 AND status = 'PAID'`,
		`INSERT INTO refunds (buyer_id, payment_id, amount, reason, status, created_at)
			SELECT o.buyer_id, p.id, 1, 'DAMAGED', (ARRAY['SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'DENIED', 'PENDING', 'FAILED'])[1 + o.id % 9], o.created_at
			FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id % 10 = 0`,
		`INSERT INTO settlements (seller_id, amount, fee, payable, period_start, period_end, status, type, created_at)
			SELECT s.id, 1000, 50, 1000, '2020-01-01'::date + p * 15, '2020-01-15'::date + p * 15, 'PAYOUT_READY', 'MID', now() - p * interval '15 days'
			FROM sellers s, generate_series(0, 99) p ON CONFLICT DO NOTHING`,
		`INSERT INTO payouts (seller_id, settlement_id, amount, fee, status, payout_key, created_at)
			SELECT seller_id, id, amount, fee, (ARRAY['SUCCESS', 'SUCCESS', 'SUCCESS', 'PENDING', 'FAILED'])[1 + id % 5], 'bench_' || id, created_at
			FROM settlements ON CONFLICT DO NOTHING`,
		`VACUUM ANALYZE orders`, `VACUUM ANALYZE order_items`, `VACUUM ANALYZE refunds`, `VACUUM ANALYZE settlements`,
		`VACUUM ANALYZE payouts`, `VACUUM ANALYZE payments`,
	} {
		if _, err := pool.Exec(ctx, q); err != nil {
			return 0, 0, fmt.Errorf("%.60s: %w", q, err)
		}
	}
	return buyer, seller, nil
}
