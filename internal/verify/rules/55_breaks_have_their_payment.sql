-- Rule: a break names the payment that has its merchant uid
-- Group: whole
-- Reason: A break leads FINANCE to its payment, and a healed break notifies the workflow of that
--     payment.
-- Action: Set reconciliation_breaks.payment_id to the payment that the finding names for the
--     merchant uid. Before that, do not accept or adjust the break.

SELECT 'break ' || b.id || ' is of payment ' || coalesce(b.payment_id::text, 'none') || ', and ' || b.merchant_uid
    || ' is ' || coalesce(p.id::text, 'none')
FROM reconciliation_breaks b
LEFT JOIN payments p ON p.merchant_uid = b.merchant_uid AND p.provider = b.provider
WHERE b.payment_id IS DISTINCT FROM p.id
