-- Rule: what the bank has paid instead of a payout that was abandoned is charged to the seller
-- Group: whole
-- Reason: When a payout is abandoned after the bank paid another amount, the seller keeps that
--     amount. It is deducted by one adjustment, or the seller is paid twice.
-- Action: Open the payout in the console (Payouts) and compare it with the bank's record.
--     Restore abandoned_at or the attempt's outcome if one of them was changed. If the
--     adjustment itself is missing, the amount still is in SUSPENSE, and FINANCE decides who is
--     charged.

SELECT 'payout ' || p.id || ': the bank has paid ' || a.bank_amount || ', and charged is '
    || coalesce(j.amount::text, 'nothing')
FROM payout_attempts a
JOIN payouts p ON p.id = a.payout_id
LEFT JOIN adjustments j ON j.payout_attempt_id = a.id
WHERE a.outcome = 'MISPAID' AND a.bank_amount > 0 AND (p.abandoned_at IS NOT NULL) <> (j.id IS NOT NULL)
UNION ALL SELECT 'adjustment ' || j.id || ' of ' || j.amount || ' is of no payout that was mispaid and abandoned'
FROM adjustments j
WHERE j.kind = 'MISPAID_PAYOUT'
    AND NOT EXISTS (
        SELECT
        FROM payout_attempts a
        JOIN payouts p ON p.id = a.payout_id
        WHERE a.id = j.payout_attempt_id
            AND a.outcome IN ('MISPAID', 'RETURNED')
            AND a.bank_amount = j.amount
            AND p.seller_id = j.seller_id
            AND p.abandoned_at IS NOT NULL
            AND j.debit_account = 'SELLER_PAYABLE'
            AND j.credit_account = 'SUSPENSE'
    )
