-- Rule: a line is of the product's seller
-- Group: orders
-- Reason: The seller of a line is paid for it, and a product never changes its seller.
-- Action: Pause the schedule day-close. Compare the line with the ledger entries of its payment,
--     which name the seller who is owed, and restore the changed column.

SELECT 'order item ' || i.id || ' is of seller ' || i.seller_id
FROM order_items i
LEFT JOIN products p ON p.id = i.product_id
WHERE p.seller_id IS DISTINCT FROM i.seller_id
