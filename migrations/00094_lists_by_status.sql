-- The orders of lists that have a filter by status, and of the lists of payments and settlements of staff.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_status_created_at_idx ON orders (status, created_at, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS payments_created_at_idx ON payments (created_at, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS payments_status_created_at_idx ON payments (status, created_at, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS refunds_status_created_at_idx ON refunds (status, created_at, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS payouts_status_created_at_idx ON payouts (status, created_at, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS settlements_created_at_idx ON settlements (created_at, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS settlements_status_created_at_idx ON settlements (status, created_at, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS products_seller_status_idx ON products (seller_id, status, id) WHERE deleted_at IS NULL;
