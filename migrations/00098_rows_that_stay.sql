-- A purchase writes rows that name others which the same statement has just read or written. Checking each of them once
-- more cost a purchase of one line 18 look-ups and the headers of rows that every purchase of a seller shares; and a
-- partition that is referred to cannot be detached. The rows that are named cannot go, which is refused below, and
-- verification looks for names of rows that there are not.

-- +goose NO TRANSACTION
-- +goose Up
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION refuse_removal() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    RAISE EXCEPTION 'rows of % stay, with their ids: % is refused, since other rows name them', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'rows_stay';
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER buyers_stay BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON buyers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER carts_stay BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON carts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER sellers_stay BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON sellers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER products_stay BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON products
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER orders_stay BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON orders
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
CREATE OR REPLACE TRIGGER order_items_stay BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON order_items
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();

-- What guards a table against a statement guards its partitions as well: such triggers do not come with the table. Those
-- of new partitions are added by extend_partitions of 00110_autovacuum.sql.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_partition(parent varchar, part varchar) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS
$$
DECLARE
    guard text;
BEGIN
    FOR guard IN
        SELECT replace(pg_get_triggerdef(t.oid), format(' ON public.%I ', parent), format(' ON public.%I ', part)) FROM pg_trigger t
        WHERE t.tgrelid = parent::regclass AND NOT t.tgisinternal AND t.tgtype & 3 = 2 -- before a statement
    LOOP
        EXECUTE replace(guard, 'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER');
    END LOOP;
END
$$;
-- +goose StatementEnd
SELECT guard_partition(t.table_name, c.relname::varchar)
FROM partitioned_tables t JOIN pg_inherits i ON i.inhparent = t.table_name::regclass JOIN pg_class c ON c.oid = i.inhrelid;

ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_buyer_id_fkey;
ALTER TABLE checkout_attempts DROP CONSTRAINT IF EXISTS checkout_attempts_buyer_id_fkey;
ALTER TABLE checkout_attempts DROP CONSTRAINT IF EXISTS checkout_attempts_order_id_fkey;
ALTER TABLE cart_items DROP CONSTRAINT IF EXISTS cart_items_cart_id_fkey;
ALTER TABLE cart_items DROP CONSTRAINT IF EXISTS cart_items_product_id_fkey;
ALTER TABLE order_items DROP CONSTRAINT IF EXISTS order_items_order_id_fkey;
ALTER TABLE order_items DROP CONSTRAINT IF EXISTS order_items_product_id_fkey;
ALTER TABLE order_items DROP CONSTRAINT IF EXISTS order_items_seller_id_fkey;
ALTER TABLE refund_items DROP CONSTRAINT IF EXISTS refund_items_order_item_id_fkey;
ALTER TABLE stock_movements DROP CONSTRAINT IF EXISTS stock_movements_product_id_fkey;
ALTER TABLE ledger_entries DROP CONSTRAINT IF EXISTS ledger_entries_transaction_id_fkey;
ALTER TABLE ledger_entries DROP CONSTRAINT IF EXISTS ledger_entries_seller_id_fkey;
ALTER TABLE ledger_entries DROP CONSTRAINT IF EXISTS ledger_entries_order_item_id_fkey;
ALTER TABLE ledger_unrolled DROP CONSTRAINT IF EXISTS ledger_unrolled_transaction_id_fkey;
ALTER TABLE audit_chain DROP CONSTRAINT IF EXISTS audit_chain_entry_id_fkey;
