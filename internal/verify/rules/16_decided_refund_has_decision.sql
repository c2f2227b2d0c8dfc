-- Rule: a refund that was decided has a decision that took effect
-- Group: orders
-- Reason: Money goes back only on a decision. A refund that left PENDING without one was moved
--     past the approval.
-- Action: Look up the refund's changes in the audit log (GET /admin/audit?subject=REFUND). With
--     the actor SYSTEM and a database_user, the row was changed by hand. An OWNER decides
--     whether the refund stands; if it is not paid back yet, it gets a decision or returns to
--     PENDING.

SELECT 'refund ' || r.id || ' is ' || r.status || ' and has ' || count(d.*) FILTER (WHERE d.approve)
    || ' approvals and ' || count(d.*) FILTER (WHERE NOT d.approve) || ' denials that took effect'
FROM refunds r
LEFT JOIN refund_decisions d ON d.refund_id = r.id AND d.applied
GROUP BY r.id
HAVING CASE
    WHEN r.status = 'DENIED' THEN count(d.*) FILTER (WHERE NOT d.approve) <> 1
    WHEN is_reversal(r.reason) THEN count(d.*) FILTER (WHERE NOT d.approve) > 0
    WHEN r.status IN ('PROCESSING', 'SUCCESS', 'FAILED') THEN count(d.*) FILTER (WHERE d.approve) = 0
        OR count(d.*) FILTER (WHERE NOT d.approve) > 0
    ELSE count(d.*) FILTER (WHERE NOT d.approve) > 0
END
