-- Rule: a refund is its payment's, and its buyer's
-- Group: orders
-- Reason: Only the buyer who paid may be refunded, and the status of a refund has its time,
--     reason or failure.
-- Action: Restore the changed column of the refund from the audit log (subject REFUND). If it
--     names another buyer or payment, SUPPORT denies it while it is PENDING.

SELECT 'refund ' || r.id || ' is of buyer ' || r.buyer_id || ' and payment ' || r.payment_id
FROM refunds r
LEFT JOIN payments p ON p.id = r.payment_id
LEFT JOIN orders o ON o.id = p.order_id
WHERE r.buyer_id IS DISTINCT FROM o.buyer_id
    OR is_reversal(r.reason) <> (p.imp_uid IS NULL)
    OR (r.status IN ('SUCCESS', 'DENIED')) <> (r.processed_at IS NOT NULL)
    OR (r.status = 'DENIED') <> (r.denied_reason IS NOT NULL)
    OR (r.status = 'FAILED') <> (r.failure IS NOT NULL)
    OR (r.by_hand AND r.status NOT IN ('PROCESSING', 'SUCCESS'))
UNION ALL SELECT 'a decision is of refund ' || d.refund_id || ', which there is not'
FROM refund_decisions d
WHERE NOT EXISTS (SELECT FROM refunds r WHERE r.id = d.refund_id)
