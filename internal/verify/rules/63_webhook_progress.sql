-- Rule: the progress of webhooks is one row, of a place in the audit log's chain
-- Group: whole
-- Reason: Messages are made in the order of the audit chain, up to this place. A place beyond
--     the chain's end skips events.
-- Action: Set webhook_progress.told_up_to to the largest position in audit_chain. Events that
--     have no message are findings of the rule about the marketplace's endpoints.

SELECT 'the progress of webhooks has ' || count(*) || ' rows' FROM webhook_progress HAVING count(*) <> 1
UNION ALL SELECT 'messages are made up to place ' || p.told_up_to || ' of the audit log, which ends before'
FROM webhook_progress p
WHERE p.told_up_to > (SELECT coalesce(max(position), 0) FROM audit_chain)
