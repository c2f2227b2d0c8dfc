-- name: CreateBuyer :one
-- Inserts a buyer with a cart.
WITH buyer AS (
    INSERT INTO buyers (email, password, name, phone, language)
    VALUES (@email, @password, @name, @phone, coalesce(sqlc.narg('language')::text, 'ko')) RETURNING id
), cart AS (
    INSERT INTO carts (buyer_id) SELECT id FROM buyer
)
SELECT id FROM buyer;

-- name: RecordConsent :exec
INSERT INTO consents (role, account_id, document, version) VALUES (@role, @account_id, @document, @version);

-- name: GetBuyer :one
SELECT * FROM buyers WHERE id = $1;

-- name: GetBuyerByEmail :one
SELECT * FROM buyers WHERE email = $1;

-- name: UpdateBuyer :one
-- A null leaves the column as it is, and an empty pending address removes it. A new address is not
-- verified.
UPDATE buyers
SET pending_email = CASE WHEN sqlc.narg('pending_email')::text IS NULL THEN pending_email
    ELSE nullif(sqlc.narg('pending_email')::text, '') END,
    email = coalesce(sqlc.narg('email')::text, email),
    email_verified_at = CASE WHEN coalesce(sqlc.narg('email')::text, email) = email THEN email_verified_at END,
    password = coalesce(sqlc.narg('password'), password),
    name = coalesce(sqlc.narg('name'), name), phone = coalesce(sqlc.narg('phone'), phone),
    language = coalesce(sqlc.narg('language')::text, language), updated_at = now()
WHERE id = @id AND deleted_at IS NULL
RETURNING *;

-- name: SetBuyerLock :one
-- Without a reason the buyer may log in again.
UPDATE buyers SET locked_at = CASE WHEN sqlc.narg('reason')::text IS NOT NULL THEN coalesce(locked_at, now()) END,
    locked_reason = sqlc.narg('reason')::text, updated_at = now()
WHERE id = @id AND deleted_at IS NULL RETURNING *;

-- name: BuyerHasOpenOrders :one
SELECT (EXISTS (SELECT FROM orders WHERE orders.buyer_id = @buyer_id
    AND orders.status IN ('CREATED', 'PAID', 'SHIPPED'))
    OR EXISTS (SELECT FROM refunds WHERE refunds.buyer_id = @buyer_id
        AND refunds.status IN ('PENDING', 'PROCESSING', 'FAILED')))::bool;

-- name: LockCartItems :exec
SELECT ci.id FROM cart_items ci JOIN carts c ON c.id = ci.cart_id WHERE c.buyer_id = $1 ORDER BY ci.id FOR UPDATE OF ci;

-- name: EraseBuyer :exec
-- Erases what the buyer's requests wrote; erase_buyer erases the rest.
WITH cart AS (
    DELETE FROM cart_items WHERE cart_items.cart_id IN (SELECT c.id FROM carts c WHERE c.buyer_id = @id::bigint)
), places AS (
    DELETE FROM addresses WHERE addresses.buyer_id = @id::bigint
), subscriptions AS (
    DELETE FROM restock_subscriptions WHERE restock_subscriptions.user_id = @id::bigint
), parcels AS (
    UPDATE orders SET recipient = '-', phone = '-', address = '-', delivery_note = NULL
    WHERE orders.buyer_id = @id::bigint
), requests AS (
    UPDATE refund_requests SET description = NULL WHERE refund_requests.buyer_id = @id::bigint
), answers AS (
    DELETE FROM idempotency_keys WHERE idempotency_keys.principal = 'BUYER/' || (@id::bigint)::text
)
SELECT erase_buyer(@id::bigint);

-- name: LockSeller :one
SELECT * FROM sellers WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: ShareApprovedSeller :one
-- Locks the seller's status until the transaction ends. It returns no row for a seller who may not sell.
SELECT id FROM sellers WHERE id = $1 AND status = 'APPROVED' AND deleted_at IS NULL FOR SHARE;

