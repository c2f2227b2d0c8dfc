-- Rule: a buyer's request for a refund has opened or revived one of the same buyer
-- Group: orders
-- Reason: The key of a request makes its repetition return the same refund. It must not return
--     the refund of another buyer.
-- Action: Delete the row of refund_requests: a repeated request is then checked anew. SUPPORT
--     informs the buyer if a refund was revived by another buyer's request.

SELECT 'the request of buyer ' || q.buyer_id || ' for refund ' || q.refund_id || ' names refund ' || r.id
    || ' of buyer ' || r.buyer_id
FROM refund_requests q
JOIN refunds r ON r.id IN (q.refund_id, q.revived_refund_id)
WHERE r.buyer_id <> q.buyer_id
UNION ALL SELECT 'the request for refund ' || q.refund_id || ' has revived refund ' || q.revived_refund_id
    || ', which there is not'
FROM refund_requests q
WHERE q.revived_refund_id IS NOT NULL AND NOT EXISTS (SELECT FROM refunds r WHERE r.id = q.revived_refund_id)
