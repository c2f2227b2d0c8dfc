-- Rule: the ledger has exactly what payments, refunds, confirmations, payouts and adjustments post
-- Group: orders
-- Reason: Every balance that is shown or paid is a sum of the ledger. An entry too many or too
--     few pays a seller, or keeps from one, money that no payment, refund, confirmation,
--     dispute, payout or adjustment stands behind.
-- Action: Compare the source row that the finding names with its entries in GET /admin/ledger,
--     and with the provider's or the bank's record. If the source row was changed, restore it
--     from its audit log entry (GET /admin/audit). If the entry is wrong, FINANCE posts an
--     adjustment; entries cannot be changed.

WITH booked AS (
    SELECT p.* FROM payments p WHERE p.imp_uid IS NOT NULL
), payment_lines AS (
    SELECT p.id, i.seller_id, i.id AS item, i.net, i.commission, i.held
    FROM booked p
    JOIN order_items i ON i.order_id = p.order_id
), paid_back AS (
    SELECT r.*,
        CASE
            WHEN r.dispute_id IS NOT NULL THEN 'DISPUTED'
            WHEN r.by_hand THEN 'BANK'
            ELSE 'PSP_CLEARING'
        END AS account, is_reversal(r.reason) AS reversal
    FROM refunds r
), refund_lines AS (
    SELECT r.id, i.seller_id, i.id AS item, x.amount, coalesce(x.commission, 0) AS commission, i.held
    FROM paid_back r
    JOIN refund_items x ON x.refund_id = r.id
    JOIN order_items i ON i.id = x.order_item_id
    WHERE r.status = 'SUCCESS'
), attempts AS (
    SELECT a.id, a.outcome, a.bank_amount, p.seller_id, p.amount
    FROM payout_attempts a
    JOIN payouts p ON p.id = a.payout_id
), returned_from AS (
    -- what the bank has paid and was not kept, and whether that was another amount
    SELECT a.id,
        CASE
            WHEN EXISTS (
                SELECT
                FROM ledger_transactions t
                WHERE t.source_type = 'PAYOUT' AND t.source_id = a.id AND t.kind = 'PAYOUT_PAID'
            ) THEN 'BANK'
            ELSE 'PAYOUT_IN_TRANSIT'
        END AS account, a.outcome = 'MISPAID'
        OR EXISTS (
            SELECT
            FROM ledger_transactions t
            WHERE t.source_type = 'PAYOUT' AND t.source_id = a.id AND t.kind = 'PAYOUT_MISPAID'
        ) AS mispaid
    FROM attempts a
    WHERE a.outcome IN ('RETURNED', 'MISPAID')
), expected (source, kind, account, seller_id, item, amount) AS (
    SELECT 'PAYMENT ' || id, 'PAYMENT_APPROVED', 'PSP_CLEARING', NULL::bigint, NULL::bigint, amount FROM booked
    UNION ALL SELECT 'PAYMENT ' || id, 'PAYMENT_APPROVED',
        CASE WHEN held THEN 'SELLER_PENDING' ELSE 'SELLER_PAYABLE' END, seller_id, item, commission - net
    FROM payment_lines
    UNION ALL SELECT 'PAYMENT ' || id, 'PAYMENT_APPROVED',
        CASE WHEN held THEN 'COMMISSION_PENDING' ELSE 'COMMISSION' END, seller_id, item, -commission
    FROM payment_lines
    UNION ALL SELECT 'CONFIRMATION ' || c.id, CASE WHEN c.pieces > 0 THEN 'CONFIRMED' ELSE 'UNCONFIRMED' END, e.account,
        c.seller_id, c.order_item_id, e.amount
    FROM confirmations c
    JOIN order_items i ON i.id = c.order_item_id AND i.held
    CROSS JOIN LATERAL (
        VALUES
        ('SELLER_PENDING', c.net - c.commission),
        ('SELLER_PAYABLE', c.commission - c.net),
        ('COMMISSION_PENDING', c.commission),
        ('COMMISSION', -c.commission)
    ) AS e (account, amount)
    UNION ALL SELECT 'REFUND ' || id, 'REFUND_COMPLETED', account, NULL, NULL, -amount
    FROM paid_back
    WHERE NOT reversal AND status = 'SUCCESS'
    UNION ALL SELECT 'REFUND ' || id, 'REFUND_COMPLETED',
        CASE WHEN held THEN 'SELLER_PENDING' ELSE 'SELLER_PAYABLE' END, seller_id, item, amount - commission
    FROM refund_lines
    UNION ALL SELECT 'REFUND ' || id, 'REFUND_COMPLETED',
        CASE WHEN held THEN 'COMMISSION_PENDING' ELSE 'COMMISSION' END, seller_id, item, commission
    FROM refund_lines
    UNION ALL SELECT 'REFUND ' || id, 'CHARGE_TO_REVERSE', 'PSP_CLEARING', NULL, NULL, amount
    FROM paid_back
    WHERE reversal
    UNION ALL SELECT 'REFUND ' || id, 'CHARGE_TO_REVERSE', 'REFUND_IN_FLIGHT', NULL, NULL, -amount
    FROM paid_back
    WHERE reversal
    UNION ALL SELECT 'REFUND ' || id, 'CHARGE_REVERSED', 'REFUND_IN_FLIGHT', NULL, NULL, amount
    FROM paid_back
    WHERE reversal AND status = 'SUCCESS'
    UNION ALL SELECT 'REFUND ' || id, 'CHARGE_REVERSED', account, NULL, NULL, -amount
    FROM paid_back
    WHERE reversal AND status = 'SUCCESS'
    UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_OPENED', 'DISPUTED', NULL, NULL, amount FROM disputes
    UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_OPENED', 'PSP_CLEARING', NULL, NULL, -amount FROM disputes
    UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_WON', 'PSP_CLEARING', NULL, NULL, amount
    FROM disputes
    WHERE status = 'WON'
    UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_WON', 'DISPUTED', NULL, NULL, -amount
    FROM disputes
    WHERE status = 'WON'
    UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_ACCEPTED', 'WRITE_OFF', NULL, NULL, amount - refunded
    FROM disputes
    WHERE status = 'ACCEPTED'
    UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_ACCEPTED', 'DISPUTED', NULL, NULL, refunded - amount
    FROM disputes
    WHERE status = 'ACCEPTED'
    UNION ALL SELECT 'PAYOUT ' || id, 'PAYOUT_STARTED', 'SELLER_PAYABLE', seller_id, NULL, amount FROM attempts
    UNION ALL SELECT 'PAYOUT ' || id, 'PAYOUT_STARTED', 'PAYOUT_IN_TRANSIT', seller_id, NULL, -amount FROM attempts
    UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_PAID', 'PAYOUT_IN_TRANSIT', seller_id, NULL, amount
    FROM attempts a
    LEFT JOIN returned_from f ON f.id = a.id
    WHERE outcome = 'SUCCESS' OR f.account = 'BANK'
    UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_PAID', 'BANK', seller_id, NULL, -amount
    FROM attempts a
    LEFT JOIN returned_from f ON f.id = a.id
    WHERE outcome = 'SUCCESS' OR f.account = 'BANK'
    UNION ALL SELECT 'PAYOUT ' || id, 'PAYOUT_REFUSED', 'PAYOUT_IN_TRANSIT', seller_id, NULL, amount
    FROM attempts
    WHERE outcome = 'REFUSED'
    UNION ALL SELECT 'PAYOUT ' || id, 'PAYOUT_REFUSED', 'SELLER_PAYABLE', seller_id, NULL, -amount
    FROM attempts
    WHERE outcome = 'REFUSED'
    UNION ALL SELECT 'PAYOUT ' || a.id, CASE WHEN f.mispaid THEN 'PAYOUT_MISPAID' ELSE 'PAYOUT_RETURNED' END,
        f.account, seller_id, NULL, amount
    FROM attempts a
    JOIN returned_from f ON f.id = a.id
    UNION ALL SELECT 'PAYOUT ' || a.id, CASE WHEN f.mispaid THEN 'PAYOUT_MISPAID' ELSE 'PAYOUT_RETURNED' END,
        'SELLER_PAYABLE', seller_id, NULL, -amount
    FROM attempts a
    JOIN returned_from f ON f.id = a.id
    UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_MISPAID', 'SUSPENSE', seller_id, NULL, bank_amount
    FROM attempts a
    JOIN returned_from f ON f.id = a.id
    WHERE f.mispaid
    UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_MISPAID', 'BANK', seller_id, NULL, -bank_amount
    FROM attempts a
    JOIN returned_from f ON f.id = a.id
    WHERE f.mispaid
    UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_RETURNED', 'BANK', seller_id, NULL, bank_amount
    FROM attempts a
    JOIN returned_from f ON f.id = a.id
    WHERE f.mispaid AND outcome = 'RETURNED'
    UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_RETURNED', 'SUSPENSE', seller_id, NULL, -bank_amount
    FROM attempts a
    JOIN returned_from f ON f.id = a.id
    WHERE f.mispaid AND outcome = 'RETURNED'
    UNION ALL SELECT 'ADJUSTMENT ' || id, 'ADJUSTMENT', debit_account, seller_id, NULL, amount FROM adjustments
    UNION ALL SELECT 'ADJUSTMENT ' || id, 'ADJUSTMENT', credit_account, seller_id, NULL, -amount FROM adjustments
), actual AS (
    SELECT t.source_type || ' ' || t.source_id AS source, t.kind, e.account, e.seller_id, e.order_item_id AS item,
        e.amount
    FROM ledger_transactions t
    JOIN ledger_entries e ON e.transaction_id = t.id
), difference AS (
    SELECT source, kind, account, seller_id, item, sum(amount) AS amount
    FROM (SELECT * FROM actual UNION ALL SELECT source, kind, account, seller_id, item, -amount FROM expected) x
    GROUP BY 1, 2, 3, 4, 5
)
SELECT source || ': ' || kind || ' has ' || amount || ' too much in ' || account
    || coalesce(' of seller ' || seller_id, '') || coalesce(' for order item ' || item, '')
FROM difference
WHERE amount <> 0
