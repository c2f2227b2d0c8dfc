-- Rule: a settlement is the sum of its lines and of what was carried to it, of a half month
-- Group: whole
-- Reason: A settlement's amount is paid to the seller, and its lines and carried amounts are
--     what the seller's statement shows for it.
-- Action: Pause the schedule day-close. Open GET /admin/settlements/{settlementId}/statement.
--     FINANCE decides: restore the changed value while the payout is PENDING, else post an
--     adjustment for the difference.

SELECT 'settlement ' || s.id || ' of ' || s.period_start || ' to ' || s.period_end
FROM settlements s
LEFT JOIN (
    SELECT settlement_id, sum(payable) AS payable, sum(fee) AS fee, max(stat_date) AS last
    FROM settlement_lines
    GROUP BY settlement_id
) x
    ON x.settlement_id = s.id
WHERE (s.payable, s.fee) IS DISTINCT FROM (coalesce(x.payable, 0), coalesce(x.fee, 0))
    OR x.last > s.period_end
    OR s.carried_in <> (SELECT coalesce(sum(c.carried_over), 0) FROM settlements c WHERE c.carried_to = s.id)
    OR s.completed_at IS NULL
    OR EXISTS (SELECT FROM settlements c WHERE c.id = s.carried_to AND (c.seller_id <> s.seller_id OR c.id <= s.id))
    OR (s.carried_to IS NOT NULL AND s.carried_over = 0)
    OR CASE
        WHEN extract(day FROM s.period_end) = 15 THEN s.type <> 'MID'
            OR s.period_start <> date_trunc('month', s.period_end)::date
        ELSE s.type <> 'END'
            OR s.period_start <> (date_trunc('month', s.period_end) + interval '15 days')::date
            OR s.period_end <> (date_trunc('month', s.period_end) + interval '1 month - 1 day')::date
    END
