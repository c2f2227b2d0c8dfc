-- The amount of a break is in the currency in which the provider holds more than is booked: an adjustment of a break in
-- won is of that amount.

-- +goose Up
ALTER TABLE reconciliation_breaks ADD COLUMN currency text NOT NULL DEFAULT 'KRW';
