-- Rule: a line's amounts follow the terms that were frozen with it: no discount, no tax, the
--     commission in whole won
-- Group: orders
-- Reason: A line keeps the terms of its order, and a change of terms applies to later orders
--     only. Seller and marketplace share the net amount by them.
-- Action: Read the line in GET /admin/orders/{orderId} and its entries in the audit log. Restore
--     commission or terms that were changed. If the commission was posted wrongly, FINANCE posts
--     an adjustment between COMMISSION and SELLER_PAYABLE.

-- The previous release posted lines with a commission of two decimals during the deployment of this one.
SELECT 'order item ' || i.id || ' of ' || coalesce(i.net::text, 'nothing') || ' has the commission '
    || coalesce(i.commission::text, 'none') || ' at ' || coalesce(i.commission_percent || ' percent', 'no terms')
FROM order_items i
LEFT JOIN payments p ON p.order_id = i.order_id AND p.imp_uid IS NOT NULL
WHERE (
    i.commission_percent IS NOT NULL
    AND coalesce(
        i.commission NOT IN (trunc(i.net * i.commission_percent / 100), trunc(i.net * i.commission_percent / 100, 2)),
        true
    )
)
    OR (p.id IS NOT NULL AND i.commission IS NULL)
    OR i.discount <> 0
    OR i.tax <> 0
