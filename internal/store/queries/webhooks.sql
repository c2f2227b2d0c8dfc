-- name: WebhookNews :one
-- Reports whether the audit log's chain has entries that no webhook messages were made of.
SELECT EXISTS (SELECT FROM audit_chain c WHERE c.position > (SELECT p.told_up_to FROM webhook_progress p));

-- name: MakeWebhookMessages :one
-- Inserts messages for the next 500 entries of the audit log's chain, for the endpoints that subscribe to their events,
-- and returns the number of entries read. The limit is a constant so that one plan serves all calls. A seller's message
-- contains the seller's part of an order.
WITH place AS MATERIALIZED (
    SELECT p.told_up_to FROM webhook_progress p FOR UPDATE
), news AS MATERIALIZED (
    SELECT c.position, a.id, a.at, a.action, a.subject_id, a.after
    FROM (SELECT x.position, x.entry_id FROM audit_chain x WHERE x.position > (SELECT told_up_to FROM place)
        ORDER BY x.position LIMIT 500) c
    JOIN audit_log a ON a.id = c.entry_id
), moved AS (
    UPDATE webhook_progress SET told_up_to = (SELECT max(position) FROM news) WHERE EXISTS (SELECT FROM news)
), facts AS (
    SELECT n.id, n.at, 'order.paid' AS event, i.seller_id,
        jsonb_build_object('orderId', p.order_id, 'paymentId', p.id, 'amount', sum(i.net), 'orderItemIds',
            jsonb_agg(i.id ORDER BY i.id)) AS data
    FROM news n JOIN payments p ON p.id = n.subject_id JOIN orders o ON o.id = p.order_id
    JOIN order_items i ON i.order_id = o.id AND i.id BETWEEN o.first_line AND o.last_line
    WHERE n.action = 'PAYMENT_SUCCESS' GROUP BY n.id, n.at, p.order_id, p.id, GROUPING SETS ((), (i.seller_id))
    UNION ALL
    SELECT n.id, n.at, 'order.shipped', s.seller_id,
        jsonb_build_object('orderId', i.order_id, 'orderItemId', i.id, 'productId', i.product_id, 'quantity',
            i.quantity)
    FROM news n JOIN order_items i ON i.id = n.subject_id CROSS
        JOIN LATERAL (VALUES (i.seller_id), (NULL)) s (seller_id)
    WHERE n.action = 'ORDER_ITEM_CHANGED'
    UNION ALL
    SELECT n.id, n.at, CASE n.action WHEN 'PARCEL_SHIPPED' THEN 'parcel.shipped' ELSE 'parcel.delivered' END,
        s.seller_id,
        jsonb_build_object('parcelId', p.id, 'orderId', p.order_id, 'carrier', p.carrier, 'trackingNumber',
            p.tracking_number, 'items', (SELECT jsonb_agg(jsonb_build_object('orderItemId', x.order_item_id,
            'quantity', x.pieces) ORDER BY x.order_item_id) FROM parcel_items x WHERE x.parcel_id = p.id))
    FROM news n JOIN parcels p ON p.id = n.subject_id CROSS JOIN LATERAL (VALUES (p.seller_id), (NULL)) s (seller_id)
    WHERE n.action IN ('PARCEL_SHIPPED', 'PARCEL_DELIVERED')
    UNION ALL
    SELECT n.id, n.at, 'order.refunded', i.seller_id,
        jsonb_build_object('orderId', p.order_id, 'refundId', r.id, 'amount', sum(i.amount), 'orderItemIds',
            jsonb_agg(i.order_item_id ORDER BY i.order_item_id))
    FROM news n JOIN refunds r ON r.id = n.subject_id JOIN payments p ON p.id = r.payment_id
        JOIN refund_items i ON i.refund_id = r.id
    WHERE n.action = 'REFUND_SUCCESS' GROUP BY n.id, n.at, p.order_id, r.id, GROUPING SETS ((), (i.seller_id))
    UNION ALL
    SELECT n.id, n.at, 'settlement.completed', s.seller_id,
        jsonb_build_object('settlementId', t.id, 'sellerId', t.seller_id, 'amount', t.amount, 'periodStart',
            t.period_start, 'periodEnd', t.period_end)
    FROM news n JOIN settlements t ON t.id = n.subject_id CROSS
        JOIN LATERAL (VALUES (t.seller_id), (NULL)) s (seller_id)
    WHERE n.action = 'SETTLEMENT_COMPLETED'
    UNION ALL
    SELECT n.id, n.at, CASE n.action WHEN 'PAYOUT_SUCCESS' THEN 'payout.paid' ELSE 'payout.failed' END, s.seller_id,
        jsonb_build_object('payoutId', o.id, 'settlementId', o.settlement_id, 'sellerId', o.seller_id, 'amount',
            o.amount)
    FROM news n JOIN payouts o ON o.id = n.subject_id CROSS JOIN LATERAL (VALUES (o.seller_id), (NULL)) s (seller_id)
    WHERE n.action IN ('PAYOUT_SUCCESS', 'PAYOUT_FAILED')
), made AS (
    INSERT INTO webhook_messages (endpoint_id, entry_id, event, happened_at, payload)
    SELECT e.id, f.id, f.event, f.at, f.data
    FROM facts f JOIN webhook_endpoints e ON e.seller_id IS NOT DISTINCT FROM f.seller_id AND f.event = ANY (e.events)
    WHERE e.deleted_at IS NULL AND e.created_at <= f.at
    ORDER BY f.id, e.id
    RETURNING endpoint_id
), told AS (
    -- An endpoint whose next message waits for its third attempt or a later one, for minutes to hours, has a workflow
    -- that looks for what else there is when that is over: a signal each second would fill its history.
    INSERT INTO follow_ups (kind, subject_id) SELECT DISTINCT 'WEBHOOK', e.id FROM made m
        JOIN webhook_endpoints e ON e.id = m.endpoint_id
    WHERE e.status = 'ACTIVE' AND NOT EXISTS (SELECT FROM webhook_messages w
        WHERE w.endpoint_id = e.id AND w.status = 'PENDING' AND w.attempts >= 2)
)
SELECT count(*) FROM news;

