-- Rule: a reconciled day has the sums that its events, payments, refunds and ledger transactions have
-- Group: days
-- Reason: A reconciled day shows FINANCE that provider, books and ledger have the same sums.
--     Sums that no longer follow from their rows mean that rows of a past day changed.
-- Action: Repeat the day with PUT /admin/reconciliation/days/{day}. If breaks appear, FINANCE
--     handles them by class; else the sums were changed, and are now right again.

WITH days AS (
    SELECT *, day::timestamp AT TIME ZONE 'Asia/Seoul' AS start,
        (day + 1)::timestamp AT TIME ZONE 'Asia/Seoul' AS until
    FROM reconciliations
), compared AS (
    SELECT d.*, e.n, e.net AS held, c.net - r.net - g.net AS booked, c.late, l.net AS posted
    FROM days d
    CROSS JOIN LATERAL (
        SELECT count(*) AS n, coalesce(sum(e.amount) FILTER (WHERE e.currency = 'KRW'), 0) AS net
        FROM provider_events e
        WHERE e.provider = d.provider AND e.happened_at >= d.start AND e.happened_at < d.until
    ) e
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE WHEN p.imp_uid IS NOT NULL THEN p.amount ELSE a.amount END), 0) AS net,
            coalesce(sum(a.amount) FILTER (WHERE a.outcome = 'TOO_LATE'), 0) AS late
        FROM payments p
        LEFT JOIN payment_attempts a ON a.payment_id = p.id AND a.imp_uid IS NOT NULL
        WHERE p.provider = d.provider
            AND p.provider <> 'MOCK'
            AND p.resolved_at >= d.start
            AND p.resolved_at < d.until
    ) c
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(r.amount), 0) AS net
        FROM refunds r
        JOIN payments p ON p.id = r.payment_id
        WHERE p.provider = d.provider
            AND r.status = 'SUCCESS'
            AND NOT r.by_hand
            AND r.processed_at >= d.start
            AND r.processed_at < d.until
    ) r
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(x.amount), 0) AS net
        FROM disputes x
        WHERE x.provider = d.provider AND x.created_at >= d.start AND x.created_at < d.until
    ) g
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(n.amount), 0) AS net
        FROM ledger_transactions t
        JOIN ledger_entries n ON n.transaction_id = t.id AND n.account = 'PSP_CLEARING'
        LEFT JOIN refunds b ON t.source_type = 'REFUND' AND b.id = t.source_id
        LEFT JOIN disputes x ON t.kind = 'DISPUTE_OPENED' AND x.id = t.source_id
        LEFT JOIN payments p
            ON p.id
                = CASE t.source_type
                    WHEN 'PAYMENT' THEN t.source_id
                    WHEN 'REFUND' THEN b.payment_id
                    ELSE x.payment_id
                END
        WHERE t.business_day = d.day AND t.created_at <= d.reconciled_at AND p.provider = d.provider
    ) l
    WHERE d.reconciled_at >= d.until
)
SELECT provider || ' on ' || day || ': ' || events || ' events of ' || provider_net || ', booked ' || booked_net
    || ', in the ledger ' || ledger_net || '; there are ' || n || ' of ' || held || ', booked ' || booked
    || ', in the ledger ' || posted
FROM compared
-- A late charge is booked to the day on which its payment ended.
WHERE events <> n OR provider_net <> held OR ledger_net <> posted OR booked_net NOT BETWEEN booked - late AND booked
