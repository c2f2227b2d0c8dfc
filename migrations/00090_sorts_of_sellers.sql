-- Staff can sort sellers by name and by store, as the original can.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS sellers_name_idx ON sellers (name, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS sellers_store_name_idx ON sellers (store_name, id);
