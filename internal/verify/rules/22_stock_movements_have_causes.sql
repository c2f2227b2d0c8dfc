-- Rule: a movement is what its order or refund has moved
-- Group: orders
-- Reason: Each piece that is reserved, released, shipped or returned is one movement with its
--     cause. A wrong one offers pieces that are not there, or none of those that are.
-- Action: Compare the order or refund with its movements (GET
--     /seller/products/{productId}/stock-movements). Movements are append-only: restore a
--     changed order or refund from the audit log. If a movement is wrong, the seller sets the
--     true stock (PUT /seller/products/{productId}/stock), which writes a correcting one.

WITH expected AS (
    SELECT i.product_id, 'ORDERED' AS kind, -i.quantity AS stock, i.quantity AS reserved, i.order_id AS cause_id
    FROM order_items i
    UNION ALL SELECT i.product_id, 'RELEASED', i.quantity, -i.quantity, i.order_id
    FROM order_items i
    JOIN orders o ON o.id = i.order_id
    WHERE o.status = 'FAILED'
), moved AS (
    SELECT * FROM stock_movements WHERE kind IN ('ORDERED', 'RELEASED')
), difference AS (
    SELECT product_id, kind, stock, reserved, cause_id, sum(n) AS n
    FROM (
        SELECT product_id, kind, stock, reserved, cause_id, 1 AS n FROM moved
        UNION ALL SELECT product_id, kind, stock, reserved, cause_id, -1 FROM expected
    ) x
    GROUP BY 1, 2, 3, 4, 5
)
SELECT 'product ' || product_id || ': ' || kind || ' of ' || stock || ' by ' || cause_id
    || CASE WHEN n > 0 THEN ' is one movement too many' ELSE ' has no movement' END
FROM difference
WHERE n <> 0
UNION ALL SELECT 'movement ' || m.id || ' of product ' || m.product_id || ' is ' || m.kind || ' of ' || m.stock
    || ' and ' || m.reserved
FROM stock_movements m
LEFT JOIN refunds r ON m.kind IN ('REFUNDED', 'RESTOCKED') AND r.id = m.cause_id
LEFT JOIN refund_items x
    ON x.refund_id = r.id
        AND EXISTS (SELECT FROM order_items i WHERE i.id = x.order_item_id AND i.product_id = m.product_id)
WHERE CASE m.kind
    WHEN 'REFUNDED' THEN r.status IS DISTINCT FROM 'SUCCESS'
        OR m.stock IS DISTINCT FROM x.cancelled
        OR m.reserved <> -m.stock
    WHEN 'RESTOCKED' THEN r.status IS DISTINCT FROM 'SUCCESS'
        OR NOT r.restock
        OR m.stock IS DISTINCT FROM x.quantity - x.cancelled
        OR m.reserved <> 0
    WHEN 'SHIPPED' THEN m.stock <> 0
        OR NOT EXISTS (
            SELECT
            FROM order_items i
            WHERE i.order_id = m.cause_id AND i.product_id = m.product_id AND i.shipped > 0
        )
    WHEN 'SET' THEN m.reserved <> 0 OR m.cause_id IS NOT NULL
    WHEN 'INITIAL' THEN m.cause_id IS NOT NULL
        OR EXISTS (SELECT FROM public.stock_movements e WHERE e.product_id = m.product_id AND e.id < m.id)
END
UNION ALL SELECT 'refund ' || x.refund_id || ' of order item ' || i.id || ' has ' || coalesce(m.kinds, 'no movement')
FROM refund_items x
JOIN refunds r ON r.id = x.refund_id
JOIN order_items i ON i.id = x.order_item_id
LEFT JOIN (
    SELECT cause_id, product_id, string_agg(kind, ', ' ORDER BY kind) AS kinds
    FROM stock_movements
    WHERE kind IN ('REFUNDED', 'RESTOCKED')
    GROUP BY 1, 2
) m
    ON m.cause_id = r.id AND m.product_id = i.product_id
WHERE r.status = 'SUCCESS'
    AND m.kinds
        IS DISTINCT FROM nullif(
            concat_ws(
                ', ', CASE WHEN x.cancelled > 0 THEN 'REFUNDED' END,
                CASE WHEN r.restock AND x.cancelled < x.quantity THEN 'RESTOCKED' END
            ), ''
        )
UNION ALL SELECT 'order item ' || i.id || ' was shipped with ' || coalesce(-m.reserved, 0) || ' pieces'
FROM order_items i
LEFT JOIN (
    SELECT cause_id, product_id, sum(reserved) AS reserved FROM stock_movements WHERE kind = 'SHIPPED' GROUP BY 1, 2
) m
    ON m.cause_id = i.order_id AND m.product_id = i.product_id
WHERE coalesce(-m.reserved, 0) <> i.shipped
