-- What sellers are shown is projected from the ledger, in batches, each exactly
-- once: a transaction is rolled up by the database transaction that posted it.

-- +goose Up

-- Ids are given out before COMMIT, in another order than they become visible. A
-- database transaction's number tells what is complete: everything below the
-- oldest one that still runs.
ALTER TABLE ledger_transactions ADD COLUMN posted_in xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX ledger_transactions_posted_in_idx ON ledger_transactions (posted_in);

-- Everything posted below rolled_up_to is in the projections. The row is also the
-- lock of those who write projections.
CREATE TABLE ledger_rollup (
    one_row      boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    rolled_up_to xid8    NOT NULL
);
INSERT INTO ledger_rollup (rolled_up_to) VALUES ('0');

CREATE INDEX seller_dashboard_stat_date_idx ON seller_dashboard (stat_date);

-- A closed day of a seller. What of it is in settlements stands beside it, so
-- that what is posted to it later goes into the next one.
ALTER TABLE seller_daily_statistics
    ADD COLUMN fee             numeric(14, 2) NOT NULL DEFAULT 0,
    ADD COLUMN payable         numeric(14, 2) NOT NULL DEFAULT 0,
    ADD COLUMN settled_fee     numeric(14, 2) NOT NULL DEFAULT 0,
    ADD COLUMN settled_payable numeric(14, 2) NOT NULL DEFAULT 0,
    ADD CONSTRAINT seller_daily_statistics_net CHECK (net_sales = total_sales - refund_amount),
    ADD CONSTRAINT seller_daily_statistics_split CHECK (net_sales = fee + payable);
CREATE INDEX seller_daily_statistics_unsettled_idx ON seller_daily_statistics (seller_id, stat_date)
    WHERE payable <> settled_payable OR fee <> settled_fee;
ALTER TABLE seller_dashboard
    ADD CONSTRAINT seller_dashboard_split CHECK (total_sales - refund_amount = fee_amount + settlement_amount);

-- A day has a row from when its statistics are closed: what is posted to it after
-- that is added to them.
CREATE TABLE business_days (
    day       date        PRIMARY KEY,
    closed_at timestamptz -- when all that closes it was done
);
