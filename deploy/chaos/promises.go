package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// promises has what was acknowledged to clients, by ids. All of it must be in the books at the end.
type promises struct {
	orders      map[int64]placed
	paid        map[int64]string // the charges of orders whose payment has succeeded
	refused     map[int64]string // the codes with which payments of orders were refused
	cancelled   map[int64]bool   // orders
	refunds     map[int64]string // their final status, "" until one was acknowledged
	shipped     map[int64]bool   // lines
	delivered   map[int64]bool   // lines
	confirmed   map[int64]bool   // lines, all or some of their pieces
	prices      map[int64]int    // of products, in won
	moved       map[movement]int // changes of the pieces on hand
	adjustments map[int64]bool
	proposals   map[int64]string // their final status, "" until one was acknowledged
	disputes    map[int64]string // their status
	settled     map[market.Day]int64
}

// placed is an order as it was acknowledged.
type placed struct {
	buyerID int64
	total   string
}

// movement is a change of a product's stock by its seller.
type movement struct {
	productID int64
	pieces    int
}

func noPromises() promises {
	return promises{
		orders: map[int64]placed{}, paid: map[int64]string{}, refused: map[int64]string{}, cancelled: map[int64]bool{},
		refunds: map[int64]string{}, shipped: map[int64]bool{}, delivered: map[int64]bool{},
		confirmed: map[int64]bool{},
		prices:    map[int64]int{},
		moved:     map[movement]int{}, adjustments: map[int64]bool{}, proposals: map[int64]string{},
		disputes: map[int64]string{}, settled: map[market.Day]int64{},
	}
}

// brokenPromises returns what was acknowledged to clients and is not in the books.
func (t *clients) brokenPromises(ctx context.Context, s *store.Store) (broken []string, err error) {
	p := &t.promises
	for _, check := range []func(context.Context, *store.Store) ([]string, error){
		p.brokenOrders, p.brokenRefunds, p.brokenLines, p.brokenProducts, p.brokenDecisions, p.brokenSettlements,
	} {
		b, err := check(ctx, s)
		if err != nil {
			return nil, err
		}
		broken = append(broken, b...)
	}
	return broken, nil
}

