-- The payment of an order that costs nothing has the provider NONE: nothing is charged for it.

-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE payments DROP CONSTRAINT IF EXISTS payments_provider_known;
ALTER TABLE payments ADD CONSTRAINT payments_provider_known
    CHECK (provider IN ('MOCK', 'PORTONE') OR (provider = 'NONE' AND amount = 0)) NOT VALID;
ALTER TABLE payments VALIDATE CONSTRAINT payments_provider_known;
ALTER TABLE payments DROP CONSTRAINT IF EXISTS payments_provider_check;
ALTER TABLE payments DROP CONSTRAINT IF EXISTS payments_prepared_in_browser;
ALTER TABLE payments ADD CONSTRAINT payments_prepared_in_browser
    CHECK (CASE provider WHEN 'PORTONE' THEN prepared_at IS NOT NULL OR imp_uid IS NULL ELSE prepared_at IS NULL END) NOT VALID;
ALTER TABLE payments VALIDATE CONSTRAINT payments_prepared_in_browser;
ALTER TABLE payments DROP CONSTRAINT IF EXISTS payments_prepared;
