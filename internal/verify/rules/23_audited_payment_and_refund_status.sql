-- Rule: the audit log has the state that a payment and a refund are in
-- Group: orders
-- Reason: The audit log has every change of status. A row that differs from its latest entry was
--     changed with triggers disabled.
-- Action: Find out who changed it: only a superuser or the owner can disable triggers. Set the
--     row to the state in the audit log if the ledger agrees with it; else FINANCE decides with
--     the provider's record.

SELECT lower(x.subject) || ' ' || x.subject_id || ' is logged as ' || x.logged || ' and is '
    || coalesce(m.status, 'gone')
FROM (
    SELECT DISTINCT ON (subject, subject_id) subject, subject_id, after ->> 'status' AS logged
    FROM audit_log
    WHERE subject IN ('PAYMENT', 'REFUND') AND after ? 'status'
    ORDER BY subject, subject_id, id DESC
) x
LEFT JOIN (SELECT 'PAYMENT' AS subject, id, status FROM payments UNION ALL SELECT 'REFUND', id, status FROM refunds) m
    ON m.subject = x.subject AND m.id = x.subject_id
WHERE m.status IS DISTINCT FROM x.logged
