-- Rule: limits of unpaid orders that two people have changed were approved
-- Group: whole
-- Reason: With fourEyes the limits of unpaid orders take effect only when a second person has
--     approved them.
-- Action: Compare the limits with the approved proposal (console Settings, Proposals). An OWNER
--     sets the previous limits again, which also needs approval.

SELECT 'unpaid limits ' || l.id || ' follow from no approved proposal'
FROM unpaid_limits l
WHERE l.proposal_id IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM proposals p WHERE p.id = l.proposal_id AND p.kind = 'UNPAID_LIMITS' AND p.status = 'APPROVED'
    )
UNION ALL SELECT 'proposal ' || p.id || ' is approved, and no unpaid limits are of it'
FROM proposals p
WHERE p.kind = 'UNPAID_LIMITS'
    AND p.status = 'APPROVED'
    AND NOT EXISTS (SELECT FROM unpaid_limits l WHERE l.proposal_id = p.id)
