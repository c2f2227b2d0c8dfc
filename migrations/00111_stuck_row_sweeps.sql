-- How far the sweep of stuck rows has come in each state whose rows need a running workflow. Workers claim a state, so that
-- no two of them check the same rows.

-- +goose Up
CREATE TABLE stuck_row_sweeps (
    state         varchar(60) PRIMARY KEY,        -- such as "payments PENDING"
    position      bigint      NOT NULL DEFAULT 0, -- the id of the last row that was checked; 0 at the beginning of a pass
    claimed_until timestamptz NOT NULL
);
