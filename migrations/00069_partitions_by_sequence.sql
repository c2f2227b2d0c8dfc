-- Partitions are added by what the sequences of their ids have given away, and not only by the ids
-- that rows have: a sequence that was set forward, as after a restore, needs partitions before the
-- first row comes.

-- +goose Up
ALTER TABLE partitioned_tables ADD COLUMN sequence varchar(63);
UPDATE partitioned_tables SET sequence = CASE table_name
    WHEN 'ledger_entries' THEN 'ledger_transactions_id_seq'
    WHEN 'payment_histories' THEN 'payments_id_seq'
    WHEN 'refund_histories' THEN 'refunds_id_seq'
    ELSE table_name || '_id_seq' END;
ALTER TABLE partitioned_tables ADD CONSTRAINT partitioned_tables_sequence CHECK (sequence IS NOT NULL) NOT VALID;
ALTER TABLE partitioned_tables VALIDATE CONSTRAINT partitioned_tables_sequence;

-- +goose StatementBegin
-- Returns the first id that has no partition.
CREATE FUNCTION partitions_end(parent varchar) RETURNS bigint LANGUAGE sql STABLE AS
$$
    SELECT coalesce(max(substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''?(\d+)')::bigint), 0)
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = parent::regclass
$$;

-- Returns how many tables have used more than half of their newest partition. Extension keeps the
-- newest partition empty, so each of them is one that could not be extended.
CREATE FUNCTION partitions_filling() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT count(*) FROM partitioned_tables t
    WHERE coalesce(pg_sequence_last_value(t.sequence::text::regclass), 0) > partitions_end(t.table_name) - t.ids / 2
$$;

-- Adds partitions to a table until the newest one is empty, and returns how many it has added.
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
    EXECUTE format('SELECT coalesce(max(%I), 0) FROM %I', t.key, parent) INTO filled;
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
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION partitions_filling() FROM PUBLIC;
