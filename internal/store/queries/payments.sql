-- name: GetPayment :one
SELECT p.* FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id = $1 AND o.buyer_id = $2;

-- name: LatestPayment :one
-- Returns an order's successful or open payment, else its last failed one.
SELECT * FROM payments WHERE order_id = $1
ORDER BY status IN ('SUCCESS', 'PENDING') DESC, id DESC LIMIT 1;

-- name: PaymentOfRun :one
-- Returns the payment that a workflow run owns: the one that it opened itself, in any state, else the successful or
-- open one, else one whose outcome at the gateway is unknown.
SELECT * FROM payments WHERE order_id = @order_id
ORDER BY run_id = @run_id::text DESC NULLS LAST, status IN ('SUCCESS', 'PENDING') DESC, resolved_at IS NULL DESC,
    id DESC LIMIT 1;

-- name: AdoptPayment :exec
UPDATE payments SET run_id = $2, updated_at = now() WHERE id = $1;

-- name: OpenPayment :many
-- Opens a payment of a buyer's unpaid order that has no successful or open payment, none of this run, and none with an
-- unknown outcome; otherwise it does nothing and returns no row. A browser payment needs lines of whole won, so that
-- each can be refunded alone. Products that staff has taken off sale cannot be paid. An order of 0 won needs no
-- provider. The order is locked by its key and its state tested afterwards: an index of unpaid orders has dead entries
-- of all orders since the oldest snapshot.
WITH l AS MATERIALIZED (
    SELECT orders.id, orders.total_amount, orders.status, orders.created_at, orders.first_line, orders.last_line
    FROM orders
    WHERE orders.id = @order_id AND orders.buyer_id = @buyer_id FOR NO KEY UPDATE
), o AS MATERIALIZED (
    SELECT l.id, l.total_amount FROM l
    WHERE l.status = 'CREATED' AND l.created_at >= @ordered_since::timestamptz
      AND (NOT @whole::bool OR NOT EXISTS (SELECT FROM order_items w
          WHERE w.order_id = l.id AND w.id BETWEEN l.first_line AND l.last_line
                      AND w.unit_price * w.quantity <> trunc(w.unit_price * w.quantity)))
      AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = @order_id
          AND (p.status IN ('SUCCESS', 'PENDING') OR p.run_id = @run_id OR p.resolved_at IS NULL))
      AND NOT EXISTS (SELECT FROM order_items i JOIN products ON products.id = i.product_id
          JOIN sellers ON sellers.id = i.seller_id
                      WHERE i.order_id = l.id AND i.id BETWEEN l.first_line AND l.last_line
                        AND (products.status = 'BLOCKED' OR sellers.status <> 'APPROVED'))
), opened AS (
    INSERT INTO payments (order_id, amount, method, provider, merchant_uid, run_id)
    SELECT o.id, o.total_amount, @method, CASE WHEN o.total_amount = 0 THEN 'NONE' ELSE @provider::text END,
        CASE WHEN o.total_amount = 0 THEN @free_merchant_uid::text ELSE @merchant_uid::text END, @run_id
    FROM o ON CONFLICT DO NOTHING RETURNING id, amount, provider, merchant_uid
), history AS (
    INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
    SELECT id, 'PAYMENT', 'PENDING', 'NONE', amount FROM opened
)
SELECT id, amount, provider, merchant_uid FROM opened;

-- name: OrderSaleStopped :one
-- Reports whether staff has blocked a product of the order, or its seller.
SELECT EXISTS (SELECT FROM order_items i JOIN products p ON p.id = i.product_id JOIN sellers s ON s.id = i.seller_id
               WHERE i.order_id = @order_id AND (p.status = 'BLOCKED' OR s.status <> 'APPROVED'));

-- name: OrderHasFractions :one
-- Reports whether a line of the order has a fraction of a won.
SELECT EXISTS (SELECT FROM order_items w WHERE w.order_id = @order_id
    AND w.unit_price * w.quantity <> trunc(w.unit_price * w.quantity));

-- name: ReadPayment :one
SELECT * FROM payments WHERE id = $1;

-- name: PaymentToBook :many
-- Returns a payment to book, with its order's state and lines, and for each line whether staff has taken it off sale.
-- Lines without amounts were placed by the previous release, which froze amounts at payment.
WITH o AS MATERIALIZED (SELECT orders.id, orders.status, orders.first_line, orders.last_line FROM orders
    WHERE orders.id = @order_id)
SELECT sqlc.embed(p), o.status AS order_status, i.id AS line_id, i.seller_id, i.unit_price, i.quantity, i.net,
       i.commission,
       (products.status = 'BLOCKED' OR sellers.status <> 'APPROVED')::bool AS sale_stopped,
       (SELECT holds.from_day FROM holds)::date AS held_from
