-- name: GetSessionEnd :one
SELECT * FROM session_ends WHERE role = $1 AND account_id = $2;

-- name: EndSessions :one
-- Ends the sessions of an account that were opened until a time. The time never moves back.
INSERT INTO session_ends AS e (role, account_id, ended_at) VALUES (@role, @account_id, @until::timestamptz)
ON CONFLICT (role, account_id) DO UPDATE SET version = e.version + 1, ended_at = greatest(e.ended_at, excluded.ended_at)
RETURNING *;

-- name: EndOtherSessions :one
-- Ends the sessions of an account except one family. If another family was kept before, this one had ended with the
-- others of that time and stays ended.
INSERT INTO session_ends AS e (role, account_id, others_ended_at, kept_family)
VALUES (@role, @account_id, @until::timestamptz, @kept_family::text)
ON CONFLICT (role, account_id) DO UPDATE SET version = e.version + 1,
    ended_at = CASE WHEN e.kept_family <> excluded.kept_family THEN greatest(e.ended_at, e.others_ended_at)
        ELSE e.ended_at END,
    others_ended_at = greatest(e.others_ended_at, excluded.others_ended_at), kept_family = excluded.kept_family
RETURNING *;
