-- Texts are stored in the canonical form in which the release compares them: NFC, without blanks around them. A text
-- whose canonical form is empty, too long or the name of another row stays as it is.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical_text(typed text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$
SELECT normalize(btrim(typed, U&' \0009\000a\000b\000c\000d\0085\00a0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200a\200b\2028\2029\202f\205f\2060\2800\3000\3164\feff'), NFC)
$$;

DO
$$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT * FROM (VALUES ('buyers', 'name', 50), ('buyers', 'phone', 20), ('sellers', 'name', 50), ('sellers', 'phone', 20),
        ('sellers', 'store_name', 100), ('admins', 'name', 50), ('addresses', 'recipient', 50), ('addresses', 'phone', 20),
        ('addresses', 'detail', 100), ('products', 'name', 200), ('products', 'description', 255)) v (tab, col, most)
    LOOP
        EXECUTE format('UPDATE %1$I SET %2$I = canonical_text(%2$I) WHERE canonical_text(%2$I) NOT IN (%2$I, '''') AND char_length(canonical_text(%2$I)) <= %3$s',
            c.tab, c.col, c.most);
    END LOOP;
END
$$;
-- +goose StatementEnd
UPDATE categories c SET name = canonical_text(name)
WHERE canonical_text(name) NOT IN (name, '') AND char_length(canonical_text(name)) <= 50 AND NOT EXISTS (
    SELECT FROM categories o WHERE o.id <> c.id AND o.deleted_at IS NULL AND canonical_text(o.name) = canonical_text(c.name));
UPDATE provider_settlement_files f SET name = canonical_text(name)
WHERE canonical_text(name) NOT IN (name, '') AND char_length(canonical_text(name)) <= 255 AND NOT EXISTS (
    SELECT FROM provider_settlement_files o WHERE o.id <> f.id AND canonical_text(o.name) = canonical_text(f.name));
