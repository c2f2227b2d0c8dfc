-- Rule: a ledger entry belongs to a transaction
-- Group: full
-- Reason: An entry without its transaction belongs to no day and no source, and is part of no
--     sum that is checked.
-- Action: Check for a partition of ledger_transactions that was detached, and attach it (Archive
--     a year in docs/operations.md). Otherwise the ledger was manipulated: preserve the
--     database.

SELECT 'ledger entry ' || e.id || ' is of transaction ' || e.transaction_id || ', which there is not'
FROM ledger_entries e
WHERE NOT EXISTS (SELECT FROM ledger_transactions t WHERE t.id = e.transaction_id)
