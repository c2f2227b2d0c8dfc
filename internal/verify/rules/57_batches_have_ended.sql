-- Rule: a batch that is done has no run left, and each run is of a batch
-- Group: whole
-- Reason: A batch that is DONE acts no more. Runs left without an outcome were never acted on,
--     although the console shows the batch as complete.
-- Action: Open the batch in the console (Batches) and start another one with the same query for
--     the runs that are left. OWNER has the permission for it.

SELECT 'batch ' || r.batch_id || ' is ' || coalesce(b.status, 'gone') || ', and run ' || r.run_id || ' is left'
FROM batch_runs r
LEFT JOIN batches b ON b.id = r.batch_id
WHERE b.id IS NULL OR (b.status = 'DONE' AND r.outcome IS NULL)
