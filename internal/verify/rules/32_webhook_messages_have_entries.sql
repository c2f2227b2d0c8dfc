-- Rule: webhook messages are those of the audit log
-- Group: chain
-- With: webhook_events
-- Reason: Integrators act on webhooks. A message must report an event that took place, at its
--     time.
-- Action: Pause the endpoint (POST /admin/webhook-endpoints/{endpointId}/pause), correct the
--     message or delete it, and resume. If it was DELIVERED, inform the integrator about the
--     event that did not take place.

SELECT 'webhook message ' || m.id || ' is recorded as of entry ' || m.entry_id || ' and ' || m.event
FROM webhook_messages m
LEFT JOIN audit_log a ON a.id = m.entry_id
LEFT JOIN webhook_event w ON w.action = a.action
WHERE m.event IS DISTINCT FROM w.event OR m.happened_at <> a.at
