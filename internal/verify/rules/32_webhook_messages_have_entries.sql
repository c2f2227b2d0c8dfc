-- Rule: integrators are told of what is in the audit log
-- Group: chain
-- Reason: Integrators act on webhooks. A message must report an event that took place, at its
--     time.
-- Action: Pause the endpoint (POST /admin/webhook-endpoints/{endpointId}/pause), correct the
--     message or delete it, and resume. If it was DELIVERED, inform the integrator about the
--     event that did not take place.

SELECT 'webhook message ' || m.id || ' is said to be of entry ' || m.entry_id || ' and ' || m.event
FROM webhook_messages m
LEFT JOIN audit_log a ON a.id = m.entry_id
WHERE m.event
    IS DISTINCT FROM CASE a.action
        WHEN 'PAYMENT_SUCCESS' THEN 'order.paid'
        WHEN 'ORDER_ITEM_CHANGED' THEN 'order.shipped'
        WHEN 'REFUND_SUCCESS' THEN 'order.refunded'
        WHEN 'SETTLEMENT_COMPLETED' THEN 'settlement.completed'
        WHEN 'PAYOUT_SUCCESS' THEN 'payout.paid'
        WHEN 'PAYOUT_FAILED' THEN 'payout.failed'
    END
    OR m.happened_at <> a.at
