-- Rule: an order is where its payment and its lines are
-- Group: orders
-- Reason: The status decides what may happen next: payment, shipment, refund. It follows from
--     the payment and the lines, and an order is paid at most once.
-- Action: Compare payments and lines in GET /admin/orders/{orderId}/timeline, then restore the
--     status that the finding derives from them. With two payments that were made, FINANCE
--     cancels one in the provider's console and decides the dispute that follows.

WITH lines AS (
    SELECT order_id, bool_and(refunded = quantity) AS gone,
        bool_and(shipped + cancelled = quantity OR refunded = quantity) AS shipped,
        bool_and(delivered + cancelled = quantity OR refunded = quantity) AS delivered
    FROM order_items
    GROUP BY order_id
), paid AS (
    SELECT order_id, count(*) AS n FROM payments WHERE imp_uid IS NOT NULL GROUP BY order_id
), should AS (
    SELECT o.id, o.status, coalesce(p.n, 0) AS paid,
        CASE
            WHEN p.n IS NULL THEN CASE WHEN o.status IN ('CREATED', 'FAILED') THEN o.status END
            WHEN p.n > 1 THEN NULL
            WHEN l.gone THEN 'REFUNDED'
            WHEN l.delivered THEN 'DELIVERED'
            WHEN l.shipped THEN 'SHIPPED'
            ELSE 'PAID'
        END AS status_should
    FROM orders o
    LEFT JOIN lines l ON l.order_id = o.id
    LEFT JOIN paid p ON p.order_id = o.id
)
SELECT 'order ' || id || ' is ' || status || ' with ' || paid || ' payments that were made'
    || coalesce(', and its lines say ' || status_should, '')
FROM should
WHERE status IS DISTINCT FROM status_should
