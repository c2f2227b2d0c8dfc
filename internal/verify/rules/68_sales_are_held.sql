-- Rule: sales since the first held day are held, and earlier ones are not
-- Group: orders
-- Reason: A sale that is not held is paid out before its buyer has the goods. An earlier sale that
--     is held was posted as earned.
-- Action: Compare the line's entries in GET /admin/ledger with the day of its payment. If held was
--     changed, restore it, and so the row of holds, which is the second day after the upgrade. If a
--     process of the release before has booked the payment after the first held day, stop that
--     process; FINANCE decides whether the seller's next payout waits.

SELECT 'order item ' || i.id || ' was paid on ' || d.day || CASE WHEN i.held THEN ', before ' ELSE ', after ' END
    || h.from_day || ', and is ' || CASE WHEN i.held THEN 'held' ELSE 'not held' END
FROM payments p
JOIN order_items i ON i.order_id = p.order_id
CROSS JOIN holds h
CROSS JOIN LATERAL (SELECT (p.paid_at AT TIME ZONE 'Asia/Seoul')::date AS day) d
WHERE p.imp_uid IS NOT NULL
    AND CASE WHEN i.held THEN d.day < h.from_day ELSE d.day > h.from_day END
UNION ALL SELECT 'order item ' || i.id || ' is held, and its order is ' || i.order_status
FROM order_items i
WHERE i.held AND i.order_status IN ('CREATED', 'FAILED')
UNION ALL SELECT 'there is no first held day' WHERE NOT EXISTS (SELECT FROM holds)
