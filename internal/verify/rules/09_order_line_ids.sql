-- Rule: an order says which ids its lines have, or any
-- Group: orders
-- Reason: Statements read an order's lines by this range of ids, which prunes partitions. Lines
--     outside of it are not shown, shipped or refunded.
-- Action: Set orders.first_line and last_line to the smallest and largest id of the order's
--     lines, which the finding lists. Check that no line is missing: stock movements of the
--     order name its products.

SELECT 'order ' || o.id || ' has lines from ' || o.first_line || ' to ' || o.last_line || ', they are '
    || coalesce(min(i.id) || ' to ' || max(i.id), 'none')
FROM orders o
LEFT JOIN order_items i ON i.order_id = o.id
GROUP BY o.id
HAVING (o.first_line, o.last_line) IS DISTINCT FROM (min(i.id), max(i.id))
    AND (o.first_line, o.last_line) <> (0, 9223372036854775807)