FROM o JOIN payments p ON p.order_id = o.id JOIN order_items i ON i.order_id = o.id
    AND i.id BETWEEN o.first_line AND o.last_line
JOIN products ON products.id = i.product_id JOIN sellers ON sellers.id = i.seller_id
WHERE p.id = @id ORDER BY i.id;

-- name: BookPayment :execrows
-- Books the charge of an open payment: payment SUCCESS, order and lines PAID, ledger entries. It compares version and
-- both states, and affects no row if one differs. The order is locked first, by its key as in OpenPayment.
WITH o AS MATERIALIZED (
    SELECT orders.id, orders.status, orders.first_line, orders.last_line FROM orders
    WHERE orders.id = @order_id FOR NO KEY UPDATE
), paid AS (
    UPDATE payments SET status = 'SUCCESS', imp_uid = @imp_uid, paid_at = @paid_at, resolved_at = now(),
    version = version + 1, updated_at = now()
    FROM o WHERE o.status = 'CREATED' AND payments.id = @id AND payments.order_id = @order_id
        AND payments.version = @version AND payments.status = 'PENDING'
    RETURNING payments.id, payments.order_id, payments.amount
), paid_order AS (
    UPDATE orders SET status = 'PAID', updated_at = now() FROM paid WHERE orders.id = @order_id
), moved AS (
    UPDATE order_items i SET order_status = 'PAID', held = @held, updated_at = now()
    FROM o, paid WHERE i.order_id = o.id AND i.id BETWEEN o.first_line AND o.last_line
), posted AS (
    INSERT INTO ledger_transactions (kind, source_type, source_id, business_day)
    SELECT @kind, @source_type, paid.id, @business_day FROM paid RETURNING id
), entries AS (
    INSERT INTO ledger_entries (transaction_id, account, seller_id, order_item_id, amount)
    SELECT posted.id, e.account, nullif(e.seller_id, 0), nullif(e.order_item_id, 0), e.amount
    FROM posted, (SELECT unnest(@accounts::text[]) AS account, unnest(@seller_ids::bigint[]) AS seller_id,
                         unnest(@order_item_ids::bigint[]) AS order_item_id,
                         unnest(@amounts::numeric[]) AS amount) AS e
), follow_up AS (
    INSERT INTO follow_ups (kind, subject_id) SELECT 'CANCELLATION_NEWS', id FROM paid WHERE @cancelled::bool
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT id, 'PAYMENT', 'SUCCESS', 'NONE', amount FROM paid;

-- name: FreezeLines :exec
-- Freezes the amounts of lines that were placed by the previous release. Their terms stay NULL.
UPDATE order_items i SET gross = l.gross, discount = l.discount, net = l.net, tax = l.tax, commission = l.commission,
    updated_at = now()
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@gross::numeric[]) AS gross,
    unnest(@discounts::numeric[]) AS discount,
             unnest(@nets::numeric[]) AS net, unnest(@taxes::numeric[]) AS tax,
             unnest(@commissions::numeric[]) AS commission) AS l
WHERE i.id = l.id AND i.net IS NULL;

-- name: RejectPayment :execrows
-- Fails a pending payment with the reason of the attempt. Expired ones are FAILED already.
WITH failed AS (
    UPDATE payments SET status = 'FAILED', failure_code = @failure_code::text, resolved_at = now(),
    version = version + 1, updated_at = now()
    WHERE payments.id = @id AND payments.version = @version AND payments.status = 'PENDING'
    RETURNING payments.id, payments.amount
)
INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
SELECT id, 'PAYMENT', 'FAILED', 'NONE', amount FROM failed;

-- name: RecordAttempt :exec
-- Records the gateway's outcome. A late charge replaces an earlier outcome.
WITH resolved AS (
    UPDATE payments SET resolved_at = now() WHERE payments.id = @payment_id AND payments.status <> 'PENDING'
        AND payments.resolved_at IS NULL
)
INSERT INTO payment_attempts (payment_id, outcome, imp_uid, amount) VALUES (@payment_id, @outcome, @imp_uid, @amount)
ON CONFLICT (payment_id) DO UPDATE SET outcome = excluded.outcome, imp_uid = excluded.imp_uid, amount = excluded.amount
WHERE payment_attempts.imp_uid IS NULL AND excluded.imp_uid IS NOT NULL;

-- name: PreparePayment :exec
-- Marks a payment as ready for its buyer.
UPDATE payments SET prepared_at = coalesce(prepared_at, now()), updated_at = now()
WHERE id = $1 AND resolved_at IS NULL;