-- name: SellerHasOpenBusiness :one
-- Reports whether the seller has an unfinished order or payout, or a balance.
SELECT (EXISTS (SELECT FROM order_items i JOIN orders o ON o.id = i.order_id
    WHERE i.seller_id = @seller_id AND o.status IN ('CREATED', 'PAID', 'SHIPPED'))
    OR EXISTS (SELECT FROM refund_items ri JOIN order_items i ON i.id = ri.order_item_id
        JOIN refunds r ON r.id = ri.refund_id
               WHERE i.seller_id = @seller_id AND r.status IN ('PENDING', 'PROCESSING', 'FAILED'))
    OR EXISTS (SELECT FROM payouts p WHERE p.seller_id = @seller_id
        AND (p.status IN ('PENDING', 'PROCESSING') OR (p.status = 'FAILED' AND p.abandoned_at IS NULL)
            OR (p.status = 'SUCCESS' AND p.final_at IS NULL)))
    OR EXISTS (SELECT FROM ledger_entries e WHERE e.seller_id = @seller_id
        AND e.account IN ('SELLER_PAYABLE', 'SELLER_PENDING') GROUP BY e.account HAVING sum(e.amount) <> 0))::bool;

-- name: DeleteProductsOf :exec
UPDATE products SET deleted_at = now(), updated_at = now() WHERE seller_id = $1 AND deleted_at IS NULL;

-- name: EraseSeller :exec
-- Erases what the seller's requests wrote; erase_seller erases the rest.
WITH answers AS (
    DELETE FROM idempotency_keys WHERE idempotency_keys.principal = 'SELLER/' || (@id::bigint)::text
)
SELECT erase_seller(@id::bigint);

-- name: NextSellerID :one
-- Reserves a seller's id, for which the account number is sealed.
SELECT nextval(pg_get_serial_sequence('sellers', 'id'))::bigint;

-- name: CreateSeller :exec
-- Inserts a seller and today's empty dashboard.
WITH seller AS (
    INSERT INTO sellers (id, email, password, name, phone, store_name, biz_number, bank_code, bank_account,
        bank_account_sealed, language)
    VALUES (@id, @email, @password, @name, @phone, @store_name, @biz_number, @bank_code, @bank_account,
        @bank_account_sealed, coalesce(sqlc.narg('language')::text, 'ko')) RETURNING *
)
INSERT INTO seller_dashboard (seller_id, stat_date) SELECT id, @today FROM seller;

-- name: GetSeller :one
SELECT * FROM sellers WHERE id = $1;

-- name: GetSellerByEmail :one
SELECT * FROM sellers WHERE email = $1;

-- name: SellerAccount :one
SELECT sqlc.embed(s), EXISTS (SELECT FROM products p WHERE p.seller_id = s.id AND p.status = 'ON_SALE'
    AND p.deleted_at IS NULL) AS has_products,
       EXISTS (SELECT FROM order_items i
           WHERE i.seller_id = s.id AND i.order_status NOT IN ('CREATED', 'FAILED')) AS has_sold
FROM sellers s WHERE s.id = $1 AND s.deleted_at IS NULL;

-- name: UpdateSeller :one
UPDATE sellers
SET pending_email = CASE WHEN sqlc.narg('pending_email')::text IS NULL THEN pending_email
    ELSE nullif(sqlc.narg('pending_email')::text, '') END,
    email = coalesce(sqlc.narg('email')::text, email),
    email_verified_at = CASE WHEN coalesce(sqlc.narg('email')::text, email) = email THEN email_verified_at END,
    password = coalesce(sqlc.narg('password'), password),
    name = coalesce(sqlc.narg('name'), name), phone = coalesce(sqlc.narg('phone'), phone),
    store_name = coalesce(sqlc.narg('store_name'), store_name),
    biz_number = coalesce(sqlc.narg('biz_number'), biz_number),
    language = coalesce(sqlc.narg('language')::text, language), updated_at = now()
