-- Members of staff have a role, and can be disabled. An account that was there before is an owner's.
-- An invited member has an empty password until the invitation is accepted.

-- +goose Up
ALTER TABLE admins
    ADD COLUMN role varchar(20) NOT NULL DEFAULT 'OWNER' CHECK (role IN ('OWNER', 'FINANCE', 'SUPPORT', 'CATALOGUE', 'AUDITOR')),
    ADD COLUMN disabled_at timestamptz,
    ALTER COLUMN password SET DEFAULT '';

-- An owner that can log in always remains, with concurrent changes and for every program.
-- +goose StatementBegin
CREATE FUNCTION keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('market owners'));
    IF NOT EXISTS (SELECT FROM admins WHERE id <> OLD.id AND role = 'OWNER' AND disabled_at IS NULL AND deleted_at IS NULL AND password <> '') THEN
        RAISE EXCEPTION 'admin % is the last owner', OLD.id USING ERRCODE = 'restrict_violation', CONSTRAINT = 'admins_last_owner';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER admins_keep_an_owner BEFORE UPDATE ON admins FOR EACH ROW
    WHEN (OLD.role = 'OWNER' AND OLD.disabled_at IS NULL AND OLD.deleted_at IS NULL AND OLD.password <> ''
        AND (NEW.role <> 'OWNER' OR NEW.disabled_at IS NOT NULL OR NEW.deleted_at IS NOT NULL OR NEW.password = ''))
    EXECUTE FUNCTION keep_an_owner();
CREATE TRIGGER admins_delete_no_owner BEFORE DELETE ON admins FOR EACH ROW
    WHEN (OLD.role = 'OWNER' AND OLD.disabled_at IS NULL AND OLD.deleted_at IS NULL AND OLD.password <> '')
    EXECUTE FUNCTION keep_an_owner();

ALTER TABLE mails
    DROP CONSTRAINT mails_kind_check,
    ADD CONSTRAINT mails_kind_check CHECK (kind IN ('EMAIL_VERIFICATION', 'PASSWORD_RESET', 'PASSWORD_CHANGED', 'EMAIL_CHANGED',
        'BANK_ACCOUNT_CHANGED', 'SECOND_FACTOR_CHANGED', 'WEBHOOK_PAUSED', 'STAFF_INVITATION')) NOT VALID;
ALTER TABLE mails VALIDATE CONSTRAINT mails_kind_check;

-- The audit log says who was disabled or enabled, and whose role was changed; nothing else is new.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    was     jsonb;
    now_is  jsonb;
    before  jsonb := '{}';
    after   jsonb := '{}';
    spec    text;
    col     text;
    did     text;
    changed boolean := TG_OP <> 'UPDATE';
    who     jsonb := coalesce(nullif(current_setting('market.actor', true), ''), '{}')::jsonb;
    id      bigint;
BEGIN
    IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD); END IF;
    IF TG_OP <> 'DELETE' THEN now_is := to_jsonb(NEW); END IF;
    FOREACH spec IN ARRAY TG_ARGV[3:] LOOP
        col := ltrim(spec, '!+');
        IF TG_OP = 'UPDATE' AND spec NOT LIKE '+%' THEN
            CONTINUE WHEN was -> col = now_is -> col;
            changed := true;
        END IF;
        IF spec LIKE '!%' THEN
            after := after || jsonb_build_object(col, CASE WHEN TG_OP = 'UPDATE' THEN 'changed' ELSE 'set' END);
            CONTINUE;
        END IF;
        IF was IS NOT NULL AND spec NOT LIKE '+%' THEN before := before || jsonb_build_object(col, was -> col); END IF;
        IF now_is IS NOT NULL THEN after := after || jsonb_build_object(col, now_is -> col); END IF;
    END LOOP;
    IF NOT changed THEN RETURN NULL; END IF;
    did := CASE
        WHEN after ? 'status' THEN after ->> 'status'
        WHEN TG_OP = 'INSERT' THEN 'CREATED'
        WHEN TG_OP = 'DELETE' THEN 'REMOVED'
        WHEN after ->> 'deleted_at' IS NOT NULL THEN 'REMOVED'
        WHEN after ->> 'locked_at' IS NOT NULL THEN 'LOCKED'
        WHEN before ->> 'locked_at' IS NOT NULL THEN 'UNLOCKED'
        WHEN after ->> 'disabled_at' IS NOT NULL THEN 'DISABLED'
        WHEN before ->> 'disabled_at' IS NOT NULL THEN 'ENABLED'
        WHEN TG_OP = 'UPDATE' AND after ? 'role' THEN 'ROLE_CHANGED'
        ELSE 'CHANGED' END;
    IF who ->> 'actor' IS DISTINCT FROM 'ADMIN' AND was -> 'admin_id' IS DISTINCT FROM now_is -> 'admin_id' AND now_is ->> 'admin_id' IS NOT NULL THEN
        who := who || jsonb_build_object('actor', 'ADMIN', 'actor_id', now_is -> 'admin_id');
    END IF;
    id := coalesce(now_is, was) ->> CASE TG_ARGV[0] WHEN 'SECOND_FACTOR' THEN 'admin_id' WHEN 'REFUND_DECISION' THEN 'refund_id' WHEN 'PAYOUT_DECISION' THEN 'payout_id' ELSE 'id' END;
    INSERT INTO audit_log (actor, actor_id, address, action, subject, subject_id, before, after, request_id, workflow_id)
    VALUES (coalesce(who ->> 'actor', 'SYSTEM'), (who ->> 'actor_id')::bigint, who ->> 'address', TG_ARGV[0] || '_' || did, TG_ARGV[0], id,
        nullif(before, '{}'), nullif(after, '{}'), who ->> 'request_id',
        coalesce(who ->> 'workflow_id', TG_ARGV[1] || (coalesce(now_is, was) ->> nullif(TG_ARGV[2], ''))));
    RETURN NULL;
END
$$;
-- +goose StatementEnd
DROP TRIGGER admins_audit ON admins;
CREATE TRIGGER admins_audit AFTER INSERT OR UPDATE ON admins FOR EACH ROW
    EXECUTE FUNCTION audit_change('ADMIN', '', '', 'role', 'disabled_at', 'deleted_at', '!email', '!password');
