-- A buyer's orders and staff's payments are sorted by id where they were sorted by time: the ids ascend in the order of
-- creation. A purchase added two entries to each of these indexes, one of them on a page of the buyer's own.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS payments_status_id_idx ON payments (status, id);
DROP INDEX CONCURRENTLY IF EXISTS payments_status_created_at_idx;
DROP INDEX CONCURRENTLY IF EXISTS payments_created_at_idx;
DROP INDEX CONCURRENTLY IF EXISTS orders_buyer_created_at_idx;
