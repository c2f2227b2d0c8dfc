-- name: Find :many
-- Finds rows by an id, payments by their number, accounts by an e-mail address and sellers by a part of the name. It
-- returns no names of buyers.
SELECT kind::text AS kind, id::bigint AS id, name::text AS name FROM (
    SELECT 1 AS rank, 'ORDER' AS kind, o.id, o.status AS name FROM orders o WHERE o.id = @id
    UNION ALL SELECT 2, 'PAYMENT', p.order_id, p.merchant_uid FROM payments p
        WHERE p.id = @id OR p.merchant_uid = @typed::text
    UNION ALL SELECT 3, 'REFUND', r.id, r.status FROM refunds r WHERE r.id = @id
    UNION ALL (SELECT 4, 'SELLER', s.id, s.store_name FROM sellers s
        WHERE s.deleted_at IS NULL AND (s.id = @id OR s.email = lower(@typed::text)
           OR @pattern::text <> '' AND lower(s.store_name) LIKE @pattern::text) ORDER BY s.id LIMIT @most)
    UNION ALL SELECT 5, 'PRODUCT', t.id, t.name FROM products t WHERE t.id = @id AND t.deleted_at IS NULL
    UNION ALL SELECT 6, 'BUYER', b.id, '' FROM buyers b
        WHERE b.deleted_at IS NULL AND (b.id = @id OR b.email = lower(@typed::text))
) AS found ORDER BY rank, id;

-- name: StaffNames :many
SELECT id, name FROM admins WHERE id = ANY (@ids::bigint[]);

-- name: RankSellers :many
-- Ranks sellers by their sales of some days.
SELECT seller_id, sum(total_orders)::bigint AS orders, sum(total_sales)::numeric AS sales FROM seller_dashboard
WHERE stat_date BETWEEN @first AND @last GROUP BY seller_id HAVING sum(total_sales) > 0
ORDER BY sum(total_sales) DESC, seller_id LIMIT @most;

-- name: MarketSales :many
-- Returns the sales of all sellers by day.
SELECT stat_date, sum(total_sales)::numeric AS sales FROM seller_dashboard
WHERE stat_date BETWEEN @first AND @last GROUP BY stat_date ORDER BY stat_date;
