-- Account addresses are canonical and unique byte by byte. The indexes on lower(email) stay until the
-- release that reads by them is gone.

-- +goose NO TRANSACTION
-- +goose Up
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS buyers_email_unique ON buyers (email);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS sellers_email_unique ON sellers (email);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS admins_email_unique ON admins (email);
ALTER TABLE buyers DROP CONSTRAINT IF EXISTS buyers_email_canonical;
ALTER TABLE buyers ADD CONSTRAINT buyers_email_canonical
    CHECK (email COLLATE "C" ~ '^[a-z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$') NOT VALID;
ALTER TABLE buyers VALIDATE CONSTRAINT buyers_email_canonical;
ALTER TABLE sellers DROP CONSTRAINT IF EXISTS sellers_email_canonical;
ALTER TABLE sellers ADD CONSTRAINT sellers_email_canonical
    CHECK (email COLLATE "C" ~ '^[a-z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$') NOT VALID;
ALTER TABLE sellers VALIDATE CONSTRAINT sellers_email_canonical;
ALTER TABLE admins DROP CONSTRAINT IF EXISTS admins_email_canonical;
ALTER TABLE admins ADD CONSTRAINT admins_email_canonical
    CHECK (email COLLATE "C" ~ '^[a-z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$') NOT VALID;
ALTER TABLE admins VALIDATE CONSTRAINT admins_email_canonical;
