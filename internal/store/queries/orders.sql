-- name: OpenCheckout :one
-- The order that this checkout already made, if any, and the delivery address.
SELECT coalesce((SELECT c.order_id FROM checkout_attempts c WHERE c.buyer_id = @buyer_id AND c.checkout_key = @checkout_key), 0)::bigint AS order_id,
       a.recipient, a.phone, a.detail
FROM (VALUES (1)) AS one LEFT JOIN addresses a ON a.id = @address_id AND a.buyer_id = @buyer_id;

-- name: GetCheckoutOrder :one
SELECT order_id FROM checkout_attempts WHERE buyer_id = $1 AND checkout_key = $2;

-- name: LockCartItems :many
SELECT ci.id, ci.product_id, ci.quantity
FROM cart_items ci JOIN carts c ON c.id = ci.cart_id
WHERE c.buyer_id = @buyer_id AND ci.id = ANY (@ids::bigint[])
ORDER BY ci.id FOR UPDATE OF ci;

-- name: CartProducts :many
-- The products of cart items, ascending: what a checkout takes its locks on.
SELECT DISTINCT ci.product_id
FROM cart_items ci JOIN carts c ON c.id = ci.cart_id
WHERE c.buyer_id = @buyer_id AND ci.id = ANY (@ids::bigint[])
ORDER BY ci.product_id;

-- name: LockProducts :many
-- Ascending, so that no two checkouts wait for each other.
SELECT id, seller_id, name, price, stock, status, deleted_at FROM products
WHERE id = ANY (@ids::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: TakeStock :execrows
UPDATE products p SET stock = p.stock - l.quantity, reserved = p.reserved + l.quantity
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@quantities::int[]) AS quantity) AS l
WHERE p.id = l.id AND p.stock >= l.quantity AND p.status = 'ON_SALE' AND p.deleted_at IS NULL;

-- name: ReleaseStock :exec
-- Gives the pieces of orders back. The caller has just moved them to FAILED,
-- which happens once, so the pieces come back once.
WITH lines AS (
    SELECT product_id, sum(quantity) AS quantity FROM order_items WHERE order_id = ANY (@order_ids::bigint[]) GROUP BY product_id
), locked AS (
    SELECT p.id, l.quantity FROM products p JOIN lines l ON l.product_id = p.id ORDER BY p.id FOR NO KEY UPDATE OF p
), moved AS (
    INSERT INTO stock_movements (product_id, kind, stock, reserved, cause_id)
    SELECT i.product_id, 'RELEASED', i.quantity, -i.quantity, i.order_id FROM order_items i WHERE i.order_id = ANY (@order_ids::bigint[])
)
UPDATE products p SET stock = p.stock + locked.quantity, reserved = p.reserved - locked.quantity FROM locked WHERE p.id = locked.id;

-- name: CreateOrder :one
-- The order, its lines, the movements of its pieces and its checkout key, and the used
-- cart items gone: one statement.
WITH o AS (
    INSERT INTO orders (buyer_id, total_amount, recipient, phone, address)
    VALUES (@buyer_id, @total_amount, @recipient, @phone, @address) RETURNING id
), items AS (
    INSERT INTO order_items (order_id, product_id, seller_id, product_name, unit_price, quantity)
    SELECT o.id, l.product_id, l.seller_id, l.product_name, l.unit_price, l.quantity
    FROM o, (SELECT unnest(@product_ids::bigint[]) AS product_id, unnest(@seller_ids::bigint[]) AS seller_id,
                    unnest(@product_names::text[]) AS product_name, unnest(@unit_prices::text[])::numeric AS unit_price,
                    unnest(@quantities::int[]) AS quantity) AS l
), moved AS (
    INSERT INTO stock_movements (product_id, kind, stock, reserved, cause_id)
    SELECT l.product_id, 'ORDERED', -l.quantity, l.quantity, o.id
    FROM o, (SELECT unnest(@product_ids::bigint[]) AS product_id, unnest(@quantities::int[]) AS quantity) AS l
), attempt AS (
    INSERT INTO checkout_attempts (buyer_id, checkout_key, order_id) SELECT @buyer_id, @checkout_key, id FROM o
), used AS (
    DELETE FROM cart_items WHERE id = ANY (@cart_item_ids::bigint[])
)
SELECT id FROM o;

-- name: GetOrder :one
SELECT * FROM orders WHERE id = $1 AND buyer_id = $2;

-- name: ListOrderItems :many
SELECT * FROM order_items WHERE order_id = $1 ORDER BY id;

-- name: LockOrder :one
SELECT id, buyer_id, total_amount, status, created_at FROM orders WHERE id = $1 FOR NO KEY UPDATE;

-- name: ClaimExpiredOrders :many
SELECT orders.id FROM orders WHERE orders.status = 'CREATED' AND orders.created_at < @before
  AND NOT EXISTS (SELECT FROM set_aside a WHERE a.kind = 'EXPIRY' AND a.subject_id = orders.id)
ORDER BY orders.created_at, orders.id LIMIT @chunk FOR NO KEY UPDATE OF orders SKIP LOCKED;

-- name: FailOrders :exec
UPDATE orders SET status = 'FAILED', updated_at = now() WHERE id = ANY (@ids::bigint[]);

-- name: FailOpenPayments :exec
-- Closes what is still pending on orders that have expired.
WITH failed AS (
    UPDATE payments SET status = 'FAILED', failure_code = 'ORDER_EXPIRED', version = version + 1, updated_at = now()
    WHERE order_id = ANY (@order_ids::bigint[]) AND status = 'PENDING' RETURNING id, amount
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT id, 'PAYMENT', 'FAILED', 'NONE', amount FROM failed;
