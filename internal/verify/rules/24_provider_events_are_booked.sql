-- Rule: each movement of money that a provider reports is booked, and each that is booked is
--     reported, or a break says so
-- Group: orders
-- With: provider_differences
-- Reason: The provider holds the buyers' money. What it reports and the books do not have, or
--     the reverse, is money that is lost or not ours, unless a break is open for it.
-- Action: Repeat the comparison of the day with PUT /admin/reconciliation/days/{day}. It opens a
--     break, which FINANCE handles by class (Reconciliation in docs/operations.md).

SELECT x.provider || ' holds ' || x.amount || ' ' || x.currency || ' more of payment ' || x.merchant_uid
    || ' than is booked, and no break says so'
FROM difference x
WHERE EXISTS (
    SELECT
    FROM reconciliations r
    WHERE r.provider = x.provider
        AND r.day = (x.at AT TIME ZONE 'Asia/Seoul')::date
        AND r.reconciled_at >= greatest((r.day + 1)::timestamp AT TIME ZONE 'Asia/Seoul', x.at + interval '5 minutes')
)
    AND NOT EXISTS (
        SELECT
        FROM reconciliation_breaks b
        WHERE b.provider = x.provider
            AND b.merchant_uid = x.merchant_uid
            AND b.status <> 'AGREED'
            AND (
                -- as breaks without a currency, which are older, are
                b.amount = x.amount AND b.currency IN (x.currency, 'KRW')
                OR EXISTS (
                    SELECT
                    FROM difference f
                    WHERE f.merchant_uid = x.merchant_uid
                        AND f.currency = b.currency
                        AND f.currency <> 'KRW'
                        AND f.amount = b.amount
                )
            )
    )
