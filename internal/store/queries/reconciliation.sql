-- name: ReadFrom :one
-- Returns the time from which to read a provider's feed: some time before the last read, at most notAfter; before the
-- first read, the time of the first payment.
SELECT least(@not_after::timestamptz,
    coalesce((SELECT f.read_until - interval '1 hour' FROM provider_feeds f WHERE f.provider = @provider::text),
    (SELECT min(p.created_at) FROM payments p WHERE p.provider = @provider::text AND p.provider <> 'MOCK'),
    @not_after))::timestamptz;

-- name: KeepProviderEvents :exec
-- Keeps events; those that are kept already stay. A charge of a payment that is not booked signals its workflow, as a
-- message of the provider does in ReceiveMessage. A day that was reconciled after its end and gets another event counts
-- as reconciled up to that event, so that the next run reconciles it again.
WITH kept AS (
    INSERT INTO provider_events (provider, id, type, merchant_uid, amount, currency, happened_at)
    SELECT @provider::text, e.id, e.type, e.merchant_uid, e.amount, e.currency, e.happened_at
    FROM (SELECT unnest(@ids::text[]) AS id, unnest(@types::text[]) AS type,
        unnest(@merchant_uids::text[]) AS merchant_uid,
                 unnest(@amounts::numeric[]) AS amount, unnest(@currencies::text[]) AS currency,
                 unnest(@happened_at::timestamptz[]) AS happened_at) AS e
    ON CONFLICT DO NOTHING
    RETURNING provider_events.provider, provider_events.happened_at, provider_events.merchant_uid,
    provider_events.amount
), unbooked AS (
    INSERT INTO follow_ups (kind, subject_id)
    SELECT 'PAYMENT_NEWS', p.id FROM payments p
    WHERE p.merchant_uid IN (SELECT k.merchant_uid FROM kept k WHERE k.amount > 0) AND p.provider = @provider::text
      AND (p.resolved_at IS NULL OR p.status = 'FAILED')
), late AS (
    SELECT k.provider, (k.happened_at AT TIME ZONE 'Asia/Seoul')::date AS day, min(k.happened_at) AS at FROM kept k
    GROUP BY 1, 2
)
UPDATE reconciliations r SET reconciled_at = late.at FROM late
WHERE r.provider = late.provider AND r.day = late.day
  AND r.reconciled_at >= (r.day + 1)::timestamp AT TIME ZONE 'Asia/Seoul';

-- name: FeedRead :exec
INSERT INTO provider_feeds (provider, read_until) VALUES ($1, $2)
ON CONFLICT (provider) DO UPDATE SET read_until = greatest(provider_feeds.read_until, excluded.read_until);

-- name: DaysToReconcile :many
-- Lists the days since the first payment that were not reconciled after their end.
SELECT d.day::date AS day
FROM generate_series((SELECT (min(p.created_at) AT TIME ZONE 'Asia/Seoul')::date FROM payments p
    WHERE p.provider = @provider::text AND p.provider <> 'MOCK'),
    @last::date, interval '1 day') AS d (day)
WHERE NOT EXISTS (SELECT FROM reconciliations r WHERE r.provider = @provider AND r.day = d.day::date
    AND r.reconciled_at >= (d.day::date + 1)::timestamp AT TIME ZONE 'Asia/Seoul')
ORDER BY d.day LIMIT @most;

-- name: PutBreaks :many
-- Updates open discrepancies, except those that an admin has just decided, and opens new ones unless an admin has
-- accepted the same.
INSERT INTO reconciliation_breaks (provider, merchant_uid, payment_id, class, amount, currency, detail, heals, day)
SELECT @provider::text, b.merchant_uid, nullif(b.payment_id, 0), b.class, b.amount, b.currency, b.detail, b.heals,
       @day::date
FROM (SELECT unnest(@merchant_uids::text[]) AS merchant_uid, unnest(@payment_ids::bigint[]) AS payment_id,
    unnest(@classes::text[]) AS class,
             unnest(@amounts::numeric[]) AS amount, unnest(@currencies::text[]) AS currency,
             unnest(@details::text[]) AS detail, unnest(@heals::boolean[]) AS heals) AS b
WHERE NOT EXISTS (SELECT FROM reconciliation_breaks a WHERE a.provider = @provider AND a.merchant_uid = b.merchant_uid
    AND a.status = 'ACCEPTED'
    AND a.class = b.class AND a.amount = b.amount AND a.currency = b.currency)
ON CONFLICT (provider, merchant_uid) WHERE status = 'OPEN' DO UPDATE SET payment_id = excluded.payment_id,
    class = excluded.class,
    amount = excluded.amount, currency = excluded.currency, detail = excluded.detail, heals = excluded.heals,
    updated_at = now()
    WHERE reconciliation_breaks.admin_id IS NULL
RETURNING id, payment_id, heals;

-- name: AgreeBreaks :many
UPDATE reconciliation_breaks SET status = 'AGREED', resolved_at = now(), updated_at = now()
WHERE provider = @provider AND merchant_uid = ANY (@merchant_uids::text[]) AND status = 'OPEN' RETURNING id;

-- name: AddFollowUps :exec
INSERT INTO follow_ups (kind, subject_id) SELECT @kind::text, unnest(@subject_ids::bigint[]);

-- name: PutReconciliation :exec
INSERT INTO reconciliations (provider, day, events, provider_net, booked_net, ledger_net, breaks, reconciled_at)
SELECT @provider::text, @day::date, reported.n, reported.net, charged.net - given_back.net - disputed.net, posted.net,
       @breaks, now()
