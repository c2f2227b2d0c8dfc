-- A new address of an account counts once it has been verified by a mail to it. Until then it is
-- pending, which does not disclose whether another account has it.

-- +goose Up
ALTER TABLE buyers ADD COLUMN pending_email varchar(100);
ALTER TABLE sellers ADD COLUMN pending_email varchar(100);
