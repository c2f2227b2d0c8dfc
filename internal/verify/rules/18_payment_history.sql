-- Rule: a history has each state once, with the amount
-- Group: orders
-- Reason: Buyers, support and auditors read the history. A missing, repeated or foreign state
--     shows an order of events that did not occur.
-- Action: The audit log of the payment or refund has its states and times. Add the missing row
--     to transaction_histories, or delete the one that the audit log does not have.

WITH expected AS (
    SELECT 'PAYMENT' AS type, p.id, p.status, 'NONE' AS refund_status, p.amount FROM payments p
    UNION SELECT 'PAYMENT', p.id, 'PENDING', 'NONE', p.amount FROM payments p
    UNION SELECT 'PAYMENT', p.id, 'SUCCESS', 'NONE', p.amount FROM payments p WHERE p.imp_uid IS NOT NULL
    UNION SELECT 'PAYMENT', p.id, 'FAILED', 'NONE', p.amount FROM payments p WHERE p.failure_code IS NOT NULL
    UNION SELECT 'REFUND', r.id,
        CASE
            WHEN p.imp_uid IS NULL THEN CASE WHEN r.status = 'SUCCESS' THEN 'REFUNDED' ELSE 'FAILED' END
            ELSE 'SUCCESS'
        END, r.status, r.amount
    FROM refunds r
    JOIN payments p ON p.id = r.payment_id
    WHERE r.status <> 'FAILED'
    UNION SELECT 'REFUND', r.id, 'SUCCESS', 'PENDING', r.amount
    FROM refunds r
    JOIN payments p ON p.id = r.payment_id
    WHERE p.imp_uid IS NOT NULL
    UNION SELECT 'REFUND', r.id, CASE WHEN p.imp_uid IS NULL THEN 'FAILED' ELSE 'SUCCESS' END, 'PROCESSING', r.amount
    FROM refunds r
    JOIN payments p ON p.id = r.payment_id
    WHERE r.status = 'SUCCESS' OR p.imp_uid IS NULL
)
SELECT lower(e.type) || ' ' || e.id || ' has no history of ' || e.status || ' ' || e.refund_status || ' with '
    || e.amount
FROM expected e
WHERE NOT EXISTS (
    SELECT
    FROM transaction_histories h
    WHERE h.type = e.type
        AND h.transaction_id = e.id
        AND h.payment_status = e.status
        AND h.refund_status = e.refund_status
        AND h.amount = e.amount
)
UNION ALL SELECT 'the history ' || h.id || ' of ' || lower(h.type) || ' ' || h.transaction_id || ' has '
    || h.payment_status || ' ' || h.refund_status || ' with ' || h.amount
FROM transaction_histories h
WHERE NOT EXISTS (
    SELECT
    FROM expected e
    WHERE e.type = h.type
        AND e.id = h.transaction_id
        AND e.status = h.payment_status
        AND e.refund_status = h.refund_status
        AND e.amount = h.amount
)
    AND NOT EXISTS (
        SELECT
        FROM refunds r
        WHERE h.type = 'REFUND'
            AND r.id = h.transaction_id
            AND r.amount = h.amount
            AND h.refund_status IN ('PROCESSING', 'FAILED')
            AND h.payment_status <> 'PENDING'
            AND (h.payment_status = 'SUCCESS')
                = EXISTS (SELECT FROM payments p WHERE p.id = r.payment_id AND p.imp_uid IS NOT NULL)
    )
