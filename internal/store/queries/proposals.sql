-- name: LockFourEyes :exec
-- Serialises proposals with changes of the policy on two-person approval.
SELECT pg_advisory_xact_lock(hashtext('market four eyes'));

-- name: WithdrawProposals :exec
-- Withdraws the pending proposal of the same person about the same subject.
UPDATE proposals SET status = 'WITHDRAWN', ended_at = @now::timestamptz, bank_account = NULL
WHERE kind = @kind AND coalesce(subject_id, 0) = @subject_id::bigint AND status = 'PENDING' AND proposer = @proposer
  AND proposer_id = @proposer_id AND kind NOT IN ('STAFF_ACCOUNT', 'ADJUSTMENT');

-- name: WithdrawProposalsOf :exec
-- Withdraws the pending proposals of a closed or disabled account.
UPDATE proposals SET status = 'WITHDRAWN', ended_at = @now::timestamptz, bank_account = NULL
WHERE status = 'PENDING' AND proposer = @proposer AND proposer_id = @proposer_id;

-- name: WithdrawForbiddenProposals :exec
-- Withdraws an admin's pending proposals of kinds that the admin may no longer make.
UPDATE proposals SET status = 'WITHDRAWN', ended_at = @now::timestamptz, bank_account = NULL
WHERE status = 'PENDING' AND proposer = 'ADMIN' AND proposer_id = @admin_id AND kind = ANY(@kinds::text[]);

-- name: EraseProposalsOf :exec
-- Erases the ends of account numbers and staff's reasons when a seller withdraws.
UPDATE proposals SET change = '{}', before = NULL, reason = NULL WHERE proposer = 'SELLER' AND proposer_id = $1;

-- name: WithdrawProposal :one
UPDATE proposals SET status = 'WITHDRAWN', ended_at = @now::timestamptz, bank_account = NULL
WHERE id = @id AND status = 'PENDING' AND proposer = @proposer AND proposer_id = @proposer_id RETURNING id;

-- name: AddProposal :one
INSERT INTO proposals (kind, subject_id, before, change, bank_account, proposer, proposer_id, created_at, expires_at)
VALUES (@kind, @subject_id, @before, @change, @bank_account, @proposer, @proposer_id, @now, @expires_at) RETURNING id;

-- name: SubjectOfProposal :one
-- Returns the order of the proposal's dispute, or the discrepancy of its adjustment; 0 for none.
SELECT d.order_id, coalesce((p.change ->> 'breakId')::bigint, 0)::bigint AS break_id
FROM proposals p LEFT JOIN disputes d ON p.kind = 'DISPUTE' AND d.id = p.subject_id WHERE p.id = $1;

-- name: LockProposal :one
SELECT * FROM proposals WHERE id = $1 FOR UPDATE;

-- name: EndProposal :exec
UPDATE proposals SET status = @status, decided_by = @decided_by, reason = @reason, ended_at = @now, bank_account = NULL
WHERE id = @id;

-- name: ListExpiredProposals :many
SELECT id FROM proposals WHERE status = 'PENDING' AND expires_at <= @now::timestamptz ORDER BY id;

-- name: ExpireProposal :one
UPDATE proposals SET status = 'EXPIRED', ended_at = @now::timestamptz, bank_account = NULL
WHERE id = @id AND status = 'PENDING'
RETURNING kind, subject_id;

-- name: LastPayoutAccount :one
-- Returns the last bank account that a seller proposed.
SELECT status, reason, coalesce(change ->> 'bankCode', '')::text AS bank_code,
       coalesce(change ->> 'bankAccountEnd', '')::text AS bank_account_end, ended_at
FROM proposals
WHERE kind = 'PAYOUT_ACCOUNT' AND subject_id = $1 ORDER BY id DESC LIMIT 1;

-- name: StaffTasks :one
-- Counts what waits for staff. Of proposals these are the pending ones of other admins of some kinds.
SELECT (SELECT count(*) FROM refunds WHERE status IN ('PENDING', 'FAILED'))::bigint AS refunds,
       (SELECT count(*) FROM sellers WHERE status = 'PENDING' AND deleted_at IS NULL)::bigint AS sellers,
       (SELECT count(*) FROM payouts WHERE status = 'FAILED' AND abandoned_at IS NULL)::bigint AS payouts,
       (SELECT count(*) FROM reconciliation_breaks WHERE status = 'OPEN')::bigint AS breaks,
       (SELECT count(*) FROM proposals
        WHERE status = 'PENDING' AND expires_at > @now::timestamptz AND kind = ANY(@kinds::text[])
          AND (proposer <> 'ADMIN' OR proposer_id <> @admin_id::bigint))::bigint AS proposals;

-- name: CountOwners :one
-- Counts the owners who can log in.
SELECT count(*) FROM admins WHERE role = 'OWNER' AND disabled_at IS NULL AND deleted_at IS NULL AND password <> '';

-- name: ProposalsToSeal :many
-- Returns the next page of account numbers in proposals.
SELECT id, subject_id::bigint AS seller_id, bank_account FROM proposals
WHERE id > @after AND bank_account IS NOT NULL
ORDER BY id LIMIT @chunk FOR NO KEY UPDATE;

-- name: SealProposals :exec
UPDATE proposals SET bank_account = n.sealed
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@sealed::bytea[]) AS sealed) AS n WHERE proposals.id = n.id;
