-- Rule: the marketplace's endpoints have a message of each event, as long as messages are kept
-- Group: chain
-- With: webhook_events
-- Reason: The marketplace's own systems rely on a message of each event. A missing one is an
--     order or payout that they never book.
-- Action: Compare the endpoint's messages in the console (Webhooks) with the audit log entry
--     that the finding names, and hand the event over by other means. Report it as a defect: no
--     command creates a message later.

SELECT 'endpoint ' || e.id || ' has no webhook message of entry ' || a.id || ', ' || a.action
FROM webhook_endpoints e
JOIN webhook_event w ON w.event = ANY (e.events)
JOIN audit_log a
    ON a.at > greatest(e.updated_at + interval '1 minute', now() - interval '29 days') AND a.action = w.action
JOIN audit_chain c ON c.entry_id = a.id
WHERE e.seller_id IS NULL
    AND e.deleted_at IS NULL
    AND c.position <= (SELECT told_up_to FROM webhook_progress)
    -- a reversal has no lines
    AND (a.action <> 'REFUND_SUCCESS' OR EXISTS (SELECT FROM refund_items i WHERE i.refund_id = a.subject_id))
    -- a parcel whose lines were moved to another is gone
    AND (a.subject <> 'PARCEL' OR EXISTS (SELECT FROM parcels p WHERE p.id = a.subject_id))
    AND NOT EXISTS (SELECT FROM webhook_messages m WHERE m.endpoint_id = e.id AND m.entry_id = a.id)
