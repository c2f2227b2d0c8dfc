-- The filters of the console's orders: by the buyer's phone, and by the state of a payment.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS buyers_phone_idx ON buyers (phone_digits(phone));
CREATE INDEX CONCURRENTLY IF NOT EXISTS payments_status_order_idx ON payments (status, order_id);
