-- Rule: the account of a seller who has left was approved, as it was proposed
-- Group: whole
-- Reason: The account of a seller who has left is entered by staff, and payouts go to it. With
--     fourEyes a second person approved exactly that account.
-- Action: Do not retry payouts of the seller. Compare the account with the approved proposal
--     (console Proposals). FINANCE enters the right one on the seller's page; an OWNER finds out
--     who entered the other.

SELECT 'the account of seller ' || w.seller_id || ' follows from no approved proposal'
FROM withdrawn_payout_accounts w
WHERE w.proposal_id IS NOT NULL
    AND NOT EXISTS (
        SELECT
        FROM proposals p
        WHERE p.id = w.proposal_id
            AND p.kind = 'WITHDRAWN_ACCOUNT'
            AND p.status = 'APPROVED'
            AND p.subject_id = w.seller_id
            AND p.proposer_id = w.admin_id
            AND p.decided_by = w.approved_by
            AND p.change ->> 'bankCode' = w.bank_code
            AND '*' || (p.change ->> 'bankAccountEnd') = w.bank_account
    )
UNION ALL SELECT 'seller ' || s.id || ' has not left, and staff has entered an account for it'
FROM withdrawn_payout_accounts w
JOIN sellers s ON s.id = w.seller_id
WHERE s.deleted_at IS NULL
