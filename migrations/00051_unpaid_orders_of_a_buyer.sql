-- The unpaid orders of a buyer are counted whenever the buyer places one.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_unpaid_idx ON orders (buyer_id) WHERE status = 'CREATED';
