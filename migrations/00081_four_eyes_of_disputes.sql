-- A dispute is accepted or won like an adjustment is posted: above the policy's limit, and always while the policy asks
-- for four eyes, by an approved proposal. The limit counts what one person has decided alone on a business day, of
-- disputes and adjustments together. A proposal ends when its dispute or its break of reconciliation is resolved, or
-- comes to another amount, before it is approved.

-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE proposals
    DROP CONSTRAINT IF EXISTS proposals_kind_check,
    ADD CONSTRAINT proposals_kind_check CHECK (kind IN ('REFUND_POLICY', 'UNPAID_LIMITS', 'STAFF_ACCOUNT', 'STAFF_ROLE', 'PAYOUT_ACCOUNT',
        'ADJUSTMENT', 'WITHDRAWN_ACCOUNT', 'DISPUTE')) NOT VALID,
    DROP CONSTRAINT IF EXISTS proposals_subject,
    ADD CONSTRAINT proposals_subject CHECK ((kind IN ('STAFF_ROLE', 'PAYOUT_ACCOUNT', 'WITHDRAWN_ACCOUNT', 'DISPUTE')) = (subject_id IS NOT NULL)) NOT VALID;
ALTER TABLE proposals VALIDATE CONSTRAINT proposals_kind_check;
ALTER TABLE proposals VALIDATE CONSTRAINT proposals_subject;
CREATE INDEX CONCURRENTLY IF NOT EXISTS proposals_break_idx ON proposals ((change ->> 'breakId')) WHERE kind = 'ADJUSTMENT' AND status = 'PENDING';

ALTER TABLE disputes
    ADD COLUMN IF NOT EXISTS approved_by bigint CONSTRAINT disputes_approved_by_fkey REFERENCES admins,      -- the second person
    ADD COLUMN IF NOT EXISTS proposal_id bigint CONSTRAINT disputes_proposal_id_fkey REFERENCES proposals,
    ADD COLUMN IF NOT EXISTS decided_amount numeric(14, 2),                                                   -- what the decision that has ended it was about
    ADD COLUMN IF NOT EXISTS decided_on date,                                                                 -- the business day of that decision
    ADD COLUMN IF NOT EXISTS recredit_reference varchar(255),                                                 -- under which the provider has paid the money again
    DROP CONSTRAINT IF EXISTS disputes_two_people,
    ADD CONSTRAINT disputes_two_people CHECK (approved_by <> admin_id) NOT VALID,
    DROP CONSTRAINT IF EXISTS disputes_approved,
    ADD CONSTRAINT disputes_approved CHECK ((approved_by IS NULL) = (proposal_id IS NULL)) NOT VALID,
    DROP CONSTRAINT IF EXISTS disputes_decided_amount,
    ADD CONSTRAINT disputes_decided_amount CHECK ((decided_amount IS NULL) = (decided_on IS NULL) AND (decided_amount IS NULL OR resolved_at IS NOT NULL)) NOT VALID,
    DROP CONSTRAINT IF EXISTS disputes_recredit,
    ADD CONSTRAINT disputes_recredit CHECK (recredit_reference IS NULL OR status = 'WON') NOT VALID;
ALTER TABLE disputes VALIDATE CONSTRAINT disputes_two_people;
ALTER TABLE disputes VALIDATE CONSTRAINT disputes_approved;
ALTER TABLE disputes VALIDATE CONSTRAINT disputes_decided_amount;
ALTER TABLE disputes VALIDATE CONSTRAINT disputes_recredit;
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS disputes_recredit_key ON disputes (provider, recredit_reference) WHERE recredit_reference IS NOT NULL;
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS disputes_proposal_id_key ON disputes (proposal_id) WHERE proposal_id IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS disputes_won_idx ON disputes (resolved_at) WHERE status = 'WON';
CREATE INDEX CONCURRENTLY IF NOT EXISTS disputes_approved_by_idx ON disputes (approved_by) WHERE approved_by IS NOT NULL;
CREATE OR REPLACE TRIGGER disputes_audit AFTER INSERT OR UPDATE OF status, refunded, reason ON disputes FOR EACH ROW
    EXECUTE FUNCTION audit_change('DISPUTE', '', '', 'status', 'refunded', 'reason', 'approved_by', 'recredit_reference', '+amount', '+cause', '+payment_id', '+order_id');

