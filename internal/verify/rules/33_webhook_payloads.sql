-- Rule: a webhook message has the ids and the amount of what it reports
-- Group: chain
-- With: webhook_events
-- Reason: Integrators book the ids and amounts that a message has, for their own orders only.
-- Action: Pause the endpoint (POST /admin/webhook-endpoints/{endpointId}/pause), correct the
--     payload, resume it, and replay the message if it was delivered (Replay in the console,
--     Webhooks).

SELECT 'webhook message ' || m.id || ' of ' || m.event || ' has the payload ' || m.payload
FROM webhook_messages m
JOIN audit_log a ON a.id = m.entry_id
LEFT JOIN webhook_endpoints e ON e.id = m.endpoint_id
LEFT JOIN webhook_event w ON w.event = m.event
WHERE e.id IS NULL
    OR (m.status = 'DELIVERED' AND m.attempts = 0)
    OR a.subject_id IS DISTINCT FROM (m.payload ->> w.id_field)::bigint
    OR (m.payload ->> 'amount')::numeric
        IS DISTINCT FROM CASE a.subject
            WHEN 'PAYMENT'
                THEN (
                    SELECT sum(i.net)
                    FROM payments p
                    JOIN order_items i ON i.order_id = p.order_id
                    WHERE p.id = a.subject_id AND i.seller_id = coalesce(e.seller_id, i.seller_id)
                )
            WHEN 'REFUND'
                THEN (
                    SELECT sum(i.amount)
                    FROM refund_items i
                    WHERE i.refund_id = a.subject_id AND i.seller_id = coalesce(e.seller_id, i.seller_id)
                )
            WHEN 'SETTLEMENT' THEN (SELECT s.amount FROM settlements s WHERE s.id = a.subject_id)
            WHEN 'PAYOUT' THEN (SELECT p.amount FROM payouts p WHERE p.id = a.subject_id)
        END
