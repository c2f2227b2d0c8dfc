-- What an order's line comes to is frozen when it is paid: all of it, or nothing yet.
-- market.PriceLine says what it is.

-- +goose Up
ALTER TABLE order_items
    ADD COLUMN gross    numeric(14, 2),
    ADD COLUMN discount numeric(14, 2),
    ADD COLUMN net      numeric(14, 2), -- what the buyer pays
    ADD COLUMN tax      numeric(14, 2); -- contained in net
UPDATE order_items SET gross = unit_price * quantity, discount = 0, net = unit_price * quantity, tax = 0 WHERE commission IS NOT NULL;
ALTER TABLE order_items
    DROP CONSTRAINT order_items_check,
    ADD CONSTRAINT order_items_frozen_whole CHECK (num_nonnulls(gross, discount, net, tax, commission) IN (0, 5)),
    ADD CONSTRAINT order_items_amounts_add_up CHECK (gross = unit_price * quantity AND discount BETWEEN 0 AND gross AND net = gross - discount
        AND tax BETWEEN 0 AND net AND commission BETWEEN 0 AND net);
