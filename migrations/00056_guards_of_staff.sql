-- The database role of a process bounds what it may do about staff: the public API proposes nothing but the bank
-- accounts of sellers, and writes no mails to staff.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION guard_proposals() RETURNS trigger LANGUAGE plpgsql AS
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
        OR NEW.change <> OLD.change AND NOT (NEW.change = '{}' AND OLD.kind = 'PAYOUT_ACCOUNT') THEN
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

CREATE FUNCTION guard_mails_to_staff() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    IF marketplace_roles() = '{market_api}' THEN
        RAISE EXCEPTION 'the public API writes no mails to staff' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER proposals_guard BEFORE INSERT OR UPDATE ON proposals FOR EACH ROW EXECUTE FUNCTION guard_proposals();
CREATE TRIGGER mails_to_staff BEFORE INSERT ON mails FOR EACH ROW WHEN (NEW.role = 'ADMIN') EXECUTE FUNCTION guard_mails_to_staff();
CREATE TRIGGER access_log_actor BEFORE INSERT ON access_log FOR EACH ROW EXECUTE FUNCTION refuse_foreign_actor();
