-- name: SellersToSettle :many
-- Returns a page of sellers with unsettled days, adjustments or carried amounts, in ascending order. A carried fraction
-- of a won waits for one of the others.
SELECT s.id FROM sellers s
WHERE s.id > @after_seller
  AND NOT EXISTS (SELECT FROM set_aside x WHERE x.kind = 'SETTLEMENT' AND x.subject_id = s.id)
  AND (EXISTS (SELECT FROM seller_daily_statistics u WHERE u.seller_id = s.id AND u.stat_date <= @period_end
      AND (u.payable <> u.settled_payable OR u.fee <> u.settled_fee))
    OR EXISTS (SELECT FROM settlements x WHERE x.seller_id = s.id AND x.carried_over <> 0 AND x.carried_to IS NULL
        AND (x.carried_over < 0 OR x.carried_over >= 1))
    OR EXISTS (SELECT FROM adjustments x WHERE x.seller_id = s.id AND x.settlement_id IS NULL
        AND 'SELLER_PAYABLE' IN (x.debit_account, x.credit_account) AND x.business_day <= @period_end))
  AND NOT EXISTS (SELECT FROM settlements x WHERE x.seller_id = s.id AND x.period_start = @period_start
      AND x.period_end = @period_end)
ORDER BY s.id LIMIT @chunk;

-- name: Settle :exec
-- Settles a period for sellers. A settlement takes the unsettled part of every day up to the end of the period, and the
-- adjustments up to then.
WITH due AS MATERIALIZED (
    SELECT unnest(@sellers::bigint[]) AS seller_id
), days AS MATERIALIZED (
    SELECT d.seller_id, d.stat_date, d.fee - d.settled_fee AS fee, d.payable - d.settled_payable AS payable
    FROM seller_daily_statistics d JOIN due ON due.seller_id = d.seller_id
    WHERE d.stat_date <= @period_end AND (d.payable <> d.settled_payable OR d.fee <> d.settled_fee)
), carried AS MATERIALIZED (
    SELECT c.id, c.seller_id, c.carried_over FROM settlements c JOIN due ON due.seller_id = c.seller_id
    WHERE c.carried_over <> 0 AND c.carried_to IS NULL
), adjusted AS MATERIALIZED (
    SELECT a.id, a.seller_id, CASE a.credit_account WHEN 'SELLER_PAYABLE' THEN a.amount ELSE -a.amount END AS amount
    FROM adjustments a JOIN due ON due.seller_id = a.seller_id
    WHERE a.settlement_id IS NULL AND 'SELLER_PAYABLE' IN (a.debit_account, a.credit_account)
      AND a.business_day <= @period_end
), sums AS (
    SELECT due.seller_id, coalesce(d.fee, 0) AS fee, coalesce(d.payable, 0) AS payable,
           coalesce(c.amount, 0) AS carried_in, coalesce(a.amount, 0) AS adjusted,
           trunc(greatest(coalesce(d.payable, 0) + coalesce(c.amount, 0) + coalesce(a.amount, 0), 0)) AS amount
    FROM due
    LEFT JOIN (SELECT days.seller_id, sum(days.fee) AS fee, sum(days.payable) AS payable FROM days
        GROUP BY days.seller_id) d ON d.seller_id = due.seller_id
    LEFT JOIN (SELECT carried.seller_id, sum(carried.carried_over) AS amount FROM carried
        GROUP BY carried.seller_id) c ON c.seller_id = due.seller_id
    LEFT JOIN (SELECT adjusted.seller_id, sum(adjusted.amount) AS amount FROM adjusted
        GROUP BY adjusted.seller_id) a ON a.seller_id = due.seller_id
), settled AS (
    INSERT INTO settlements (seller_id, fee, payable, carried_in, adjusted, amount, carried_over, period_start,
        period_end, status, type, completed_at)
    SELECT sums.seller_id, sums.fee, sums.payable, sums.carried_in, sums.adjusted,
           sums.amount, sums.payable + sums.carried_in + sums.adjusted - sums.amount, @period_start, @period_end,
           'COMPLETED', @type, @now
    FROM sums RETURNING id, seller_id
), lines AS (
    INSERT INTO settlement_lines (settlement_id, stat_date, fee, payable)
    SELECT settled.id, days.stat_date, days.fee, days.payable FROM settled
        JOIN days ON days.seller_id = settled.seller_id
), taken AS (
    UPDATE seller_daily_statistics d SET settled_fee = d.fee, settled_payable = d.payable
    FROM days WHERE d.seller_id = days.seller_id AND d.stat_date = days.stat_date
), consumed AS (
    UPDATE settlements c SET carried_to = settled.id FROM carried JOIN settled ON settled.seller_id = carried.seller_id
    WHERE c.id = carried.id
), taken_adjustments AS (
    UPDATE adjustments a SET settlement_id = settled.id FROM adjusted
        JOIN settled ON settled.seller_id = adjusted.seller_id WHERE a.id = adjusted.id
)
SELECT count(*) FROM settled;

