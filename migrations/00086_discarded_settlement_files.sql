-- A settlement file that is refused leaves nothing behind: its first lines may be here already.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION discard_settlement_file(file bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    PERFORM FROM provider_settlement_files WHERE id = file AND imported_at IS NULL FOR UPDATE;
    IF FOUND THEN
        DELETE FROM provider_settlement_lines WHERE file_id = file;
        DELETE FROM provider_settlement_files WHERE id = file;
    END IF;
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION discard_settlement_file(bigint) FROM PUBLIC;