-- name: CreateWebhookEndpoint :one
INSERT INTO webhook_endpoints (seller_id, url, events, secret, per_second) VALUES ($1, $2, $3, $4, $5) RETURNING *;

-- name: GetWebhookEndpoint :one
SELECT * FROM webhook_endpoints WHERE id = @id AND seller_id IS NOT DISTINCT FROM sqlc.narg('seller_id')
    AND deleted_at IS NULL;

-- name: GetAnyWebhookEndpoint :one
SELECT * FROM webhook_endpoints WHERE id = $1 AND deleted_at IS NULL;

-- name: LockWebhookEndpoints :exec
-- Locks the creation of endpoints until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('market webhook endpoints'));

-- name: CountWebhookEndpoints :one
SELECT count(*) FROM webhook_endpoints WHERE seller_id IS NOT DISTINCT FROM sqlc.narg('seller_id')
    AND deleted_at IS NULL;

-- name: UpdateWebhookEndpoint :one
UPDATE webhook_endpoints SET url = coalesce(sqlc.narg('url'), url),
    events = coalesce(sqlc.narg('events')::varchar[], events),
    per_second = coalesce(sqlc.narg('per_second'), per_second), status = coalesce(sqlc.narg('status')::varchar, status),
    problem = NULL, updated_at = now()
WHERE id = @id AND seller_id IS NOT DISTINCT FROM sqlc.narg('seller_id') AND deleted_at IS NULL
RETURNING *;

-- name: DeleteWebhookEndpoint :execrows
UPDATE webhook_endpoints SET deleted_at = now(), updated_at = now()
WHERE id = @id AND seller_id IS NOT DISTINCT FROM sqlc.narg('seller_id') AND deleted_at IS NULL;

-- name: RotateWebhookSecret :one
UPDATE webhook_endpoints SET previous_secret = secret, previous_until = now() + interval '24 hours', secret = @secret,
    updated_at = now()
WHERE id = @id AND seller_id IS NOT DISTINCT FROM sqlc.narg('seller_id') AND deleted_at IS NULL RETURNING *;

-- name: NextWebhook :one
-- Returns the next message of an endpoint; none while it is paused.
SELECT sqlc.embed(m), sqlc.embed(e) FROM webhook_messages m JOIN webhook_endpoints e ON e.id = m.endpoint_id
WHERE m.endpoint_id = $1 AND m.status = 'PENDING' AND e.status = 'ACTIVE' AND e.deleted_at IS NULL
ORDER BY m.id LIMIT 1;

-- name: NoteWebhookAttempt :exec
UPDATE webhook_messages SET attempts = attempts + 1, answer = @answer,
    status = CASE WHEN @delivered::bool THEN 'DELIVERED' ELSE status END, updated_at = now()
WHERE id = @id AND status = 'PENDING';

-- name: PauseWebhookEndpoint :exec
-- Mails the seller. A paused endpoint of the marketplace fires an alert.
WITH paused AS (
    UPDATE webhook_endpoints SET status = 'PAUSED', problem = @problem, updated_at = now()
    WHERE webhook_endpoints.id = @id AND status = 'ACTIVE' AND deleted_at IS NULL RETURNING seller_id
), mail AS (
    INSERT INTO mails (kind, role, recipient, account_id) SELECT 'WEBHOOK_PAUSED', 'SELLER', s.email, s.id
    FROM paused p JOIN sellers s ON s.id = p.seller_id WHERE s.deleted_at IS NULL RETURNING id
)
INSERT INTO follow_ups (kind, subject_id) SELECT 'MAIL', id FROM mail;

-- name: FailWebhookMessage :exec
UPDATE webhook_messages SET status = 'FAILED', updated_at = now() WHERE id = $1 AND status = 'PENDING';

-- name: ReplayWebhookMessage :one
-- Queues a message again, before newer ones.
UPDATE webhook_messages m SET status = 'PENDING', attempts = 0, updated_at = now() FROM webhook_endpoints e
WHERE m.id = @id AND m.endpoint_id = @endpoint_id AND e.id = m.endpoint_id
  AND e.seller_id IS NOT DISTINCT FROM sqlc.narg('seller_id') AND e.deleted_at IS NULL
RETURNING m.*;

-- name: WebhookSecrets :many
SELECT id, secret, previous_secret FROM webhook_endpoints WHERE deleted_at IS NULL ORDER BY id;

-- name: ResealWebhookSecrets :exec
UPDATE webhook_endpoints SET secret = @secret, previous_secret = @previous_secret, updated_at = now()
WHERE id = @id AND secret = @was;