-- name: SetPaymentMethod :exec
UPDATE payments SET method = @method, updated_at = now() WHERE id = @id AND status = 'PENDING' AND method <> @method;

-- name: RecordDecline :exec
INSERT INTO payment_declines (payment_id, transaction_id, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: AwaitedPayment :one
-- Returns since when the order waits, and the decline reason of the last attempt.
SELECT o.created_at, d.reason AS declined FROM payments p JOIN orders o ON o.id = p.order_id
LEFT JOIN payment_declines d ON d.payment_id = p.id
WHERE p.id = $1 ORDER BY d.created_at DESC NULLS LAST, d.transaction_id LIMIT 1;

-- name: OpenRedirect :one
SELECT * FROM payments WHERE order_id = $1 AND status = 'PENDING' AND prepared_at IS NOT NULL;

-- name: ExplainAttempt :exec
UPDATE payment_attempts SET reason = $2 WHERE payment_id = $1;

-- name: FirstLine :one
-- Returns an order's name for the payment window: its first line and the number of further ones.
WITH o AS MATERIALIZED (SELECT orders.id, orders.first_line, orders.last_line FROM orders WHERE orders.id = $1)
SELECT (array_agg(i.product_name ORDER BY i.id))[1]::text AS name, count(*) - 1 AS more
FROM o JOIN order_items i ON i.order_id = o.id AND i.id BETWEEN o.first_line AND o.last_line;

-- name: ReceiveMessage :one
-- Stores a provider's notification once, with a follow-up that signals the payment's workflow if it may have changed. A
-- repeated notification changes nothing.
WITH subject AS (
    SELECT p.id, @is_news::bool AND (p.resolved_at IS NULL OR (p.status = 'FAILED' AND @is_charge::bool)) AS to_look
    FROM payments p WHERE p.merchant_uid = @merchant_uid
), message AS (
    INSERT INTO provider_messages (id, type, payment_id, transaction_id, told_at)
    VALUES (@id, @type, (SELECT s.id FROM subject s), @transaction_id, @told_at) ON CONFLICT (id) DO NOTHING
    RETURNING payment_id
), cancellation AS (
    INSERT INTO follow_ups (kind, subject_id) SELECT 'CANCELLATION_NEWS', m.payment_id FROM message m
    WHERE m.payment_id IS NOT NULL AND @is_cancellation::bool
), follow_up AS (
    INSERT INTO follow_ups (kind, subject_id, claimed_until)
    SELECT 'PAYMENT_NEWS', s.id, now() + make_interval(secs => @lease_seconds) FROM message m
        JOIN subject s ON s.id = m.payment_id WHERE s.to_look RETURNING id, subject_id
)
SELECT coalesce((SELECT f.id FROM follow_up f), 0)::bigint AS follow_up_id,
       coalesce((SELECT f.subject_id FROM follow_up f), 0)::bigint AS payment_id;

-- name: PaymentAtProvider :one
SELECT p.id, p.order_id, o.buyer_id, p.merchant_uid, p.amount, p.method, p.provider, p.status
FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id = $1;

-- name: OpenReversal :one
-- Inserts the reversal of a charge without an order, and the follow-up for its workflow: at most one for each payment.
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
WHERE r.payment_id = $1 AND is_reversal(r.reason);

-- name: PostLedger :execrows
-- Posts a balanced ledger transaction with its entries. A second call adds nothing.
WITH t AS (
    INSERT INTO ledger_transactions (kind, source_type, source_id, business_day)
    VALUES (@kind, @source_type, @source_id, @business_day) ON CONFLICT (source_type, source_id, kind) DO NOTHING
    RETURNING id
)
INSERT INTO ledger_entries (transaction_id, account, seller_id, order_item_id, amount)
SELECT t.id, e.account, nullif(e.seller_id, 0), nullif(e.order_item_id, 0), e.amount
FROM t, (SELECT unnest(@accounts::text[]) AS account, unnest(@seller_ids::bigint[]) AS seller_id,
                unnest(@order_item_ids::bigint[]) AS order_item_id, unnest(@amounts::numeric[]) AS amount) AS e;

-- name: BeginRequest :execrows
-- Returns a row if the request is new.
INSERT INTO idempotency_keys (principal, operation, key, fingerprint) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: GetRequest :one
SELECT fingerprint, state, status_code, response FROM idempotency_keys
WHERE principal = $1 AND operation = $2 AND key = $3;

-- name: FinishRequest :exec
UPDATE idempotency_keys SET state = 'DONE', status_code = @status_code, response = @response
WHERE principal = @principal AND operation = @operation AND key = @key AND state = 'RUNNING';

-- name: GetAnyPayment :one
SELECT sqlc.embed(p), o.buyer_id FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id = $1;