-- +goose StatementBegin
-- What a member of staff has decided on a business day without a second person.
CREATE OR REPLACE FUNCTION decided_alone(staff bigint, business_day date) RETURNS numeric LANGUAGE sql STABLE AS
$$
    SELECT coalesce((SELECT sum(a.amount) FROM adjustments a
                     WHERE a.admin_id = $1 AND a.business_day = $2 AND a.proposal_id IS NULL AND a.kind <> 'MISPAID_PAYOUT'), 0)
         + coalesce((SELECT sum(d.decided_amount) FROM disputes d WHERE d.admin_id = $1 AND d.decided_on = $2 AND d.proposal_id IS NULL), 0)
$$;

-- Refuses an adjustment that two people have to approve and have not, by any program. That of a mispaid payout is what
-- the bank has paid.
CREATE OR REPLACE FUNCTION check_adjustment() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
    policy refund_policies;
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
    IF policy.four_eyes OR decided_alone(NEW.admin_id, NEW.business_day) + NEW.amount >= policy.second_approval_from THEN
        RAISE EXCEPTION 'an adjustment of % needs a second person', NEW.amount USING ERRCODE = 'restrict_violation', CONSTRAINT = 'adjustments_four_eyes';
    END IF;
    RETURN NEW;
END
$$;

-- Refuses a decision that ends a dispute and that two people have to make and have not, by any program, and keeps what
-- it is about: the disputed amount without what refunds approved on their own have taken of it.
CREATE OR REPLACE FUNCTION check_dispute_decision() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
    policy refund_policies;
BEGIN
    IF NEW.reason = '-' AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' THEN
        RETURN NEW; -- its words are erased
    END IF;
    IF OLD.decided_amount IS NOT NULL THEN
        RAISE EXCEPTION 'the decision about dispute % does not change', OLD.id USING ERRCODE = 'restrict_violation', CONSTRAINT = 'disputes_fixed';
    END IF;
    IF NEW.refunded <> OLD.refunded THEN
        IF (NEW.admin_id, NEW.approved_by, NEW.proposal_id, NEW.decided_amount) IS DISTINCT FROM (OLD.admin_id, OLD.approved_by, OLD.proposal_id, OLD.decided_amount)
            OR NEW.status <> OLD.status AND NEW.refunded <> NEW.amount THEN
            RAISE EXCEPTION 'a refund does not decide dispute %', OLD.id USING ERRCODE = 'restrict_violation', CONSTRAINT = 'disputes_fixed';
        END IF;
        RETURN NEW; -- refunds have taken a part, or all of it
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('market four eyes'));
    NEW.decided_amount := OLD.amount - (SELECT coalesce(sum(r.amount), 0) FROM refunds r WHERE r.dispute_id = OLD.id
        AND NOT EXISTS (SELECT FROM refund_decisions x WHERE x.refund_id = r.id AND x.decision_id = 'dispute'));
    NEW.decided_on := coalesce(NEW.decided_on, (now() AT TIME ZONE 'Asia/Seoul')::date);
    IF NEW.proposal_id IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM proposals p WHERE p.id = NEW.proposal_id AND p.kind = 'DISPUTE' AND p.status = 'APPROVED' AND p.subject_id = NEW.id
                AND p.proposer_id = NEW.admin_id AND p.decided_by = NEW.approved_by
                AND p.change ->> 'decision' = CASE NEW.status WHEN 'WON' THEN 'WIN' ELSE 'ACCEPT' END
                AND (p.change ->> 'amount')::numeric = NEW.decided_amount AND p.change ->> 'reference' IS NOT DISTINCT FROM NEW.recredit_reference) THEN
            RAISE EXCEPTION 'no approved proposal is of this decision about dispute %', NEW.id USING ERRCODE = 'restrict_violation', CONSTRAINT = 'disputes_four_eyes';
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO policy FROM refund_policies ORDER BY id DESC LIMIT 1;
    IF policy.four_eyes OR decided_alone(NEW.admin_id, NEW.decided_on) + NEW.decided_amount >= policy.second_approval_from THEN
        RAISE EXCEPTION 'a decision about % needs a second person', NEW.decided_amount USING ERRCODE = 'restrict_violation', CONSTRAINT = 'disputes_four_eyes';
    END IF;
    RETURN NEW;
END
$$;

-- Ends the proposals that cannot be applied any more, since their dispute or break is resolved or comes to another
-- amount.
CREATE OR REPLACE FUNCTION end_proposals_of_dispute() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE proposals SET status = 'WITHDRAWN', ended_at = greatest(now(), created_at), reason = CASE WHEN NEW.resolved_at IS NULL THEN 'AMOUNT_CHANGED' ELSE 'DISPUTE_RESOLVED' END
    WHERE kind = 'DISPUTE' AND subject_id = NEW.id AND status = 'PENDING';
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION end_proposals_of_break() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE proposals SET status = 'WITHDRAWN', ended_at = greatest(now(), created_at),
        reason = CASE WHEN NEW.status = 'OPEN' AND NEW.admin_id IS NULL THEN 'AMOUNT_CHANGED' ELSE 'RECONCILIATION_BREAK_RESOLVED' END
    WHERE kind = 'ADJUSTMENT' AND change ->> 'breakId' = NEW.id::text AND status = 'PENDING';
    RETURN NULL;
