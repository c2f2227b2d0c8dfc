-- Rule: the audit log has the state that a settlement and a payout are in
-- Group: whole
-- Reason: The audit log has every change of status. A row that differs from its latest entry was
--     changed with triggers disabled.
-- Action: Pause the schedule day-close. Find out who changed it: only a superuser or the owner
--     can disable triggers. Use Ask the bank for a payout (PUT
--     /admin/payouts/{payoutId}/inquire), then FINANCE has the true state restored.

SELECT lower(x.subject) || ' ' || x.subject_id || ' is logged as ' || x.logged || ' and is '
    || coalesce(m.status, 'gone')
FROM (
    SELECT DISTINCT ON (subject, subject_id) subject, subject_id, after ->> 'status' AS logged
    FROM audit_log
    WHERE subject IN ('SETTLEMENT', 'PAYOUT') AND after ? 'status'
    ORDER BY subject, subject_id, id DESC
) x
LEFT JOIN (
    SELECT 'SETTLEMENT' AS subject, id, status FROM settlements UNION ALL SELECT 'PAYOUT', id, status FROM payouts
) m
    ON m.subject = x.subject AND m.id = x.subject_id
WHERE m.status IS DISTINCT FROM x.logged
