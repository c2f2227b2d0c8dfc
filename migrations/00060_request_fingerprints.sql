-- A key that comes with another request is not answered with what the first one has led to: the SHA-256 of what was
-- asked for is kept with the key. It is null for requests from before.

-- +goose Up
ALTER TABLE refund_requests ADD COLUMN fingerprint bytea;
ALTER TABLE checkout_attempts ADD COLUMN fingerprint bytea;
