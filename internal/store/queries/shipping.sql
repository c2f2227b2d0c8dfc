-- name: GetItemOrder :one
SELECT order_id FROM order_items WHERE id = $1 AND seller_id = $2;

-- name: GetOrderItem :one
SELECT * FROM order_items WHERE id = $1;

-- name: GetOwnOrderItems :many
SELECT * FROM order_items WHERE seller_id = @seller_id AND id = ANY (@ids::bigint[]);

-- name: OwnItemsOfOrder :many
-- Returns a seller's lines of an order.
SELECT i.* FROM orders o JOIN order_items i ON i.order_id = o.id AND i.id BETWEEN o.first_line AND o.last_line
WHERE o.id = @order_id AND i.seller_id = @seller_id ORDER BY i.id;

-- name: Recipients :many
-- Returns the recipients of orders, and whether and when a seller's part of each has ended. Orders that are not paid
-- have none.
SELECT o.id, o.recipient, o.phone, o.address, o.delivery_note, part.ended::bool AS ended,
       part.ended_at::timestamptz AS ended_at
FROM orders o CROSS JOIN LATERAL (
    SELECT bool_and(i.delivered + i.cancelled = i.quantity OR i.refunded = i.quantity) AS ended,
           max(coalesce(i.delivered_at, i.updated_at)) AS ended_at
    FROM order_items i
    WHERE i.order_id = o.id AND i.id BETWEEN o.first_line AND o.last_line AND i.seller_id = @seller_id
    HAVING count(*) > 0
) AS part
WHERE o.id = ANY (@order_ids::bigint[]) AND o.status NOT IN ('CREATED', 'FAILED');

-- name: ItemsWaitingToShip :many
-- Finds the lines of paid orders by an index-only scan, and reads those lines by their keys.
WITH paid AS MATERIALIZED (
    SELECT i.id FROM order_items i WHERE i.seller_id = @seller_id AND i.order_status = 'PAID'
    ORDER BY i.created_at, i.id LIMIT 10000
)
SELECT * FROM order_items
WHERE id = ANY (ARRAY(SELECT paid.id FROM paid)) AND shipped + cancelled < quantity
  AND refund_claimed = refunded AND refunded < quantity AND NOT disputed
ORDER BY order_items.created_at, order_items.id LIMIT sqlc.arg('limit');

-- name: SellerTasks :one
-- Counts a seller's tasks: lines to ship, those that have waited since before a moment, refunds that wait for staff,
-- products on sale with few pieces left, and unread notifications.
WITH paid AS MATERIALIZED (
    SELECT i.id FROM order_items i WHERE i.seller_id = @seller_id AND i.order_status = 'PAID'
    ORDER BY i.created_at, i.id LIMIT 10000
), waiting AS MATERIALIZED (
    SELECT i.created_at FROM order_items i
    WHERE i.id = ANY (ARRAY(SELECT paid.id FROM paid)) AND i.shipped + i.cancelled < i.quantity
      AND i.refund_claimed = i.refunded AND i.refunded < i.quantity AND NOT i.disputed
)
SELECT (SELECT count(*) FROM waiting)::bigint AS to_ship,
       (SELECT count(*) FROM waiting WHERE waiting.created_at < @late_before::timestamptz)::bigint AS late,
       (SELECT count(DISTINCT t.refund_id) FROM refunds r JOIN refund_items t ON t.refund_id = r.id
        WHERE r.status IN ('PENDING', 'FAILED') AND t.seller_id = @seller_id)::bigint AS refunds,
       (SELECT count(*) FROM products p WHERE p.seller_id = @seller_id AND p.status = 'ON_SALE' AND p.deleted_at IS NULL
        AND p.stock <= @low_stock::int)::bigint AS low_stock,
       (SELECT count(*) FROM (SELECT FROM notifications n
        WHERE n.account_id = @seller_id AND n.role = 'SELLER' AND n.read_at IS NULL
        LIMIT @most_unread) AS u)::bigint AS unread,
       coalesce((SELECT s.store_name FROM sellers s WHERE s.id = @seller_id), '')::text AS store_name;

