-- Account numbers are stored encrypted (internal/vault). Beside a sealed number, bank_account holds an
-- asterisk and its last characters, for people to know it by; without one, it holds the number itself, as
-- the release before writes it, until `market rotate-keys` seals it.

-- +goose Up
ALTER TABLE sellers
    ADD COLUMN bank_account_sealed     bytea,
    ADD COLUMN bank_account_changed_at timestamptz; -- the number, not its encryption
ALTER TABLE payout_attempts ADD COLUMN bank_account_sealed bytea;

-- Two numbers may end alike, so that a change of the number is known by its time.
DROP TRIGGER sellers_audit ON sellers;
CREATE TRIGGER sellers_audit AFTER UPDATE ON sellers FOR EACH ROW
    EXECUTE FUNCTION audit_change('SELLER', '', '', 'status', 'payouts_held', 'deleted_at', '!email', '!password', '!bank_account_changed_at', '!biz_number');
