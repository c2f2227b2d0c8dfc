-- name: LockProjections :exec
-- Locks projections against other writers until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('market projections'));

-- name: UnrolledPostings :many
-- Returns the ledger transactions to roll up, the oldest first.
SELECT transaction_id FROM ledger_unrolled ORDER BY transaction_id LIMIT $1;

-- name: TakeUnrolled :many
DELETE FROM ledger_unrolled WHERE transaction_id = ANY (@transaction_ids::bigint[]) RETURNING transaction_id;

-- name: SetAside :exec
INSERT INTO set_aside (kind, subject_id, problem) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: UnequalDay :one
-- Returns a seller whose dashboard of a day differs from the ledger, apart from transactions that are not rolled up yet
-- or were set aside.
WITH ledger AS (
    SELECT e.seller_id, -sum(e.amount) FILTER (WHERE e.account = 'COMMISSION') AS fee,
           -sum(e.amount) FILTER (WHERE e.account = 'SELLER_PAYABLE') AS payable,
           -sum(e.amount) FILTER (WHERE e.account = 'COMMISSION_PENDING') AS held_fee,
           -sum(e.amount) FILTER (WHERE e.account = 'SELLER_PENDING') AS held_payable
    FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
    WHERE t.business_day = @day AND t.source_type IN ('PAYMENT', 'REFUND', 'CONFIRMATION')
      AND e.order_item_id IS NOT NULL
      AND e.account IN ('COMMISSION', 'SELLER_PAYABLE', 'COMMISSION_PENDING', 'SELLER_PENDING')
      AND NOT EXISTS (SELECT FROM ledger_unrolled u WHERE u.transaction_id = t.id)
      AND NOT EXISTS (SELECT FROM set_aside a WHERE a.kind = 'ROLL_UP' AND a.subject_id = t.id)
    GROUP BY e.seller_id
)
SELECT coalesce(l.seller_id, b.seller_id)::bigint FROM ledger l FULL
    JOIN (SELECT * FROM seller_dashboard d WHERE d.stat_date = @day) b ON b.seller_id = l.seller_id
WHERE (coalesce(l.fee, 0), coalesce(l.payable, 0), coalesce(l.held_fee, 0), coalesce(l.held_payable, 0))
    IS DISTINCT FROM (coalesce(b.fee_amount - b.held_fee, 0), coalesce(b.settlement_amount - b.held_payable, 0),
        coalesce(b.held_fee, 0), coalesce(b.held_payable, 0)) LIMIT 1;

-- name: RollUp :many
-- Adds ledger transactions to the dashboards of their days, and to the statistics of closed days. The dashboards' fee
-- and payable amount are those of sales, held ones included; the statistics have what is earned.
WITH posted AS (
    SELECT t.id, t.business_day, t.source_type = 'PAYMENT' AS is_sale, t.source_type = 'REFUND' AS is_refund
    FROM ledger_transactions t
    WHERE t.id = ANY (@transaction_ids::bigint[])
), deltas AS (
    SELECT e.seller_id, p.business_day,
           count(DISTINCT p.id) FILTER (WHERE p.is_sale) AS orders,
           coalesce(sum(i.quantity) FILTER (WHERE p.is_sale AND e.account IN ('SELLER_PAYABLE', 'SELLER_PENDING')),
               0) AS items,
           coalesce(-sum(e.amount) FILTER (WHERE p.is_sale), 0) AS sales,
           count(DISTINCT p.id) FILTER (WHERE p.is_refund) AS refunds,
           coalesce(sum(e.amount) FILTER (WHERE p.is_refund), 0) AS refunded,
           coalesce(-sum(e.amount) FILTER (WHERE e.account = 'COMMISSION'), 0) AS fee,
           coalesce(-sum(e.amount) FILTER (WHERE e.account = 'SELLER_PAYABLE'), 0) AS payable,
           coalesce(-sum(e.amount) FILTER (WHERE e.account = 'COMMISSION_PENDING'), 0) AS held_fee,
           coalesce(-sum(e.amount) FILTER (WHERE e.account = 'SELLER_PENDING'), 0) AS held_payable
    FROM posted p JOIN ledger_entries e ON e.transaction_id = p.id JOIN order_items i ON i.id = e.order_item_id
    WHERE e.account IN ('SELLER_PAYABLE', 'COMMISSION', 'SELLER_PENDING', 'COMMISSION_PENDING')
    GROUP BY e.seller_id, p.business_day
), closed AS (
    INSERT INTO seller_daily_statistics AS s (seller_id, stat_date, total_orders, total_items, total_sales,
        total_refunds, refund_amount, net_sales, fee, payable)
    SELECT d.seller_id, d.business_day, d.orders, d.items, d.sales, d.refunds, d.refunded, d.sales - d.refunded, d.fee,
           d.payable
    FROM deltas d JOIN business_days c ON c.day = d.business_day
    ON CONFLICT (seller_id, stat_date) DO UPDATE
    SET total_orders = s.total_orders + excluded.total_orders, total_items = s.total_items + excluded.total_items,
        total_sales = s.total_sales + excluded.total_sales,
        total_refunds = s.total_refunds + excluded.total_refunds,
        refund_amount = s.refund_amount + excluded.refund_amount,
        net_sales = s.net_sales + excluded.net_sales, fee = s.fee + excluded.fee, payable = s.payable + excluded.payable
)
INSERT INTO seller_dashboard AS b (seller_id, stat_date, total_orders, total_products_sold, total_sales, total_refunds,
    refund_amount, fee_amount, settlement_amount, held_fee, held_payable)
SELECT d.seller_id, d.business_day, d.orders, d.items, d.sales, d.refunds, d.refunded, d.fee + d.held_fee,
       d.payable + d.held_payable, d.held_fee, d.held_payable FROM deltas d
