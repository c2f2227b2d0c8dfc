-- name: AddFollowUp :exec
INSERT INTO follow_ups (kind, subject_id) VALUES ($1, $2);

-- name: ClaimFollowUps :many
-- Claims the oldest follow-ups that are unclaimed, or whose claim has expired, the bulk ones last.
WITH due AS (
    SELECT f.id FROM follow_ups f WHERE f.claimed_until IS NULL OR f.claimed_until < now()
    ORDER BY f.bulk, f.claimed_until NULLS FIRST, f.id LIMIT @most FOR UPDATE SKIP LOCKED
)
UPDATE follow_ups SET claimed_until = now() + make_interval(secs => @lease_seconds) FROM due
WHERE follow_ups.id = due.id
RETURNING follow_ups.*;

-- name: DeleteFollowUps :exec
DELETE FROM follow_ups WHERE id = ANY (@ids::bigint[]);
