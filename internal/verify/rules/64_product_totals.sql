-- Rule: kept totals of products are true
-- Group: whole
-- Reason: Lists of products show these totals instead of counting millions of rows.
-- Action: Correct a row of product_totals of the owner (0 stands for the shop) by the difference
--     that the finding names. Nothing but page numbers depends on it.

SELECT 'the list of owner ' || coalesce(k.owner, c.owner) || ' is said to hold ' || coalesce(k.total, 0)
    || ' products and holds ' || coalesce(c.n, 0)
FROM (SELECT owner, sum(total) AS total FROM product_totals GROUP BY owner) k
FULL JOIN (
    SELECT seller_id AS owner, count(*) AS n FROM products WHERE deleted_at IS NULL GROUP BY seller_id
    UNION ALL SELECT 0, count(*) FROM products WHERE status = 'ON_SALE' AND deleted_at IS NULL
) c
    ON c.owner = k.owner
WHERE coalesce(k.total, 0) <> coalesce(c.n, 0)
