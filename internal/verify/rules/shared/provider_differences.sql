-- The amounts that a provider has reported for a payment and that are not booked; negative for those
-- that are booked but not reported. At is the time of the latest movement.

WITH refunded AS (
    SELECT payment_id, sum(amount) FILTER (WHERE status = 'SUCCESS' AND NOT by_hand) AS amount,
        max(processed_at) AS at
    FROM refunds
    GROUP BY payment_id
), disputed AS (
    SELECT payment_id, sum(amount) AS amount, max(created_at) AS at FROM disputes GROUP BY payment_id
), moved AS (
    SELECT provider, merchant_uid, currency, amount, happened_at AS at FROM provider_events
    UNION ALL SELECT p.provider, p.merchant_uid, 'KRW',
        coalesce(r.amount, 0) + coalesce(d.amount, 0)
        - CASE WHEN p.imp_uid IS NOT NULL THEN p.amount ELSE coalesce(a.amount, 0) END,
        greatest(p.resolved_at, r.at, d.at)
    FROM payments p
    LEFT JOIN payment_attempts a ON a.payment_id = p.id AND a.imp_uid IS NOT NULL
    LEFT JOIN refunded r ON r.payment_id = p.id
    LEFT JOIN disputed d ON d.payment_id = p.id
    WHERE p.provider NOT IN ('MOCK', 'NONE')
), difference AS (
    SELECT provider, merchant_uid, currency, sum(amount) AS amount, max(at) AS at
    FROM moved
    GROUP BY provider, merchant_uid, currency
    HAVING sum(amount) <> 0
)
