-- A seller finds lines by the names of products, of deleted ones as well.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS products_seller_deleted_idx ON products (seller_id)
    WHERE deleted_at IS NOT NULL;
