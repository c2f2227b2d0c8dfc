-- name: CreateBuyer :one
-- A buyer and the buyer's cart.
WITH buyer AS (
    INSERT INTO buyers (email, password, name, phone) VALUES ($1, $2, $3, $4) RETURNING id
), cart AS (
    INSERT INTO carts (buyer_id) SELECT id FROM buyer
)
SELECT id FROM buyer;

-- name: GetBuyer :one
SELECT * FROM buyers WHERE id = $1;

-- name: GetBuyerByEmail :one
SELECT * FROM buyers WHERE lower(email) = lower($1);

-- name: UpdateBuyer :one
-- A null leaves the column as it is.
UPDATE buyers
SET email = coalesce(sqlc.narg('email'), email), password = coalesce(sqlc.narg('password'), password),
    name = coalesce(sqlc.narg('name'), name), phone = coalesce(sqlc.narg('phone'), phone), updated_at = now()
WHERE id = @id AND deleted_at IS NULL
RETURNING *;

-- name: BuyerHasOpenOrders :one
SELECT (EXISTS (SELECT FROM orders WHERE orders.buyer_id = @buyer_id AND orders.status IN ('CREATED', 'PAID', 'SHIPPED'))
    OR EXISTS (SELECT FROM refunds WHERE refunds.buyer_id = @buyer_id AND refunds.status IN ('PENDING', 'PROCESSING', 'FAILED')))::bool;

-- name: EraseBuyer :exec
-- Nothing personal is left; the row stays, since orders refer to it.
WITH cart AS (
    DELETE FROM cart_items WHERE cart_items.cart_id IN (SELECT c.id FROM carts c WHERE c.buyer_id = @id::bigint)
), places AS (
    DELETE FROM addresses WHERE addresses.buyer_id = @id::bigint
), subscriptions AS (
    DELETE FROM restock_subscriptions WHERE restock_subscriptions.user_id = @id::bigint
), parcels AS (
    UPDATE orders SET recipient = '-', phone = '-', address = '-' WHERE orders.buyer_id = @id::bigint
), words AS (
    UPDATE refunds SET description = NULL WHERE refunds.buyer_id = @id::bigint
), requests AS (
    UPDATE refund_requests SET description = NULL WHERE refund_requests.buyer_id = @id::bigint
), answers AS (
    DELETE FROM idempotency_keys WHERE idempotency_keys.principal = 'BUYER/' || (@id::bigint)::text
)
UPDATE buyers SET email = 'withdrawn-' || (@id::bigint)::text || '@withdrawn.invalid', password = '', name = '-', phone = '-', deleted_at = now(), updated_at = now()
WHERE buyers.id = @id::bigint;

-- name: CreateSeller :one
-- A seller and today's empty dashboard.
WITH seller AS (
    INSERT INTO sellers (email, password, name, phone, store_name, biz_number, bank_code, bank_account)
    VALUES (@email, @password, @name, @phone, @store_name, @biz_number, @bank_code, @bank_account) RETURNING *
), dashboard AS (
    INSERT INTO seller_dashboard (seller_id, stat_date) SELECT id, @today FROM seller
)
SELECT id FROM seller;

-- name: GetSeller :one
SELECT * FROM sellers WHERE id = $1;

-- name: GetSellerByEmail :one
SELECT * FROM sellers WHERE lower(email) = lower($1);

-- name: UpdateSeller :one
UPDATE sellers
SET email = coalesce(sqlc.narg('email'), email), password = coalesce(sqlc.narg('password'), password),
    name = coalesce(sqlc.narg('name'), name), phone = coalesce(sqlc.narg('phone'), phone),
    store_name = coalesce(sqlc.narg('store_name'), store_name), biz_number = coalesce(sqlc.narg('biz_number'), biz_number),
    bank_account = coalesce(sqlc.narg('bank_account'), bank_account), updated_at = now(),
    payouts_paused_until = coalesce(sqlc.narg('payouts_paused_until'), payouts_paused_until)
WHERE id = @id AND deleted_at IS NULL
RETURNING *;

-- name: SetSellerStatus :one
UPDATE sellers SET status = @status, payouts_held = @payouts_held, updated_at = now() WHERE id = @id AND deleted_at IS NULL RETURNING *;

-- name: SuspendProducts :exec
-- Takes a seller's products off sale, or puts those back that were.
UPDATE products SET status = CASE WHEN @suspend::bool THEN 'SUSPENDED' ELSE 'ON_SALE' END, updated_at = now()
WHERE seller_id = @seller_id AND deleted_at IS NULL AND status = CASE WHEN @suspend::bool THEN 'ON_SALE' ELSE 'SUSPENDED' END;

-- name: CreateAdmin :one
-- Nothing is returned when the mail address is taken.
INSERT INTO admins (email, password, name) VALUES ($1, $2, $3) ON CONFLICT (lower(email)) DO NOTHING RETURNING id;

-- name: GetAdmin :one
SELECT * FROM admins WHERE id = $1;

-- name: SetAdminPassword :execrows
UPDATE admins SET password = $2, updated_at = now() WHERE id = $1 AND deleted_at IS NULL;

-- name: GetAdminByEmail :one
SELECT * FROM admins WHERE lower(email) = lower($1);

-- name: LockBuyer :one
-- Serialises the changes of one buyer's addresses.
SELECT id FROM buyers WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: ListAddresses :many
SELECT * FROM addresses WHERE buyer_id = $1 ORDER BY id;

-- name: CountAddresses :one
SELECT count(*) FROM addresses WHERE buyer_id = $1;

-- name: CreateAddress :one
-- The buyer's first address becomes the default one.
INSERT INTO addresses (buyer_id, recipient, phone, detail, is_default)
VALUES ($1, $2, $3, $4, NOT EXISTS (SELECT FROM addresses WHERE buyer_id = $1))
RETURNING *;

-- name: UnsetDefaultAddress :exec
UPDATE addresses SET is_default = false, updated_at = now() WHERE buyer_id = $1 AND is_default AND id <> $2;

-- name: UpdateAddress :one
UPDATE addresses
SET recipient = coalesce(sqlc.narg('recipient'), recipient), phone = coalesce(sqlc.narg('phone'), phone),
    detail = coalesce(sqlc.narg('detail'), detail), is_default = coalesce(sqlc.narg('is_default'), is_default), updated_at = now()
WHERE id = @id AND buyer_id = @buyer_id
RETURNING *;

-- name: DeleteAddress :one
DELETE FROM addresses WHERE id = $1 AND buyer_id = $2 RETURNING *;

-- name: PromoteOldestAddress :exec
-- A buyer with addresses has a default one.
UPDATE addresses SET is_default = true, updated_at = now()
WHERE id = (SELECT min(a.id) FROM addresses a WHERE a.buyer_id = $1);
