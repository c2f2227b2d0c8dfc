package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// checks are what must hold at any moment, each as a query for the rows that
// break it: what is wrong, and where.
var checks = []struct{ rule, query string }{
	{"a ledger transaction sums to zero", `
		SELECT 'ledger transaction ' || t.id || ' sums to ' || coalesce(sum(e.amount)::text, 'nothing')
		FROM ledger_transactions t LEFT JOIN ledger_entries e ON e.transaction_id = t.id GROUP BY t.id HAVING sum(e.amount) IS DISTINCT FROM 0`},
	{"PSP clearing holds each payment that stands", `
		SELECT 'payment ' || p.id || ' of ' || p.amount || ' has ' || coalesce(sum(e.amount)::text, 'nothing') || ' in PSP clearing'
		FROM payments p
		LEFT JOIN ledger_transactions t ON t.source_type = 'PAYMENT' AND t.source_id = p.id AND t.kind = 'PAYMENT_APPROVED'
		LEFT JOIN ledger_entries e ON e.transaction_id = t.id AND e.account = 'PSP_CLEARING'
		WHERE p.status = 'SUCCESS' GROUP BY p.id HAVING sum(e.amount) IS DISTINCT FROM p.amount`},
	{"a refund in flight gives back a charge that no order stands behind", `
		SELECT 'refund ' || r.id || ' is ' || r.status || ' and has ' || coalesce(sum(e.amount), 0) || ' in flight'
		FROM refunds r
		LEFT JOIN ledger_transactions t ON t.source_type = 'REFUND' AND t.source_id = r.id
		LEFT JOIN ledger_entries e ON e.transaction_id = t.id AND e.account = 'REFUND_IN_FLIGHT'
		GROUP BY r.id HAVING coalesce(sum(e.amount), 0) <>
			CASE WHEN r.reason IN ('PAYMENT_AMOUNT_MISMATCH', 'ORDER_EXPIRED', 'PAYMENT_FAILED') AND r.status <> 'SUCCESS' THEN -r.amount ELSE 0 END`},
	{"a completed refund is in the ledger, and only a completed one", `
		SELECT 'refund ' || r.id || ' of ' || r.amount || ' is ' || r.status || ' and has taken ' || coalesce(-sum(e.amount), 0) || ' from PSP clearing'
		FROM refunds r
		LEFT JOIN ledger_transactions t ON t.source_type = 'REFUND' AND t.source_id = r.id AND t.kind IN ('REFUND_COMPLETED', 'CHARGE_REVERSED')
		LEFT JOIN ledger_entries e ON e.transaction_id = t.id AND e.account = 'PSP_CLEARING'
		GROUP BY r.id HAVING coalesce(-sum(e.amount), 0) <> CASE WHEN r.status = 'SUCCESS' THEN r.amount ELSE 0 END`},
	{"a refund is the sum of its lines", `
		SELECT 'refund ' || r.id || ' of ' || r.amount || ' has lines of ' || coalesce(sum(i.amount)::text, 'nothing')
		FROM refunds r LEFT JOIN refund_items i ON i.refund_id = r.id
		WHERE r.reason NOT IN ('PAYMENT_AMOUNT_MISMATCH', 'ORDER_EXPIRED', 'PAYMENT_FAILED') GROUP BY r.id HAVING sum(i.amount) IS DISTINCT FROM r.amount`},
	{"a line's claimed and refunded pieces are those of its refunds", `
		SELECT 'order item ' || i.id || ' says ' || i.refund_claimed || ' claimed and ' || i.refunded || ' refunded'
		FROM order_items i LEFT JOIN refund_items x ON x.order_item_id = i.id LEFT JOIN refunds r ON r.id = x.refund_id
		GROUP BY i.id HAVING i.refund_claimed <> coalesce(sum(x.quantity) FILTER (WHERE r.status <> 'DENIED'), 0)
			OR i.refunded <> coalesce(sum(x.quantity) FILTER (WHERE r.status = 'SUCCESS'), 0)`},
	{"a line that has gone back whole nets to zero for every party", `
		SELECT 'order item ' || i.id || ' leaves ' || sum(e.amount) || ' in ' || e.account
		FROM order_items i JOIN ledger_entries e ON e.order_item_id = i.id
		WHERE i.refunded = i.quantity GROUP BY i.id, e.account HAVING sum(e.amount) <> 0`},
	{"an order is refunded when all of it is", `
		SELECT 'order ' || o.id || ' is ' || o.status || ' with ' || sum(i.quantity - i.refunded) || ' pieces not refunded'
		FROM orders o JOIN order_items i ON i.order_id = o.id GROUP BY o.id
		HAVING (o.status = 'REFUNDED') <> (sum(i.quantity - i.refunded) = 0)`},
	{"an order that was paid has one payment that stands", `
		SELECT 'order ' || o.id || ' is ' || o.status || ' and has ' || count(p.id) || ' successful payments'
		FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.status = 'SUCCESS'
		GROUP BY o.id HAVING (o.status IN ('PAID', 'SHIPPED', 'DELIVERED')) <> (count(p.id) = 1)`},
	{"an order's total is the sum of its lines", `
		SELECT 'order ' || o.id || ' of ' || o.total_amount || ' has lines of ' || sum(i.unit_price * i.quantity)
		FROM orders o JOIN order_items i ON i.order_id = o.id GROUP BY o.id HAVING sum(i.unit_price * i.quantity) <> o.total_amount`},
	{"no unpaid order outlives its deadline by five minutes", `
		SELECT 'order ' || id || ' has waited for its payment since ' || created_at FROM orders
		WHERE status = 'CREATED' AND created_at < now() - interval '35 minutes'`},
	{"no payment stays open when its order is closed", `
		SELECT 'payment ' || p.id || ' is PENDING and its order is ' || o.status FROM payments p JOIN orders o ON o.id = p.order_id
		WHERE p.status = 'PENDING' AND o.status <> 'CREATED'`},
	{"dashboards are the ledger's", `
		WITH ledger AS (
			SELECT e.seller_id, t.business_day AS day, -sum(e.amount) FILTER (WHERE t.source_type = 'PAYMENT') AS sales, sum(e.amount) FILTER (WHERE t.source_type = 'REFUND') AS refunds,
				-sum(e.amount) FILTER (WHERE e.account = 'COMMISSION') AS fee, -sum(e.amount) FILTER (WHERE e.account = 'SELLER_PAYABLE') AS payable
			FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
			WHERE t.source_type IN ('PAYMENT', 'REFUND') AND e.order_item_id IS NOT NULL AND e.account IN ('SELLER_PAYABLE', 'COMMISSION')
				AND t.posted_in < (SELECT rolled_up_to FROM ledger_rollup)
			GROUP BY e.seller_id, t.business_day)
		SELECT 'seller ' || coalesce(l.seller_id, b.seller_id) || ' on ' || coalesce(l.day, b.stat_date) || ': the ledger says ' ||
			concat_ws(' ', coalesce(l.sales, 0), coalesce(l.refunds, 0), coalesce(l.fee, 0), coalesce(l.payable, 0)) || ', the dashboard ' ||
			concat_ws(' ', coalesce(b.total_sales, 0), coalesce(b.refund_amount, 0), coalesce(b.fee_amount, 0), coalesce(b.settlement_amount, 0))
		FROM ledger l FULL JOIN seller_dashboard b ON b.seller_id = l.seller_id AND b.stat_date = l.day
		WHERE (coalesce(l.sales, 0), coalesce(l.refunds, 0), coalesce(l.fee, 0), coalesce(l.payable, 0)) IS DISTINCT FROM
			(coalesce(b.total_sales, 0), coalesce(b.refund_amount, 0), coalesce(b.fee_amount, 0), coalesce(b.settlement_amount, 0))`},
	{"a closed day's statistics are its dashboard", `
		SELECT 'seller ' || coalesce(s.seller_id, b.seller_id) || ' on ' || coalesce(s.stat_date, b.stat_date) FROM seller_daily_statistics s
		FULL JOIN (SELECT x.* FROM seller_dashboard x JOIN business_days c ON c.day = x.stat_date WHERE x.total_orders > 0 OR x.total_refunds > 0) b
			ON b.seller_id = s.seller_id AND b.stat_date = s.stat_date
		WHERE (s.total_orders, s.total_items, s.total_refunds, s.total_sales, s.refund_amount, s.fee, s.payable) IS DISTINCT FROM
			(coalesce(b.total_orders, 0), coalesce(b.total_products_sold, 0), coalesce(b.total_refunds, 0), coalesce(b.total_sales, 0), coalesce(b.refund_amount, 0), coalesce(b.fee_amount, 0), coalesce(b.settlement_amount, 0))`},
	{"settlements take each closed day once, and all of it up to their period's end", `
		SELECT 'seller ' || d.seller_id || ' on ' || d.stat_date || ': settled is ' || d.settled_payable || ', the lines say ' || coalesce(l.payable, 0)
		FROM seller_daily_statistics d
		LEFT JOIN (SELECT s.seller_id, x.stat_date, sum(x.payable) AS payable, sum(x.fee) AS fee FROM settlement_lines x JOIN settlements s ON s.id = x.settlement_id GROUP BY 1, 2) l
			ON l.seller_id = d.seller_id AND l.stat_date = d.stat_date
		WHERE (d.settled_payable, d.settled_fee) IS DISTINCT FROM (coalesce(l.payable, 0), coalesce(l.fee, 0))`},
	{"a settlement is the sum of its lines and of what was carried to it", `
		SELECT 'settlement ' || s.id FROM settlements s
		LEFT JOIN (SELECT settlement_id, sum(payable) AS payable, sum(fee) AS fee FROM settlement_lines GROUP BY settlement_id) x ON x.settlement_id = s.id
		WHERE (s.payable, s.fee) IS DISTINCT FROM (coalesce(x.payable, 0), coalesce(x.fee, 0))
			OR s.carried_in <> (SELECT coalesce(sum(c.carried_over), 0) FROM settlements c WHERE c.carried_to = s.id)`},
	{"the ledger owes a seller what is unsettled, carried over, or settled and not paid", `
		WITH owed AS (SELECT e.seller_id, -sum(e.amount) AS amount FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id
				WHERE e.account = 'SELLER_PAYABLE' AND (t.source_type = 'PAYOUT' OR t.posted_in < (SELECT rolled_up_to FROM ledger_rollup)) GROUP BY e.seller_id),
			open AS (SELECT b.seller_id, sum(b.settlement_amount) - coalesce((SELECT sum(d.settled_payable) FROM seller_daily_statistics d WHERE d.seller_id = b.seller_id), 0) AS amount
				FROM seller_dashboard b GROUP BY b.seller_id),
			settled AS (SELECT s.seller_id, sum(CASE WHEN s.carried_over <> 0 THEN CASE WHEN s.carried_to IS NULL THEN s.carried_over ELSE 0 END
					WHEN s.status IN ('COMPLETED', 'FAILED') OR p.status = 'PENDING' THEN s.amount ELSE 0 END) AS amount
				FROM settlements s LEFT JOIN payouts p ON p.settlement_id = s.id GROUP BY s.seller_id)
		SELECT 'seller ' || seller_id || ' is owed ' || coalesce(owed.amount, 0) || ' and has ' || coalesce(open.amount, 0) || ' unsettled and ' || coalesce(settled.amount, 0) || ' settled'
		FROM owed FULL JOIN open USING (seller_id) FULL JOIN settled USING (seller_id)
		WHERE coalesce(owed.amount, 0) <> coalesce(open.amount, 0) + coalesce(settled.amount, 0)`},
	{"a payout is in transit while it is processed, and paid once", `
		SELECT 'payout ' || p.id || ' of ' || p.amount || ' is ' || p.status || ', in transit ' || coalesce(sum(-e.amount) FILTER (WHERE e.account = 'PAYOUT_IN_TRANSIT'), 0) || ', paid ' || coalesce(sum(-e.amount) FILTER (WHERE e.account = 'BANK'), 0)
		FROM payouts p LEFT JOIN payout_attempts a ON a.payout_id = p.id
		LEFT JOIN ledger_transactions t ON t.source_type = 'PAYOUT' AND t.source_id = a.id LEFT JOIN ledger_entries e ON e.transaction_id = t.id
		GROUP BY p.id HAVING coalesce(sum(-e.amount) FILTER (WHERE e.account = 'PAYOUT_IN_TRANSIT'), 0) <> CASE WHEN p.status = 'PROCESSING' THEN p.amount ELSE 0 END
			OR coalesce(sum(-e.amount) FILTER (WHERE e.account = 'BANK'), 0) <> CASE WHEN p.status = 'SUCCESS' THEN p.amount ELSE 0 END`},
	{"kept totals of products are true", `
		SELECT 'the list of owner ' || k.owner || ' is said to hold ' || k.total || ' products and holds ' || coalesce(c.n, 0)
		FROM (SELECT owner, sum(total) AS total FROM product_totals GROUP BY owner) k
		LEFT JOIN (SELECT seller_id AS owner, count(*) AS n FROM products WHERE deleted_at IS NULL GROUP BY seller_id
			UNION ALL SELECT 0, count(*) FROM products WHERE status = 'ON_SALE' AND deleted_at IS NULL) c ON c.owner = k.owner
		WHERE k.total <> coalesce(c.n, 0)`},
}

// Verify looks, in one snapshot, for anything in which money, stock and states
// do not agree. It returns one line for each finding.
func (s *Store) Verify(ctx context.Context) (findings []string, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for _, c := range checks {
			rows, err := tx.Query(ctx, c.query)
			if err != nil {
				return fmt.Errorf("%s: %w", c.rule, err)
			}
			found, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return fmt.Errorf("%s: %w", c.rule, err)
			}
			for _, f := range found {
				findings = append(findings, f+" (rule: "+c.rule+")")
			}
		}
		return nil
	})
	return findings, translate(err)
}
