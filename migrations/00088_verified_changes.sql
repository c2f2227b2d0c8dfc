-- A verification notes what it has seen, so that the next one begins there.

-- +goose Up
ALTER TABLE verifications ADD COLUMN seen jsonb;
