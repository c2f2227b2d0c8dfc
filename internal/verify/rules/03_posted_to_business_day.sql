-- Rule: a payment, a refund and an adjustment are posted to their business day
-- Group: orders
-- Reason: A day's dashboard, statistics and settlement take what is posted to it. On another day
--     the money belongs to another settlement, or to a day that is settled already.
-- Action: Compare paid_at, processed_at or the adjustment's day with the audit log (GET
--     /admin/audit), and restore the time that was changed. If the transaction has the wrong day
--     and the day is closed, FINANCE decides whether the next settlement already contains it.

SELECT 'ledger transaction ' || t.id || ' is posted to ' || t.business_day
FROM ledger_transactions t
LEFT JOIN payments p ON t.source_type = 'PAYMENT' AND p.id = t.source_id
LEFT JOIN refunds r ON t.source_type = 'REFUND' AND t.kind <> 'CHARGE_TO_REVERSE' AND r.id = t.source_id
LEFT JOIN adjustments a ON t.source_type = 'ADJUSTMENT' AND a.id = t.source_id
WHERE t.business_day
    <> coalesce(a.business_day, (coalesce(p.paid_at, r.processed_at) AT TIME ZONE 'Asia/Seoul')::date)
