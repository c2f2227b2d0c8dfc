-- Names of categories are compared without blanks, invisible characters and case, so that no two look alike. Categories
-- that do already keep their names: all but the first are marked, and market verify reports them.

-- The statements can be run again if two such categories are created meanwhile and the index fails.

-- +goose NO TRANSACTION
-- +goose Up
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$
SELECT lower(regexp_replace(normalize(name, NFKC), U&'[\0009-\000d\0020\0085\00a0\00ad\034f\061c\115f\1160\1680\17b4\17b5\180b-\180f\2000-\200f\2028-\202f\205f-\206f\2800\3000\3164\fe00-\fe0f\feff\ffa0\fff0-\fff8\+01d159\+01d173-\+01d17a\+0e0000-\+0e0fff]', '', 'g'))
$$;
-- +goose StatementEnd
ALTER TABLE categories ADD COLUMN IF NOT EXISTS name_conflict boolean NOT NULL DEFAULT false; -- another category has the name, too

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION settle_category_name() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    IF name_key(NEW.name) <> name_key(OLD.name) THEN
        NEW.name_conflict := false;
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER categories_settle_name BEFORE UPDATE OF name ON categories FOR EACH ROW EXECUTE FUNCTION settle_category_name();
DROP INDEX CONCURRENTLY IF EXISTS categories_name_unique;
UPDATE categories c SET name_conflict = true
WHERE NOT name_conflict AND deleted_at IS NULL AND EXISTS (
    SELECT FROM categories o WHERE o.deleted_at IS NULL AND name_key(o.name) = name_key(c.name) AND o.id < c.id);
CREATE UNIQUE INDEX CONCURRENTLY categories_name_unique ON categories (name_key(name)) WHERE deleted_at IS NULL AND NOT name_conflict;
