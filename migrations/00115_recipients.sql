-- The buyer's note for the courier, which is part of an address and copied to its orders, and indexes by which a seller
-- finds an order: of the recipient's phone and name.

-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE addresses ADD COLUMN IF NOT EXISTS delivery_note varchar(100) CHECK (delivery_note <> '');
ALTER TABLE orders ADD COLUMN IF NOT EXISTS delivery_note varchar(100) CHECK (delivery_note <> '');

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION phone_digits(phone text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(phone, translate(phone, '0123456789', ''), '');
-- +goose StatementEnd

CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_phone_idx ON orders (phone_digits(phone));
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_recipient_idx ON orders (recipient);
