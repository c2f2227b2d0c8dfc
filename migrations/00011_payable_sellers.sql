-- Who may be paid is said once: when payouts are made, and when one is sent.

-- +goose Up
ALTER TABLE sellers ADD COLUMN may_be_paid boolean NOT NULL
    GENERATED ALWAYS AS (status = 'APPROVED' AND deleted_at IS NULL AND trim(bank_account) <> '' AND trim(bank_code) <> '') STORED;
