-- A seller whose sums the database refuses is set aside by a settlement, and so is a settlement whose payout it refuses.

-- +goose Up
ALTER TABLE set_aside
    DROP CONSTRAINT set_aside_kind_check,
    ADD CONSTRAINT set_aside_kind_check CHECK (kind IN ('EXPIRY', 'ROLL_UP', 'SETTLEMENT', 'PAYOUT')) NOT VALID;
ALTER TABLE set_aside VALIDATE CONSTRAINT set_aside_kind_check;
