-- Rule: a payment is what became of its charge
-- Group: orders
-- Reason: A payment is SUCCESS only with a charge, FAILED only without one, and belongs to an
--     order. Refunds and the ledger depend on it.
-- Action: Read GET /admin/payments/{paymentId} and the provider's record of the merchant uid,
--     which decides. Restore the changed column from the audit log. If the charge is missing
--     here, GET /admin/reconciliation shows a break.

SELECT 'payment ' || p.id || ' is ' || p.status || ' with failure ' || coalesce(p.failure_code, 'none')
    || ', its order is ' || coalesce(o.status, 'gone')
FROM payments p
LEFT JOIN orders o ON o.id = p.order_id
WHERE p.status
    <> CASE
        WHEN p.imp_uid IS NOT NULL THEN CASE WHEN o.status = 'REFUNDED' THEN 'REFUNDED' ELSE 'SUCCESS' END
        WHEN p.failure_code IS NULL THEN 'PENDING'
        WHEN EXISTS (SELECT FROM refunds r WHERE r.payment_id = p.id AND r.status = 'SUCCESS') THEN 'REFUNDED'
        ELSE 'FAILED'
    END
    OR (p.imp_uid IS NOT NULL AND (p.failure_code IS NOT NULL OR p.paid_at IS NULL))
    OR (p.imp_uid IS NULL AND p.paid_at IS NOT NULL)
    OR (p.status = 'PENDING' AND o.status <> 'CREATED')
    OR o.id IS NULL
    OR NOT starts_with(
        p.merchant_uid,
        CASE p.provider WHEN 'PORTONE' THEN 'P' || p.order_id || 'X' ELSE 'payment_' || p.order_id || '_' END
    )
