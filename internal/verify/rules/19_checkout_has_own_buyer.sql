-- Rule: a checkout's order is its buyer's
-- Group: orders
-- Reason: A checkout attempt makes a repeated request return its first order. With another
--     buyer's order it would show that order to a stranger.
-- Action: Delete the row of checkout_attempts: a repeated request then places a new order.
--     Report it as an incident of privacy if the access log shows that the other buyer has read
--     the order.

SELECT 'order ' || c.order_id || ' was made by a checkout of buyer ' || c.buyer_id
FROM checkout_attempts c
LEFT JOIN orders o ON o.id = c.order_id
WHERE o.buyer_id IS DISTINCT FROM c.buyer_id
