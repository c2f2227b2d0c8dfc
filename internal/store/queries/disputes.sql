-- name: CancelledPayment :one
-- What is booked of a payment: booked is 0 for a payment without a charge.
SELECT p.id, p.order_id, p.provider, (p.resolved_at IS NOT NULL OR p.imp_uid IS NOT NULL)::bool AS resolved,
       coalesce(CASE WHEN p.imp_uid IS NOT NULL THEN p.amount ELSE a.amount END, 0)::numeric AS booked
FROM payments p LEFT JOIN payment_attempts a ON a.payment_id = p.id AND a.imp_uid IS NOT NULL WHERE p.id = $1;

-- name: RefundsOfPayment :many
SELECT * FROM refunds WHERE payment_id = $1;

-- name: OpenDispute :one
-- Opens the dispute of a cancellation, and notifies the sellers of the order's lines, which cannot be shipped from now
-- on. It returns no row when there is one already.
WITH opened AS (
    INSERT INTO disputes (provider, cancellation_id, payment_id, order_id, named_refund_id, amount, cause, detail,
        happened_at)
    VALUES (@provider, @cancellation_id, @payment_id, @order_id, @named_refund_id, @amount, @cause, @detail,
        @happened_at)
    ON CONFLICT (provider, cancellation_id) DO NOTHING RETURNING id, order_id
), marked AS (
    UPDATE order_items i SET disputed = true, updated_at = now() FROM opened WHERE i.order_id = opened.order_id
), mail AS (
    INSERT INTO mails (kind, role, recipient, account_id) SELECT DISTINCT 'ORDER_DISPUTED', 'SELLER', s.email, s.id
    FROM opened JOIN order_items i ON i.order_id = opened.order_id JOIN sellers s ON s.id = i.seller_id
    WHERE s.deleted_at IS NULL RETURNING id
), follow_up AS (
    INSERT INTO follow_ups (kind, subject_id) SELECT 'MAIL', id FROM mail
)
SELECT id FROM opened;

-- name: OrderIsDisputed :one
SELECT EXISTS (SELECT FROM disputes WHERE order_id = $1 AND status IN ('OPEN', 'REPRESENTED'));

-- name: GetDispute :one
SELECT * FROM disputes WHERE id = $1;

-- name: DisputeOfRefund :one
-- The unresolved dispute in which the money of a refund has gone back: the one whose cancellation names the refund,
-- else for a refund by hand the oldest one that still covers it.
SELECT d.id FROM disputes d JOIN refunds r ON r.payment_id = d.payment_id
WHERE r.id = @refund_id AND d.status IN ('OPEN', 'REPRESENTED') AND d.amount - d.refunded >= r.amount
  AND (d.named_refund_id = r.id OR (@by_hand::bool AND d.named_refund_id IS NULL))
ORDER BY d.named_refund_id = r.id DESC NULLS LAST, d.id LIMIT 1;

-- name: PayRefundFromDispute :exec
-- A dispute is accepted when refunds have taken all of it.
WITH paid AS (
    UPDATE refunds SET dispute_id = @dispute_id, by_hand = true WHERE refunds.id = @refund_id RETURNING refunds.amount
)
UPDATE disputes d SET refunded = d.refunded + paid.amount,
       status = CASE WHEN d.refunded + paid.amount = d.amount THEN 'ACCEPTED' ELSE d.status END,
       resolved_at = CASE WHEN d.refunded + paid.amount = d.amount THEN @now::timestamptz END,
       updated_at = @now::timestamptz
FROM paid WHERE d.id = @dispute_id;

-- name: DecideDispute :exec
UPDATE disputes SET status = @status::text, admin_id = @admin_id::bigint, reason = @reason::text,
    approved_by = @approved_by, proposal_id = @proposal_id,
       recredit_reference = @recredit_reference,
       decided_on = CASE WHEN @status::text IN ('WON', 'ACCEPTED') THEN @decided_on::date END,
       resolved_at = CASE WHEN @status::text IN ('WON', 'ACCEPTED') THEN coalesce(resolved_at, @now::timestamptz) END,
       updated_at = @now::timestamptz
WHERE id = @id;

-- name: RecreditIsKnown :one
-- Reports whether another dispute of the same provider was won with a reference.
SELECT EXISTS (SELECT FROM disputes x JOIN disputes d ON d.provider = x.provider
    WHERE d.id = @dispute_id AND x.id <> d.id AND x.recredit_reference = @reference);

-- name: FollowDisputes :exec
-- The lines of an order without an unresolved dispute can be shipped again.
UPDATE order_items i SET disputed = false, updated_at = now() WHERE i.order_id = @order_id AND i.disputed
  AND NOT EXISTS (SELECT FROM disputes d WHERE d.order_id = @order_id AND d.status IN ('OPEN', 'REPRESENTED'));

-- name: ReserveRefundID :one
SELECT nextval(pg_get_serial_sequence('refunds', 'id'))::bigint AS id;
