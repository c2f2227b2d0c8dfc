-- Rule: a refund policy under four eyes was approved
-- Group: whole
-- Reason: With fourEyes a refund policy takes effect only when a second person has approved
--     exactly that one.
-- Action: Compare the policy with the approved proposal (console Settings, Proposals). An OWNER
--     sets the previous policy again, which also needs approval, and reviews refunds that were
--     approved by rule meanwhile.

SELECT 'refund policy ' || p.id || ' needs an approved proposal, and has none'
FROM (SELECT *, lag(four_eyes) OVER (ORDER BY id) AS guarded FROM refund_policies) p
WHERE (p.guarded OR p.proposal_id IS NOT NULL)
    AND NOT EXISTS (
        SELECT FROM proposals x WHERE x.id = p.proposal_id AND x.kind = 'REFUND_POLICY' AND x.status = 'APPROVED'
    )
UNION ALL SELECT 'proposal ' || x.id || ' is approved, and no refund policy is of it'
FROM proposals x
WHERE x.kind = 'REFUND_POLICY'
    AND x.status = 'APPROVED'
    AND NOT EXISTS (SELECT FROM refund_policies p WHERE p.proposal_id = x.id)
