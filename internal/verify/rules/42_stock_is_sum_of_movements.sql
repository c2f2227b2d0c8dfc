-- Rule: stock and reserved are the sum of their movements
-- Group: whole
-- Reason: Stock and reserved pieces decide whether an order is accepted. Movements are
--     append-only and prove them.
-- Action: Set products.stock and reserved to the sums of the movements, which the finding lists,
--     in a transaction that locks the product. The seller counts the pieces if the true stock is
--     in doubt.

SELECT 'product ' || coalesce(p.id, m.product_id) || ' has ' || coalesce(p.stock, 0) || ' and '
    || coalesce(p.reserved, 0) || ' reserved, its movements come to ' || coalesce(m.stock, 0) || ' and '
    || coalesce(m.reserved, 0)
FROM products p
FULL JOIN (
    SELECT product_id, sum(stock) AS stock, sum(reserved) AS reserved FROM stock_movements GROUP BY product_id
) m
    ON m.product_id = p.id
WHERE (coalesce(p.stock, 0), coalesce(p.reserved, 0)) IS DISTINCT FROM (coalesce(m.stock, 0), coalesce(m.reserved, 0))