-- name: OpenParcel :one
-- Returns the parcel of a seller's part of an order with a number that is on the way, and inserts it if there is none.
INSERT INTO parcels (order_id, seller_id, carrier, tracking_number, shipped_at)
VALUES (@order_id, @seller_id, @carrier, @tracking_number, @now)
ON CONFLICT (order_id, seller_id, carrier, tracking_number) WHERE status = 'SHIPPED' DO UPDATE SET updated_at = now()
RETURNING id;

-- name: ShipPieces :exec
-- Adds pieces of lines to a parcel, and removes them from the reserved ones.
WITH input AS MATERIALIZED (
    SELECT unnest(@order_item_ids::bigint[]) AS order_item_id, unnest(@pieces::int[]) AS pieces
), line AS MATERIALIZED (
    SELECT i.product_id, i.order_id, input.pieces FROM input JOIN order_items i ON i.id = input.order_item_id
), added AS (
    INSERT INTO parcel_items (parcel_id, order_item_id, pieces)
    SELECT @parcel_id::bigint, order_item_id, pieces FROM input
    ON CONFLICT (parcel_id, order_item_id) DO UPDATE SET pieces = parcel_items.pieces + excluded.pieces
), moved AS (
    INSERT INTO stock_movements (product_id, kind, stock, reserved, cause_id)
    SELECT product_id, 'SHIPPED', 0, -pieces, order_id FROM line
), locked AS (
    SELECT p.id, l.pieces FROM products p
        JOIN (SELECT product_id, sum(pieces) AS pieces FROM line GROUP BY product_id) l ON l.product_id = p.id
        ORDER BY p.id FOR NO KEY UPDATE OF p
)
UPDATE products p SET reserved = p.reserved - locked.pieces FROM locked WHERE p.id = locked.id;

-- name: MoveToParcel :exec
-- Moves the pieces of a line from a parcel to another.
UPDATE parcel_items SET parcel_id = @to_parcel WHERE parcel_id = @from_parcel AND order_item_id = @order_item_id;

-- name: DeleteEmptyParcel :exec
DELETE FROM parcels WHERE id = $1 AND NOT EXISTS (SELECT FROM parcel_items x WHERE x.parcel_id = parcels.id);

-- name: CorrectParcel :exec
UPDATE parcels SET carrier = @carrier, tracking_number = @tracking_number, updated_at = now() WHERE id = @id;

-- name: DeliverParcels :exec
UPDATE parcels SET status = 'DELIVERED', delivered_at = @now, delivery_source = @delivery_source, updated_at = now()
WHERE id = ANY (@ids::bigint[]) AND status = 'SHIPPED';

-- name: ListParcels :many
-- Returns the parcels of an order with their pieces of lines.
SELECT sqlc.embed(p), array_agg(x.order_item_id ORDER BY x.order_item_id)::bigint[] AS order_item_ids,
       array_agg(x.pieces ORDER BY x.order_item_id)::int[] AS pieces
FROM parcels p JOIN parcel_items x ON x.parcel_id = p.id WHERE p.order_id = @order_id GROUP BY p.id ORDER BY p.id;

-- name: GetParcelOrder :one
SELECT order_id FROM parcels WHERE id = $1 AND seller_id = $2;

-- name: SetTrackingNumber :exec
UPDATE orders SET tracking_number = @tracking_number, updated_at = now() WHERE id = @id;

-- name: ReadOrder :one
SELECT * FROM orders WHERE id = $1;

-- name: NotifyOrderStatus :exec
-- Inserts a notification into the buyer's inbox, with a follow-up for the configured receiver.
WITH notification AS (
    INSERT INTO order_status_update_notifications (user_id, order_id, status, message) VALUES ($1, $2, $3, $4)
    RETURNING id
)
INSERT INTO follow_ups (kind, subject_id) SELECT 'ORDER_NOTIFICATION', id FROM notification;

-- name: GetOrderNotification :one
SELECT * FROM order_status_update_notifications WHERE id = $1;

-- name: ReadOrderNotifications :execrows
-- Marks a buyer's notifications, or those of one order, as read. Read ones keep their time.
UPDATE order_status_update_notifications SET is_read = true,
    updated_at = CASE WHEN is_read THEN updated_at ELSE now() END
WHERE user_id = @user_id AND (order_id = sqlc.narg('order_id') OR sqlc.narg('order_id') IS NULL AND NOT is_read);

