-- Sellers cancel pieces that they cannot deliver.

-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE refunds DROP CONSTRAINT IF EXISTS refunds_reason_check,
    ADD CONSTRAINT refunds_reason_check CHECK (reason IN ('CHANGE_OF_MIND', 'WRONG_ITEM', 'DAMAGED', 'SELLER_CANCELLED',
        'ADMIN_DECISION') OR is_reversal(reason)) NOT VALID;
ALTER TABLE refunds VALIDATE CONSTRAINT refunds_reason_check;
