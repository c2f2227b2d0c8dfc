-- Rule: a line says in which state its order is
-- Group: orders
-- Reason: Lists of a seller's lines filter by the order's status, which each line repeats. A
--     stale copy hides an order from the seller who must ship it.
-- Action: The order is right. Update order_items.order_status of the line to its status, and
--     report what changed one without the other.

SELECT 'order item ' || i.id || ' says ' || i.order_status || ', and order ' || o.id || ' is ' || o.status
FROM order_items i
JOIN orders o ON o.id = i.order_id
WHERE i.order_status <> o.status
