-- name: NoteAction :exec
INSERT INTO audit_log (actor, actor_id, address, action, subject, subject_id, after, request_id, workflow_id)
VALUES (@actor, sqlc.narg('actor_id'), sqlc.narg('address'), @action, sqlc.narg('subject'), sqlc.narg('subject_id'),
    sqlc.narg('after'), sqlc.narg('request_id'), sqlc.narg('workflow_id'));

-- name: AuditUnchained :one
-- Reports whether entries of the audit log have no place in the chain yet.
SELECT EXISTS (SELECT FROM audit_unchained);

-- name: ExtendAuditChain :one
SELECT extend_audit_chain(@most);

-- name: AuditHead :one
SELECT coalesce(max(c.position), 0)::bigint AS position, coalesce(max(encode(c.hash, 'hex')), '')::text AS hash
FROM (SELECT position, hash FROM audit_chain ORDER BY position DESC LIMIT 1) c;
