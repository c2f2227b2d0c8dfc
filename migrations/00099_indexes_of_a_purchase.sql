-- Indexes that a purchase kept up for nothing. Lines are looked for by order and by seller, and entries by transaction,
-- seller and account: nothing asks for those of a product or of a line but verification, which reads them all. Unpaid
-- orders by age are found by orders_status_created_at_idx. And an order has one payment that counts, open or successful.

-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX IF EXISTS order_items_product_id_idx1;
DROP INDEX IF EXISTS ledger_entries_order_item_id_idx1;
DROP INDEX CONCURRENTLY IF EXISTS orders_expiry_idx;
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS payments_one_counts ON payments (order_id) WHERE status IN ('PENDING', 'SUCCESS');
DROP INDEX CONCURRENTLY IF EXISTS uq_payments_order_open;
DROP INDEX CONCURRENTLY IF EXISTS uq_payments_order_success;
