-- An image has its size in pixels, from which follows which renditions of it are stored. 0 stands for an
-- image that was stored before there were renditions.

-- +goose Up
ALTER TABLE product_image
    ADD COLUMN width integer NOT NULL DEFAULT 0,
    ADD COLUMN height integer NOT NULL DEFAULT 0;
