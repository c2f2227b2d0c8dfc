-- name: GetPayment :one
SELECT p.* FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id = $1 AND o.buyer_id = $2;

-- name: LatestPayment :one
-- The payment of an order that counts: the successful or open one before failed ones.
SELECT * FROM payments WHERE order_id = $1
ORDER BY status IN ('SUCCESS', 'PENDING') DESC, id DESC LIMIT 1;

-- name: PaymentOfRun :one
-- The payment of an order that a workflow run is to drive: the one that it has
-- opened itself, whatever became of it, else the one that counts, else one whose
-- end at the gateway nobody knows.
SELECT * FROM payments WHERE order_id = @order_id
ORDER BY run_id = @run_id::text DESC NULLS LAST, status IN ('SUCCESS', 'PENDING') DESC, resolved_at IS NULL DESC, id DESC LIMIT 1;

-- name: AdoptPayment :exec
UPDATE payments SET run_id = $2, updated_at = now() WHERE id = $1;

-- name: OpenPayment :one
WITH opened AS (
    INSERT INTO payments (order_id, amount, method, merchant_uid, run_id) VALUES (@order_id, @amount, @method, @merchant_uid, @run_id) RETURNING id, amount
), history AS (
    INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
    SELECT id, 'PAYMENT', 'PENDING', 'NONE', amount FROM opened
)
SELECT id FROM opened;

-- name: ReadPayment :one
SELECT * FROM payments WHERE id = $1;

-- name: SucceedPayment :execrows
-- Compare-and-set on the version: no row means that somebody else was faster. The order
-- is PAID with it, and what its lines come to is frozen.
WITH paid AS (
    UPDATE payments SET status = 'SUCCESS', imp_uid = @imp_uid, paid_at = @paid_at, resolved_at = now(), version = version + 1, updated_at = now()
    WHERE payments.id = @id AND payments.version = @version AND payments.status = 'PENDING' RETURNING payments.id, payments.order_id, payments.amount
), paid_order AS (
    UPDATE orders SET status = 'PAID', updated_at = now() FROM paid WHERE orders.id = paid.order_id
), frozen AS (
    UPDATE order_items i SET gross = l.gross, discount = l.discount, net = l.net, tax = l.tax, commission = l.commission, updated_at = now()
    FROM paid, (SELECT unnest(@line_ids::bigint[]) AS id, unnest(@gross::text[])::numeric AS gross, unnest(@discounts::text[])::numeric AS discount,
                       unnest(@nets::text[])::numeric AS net, unnest(@taxes::text[])::numeric AS tax, unnest(@commissions::text[])::numeric AS commission) AS l
    WHERE i.order_id = paid.order_id AND i.id = l.id
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT id, 'PAYMENT', 'SUCCESS', 'NONE', amount FROM paid;

-- name: RejectPayment :execrows
-- A pending payment fails; the attempt says why. Expired ones are FAILED already.
WITH failed AS (
    UPDATE payments SET status = 'FAILED', failure_code = @failure_code::text, resolved_at = now(), version = version + 1, updated_at = now()
    WHERE payments.id = @id AND payments.version = @version AND payments.status = 'PENDING' RETURNING payments.id, payments.amount
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT id, 'PAYMENT', 'FAILED', 'NONE', amount FROM failed;

-- name: RecordAttempt :exec
-- What the gateway did is known from now on.
WITH resolved AS (
    UPDATE payments SET resolved_at = now() WHERE payments.id = @payment_id AND payments.status <> 'PENDING' AND payments.resolved_at IS NULL
)
INSERT INTO payment_attempts (payment_id, outcome, imp_uid, amount) VALUES (@payment_id, @outcome, @imp_uid, @amount)
ON CONFLICT (payment_id, outcome) DO NOTHING;

-- name: OpenReversal :one
-- The refund of a charge that no order stands behind, and the workflow that gives
-- it back: at most one for a payment.
WITH opened AS (
    INSERT INTO refunds (buyer_id, payment_id, amount, reason, description, status)
    VALUES (@buyer_id, @payment_id, @amount, @reason, @description, 'PROCESSING') RETURNING id, amount
), history AS (
    INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
    SELECT id, 'REFUND', 'FAILED', 'PROCESSING', amount FROM opened
), follow_up AS (
    INSERT INTO follow_ups (kind, subject_id) SELECT 'REVERSAL', id FROM opened
)
SELECT id FROM opened;

-- name: GetReversal :one
SELECT r.id FROM refunds r
WHERE r.payment_id = $1 AND r.reason IN ('PAYMENT_AMOUNT_MISMATCH', 'ORDER_EXPIRED', 'PAYMENT_FAILED');

-- name: PostLedger :execrows
-- One balanced transaction with its entries. Posting it again adds nothing.
WITH t AS (
    INSERT INTO ledger_transactions (kind, source_type, source_id, business_day)
    VALUES (@kind, @source_type, @source_id, @business_day) ON CONFLICT (source_type, source_id, kind) DO NOTHING RETURNING id
)
INSERT INTO ledger_entries (transaction_id, account, seller_id, order_item_id, amount)
SELECT t.id, e.account, nullif(e.seller_id, 0), nullif(e.order_item_id, 0), e.amount
FROM t, (SELECT unnest(@accounts::text[]) AS account, unnest(@seller_ids::bigint[]) AS seller_id,
                unnest(@order_item_ids::bigint[]) AS order_item_id, unnest(@amounts::text[])::numeric AS amount) AS e;

-- name: BeginRequest :execrows
-- One row when the request is new.
INSERT INTO idempotency_keys (principal, operation, key, fingerprint) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: GetRequest :one
SELECT fingerprint, state, status_code, response FROM idempotency_keys WHERE principal = $1 AND operation = $2 AND key = $3;

-- name: FinishRequest :exec
UPDATE idempotency_keys SET state = 'DONE', status_code = @status_code, response = @response
WHERE principal = @principal AND operation = @operation AND key = @key AND state = 'RUNNING';
