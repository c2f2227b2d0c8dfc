-- name: StatementOrders :many
-- Sums the postings of earned shares behind a settlement by day and order: those of its lines, and of days of its
-- period whose postings cancel out. What was posted to a day after one settlement is part of the next. The ids of a
-- day's transactions bound the entries of the seller that are read.
WITH taken AS MATERIALIZED (
    SELECT l.stat_date FROM settlement_lines l WHERE l.settlement_id = @settlement_id
    UNION
    SELECT u.stat_date FROM seller_daily_statistics u JOIN settlements s ON s.seller_id = u.seller_id
        AND u.stat_date BETWEEN s.period_start AND s.period_end WHERE s.id = @settlement_id
), days AS MATERIALIZED (
    SELECT l.stat_date, s.seller_id, s.created_at AS until,
           (SELECT max(p.created_at) FROM settlements p
            WHERE p.seller_id = s.seller_id AND p.id < s.id AND p.period_end >= l.stat_date) AS since,
           (SELECT min(t.id) FROM ledger_transactions t WHERE t.business_day = l.stat_date) AS first,
           (SELECT max(t.id) FROM ledger_transactions t WHERE t.business_day = l.stat_date) AS last
    FROM settlements s CROSS JOIN taken l WHERE s.id = @settlement_id
)
SELECT d.stat_date, o.id AS order_id, o.created_at AS ordered_at,
       coalesce(-sum(e.amount) FILTER (WHERE t.kind IN ('PAYMENT_APPROVED', 'CONFIRMED')), 0)::numeric AS gross,
       coalesce(sum(e.amount) FILTER (WHERE t.kind NOT IN ('PAYMENT_APPROVED', 'CONFIRMED')), 0)::numeric AS refunded,
       coalesce(-sum(e.amount) FILTER (WHERE e.account = 'COMMISSION'), 0)::numeric AS commission,
       coalesce(-sum(e.amount) FILTER (WHERE e.account = 'SELLER_PAYABLE'), 0)::numeric AS payable
FROM days d
JOIN ledger_entries e ON e.seller_id = d.seller_id AND e.transaction_id BETWEEN d.first AND d.last
    AND e.account IN ('SELLER_PAYABLE', 'COMMISSION')
JOIN ledger_transactions t ON t.id = e.transaction_id AND t.business_day = d.stat_date
    AND t.source_type IN ('PAYMENT', 'REFUND', 'CONFIRMATION') AND t.created_at <= d.until
    AND (d.since IS NULL OR t.created_at > d.since)
JOIN order_items i ON i.id = e.order_item_id JOIN orders o ON o.id = i.order_id
GROUP BY d.stat_date, o.id, o.created_at ORDER BY o.id, d.stat_date;

-- name: StatementAccount :one
-- Returns the bank account of a settlement's last payout attempt, or else the seller's, and when it was paid.
SELECT coalesce(a.bank_code, r.bank_code)::text AS bank_code, coalesce(a.bank_account, r.bank_account)::text AS shown,
       (CASE WHEN a.id IS NULL THEN r.bank_account_sealed ELSE a.bank_account_sealed END)::bytea AS sealed,
       paid.processed_at AS paid_at
FROM settlements s JOIN sellers r ON r.id = s.seller_id LEFT JOIN payouts p ON p.settlement_id = s.id
LEFT JOIN payouts paid ON paid.settlement_id = s.id AND paid.status = 'SUCCESS'
LEFT JOIN LATERAL (SELECT x.* FROM payout_attempts x WHERE x.payout_id = p.id ORDER BY x.attempt DESC LIMIT 1) a ON true
WHERE s.id = $1;
