-- Rule: a charge that no order stands behind is given back, as it was charged
-- Group: orders
-- Reason: The buyer has paid for something that was not sold: another amount, too late, or never
--     confirmed. The whole charge must go back.
-- Action: Open the payment in the console (Orders) and its reversal (Refunds). If there is no
--     reversal although the provider holds the charge, FINANCE refunds it in the provider's
--     console, and reconciliation then compares it.

SELECT 'payment ' || p.id || ': the gateway has charged ' || coalesce(a.amount::text, 'nothing') || ' ('
    || coalesce(a.outcome, 'no answer') || '), and given back is to be ' || coalesce(r.amount::text, 'nothing')
    || ' (' || coalesce(r.reason, '') || ')'
FROM payments p
LEFT JOIN (
    SELECT x.id, x.payment_id, x.outcome, x.imp_uid, x.amount,
        CASE x.outcome
            WHEN 'AMOUNT_MISMATCH' THEN 'PAYMENT_AMOUNT_MISMATCH'
            WHEN 'TOO_LATE' THEN 'ORDER_EXPIRED'
            WHEN 'NOT_CONFIRMED' THEN 'PAYMENT_FAILED'
            WHEN 'SALE_STOPPED' THEN 'SALE_STOPPED'
        END AS reason
    FROM payment_attempts x
) a
    ON a.payment_id = p.id
LEFT JOIN refunds r ON r.payment_id = p.id AND is_reversal(r.reason)
WHERE (a.reason IS NOT NULL AND (a.imp_uid IS NULL OR a.amount IS NULL))
    OR (a.reason IS NULL AND (a.imp_uid IS NOT NULL OR a.amount IS NOT NULL))
    OR CASE WHEN a.amount > 0 THEN a.amount END IS DISTINCT FROM r.amount
    OR (r.id IS NOT NULL AND a.reason IS DISTINCT FROM r.reason)
    OR (p.imp_uid IS NOT NULL AND a.id IS NOT NULL)
    OR (p.imp_uid IS NULL AND (p.resolved_at IS NOT NULL) <> (a.id IS NOT NULL))
    OR (
        p.failure_code <> 'ORDER_EXPIRED'
        AND NOT (
            a.outcome = 'TOO_LATE'
            AND p.failure_code IN ('PAYMENT_METHOD_UNAVAILABLE', 'PAYMENT_NOT_COMPLETED', 'PAYMENT_MISMATCH')
        )
        AND p.failure_code
            IS DISTINCT FROM CASE a.outcome
                WHEN 'AMOUNT_MISMATCH' THEN 'PAYMENT_AMOUNT_MISMATCH'
                WHEN 'NOT_CONFIRMED' THEN 'PAYMENT_FAILED'
                WHEN 'TOO_LATE' THEN 'ORDER_EXPIRED'
                WHEN 'SALE_STOPPED' THEN 'PAYMENT_SALE_STOPPED'
                WHEN 'NOT_PREPARED' THEN 'PAYMENT_METHOD_UNAVAILABLE'
                WHEN 'NOT_OURS' THEN 'PAYMENT_MISMATCH'
                ELSE 'PAYMENT_NOT_COMPLETED'
            END
    )
    OR (
        p.provider = 'PORTONE' AND a.outcome <> 'TOO_LATE' AND (a.outcome = 'NOT_PREPARED') <> (p.prepared_at IS NULL)
    )
    OR (a.outcome IN ('NOT_PREPARED', 'NOT_OURS', 'CANCELLED') AND p.provider <> 'PORTONE')
UNION ALL SELECT 'an attempt is of payment ' || a.payment_id || ', which there is not'
FROM payment_attempts a
WHERE NOT EXISTS (SELECT FROM payments p WHERE p.id = a.payment_id)