-- name: SettlementsToPay :many
-- Returns a page of settlements whose sellers may be paid, in ascending order. The others accrue.
SELECT s.id FROM settlements s JOIN sellers r ON r.id = s.seller_id
WHERE NOT EXISTS (SELECT FROM set_aside x WHERE x.kind = 'PAYOUT' AND x.subject_id = s.id) AND s.status = 'COMPLETED'
  AND s.amount > 0 AND s.id > @after_settlement
  AND (r.may_be_paid OR (NOT r.payouts_held
      AND EXISTS (SELECT FROM withdrawn_payout_accounts w WHERE w.seller_id = r.id)))
          AND (r.payouts_paused_until IS NULL OR r.payouts_paused_until <= @now)
ORDER BY s.id LIMIT @chunk FOR UPDATE OF s;

-- name: CreatePayouts :many
-- Creates the payouts of settlements. The bank's key of a payout contains seller and period instead of a row id: after
-- the restore of an older backup, the new payout has the same key.
WITH due AS (
    SELECT s.id, s.seller_id, s.amount, s.fee, s.period_end FROM settlements s WHERE s.id = ANY (@settlements::bigint[])
), ready AS (
    UPDATE settlements SET status = 'PAYOUT_READY' FROM due WHERE settlements.id = due.id
), created AS (
    INSERT INTO payouts (seller_id, settlement_id, amount, fee, payout_key)
    SELECT due.seller_id, due.id, due.amount, due.fee,
           'payout-' || due.seller_id || '-' || to_char(due.period_end, 'YYYYMMDD') FROM due ORDER BY due.id
           RETURNING settlement_id, seller_id
)
SELECT settlement_id, seller_id FROM created ORDER BY settlement_id;

-- name: DuePayouts :many
SELECT id, settlement_id, seller_id, amount FROM payouts WHERE status = 'PENDING' AND id > @after_payout ORDER BY id
LIMIT @chunk;

-- name: LockPayout :one
SELECT sqlc.embed(p), coalesce(w.bank_code, r.bank_code)::text AS bank_code,
       coalesce(w.bank_account, r.bank_account)::text AS bank_account,
       coalesce(w.bank_account_sealed, r.bank_account_sealed)::bytea AS bank_account_sealed,
       (r.may_be_paid OR (w.id IS NOT NULL AND NOT r.payouts_held))::bool AS may_be_paid, r.payouts_paused_until,
       EXISTS (SELECT FROM payout_attempts m WHERE m.payout_id = p.id AND m.outcome = 'MISPAID') AS mispaid
FROM payouts p JOIN sellers r ON r.id = p.seller_id LEFT JOIN withdrawn_payout_accounts w ON w.seller_id = r.id
WHERE p.id = $1 FOR UPDATE OF p;

-- name: GetPayoutAttempt :one
SELECT * FROM payout_attempts WHERE payout_id = $1 AND attempt = $2;

-- name: OpenPayoutAttempt :one
INSERT INTO payout_attempts (payout_id, attempt, payout_key, bank_code, bank_account, bank_account_sealed, asked_by)
VALUES (@payout_id, @attempt, @payout_key, @bank_code, @bank_account, @bank_account_sealed, @asked_by) RETURNING *;

-- name: PayoutAttemptsToSeal :many
-- Returns the next page of account numbers.
SELECT id, payout_id, attempt, bank_account, bank_account_sealed FROM payout_attempts
WHERE id > @after AND bank_account <> ''
ORDER BY id LIMIT @chunk FOR NO KEY UPDATE;

-- name: SealPayoutAttempts :exec
UPDATE payout_attempts SET bank_account = n.shown, bank_account_sealed = n.sealed
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@shown::text[]) AS shown, unnest(@sealed::bytea[]) AS sealed) AS n
WHERE payout_attempts.id = n.id;

-- name: EndPayoutAttempt :exec
UPDATE payout_attempts SET outcome = @outcome, reason = @reason, bank_amount = @bank_amount, updated_at = now()
WHERE id = @id;

