-- Rule: an order's total is the sum of its lines, and what its payments are for
-- Group: orders
-- Reason: The buyer is charged the order's total, and sellers are owed the sum of its lines.
-- Action: Restore the changed value of order, line or payment from the order confirmation and
--     the audit log (GET /admin/audit). If another amount was charged, the comparison with the
--     provider reports it too; then FINANCE refunds or adjusts the difference.

SELECT 'order ' || o.id || ' of ' || o.total_amount || ' has lines of '
    || coalesce(sum(i.unit_price * i.quantity)::text, 'nothing')
FROM orders o
LEFT JOIN order_items i ON i.order_id = o.id
GROUP BY o.id
HAVING sum(i.unit_price * i.quantity) IS DISTINCT FROM o.total_amount
UNION ALL SELECT 'payment ' || p.id || ' of ' || p.amount || ' is for order ' || p.order_id || ' of '
    || coalesce(o.total_amount::text, 'nothing')
FROM payments p
LEFT JOIN orders o ON o.id = p.order_id
WHERE p.amount IS DISTINCT FROM o.total_amount
UNION ALL SELECT 'order item ' || i.id || ' is of order ' || i.order_id || ', which there is not'
FROM order_items i
WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = i.order_id)
