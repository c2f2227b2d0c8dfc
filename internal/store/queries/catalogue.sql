-- name: ListCategories :many
SELECT id, name, sort_order FROM categories WHERE deleted_at IS NULL ORDER BY sort_order, id;

-- name: CountCategoryProducts :many
-- Counts the products of each category that are on sale, up to a limit.
SELECT c.id, (SELECT count(*) FROM (
    SELECT FROM products p WHERE p.category_id = c.id AND p.status = 'ON_SALE' AND p.deleted_at IS NULL LIMIT @most
) AS visible)::bigint AS products FROM categories c WHERE c.deleted_at IS NULL;

-- name: CreateCategory :one
INSERT INTO categories (name, sort_order) VALUES ($1, $2) RETURNING id, name, sort_order;

-- name: UpdateCategory :one
UPDATE categories SET name = coalesce(sqlc.narg('name'), name),
    sort_order = coalesce(sqlc.narg('sort_order'), sort_order), updated_at = now()
WHERE id = @id AND deleted_at IS NULL RETURNING id, name, sort_order;

-- name: DeleteCategory :one
UPDATE categories SET deleted_at = now(), updated_at = now()
WHERE id = $1 AND deleted_at IS NULL RETURNING id, name, sort_order;

-- name: CategoryExists :one
SELECT EXISTS (SELECT FROM categories WHERE id = $1 AND deleted_at IS NULL);

-- name: CreateProduct :one
INSERT INTO products (seller_id, category_id, name, price, stock, description)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING *;

-- name: GetVisibleProduct :one
SELECT * FROM products WHERE id = $1 AND status = 'ON_SALE' AND deleted_at IS NULL;

-- name: GetProduct :one
SELECT * FROM products WHERE id = $1 AND deleted_at IS NULL;

-- name: GetOwnProducts :many
SELECT * FROM products WHERE seller_id = @seller_id AND id = ANY (@ids::bigint[]) AND deleted_at IS NULL;

-- name: UpdateProduct :one
UPDATE products
SET category_id = coalesce(sqlc.narg('category_id'), category_id), name = coalesce(sqlc.narg('name'), name),
    price = coalesce(sqlc.narg('price'), price),
    status = CASE WHEN status = 'BLOCKED' THEN status ELSE coalesce(sqlc.narg('status')::text, status) END,
    description = coalesce(sqlc.narg('description'), description), updated_at = now()
WHERE id = @id AND seller_id = @seller_id AND deleted_at IS NULL
RETURNING *;

-- name: DeleteProduct :one
UPDATE products SET deleted_at = now(), updated_at = now()
WHERE id = $1 AND seller_id = $2 AND deleted_at IS NULL
RETURNING *;

-- name: LockProduct :one
SELECT * FROM products WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: SetProductBlock :one
-- Without a reason the product is its seller's again.
UPDATE products SET status = CASE WHEN sqlc.narg('reason')::text IS NULL THEN 'HIDDEN' ELSE 'BLOCKED' END,
    blocked_reason = sqlc.narg('reason')::text, updated_at = now()
WHERE id = @id RETURNING *;

-- name: SetStock :one
UPDATE products SET stock = $2, updated_at = now() WHERE id = $1 RETURNING *;

-- name: MoveStock :exec
-- Records a change of stock by the seller.
INSERT INTO stock_movements (product_id, kind, stock, reserved) VALUES ($1, 'SET', $2, 0);

-- name: ProductTotal :one
SELECT coalesce(sum(total), 0)::bigint FROM product_totals WHERE owner = $1;

-- name: GetCart :one
SELECT id FROM carts WHERE buyer_id = $1;

-- name: AddToCart :one
-- Upserts an item: concurrent adds of a product become one item with their sum. It adds nothing beyond the stock, and
-- returns cart and product.
WITH cart AS (
    SELECT c.id FROM carts c WHERE c.buyer_id = @buyer_id
), product AS (
    SELECT p.id, p.stock FROM products p WHERE p.id = @product_id::bigint AND p.status = 'ON_SALE'
        AND p.deleted_at IS NULL
), added AS (
    INSERT INTO cart_items AS ci (cart_id, product_id, quantity)
    SELECT cart.id, product.id, @quantity::int FROM cart, product WHERE product.stock >= @quantity::int
    ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = ci.quantity + excluded.quantity, updated_at = now()
    WHERE ci.quantity + excluded.quantity <= 100000
      AND ci.quantity::bigint + excluded.quantity <= (SELECT s.stock FROM products s WHERE s.id = excluded.product_id)
    RETURNING ci.id
)
SELECT coalesce((SELECT c.id FROM cart c), 0)::bigint AS cart_id, EXISTS (SELECT FROM product) AS on_sale,
       EXISTS (SELECT FROM added) AS added;

-- name: SetCartItem :one
UPDATE cart_items ci SET quantity = $3, updated_at = now()
WHERE ci.cart_id = $1 AND ci.product_id = $2 RETURNING id;

-- name: DeleteCartItem :one
DELETE FROM cart_items WHERE cart_id = $1 AND product_id = $2 RETURNING id;

-- name: EmptyCart :exec
-- Locks the items by ascending id, and finds them by their cart alone, as PlaceOrder does.
DELETE FROM cart_items WHERE id IN (SELECT i.id FROM cart_items i WHERE i.cart_id = $1 ORDER BY i.id + 0 FOR UPDATE);

-- name: BestProducts :many
-- Returns the visible products with the most pieces sold, and not refunded, in the last order lines.
WITH recent AS MATERIALIZED (
    SELECT i.product_id, i.order_status, i.quantity - i.refunded AS pieces FROM order_items i
    ORDER BY i.id DESC LIMIT @lines
), sold AS MATERIALIZED (
    SELECT r.product_id, sum(r.pieces) AS pieces FROM recent r
    WHERE r.order_status IN ('PAID', 'SHIPPED', 'DELIVERED') GROUP BY r.product_id
)
SELECT sqlc.embed(p), s.pieces::bigint AS sold FROM sold s JOIN products p ON p.id = s.product_id
WHERE s.pieces > 0 AND p.status = 'ON_SALE' AND p.deleted_at IS NULL ORDER BY s.pieces DESC, p.id DESC LIMIT @most;
