-- A category that a product is in, on sale or not, cannot be deleted; a product cannot be put into a deleted category.
-- Products of categories that are deleted already stay in the category that their sellers have chosen: it is deleted no
-- more. Where another category has its name by now, its products go there. Staff sees the category in the list again,
-- and can delete it once its sellers have moved their products.

-- +goose Up
-- +goose StatementBegin
-- Locks the category, so that an insert and a deletion at the same time happen one after the other.
CREATE FUNCTION check_category_of_product() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    PERFORM FROM categories WHERE id = NEW.category_id AND deleted_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = 'category ' || NEW.category_id || ' does not exist or is deleted',
            CONSTRAINT = 'products_category_not_deleted';
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION check_category_unused() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
    n bigint;
BEGIN
    SELECT count(*) INTO n FROM products WHERE category_id = OLD.id AND deleted_at IS NULL;
    IF n > 0 THEN
        RAISE foreign_key_violation USING MESSAGE = 'category ' || OLD.id || ' has products', DETAIL = n,
            CONSTRAINT = 'categories_unused';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER products_category BEFORE INSERT ON products FOR EACH ROW WHEN (NEW.deleted_at IS NULL)
    EXECUTE FUNCTION check_category_of_product();
CREATE TRIGGER products_category_change BEFORE UPDATE OF category_id, deleted_at ON products FOR EACH ROW
    WHEN (NEW.deleted_at IS NULL AND (NEW.category_id <> OLD.category_id OR OLD.deleted_at IS NOT NULL))
    EXECUTE FUNCTION check_category_of_product();
CREATE TRIGGER categories_unused BEFORE UPDATE OF deleted_at ON categories FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION check_category_unused();

UPDATE categories c SET deleted_at = NULL, updated_at = now()
WHERE c.id IN (
    SELECT max(d.id) FROM categories d
    WHERE d.deleted_at IS NOT NULL AND EXISTS (SELECT FROM products p WHERE p.category_id = d.id AND p.deleted_at IS NULL)
        AND NOT EXISTS (SELECT FROM categories o WHERE canonical_text(o.name) = canonical_text(d.name) AND o.deleted_at IS NULL)
    GROUP BY canonical_text(d.name));
UPDATE products p SET category_id = o.id, updated_at = now()
FROM categories d JOIN categories o ON canonical_text(o.name) = canonical_text(d.name) AND o.deleted_at IS NULL
WHERE p.category_id = d.id AND p.deleted_at IS NULL AND d.deleted_at IS NOT NULL;
