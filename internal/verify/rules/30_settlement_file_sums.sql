-- Rule: a settlement file is the sum of its lines
-- Group: days
-- Reason: An imported file was compared line by line. Lines that were lost or added since then
--     hide differences.
-- Action: Compare provider_settlement_lines with the provider's file of that name, and restore
--     the lines or the sums from it. FINANCE then repeats the comparison of its days with PUT
--     /admin/reconciliation/days/{day}.

SELECT 'settlement file ' || coalesce(f.id, l.file_id) || ' has ' || coalesce(f.lines, 0) || ' lines of '
    || coalesce(f.amount, 0) || ' and fees of ' || coalesce(f.fee, 0) || '; there are ' || coalesce(l.n, 0) || ' of '
    || coalesce(l.amount, 0) || ' and fees of ' || coalesce(l.fee, 0)
FROM provider_settlement_files f
FULL JOIN (
    SELECT file_id, count(*) AS n, max(line) AS last, sum(amount) AS amount, sum(fee) AS fee
    FROM provider_settlement_lines
    GROUP BY file_id
) l
    ON l.file_id = f.id
WHERE f.id IS NULL
    OR f.lines <> coalesce(l.n, 0)
    OR l.last <> l.n
    OR (f.amount, f.fee) IS DISTINCT FROM (coalesce(l.amount, 0), coalesce(l.fee, 0))
