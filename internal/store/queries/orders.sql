-- name: ReadCheckout :many
-- Returns what a checkout needs: the order that it placed before, if any, the delivery address, and each cart item with
-- its product in ascending order; one row without a product if there are no items. Items are found first and by their
-- keys: if the planner's statistics show an empty table, it reads an index whole, with the dead items of all carts
-- since the oldest snapshot.
WITH item AS MATERIALIZED (
    SELECT ci.id, ci.cart_id, ci.product_id, ci.quantity FROM cart_items ci WHERE ci.id = ANY (@cart_item_ids::bigint[])
)
SELECT coalesce(c.order_id, 0)::bigint AS order_id, c.fingerprint, coalesce(a.id, 0)::bigint AS address_id,
       coalesce(a.recipient, '') AS recipient,
       coalesce(a.phone, '') AS phone, coalesce(a.detail, '') AS address, a.delivery_note,
       coalesce(i.id, 0)::bigint AS cart_item_id,
       coalesce(i.product_id, 0)::bigint AS product_id, coalesce(i.quantity, 0)::int AS quantity,
       coalesce(i.price, 0)::numeric AS price,
       coalesce(i.stock, 0)::int AS stock, coalesce(i.on_sale, false)::bool AS on_sale,
       coalesce(i.name, '') AS product_name
FROM (VALUES (1)) AS one
LEFT JOIN checkout_attempts c ON c.buyer_id = @buyer_id AND c.checkout_key = @checkout_key
LEFT JOIN addresses a ON a.id = @address_id AND a.buyer_id = @buyer_id
LEFT JOIN (SELECT ci.id, ci.product_id, ci.quantity, p.name, p.price, p.stock, p.status = 'ON_SALE'
    AND p.deleted_at IS NULL AS on_sale
           FROM carts k JOIN item ci ON ci.cart_id = k.id JOIN products p ON p.id = ci.product_id
           WHERE k.buyer_id = @buyer_id) AS i ON true
ORDER BY i.product_id;

-- name: PlaceOrder :many
-- Places the order of a checkout as it was read and priced: it takes the stock, deletes the cart items, and inserts
-- order, lines, stock movements and checkout key. When a cart item, price or product changed concurrently, or the stock
-- is too low, it changes nothing and returns no row. Cart items are locked before products, both in ascending order, so
-- that checkouts do not deadlock. The arrays are selected to hide their lengths from the planner, which would otherwise
-- plan each checkout anew; that takes as long as executing it. Cart items are found by their keys alone, as in
-- ReadCheckout; the addition prevents an index scan in id order.
WITH line AS MATERIALIZED (
    SELECT unnest((SELECT @cart_item_ids::bigint[])) AS cart_item_id,
           unnest((SELECT @product_ids::bigint[])) AS product_id,
           unnest((SELECT @quantities::int[])) AS quantity,
           unnest((SELECT @unit_prices::numeric[])) AS unit_price,
           unnest((SELECT @gross::numeric[])) AS gross, unnest((SELECT @discounts::numeric[])) AS discount,
           unnest((SELECT @nets::numeric[])) AS net, unnest((SELECT @taxes::numeric[])) AS tax,
           unnest((SELECT @commissions::numeric[])) AS commission,
           unnest((SELECT @commission_percents::int[])) AS commission_percent
), locked AS MATERIALIZED (
    SELECT ci.id, ci.quantity FROM cart_items ci WHERE ci.id = ANY ((SELECT @cart_item_ids::bigint[])::bigint[])
    ORDER BY ci.id + 0 FOR UPDATE
), item AS MATERIALIZED (
    SELECT locked.id FROM locked JOIN line ON line.cart_item_id = locked.id AND line.quantity = locked.quantity
), product AS MATERIALIZED (
    SELECT p.id, p.seller_id, p.name, line.unit_price, line.quantity, line.gross, line.discount, line.net, line.tax,
           line.commission, line.commission_percent
    FROM products p JOIN line ON line.product_id = p.id
    WHERE (SELECT count(*) FROM item) = cardinality(@cart_item_ids)
      AND p.status = 'ON_SALE' AND p.deleted_at IS NULL AND p.price = line.unit_price AND p.stock >= line.quantity
    ORDER BY p.id FOR NO KEY UPDATE OF p
), taken AS (
    UPDATE products p SET stock = p.stock - product.quantity, reserved = p.reserved + product.quantity
    FROM product WHERE p.id = product.id AND (SELECT count(*) FROM product) = cardinality(@cart_item_ids)
), numbered AS MATERIALIZED (
    SELECT nextval('order_items_id_seq') AS id, product.id AS product_id, product.seller_id, product.name,
           product.unit_price, product.quantity,
           product.gross, product.discount, product.net, product.tax, product.commission, product.commission_percent
    FROM product WHERE (SELECT count(*) FROM product) = cardinality(@cart_item_ids)
), o AS (
    INSERT INTO orders (buyer_id, total_amount, recipient, phone, address, delivery_note, first_line, last_line)
    SELECT @buyer_id, @total_amount, @recipient, @phone, @address, sqlc.narg(delivery_note)::text, min(id), max(id)
    FROM numbered HAVING count(*) > 0
    RETURNING id
), lines AS (
    INSERT INTO order_items (id, order_id, product_id, seller_id, product_name, unit_price, quantity, gross, discount,
        net, tax, commission, commission_percent)
    SELECT numbered.id, o.id, product_id, seller_id, name, unit_price, quantity, gross, discount, net, tax, commission,
           commission_percent FROM o, numbered
), moved AS (
    INSERT INTO stock_movements (product_id, kind, stock, reserved, cause_id)
    SELECT product.id, 'ORDERED', -product.quantity, product.quantity, o.id FROM o, product
), attempt AS (
    INSERT INTO checkout_attempts (buyer_id, checkout_key, order_id, fingerprint) SELECT @buyer_id, @checkout_key, id,
        @fingerprint FROM o
), used AS (
    DELETE FROM cart_items ci USING o WHERE ci.id = ANY ((SELECT @cart_item_ids::bigint[])::bigint[])
)
SELECT id FROM o;