-- name: LockOwnProduct :one
SELECT * FROM products WHERE id = $1 AND seller_id = $2 AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: Subscribe :one
INSERT INTO restock_subscriptions (user_id, product_id) VALUES ($1, $2)
ON CONFLICT (user_id, product_id) DO UPDATE SET status = 'ACTIVE', updated_at = now()
RETURNING *;

-- name: GetSubscription :one
SELECT * FROM restock_subscriptions WHERE user_id = $1 AND product_id = $2;

-- name: DeleteSubscription :execrows
DELETE FROM restock_subscriptions WHERE user_id = $1 AND product_id = $2;

-- name: NotifyRestock :execrows
-- Notifies the next subscribers of a product, each once for a restock.
WITH due AS (
    SELECT s.id, s.user_id FROM restock_subscriptions s WHERE s.product_id = @product_id AND s.status = 'ACTIVE'
    ORDER BY s.id LIMIT @chunk FOR UPDATE
), inbox AS (
    INSERT INTO restock_notifications (user_id, product_id, message, restock_id)
    SELECT due.user_id, @product_id, @message, @restock_id FROM due ON CONFLICT DO NOTHING
)
UPDATE restock_subscriptions s SET status = 'SENT', last_notified_at = @now, updated_at = now() FROM due
WHERE s.id = due.id;

-- name: ReadRestockNotifications :execrows
-- Marks a buyer's notifications, or those of one product, as read. Read ones keep their time.
UPDATE restock_notifications SET is_read = true, updated_at = CASE WHEN is_read THEN updated_at ELSE now() END
WHERE user_id = @user_id AND (product_id = sqlc.narg('product_id') OR sqlc.narg('product_id') IS NULL AND NOT is_read);

-- name: UnreadNotifications :one
-- Counts an account's unread notifications, up to a limit.
SELECT count(*) FROM (SELECT FROM notifications n WHERE n.account_id = $1 AND n.role = $2 AND n.read_at IS NULL
    LIMIT $3) AS unread;

-- name: ReadNotification :execrows
-- Marks one of an account's notifications as read. A read one keeps its time.
UPDATE notifications SET read_at = coalesce(read_at, now()) WHERE id = $1 AND account_id = $2 AND role = $3;

-- name: ReadAllNotifications :exec
UPDATE notifications SET read_at = now() WHERE account_id = $1 AND role = $2 AND read_at IS NULL;

-- name: NotificationOfMail :one
-- Returns the notification that a mail reports, with the language of its account.
SELECT n.kind, n.topic, n.subject_id, n.facts, coalesce(b.language, s.language, 'ko')::text AS language
FROM mails m JOIN notifications n ON n.id = m.notification_id
LEFT JOIN buyers b ON n.role = 'BUYER' AND b.id = n.account_id
LEFT JOIN sellers s ON n.role = 'SELLER' AND s.id = n.account_id
WHERE m.id = $1;

-- name: BuyerPreferences :one
SELECT language, muted_topics FROM buyers WHERE id = $1 AND deleted_at IS NULL;

-- name: SellerPreferences :one
SELECT language, muted_topics FROM sellers WHERE id = $1 AND deleted_at IS NULL;

-- name: SetBuyerPreferences :one
-- Changes the language unless it is null, and turns the mails of topics off and on.
UPDATE buyers SET language = coalesce(sqlc.narg('language')::text, language), updated_at = now(),
    muted_topics = ARRAY(SELECT x FROM unnest(muted_topics || @muted_now::text[]) AS x WHERE x <> ALL (@wanted::text[])
        GROUP BY x ORDER BY x)
WHERE id = @id AND deleted_at IS NULL RETURNING language, muted_topics;

-- name: SetSellerPreferences :one
-- Changes the language unless it is null, and turns the mails of topics off and on.
UPDATE sellers SET language = coalesce(sqlc.narg('language')::text, language), updated_at = now(),
    muted_topics = ARRAY(SELECT x FROM unnest(muted_topics || @muted_now::text[]) AS x WHERE x <> ALL (@wanted::text[])
        GROUP BY x ORDER BY x)
WHERE id = @id AND deleted_at IS NULL RETURNING language, muted_topics;
