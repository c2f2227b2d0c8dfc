-- Decisions on payouts are recorded like those on refunds: who has made them, by a signature of the
-- admin API, or as an operator whose identity nothing proves. Signals carry the id of a decision; the
-- reason that an admin gives is here.

-- +goose Up
CREATE TABLE payout_decision_reasons (
    payout_id   bigint       NOT NULL REFERENCES payouts,
    decision_id varchar(300) NOT NULL,
    reason      varchar(255) NOT NULL,
    created_at  timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (payout_id, decision_id)
);

CREATE TABLE payout_decisions (
    payout_id   bigint       NOT NULL REFERENCES payouts,
    decision_id varchar(300) NOT NULL,
    signal      varchar(20)  NOT NULL CHECK (signal IN ('retry', 'abandon', 'inquire')),
    attempt     int,                            -- the attempt that it begins, or that the bank is asked about
    admin_id    bigint       REFERENCES admins, -- null: not signed by the admin API
    sent_by     varchar(255) NOT NULL,
    reason      varchar(255),
    applied     boolean      NOT NULL,          -- it took effect
    created_at  timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (payout_id, decision_id),
    CONSTRAINT payout_decisions_attempt CHECK ((signal = 'abandon') = (attempt IS NULL) AND attempt > 0),
    CONSTRAINT payout_decisions_sender CHECK ((sent_by = 'admin API') = (admin_id IS NOT NULL) AND (reason IS NULL OR admin_id IS NOT NULL))
);
CREATE INDEX payout_decisions_admin_id_idx ON payout_decisions (admin_id);

-- The subject of an entry about a decision is its payout; nothing else is new.
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

CREATE TRIGGER payout_decisions_audit AFTER INSERT ON payout_decisions FOR EACH ROW
    EXECUTE FUNCTION audit_change('PAYOUT_DECISION', '', '', 'signal', 'applied', 'reason', 'sent_by', '+attempt');
