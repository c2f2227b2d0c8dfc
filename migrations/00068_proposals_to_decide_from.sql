-- What a proposal changes is shown with what was there before, and a seller is notified of a payout account that
-- is rejected or expires, with the reason.

-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE proposals ADD COLUMN IF NOT EXISTS before jsonb; -- what it changes, when it was proposed; null for a new account
ALTER TABLE mails ADD COLUMN IF NOT EXISTS proposal_id bigint; -- whose reason the mail contains

-- The last proposal of each seller.
CREATE INDEX CONCURRENTLY IF NOT EXISTS proposals_payout_account_idx ON proposals (subject_id, id) WHERE kind = 'PAYOUT_ACCOUNT';

ALTER TABLE mails
    DROP CONSTRAINT IF EXISTS mails_kind_check,
    ADD CONSTRAINT mails_kind_check CHECK (kind IN ('EMAIL_VERIFICATION', 'PASSWORD_RESET', 'PASSWORD_CHANGED', 'EMAIL_CHANGED',
        'BANK_ACCOUNT_CHANGED', 'BANK_ACCOUNT_REQUESTED', 'BANK_ACCOUNT_REJECTED', 'BANK_ACCOUNT_EXPIRED', 'SECOND_FACTOR_CHANGED',
        'WEBHOOK_PAUSED', 'STAFF_INVITATION')) NOT VALID;
ALTER TABLE mails VALIDATE CONSTRAINT mails_kind_check;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_proposals() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
    public_api boolean := marketplace_roles() = '{market_api}';
BEGIN
    IF public_api AND NEW.kind <> 'PAYOUT_ACCOUNT' THEN
        RAISE EXCEPTION 'the public API proposes bank accounts of sellers only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'PENDING' THEN
            RAISE EXCEPTION 'a proposal begins as PENDING' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'proposals_begin_pending';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.kind, NEW.subject_id, NEW.proposer, NEW.proposer_id, NEW.created_at, NEW.expires_at)
        IS DISTINCT FROM (OLD.kind, OLD.subject_id, OLD.proposer, OLD.proposer_id, OLD.created_at, OLD.expires_at)
        OR NEW.change <> OLD.change AND NOT (NEW.change = '{}' AND OLD.kind = 'PAYOUT_ACCOUNT')
        OR NEW.before IS DISTINCT FROM OLD.before AND NOT (NEW.before IS NULL AND OLD.kind = 'PAYOUT_ACCOUNT') THEN
        RAISE EXCEPTION 'what is proposed does not change: proposal %', OLD.id USING ERRCODE = 'restrict_violation', CONSTRAINT = 'proposals_fixed';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status <> 'PENDING' OR public_api AND NEW.status <> 'WITHDRAWN') THEN
        RAISE EXCEPTION 'proposal % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'restrict_violation', CONSTRAINT = 'proposals_transition';
    END IF;
    IF public_api AND NEW.bank_account IS NOT NULL AND NEW.bank_account IS DISTINCT FROM OLD.bank_account THEN
        RAISE EXCEPTION 'the account of proposal % does not change', OLD.id USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
