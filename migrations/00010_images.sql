-- Images lie in an object store; rows here say which objects there are. An object
-- is announced before it is written, and the announcement goes in the transaction
-- that uses it: what is announced for long and not used is an orphan, and removed.

-- +goose Up
ALTER TABLE product_image RENAME COLUMN image_url TO object_key;
ALTER TABLE product_image ADD CONSTRAINT product_image_object_key UNIQUE (object_key);

CREATE TABLE image_uploads (
    object_key text        PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX image_uploads_created_at_idx ON image_uploads (created_at);
