-- A purchase writes one entry into the audit log: its payment's. The function for all tables takes rows apart by names;
-- this one names the columns. What guards the log's entries runs for those that it may change or refuse.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION audit_payment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    who jsonb := coalesce(nullif(current_setting('market.actor', true), ''), '{}')::jsonb;
BEGIN
    INSERT INTO audit_log (actor, actor_id, address, action, subject, subject_id, before, after, request_id, workflow_id)
    VALUES (coalesce(who ->> 'actor', 'SYSTEM'), (who ->> 'actor_id')::bigint, who ->> 'address', 'PAYMENT_' || NEW.status, 'PAYMENT', NEW.id,
        jsonb_build_object('status', OLD.status), jsonb_build_object('status', NEW.status, 'amount', NEW.amount, 'method', NEW.method),
        who ->> 'request_id', coalesce(who ->> 'workflow_id', 'payment/' || NEW.order_id));
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER payments_audit AFTER UPDATE OF status ON payments FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION audit_payment();
-- Entries of the system and of people who have not logged in may come from any process.
CREATE OR REPLACE TRIGGER audit_log_actor BEFORE INSERT ON audit_log FOR EACH ROW WHEN (NEW.actor NOT IN ('SYSTEM', 'ANONYMOUS'))
    EXECUTE FUNCTION refuse_foreign_actor();
CREATE OR REPLACE TRIGGER audit_log_personal BEFORE INSERT ON audit_log FOR EACH ROW
    WHEN (NEW.address IS NOT NULL OR NEW.before ?| '{reason,locked_reason,blocked_reason,denied_reason}' OR NEW.after ?| '{reason,locked_reason,blocked_reason,denied_reason}')
    EXECUTE FUNCTION keep_personal_apart();
