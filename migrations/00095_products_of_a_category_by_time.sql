-- The list of a category's products can be sorted by the time of their creation.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS products_visible_category_created_at_idx ON products (category_id, created_at, id)
    WHERE status = 'ON_SALE' AND deleted_at IS NULL;
