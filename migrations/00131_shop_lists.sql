-- The orders of the shop's lists, of all products and of a category.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS products_shop_newest_idx ON products (sold_out, created_at DESC, id DESC)
    WHERE status = 'ON_SALE' AND deleted_at IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS products_shop_cheapest_idx ON products (sold_out, price, id)
    WHERE status = 'ON_SALE' AND deleted_at IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS products_shop_dearest_idx ON products (sold_out, price DESC, id DESC)
    WHERE status = 'ON_SALE' AND deleted_at IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS products_category_newest_idx
    ON products (category_id, sold_out, created_at DESC, id DESC) WHERE status = 'ON_SALE' AND deleted_at IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS products_category_cheapest_idx ON products (category_id, sold_out, price, id)
    WHERE status = 'ON_SALE' AND deleted_at IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS products_category_dearest_idx
    ON products (category_id, sold_out, price DESC, id DESC) WHERE status = 'ON_SALE' AND deleted_at IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS products_category_price_idx ON products (category_id, price, id)
    WHERE status = 'ON_SALE' AND deleted_at IS NULL;
