-- Lists show sold-out products last. The column changes only when a product sells out or is restocked, so that other
-- changes of the stock touch no index.

-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE products ADD COLUMN IF NOT EXISTS sold_out boolean NOT NULL DEFAULT false;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION set_sold_out() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    NEW.sold_out := NEW.stock = 0;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER products_sold_out BEFORE INSERT OR UPDATE OF stock ON products FOR EACH ROW
    WHEN (NEW.sold_out <> (NEW.stock = 0)) EXECUTE FUNCTION set_sold_out();
UPDATE products SET sold_out = true WHERE stock = 0 AND NOT sold_out;
ALTER TABLE products DROP CONSTRAINT IF EXISTS products_sold_out,
    ADD CONSTRAINT products_sold_out CHECK (sold_out = (stock = 0)) NOT VALID;
ALTER TABLE products VALIDATE CONSTRAINT products_sold_out;
