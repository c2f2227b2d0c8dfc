-- name: WithdrawnSeller :one
SELECT s.id, s.store_name, s.biz_number, s.created_at, s.deleted_at::timestamptz AS withdrawn_at,
       coalesce(w.bank_code, '')::text AS bank_code,
       coalesce(w.bank_account, '')::text AS bank_account, w.bank_account_sealed, w.changed_at,
       EXISTS (SELECT FROM proposals p WHERE p.kind = 'WITHDRAWN_ACCOUNT' AND p.subject_id = s.id
           AND p.status = 'PENDING') AS account_pending
FROM sellers s LEFT JOIN withdrawn_payout_accounts w ON w.seller_id = s.id WHERE s.id = $1 AND s.deleted_at IS NOT NULL;

-- name: SetWithdrawnAccount :exec
INSERT INTO withdrawn_payout_accounts AS w (seller_id, bank_code, bank_account, bank_account_sealed, admin_id,
    approved_by, proposal_id, changed_at)
VALUES (@seller_id, @bank_code, @bank_account, @bank_account_sealed, @admin_id, @approved_by, @proposal_id, @changed_at)
ON CONFLICT (seller_id) DO UPDATE SET bank_code = excluded.bank_code, bank_account = excluded.bank_account,
    bank_account_sealed = excluded.bank_account_sealed,
    admin_id = excluded.admin_id, approved_by = excluded.approved_by, proposal_id = excluded.proposal_id,
    changed_at = excluded.changed_at;

-- name: ErasePaidAccounts :exec
-- Erases the account numbers of a withdrawn seller without a balance, once all payouts have ended.
WITH done AS (
    SELECT p.seller_id FROM payouts p JOIN sellers s ON s.id = p.seller_id
    WHERE p.id = @payout_id AND s.deleted_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM payouts o WHERE o.seller_id = p.seller_id
          AND (o.status IN ('PENDING', 'PROCESSING') OR (o.status = 'FAILED' AND o.abandoned_at IS NULL)
              OR (o.status = 'SUCCESS' AND o.final_at IS NULL)))
      AND (SELECT coalesce(-sum(e.amount), 0) FROM ledger_entries e
          WHERE e.seller_id = p.seller_id AND e.account IN ('SELLER_PAYABLE', 'SELLER_PENDING')) <= 0
), attempts AS (
    UPDATE payout_attempts a SET bank_account = '', bank_account_sealed = NULL FROM payouts o
        JOIN done ON done.seller_id = o.seller_id WHERE a.payout_id = o.id AND a.bank_account <> ''
), accounts AS (
    DELETE FROM withdrawn_payout_accounts w USING done WHERE w.seller_id = done.seller_id
)
UPDATE proposals SET change = '{}', before = NULL FROM done WHERE kind = 'WITHDRAWN_ACCOUNT'
    AND subject_id = done.seller_id AND status <> 'PENDING';

-- name: WithdrawnAccountsToSeal :many
-- Returns the next page of account numbers.
SELECT id, seller_id, bank_account, bank_account_sealed FROM withdrawn_payout_accounts
WHERE id > @after ORDER BY id LIMIT @chunk FOR NO KEY UPDATE;

-- name: SealWithdrawnAccounts :exec
UPDATE withdrawn_payout_accounts SET bank_account = n.shown, bank_account_sealed = n.sealed
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@shown::text[]) AS shown, unnest(@sealed::bytea[]) AS sealed) AS n
WHERE withdrawn_payout_accounts.id = n.id;
