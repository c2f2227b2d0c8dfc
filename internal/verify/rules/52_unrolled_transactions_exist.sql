-- Rule: what is to be rolled up is in the ledger
-- Group: whole
-- Reason: The table ledger_unrolled lists the transactions that the roll-up adds to dashboards
--     next. One that does not exist stops the roll-up or is skipped for ever.
-- Action: Transactions cannot be deleted: check for a partition of ledger_transactions that was
--     detached, and attach it. Otherwise delete the row of ledger_unrolled.

SELECT 'ledger transaction ' || u.transaction_id || ' is to be rolled up, and there is none'
FROM ledger_unrolled u
LEFT JOIN ledger_transactions t ON t.id = u.transaction_id
WHERE t.id IS NULL OR t.source_type NOT IN ('PAYMENT', 'REFUND', 'CONFIRMATION')
