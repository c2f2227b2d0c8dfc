-- Rule: a refund is the sum of its lines, which are shares of the order's
-- Group: orders
-- Reason: The buyer gets the refund's amount and each seller bears its lines. If the sums
--     differ, or a line's refunds exceed its price, the marketplace pays the difference.
-- Action: Open the refund in the console (Refunds). While it is PENDING, deny it and have the
--     buyer request it again. If it was paid, compare with the provider's cancellation; FINANCE
--     decides on an adjustment for the seller, and a developer corrects the lines.

SELECT 'refund ' || r.id || ' of ' || r.amount || ' has lines of ' || coalesce(sum(x.amount)::text, 'nothing')
FROM refunds r
LEFT JOIN refund_items x ON x.refund_id = r.id
LEFT JOIN order_items i ON i.id = x.order_item_id
LEFT JOIN payments p ON p.id = r.payment_id
WHERE NOT is_reversal(r.reason)
GROUP BY r.id
HAVING sum(x.amount) IS DISTINCT FROM r.amount
    OR bool_or(
        abs(x.amount - i.net * x.quantity / i.quantity)
        >= CASE
            WHEN i.net = trunc(i.net)
                THEN 1
                + (
                    SELECT count(*)
                    FROM refund_items y
                    JOIN refunds d ON d.id = y.refund_id
                    WHERE y.order_item_id = i.id AND d.status = 'DENIED'
                )
            ELSE 0.01
        END
        OR i.order_id <> p.order_id
        OR (x.commission IS NOT NULL) <> (r.status = 'SUCCESS')
    )
UNION ALL SELECT 'the refunds of order item ' || i.id || ' claim ' || sum(x.amount) || ' of ' || i.net
FROM order_items i
JOIN refund_items x ON x.order_item_id = i.id
JOIN refunds r ON r.id = x.refund_id AND r.status <> 'DENIED'
GROUP BY i.id, i.net, i.refund_claimed, i.quantity
HAVING sum(x.amount) > i.net OR (i.refund_claimed = i.quantity AND sum(x.amount) <> i.net)
UNION ALL SELECT 'a line of order item ' || x.order_item_id || ' is of refund ' || x.refund_id
    || ', which there is not'
FROM refund_items x
WHERE NOT EXISTS (SELECT FROM refunds r WHERE r.id = x.refund_id)
UNION ALL SELECT 'refund ' || x.refund_id || ' names seller ' || x.seller_id || ' for order item ' || x.order_item_id
FROM refund_items x
JOIN order_items i ON i.id = x.order_item_id
WHERE i.seller_id <> x.seller_id
UNION ALL SELECT 'refund ' || r.id || ' gives back a charge and has lines'
FROM refunds r
JOIN refund_items x ON x.refund_id = r.id
WHERE is_reversal(r.reason)
