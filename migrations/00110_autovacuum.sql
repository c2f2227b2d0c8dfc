-- When autovacuum works on the tables that a purchase writes. Its defaults are shares of a table: a fifth of a queue that
-- was long once, or of a hundred million rows, is reached too late.

-- +goose Up

-- Queues are short, and each of their rows is soon deleted or updated: what reads them passes the dead ones.
ALTER TABLE ledger_unrolled SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE audit_unchained SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE follow_ups SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE cart_items SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE webhook_progress SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- Large tables whose new rows change: dead rows go, and the planner hears of new ones, after a day instead of months.
ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.005);
ALTER TABLE payments SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.005);
ALTER TABLE idempotency_keys SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.005);

-- Rows that never change are frozen when they are first visited, and so read and written once.
ALTER TABLE ledger_transactions SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000000, autovacuum_freeze_min_age = 0);
ALTER TABLE audit_chain SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000000, autovacuum_freeze_min_age = 0);
ALTER TABLE checkout_attempts SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000000, autovacuum_freeze_min_age = 0);

-- A partition does not inherit such parameters: they are named with its table.
ALTER TABLE partitioned_tables ADD COLUMN storage_parameters text[];
UPDATE partitioned_tables SET storage_parameters = CASE table_name
    WHEN 'order_items' THEN ARRAY['autovacuum_vacuum_scale_factor=0.01', 'autovacuum_analyze_scale_factor=0.005']
    ELSE ARRAY['autovacuum_vacuum_insert_scale_factor=0', 'autovacuum_vacuum_insert_threshold=1000000', 'autovacuum_freeze_min_age=0'] END;

ALTER TABLE partitioned_tables ADD CONSTRAINT partitioned_tables_storage_parameters CHECK (coalesce(cardinality(storage_parameters), 0) > 0) NOT VALID;
ALTER TABLE partitioned_tables VALIDATE CONSTRAINT partitioned_tables_storage_parameters;

-- +goose StatementBegin
DO $$
DECLARE
    part   regclass;
    wanted text[];
BEGIN
    FOR part, wanted IN
        SELECT i.inhrelid, t.storage_parameters FROM partitioned_tables t JOIN pg_inherits i ON i.inhparent = t.table_name::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s SET (%s)', part, array_to_string(wanted, ', '));
    END LOOP;
END
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
    EXECUTE format('SELECT coalesce(max(%I), 0) FROM %I %s', t.key, parent, CASE parent
        WHEN 'payment_histories' THEN 'WHERE type = ''PAYMENT''' WHEN 'refund_histories' THEN 'WHERE type = ''REFUND''' ELSE '' END) INTO filled;
    filled := greatest(filled, pg_sequence_last_value(t.sequence::text::regclass));
    LOOP
        newest := partitions_end(parent);
        EXIT WHEN newest - t.ids > filled;
        part := parent || '_from_' || newest;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES) WITH (%s)', part, parent,
            array_to_string(t.storage_parameters, ', '));
        PERFORM guard_partition(parent, part);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', parent, part, newest, newest + t.ids);
        added := added + 1;
    END LOOP;
    RETURN added;
END
$$;
-- +goose StatementEnd
