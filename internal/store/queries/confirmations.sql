-- name: DueLines :many
-- Returns the next page of lines that count as delivered or confirmed, in order of their times.
SELECT i.id, i.order_id, i.due_at::timestamptz AS due_at FROM order_items i
WHERE i.due_at <= @now AND (i.due_at, i.id) > (@after_due::timestamptz, @after_id::bigint)
  AND NOT EXISTS (SELECT FROM set_aside x WHERE x.kind = 'CONFIRMATION' AND x.subject_id = i.id)
ORDER BY i.due_at, i.id LIMIT @chunk;

-- name: LockOrders :many
-- Locks orders in ascending order.
SELECT id, buyer_id, total_amount, status, created_at FROM orders WHERE id = ANY (@ids::bigint[])
ORDER BY id FOR NO KEY UPDATE;

-- name: LinesToConfirm :many
-- Returns lines, whose orders are locked, with the amounts of their refunds: those that were not denied, and the
-- commissions of those that were paid.
SELECT sqlc.embed(i), coalesce(claims.net, 0)::numeric AS claimed_net,
       coalesce(claims.commission, 0)::numeric AS refunded_commission
FROM order_items i LEFT JOIN LATERAL (
    SELECT sum(x.amount) AS net, sum(x.commission) FILTER (WHERE r.status = 'SUCCESS') AS commission
    FROM refund_items x JOIN refunds r ON r.id = x.refund_id WHERE x.order_item_id = i.id AND r.status <> 'DENIED'
) AS claims ON i.refund_claimed > 0
WHERE i.id = ANY (@ids::bigint[]) ORDER BY i.id;

-- name: Confirm :exec
-- Confirms pieces of lines, or takes confirmations of negative pieces back, and posts the shares of held lines.
WITH input AS MATERIALIZED (
    SELECT unnest(@order_item_ids::bigint[]) AS order_item_id, unnest(@pieces::int[]) AS pieces,
           unnest(@nets::numeric[]) AS net, unnest(@commissions::numeric[]) AS commission
), lines AS (
    UPDATE order_items i SET confirmed = i.confirmed + input.pieces, confirmed_net = i.confirmed_net + input.net,
        confirmed_commission = i.confirmed_commission + input.commission, updated_at = now()
    FROM input WHERE i.id = input.order_item_id RETURNING i.id, i.seller_id, i.held
), noted AS (
    INSERT INTO confirmations (order_item_id, seller_id, pieces, net, commission, cause)
    SELECT lines.id, lines.seller_id, input.pieces, input.net, input.commission, @cause
    FROM input JOIN lines ON lines.id = input.order_item_id
    RETURNING id, order_item_id, seller_id, pieces, net, commission
), posted AS (
    INSERT INTO ledger_transactions (kind, source_type, source_id, business_day)
    SELECT CASE WHEN noted.pieces > 0 THEN 'CONFIRMED' ELSE 'UNCONFIRMED' END, 'CONFIRMATION', noted.id, @business_day
    FROM noted JOIN lines ON lines.id = noted.order_item_id WHERE lines.held
    RETURNING id, source_id
)
INSERT INTO ledger_entries (transaction_id, account, seller_id, order_item_id, amount)
SELECT posted.id, e.account, noted.seller_id, noted.order_item_id, e.amount
FROM posted JOIN noted ON noted.id = posted.source_id CROSS JOIN LATERAL (VALUES
    ('SELLER_PENDING', noted.net - noted.commission), ('SELLER_PAYABLE', noted.commission - noted.net),
    ('COMMISSION_PENDING', noted.commission), ('COMMISSION', -noted.commission)) AS e (account, amount)
WHERE e.amount <> 0 OR e.account IN ('SELLER_PENDING', 'SELLER_PAYABLE');