WHERE id = @id AND deleted_at IS NULL
RETURNING *;

-- name: ChangeBankAccount :exec
-- Keeps the previous bank if none is given.
SELECT change_payout_account(@seller_id::bigint, sqlc.narg(bank_code)::varchar, @shown::varchar, @sealed::bytea,
    @paused_until::timestamptz);

-- name: SetSellerStatus :one
UPDATE sellers SET status = @status, status_reason = sqlc.narg('reason'), payouts_held = @payouts_held,
    updated_at = now()
WHERE id = @id AND deleted_at IS NULL RETURNING *;

-- name: SuspendProducts :exec
-- Suspends the seller's products on sale, or puts suspended ones back on sale.
UPDATE products SET status = CASE WHEN @suspend::bool THEN 'SUSPENDED' ELSE 'ON_SALE' END, updated_at = now()
WHERE seller_id = @seller_id AND deleted_at IS NULL
  AND status = CASE WHEN @suspend::bool THEN 'ON_SALE' ELSE 'SUSPENDED' END;

-- name: CreateAdmin :one
-- Nothing is returned when the email address is taken.
INSERT INTO admins (email, password, name, role) VALUES ($1, $2, $3, 'OWNER') ON CONFLICT (email) DO NOTHING
RETURNING id;

-- name: GetAdmin :one
SELECT * FROM admins WHERE id = $1;

-- name: GetStaff :one
-- Returns a member of staff and whether a second factor is in use.
SELECT sqlc.embed(admins), EXISTS (SELECT FROM admin_second_factors f
    WHERE f.admin_id = admins.id AND f.activated_at IS NOT NULL) AS has_factor
FROM admins WHERE admins.id = $1;

-- name: LockStaff :one
SELECT * FROM admins WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: InviteStaff :one
INSERT INTO admins (email, name, role) VALUES ($1, $2, $3) RETURNING id;

-- name: SetStaffRole :exec
UPDATE admins SET role = $2, updated_at = now() WHERE id = $1;

-- name: SetStaffDisabled :exec
UPDATE admins SET disabled_at = @disabled_at, updated_at = now() WHERE id = @id;

-- name: SetAdminPassword :one
UPDATE admins SET password = $2, updated_at = now() WHERE id = $1 AND deleted_at IS NULL RETURNING email;

-- name: GetSecondFactor :one
SELECT * FROM admin_second_factors WHERE admin_id = $1;

-- name: OfferSecondFactor :execrows
-- Replaces an unconfirmed secret; a secret in use is kept.
INSERT INTO admin_second_factors (admin_id, secret) VALUES ($1, $2)
ON CONFLICT (admin_id) DO UPDATE SET secret = excluded.secret, last_step = 0, created_at = now()
    WHERE admin_second_factors.activated_at IS NULL;

-- name: ActivateSecondFactor :execrows
UPDATE admin_second_factors SET activated_at = now(), last_step = $2 WHERE admin_id = $1 AND activated_at IS NULL;

-- name: UseSecondFactor :execrows
-- Accepts each step once, since steps only increase, and stores the secret sealed with the newest key.
UPDATE admin_second_factors SET last_step = @step, secret = @secret
WHERE admin_id = @admin_id AND last_step < @step AND activated_at IS NOT NULL;

-- name: RemoveSecondFactor :execrows
DELETE FROM admin_second_factors WHERE admin_id = $1;

-- name: GetAdminByEmail :one
SELECT * FROM admins WHERE email = $1;

-- name: LockBuyer :one
-- Serialises the changes of one buyer's addresses.
SELECT id FROM buyers WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: ListAddresses :many
SELECT * FROM addresses WHERE buyer_id = $1 ORDER BY id;

-- name: CountAddresses :one
SELECT count(*) FROM addresses WHERE buyer_id = $1;

-- name: CreateAddress :one
-- Inserts an address; the first one becomes the default.
INSERT INTO addresses (buyer_id, recipient, phone, detail, delivery_note, is_default)
VALUES ($1, $2, $3, $4, $5, NOT EXISTS (SELECT FROM addresses WHERE buyer_id = $1))
RETURNING *;

