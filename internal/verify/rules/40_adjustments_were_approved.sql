-- Rule: an adjustment that needs two people was approved, as it was proposed
-- Group: whole
-- Reason: Adjustments move money on a person's word. Where the policy asks for two people, the
--     second one approved exactly what was posted.
-- Action: Compare adjustment and proposal in the console (Adjustments, Proposals) and in the
--     audit log. An OWNER decides; FINANCE reverses an adjustment without approval by another
--     one.

SELECT 'adjustment ' || a.id || ' of ' || a.amount || ' follows from no approved proposal'
FROM adjustments a
WHERE a.proposal_id IS NOT NULL
    AND NOT EXISTS (
        SELECT
        FROM proposals p
        WHERE p.id = a.proposal_id
            AND p.kind = 'ADJUSTMENT'
            AND p.status = 'APPROVED'
            AND p.proposer_id = a.admin_id
            AND p.decided_by = a.approved_by
            AND p.change ->> 'kind' = a.kind
            AND p.change ->> 'debitAccount' = a.debit_account
            AND p.change ->> 'creditAccount' = a.credit_account
            AND (p.change ->> 'amount')::numeric = a.amount
            AND (p.change ->> 'sellerId')::bigint IS NOT DISTINCT FROM a.seller_id
            AND (p.change ->> 'breakId')::bigint IS NOT DISTINCT FROM a.break_id
            AND p.change ->> 'key' IS NOT DISTINCT FROM a.request_key
    )
UNION ALL SELECT 'proposal ' || p.id || ' is approved, and no adjustment follows from it'
FROM proposals p
WHERE p.kind = 'ADJUSTMENT'
    AND p.status = 'APPROVED'
    AND NOT EXISTS (SELECT FROM adjustments a WHERE a.proposal_id = p.id)
