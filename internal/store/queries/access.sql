-- name: NoteAccess :one
INSERT INTO access_log (actor, actor_id, address, action, data, data_id, subject, subject_id, row_count, reason,
    request_id)
VALUES (@actor, @actor_id, @address, @action, @data, @data_id, @subject, @subject_id, @row_count, @reason, @request_id)
RETURNING id;

-- name: EndExport :exec
INSERT INTO access_log_exports (entry_id, row_count) VALUES ($1, $2);

-- name: SummarizeAccess :many
-- Staff by account, buyers and sellers each together.
SELECT l.actor, (CASE WHEN l.actor = 'ADMIN' THEN l.actor_id ELSE 0 END)::bigint AS actor_id, l.action,
       count(*) AS entries,
       coalesce(sum(coalesce(e.row_count, l.row_count)), 0)::bigint AS row_count
FROM access_log l LEFT JOIN access_log_exports e ON e.entry_id = l.id
WHERE l.at >= @since AND l.at < @until
GROUP BY l.actor, 2, l.action ORDER BY l.actor, 2, l.action;