FROM (SELECT count(*) AS n, coalesce(sum(e.amount) FILTER (WHERE e.currency = 'KRW'), 0) AS net FROM provider_events e
      WHERE e.provider = @provider AND e.happened_at >= @start AND e.happened_at < @until) AS reported,
     (SELECT coalesce(sum(CASE WHEN p.imp_uid IS NOT NULL THEN p.amount ELSE a.amount END), 0) AS net
      FROM payments p LEFT JOIN payment_attempts a ON a.payment_id = p.id AND a.imp_uid IS NOT NULL
      WHERE p.provider = @provider AND p.provider <> 'MOCK' AND p.resolved_at >= @start
        AND p.resolved_at < @until) AS charged,
     (SELECT coalesce(sum(r.amount), 0) AS net FROM refunds r JOIN payments of ON of.id = r.payment_id
      WHERE of.provider = @provider AND r.status = 'SUCCESS' AND NOT r.by_hand AND r.processed_at >= @start
        AND r.processed_at < @until) AS given_back,
     (SELECT coalesce(sum(d.amount), 0) AS net FROM disputes d
      WHERE d.provider = @provider AND d.created_at >= @start AND d.created_at < @until) AS disputed,
     (SELECT coalesce(sum(l.amount), 0) AS net FROM ledger_entries l JOIN (
          SELECT t.id FROM ledger_transactions t JOIN payments paid ON paid.id = t.source_id
          WHERE t.business_day = @day AND t.source_type = 'PAYMENT' AND paid.provider = @provider
            AND paid.provider <> 'MOCK'
          UNION ALL
          SELECT t.id FROM ledger_transactions t JOIN refunds back ON back.id = t.source_id
              JOIN payments paid ON paid.id = back.payment_id
          WHERE t.business_day = @day AND t.source_type = 'REFUND' AND paid.provider = @provider
            AND paid.provider <> 'MOCK'
          UNION ALL
          SELECT t.id FROM ledger_transactions t JOIN disputes d ON d.id = t.source_id
          WHERE t.business_day = @day AND t.source_type = 'DISPUTE' AND t.kind = 'DISPUTE_OPENED'
            AND d.provider = @provider
      ) AS x ON x.id = l.transaction_id WHERE l.account = 'PSP_CLEARING') AS posted
ON CONFLICT (provider, day) DO UPDATE SET events = excluded.events, provider_net = excluded.provider_net,
    booked_net = excluded.booked_net,
    ledger_net = excluded.ledger_net, breaks = excluded.breaks, reconciled_at = excluded.reconciled_at;

-- name: ReadBreak :one
SELECT * FROM reconciliation_breaks WHERE id = $1;

-- name: LockBreak :one
SELECT * FROM reconciliation_breaks WHERE id = $1 FOR UPDATE;

-- name: DecideBreak :execrows
-- Records an admin's decision, with a follow-up that signals the discrepancy's workflow.
WITH decided AS (
    UPDATE reconciliation_breaks SET admin_id = @admin_id, reason = @reason::text, updated_at = now()
    WHERE reconciliation_breaks.id = @id AND reconciliation_breaks.status = 'OPEN'
      AND reconciliation_breaks.admin_id IS NULL RETURNING reconciliation_breaks.id
)
INSERT INTO follow_ups (kind, subject_id) SELECT 'RECONCILIATION_BREAK', decided.id FROM decided;

-- name: ResolveBreak :one
-- Applies the decision of an admin, if there is one.
WITH accepted AS (
    UPDATE reconciliation_breaks SET status = 'ACCEPTED', resolved_at = now(), updated_at = now()
    WHERE reconciliation_breaks.id = @id AND reconciliation_breaks.status = 'OPEN'
      AND reconciliation_breaks.admin_id IS NOT NULL RETURNING reconciliation_breaks.status
)
SELECT coalesce((SELECT a.status FROM accepted a), b.status)::text FROM reconciliation_breaks b WHERE b.id = @id;

-- name: Unreconciled :one
-- Sums the open discrepancies in won, and returns the time of the oldest.
SELECT coalesce(sum(abs(amount)) FILTER (WHERE currency = 'KRW') OVER (), 0)::numeric AS amount, created_at AS since
FROM reconciliation_breaks WHERE status = 'OPEN' ORDER BY created_at LIMIT 1;

-- name: OpenSettlementFile :one
INSERT INTO provider_settlement_files (provider, name) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET updated_at = now() RETURNING *;

-- name: DiscardSettlementFile :exec
SELECT discard_settlement_file($1);

-- name: LockSettlementFile :one
SELECT * FROM provider_settlement_files WHERE id = $1 FOR UPDATE;

-- name: AddSettlementLines :exec
INSERT INTO provider_settlement_lines (file_id, line, merchant_uid, amount, fee, payout_day)
SELECT @file_id, l.line, l.merchant_uid, l.amount, l.fee, l.payout_day
FROM (SELECT unnest(@lines::bigint[]) AS line, unnest(@merchant_uids::text[]) AS merchant_uid,
    unnest(@amounts::numeric[]) AS amount,
             unnest(@fees::numeric[]) AS fee, unnest(@payout_days::date[]) AS payout_day) AS l;

-- name: SettlementFileGrew :one
UPDATE provider_settlement_files SET lines = lines + @lines, digest = @digest, amount = amount + @amount,
    fee = fee + @fee,
    imported_at = CASE WHEN @whole::boolean THEN now() END, updated_at = now()
WHERE id = @id RETURNING *;

-- name: ReconciledDays :many
SELECT * FROM reconciliations WHERE day >= @first AND day <= @last ORDER BY day DESC, provider;
