-- Rule: a decision about a dispute is about what refunds had left of it, and one that needs two
--     people was approved, as it was proposed
-- Group: whole
-- Reason: Accepting a dispute writes money off, winning one books money in. Where the policy
--     asks for two people, the second one approved exactly that amount.
-- Action: Compare dispute and proposal in the console (Disputes, Proposals) and in the audit
--     log. An OWNER decides; FINANCE corrects a wrong amount with an adjustment.

SELECT 'dispute ' || d.id || ' was decided about ' || d.decided_amount || ' on ' || d.decided_on
FROM disputes d
LEFT JOIN LATERAL (
    SELECT sum(r.amount) AS amount
    FROM refunds r
    WHERE r.dispute_id = d.id
        AND NOT EXISTS (SELECT FROM refund_decisions x WHERE x.refund_id = r.id AND x.decision_id = 'dispute')
) before
    ON true
WHERE d.decided_amount <> d.amount - coalesce(before.amount, 0)
    OR d.decided_on <> (d.resolved_at AT TIME ZONE 'Asia/Seoul')::date
UNION ALL SELECT 'dispute ' || d.id || ' of ' || d.amount || ' was decided by no approved proposal'
FROM disputes d
WHERE d.proposal_id IS NOT NULL
    AND NOT EXISTS (
        SELECT
        FROM proposals p
        WHERE p.id = d.proposal_id
            AND p.kind = 'DISPUTE'
            AND p.status = 'APPROVED'
            AND p.subject_id = d.id
            AND p.proposer_id = d.admin_id
            AND p.decided_by = d.approved_by
            AND p.change ->> 'decision' = CASE d.status WHEN 'WON' THEN 'WIN' ELSE 'ACCEPT' END
            AND (p.change ->> 'amount')::numeric = d.decided_amount
            AND p.change ->> 'reference' IS NOT DISTINCT FROM d.recredit_reference
    )
UNION ALL SELECT 'proposal ' || p.id || ' is approved, and no dispute was decided by it'
FROM proposals p
WHERE p.kind = 'DISPUTE' AND p.status = 'APPROVED' AND NOT EXISTS (SELECT FROM disputes d WHERE d.proposal_id = p.id)
