-- Rule: a line that has gone back whole nets to zero for every party, and one that is confirmed has nothing pending
-- Group: orders
-- Reason: When all pieces of a line were refunded, buyer, seller and marketplace are as before
--     the sale. A remainder is a rounding share that one party lost.
--     What stays pending of a line whose pieces are all confirmed or refunded is never paid.
-- Action: Add up the line's entries in GET /admin/ledger. FINANCE posts an adjustment of the
--     remainder between the account that the finding names and SELLER_PAYABLE, and reports the
--     refunds of the line as a defect.

SELECT 'order item ' || i.id || ' leaves ' || sum(e.amount) || ' in ' || e.account
FROM order_items i
JOIN ledger_entries e ON e.order_item_id = i.id
WHERE i.refunded = i.quantity
    OR (
        i.confirmed + i.refunded = i.quantity AND i.held AND e.account IN ('SELLER_PENDING', 'COMMISSION_PENDING')
    )
GROUP BY i.id, e.account
HAVING sum(e.amount) <> 0
