-- A charge is given back at most once, for whichever of the reasons.

-- +goose NO TRANSACTION
-- +goose Up
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS uq_refunds_one_reversal ON refunds (payment_id) WHERE is_reversal(reason);
DROP INDEX CONCURRENTLY IF EXISTS uq_refunds_reversal;
