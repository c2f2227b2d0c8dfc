-- Rule: a line's confirmed pieces are the sum of its confirmations, and a line with other pieces has a time
-- Group: orders
-- Reason: A confirmation pays the seller. Pieces that are confirmed without one are never paid, and
--     those of a line without a time are held for ever.
-- Action: Compare the line in GET /admin/orders/{orderId} with its entries of kind CONFIRMED in GET
--     /admin/ledger. Set confirmed, confirmed_net and confirmed_commission to the sums of the
--     line's confirmations. A line without a time gets due_at: seven days after its latest
--     delivery, fourteen after the latest shipment if it is on the way.

SELECT 'order item ' || i.id || ' has ' || i.confirmed || ' pieces confirmed for ' || i.confirmed_net || ' and '
    || i.confirmed_commission || ', and confirmations of ' || coalesce(c.pieces, 0) || ' for ' || coalesce(c.net, 0)
    || ' and ' || coalesce(c.commission, 0)
FROM order_items i
LEFT JOIN (
    SELECT x.order_item_id, sum(x.pieces) AS pieces, sum(x.net) AS net, sum(x.commission) AS commission
    FROM confirmations x
    GROUP BY x.order_item_id
) c
    ON c.order_item_id = i.id
WHERE (i.confirmed, i.confirmed_net, i.confirmed_commission)
    IS DISTINCT FROM (coalesce(c.pieces, 0), coalesce(c.net, 0), coalesce(c.commission, 0))
UNION ALL SELECT 'confirmation ' || c.id || ' is of order item ' || c.order_item_id || ', which seller ' || c.seller_id
    || ' does not have'
FROM confirmations c
WHERE NOT EXISTS (SELECT FROM order_items i WHERE i.id = c.order_item_id AND i.seller_id = c.seller_id)
UNION ALL SELECT 'order item ' || i.id || ' is held, and has '
    || CASE WHEN i.due_at IS NULL THEN 'no time' ELSE 'a time, though nothing is left to be confirmed' END
FROM order_items i
WHERE (i.due_at IS NOT NULL)
    <> (i.held AND i.refunded < i.quantity
        AND (i.delivered < i.shipped OR i.confirmed + i.refunded - i.cancelled < i.delivered))
