-- name: Overview :one
-- Returns the sales of a business day and the pending decisions.
SELECT coalesce(d.orders, 0)::bigint AS orders, coalesce(d.sales, 0)::numeric AS sales,
       coalesce(d.refunded, 0)::numeric AS refunded,
       coalesce(d.fee, 0)::numeric AS fee, r.waiting AS refunds_waiting, r.oldest AS oldest_refund,
       s.waiting AS sellers_waiting
FROM (SELECT sum(total_orders) AS orders, sum(total_sales) AS sales, sum(refund_amount) AS refunded,
    sum(fee_amount) AS fee
      FROM seller_dashboard WHERE stat_date = @day) d,
     (SELECT count(*) AS waiting, coalesce(min(created_at), now())::timestamptz AS oldest FROM refunds
         WHERE status IN ('PENDING', 'FAILED')) r,
     (SELECT count(*) AS waiting FROM sellers WHERE status = 'PENDING' AND deleted_at IS NULL) s;

-- name: OrderTimeline :many
-- Returns the events of an order, the oldest first.
SELECT at::timestamptz AS at, kind::text AS kind, detail::text AS detail, coalesce(amount, 0)::numeric AS amount FROM (
    SELECT o.created_at AS at, 'ORDERED' AS kind, '' AS detail, o.total_amount AS amount FROM orders o
    WHERE o.id = @order_id
    UNION ALL SELECT h.created_at, 'PAYMENT_' || h.payment_status, p.method || ' ' || p.merchant_uid, h.amount
        FROM payments p JOIN transaction_histories h ON h.type = 'PAYMENT' AND h.transaction_id = p.id
        WHERE p.order_id = @order_id
    UNION ALL SELECT a.created_at, 'CHARGE_' || a.outcome, coalesce(a.reason, ''), a.amount
        FROM payments p JOIN payment_attempts a ON a.payment_id = p.id WHERE p.order_id = @order_id
    UNION ALL SELECT h.created_at, 'REFUND_' || h.refund_status, r.id || ' ' || r.reason, h.amount
        FROM payments p JOIN refunds r ON r.payment_id = p.id JOIN transaction_histories h ON h.type = 'REFUND'
            AND h.transaction_id = r.id
        WHERE p.order_id = @order_id
    UNION ALL SELECT d.created_at, CASE WHEN d.approve THEN 'REFUND_APPROVED' ELSE 'REFUND_REFUSED' END || CASE
        WHEN d.applied THEN '' ELSE '_IN_VAIN' END,
        r.id || ' ' || coalesce('admin ' || d.admin_id, d.sent_by) || coalesce(': ' || d.reason, ''), NULL
        FROM payments p JOIN refunds r ON r.payment_id = p.id JOIN refund_decisions d ON d.refund_id = r.id
        WHERE p.order_id = @order_id
    UNION ALL SELECT i.shipped_at, 'LINE_SHIPPED',
    i.product_name || coalesce(' ' || i.carrier, '') || coalesce(' ' || i.tracking_number, ''), NULL
        FROM order_items i WHERE i.order_id = @order_id AND i.shipped_at IS NOT NULL
    UNION ALL SELECT i.delivered_at, 'LINE_DELIVERED', i.product_name, NULL FROM order_items i
    WHERE i.order_id = @order_id AND i.delivered_at IS NOT NULL
    UNION ALL SELECT n.created_at, 'BUYER_TOLD', n.status, NULL FROM order_status_update_notifications n
    WHERE n.order_id = @order_id
) AS e ORDER BY at, kind;
