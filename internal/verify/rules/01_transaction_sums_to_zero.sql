-- Rule: a ledger transaction sums to zero
-- Group: orders
-- Reason: In double-entry bookkeeping each transaction moves money between accounts and creates
--     none. A sum that is not zero makes every balance and the trial balance wrong.
-- Action: Find the transaction in GET /admin/ledger and its source row. The ledger is
--     append-only for every role and a trigger checks the sum at commit, so the trigger was
--     bypassed: find out by whom before FINANCE decides on an adjustment.

SELECT 'ledger transaction ' || t.id || ' sums to ' || coalesce(sum(e.amount)::text, 'nothing')
FROM ledger_transactions t
LEFT JOIN ledger_entries e ON e.transaction_id = t.id
GROUP BY t.id
HAVING sum(e.amount) IS DISTINCT FROM 0