ON CONFLICT (seller_id, stat_date) DO UPDATE
SET total_orders = b.total_orders + excluded.total_orders,
    total_products_sold = b.total_products_sold + excluded.total_products_sold,
    total_sales = b.total_sales + excluded.total_sales, total_refunds = b.total_refunds + excluded.total_refunds,
    refund_amount = b.refund_amount + excluded.refund_amount, fee_amount = b.fee_amount + excluded.fee_amount,
    settlement_amount = b.settlement_amount + excluded.settlement_amount, held_fee = b.held_fee + excluded.held_fee,
    held_payable = b.held_payable + excluded.held_payable, updated_at = now()
RETURNING b.seller_id;

-- name: GetDashboard :one
SELECT * FROM seller_dashboard WHERE seller_id = $1 AND stat_date = $2;

-- name: OpenDashboards :execrows
-- Opens a day's dashboard for every seller with recent sales; idle sellers need no row.
INSERT INTO seller_dashboard (seller_id, stat_date) SELECT s.id, @day FROM sellers s
WHERE s.status = 'APPROVED' AND s.deleted_at IS NULL
  AND EXISTS (SELECT FROM seller_dashboard b WHERE b.seller_id = s.id AND b.stat_date >= @active_since
      AND b.stat_date < @day AND b.total_orders > 0)
ON CONFLICT (seller_id, stat_date) DO NOTHING;

-- name: CloseStatistics :execrows
-- Copies the day's dashboards to its statistics, without what is held. The roll-up adds later postings to the day.
INSERT INTO seller_daily_statistics (seller_id, stat_date, total_orders, total_items, total_refunds, total_sales,
    refund_amount, net_sales, fee, payable)
SELECT b.seller_id, b.stat_date, b.total_orders, b.total_products_sold, b.total_refunds, b.total_sales, b.refund_amount,
       b.total_sales - b.refund_amount, b.fee_amount - b.held_fee, b.settlement_amount - b.held_payable
FROM seller_dashboard b WHERE b.stat_date = @day AND (b.total_orders > 0 OR b.total_refunds > 0
    OR b.fee_amount <> b.held_fee OR b.settlement_amount <> b.held_payable)
ON CONFLICT (seller_id, stat_date) DO NOTHING;

-- name: BeginDayClose :exec
INSERT INTO business_days (day) VALUES ($1) ON CONFLICT (day) DO NOTHING;

-- name: CloseDay :exec
INSERT INTO business_days (day, closed_at) VALUES ($1, $2) ON CONFLICT (day)
    DO UPDATE SET closed_at = coalesce(business_days.closed_at, excluded.closed_at);

-- name: OpenDays :many
-- Lists the open days up to a day, from the first day of the ledger.
SELECT d::date AS day
FROM generate_series(least(@until::date, (SELECT min(t.business_day) FROM ledger_transactions t)), @until::date,
    interval '1 day') AS d
WHERE NOT EXISTS (SELECT FROM business_days b WHERE b.day = d::date AND b.closed_at IS NOT NULL) ORDER BY d LIMIT @most;

-- name: DayHasStatistics :one
SELECT EXISTS (SELECT FROM business_days WHERE business_days.day = @day
    AND business_days.day >= (SELECT (s.created_at AT TIME ZONE 'Asia/Seoul')::date FROM sellers s
        WHERE s.id = @seller_id));

-- name: GetDailyStatistics :one
SELECT * FROM seller_daily_statistics WHERE seller_id = $1 AND stat_date = $2;

-- name: SumStatistics :many
-- Sums the closed days of a seller: in total, or by day, week (from Monday) or month.
SELECT min(s.stat_date)::date AS first_day, max(s.stat_date)::date AS last_day,
       sum(s.total_orders)::bigint AS total_orders, sum(s.total_items)::bigint AS total_items,
       sum(s.total_sales)::numeric AS total_sales, sum(s.total_refunds)::bigint AS total_refunds,
       sum(s.refund_amount)::numeric AS refund_amount, sum(s.net_sales)::numeric AS net_sales
FROM seller_daily_statistics s
WHERE s.seller_id = @seller_id AND s.stat_date >= coalesce(sqlc.narg('from_day'), s.stat_date)
  AND s.stat_date <= coalesce(sqlc.narg('to_day'), s.stat_date)
GROUP BY CASE WHEN @unit::text = '' THEN NULL ELSE date_trunc(nullif(@unit::text, ''), s.stat_date::timestamp) END
ORDER BY 1;

-- name: RankProducts :many
-- Ranks a seller's products by net sales.
SELECT i.product_id, max(i.product_name)::text AS product_name,
       coalesce(sum(i.quantity) FILTER (WHERE t.source_type = 'PAYMENT' AND e.account IN ('SELLER_PAYABLE',
           'SELLER_PENDING')), 0)::bigint AS items,
       coalesce(-sum(e.amount) FILTER (WHERE t.source_type = 'PAYMENT'), 0)::numeric AS sales,
       coalesce(sum(e.amount) FILTER (WHERE t.source_type = 'REFUND'), 0)::numeric AS refunded
FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id JOIN order_items i ON i.id = e.order_item_id
WHERE e.seller_id = @seller_id::bigint
  AND e.account IN ('SELLER_PAYABLE', 'COMMISSION', 'SELLER_PENDING', 'COMMISSION_PENDING')
  AND t.business_day >= coalesce(sqlc.narg('from_day'), t.business_day)
  AND t.business_day <= coalesce(sqlc.narg('to_day'), t.business_day)
GROUP BY i.product_id ORDER BY coalesce(-sum(e.amount), 0) DESC, i.product_id LIMIT @most;
