-- Follow-ups are claimed in this order: the bulk ones after all others.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS follow_ups_order_idx ON follow_ups (bulk, claimed_until NULLS FIRST, id);
DROP INDEX CONCURRENTLY IF EXISTS follow_ups_due_idx;
