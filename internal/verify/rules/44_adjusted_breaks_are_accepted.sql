-- Rule: a break that an adjustment settles is accepted by who has posted it
-- Group: whole
-- Reason: Who posts an adjustment for a break thereby accepts it. Otherwise the break could be
--     settled a second time.
-- Action: Open the break in the console (Reconciliation). If the adjustment is right, FINANCE
--     accepts the break with a reason that names it; else FINANCE reverses the adjustment by
--     another one.

SELECT 'adjustment ' || a.id || ' settles break ' || a.break_id || ', which is ' || coalesce(b.status, 'gone')
    || ' by admin ' || coalesce(b.admin_id::text, 'none')
FROM adjustments a
LEFT JOIN reconciliation_breaks b ON b.id = a.break_id
WHERE a.break_id IS NOT NULL
    AND (b.id IS NULL OR b.status NOT IN ('OPEN', 'ACCEPTED', 'AGREED') OR b.admin_id IS DISTINCT FROM a.admin_id)
