-- Rule: the ledger owes a seller what is unsettled, carried over, or settled and not paid
-- Group: whole
-- Reason: What the ledger owes a seller is all that is unsettled, carried over, or settled and
--     unpaid. A difference is paid to the wrong side sooner or later. Sales of days are compared
--     by the rule about dashboards, and are left out on both sides.
-- Action: Pause the schedule day-close. Compare GET /admin/sellers/{sellerId}/balance with the
--     seller's settlements, payouts and adjustments; other findings of the same seller usually
--     name the row. FINANCE decides on an adjustment.

WITH owed AS (
    SELECT e.seller_id, -sum(e.amount) AS amount
    FROM ledger_transactions t
    JOIN ledger_entries e ON e.transaction_id = t.id
    WHERE e.account = 'SELLER_PAYABLE' AND t.source_type IN ('SETTLEMENT', 'PAYOUT', 'ADJUSTMENT', 'DISPUTE')
    GROUP BY e.seller_id
), taken AS (
    SELECT d.seller_id, -sum(d.settled_payable) AS amount FROM seller_daily_statistics d GROUP BY d.seller_id
), adjusted AS (
    SELECT a.seller_id, sum(CASE a.credit_account WHEN 'SELLER_PAYABLE' THEN a.amount ELSE -a.amount END) AS amount
    FROM adjustments a
    WHERE a.settlement_id IS NULL AND 'SELLER_PAYABLE' IN (a.debit_account, a.credit_account)
    GROUP BY a.seller_id
), settled AS (
    SELECT s.seller_id,
        sum(
            CASE WHEN s.carried_to IS NULL THEN s.carried_over ELSE 0 END
            + CASE
                WHEN p.abandoned_at IS NOT NULL THEN 0
                WHEN s.status IN ('COMPLETED', 'FAILED') OR p.status = 'PENDING' THEN s.amount
                ELSE 0
            END
        ) AS amount
    FROM settlements s
    LEFT JOIN payouts p ON p.settlement_id = s.id
    GROUP BY s.seller_id
)
SELECT 'seller ' || seller_id || ' is owed ' || coalesce(owed.amount, 0) || ' beside the sales of its days, and has '
    || coalesce(taken.amount, 0) + coalesce(adjusted.amount, 0) || ' unsettled beside them and '
    || coalesce(settled.amount, 0) || ' settled'
FROM owed
FULL JOIN taken USING (seller_id)
FULL JOIN adjusted USING (seller_id)
FULL JOIN settled USING (seller_id)
WHERE coalesce(owed.amount, 0) <> coalesce(taken.amount, 0) + coalesce(adjusted.amount, 0)
    + coalesce(settled.amount, 0)