END
$$;

-- The words of a proposed adjustment or decision can be erased, and the end of an account number.
CREATE OR REPLACE FUNCTION guard_proposals() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
    public_api boolean := marketplace_roles() = '{market_api}';
    account    boolean := NEW.kind IN ('PAYOUT_ACCOUNT', 'WITHDRAWN_ACCOUNT');
    erased     boolean := TG_OP = 'UPDATE' AND NEW.kind IN ('ADJUSTMENT', 'DISPUTE') AND NEW.change = OLD.change || '{"reason": "-"}';
BEGIN
    IF public_api AND NEW.kind <> 'PAYOUT_ACCOUNT' AND NOT erased THEN
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
        OR NEW.change <> OLD.change AND NOT (NEW.change = '{}' AND account) AND NOT erased
        OR NEW.before IS DISTINCT FROM OLD.before AND NOT (NEW.before IS NULL AND account) THEN
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

-- Erases what is personal of a buyer, also what staff has written about the buyer's disputes. The row stays, since
-- orders refer to it.
CREATE OR REPLACE FUNCTION erase_buyer(buyer bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    DELETE FROM mails WHERE role = 'BUYER' AND account_id = buyer;
    DELETE FROM refund_decision_reasons r USING refunds f WHERE f.id = r.refund_id AND f.buyer_id = buyer;
    UPDATE refund_decisions d SET reason = NULL FROM refunds f WHERE f.id = d.refund_id AND f.buyer_id = buyer AND d.reason IS NOT NULL;
    UPDATE refunds SET description = NULL, denied_reason = CASE WHEN denied_reason IS NOT NULL THEN '-' END WHERE buyer_id = buyer;
    UPDATE disputes d SET reason = '-' FROM orders o WHERE o.id = d.order_id AND o.buyer_id = buyer AND d.reason <> '-';
    UPDATE proposals p SET change = change || '{"reason": "-"}', reason = NULL FROM disputes d JOIN orders o ON o.id = d.order_id
    WHERE p.kind = 'DISPUTE' AND p.subject_id = d.id AND o.buyer_id = buyer;
    DELETE FROM audit_words w USING audit_log a WHERE a.id = w.entry_id AND (a.subject = 'BUYER' AND a.subject_id = buyer
        OR a.subject IN ('REFUND', 'REFUND_DECISION') AND a.subject_id IN (SELECT id FROM refunds WHERE buyer_id = buyer)
        OR a.subject = 'DISPUTE' AND a.subject_id IN (SELECT d.id FROM disputes d JOIN orders o ON o.id = d.order_id WHERE o.buyer_id = buyer)
        OR a.subject = 'PROPOSAL' AND a.subject_id IN (SELECT p.id FROM proposals p JOIN disputes d ON d.id = p.subject_id JOIN orders o ON o.id = d.order_id
            WHERE p.kind = 'DISPUTE' AND o.buyer_id = buyer));
    UPDATE buyers SET email = 'withdrawn-' || buyer || '@withdrawn.invalid', pending_email = NULL, password = '', name = '-', phone = '-',
        locked_reason = CASE WHEN locked_at IS NOT NULL THEN '-' END, deleted_at = now(), updated_at = now()
    WHERE id = buyer;
    DELETE FROM audit_addresses r USING audit_log a WHERE a.id = r.entry_id AND a.actor = 'BUYER' AND a.actor_id = buyer;
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER disputes_four_eyes BEFORE UPDATE ON disputes FOR EACH ROW WHEN (NEW.resolved_at IS NOT NULL)
    EXECUTE FUNCTION check_dispute_decision();
CREATE OR REPLACE TRIGGER disputes_end_proposals AFTER UPDATE ON disputes FOR EACH ROW
    WHEN (OLD.refunded <> NEW.refunded OR OLD.resolved_at IS NULL AND NEW.resolved_at IS NOT NULL) EXECUTE FUNCTION end_proposals_of_dispute();
CREATE OR REPLACE TRIGGER reconciliation_breaks_end_proposals AFTER UPDATE ON reconciliation_breaks FOR EACH ROW
    WHEN (OLD.amount <> NEW.amount OR OLD.admin_id IS DISTINCT FROM NEW.admin_id OR OLD.status <> NEW.status) EXECUTE FUNCTION end_proposals_of_break();
