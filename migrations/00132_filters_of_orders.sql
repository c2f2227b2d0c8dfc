-- The filter of the console's orders by the buyer's phone.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS buyers_phone_idx ON buyers (phone_digits(phone));
