-- +goose Up
-- The list of a category's products, the newest first.
CREATE INDEX products_visible_category_idx ON products (category_id, id) WHERE status = 'ON_SALE' AND deleted_at IS NULL;
