-- Rule: a cart item is in a cart, and of a product
-- Group: whole
-- Reason: Cart items have no foreign keys, so that a purchase locks fewer rows. Carts and
--     products are never removed, so an item without one was changed by hand.
-- Action: Delete the row of cart_items that the finding names. No money or stock depends on it.

SELECT 'cart item ' || i.id || ' is in cart ' || i.cart_id || ', which there is not'
FROM cart_items i
WHERE NOT EXISTS (SELECT FROM carts c WHERE c.id = i.cart_id)
UNION ALL SELECT 'cart item ' || i.id || ' is of product ' || i.product_id || ', which there is not'
FROM cart_items i
WHERE NOT EXISTS (SELECT FROM products p WHERE p.id = i.product_id)
