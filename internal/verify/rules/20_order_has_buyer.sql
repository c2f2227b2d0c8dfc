-- Rule: an order is of a buyer
-- Group: orders
-- Reason: Orders have no foreign key to buyers. One without a buyer can be neither shown nor
--     refunded on request.
-- Action: Restore the buyer's id from the order's checkout attempt or audit log entries.
--     Accounts are never deleted, only emptied, so a missing row was removed by hand: restore it
--     from a backup.

SELECT 'order ' || o.id || ' is of buyer ' || o.buyer_id || ', whom there is not'
FROM orders o
WHERE NOT EXISTS (SELECT FROM buyers b WHERE b.id = o.buyer_id)
