-- Rule: a dispute is its payment's, its refunds have taken what it says, and the lines of its
--     order say whether it waits
-- Group: orders
-- Reason: What remains of a disputed amount is written off or claimed back, and lines of a
--     disputed order are not shipped.
-- Action: Open the dispute in the console (Disputes). Set disputes.refunded to the sum of its
--     refunds, and order_items.disputed to whether an open dispute exists. FINANCE decides the
--     dispute only after that.

SELECT 'dispute ' || d.id || ' of ' || d.amount || ' is of payment ' || d.payment_id || ' and order ' || d.order_id
    || ', says ' || d.refunded || ' refunded, and its refunds come to ' || coalesce(r.amount, 0)
FROM disputes d
LEFT JOIN payments p ON p.id = d.payment_id
LEFT JOIN (
    SELECT dispute_id, sum(amount) AS amount, bool_or(status <> 'SUCCESS') AS unpaid
    FROM refunds
    WHERE dispute_id IS NOT NULL
    GROUP BY dispute_id
) r
    ON r.dispute_id = d.id
WHERE p.order_id IS DISTINCT FROM d.order_id
    OR p.provider IS DISTINCT FROM d.provider
    OR d.refunded <> coalesce(r.amount, 0)
    OR coalesce(r.unpaid, false)
    OR (d.status IN ('OPEN', 'REPRESENTED') AND d.refunded = d.amount)
    OR EXISTS (
        SELECT FROM refunds n WHERE (n.id = d.named_refund_id OR n.dispute_id = d.id) AND n.payment_id <> d.payment_id
    )
UNION ALL SELECT 'order item ' || i.id || ' says that it is ' || CASE WHEN i.disputed THEN '' ELSE 'not ' END
    || 'disputed'
FROM order_items i
WHERE i.disputed
    <> EXISTS (SELECT FROM disputes d WHERE d.order_id = i.order_id AND d.status IN ('OPEN', 'REPRESENTED'))
