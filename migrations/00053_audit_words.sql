-- What the audit log says of persons is kept apart from its chain, so that it can be erased and the chain
-- still adds up: the words that staff has written, and the addresses that requests came from.

-- +goose Up
CREATE TABLE audit_words (
    entry_id bigint PRIMARY KEY, -- of the audit log
    words    jsonb  NOT NULL     -- by the names that they have in the entry
);
CREATE TABLE audit_addresses (
    entry_id bigint      PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    address  varchar(45) NOT NULL
);
CREATE INDEX audit_addresses_at_idx ON audit_addresses (at);

-- +goose StatementBegin
CREATE FUNCTION keep_personal_apart() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    words jsonb;
BEGIN
    SELECT jsonb_object_agg(w.key, w.value) INTO words FROM jsonb_each(NEW.after) w
    WHERE w.key IN ('reason', 'locked_reason', 'blocked_reason', 'denied_reason') AND jsonb_typeof(w.value) = 'string';
    IF words IS NOT NULL THEN
        INSERT INTO audit_words (entry_id, words) VALUES (NEW.id, words);
        NEW.after := NEW.after || (SELECT jsonb_object_agg(k, 'kept apart') FROM jsonb_object_keys(words) k);
    END IF;
    -- The words that a change replaces are those of an entry before.
    NEW.before := (SELECT jsonb_object_agg(w.key, w.value) FROM jsonb_each(NEW.before) w
        WHERE w.key NOT IN ('reason', 'locked_reason', 'blocked_reason', 'denied_reason') OR w.value = 'null');
    IF NEW.address IS NOT NULL THEN
        INSERT INTO audit_addresses (entry_id, address) VALUES (NEW.id, NEW.address);
        NEW.address := NULL;
    END IF;
    RETURN NEW;
END
$$;

-- The roles of the marketplace that the login of the session is a member of.
CREATE FUNCTION marketplace_roles() RETURNS name[] LANGUAGE sql STABLE AS
$$
    SELECT ARRAY(SELECT rolname FROM pg_roles WHERE rolname IN ('market_api', 'market_admin', 'market_worker') AND pg_has_role(session_user, oid, 'MEMBER'))
$$;

-- An entry names the actor whom the process that writes it may speak for. The logins of the marketplace's roles are
-- bound by it; the owner of the schema is not.
CREATE FUNCTION refuse_foreign_actor() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
    roles name[] := marketplace_roles();
BEGIN
    IF roles = '{market_api}' AND NEW.actor NOT IN ('BUYER', 'SELLER', 'ANONYMOUS', 'SYSTEM')
        OR roles = '{market_admin}' AND NEW.actor NOT IN ('ADMIN', 'ANONYMOUS', 'SYSTEM') THEN
        RAISE EXCEPTION 'a process with the role % cannot write an audit entry of the actor %', roles[1], NEW.actor
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_log_actor BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_foreign_actor();
CREATE TRIGGER audit_log_personal BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION keep_personal_apart();
