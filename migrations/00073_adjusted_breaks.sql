-- An adjustment may settle a break of reconciliation, which is accepted with it.

-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE adjustments
    ADD COLUMN IF NOT EXISTS break_id bigint CONSTRAINT adjustments_break_id_fkey REFERENCES reconciliation_breaks,
    DROP CONSTRAINT IF EXISTS adjustments_of_break,
    ADD CONSTRAINT adjustments_of_break CHECK (break_id IS NULL OR kind <> 'MISPAID_PAYOUT' AND 'PSP_CLEARING' IN (debit_account, credit_account)) NOT VALID;
ALTER TABLE adjustments VALIDATE CONSTRAINT adjustments_of_break;
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS adjustments_break_id_key ON adjustments (break_id) WHERE break_id IS NOT NULL;

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
                AND (p.change ->> 'breakId')::bigint IS NOT DISTINCT FROM NEW.break_id AND p.change ->> 'key' IS NOT DISTINCT FROM NEW.request_key) THEN
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