-- name: CurrentUnpaidLimits :one
SELECT * FROM unpaid_limits ORDER BY id DESC LIMIT 1;

-- name: AddUnpaidLimits :one
INSERT INTO unpaid_limits (orders, pieces, pieces_of_product, unverified_orders, unverified_pieces,
    unverified_pieces_of_product, admin_id, proposal_id)
VALUES (@orders, @pieces, @pieces_of_product, @unverified_orders, @unverified_pieces, @unverified_pieces_of_product,
    @admin_id, @proposal_id) RETURNING *;

-- name: ReleaseStock :exec
-- Returns the pieces of orders to stock. The caller has just moved the orders to FAILED, which happens once.
WITH lines AS (
    SELECT product_id, sum(quantity) AS quantity FROM order_items WHERE order_id = ANY (@order_ids::bigint[])
    GROUP BY product_id
), locked AS (
    SELECT p.id, l.quantity FROM products p JOIN lines l ON l.product_id = p.id ORDER BY p.id FOR NO KEY UPDATE OF p
), moved AS (
    INSERT INTO stock_movements (product_id, kind, stock, reserved, cause_id)
    SELECT i.product_id, 'RELEASED', i.quantity, -i.quantity, i.order_id FROM order_items i
    WHERE i.order_id = ANY (@order_ids::bigint[])
)
UPDATE products p SET stock = p.stock + locked.quantity, reserved = p.reserved - locked.quantity FROM locked
WHERE p.id = locked.id;

-- name: GetOrder :one
SELECT * FROM orders WHERE id = $1 AND buyer_id = $2;

-- name: PlacedOrder :one
SELECT o.id, o.total_amount, (SELECT count(*) FROM order_items i
    WHERE i.order_id = o.id AND i.id BETWEEN o.first_line AND o.last_line) AS lines
FROM orders o WHERE o.id = $1;

-- name: ListOrderItems :many
-- The order is read separately: joining by its id would prevent the pruning of the lines' partitions.
WITH o AS MATERIALIZED (SELECT orders.id, orders.first_line, orders.last_line FROM orders WHERE orders.id = $1)
SELECT i.* FROM o JOIN order_items i ON i.order_id = o.id AND i.id BETWEEN o.first_line AND o.last_line ORDER BY i.id;

-- name: OrderTitles :many
-- Returns the first product and the number of lines of each order.
WITH o AS MATERIALIZED (
    SELECT orders.id, orders.first_line, orders.last_line FROM orders WHERE orders.id = ANY (@ids::bigint[])
)
SELECT o.id, t.product_id::bigint AS product_id, t.product_name::text AS product_name, t.lines::bigint AS lines
FROM o CROSS JOIN LATERAL (
    SELECT (array_agg(i.product_id ORDER BY i.id))[1] AS product_id,
        (array_agg(i.product_name ORDER BY i.id))[1] AS product_name, count(*) AS lines
    FROM order_items i WHERE i.order_id = o.id AND i.id BETWEEN o.first_line AND o.last_line
) t WHERE t.lines > 0;

-- name: LockOrder :one
SELECT id, buyer_id, total_amount, status, created_at FROM orders WHERE id = $1 FOR NO KEY UPDATE;

-- name: ClaimExpiredOrders :many
SELECT orders.id FROM orders WHERE orders.status = 'CREATED' AND orders.created_at < @before
  AND NOT EXISTS (SELECT FROM set_aside a WHERE a.kind = 'EXPIRY' AND a.subject_id = orders.id)
ORDER BY orders.created_at, orders.id LIMIT @chunk FOR NO KEY UPDATE OF orders SKIP LOCKED;

-- name: FailOrders :exec
UPDATE orders SET status = 'FAILED', failure = @failure::text, updated_at = now() WHERE id = ANY (@ids::bigint[]);

-- name: FailOpenPayments :exec
-- Fails the pending payments of expired orders.
WITH failed AS (
    UPDATE payments SET status = 'FAILED', failure_code = 'ORDER_EXPIRED', version = version + 1, updated_at = now()
    WHERE order_id = ANY (@order_ids::bigint[]) AND status = 'PENDING' RETURNING id, amount
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT id, 'PAYMENT', 'FAILED', 'NONE', amount FROM failed;
