-- Until when the sessions of an account have ended. The row is written in the transaction that locks
-- an account or changes its password, so that losing Redis, which caches it, revives no access.

-- +goose Up
CREATE TABLE session_ends (
    role            varchar(10) NOT NULL CHECK (role IN ('BUYER', 'SELLER', 'ADMIN')),
    account_id      bigint      NOT NULL,
    version         bigint      NOT NULL DEFAULT 1, -- grows with each change, so that a cache keeps the newest
    ended_at        timestamptz,                    -- sessions opened until then have ended
    others_ended_at timestamptz,                    -- likewise, except for the session family kept_family
    kept_family     varchar(40),
    PRIMARY KEY (role, account_id),
    CONSTRAINT session_ends_keep_one CHECK ((others_ended_at IS NULL) = (kept_family IS NULL))
);
