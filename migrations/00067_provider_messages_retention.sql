-- Messages of a provider are kept for a year.

-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS provider_messages_received_at_idx ON provider_messages (received_at);
