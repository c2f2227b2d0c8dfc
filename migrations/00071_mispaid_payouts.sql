-- The bank may have paid another amount than it was asked for. Such an attempt is MISPAID, with the bank's amount:
-- what has gone out is in SUSPENSE until the bank returns it, or a person decides that the seller has it. Then an
-- adjustment charges it to the seller.

-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE payout_attempts ADD COLUMN IF NOT EXISTS bank_amount numeric(14, 2); -- that the bank names, if it is another one than the payout's
ALTER TABLE payout_attempts
    DROP CONSTRAINT IF EXISTS payout_attempts_outcome_check,
    ADD CONSTRAINT payout_attempts_outcome_check CHECK (outcome IN ('SUCCESS', 'REFUSED', 'RETURNED', 'MISPAID')) NOT VALID,
    DROP CONSTRAINT IF EXISTS payout_attempts_bank_amount,
    ADD CONSTRAINT payout_attempts_bank_amount CHECK (bank_amount IS NULL AND outcome IS DISTINCT FROM 'MISPAID' OR bank_amount >= 0 AND outcome IN ('MISPAID', 'REFUSED', 'RETURNED')) NOT VALID;
ALTER TABLE payout_attempts VALIDATE CONSTRAINT payout_attempts_outcome_check;
ALTER TABLE payout_attempts VALIDATE CONSTRAINT payout_attempts_bank_amount;

-- A mispaid attempt has paid something.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS payout_attempts_paid_once ON payout_attempts (payout_id)
    WHERE outcome IS NULL OR outcome IN ('SUCCESS', 'MISPAID');
DROP INDEX CONCURRENTLY IF EXISTS payout_attempts_may_have_paid_once;

ALTER TABLE adjustments
    ADD COLUMN IF NOT EXISTS payout_attempt_id bigint CONSTRAINT adjustments_payout_attempt_id_fkey REFERENCES payout_attempts,
    DROP CONSTRAINT IF EXISTS adjustments_kind_check,
    ADD CONSTRAINT adjustments_kind_check CHECK (kind IN ('CORRECTION', 'WRITE_OFF', 'MISPAID_PAYOUT')) NOT VALID,
    DROP CONSTRAINT IF EXISTS adjustments_proposed,
    ADD CONSTRAINT adjustments_proposed CHECK (admin_id IS NOT NULL OR kind = 'MISPAID_PAYOUT') NOT VALID,
    DROP CONSTRAINT IF EXISTS adjustments_of_payout,
    ADD CONSTRAINT adjustments_of_payout CHECK ((kind = 'MISPAID_PAYOUT') = (payout_attempt_id IS NOT NULL)) NOT VALID;
ALTER TABLE adjustments VALIDATE CONSTRAINT adjustments_kind_check;
ALTER TABLE adjustments VALIDATE CONSTRAINT adjustments_proposed;
ALTER TABLE adjustments VALIDATE CONSTRAINT adjustments_of_payout;
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS adjustments_payout_attempt_id_key ON adjustments (payout_attempt_id) WHERE payout_attempt_id IS NOT NULL;

-- +goose StatementBegin
-- Refuses an adjustment that two people have to approve and have not, by any program. The limit counts all that one
-- person has posted alone on a business day. That of a mispaid payout is what the bank has paid.
CREATE OR REPLACE FUNCTION check_adjustment() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
    policy refund_policies;
    alone  numeric;
BEGIN
    IF NEW.kind = 'MISPAID_PAYOUT' THEN
        IF NEW.proposal_id IS NOT NULL OR NEW.debit_account <> 'SELLER_PAYABLE' OR NEW.credit_account <> 'SUSPENSE'
            OR NOT EXISTS (SELECT FROM payout_attempts a JOIN payouts p ON p.id = a.payout_id
                WHERE a.id = NEW.payout_attempt_id AND a.outcome = 'MISPAID' AND a.bank_amount = NEW.amount AND p.seller_id = NEW.seller_id) THEN
            RAISE EXCEPTION 'no mispaid payout is of this adjustment' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'adjustments_mispaid';
        END IF;
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('market four eyes'));
    IF NEW.proposal_id IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM proposals p WHERE p.id = NEW.proposal_id AND p.kind = 'ADJUSTMENT' AND p.status = 'APPROVED'
                AND p.proposer_id = NEW.admin_id AND p.decided_by = NEW.approved_by AND p.change ->> 'kind' = NEW.kind
                AND p.change ->> 'debitAccount' = NEW.debit_account AND p.change ->> 'creditAccount' = NEW.credit_account
                AND (p.change ->> 'amount')::numeric = NEW.amount AND (p.change ->> 'sellerId')::bigint IS NOT DISTINCT FROM NEW.seller_id
                AND p.change ->> 'key' IS NOT DISTINCT FROM NEW.request_key) THEN
            RAISE EXCEPTION 'no approved proposal is of this adjustment' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'adjustments_four_eyes';
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO policy FROM refund_policies ORDER BY id DESC LIMIT 1;
    SELECT coalesce(sum(a.amount), 0) INTO alone FROM adjustments a
    WHERE a.admin_id = NEW.admin_id AND a.business_day = NEW.business_day AND a.proposal_id IS NULL AND a.kind <> 'MISPAID_PAYOUT';
    IF policy.four_eyes OR alone + NEW.amount >= policy.second_approval_from THEN
        RAISE EXCEPTION 'an adjustment of % needs a second person', NEW.amount USING ERRCODE = 'restrict_violation', CONSTRAINT = 'adjustments_four_eyes';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
