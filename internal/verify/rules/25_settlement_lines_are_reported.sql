-- Rule: each line of a settlement file is a movement that the provider has reported or paid
--     again after a dispute, or a break says so
-- Group: orders
-- With: provider_differences
-- Reason: A settlement file lists what the provider pays to the bank account. A line without a
--     movement is paid twice or belongs to another shop, unless a break is open for it.
-- Action: Compare the file's lines of the payment with the provider's console. FINANCE asks the
--     provider for the movement or has the file corrected, and posts an adjustment if the money
--     is not ours.

WITH lines AS (
    SELECT l.merchant_uid, l.amount, count(*) AS n
    FROM provider_settlement_lines l
    JOIN provider_settlement_files f ON f.id = l.file_id
    WHERE f.imported_at < now() - interval '1 hour'
    GROUP BY l.merchant_uid, l.amount
), reported AS (
    SELECT merchant_uid, amount, count(*) AS n
    FROM (
        SELECT merchant_uid, amount FROM provider_events WHERE currency = 'KRW'
        UNION ALL SELECT p.merchant_uid, d.amount
        FROM disputes d
        JOIN payments p ON p.id = d.payment_id
        WHERE d.status = 'WON'
    ) x
    GROUP BY merchant_uid, amount
), excess AS (
    SELECT l.*, coalesce(r.n, 0) AS reported
    FROM lines l
    LEFT JOIN reported r ON r.merchant_uid = l.merchant_uid AND r.amount = l.amount
    WHERE l.n > coalesce(r.n, 0)
)
SELECT 'settlement files have ' || l.n || ' lines of ' || l.amount || ' for payment ' || l.merchant_uid
    || ', of which the provider has reported ' || l.reported
FROM excess l
WHERE NOT EXISTS (
    SELECT
    FROM reconciliation_breaks b
    WHERE b.merchant_uid = l.merchant_uid
        AND b.status <> 'AGREED'
        AND (
            b.currency = 'KRW'
            AND EXISTS (SELECT FROM excess o WHERE o.merchant_uid = b.merchant_uid AND o.amount = b.amount)
            OR EXISTS (SELECT FROM difference d WHERE d.merchant_uid = b.merchant_uid AND d.amount = b.amount)
        )
)
