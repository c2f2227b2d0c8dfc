-- Rule: a product is in a category that is not deleted
-- Group: whole
-- Reason: A product in a deleted category appears in no list of categories, although it is on
--     sale.
-- Action: The seller chooses another category (PUT /seller/products/{productId}). CATALOGUE
--     decides whether the category comes back instead: then set its deleted_at to null.

SELECT 'product ' || p.id || ' is in category ' || p.category_id || ', which is deleted'
FROM products p
JOIN categories c ON c.id = p.category_id
WHERE p.deleted_at IS NULL AND c.deleted_at IS NOT NULL