-- name: MispaidAttempt :one
SELECT id, bank_amount::numeric AS bank_amount FROM payout_attempts WHERE payout_id = $1 AND outcome = 'MISPAID';

-- name: SetPayoutStatus :exec
UPDATE payouts SET status = @status, failure = @failure, processed_at = @processed_at, final_at = NULL WHERE id = @id;

-- name: FinishPayout :exec
UPDATE payouts SET final_at = coalesce(final_at, @now) WHERE id = @id AND status = 'SUCCESS';

-- name: LatestPayoutAttempt :one
-- Returns a payout with its latest attempt: 0 before the first.
SELECT p.id, p.settlement_id, p.seller_id, p.amount, p.status, (p.abandoned_at IS NOT NULL)::bool AS abandoned,
       coalesce(max(a.attempt), 0)::int AS attempt,
       coalesce(bool_or(a.outcome = 'MISPAID'), false)::bool AS mispaid
FROM payouts p LEFT JOIN payout_attempts a ON a.payout_id = p.id WHERE p.id = $1 GROUP BY p.id;

-- name: SetSettlementStatus :exec
UPDATE settlements SET status = $2 WHERE id = $1;

-- name: AbandonPayout :exec
-- Abandons a payout, so that the next settlement pays its amount.
WITH abandoned AS (
    UPDATE payouts SET abandoned_at = @now, abandoned_by = @abandoned_by WHERE payouts.id = @id RETURNING settlement_id
)
UPDATE settlements s SET carried_over = s.carried_over + s.amount FROM abandoned WHERE s.id = abandoned.settlement_id;

