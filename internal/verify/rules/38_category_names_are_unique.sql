-- Rule: a category has a name of its own
-- Group: whole
-- Reason: Sellers choose a category by name, and imports find it by name. Names that were equal
--     before the constraint existed were kept.
-- Action: CATALOGUE renames all but one in the console (Categories).

SELECT 'categories ' || string_agg(id::text, ', ' ORDER BY id) || ' have the same name: rename all but one'
FROM categories
WHERE deleted_at IS NULL
GROUP BY name_key(name)
HAVING count(*) > 1
