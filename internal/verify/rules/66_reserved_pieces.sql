-- Rule: reserved is what is ordered and not shipped
-- Group: full
-- Reason: Reserved pieces are kept for orders that are not shipped. Too many block sales, too
--     few sell a piece twice. The same follows from other rules, so only a full verification
--     reads it.
-- Action: If the rule about the sum of movements has a finding for the product, correct that one
--     first. Else compare the product's orders with their movements, which name the order whose
--     pieces were not moved.

SELECT 'product ' || p.id || ' has ' || p.reserved || ' reserved, and orders wait for ' || coalesce(l.quantity, 0)
FROM products p
LEFT JOIN (
    SELECT i.product_id, sum(i.quantity - i.shipped - i.cancelled) AS quantity
    FROM order_items i
    JOIN orders o ON o.id = i.order_id
    WHERE o.status <> 'FAILED'
    GROUP BY i.product_id
) l
    ON l.product_id = p.id
WHERE p.reserved <> coalesce(l.quantity, 0)
