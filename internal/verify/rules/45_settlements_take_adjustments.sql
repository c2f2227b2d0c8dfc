-- Rule: a settlement takes each adjustment of its seller once
-- Group: whole
-- Reason: An adjustment of SELLER_PAYABLE is paid or deducted once, with the seller's next
--     settlement.
-- Action: Pause the schedule day-close. Compare settlement and adjustments of the seller
--     (console Adjustments). FINANCE decides: correct settlement_id or adjusted if nothing was
--     paid yet, else post an adjustment for the difference.

SELECT 'settlement ' || s.id || ' of seller ' || s.seller_id || ' has taken ' || s.adjusted
    || ', and its adjustments come to ' || coalesce(sum(x.amount), 0)
FROM settlements s
LEFT JOIN (
    SELECT a.settlement_id, a.seller_id, a.business_day,
        CASE a.credit_account WHEN 'SELLER_PAYABLE' THEN a.amount ELSE -a.amount END AS amount
    FROM adjustments a
) x
    ON x.settlement_id = s.id
GROUP BY s.id
HAVING s.adjusted <> coalesce(sum(x.amount), 0)
    OR bool_or(x.seller_id <> s.seller_id OR x.business_day > s.period_end)
UNION ALL SELECT 'adjustment ' || a.id || ' is taken by settlement ' || a.settlement_id || ', which there is not'
FROM adjustments a
WHERE a.settlement_id IS NOT NULL AND NOT EXISTS (SELECT FROM settlements s WHERE s.id = a.settlement_id)
