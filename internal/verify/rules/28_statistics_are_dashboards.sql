-- Rule: a closed day's statistics are its dashboard without what is held, and no other day has any
-- Group: days
-- Reason: Settlements add up the statistics of closed days. A figure that differs from its
--     dashboard pays another amount than the seller was shown.
-- Action: Pause the schedule day-close. If the dashboard agrees with the ledger, set
--     seller_daily_statistics to it. If a settlement has taken the day already, FINANCE decides
--     on an adjustment for the difference instead.

SELECT 'seller ' || coalesce(s.seller_id, b.seller_id) || ' on ' || coalesce(s.stat_date, b.stat_date)
FROM seller_daily_statistics s
FULL JOIN (
    SELECT x.*
    FROM seller_dashboard x
    JOIN business_days c ON c.day = x.stat_date
    WHERE x.total_orders > 0
        OR x.total_refunds > 0
        OR x.fee_amount <> x.held_fee
        OR x.settlement_amount <> x.held_payable
) b
    ON b.seller_id = s.seller_id AND b.stat_date = s.stat_date
WHERE (s.total_orders, s.total_items, s.total_refunds, s.total_sales, s.refund_amount, s.fee, s.payable)
    IS DISTINCT FROM (
        coalesce(b.total_orders, 0), coalesce(b.total_products_sold, 0), coalesce(b.total_refunds, 0),
        coalesce(b.total_sales, 0), coalesce(b.refund_amount, 0), coalesce(b.fee_amount - b.held_fee, 0),
        coalesce(b.settlement_amount - b.held_payable, 0)
    )
UNION ALL SELECT 'there are statistics of ' || s.stat_date || ', which is not closed'
FROM seller_daily_statistics s
WHERE NOT EXISTS (SELECT FROM business_days c WHERE c.day = s.stat_date)
GROUP BY s.stat_date
