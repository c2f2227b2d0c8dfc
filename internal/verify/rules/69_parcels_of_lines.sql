-- Rule: a line's pieces are those of its parcels and cancelled ones
-- Group: orders
-- Reason: The counts on a line limit what can still be shipped, confirmed and cancelled. Too low a
--     count ships a piece twice, too high a count leaves one with its seller.
-- Action: Compare the line with the parcels in GET /admin/orders/{orderId}. Set shipped to the pieces
--     in its parcels, delivered to those in delivered ones, and cancelled to those of its refunds
--     that were never shipped.

SELECT 'order item ' || i.id || ' has ' || i.shipped || ' pieces shipped, ' || i.delivered || ' delivered and '
    || i.cancelled || ' cancelled, and its parcels and refunds ' || coalesce(p.shipped, 0) || ', '
    || coalesce(p.delivered, 0) || ' and ' || coalesce(r.cancelled, 0)
FROM order_items i
LEFT JOIN (
    SELECT x.order_item_id, sum(x.pieces) AS shipped,
        coalesce(sum(x.pieces) FILTER (WHERE p.status = 'DELIVERED'), 0) AS delivered
    FROM parcel_items x
    JOIN parcels p ON p.id = x.parcel_id
    GROUP BY x.order_item_id
) p
    ON p.order_item_id = i.id
LEFT JOIN (
    SELECT x.order_item_id, sum(x.cancelled) AS cancelled
    FROM refund_items x
    GROUP BY x.order_item_id
) r
    ON r.order_item_id = i.id
WHERE (i.shipped, i.delivered, i.cancelled)
    IS DISTINCT FROM (coalesce(p.shipped, 0), coalesce(p.delivered, 0), coalesce(r.cancelled, 0))
UNION ALL SELECT 'order item ' || i.id || ' was shipped at ' || coalesce(i.shipped_at::text, 'no time')
    || ' and delivered at ' || coalesce(i.delivered_at::text, 'no time') || ', unlike its parcels'
FROM order_items i
JOIN parcel_items x ON x.order_item_id = i.id
JOIN parcels p ON p.id = x.parcel_id
GROUP BY i.id
HAVING (i.shipped_at, i.delivered_at) IS DISTINCT FROM (max(p.shipped_at), max(p.delivered_at))
UNION ALL SELECT 'parcel ' || p.id || ' is not of the order and seller of order item ' || i.id
FROM parcels p
JOIN parcel_items x ON x.parcel_id = p.id
JOIN order_items i ON i.id = x.order_item_id
WHERE (i.order_id, i.seller_id) <> (p.order_id, p.seller_id)
