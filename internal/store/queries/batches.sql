-- name: CreateBatch :one
-- Returns the batch that the same request began before, and then writes nothing.
INSERT INTO batches (action, query, reason, per_second, admin_id, request) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (request) DO NOTHING RETURNING id;

-- name: BatchOfRequest :one
SELECT id FROM batches WHERE request = $1;

-- name: GetBatch :one
SELECT * FROM batches WHERE id = $1;

-- name: CountBatchRuns :one
SELECT count(*) AS runs, count(*) FILTER (WHERE outcome = 'DONE') AS done,
       count(*) FILTER (WHERE outcome = 'SKIPPED') AS skipped,
       count(*) FILTER (WHERE outcome = 'FAILED') AS failed
FROM batch_runs WHERE batch_id = $1;

-- name: AddBatchRuns :exec
INSERT INTO batch_runs (batch_id, workflow_id, run_id, type)
SELECT @batch_id, unnest(@workflow_ids::text[]), unnest(@run_ids::text[]), unnest(@types::text[])
ON CONFLICT DO NOTHING;

-- name: BatchListed :exec
UPDATE batches SET listed = true, updated_at = now() WHERE id = $1 AND NOT listed;

-- name: OpenBatchRuns :many
SELECT * FROM batch_runs WHERE batch_id = $1 AND outcome IS NULL ORDER BY workflow_id, run_id LIMIT $2;

-- name: EndBatchRun :exec
UPDATE batch_runs SET outcome = @outcome, problem = @problem, ended_at = now()
WHERE batch_id = @batch_id AND workflow_id = @workflow_id AND run_id = @run_id AND outcome IS NULL;

-- name: EndBatch :exec
UPDATE batches SET status = $2, updated_at = now() WHERE id = $1 AND status = 'RUNNING';

-- name: ListBatchRuns :many
-- Lists failed runs first, then skipped ones.
SELECT * FROM batch_runs WHERE batch_id = $1
ORDER BY CASE outcome WHEN 'FAILED' THEN 0 WHEN 'SKIPPED' THEN 1 WHEN 'DONE' THEN 3 ELSE 2 END, workflow_id, run_id
LIMIT $2;
