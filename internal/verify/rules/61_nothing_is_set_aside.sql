-- Rule: nothing is set aside
-- Group: whole
-- Reason: A row that a batch could not process is skipped, so that the others continue: an
--     unpaid order still holds stock, or a seller's amount is missing.
-- Action: Fix the cause that the finding names, then delete the row from set_aside: the next
--     batch takes it. EXPIRY is an order, ROLL_UP a ledger transaction, SETTLEMENT a seller,
--     PAYOUT a settlement.

SELECT kind || ' of ' || subject_id || ' was set aside: ' || problem FROM set_aside
