-- Rule: the approvers of a refund are those whose approvals took effect
-- Group: orders
-- Reason: A large refund needs two people. The approvers on the refund are shown as those
--     people, and must have decided.
-- Action: Compare first_approver and second_approver with refund_decisions and the audit log,
--     and restore the true ones. An OWNER decides about a refund that one person approved and
--     that needed two.

SELECT 'refund ' || r.id || ' is approved by admin ' || a.admin || ', of whom there is no such decision'
FROM refunds r
CROSS JOIN LATERAL (VALUES (r.first_approver), (r.second_approver)) AS a (admin)
WHERE a.admin IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM refund_decisions d WHERE d.refund_id = r.id AND d.admin_id = a.admin AND d.approve AND d.applied
    )
