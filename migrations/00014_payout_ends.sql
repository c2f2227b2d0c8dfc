-- A paid payout is watched for a while: the bank may return the money.

-- +goose Up
ALTER TABLE payouts ADD COLUMN final_at timestamptz, -- when the bank was asked for the last time; a later return opens it again
    ADD CONSTRAINT payouts_final_is_paid CHECK (final_at IS NULL OR status = 'SUCCESS');
CREATE INDEX payouts_watched_idx ON payouts (id) WHERE status = 'SUCCESS' AND final_at IS NULL;
