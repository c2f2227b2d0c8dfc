-- Rule: what follows from a change is known
-- Group: whole
-- Reason: A follow-up is work that a committed change requires. Without its subject it fails for
--     ever, and the work is not done.
-- Action: Rows of these tables are not deleted in operation: restore the subject from a backup,
--     or delete the row of follow_ups if the subject is known never to have existed.

SELECT 'follow-up ' || f.id || ' is a ' || f.kind || ' of ' || f.subject_id || ', which there is not'
FROM follow_ups f
WHERE NOT CASE f.kind
    WHEN 'RESTOCK' THEN EXISTS (SELECT FROM products p WHERE p.id = f.subject_id)
    WHEN 'REVERSAL' THEN EXISTS (SELECT FROM refunds r WHERE r.id = f.subject_id)
    -- it may be gone with its account or its address
    WHEN 'MAIL' THEN true
    WHEN 'PAYMENT_NEWS' THEN EXISTS (SELECT FROM payments p WHERE p.id = f.subject_id)
    WHEN 'CANCELLATION_NEWS' THEN EXISTS (SELECT FROM payments p WHERE p.id = f.subject_id)
    WHEN 'RECONCILIATION_BREAK' THEN EXISTS (SELECT FROM reconciliation_breaks b WHERE b.id = f.subject_id)
    WHEN 'SETTLEMENT_FILE' THEN EXISTS (SELECT FROM provider_settlement_files s WHERE s.id = f.subject_id)
    WHEN 'BATCH' THEN EXISTS (SELECT FROM batches b WHERE b.id = f.subject_id)
    WHEN 'WEBHOOK' THEN EXISTS (SELECT FROM webhook_endpoints w WHERE w.id = f.subject_id)
    WHEN 'WEBHOOK_AGAIN' THEN EXISTS (SELECT FROM webhook_endpoints w WHERE w.id = f.subject_id)
    ELSE EXISTS (SELECT FROM order_status_update_notifications n WHERE n.id = f.subject_id)
END
