-- Functions that have read a growing table whole.

-- +goose Up
-- +goose StatementBegin
-- Adds partitions to a table until the newest one is empty, and returns how many it has added. The keys of the
-- histories begin with their type, without which the last id is found by reading them whole.
CREATE OR REPLACE FUNCTION extend_partitions(parent varchar) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    t      partitioned_tables;
    newest bigint; -- the first id that has no partition yet
    filled bigint; -- the last id of a row, or the last one that was given away
    part   text;
    added  int := 0;
BEGIN
    SELECT * INTO STRICT t FROM partitioned_tables WHERE table_name = parent FOR UPDATE;
    EXECUTE format('SELECT coalesce(max(%I), 0) FROM %I %s', t.key, parent, CASE parent
        WHEN 'payment_histories' THEN 'WHERE type = ''PAYMENT''' WHEN 'refund_histories' THEN 'WHERE type = ''REFUND''' ELSE '' END) INTO filled;
    filled := greatest(filled, pg_sequence_last_value(t.sequence::text::regclass));
    LOOP
        newest := partitions_end(parent);
        EXIT WHEN newest - t.ids > filled;
        part := parent || '_from_' || newest;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', part, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', parent, part, newest, newest + t.ids);
        IF t.guard IS NOT NULL THEN
            EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION %I()', parent || '_append_only', part, t.guard);
        END IF;
        added := added + 1;
    END LOOP;
    RETURN added;
END
$$;

-- Gives up to so many entries their places, and returns how many it has given. Those without a place are read first,
-- each of whose entries is then found by its key, whatever the planner takes their number for.
CREATE OR REPLACE FUNCTION extend_audit_chain(most int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    place  bigint;
    last   bytea;
    waits  bigint;
    e      audit_log;
    ids    bigint[] := '{}';
    hashes bytea[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('market audit chain'));
    SELECT c.position, c.hash INTO place, last FROM audit_chain c ORDER BY c.position DESC LIMIT 1;
    place := coalesce(place, 0);
    last := coalesce(last, '');
    FOR waits IN SELECT u.entry_id FROM audit_unchained u ORDER BY u.entry_id LIMIT most LOOP
        SELECT * INTO e FROM audit_log a WHERE a.id = waits;
        CONTINUE WHEN NOT FOUND;
        last := audit_hash(last, place + cardinality(ids) + 1, e);
        ids := ids || waits;
        hashes := hashes || last;
    END LOOP;
    INSERT INTO audit_chain (position, entry_id, hash)
    SELECT place + n, id, hash FROM unnest(ids, hashes) WITH ORDINALITY AS c (id, hash, n);
    DELETE FROM audit_unchained WHERE entry_id = ANY (ids);
    RETURN cardinality(ids);
END
$$;

-- Reports whether a ledger transaction was written before the transaction that asks. In SQL it was planned anew by each
-- statement.
CREATE OR REPLACE FUNCTION ledger_transaction_is_older(txn bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS
$$
BEGIN
    RETURN (SELECT xmin::text <> (pg_current_xact_id()::text::bigint % 4294967296)::text FROM ledger_transactions WHERE id = txn);
END
$$;
-- +goose StatementEnd
