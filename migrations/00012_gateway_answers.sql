-- Every payment ends with the gateway's answer in the books, and what must follow
-- from a decision is written with it.

-- +goose Up

-- The workflow run that drives a payment: when the run's task runs again, it finds
-- the payment that it opened, whatever has become of it since.
ALTER TABLE payments
    ADD COLUMN run_id      varchar(100),
    ADD COLUMN resolved_at timestamptz; -- when it was booked what the gateway did; null: not known yet
UPDATE payments p SET resolved_at = p.updated_at
WHERE p.status IN ('SUCCESS', 'REFUNDED') OR EXISTS (SELECT FROM payment_attempts a WHERE a.payment_id = p.id);
ALTER TABLE payments
    ADD CONSTRAINT payments_success_is_resolved CHECK (resolved_at IS NOT NULL OR status IN ('PENDING', 'FAILED')),
    ADD CONSTRAINT payments_pending_is_unresolved CHECK (resolved_at IS NULL OR status <> 'PENDING');
CREATE INDEX payments_unresolved_idx ON payments (created_at, id) WHERE resolved_at IS NULL;

-- An id that somebody else gives out has the length that they like: cut, it could
-- not be used to give the money back.
ALTER TABLE payments ALTER COLUMN imp_uid TYPE text, ADD CONSTRAINT payments_imp_uid_not_empty CHECK (imp_uid <> '');
ALTER TABLE payment_attempts ALTER COLUMN imp_uid TYPE text, DROP CONSTRAINT payment_attempts_outcome_check,
    ADD CONSTRAINT payment_attempts_outcome_check CHECK (outcome IN ('DECLINED', 'NOT_CHARGED', 'AMOUNT_MISMATCH', 'TOO_LATE', 'NOT_CONFIRMED'));

-- A worker claims a follow-up for a while, starts its workflow outside of any
-- transaction, and deletes the row. What a dead worker has claimed is claimed again.
ALTER TABLE follow_ups
    ADD COLUMN claimed_until timestamptz,
    DROP CONSTRAINT follow_ups_kind_check,
    ADD CONSTRAINT follow_ups_kind_check CHECK (kind IN ('RESTOCK', 'ORDER_NOTIFICATION', 'REVERSAL'));
CREATE INDEX follow_ups_due_idx ON follow_ups (claimed_until NULLS FIRST, id);
