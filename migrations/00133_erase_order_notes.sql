-- The words of staff about a buyer's orders, such as notes, go with the buyer's personal data.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION erase_words_of_orders() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    DELETE FROM audit_words w USING audit_log a, orders o
    WHERE a.id = w.entry_id AND a.subject = 'ORDER' AND a.subject_id = o.id AND o.buyer_id = NEW.id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER buyers_erase_words_of_orders AFTER UPDATE OF deleted_at ON buyers FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION erase_words_of_orders();
