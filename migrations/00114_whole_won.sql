-- Prices and settlements are in whole won, which a bank and a card provider can pay. Rows that have a fraction keep it:
-- their prices may stay while something else changes, and their settlements carry the fraction over.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION refuse_fraction() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    RAISE EXCEPTION '% of % has a fraction of a won', TG_ARGV[0], TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_' || TG_ARGV[0] || '_whole_won';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER products_price_whole_won_insert BEFORE INSERT ON products
    FOR EACH ROW WHEN (NEW.price <> trunc(NEW.price)) EXECUTE FUNCTION refuse_fraction('price');
CREATE TRIGGER products_price_whole_won_update BEFORE UPDATE OF price ON products
    FOR EACH ROW WHEN (NEW.price <> OLD.price AND NEW.price <> trunc(NEW.price))
    EXECUTE FUNCTION refuse_fraction('price');
CREATE TRIGGER settlements_amount_whole_won BEFORE INSERT ON settlements
    FOR EACH ROW WHEN (NEW.amount <> trunc(NEW.amount)) EXECUTE FUNCTION refuse_fraction('amount');

-- A settlement carries over a debt, a fraction of a won, or with it the amount of an abandoned payout.
ALTER TABLE settlements
    DROP CONSTRAINT settlements_balance,
    DROP CONSTRAINT settlements_abandoned_whole,
    ADD CONSTRAINT settlements_balance
        CHECK (payable + carried_in + adjusted IN (amount + carried_over, carried_over)) NOT VALID,
    ADD CONSTRAINT settlements_carried_over
        CHECK (carried_over < 1 OR (status = 'FAILED' AND carried_over = payable + carried_in + adjusted)) NOT VALID;
ALTER TABLE settlements VALIDATE CONSTRAINT settlements_balance;
ALTER TABLE settlements VALIDATE CONSTRAINT settlements_carried_over;
