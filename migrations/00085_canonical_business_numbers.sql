-- Business numbers are compared by their letters and digits: those that differ in case, hyphens or blanks are the same.
-- Sellers are never merged. Of those who have the same number already, all but the first are marked, and market verify
-- reports them.

-- The statements can be run again if a seller signs up with the number of another one meanwhile and the index fails.

-- +goose NO TRANSACTION
-- +goose Up
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION biz_number_key(biz_number text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$
SELECT lower(regexp_replace(normalize(biz_number, NFKC), '[^[:alnum:]]', '', 'g'))
$$;
-- +goose StatementEnd
ALTER TABLE sellers ADD COLUMN IF NOT EXISTS biz_number_conflict boolean NOT NULL DEFAULT false; -- another seller has the number, too

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION settle_biz_number() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    IF biz_number_key(NEW.biz_number) <> biz_number_key(OLD.biz_number) THEN
        NEW.biz_number_conflict := false;
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER sellers_settle_biz_number BEFORE UPDATE OF biz_number ON sellers FOR EACH ROW EXECUTE FUNCTION settle_biz_number();
DROP INDEX CONCURRENTLY IF EXISTS sellers_biz_number_unique;
UPDATE sellers s SET biz_number_conflict = true
WHERE NOT biz_number_conflict AND EXISTS (
    SELECT FROM sellers o WHERE biz_number_key(o.biz_number) = biz_number_key(s.biz_number) AND o.id < s.id);
CREATE UNIQUE INDEX CONCURRENTLY sellers_biz_number_unique ON sellers (biz_number_key(biz_number)) WHERE NOT biz_number_conflict;