func (p *promises) brokenOrders(ctx context.Context, s *store.Store) (broken []string, err error) {
	type row struct {
		placed
		status, impUID string
		denied         bool // a refund of it
	}
	orders := map[int64]row{}
	rows, err := s.Pool().Query(ctx,
		`SELECT o.id, o.buyer_id, o.total_amount::text, o.status, coalesce(p.imp_uid, ''),
			EXISTS (SELECT FROM refunds r WHERE r.payment_id = p.id AND r.status = 'DENIED')
		FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.imp_uid IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	var id int64
	var o row
	if _, err := pgx.ForEachRow(rows, []any{&id, &o.buyerID, &o.total, &o.status, &o.impUID, &o.denied}, func() error {
		if _, twice := orders[id]; twice {
			broken = append(broken, fmt.Sprintf("order %d has two payments that were made", id))
		}
		orders[id] = o
		return nil
	}); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(p.orders)) {
		switch o, there := orders[id]; {
		case !there || o.placed != p.orders[id]:
			broken = append(broken, fmt.Sprintf("order %d was acknowledged as %v, and is %v", id, p.orders[id],
				o.placed))
		case p.paid[id] != "" && o.impUID != p.paid[id]:
			broken = append(broken, fmt.Sprintf("order %d was acknowledged as paid with charge %s, and is %s with %q",
				id,
				p.paid[id], o.status, o.impUID))
		case p.refused[id] != "" && o.impUID != "":
			broken = append(broken, fmt.Sprintf("the payment of order %d was refused (%s), and it is %s", id,
				p.refused[id],
				o.status))
		case p.cancelled[id] && !o.denied && o.status != "FAILED" && o.status != "REFUNDED":
			broken = append(broken, fmt.Sprintf("order %d was acknowledged as cancelled, and is %s", id, o.status))
		}
	}
	return broken, nil
}

func (p *promises) brokenRefunds(ctx context.Context, s *store.Store) ([]string, error) {
	return brokenStates(ctx, s, "refund", "SELECT id, status FROM refunds", p.refunds)
}

func (p *promises) brokenLines(ctx context.Context, s *store.Store) (broken []string, err error) {
	for what, lines := range map[string]map[int64]bool{
		"shipped_at IS NOT NULL": p.shipped, "delivered_at IS NOT NULL": p.delivered,
		"EXISTS (SELECT FROM confirmations c WHERE c.order_item_id = i.id)": p.confirmed,
	} {
		b, err := brokenIDs(ctx, s, "line with "+what, "SELECT i.id FROM order_items i WHERE "+what, lines)
		if err != nil {
			return nil, err
		}
		broken = append(broken, b...)
	}
	return broken, nil
}

func (p *promises) brokenProducts(ctx context.Context, s *store.Store) (broken []string, err error) {
	rows, err := s.Pool().Query(ctx, "SELECT id, price::int FROM products")
	if err != nil {
		return nil, err
	}
	var id int64
	var price int
	if _, err := pgx.ForEachRow(rows, []any{&id, &price}, func() error {
		if want, acknowledged := p.prices[id]; acknowledged && want != price {
			broken = append(broken, fmt.Sprintf("product %d was acknowledged to cost %d, and costs %d", id, want,
				price))
		}
		return nil
	}); err != nil {
		return nil, err
	}
	moved := maps.Clone(p.moved)
	rows, err = s.Pool().Query(ctx, "SELECT product_id, stock FROM stock_movements WHERE kind = 'SET'")
	if err != nil {
		return nil, err
	}
	var m movement
	count := func() error { moved[m]--; return nil }
	if _, err := pgx.ForEachRow(rows, []any{&m.productID, &m.pieces}, count); err != nil {
		return nil, err
	}
	for m, missing := range moved {
		if missing > 0 {
			broken = append(broken, fmt.Sprintf("a change of the stock of product %d by %d was acknowledged, and is missing "+
				"%d times", m.productID, m.pieces, missing))
		}
	}
	return broken, nil
}

func (p *promises) brokenDecisions(ctx context.Context, s *store.Store) (broken []string, err error) {
	for _, c := range []struct {
		what, query  string
		acknowledged map[int64]string
	}{
		{"proposal", "SELECT id, status FROM proposals", p.proposals},
		{"dispute", "SELECT id, status FROM disputes", p.disputes},
	} {
		b, err := brokenStates(ctx, s, c.what, c.query, c.acknowledged)
		if err != nil {
			return nil, err
		}
		broken = append(broken, b...)
	}
	adjustments, err := brokenIDs(ctx, s, "adjustment", "SELECT id FROM adjustments", p.adjustments)
	if err != nil {
		return nil, err
	}
	unposted, err := column[int64](ctx, s, `SELECT p.id FROM proposals p WHERE p.kind = 'ADJUSTMENT' AND p.status = 'APPROVED'
		AND (SELECT count(*) FROM adjustments a WHERE a.proposal_id = p.id) <> 1`)
	for _, id := range unposted {
		broken = append(broken, fmt.Sprintf("proposal %d of an adjustment is approved, and not posted once", id))
	}
	return append(broken, adjustments...), err
}

func (p *promises) brokenSettlements(ctx context.Context, s *store.Store) (broken []string, err error) {
	for day, sellers := range p.settled {
		var made int64
		if err := s.Pool().QueryRow(ctx, "SELECT count(*) FROM settlements WHERE period_end = $1", day).Scan(&made); err != nil {
			return nil, err
		}
		if made < sellers {
			broken = append(broken, fmt.Sprintf("%d sellers were acknowledged as settled until %s, and %d are", sellers,
				day,
				made))
		}
	}
	return broken, nil
}

// brokenStates compares final states with those that a query returns by id. "" promises that there is a row.
func brokenStates(
	ctx context.Context, s *store.Store, what, query string, acknowledged map[int64]string,
) (broken []string, err error) {
	rows, err := s.Pool().Query(ctx, query)
	if err != nil {
		return nil, err
	}
	states := map[int64]string{}
	var id int64
	var state string
	if _, err := pgx.ForEachRow(rows, []any{&id, &state}, func() error { states[id] = state; return nil }); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(acknowledged)) {
		if states[id] == "" || acknowledged[id] != "" && acknowledged[id] != states[id] {
			broken = append(broken,
				fmt.Sprintf("%s %d was acknowledged as %q, and is %q", what, id, acknowledged[id], states[id]))
		}
	}
	return broken, nil
}

// brokenIDs names the ids that a query does not return.
func brokenIDs(
	ctx context.Context, s *store.Store, what, query string, acknowledged map[int64]bool,
) (broken []string, err error) {
	ids, err := column[int64](ctx, s, query)
	if err != nil {
		return nil, err
	}
	missing := maps.Clone(acknowledged)
	for _, id := range ids {
		delete(missing, id)
	}
	for _, id := range slices.Sorted(maps.Keys(missing)) {
		broken = append(broken, fmt.Sprintf("%s %d was acknowledged, and is not in the books", what, id))
	}
	return broken, nil
}

// column returns the single column of a query.
func column[T any](ctx context.Context, s *store.Store, query string) ([]T, error) {
	rows, err := s.Pool().Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[T])
}

// summary returns how many actions were answered, by name.
func (t *clients) summary() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return total(t.answered)
}

// actions returns the number of actions that were answered.
func (t *clients) actions() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, times := range t.answered {
		n += times
	}
	return n
}

// counts sums what the books hold.
func counts(ctx context.Context, s *store.Store) (string, error) {
	var parts []string
	for _, c := range []struct{ what, query string }{
		{"orders", "SELECT count(*) FROM orders"},
		{"of several sellers", "SELECT count(*) FROM (SELECT FROM order_items GROUP BY order_id HAVING count(DISTINCT seller_id) > 1) o"},
		{"paid", "SELECT count(*) FROM payments WHERE imp_uid IS NOT NULL"},
		{"of them in the browser", "SELECT count(*) FROM payments WHERE imp_uid IS NOT NULL AND provider = 'PORTONE'"},
		{"payments that failed", "SELECT count(*) FROM payments WHERE imp_uid IS NULL"},
		{"refunds", "SELECT count(*) FROM refunds WHERE NOT is_reversal(reason)"},
		{"of them after two approvals", "SELECT count(*) FROM refunds WHERE second_approver IS NOT NULL"},
		{"charges given back unasked", "SELECT count(*) FROM refunds WHERE is_reversal(reason)"},
		{"lines shipped", "SELECT count(*) FROM order_items WHERE shipped_at IS NOT NULL"},
		{"delivered", "SELECT count(*) FROM order_items WHERE delivered_at IS NOT NULL"},
		{"confirmations of buyers", "SELECT count(*) FROM confirmations WHERE cause = 'BUYER'"},
		{"of time", "SELECT count(*) FROM confirmations WHERE cause = 'TIME'"},
		{"changes of stock", "SELECT count(*) FROM stock_movements WHERE kind = 'SET'"},
		{"adjustments", "SELECT count(*) FROM adjustments"},
		{"disputes", "SELECT count(*) FROM disputes"},
		{"settlements", "SELECT count(*) FROM settlements"},
		{"payouts", "SELECT count(*) FROM payouts"},
		{"transfers", "SELECT count(*) FROM payout_attempts"},
	} {
		var n int
		if err := s.Pool().QueryRow(ctx, c.query).Scan(&n); err != nil {
			return "", fmt.Errorf("%s: %w", c.what, err)
		}
		parts = append(parts, fmt.Sprint(n, " ", c.what))
	}
	return strings.Join(parts, ", "), nil
}
