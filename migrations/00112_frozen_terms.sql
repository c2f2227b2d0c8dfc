-- The amounts of an order's lines are frozen when it is placed, with the terms by which they were reckoned
-- (market.PriceOrder). A line without terms was placed before, and its amounts were frozen when it was paid.

-- +goose Up
ALTER TABLE order_items ADD COLUMN IF NOT EXISTS commission_percent integer; -- of net, truncated to whole won
