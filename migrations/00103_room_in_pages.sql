-- A purchase updates a product's stock, which no index has: a page with room keeps the new version beside the old one,
-- and no index, those of the search above all, gets an entry.

-- +goose Up
ALTER TABLE products SET (fillfactor = 85);
