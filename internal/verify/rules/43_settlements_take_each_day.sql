-- Rule: settlements take each closed day once, and all of it up to their period's end
-- Group: whole
-- Reason: A closed day is paid exactly once. A day that no settlement has taken is owed, one
--     that two have taken is paid twice.
-- Action: Pause the schedule day-close. Compare the seller's settlements (GET
--     /admin/settlements?sellerId=) with the day's statistics. FINANCE decides: restore
--     settled_payable and settled_fee, or adjust what was paid wrongly.

SELECT 'seller ' || coalesce(d.seller_id, l.seller_id) || ' on ' || coalesce(d.stat_date, l.stat_date)
    || ': settled is ' || coalesce(d.settled_payable::text, 'nothing') || ', the lines say ' || coalesce(l.payable, 0)
FROM seller_daily_statistics d
FULL JOIN (
    SELECT s.seller_id, x.stat_date, sum(x.payable) AS payable, sum(x.fee) AS fee
    FROM settlement_lines x
    LEFT JOIN settlements s ON s.id = x.settlement_id
    GROUP BY 1, 2
) l
    ON l.seller_id = d.seller_id AND l.stat_date = d.stat_date
WHERE (d.settled_payable, d.settled_fee) IS DISTINCT FROM (coalesce(l.payable, 0), coalesce(l.fee, 0))
