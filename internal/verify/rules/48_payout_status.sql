-- Rule: a payout is its settlement's, and where its last attempt is
-- Group: whole
-- Reason: A payout's status follows from what the bank answered to its last attempt. A wrong one
--     pays twice or not at all.
-- Action: Pause the schedule day-close and do not decide the payout. Use Ask the bank (PUT
--     /admin/payouts/{payoutId}/inquire) and restore the status that its answer gives. FINANCE
--     decides whether to pay again.

SELECT 'settlement ' || coalesce(s.id, p.settlement_id) || ' of ' || coalesce(s.amount::text, 'nothing') || ' is '
    || coalesce(s.status, 'gone') || ', its payout of ' || coalesce(p.amount::text, 'nothing') || ' is '
    || coalesce(p.status, 'none')
FROM settlements s
FULL JOIN payouts p ON p.settlement_id = s.id
LEFT JOIN LATERAL (
    SELECT count(*) AS n, max(a.attempt) AS attempt, (array_agg(a.outcome ORDER BY a.attempt DESC))[1] AS outcome,
        bool_and(a.payout_key = p.payout_key || '-' || a.attempt) AS keyed,
        bool_or(a.outcome IS NULL OR a.outcome IN ('SUCCESS', 'MISPAID')) FILTER (
            WHERE a.attempt < (SELECT max(b.attempt) FROM payout_attempts b WHERE b.payout_id = p.id)
        ) AS earlier_paid
    FROM payout_attempts a
    WHERE a.payout_id = p.id
) a
    ON true
WHERE s.id IS NULL
    OR s.status
        <> CASE p.status
            WHEN 'PENDING' THEN 'PAYOUT_READY'
            WHEN 'PROCESSING' THEN 'PAYOUT_READY'
            WHEN 'SUCCESS' THEN 'PAYOUT_DONE'
            WHEN 'FAILED' THEN 'FAILED'
            ELSE 'COMPLETED'
        END
    OR (
        p.id IS NOT NULL
        AND (
            (p.amount, p.fee, p.seller_id) IS DISTINCT FROM (s.amount, s.fee, s.seller_id)
            OR p.payout_key
                -- the second form is of older payouts
                NOT IN ('payout-' || s.seller_id || '-' || to_char(s.period_end, 'YYYYMMDD'), 'payout-' || s.id)
            OR (p.abandoned_at IS NOT NULL) <> (s.amount > 0 AND s.carried_over >= s.amount)
            OR (p.status IN ('SUCCESS', 'FAILED') AND p.processed_at IS NULL)
            OR p.status
                <> CASE
                    WHEN a.n = 0 THEN 'PENDING'
                    WHEN a.outcome IS NULL THEN 'PROCESSING'
                    WHEN a.outcome = 'SUCCESS' THEN 'SUCCESS'
                    ELSE 'FAILED'
                END
            OR a.n <> coalesce(a.attempt, 0)
            OR NOT coalesce(a.keyed, true)
            OR coalesce(a.earlier_paid, false)
        )
    )
UNION ALL SELECT 'an attempt is of payout ' || a.payout_id || ', which there is not'
FROM payout_attempts a
WHERE NOT EXISTS (SELECT FROM payouts p WHERE p.id = a.payout_id)
