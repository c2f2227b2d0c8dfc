-- name: AccountBalances :many
-- Returns the balance of each account at the end of a business day.
SELECT e.account, coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0)::numeric AS debit,
       coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0)::numeric AS credit
FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id
WHERE t.business_day <= @day::date GROUP BY e.account ORDER BY e.account;

-- name: SellerBalance :one
-- Returns a seller's share of sales that are not confirmed, its payable balance and its payouts in transit.
SELECT coalesce(-sum(e.amount) FILTER (WHERE e.account = 'SELLER_PENDING'), 0)::numeric AS pending,
       coalesce(-sum(e.amount) FILTER (WHERE e.account = 'SELLER_PAYABLE'), 0)::numeric AS owed,
       coalesce(-sum(e.amount) FILTER (WHERE e.account = 'PAYOUT_IN_TRANSIT'), 0)::numeric AS in_transit
FROM sellers s LEFT JOIN ledger_entries e ON e.seller_id = s.id
    AND e.account IN ('SELLER_PENDING', 'SELLER_PAYABLE', 'PAYOUT_IN_TRANSIT')
WHERE s.id = $1 GROUP BY s.id;

-- name: PayableBefore :one
-- Returns a seller's payable balance at the beginning of a business day: the present one less the entries since,
-- which an index finds.
SELECT ((SELECT coalesce(-sum(e.amount), 0) FROM ledger_entries e
    WHERE e.seller_id = @seller_id::bigint AND e.account = 'SELLER_PAYABLE')
      - (SELECT coalesce(-sum(e.amount), 0) FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
         WHERE e.seller_id = @seller_id::bigint AND e.account = 'SELLER_PAYABLE'
           AND t.business_day >= @day::date))::numeric AS owed;

-- name: PayableDays :many
-- Sums a seller's entries by business day; days without entries are left out.
SELECT t.business_day, coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0)::numeric AS earned,
       coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0)::numeric AS deducted
FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id
WHERE e.seller_id = @seller_id::bigint AND e.account = 'SELLER_PAYABLE'
  AND t.business_day BETWEEN @from_day::date AND @to_day::date
GROUP BY t.business_day ORDER BY t.business_day;

-- name: TraceOrder :many
-- Returns the entries of an order, the oldest first. An entry of SELLER_PAYABLE has the first settlement of its day
-- that was made after it.
WITH sources AS (
    SELECT 'PAYMENT' AS type, p.id FROM payments p WHERE p.order_id = @order_id
    UNION ALL
    SELECT 'REFUND', r.id FROM payments p JOIN refunds r ON r.payment_id = p.id WHERE p.order_id = @order_id
    UNION ALL
    SELECT 'CONFIRMATION', c.id FROM order_items i JOIN confirmations c ON c.order_item_id = i.id
    WHERE i.order_id = @order_id
    UNION ALL
    SELECT 'DISPUTE', d.id FROM disputes d WHERE d.order_id = @order_id
)
SELECT e.id, e.transaction_id, e.account, e.seller_id, e.order_item_id, e.amount, t.kind, t.source_type, t.source_id,
       t.business_day, t.created_at, coalesce(x.settlement_id, 0)::bigint AS settlement_id, x.payout_id,
       x.payout_status
FROM sources JOIN ledger_transactions t ON t.source_type = sources.type AND t.source_id = sources.id
JOIN ledger_entries e ON e.transaction_id = t.id
LEFT JOIN LATERAL (
    SELECT s.id AS settlement_id, p.id AS payout_id, p.status AS payout_status
    FROM settlements s JOIN settlement_lines l ON l.settlement_id = s.id AND l.stat_date = t.business_day
    LEFT JOIN payouts p ON p.settlement_id = s.id
    WHERE s.seller_id = e.seller_id AND s.created_at >= t.created_at
    ORDER BY s.id LIMIT 1
) AS x ON e.account = 'SELLER_PAYABLE'
ORDER BY t.id, e.id;
