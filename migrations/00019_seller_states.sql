-- What a seller may do, in each state:
--   PENDING    has applied: may neither log in nor sell
--   APPROVED   sells, and is paid
--   SUSPENDED  sells nothing and cannot log in; what was sold is settled and paid,
--              unless an admin holds its payouts
--   REJECTED   sells nothing and is not paid: what it is owed accrues

-- +goose Up
ALTER TABLE sellers
    DROP CONSTRAINT sellers_status_check,
    ADD CONSTRAINT sellers_status_check CHECK (status IN ('PENDING', 'APPROVED', 'SUSPENDED', 'REJECTED')),
    ADD COLUMN payouts_held         boolean NOT NULL DEFAULT false,
    ADD COLUMN payouts_paused_until timestamptz, -- after a new bank account: time for its owner to object
    DROP COLUMN may_be_paid;
ALTER TABLE sellers ADD COLUMN may_be_paid boolean NOT NULL GENERATED ALWAYS AS
    (status IN ('APPROVED', 'SUSPENDED') AND NOT payouts_held AND deleted_at IS NULL AND trim(bank_account) <> '' AND trim(bank_code) <> '') STORED;

-- A product on sale whose seller may not sell is SUSPENDED, and comes back with the seller.
ALTER TABLE products DROP CONSTRAINT products_status_check,
    ADD CONSTRAINT products_status_check CHECK (status IN ('ON_SALE', 'HIDDEN', 'SUSPENDED'));
UPDATE products p SET status = 'SUSPENDED' FROM sellers s WHERE s.id = p.seller_id AND s.status <> 'APPROVED' AND p.status = 'ON_SALE';
