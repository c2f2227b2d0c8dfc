-- The lists of notifications return the unread ones.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS order_status_update_notifications_unread_idx
    ON order_status_update_notifications (user_id, id) WHERE NOT is_read;
CREATE INDEX CONCURRENTLY IF NOT EXISTS restock_notifications_unread_idx ON restock_notifications (user_id, id) WHERE NOT is_read;
