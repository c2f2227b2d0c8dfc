-- A charge for a product or seller that staff took off sale during the payment is reversed, with its own reason.
-- is_reversal defines the reasons of reversals.

-- +goose Up
CREATE FUNCTION is_reversal(reason varchar) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN reason IN ('PAYMENT_AMOUNT_MISMATCH', 'ORDER_EXPIRED', 'PAYMENT_FAILED', 'SALE_STOPPED');

ALTER TABLE refunds DROP CONSTRAINT refunds_reason_check;
ALTER TABLE refunds ADD CONSTRAINT refunds_reason_check
    CHECK (reason IN ('CHANGE_OF_MIND', 'WRONG_ITEM', 'DAMAGED', 'ADMIN_DECISION') OR is_reversal(reason)) NOT VALID;
ALTER TABLE refunds VALIDATE CONSTRAINT refunds_reason_check;

ALTER TABLE payment_attempts DROP CONSTRAINT payment_attempts_outcome_check;
ALTER TABLE payment_attempts ADD CONSTRAINT payment_attempts_outcome_check CHECK (outcome IN ('DECLINED', 'NOT_CHARGED',
    'AMOUNT_MISMATCH', 'TOO_LATE', 'NOT_CONFIRMED', 'SALE_STOPPED', 'NOT_PREPARED', 'NOT_OURS', 'CANCELLED')) NOT VALID;
ALTER TABLE payment_attempts VALIDATE CONSTRAINT payment_attempts_outcome_check;
