-- What is kept for a while only is found by its age.

-- +goose Up
CREATE INDEX order_status_update_notifications_created_at_idx ON order_status_update_notifications (created_at);
CREATE INDEX restock_notifications_created_at_idx ON restock_notifications (created_at);
CREATE INDEX refund_requests_created_at_idx ON refund_requests (created_at);
