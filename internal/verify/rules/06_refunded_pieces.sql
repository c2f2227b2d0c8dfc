-- Rule: a line's claimed and refunded pieces are those of its refunds
-- Group: orders
-- Reason: The counts on a line limit the pieces that can still be refunded. Too low a count
--     refunds a piece twice, too high a count refuses a buyer.
-- Action: Count the refunds of the line in GET /admin/orders/{orderId}, and set refund_claimed
--     to the pieces of those not DENIED and refunded to those of SUCCESS. Deny open refunds of
--     the line first if they exceed its quantity.

SELECT 'order item ' || i.id || ' says ' || i.refund_claimed || ' claimed and ' || i.refunded || ' refunded'
FROM order_items i
LEFT JOIN refund_items x ON x.order_item_id = i.id
LEFT JOIN refunds r ON r.id = x.refund_id
GROUP BY i.id
HAVING i.refund_claimed <> coalesce(sum(x.quantity) FILTER (WHERE r.status <> 'DENIED'), 0)
    OR i.refunded <> coalesce(sum(x.quantity) FILTER (WHERE r.status = 'SUCCESS'), 0)
