-- Rule: a decision on a payout that took effect is what the payout and its attempts say
-- Group: whole
-- Reason: Paying again or carrying over moves a payout's amount a second time, and is done once,
--     by the person who decided it.
-- Action: Compare the payout's attempts and decisions in the console (Payouts) and its run
--     payout/<settlement> in Temporal. FINANCE asks the bank (Ask the bank) before another
--     decision.

SELECT 'payout ' || d.payout_id || ' has a decision to ' || d.signal || ' by ' || w.sender || ', and was decided by '
    || coalesce(CASE d.signal WHEN 'abandon' THEN p.abandoned_by ELSE a.asked_by END, 'none')
FROM payout_decisions d
CROSS JOIN LATERAL (
    SELECT left(
        CASE WHEN d.admin_id IS NULL THEN d.sent_by ELSE 'admin ' || d.admin_id || coalesce(': ' || d.reason, '') END,
        255
    ) AS sender
) w
LEFT JOIN payouts p ON p.id = d.payout_id
LEFT JOIN payout_attempts a ON a.payout_id = d.payout_id AND a.attempt = d.attempt
WHERE p.id IS NULL
    OR (
        d.applied
        AND CASE d.signal
            WHEN 'abandon' THEN p.abandoned_by
            WHEN 'retry' THEN a.asked_by
            WHEN 'inquire' THEN CASE WHEN a.id IS NOT NULL THEN w.sender END
        END IS DISTINCT FROM w.sender
    )
UNION ALL SELECT 'payout ' || d.payout_id || ' has ' || count(*) || ' decisions to ' || d.signal
    || ' that took effect at once'
FROM payout_decisions d
WHERE d.applied AND d.signal IN ('retry', 'abandon')
GROUP BY d.payout_id, d.signal, d.attempt
HAVING count(*) > 1
