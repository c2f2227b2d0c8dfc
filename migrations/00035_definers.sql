-- What only its own function may do: the owner of the schema does it, whoever calls the function.
-- So no process needs the right to create tables, or to write the audit log's chain.

-- +goose Up
ALTER FUNCTION extend_partitions(varchar) SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION audit_change() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION note_unchained() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION extend_audit_chain(int) SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE EXECUTE ON FUNCTION extend_partitions(varchar), extend_audit_chain(int) FROM PUBLIC;
