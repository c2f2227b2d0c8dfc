-- The ledger is read by people: a seller's entries and an account's, newest first.

-- +goose Up
CREATE INDEX ledger_entries_seller_list_idx ON ledger_entries (seller_id, id) WHERE seller_id IS NOT NULL;
CREATE INDEX ledger_entries_account_list_idx ON ledger_entries (account, id);