-- name: UnsetDefaultAddress :exec
UPDATE addresses SET is_default = false, updated_at = now() WHERE buyer_id = $1 AND is_default AND id <> $2;

-- name: UpdateAddress :one
UPDATE addresses
SET recipient = coalesce(sqlc.narg('recipient'), recipient), phone = coalesce(sqlc.narg('phone'), phone),
    detail = coalesce(sqlc.narg('detail'), detail), is_default = coalesce(sqlc.narg('is_default'), is_default),
    delivery_note = nullif(coalesce(sqlc.narg('delivery_note'), delivery_note), ''), updated_at = now()
WHERE id = @id AND buyer_id = @buyer_id
RETURNING *;

-- name: DeleteAddress :one
DELETE FROM addresses WHERE id = $1 AND buyer_id = $2 RETURNING *;

-- name: PromoteOldestAddress :exec
-- Makes another address the default if none is.
UPDATE addresses SET is_default = true, updated_at = now()
WHERE id = (SELECT min(a.id) FROM addresses a WHERE a.buyer_id = $1);

-- name: SetEmail :execrows
-- Sets an account's address, unverified, and ends its conflict.
WITH settled AS (
    DELETE FROM email_conflicts c WHERE c.role = @role::text AND c.account_id = @id::bigint
), buyer AS (
    UPDATE buyers SET email = @email::text, email_verified_at = NULL, updated_at = now()
    WHERE @role::text = 'BUYER' AND buyers.id = @id::bigint AND buyers.deleted_at IS NULL RETURNING buyers.id
), seller AS (
    UPDATE sellers SET email = @email::text, email_verified_at = NULL, updated_at = now()
    WHERE @role::text = 'SELLER' AND sellers.id = @id::bigint AND sellers.deleted_at IS NULL RETURNING sellers.id
), admin AS (
    UPDATE admins SET email = @email::text, email_verified_at = NULL, updated_at = now()
    WHERE @role::text = 'ADMIN' AND admins.id = @id::bigint AND admins.deleted_at IS NULL RETURNING admins.id
)
SELECT id FROM buyer UNION ALL SELECT id FROM seller UNION ALL SELECT id FROM admin;

-- name: SellersToSeal :many
-- Returns the next page of account numbers.
SELECT id, bank_account, bank_account_sealed FROM sellers
WHERE id > @after AND bank_account <> ''
ORDER BY id LIMIT @chunk FOR NO KEY UPDATE;

-- name: SealSellers :exec
UPDATE sellers SET bank_account = n.shown, bank_account_sealed = n.sealed
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@shown::text[]) AS shown, unnest(@sealed::bytea[]) AS sealed) AS n
WHERE sellers.id = n.id;

-- name: SealedSellers :many
-- Account numbers of withdrawn sellers are in withdrawn_accounts.
WITH kept AS (
    SELECT s.id, s.bank_account_sealed FROM sellers s WHERE s.bank_account_sealed IS NOT NULL
    UNION ALL SELECT w.seller_id AS id, w.bank_account_sealed FROM withdrawn_payout_accounts w
)
SELECT id, bank_account_sealed FROM kept WHERE id > @after::bigint ORDER BY id LIMIT @chunk;

-- name: StoreOfProduct :one
SELECT s.store_name, s.name, s.biz_number, s.phone, s.email FROM products p JOIN sellers s ON s.id = p.seller_id
WHERE p.id = $1 AND p.status = 'ON_SALE' AND p.deleted_at IS NULL;

-- name: StoreNames :many
SELECT id, store_name FROM sellers WHERE id = ANY (@ids::bigint[]);

-- name: BuyerNames :many
-- Returns the names of buyers whose accounts are open.
SELECT id, name FROM buyers WHERE id = ANY (@ids::bigint[]) AND deleted_at IS NULL;