-- name: KeepPayoutDecisionReason :exec
INSERT INTO payout_decision_reasons (payout_id, decision_id, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: GetPayoutDecisionReason :one
SELECT reason FROM payout_decision_reasons WHERE payout_id = $1 AND decision_id = $2;

-- name: RecordPayoutDecision :execrows
INSERT INTO payout_decisions (payout_id, decision_id, signal, attempt, admin_id, sent_by, reason, applied)
VALUES (@payout_id, @decision_id, @signal, @attempt, @admin_id, @sent_by, @reason, @applied) ON CONFLICT DO NOTHING;

-- name: GetSettlement :one
SELECT * FROM settlements WHERE id = $1 AND seller_id = $2;

-- name: ListSettlementLines :many
SELECT stat_date, fee, payable FROM settlement_lines WHERE settlement_id = $1 ORDER BY stat_date;

-- name: CountAlerts :one
-- Counts the conditions of alerts.
SELECT (SELECT count(*) FROM generate_series((SELECT min(t.business_day) FROM ledger_transactions t), @due_until::date,
    interval '1 day') AS d
        WHERE NOT EXISTS (SELECT FROM business_days b WHERE b.day = d::date
            AND b.closed_at IS NOT NULL))::bigint AS days_not_closed,
       (SELECT count(*) FROM refunds WHERE status IN ('PENDING', 'FAILED')
           AND escalated_at IS NOT NULL)::bigint AS refunds_escalated,
       (SELECT count(*) FROM payouts WHERE status = 'FAILED' AND abandoned_at IS NULL)::bigint AS payouts_failed,
       (SELECT count(*) FROM refunds WHERE status = 'FAILED')::bigint AS refunds_failed,
       (SELECT count(*) FROM (SELECT FROM ledger_unrolled u JOIN ledger_transactions t ON t.id = u.transaction_id
           WHERE t.created_at < @overdue::timestamptz LIMIT 1) late)::bigint AS dashboards_late,
       (SELECT count(*) FROM set_aside)::bigint AS set_aside,
       coalesce((SELECT v.findings FROM verifications v ORDER BY v.id DESC LIMIT 1), 0)::bigint AS findings,
       (SELECT count(*) FROM reconciliation_breaks WHERE status = 'OPEN' AND NOT heals
           AND admin_id IS NULL)::bigint AS breaks,
       (SELECT count(*) FROM provider_feeds WHERE read_until < now() - interval '30 hours')::bigint AS feeds_unread,
       (SELECT count(*) FROM webhook_endpoints WHERE seller_id IS NULL AND status = 'PAUSED' AND problem IS NOT NULL
           AND deleted_at IS NULL)::bigint AS webhooks_paused,
       (SELECT count(*) FROM (SELECT created_at FROM payments ORDER BY id LIMIT 1) p
        WHERE greatest((SELECT max(v.ended_at) FROM verifications v),
            p.created_at) < @stale_before::timestamptz)::bigint AS verification_stale,
       partitions_filling() AS partitions_filling,
       (SELECT count(*) FROM disputes WHERE status = 'OPEN')::bigint AS disputes,
       (SELECT CASE WHEN sum(e.amount) FILTER (WHERE t.created_at < @suspended_before::timestamptz) <> 0
           THEN ceil(abs(sum(e.amount))) ELSE 0 END
        FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id
        WHERE e.account = 'SUSPENSE')::bigint AS suspense;

-- name: AlertDetails :many
-- Lists the rows behind the alerts.
SELECT 'DAY_NOT_CLOSED'::text AS kind, d::date::text AS subject, ''::text AS detail, d::timestamptz AS since
FROM generate_series((SELECT min(t.business_day) FROM ledger_transactions t), @due_until::date, interval '1 day') AS d
WHERE NOT EXISTS (SELECT FROM business_days b WHERE b.day = d::date AND b.closed_at IS NOT NULL)
UNION ALL SELECT 'SET_ASIDE', s.kind || ' ' || s.subject_id, s.problem, s.created_at FROM set_aside s
UNION ALL SELECT 'FINDING', (f ->> 'rule')::text, (f ->> 'problem')::text, v.ended_at
FROM (SELECT * FROM verifications ORDER BY id DESC LIMIT 1) v CROSS JOIN LATERAL jsonb_array_elements(v.report) f
UNION ALL SELECT 'FEED_UNREAD', p.provider::text, '', p.read_until FROM provider_feeds p
WHERE p.read_until < now() - interval '30 hours'
UNION ALL SELECT 'VERIFICATION_STALE', '', '', coalesce((SELECT max(v.ended_at) FROM verifications v), p.created_at)
FROM (SELECT created_at FROM payments ORDER BY id LIMIT 1) p
WHERE greatest((SELECT max(v.ended_at) FROM verifications v), p.created_at) < @stale_before::timestamptz
UNION ALL SELECT 'SUSPENSE', sum(e.amount)::text, '',
    max(t.created_at) FILTER (WHERE t.created_at < @suspended_before::timestamptz)
FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id WHERE e.account = 'SUSPENSE'
HAVING sum(e.amount) <> 0 AND sum(e.amount) FILTER (WHERE t.created_at < @suspended_before::timestamptz) <> 0
UNION ALL SELECT 'WEBHOOK_PAUSED', w.id::text, w.problem, w.updated_at FROM webhook_endpoints w
WHERE w.seller_id IS NULL AND w.status = 'PAUSED' AND w.problem IS NOT NULL AND w.deleted_at IS NULL
ORDER BY kind, since LIMIT 500;

-- name: MoneyInFlight :one
-- Sums the money in transit, and the earnings and adjustments of sellers that no successful payout covers.
SELECT (SELECT coalesce(sum(p.amount), 0) FROM payments p WHERE p.status = 'PENDING'
    AND p.resolved_at IS NULL)::numeric AS payments,
       (SELECT coalesce(sum(r.amount), 0) FROM refunds r WHERE r.status = 'PROCESSING')::numeric AS refunds,
       (SELECT coalesce(sum(o.amount), 0) FROM payouts o WHERE o.status = 'PROCESSING')::numeric AS payouts,
       ((SELECT coalesce(sum(d.payable - d.settled_payable), 0) FROM seller_daily_statistics d
           WHERE d.payable <> d.settled_payable OR d.fee <> d.settled_fee)
       + (SELECT coalesce(sum(s.amount), 0) FROM settlements s WHERE s.status = 'COMPLETED' AND s.amount > 0)
       + (SELECT coalesce(sum(CASE a.credit_account WHEN 'SELLER_PAYABLE' THEN a.amount ELSE -a.amount END), 0)
           FROM adjustments a
          WHERE a.settlement_id IS NULL AND 'SELLER_PAYABLE' IN (a.debit_account,
              a.credit_account)))::numeric AS unsettled;

-- name: GetAnySettlement :one
SELECT * FROM settlements WHERE id = $1;

-- name: GetPayout :one
-- Returns a payout, and the amount that the bank has paid if it differs.
SELECT sqlc.embed(p), m.bank_amount FROM payouts p
LEFT JOIN payout_attempts m ON m.payout_id = p.id AND m.outcome = 'MISPAID' WHERE p.id = $1;

-- name: ListPayoutAttempts :many
SELECT * FROM payout_attempts WHERE payout_id = $1 ORDER BY attempt;
