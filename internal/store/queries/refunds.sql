-- name: ReserveRefund :one
-- Returns the refund id of a request; a repeated key returns the same id. same reports whether the request equals the
-- first one with the key.
INSERT INTO refund_requests AS r (buyer_id, request_key, description, fingerprint)
VALUES (@buyer_id, @request_key, @description, @fingerprint)
ON CONFLICT (buyer_id, request_key) DO UPDATE SET request_key = r.request_key
RETURNING refund_id, coalesce(r.fingerprint = @fingerprint, true)::bool AS same;

-- name: GetRefund :one
SELECT sqlc.embed(r), p.order_id, o.created_at AS ordered_at
FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id WHERE r.id = $1;

-- name: LockSuccessfulPayment :one
SELECT * FROM payments WHERE order_id = $1 AND status = 'SUCCESS' FOR NO KEY UPDATE;

-- name: OpenRefund :exec
WITH opened AS (
    INSERT INTO refunds (id, buyer_id, payment_id, amount, reason, description, needs_second, shipping_borne_by)
    VALUES (@id, @buyer_id, @payment_id, @amount, @reason,
        (SELECT q.description FROM refund_requests q WHERE q.refund_id = @id), @needs_second, @shipping_borne_by)
            RETURNING *
), items AS (
    INSERT INTO refund_items (refund_id, order_item_id, quantity, amount)
    SELECT opened.id, l.order_item_id, l.quantity, l.amount
    FROM opened, (SELECT unnest(@order_item_ids::bigint[]) AS order_item_id, unnest(@quantities::int[]) AS quantity,
                         unnest(@amounts::numeric[]) AS amount) AS l
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT id, 'REFUND', 'SUCCESS', 'PENDING', amount FROM opened;

-- name: ReadRequestedRefund :one
-- Returns the refund that a request opened or revived.
SELECT * FROM refunds r
WHERE r.id = @request_id OR r.id = (SELECT q.revived_refund_id FROM refund_requests q WHERE q.refund_id = @request_id);

-- name: ReviveRefund :one
-- Makes a failed refund that claims a piece of each requested line PENDING again, and records the request for repeats.
WITH failed AS (
    SELECT f.id FROM refunds f WHERE f.payment_id = @payment_id AND f.status = 'FAILED'
      AND NOT EXISTS (SELECT FROM unnest(@order_item_ids::bigint[]) AS asked(id)
                      WHERE NOT EXISTS (SELECT FROM refund_items x WHERE x.refund_id = f.id
                          AND x.order_item_id = asked.id))
    ORDER BY f.id LIMIT 1
), noted AS (
    UPDATE refund_requests q SET revived_refund_id = failed.id FROM failed WHERE q.refund_id = @request_id
)
UPDATE refunds SET status = 'PENDING', version = version + 1, updated_at = now(), failure = NULL
FROM failed WHERE refunds.id = failed.id
RETURNING refunds.*;

-- name: ReadRefund :one
SELECT * FROM refunds WHERE id = $1;

-- name: GetRefundOrder :one
SELECT p.order_id FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.id = $1;

-- name: GetDecision :one
SELECT applied FROM refund_decisions WHERE refund_id = $1 AND decision_id = $2;

-- name: KeepDecisionReason :exec
INSERT INTO refund_decision_reasons (refund_id, decision_id, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: GetDecisionReason :one
SELECT reason FROM refund_decision_reasons WHERE refund_id = $1 AND decision_id = $2;

-- name: RecordDecision :exec
INSERT INTO refund_decisions (refund_id, decision_id, admin_id, sent_by, approve, reason, applied)
VALUES (@refund_id, @decision_id, (SELECT a.id FROM admins a WHERE a.id = @admin_id::bigint), @sent_by, @approve,
    @reason, @applied);

-- name: StartRefund :exec
WITH started AS (
    UPDATE refunds SET status = 'PROCESSING', restock = @restock, by_hand = @by_hand,
    second_approver = coalesce(nullif(@second_approver::bigint, 0), second_approver), failure = NULL,
    version = version + 1, updated_at = now()
    WHERE refunds.id = @id RETURNING refunds.id, refunds.amount
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT id, 'REFUND', @payment_status::text, 'PROCESSING', amount FROM started ON CONFLICT DO NOTHING;

-- name: ApproveRefundFirst :exec
UPDATE refunds SET first_approver = @admin_id::bigint, version = version + 1, updated_at = now() WHERE id = @id;

-- name: CurrentRefundPolicy :one
SELECT * FROM refund_policies ORDER BY id DESC LIMIT 1;

-- name: RefundedOfPayment :one
-- Sums the paid and possible refunds of a payment, which the policy's limits count, and returns what is left of the
-- charge after them and after disputes.
SELECT r.total, (p.amount - r.total + r.from_disputes - coalesce((SELECT sum(d.amount) FROM disputes d
    WHERE d.payment_id = p.id AND d.status <> 'WON'), 0))::numeric AS held
FROM payments p, LATERAL (
    SELECT coalesce(sum(f.amount), 0)::numeric AS total,
           coalesce(sum(f.amount) FILTER (WHERE f.dispute_id IS NOT NULL), 0)::numeric AS from_disputes
    FROM refunds f WHERE f.payment_id = p.id AND f.status <> 'DENIED'
) AS r WHERE p.id = $1;

-- name: ClaimedAmounts :many
-- Sums the claims of a payment's refunds by line.
SELECT x.order_item_id, sum(x.amount)::numeric AS amount FROM refund_items x JOIN refunds r ON r.id = x.refund_id
WHERE r.payment_id = $1 AND r.status <> 'DENIED' GROUP BY x.order_item_id;

-- name: AddRefundPolicy :one
INSERT INTO refund_policies (auto_approve_below, second_approval_from, remind_after_hours, escalate_after_hours,
    change_of_mind_by, wrong_item_by, damaged_by, admin_id, four_eyes, proposal_id)
VALUES (@auto_approve_below, @second_approval_from, @remind_after_hours, @escalate_after_hours, @change_of_mind_by,
    @wrong_item_by, @damaged_by, @admin_id, @four_eyes, @proposal_id) RETURNING *;

-- name: DenyRefund :exec
WITH denied AS (
    UPDATE refunds SET status = 'DENIED', denied_reason = @denied_reason, processed_at = @now, failure = NULL,
    version = version + 1, updated_at = now()
    WHERE refunds.id = @id RETURNING refunds.id, refunds.amount
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT id, 'REFUND', 'SUCCESS', 'DENIED', amount FROM denied;

-- name: FailRefund :execrows
WITH failed AS (
    UPDATE refunds SET status = 'FAILED', failure = @failure, version = version + 1, updated_at = now()
    WHERE refunds.id = @id AND refunds.status = 'PROCESSING' RETURNING refunds.id, refunds.amount, refunds.payment_id
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT f.id, 'REFUND', p.status, 'FAILED', f.amount FROM failed f JOIN payments p ON p.id = f.payment_id
ON CONFLICT DO NOTHING;

-- name: SucceedRefund :execrows
-- Compares the version: no row means a concurrent change.
WITH refunded AS (
    UPDATE refunds SET status = 'SUCCESS', processed_at = @now, version = version + 1, updated_at = now()
    WHERE refunds.id = @id AND refunds.version = @version AND refunds.status = 'PROCESSING'
    RETURNING refunds.id, refunds.amount
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT id, 'REFUND', @payment_status::text, 'SUCCESS', amount FROM refunded;

-- name: RefundPayment :exec
WITH payment AS (
    UPDATE payments SET status = 'REFUNDED', version = version + 1, updated_at = now()
    WHERE payments.id = $1 RETURNING payments.id, payments.amount
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT id, 'PAYMENT', 'REFUNDED', 'NONE', amount FROM payment;

-- name: RefundLines :many
-- Returns the items of a refund, with the earlier refunds of their lines and the commission of unconfirmed pieces.
SELECT r.order_item_id, r.quantity, r.amount, i.seller_id, i.product_id, i.quantity AS line_quantity,
       (coalesce(i.commission, 0) - i.confirmed_commission)::numeric AS line_commission, i.refunded, i.confirmed,
       i.held,
       least(r.quantity, i.quantity - i.shipped - i.cancelled)::int AS unshipped,
       coalesce((SELECT sum(x.commission) FROM refund_items x JOIN refunds o ON o.id = x.refund_id
           WHERE x.order_item_id = i.id AND o.status = 'SUCCESS'), 0)::numeric AS refunded_commission
FROM refund_items r JOIN order_items i ON i.id = r.order_item_id WHERE r.refund_id = $1 ORDER BY r.order_item_id;

-- name: SetRefundCommissions :exec
UPDATE refund_items SET commission = c.commission
FROM (SELECT unnest(@order_item_ids::bigint[]) AS order_item_id,
    unnest(@commissions::numeric[]) AS commission) AS c
WHERE refund_items.refund_id = @refund_id AND refund_items.order_item_id = c.order_item_id;

-- name: ReturnStock :exec
-- Returns pieces of a refund to stock in ascending order of products: reserved ones, and returned ones that were
-- shipped.
WITH pieces AS (
    SELECT unnest(@product_ids::bigint[]) AS product_id, unnest(@quantities::int[]) AS quantity,
           unnest(@shipped::bool[]) AS shipped
), lines AS (
    SELECT product_id, sum(quantity) AS quantity, coalesce(sum(quantity) FILTER (WHERE NOT shipped), 0) AS reserved
    FROM pieces GROUP BY product_id
), locked AS (
    SELECT p.id, l.quantity, l.reserved FROM products p JOIN lines l ON l.product_id = p.id
    ORDER BY p.id FOR NO KEY UPDATE OF p
), moved AS (
    INSERT INTO stock_movements (product_id, kind, stock, reserved, cause_id)
    SELECT product_id, CASE WHEN shipped THEN 'RESTOCKED' ELSE 'REFUNDED' END, quantity,
           CASE WHEN shipped THEN 0 ELSE -quantity END, @refund_id::bigint FROM pieces
)
UPDATE products p SET stock = p.stock + locked.quantity, reserved = p.reserved - locked.reserved FROM locked
WHERE p.id = locked.id;

-- name: RefundCharge :one
-- Returns the charge of a refund: the payment's, or that of the reversed attempt.
SELECT r.id, r.buyer_id, r.status, r.amount, r.reason, r.by_hand, r.cancel_attempts, p.provider, p.merchant_uid,
       p.id AS payment_id, p.order_id,
       coalesce(p.imp_uid, a.imp_uid, '')::text AS imp_uid, coalesce(a.amount, p.amount)::numeric AS captured
FROM refunds r JOIN payments p ON p.id = r.payment_id
LEFT JOIN payment_attempts a ON a.payment_id = p.id AND p.imp_uid IS NULL AND a.imp_uid IS NOT NULL
WHERE r.id = $1;

-- name: CountCancelAttempt :exec
-- Counts a cancellation attempt that the provider refused, unless it was counted before.
UPDATE refunds SET cancel_attempts = cancel_attempts + 1 WHERE id = $1 AND cancel_attempts = $2;

-- name: RemindOfRefund :exec
UPDATE refunds SET reminded_at = coalesce(reminded_at, @now),
    escalated_at = CASE WHEN @escalate::bool THEN coalesce(escalated_at, @now) ELSE escalated_at END
WHERE id = @id AND status IN ('PENDING', 'FAILED');

-- name: SetOrderStatus :exec
UPDATE orders SET status = $2, updated_at = now() WHERE id = $1;

-- name: SellerRefundLines :many
-- Returns a seller's lines of a refund.
SELECT sqlc.embed(r), i.order_id, i.product_name, x.order_item_id, x.quantity, x.amount, x.commission
FROM refund_items x JOIN refunds r ON r.id = x.refund_id JOIN order_items i ON i.id = x.order_item_id
WHERE x.refund_id = @refund_id AND x.seller_id = @seller_id ORDER BY x.order_item_id;
