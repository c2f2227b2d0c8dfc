-- Rule: dashboards are the ledger's
-- Group: days
-- Reason: Sellers see dashboards, and the close of the day takes its statistics and thereby
--     payouts from them. A day whose dashboards differ is not closed.
-- Action: Set the columns of seller_dashboard to the ledger's values, which the finding lists in
--     the order orders, items, refunds, sales, refunded, commission, payable, held commission, held
--     payable. Then Trigger the schedule day-close. Report it as a defect of the roll-up.

WITH ledger AS (
    SELECT e.seller_id, t.business_day AS day,
        count(DISTINCT t.id) FILTER (WHERE t.source_type = 'PAYMENT') AS orders,
        coalesce(
            sum(i.quantity) FILTER (
                WHERE t.source_type = 'PAYMENT' AND e.account IN ('SELLER_PAYABLE', 'SELLER_PENDING')
            ), 0
        ) AS items, count(DISTINCT t.id) FILTER (WHERE t.source_type = 'REFUND') AS refunds,
        coalesce(-sum(e.amount) FILTER (WHERE t.source_type = 'PAYMENT'), 0) AS sales,
        coalesce(sum(e.amount) FILTER (WHERE t.source_type = 'REFUND'), 0) AS refunded,
        coalesce(-sum(e.amount) FILTER (WHERE e.account IN ('COMMISSION', 'COMMISSION_PENDING')), 0) AS fee,
        coalesce(-sum(e.amount) FILTER (WHERE e.account IN ('SELLER_PAYABLE', 'SELLER_PENDING')), 0) AS payable,
        coalesce(-sum(e.amount) FILTER (WHERE e.account = 'COMMISSION_PENDING'), 0) AS held_fee,
        coalesce(-sum(e.amount) FILTER (WHERE e.account = 'SELLER_PENDING'), 0) AS held_payable
    FROM ledger_transactions t
    JOIN ledger_entries e ON e.transaction_id = t.id
    JOIN order_items i ON i.id = e.order_item_id
    WHERE t.source_type IN ('PAYMENT', 'REFUND', 'CONFIRMATION')
        AND e.account IN ('SELLER_PAYABLE', 'COMMISSION', 'SELLER_PENDING', 'COMMISSION_PENDING')
        AND NOT EXISTS (SELECT FROM ledger_unrolled u WHERE u.transaction_id = t.id)
        AND NOT EXISTS (SELECT FROM set_aside a WHERE a.kind = 'ROLL_UP' AND a.subject_id = t.id)
    GROUP BY e.seller_id, t.business_day
)
SELECT 'seller ' || coalesce(l.seller_id, b.seller_id) || ' on ' || coalesce(l.day, b.stat_date)
    || ': the ledger says '
    || concat_ws(
        ' ', coalesce(l.orders, 0), coalesce(l.items, 0), coalesce(l.refunds, 0), coalesce(l.sales, 0),
        coalesce(l.refunded, 0), coalesce(l.fee, 0), coalesce(l.payable, 0), coalesce(l.held_fee, 0),
        coalesce(l.held_payable, 0)
    ) || ', the dashboard '
    || concat_ws(
        ' ', coalesce(b.total_orders, 0), coalesce(b.total_products_sold, 0), coalesce(b.total_refunds, 0),
        coalesce(b.total_sales, 0), coalesce(b.refund_amount, 0), coalesce(b.fee_amount, 0),
        coalesce(b.settlement_amount, 0), coalesce(b.held_fee, 0), coalesce(b.held_payable, 0)
    )
FROM ledger l
FULL JOIN seller_dashboard b ON b.seller_id = l.seller_id AND b.stat_date = l.day
WHERE (
    coalesce(l.orders, 0), coalesce(l.items, 0), coalesce(l.refunds, 0), coalesce(l.sales, 0),
    coalesce(l.refunded, 0), coalesce(l.fee, 0), coalesce(l.payable, 0), coalesce(l.held_fee, 0),
        coalesce(l.held_payable, 0)
)IS DISTINCT FROM (
     coalesce(b.total_orders, 0), coalesce(b.total_products_sold, 0), coalesce(b.total_refunds, 0),
     coalesce(b.total_sales, 0), coalesce(b.refund_amount, 0), coalesce(b.fee_amount, 0),
     coalesce(b.settlement_amount, 0), coalesce(b.held_fee, 0), coalesce(b.held_payable, 0)
 )
