-- What staff does against fraud: a product is blocked, a buyer is locked out; each with a reason.
-- A BLOCKED product is off sale until staff lets it go; then it is HIDDEN, and its seller decides.

-- +goose Up
ALTER TABLE products
    ADD COLUMN blocked_reason varchar(255),
    DROP CONSTRAINT products_status_check,
    ADD CONSTRAINT products_status_check CHECK (status IN ('ON_SALE', 'HIDDEN', 'SUSPENDED', 'BLOCKED')),
    ADD CONSTRAINT products_blocked_for_a_reason CHECK ((status = 'BLOCKED') = (blocked_reason IS NOT NULL));
CREATE INDEX products_status_idx ON products (status, id) WHERE deleted_at IS NULL;
CREATE TRIGGER products_audit AFTER UPDATE OF status ON products FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND 'BLOCKED' IN (OLD.status, NEW.status))
    EXECUTE FUNCTION audit_change('PRODUCT', '', '', 'status', 'blocked_reason', '+seller_id');

ALTER TABLE buyers
    ADD COLUMN locked_at timestamptz,
    ADD COLUMN locked_reason varchar(255),
    ADD CONSTRAINT buyers_locked_for_a_reason CHECK ((locked_at IS NULL) = (locked_reason IS NULL));
CREATE INDEX buyers_locked_idx ON buyers (id) WHERE locked_at IS NOT NULL;
DROP TRIGGER buyers_audit ON buyers;
CREATE TRIGGER buyers_audit AFTER UPDATE ON buyers FOR EACH ROW
    EXECUTE FUNCTION audit_change('BUYER', '', '', 'locked_at', 'locked_reason', 'deleted_at', '!email', '!password');
