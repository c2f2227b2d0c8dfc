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
    bank_account = coalesce(sqlc.narg('bank_account'), bank_account), updated_at = now()
WHERE id = @id AND deleted_at IS NULL
RETURNING *;

-- name: SetSellerStatus :one
UPDATE sellers SET status = $2, updated_at = now() WHERE id = $1 AND deleted_at IS NULL RETURNING *;

-- name: CreateAdmin :one
-- Nothing is returned when the mail address is taken.
INSERT INTO admins (email, password, name) VALUES ($1, $2, $3) ON CONFLICT (lower(email)) DO NOTHING RETURNING id;

-- name: GetAdmin :one
SELECT * FROM admins WHERE id = $1;

-- name: GetAdminByEmail :one
SELECT * FROM admins WHERE lower(email) = lower($1);

-- name: LockBuyer :one
-- Serialises the changes of one buyer's addresses.
SELECT id FROM buyers WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: ListAddresses :many
SELECT * FROM addresses WHERE buyer_id = $1 ORDER BY id;

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
