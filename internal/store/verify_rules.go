package store

import "slices"

// verifyRule names an invariant; its query returns a text for each violation.
type verifyRule struct{ rule, query string }

// verifyRules are the invariants, each as a query for violations: what is wrong, and where. They
// start from the ledger: it has exactly the entries that payments, refunds, payouts and adjustments
// require, and everything that is shown or paid is a sum of it. The tables of a rule may be
// shadowed by temporary tables with a part of their rows; see VerifyChanges.
var verifyRules = slices.Concat(orderRules, dayRules, chainRules, wholeRules, fullRules)

// orderRules concern orders and rows that belong to them. They can be checked on any subset of
// orders, and on rows without an order.
var orderRules = []verifyRule{
	{"a ledger transaction sums to zero", `
		SELECT 'ledger transaction ' || t.id || ' sums to ' || coalesce(sum(e.amount)::text, 'nothing')
		FROM ledger_transactions t LEFT JOIN ledger_entries e ON e.transaction_id = t.id GROUP BY t.id HAVING sum(e.amount) IS DISTINCT FROM 0`},
	{"the ledger has exactly what payments, refunds, payouts and adjustments post", `
		WITH booked AS (
			SELECT p.* FROM payments p WHERE p.imp_uid IS NOT NULL
		), payment_lines AS (
			SELECT p.id, i.seller_id, i.id AS item, i.net, i.commission FROM booked p JOIN order_items i ON i.order_id = p.order_id
		), paid_back AS (
			SELECT r.*, CASE WHEN r.dispute_id IS NOT NULL THEN 'DISPUTED' WHEN r.by_hand THEN 'BANK' ELSE 'PSP_CLEARING' END AS account, is_reversal(r.reason) AS reversal FROM refunds r
		), refund_lines AS (
			SELECT r.id, i.seller_id, i.id AS item, x.amount, coalesce(x.commission, 0) AS commission
			FROM paid_back r JOIN refund_items x ON x.refund_id = r.id JOIN order_items i ON i.id = x.order_item_id WHERE r.status = 'SUCCESS'
		), attempts AS (
			SELECT a.id, a.outcome, a.bank_amount, p.seller_id, p.amount FROM payout_attempts a JOIN payouts p ON p.id = a.payout_id
		), returned_from AS ( -- what the bank has paid and was not kept, and whether that was another amount
			SELECT a.id, CASE WHEN EXISTS (SELECT FROM ledger_transactions t WHERE t.source_type = 'PAYOUT' AND t.source_id = a.id AND t.kind = 'PAYOUT_PAID') THEN 'BANK' ELSE 'PAYOUT_IN_TRANSIT' END AS account,
				a.outcome = 'MISPAID' OR EXISTS (SELECT FROM ledger_transactions t WHERE t.source_type = 'PAYOUT' AND t.source_id = a.id AND t.kind = 'PAYOUT_MISPAID') AS mispaid
			FROM attempts a WHERE a.outcome IN ('RETURNED', 'MISPAID')
		), expected (source, kind, account, seller_id, item, amount) AS (
			SELECT 'PAYMENT ' || id, 'PAYMENT_APPROVED', 'PSP_CLEARING', NULL::bigint, NULL::bigint, amount FROM booked
			UNION ALL SELECT 'PAYMENT ' || id, 'PAYMENT_APPROVED', 'SELLER_PAYABLE', seller_id, item, commission - net FROM payment_lines
			UNION ALL SELECT 'PAYMENT ' || id, 'PAYMENT_APPROVED', 'COMMISSION', seller_id, item, -commission FROM payment_lines
			UNION ALL SELECT 'REFUND ' || id, 'REFUND_COMPLETED', account, NULL, NULL, -amount FROM paid_back WHERE NOT reversal AND status = 'SUCCESS'
			UNION ALL SELECT 'REFUND ' || id, 'REFUND_COMPLETED', 'SELLER_PAYABLE', seller_id, item, amount - commission FROM refund_lines
			UNION ALL SELECT 'REFUND ' || id, 'REFUND_COMPLETED', 'COMMISSION', seller_id, item, commission FROM refund_lines
			UNION ALL SELECT 'REFUND ' || id, 'CHARGE_TO_REVERSE', 'PSP_CLEARING', NULL, NULL, amount FROM paid_back WHERE reversal
			UNION ALL SELECT 'REFUND ' || id, 'CHARGE_TO_REVERSE', 'REFUND_IN_FLIGHT', NULL, NULL, -amount FROM paid_back WHERE reversal
			UNION ALL SELECT 'REFUND ' || id, 'CHARGE_REVERSED', 'REFUND_IN_FLIGHT', NULL, NULL, amount FROM paid_back WHERE reversal AND status = 'SUCCESS'
			UNION ALL SELECT 'REFUND ' || id, 'CHARGE_REVERSED', account, NULL, NULL, -amount FROM paid_back WHERE reversal AND status = 'SUCCESS'
			UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_OPENED', 'DISPUTED', NULL, NULL, amount FROM disputes
			UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_OPENED', 'PSP_CLEARING', NULL, NULL, -amount FROM disputes
			UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_WON', 'PSP_CLEARING', NULL, NULL, amount FROM disputes WHERE status = 'WON'
			UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_WON', 'DISPUTED', NULL, NULL, -amount FROM disputes WHERE status = 'WON'
			UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_ACCEPTED', 'WRITE_OFF', NULL, NULL, amount - refunded FROM disputes WHERE status = 'ACCEPTED'
			UNION ALL SELECT 'DISPUTE ' || id, 'DISPUTE_ACCEPTED', 'DISPUTED', NULL, NULL, refunded - amount FROM disputes WHERE status = 'ACCEPTED'
			UNION ALL SELECT 'PAYOUT ' || id, 'PAYOUT_STARTED', 'SELLER_PAYABLE', seller_id, NULL, amount FROM attempts
			UNION ALL SELECT 'PAYOUT ' || id, 'PAYOUT_STARTED', 'PAYOUT_IN_TRANSIT', seller_id, NULL, -amount FROM attempts
			UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_PAID', 'PAYOUT_IN_TRANSIT', seller_id, NULL, amount FROM attempts a LEFT JOIN returned_from f ON f.id = a.id WHERE outcome = 'SUCCESS' OR f.account = 'BANK'
			UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_PAID', 'BANK', seller_id, NULL, -amount FROM attempts a LEFT JOIN returned_from f ON f.id = a.id WHERE outcome = 'SUCCESS' OR f.account = 'BANK'
			UNION ALL SELECT 'PAYOUT ' || id, 'PAYOUT_REFUSED', 'PAYOUT_IN_TRANSIT', seller_id, NULL, amount FROM attempts WHERE outcome = 'REFUSED'
			UNION ALL SELECT 'PAYOUT ' || id, 'PAYOUT_REFUSED', 'SELLER_PAYABLE', seller_id, NULL, -amount FROM attempts WHERE outcome = 'REFUSED'
			UNION ALL SELECT 'PAYOUT ' || a.id, CASE WHEN f.mispaid THEN 'PAYOUT_MISPAID' ELSE 'PAYOUT_RETURNED' END, f.account, seller_id, NULL, amount FROM attempts a JOIN returned_from f ON f.id = a.id
			UNION ALL SELECT 'PAYOUT ' || a.id, CASE WHEN f.mispaid THEN 'PAYOUT_MISPAID' ELSE 'PAYOUT_RETURNED' END, 'SELLER_PAYABLE', seller_id, NULL, -amount FROM attempts a JOIN returned_from f ON f.id = a.id
			UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_MISPAID', 'SUSPENSE', seller_id, NULL, bank_amount FROM attempts a JOIN returned_from f ON f.id = a.id WHERE f.mispaid
			UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_MISPAID', 'BANK', seller_id, NULL, -bank_amount FROM attempts a JOIN returned_from f ON f.id = a.id WHERE f.mispaid
			UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_RETURNED', 'BANK', seller_id, NULL, bank_amount FROM attempts a JOIN returned_from f ON f.id = a.id WHERE f.mispaid AND outcome = 'RETURNED'
			UNION ALL SELECT 'PAYOUT ' || a.id, 'PAYOUT_RETURNED', 'SUSPENSE', seller_id, NULL, -bank_amount FROM attempts a JOIN returned_from f ON f.id = a.id WHERE f.mispaid AND outcome = 'RETURNED'
			UNION ALL SELECT 'ADJUSTMENT ' || id, 'ADJUSTMENT', debit_account, seller_id, NULL, amount FROM adjustments
			UNION ALL SELECT 'ADJUSTMENT ' || id, 'ADJUSTMENT', credit_account, seller_id, NULL, -amount FROM adjustments
		), actual AS (
			SELECT t.source_type || ' ' || t.source_id AS source, t.kind, e.account, e.seller_id, e.order_item_id AS item, e.amount
			FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
		), difference AS (
			SELECT source, kind, account, seller_id, item, sum(amount) AS amount
			FROM (SELECT * FROM actual UNION ALL SELECT source, kind, account, seller_id, item, -amount FROM expected) x GROUP BY 1, 2, 3, 4, 5
		)
		SELECT source || ': ' || kind || ' has ' || amount || ' too much in ' || account || coalesce(' of seller ' || seller_id, '') || coalesce(' for order item ' || item, '')
		FROM difference WHERE amount <> 0`},
	{"a payment, a refund and an adjustment are posted to their business day", `
		SELECT 'ledger transaction ' || t.id || ' is posted to ' || t.business_day FROM ledger_transactions t
		LEFT JOIN payments p ON t.source_type = 'PAYMENT' AND p.id = t.source_id
		LEFT JOIN refunds r ON t.source_type = 'REFUND' AND t.kind <> 'CHARGE_TO_REVERSE' AND r.id = t.source_id
		LEFT JOIN adjustments a ON t.source_type = 'ADJUSTMENT' AND a.id = t.source_id
		WHERE t.business_day <> coalesce(a.business_day, (coalesce(p.paid_at, r.processed_at) AT TIME ZONE 'Asia/Seoul')::date)`},
	// The release before has booked lines of this one during its deployment, with a commission of two decimals.
	{"a line's amounts follow the terms that were frozen with it: no discount, no tax, the commission in whole won", `
		SELECT 'order item ' || i.id || ' of ' || coalesce(i.net::text, 'nothing') || ' has the commission ' || coalesce(i.commission::text, 'none') || ' at ' || coalesce(i.commission_percent || ' percent', 'no terms')
		FROM order_items i LEFT JOIN payments p ON p.order_id = i.order_id AND p.imp_uid IS NOT NULL
		WHERE (i.commission_percent IS NOT NULL AND coalesce(i.commission NOT IN (trunc(i.net * i.commission_percent / 100), trunc(i.net * i.commission_percent / 100, 2)), true)) OR (p.id IS NOT NULL AND i.commission IS NULL) OR i.discount <> 0 OR i.tax <> 0`},
	{"a refund is the sum of its lines, which are shares of the order's", `
		SELECT 'refund ' || r.id || ' of ' || r.amount || ' has lines of ' || coalesce(sum(x.amount)::text, 'nothing')
		FROM refunds r LEFT JOIN refund_items x ON x.refund_id = r.id LEFT JOIN order_items i ON i.id = x.order_item_id LEFT JOIN payments p ON p.id = r.payment_id
		WHERE NOT is_reversal(r.reason)
		GROUP BY r.id HAVING sum(x.amount) IS DISTINCT FROM r.amount OR bool_or(abs(x.amount - i.net * x.quantity / i.quantity) >= CASE WHEN i.net = trunc(i.net) THEN 1 + (SELECT count(*) FROM refund_items y JOIN refunds d ON d.id = y.refund_id WHERE y.order_item_id = i.id AND d.status = 'DENIED') ELSE 0.01 END OR i.order_id <> p.order_id OR (x.commission IS NOT NULL) <> (r.status = 'SUCCESS'))
		UNION ALL SELECT 'the refunds of order item ' || i.id || ' claim ' || sum(x.amount) || ' of ' || i.net
		FROM order_items i JOIN refund_items x ON x.order_item_id = i.id JOIN refunds r ON r.id = x.refund_id AND r.status <> 'DENIED'
		GROUP BY i.id, i.net, i.refund_claimed, i.quantity HAVING sum(x.amount) > i.net OR (i.refund_claimed = i.quantity AND sum(x.amount) <> i.net)
		UNION ALL SELECT 'a line of order item ' || x.order_item_id || ' is of refund ' || x.refund_id || ', which there is not' FROM refund_items x WHERE NOT EXISTS (SELECT FROM refunds r WHERE r.id = x.refund_id)
		UNION ALL SELECT 'refund ' || x.refund_id || ' names seller ' || x.seller_id || ' for order item ' || x.order_item_id FROM refund_items x JOIN order_items i ON i.id = x.order_item_id WHERE i.seller_id <> x.seller_id
		UNION ALL SELECT 'refund ' || r.id || ' gives back a charge and has lines' FROM refunds r JOIN refund_items x ON x.refund_id = r.id WHERE is_reversal(r.reason)`},
	{"a line's claimed and refunded pieces are those of its refunds", `
		SELECT 'order item ' || i.id || ' says ' || i.refund_claimed || ' claimed and ' || i.refunded || ' refunded'
		FROM order_items i LEFT JOIN refund_items x ON x.order_item_id = i.id LEFT JOIN refunds r ON r.id = x.refund_id
		GROUP BY i.id HAVING i.refund_claimed <> coalesce(sum(x.quantity) FILTER (WHERE r.status <> 'DENIED'), 0)
			OR i.refunded <> coalesce(sum(x.quantity) FILTER (WHERE r.status = 'SUCCESS'), 0)`},
	{"a line that has gone back whole nets to zero for every party", `
		SELECT 'order item ' || i.id || ' leaves ' || sum(e.amount) || ' in ' || e.account
		FROM order_items i JOIN ledger_entries e ON e.order_item_id = i.id
		WHERE i.refunded = i.quantity GROUP BY i.id, e.account HAVING sum(e.amount) <> 0`},
	{"an order's total is the sum of its lines, and what its payments are for", `
		SELECT 'order ' || o.id || ' of ' || o.total_amount || ' has lines of ' || coalesce(sum(i.unit_price * i.quantity)::text, 'nothing')
		FROM orders o LEFT JOIN order_items i ON i.order_id = o.id GROUP BY o.id HAVING sum(i.unit_price * i.quantity) IS DISTINCT FROM o.total_amount
		UNION ALL SELECT 'payment ' || p.id || ' of ' || p.amount || ' is for order ' || p.order_id || ' of ' || coalesce(o.total_amount::text, 'nothing') FROM payments p LEFT JOIN orders o ON o.id = p.order_id WHERE p.amount IS DISTINCT FROM o.total_amount
		UNION ALL SELECT 'order item ' || i.id || ' is of order ' || i.order_id || ', which there is not' FROM order_items i WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = i.order_id)`},
	{"an order says which ids its lines have, or any", `
		SELECT 'order ' || o.id || ' has lines from ' || o.first_line || ' to ' || o.last_line || ', they are ' || coalesce(min(i.id) || ' to ' || max(i.id), 'none')
		FROM orders o LEFT JOIN order_items i ON i.order_id = o.id GROUP BY o.id
		HAVING (o.first_line, o.last_line) IS DISTINCT FROM (min(i.id), max(i.id)) AND (o.first_line, o.last_line) <> (0, 9223372036854775807)`},
	{"a line says in which state its order is", `
		SELECT 'order item ' || i.id || ' says ' || i.order_status || ', and order ' || o.id || ' is ' || o.status
		FROM order_items i JOIN orders o ON o.id = i.order_id WHERE i.order_status <> o.status`},
	{"an order is where its payment and its lines are", `
		WITH lines AS (SELECT order_id, bool_and(refunded = quantity) AS gone, bool_and(shipped_at IS NOT NULL OR refunded = quantity) AS shipped, bool_and(delivered_at IS NOT NULL OR refunded = quantity) AS delivered FROM order_items GROUP BY order_id),
			paid AS (SELECT order_id, count(*) AS n FROM payments WHERE imp_uid IS NOT NULL GROUP BY order_id),
			should AS (SELECT o.id, o.status, coalesce(p.n, 0) AS paid, CASE WHEN p.n IS NULL THEN CASE WHEN o.status IN ('CREATED', 'FAILED') THEN o.status END
				WHEN p.n > 1 THEN NULL WHEN l.gone THEN 'REFUNDED' WHEN l.delivered THEN 'DELIVERED' WHEN l.shipped THEN 'SHIPPED' ELSE 'PAID' END AS status_should
				FROM orders o LEFT JOIN lines l ON l.order_id = o.id LEFT JOIN paid p ON p.order_id = o.id)
		SELECT 'order ' || id || ' is ' || status || ' with ' || paid || ' payments that were made' || coalesce(', and its lines say ' || status_should, '') FROM should WHERE status IS DISTINCT FROM status_should`},
	{"a payment is what became of its charge", `
		SELECT 'payment ' || p.id || ' is ' || p.status || ' with failure ' || coalesce(p.failure_code, 'none') || ', its order is ' || coalesce(o.status, 'gone') FROM payments p LEFT JOIN orders o ON o.id = p.order_id
		WHERE p.status <> CASE WHEN p.imp_uid IS NOT NULL THEN CASE WHEN o.status = 'REFUNDED' THEN 'REFUNDED' ELSE 'SUCCESS' END
				WHEN p.failure_code IS NULL THEN 'PENDING'
				WHEN EXISTS (SELECT FROM refunds r WHERE r.payment_id = p.id AND r.status = 'SUCCESS') THEN 'REFUNDED' ELSE 'FAILED' END
			OR (p.imp_uid IS NOT NULL AND (p.failure_code IS NOT NULL OR p.paid_at IS NULL)) OR (p.imp_uid IS NULL AND p.paid_at IS NOT NULL)
			OR (p.status = 'PENDING' AND o.status <> 'CREATED') OR o.id IS NULL OR NOT starts_with(p.merchant_uid, CASE p.provider WHEN 'PORTONE' THEN 'P' || p.order_id || 'X' ELSE 'payment_' || p.order_id || '_' END)`},
	{"a charge that no order stands behind is given back, as it was charged", `
		SELECT 'payment ' || p.id || ': the gateway has charged ' || coalesce(a.amount::text, 'nothing') || ' (' || coalesce(a.outcome, 'no answer') || '), and given back is to be ' || coalesce(r.amount::text, 'nothing') || ' (' || coalesce(r.reason, '') || ')'
		FROM payments p
		LEFT JOIN (SELECT x.id, x.payment_id, x.outcome, x.imp_uid, x.amount, CASE x.outcome WHEN 'AMOUNT_MISMATCH' THEN 'PAYMENT_AMOUNT_MISMATCH' WHEN 'TOO_LATE' THEN 'ORDER_EXPIRED' WHEN 'NOT_CONFIRMED' THEN 'PAYMENT_FAILED' WHEN 'SALE_STOPPED' THEN 'SALE_STOPPED' END AS reason FROM payment_attempts x) a ON a.payment_id = p.id
		LEFT JOIN refunds r ON r.payment_id = p.id AND is_reversal(r.reason)
		WHERE (a.reason IS NOT NULL AND (a.imp_uid IS NULL OR a.amount IS NULL)) OR (a.reason IS NULL AND (a.imp_uid IS NOT NULL OR a.amount IS NOT NULL))
			OR CASE WHEN a.amount > 0 THEN a.amount END IS DISTINCT FROM r.amount OR (r.id IS NOT NULL AND a.reason IS DISTINCT FROM r.reason)
			OR (p.imp_uid IS NOT NULL AND a.id IS NOT NULL) OR (p.imp_uid IS NULL AND (p.resolved_at IS NOT NULL) <> (a.id IS NOT NULL))
			OR (p.failure_code <> 'ORDER_EXPIRED' AND NOT (a.outcome = 'TOO_LATE' AND p.failure_code IN ('PAYMENT_METHOD_UNAVAILABLE', 'PAYMENT_NOT_COMPLETED', 'PAYMENT_MISMATCH'))
				AND p.failure_code IS DISTINCT FROM CASE a.outcome WHEN 'AMOUNT_MISMATCH' THEN 'PAYMENT_AMOUNT_MISMATCH' WHEN 'NOT_CONFIRMED' THEN 'PAYMENT_FAILED' WHEN 'TOO_LATE' THEN 'ORDER_EXPIRED' WHEN 'SALE_STOPPED' THEN 'PAYMENT_SALE_STOPPED' WHEN 'NOT_PREPARED' THEN 'PAYMENT_METHOD_UNAVAILABLE' WHEN 'NOT_OURS' THEN 'PAYMENT_MISMATCH' ELSE 'PAYMENT_NOT_COMPLETED' END)
			OR (p.provider = 'PORTONE' AND a.outcome <> 'TOO_LATE' AND (a.outcome = 'NOT_PREPARED') <> (p.prepared_at IS NULL)) OR (a.outcome IN ('NOT_PREPARED', 'NOT_OURS', 'CANCELLED') AND p.provider <> 'PORTONE')
		UNION ALL SELECT 'an attempt is of payment ' || a.payment_id || ', which there is not' FROM payment_attempts a WHERE NOT EXISTS (SELECT FROM payments p WHERE p.id = a.payment_id)`},
	{"a refund is its payment's, and its buyer's", `
		SELECT 'refund ' || r.id || ' is of buyer ' || r.buyer_id || ' and payment ' || r.payment_id FROM refunds r
		LEFT JOIN payments p ON p.id = r.payment_id LEFT JOIN orders o ON o.id = p.order_id
		WHERE r.buyer_id IS DISTINCT FROM o.buyer_id OR is_reversal(r.reason) <> (p.imp_uid IS NULL)
			OR (r.status IN ('SUCCESS', 'DENIED')) <> (r.processed_at IS NOT NULL) OR (r.status = 'DENIED') <> (r.denied_reason IS NOT NULL) OR (r.status = 'FAILED') <> (r.failure IS NOT NULL) OR (r.by_hand AND r.status NOT IN ('PROCESSING', 'SUCCESS'))
		UNION ALL SELECT 'a decision is of refund ' || d.refund_id || ', which there is not' FROM refund_decisions d WHERE NOT EXISTS (SELECT FROM refunds r WHERE r.id = d.refund_id)`},
	{"a dispute is its payment's, its refunds have taken what it says, and the lines of its order say whether it waits", `
		SELECT 'dispute ' || d.id || ' of ' || d.amount || ' is of payment ' || d.payment_id || ' and order ' || d.order_id || ', says ' || d.refunded || ' refunded, and its refunds come to ' || coalesce(r.amount, 0)
		FROM disputes d LEFT JOIN payments p ON p.id = d.payment_id
		LEFT JOIN (SELECT dispute_id, sum(amount) AS amount, bool_or(status <> 'SUCCESS') AS unpaid FROM refunds WHERE dispute_id IS NOT NULL GROUP BY dispute_id) r ON r.dispute_id = d.id
		WHERE p.order_id IS DISTINCT FROM d.order_id OR p.provider IS DISTINCT FROM d.provider OR d.refunded <> coalesce(r.amount, 0) OR coalesce(r.unpaid, false)
			OR (d.status IN ('OPEN', 'REPRESENTED') AND d.refunded = d.amount)
			OR EXISTS (SELECT FROM refunds n WHERE (n.id = d.named_refund_id OR n.dispute_id = d.id) AND n.payment_id <> d.payment_id)
		UNION ALL SELECT 'order item ' || i.id || ' says that it is ' || CASE WHEN i.disputed THEN '' ELSE 'not ' END || 'disputed' FROM order_items i
		WHERE i.disputed <> EXISTS (SELECT FROM disputes d WHERE d.order_id = i.order_id AND d.status IN ('OPEN', 'REPRESENTED'))`},
	{"a refund that was decided has a decision that took effect", `
		SELECT 'refund ' || r.id || ' is ' || r.status || ' and has ' || count(d.*) FILTER (WHERE d.approve) || ' approvals and ' || count(d.*) FILTER (WHERE NOT d.approve) || ' denials that took effect'
		FROM refunds r LEFT JOIN refund_decisions d ON d.refund_id = r.id AND d.applied GROUP BY r.id
		HAVING CASE WHEN r.status = 'DENIED' THEN count(d.*) FILTER (WHERE NOT d.approve) <> 1
			WHEN is_reversal(r.reason) THEN count(d.*) FILTER (WHERE NOT d.approve) > 0
			WHEN r.status IN ('PROCESSING', 'SUCCESS', 'FAILED') THEN count(d.*) FILTER (WHERE d.approve) = 0 OR count(d.*) FILTER (WHERE NOT d.approve) > 0
			ELSE count(d.*) FILTER (WHERE NOT d.approve) > 0 END`},
	{"the approvers of a refund are those whose approvals took effect", `
		SELECT 'refund ' || r.id || ' is approved by admin ' || a.admin || ', of whom there is no such decision' FROM refunds r
		CROSS JOIN LATERAL (VALUES (r.first_approver), (r.second_approver)) AS a (admin)
		WHERE a.admin IS NOT NULL AND NOT EXISTS (SELECT FROM refund_decisions d WHERE d.refund_id = r.id AND d.admin_id = a.admin AND d.approve AND d.applied)`},
	{"histories tell each state once, with the amount", `
		WITH expected AS (
			SELECT 'PAYMENT' AS type, p.id, p.status, 'NONE' AS refund_status, p.amount FROM payments p
			UNION SELECT 'PAYMENT', p.id, 'PENDING', 'NONE', p.amount FROM payments p
			UNION SELECT 'PAYMENT', p.id, 'SUCCESS', 'NONE', p.amount FROM payments p WHERE p.imp_uid IS NOT NULL
			UNION SELECT 'PAYMENT', p.id, 'FAILED', 'NONE', p.amount FROM payments p WHERE p.failure_code IS NOT NULL
			UNION SELECT 'REFUND', r.id, CASE WHEN p.imp_uid IS NULL THEN CASE WHEN r.status = 'SUCCESS' THEN 'REFUNDED' ELSE 'FAILED' END ELSE 'SUCCESS' END, r.status, r.amount FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.status <> 'FAILED'
			UNION SELECT 'REFUND', r.id, 'SUCCESS', 'PENDING', r.amount FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.imp_uid IS NOT NULL
			UNION SELECT 'REFUND', r.id, CASE WHEN p.imp_uid IS NULL THEN 'FAILED' ELSE 'SUCCESS' END, 'PROCESSING', r.amount FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.status = 'SUCCESS' OR p.imp_uid IS NULL)
		SELECT lower(e.type) || ' ' || e.id || ' has no history of ' || e.status || ' ' || e.refund_status || ' with ' || e.amount FROM expected e
		WHERE NOT EXISTS (SELECT FROM transaction_histories h WHERE h.type = e.type AND h.transaction_id = e.id AND h.payment_status = e.status AND h.refund_status = e.refund_status AND h.amount = e.amount)
		UNION ALL SELECT 'the history ' || h.id || ' of ' || lower(h.type) || ' ' || h.transaction_id || ' tells ' || h.payment_status || ' ' || h.refund_status || ' with ' || h.amount FROM transaction_histories h
		WHERE NOT EXISTS (SELECT FROM expected e WHERE e.type = h.type AND e.id = h.transaction_id AND e.status = h.payment_status AND e.refund_status = h.refund_status AND e.amount = h.amount)
			AND NOT EXISTS (SELECT FROM refunds r WHERE h.type = 'REFUND' AND r.id = h.transaction_id AND r.amount = h.amount AND h.refund_status IN ('PROCESSING', 'FAILED') AND h.payment_status <> 'PENDING' AND (h.payment_status = 'SUCCESS') = EXISTS (SELECT FROM payments p WHERE p.id = r.payment_id AND p.imp_uid IS NOT NULL))`},
	{"a checkout's order is its buyer's", `
		SELECT 'order ' || c.order_id || ' was made by a checkout of buyer ' || c.buyer_id FROM checkout_attempts c LEFT JOIN orders o ON o.id = c.order_id WHERE o.buyer_id IS DISTINCT FROM c.buyer_id`},
	{"an order is of a buyer", `
		SELECT 'order ' || o.id || ' is of buyer ' || o.buyer_id || ', whom there is not' FROM orders o WHERE NOT EXISTS (SELECT FROM buyers b WHERE b.id = o.buyer_id)`},
	{"a line is of the product's seller", `
		SELECT 'order item ' || i.id || ' is of seller ' || i.seller_id FROM order_items i LEFT JOIN products p ON p.id = i.product_id WHERE p.seller_id IS DISTINCT FROM i.seller_id`},
	{"a movement is what its order or refund has moved", `
		WITH expected AS (
			SELECT i.product_id, 'ORDERED' AS kind, -i.quantity AS stock, i.quantity AS reserved, i.order_id AS cause_id FROM order_items i
			UNION ALL SELECT i.product_id, 'RELEASED', i.quantity, -i.quantity, i.order_id FROM order_items i JOIN orders o ON o.id = i.order_id WHERE o.status = 'FAILED'
		), moved AS (SELECT * FROM stock_movements WHERE kind IN ('ORDERED', 'RELEASED')),
		difference AS (SELECT product_id, kind, stock, reserved, cause_id, sum(n) AS n FROM (SELECT product_id, kind, stock, reserved, cause_id, 1 AS n FROM moved UNION ALL SELECT product_id, kind, stock, reserved, cause_id, -1 FROM expected) x GROUP BY 1, 2, 3, 4, 5)
		SELECT 'product ' || product_id || ': ' || kind || ' of ' || stock || ' by ' || cause_id || CASE WHEN n > 0 THEN ' is one movement too many' ELSE ' has no movement' END FROM difference WHERE n <> 0
		UNION ALL SELECT 'movement ' || m.id || ' of product ' || m.product_id || ' is ' || m.kind || ' of ' || m.stock || ' and ' || m.reserved FROM stock_movements m
		LEFT JOIN refunds r ON m.kind IN ('REFUNDED', 'RESTOCKED') AND r.id = m.cause_id
		LEFT JOIN refund_items x ON x.refund_id = r.id AND EXISTS (SELECT FROM order_items i WHERE i.id = x.order_item_id AND i.product_id = m.product_id)
		WHERE CASE m.kind WHEN 'REFUNDED' THEN r.status IS DISTINCT FROM 'SUCCESS' OR m.stock IS DISTINCT FROM x.quantity OR m.reserved <> -m.stock
			WHEN 'RESTOCKED' THEN r.status IS DISTINCT FROM 'SUCCESS' OR NOT r.restock OR m.stock IS DISTINCT FROM x.quantity OR m.reserved <> 0
			WHEN 'SHIPPED' THEN m.stock <> 0 OR NOT EXISTS (SELECT FROM order_items i WHERE i.order_id = m.cause_id AND i.product_id = m.product_id AND i.shipped_at IS NOT NULL)
			WHEN 'SET' THEN m.reserved <> 0 OR m.cause_id IS NOT NULL WHEN 'INITIAL' THEN m.cause_id IS NOT NULL OR EXISTS (SELECT FROM public.stock_movements e WHERE e.product_id = m.product_id AND e.id < m.id) END
		UNION ALL SELECT 'refund ' || x.refund_id || ' of order item ' || i.id || ' has ' || coalesce(m.kinds, 'no movement') FROM refund_items x JOIN refunds r ON r.id = x.refund_id JOIN order_items i ON i.id = x.order_item_id
		LEFT JOIN (SELECT cause_id, product_id, string_agg(kind, ', ') AS kinds FROM stock_movements WHERE kind IN ('REFUNDED', 'RESTOCKED') GROUP BY 1, 2) m ON m.cause_id = r.id AND m.product_id = i.product_id
		WHERE r.status = 'SUCCESS' AND m.kinds IS DISTINCT FROM CASE WHEN i.shipped_at IS NULL OR r.processed_at < i.shipped_at THEN 'REFUNDED' WHEN r.restock THEN 'RESTOCKED' END
		UNION ALL SELECT 'order item ' || i.id || ' was shipped with ' || coalesce(-m.reserved, 0) || ' pieces' FROM order_items i
		LEFT JOIN (SELECT cause_id, product_id, sum(reserved) AS reserved FROM stock_movements WHERE kind = 'SHIPPED' GROUP BY 1, 2) m ON m.cause_id = i.order_id AND m.product_id = i.product_id
		LEFT JOIN (SELECT x.order_item_id, sum(x.quantity) AS quantity FROM refund_items x JOIN refunds r ON r.id = x.refund_id JOIN order_items o ON o.id = x.order_item_id
			WHERE r.status = 'SUCCESS' AND r.processed_at < o.shipped_at GROUP BY 1) b ON b.order_item_id = i.id
		WHERE coalesce(-m.reserved, 0) <> CASE WHEN i.shipped_at IS NULL THEN 0 ELSE i.quantity - coalesce(b.quantity, 0) END`},
	{"the audit log has the state that a payment and a refund are in", `
		SELECT lower(x.subject) || ' ' || x.subject_id || ' is said to be ' || x.told || ' and is ' || coalesce(m.status, 'gone')
		FROM (SELECT DISTINCT ON (subject, subject_id) subject, subject_id, after ->> 'status' AS told FROM audit_log
			WHERE subject IN ('PAYMENT', 'REFUND') AND after ? 'status' ORDER BY subject, subject_id, id DESC) x
		LEFT JOIN (SELECT 'PAYMENT' AS subject, id, status FROM payments UNION ALL SELECT 'REFUND', id, status FROM refunds) m ON m.subject = x.subject AND m.id = x.subject_id
		WHERE m.status IS DISTINCT FROM x.told`},
	{"each movement of money that a provider reports is booked, and each that is booked is reported, or a break says so", providerDifferences + `
		SELECT x.provider || ' holds ' || x.amount || ' ' || x.currency || ' more of payment ' || x.merchant_uid || ' than is booked, and no break says so' FROM difference x
		WHERE EXISTS (SELECT FROM reconciliations r WHERE r.provider = x.provider AND r.day = (x.at AT TIME ZONE 'Asia/Seoul')::date
				AND r.reconciled_at >= greatest((r.day + 1)::timestamp AT TIME ZONE 'Asia/Seoul', x.at + interval '5 minutes'))
			AND NOT EXISTS (SELECT FROM reconciliation_breaks b WHERE b.provider = x.provider AND b.merchant_uid = x.merchant_uid AND b.status <> 'AGREED'
				AND (b.amount = x.amount AND b.currency IN (x.currency, 'KRW') -- as breaks from before they had a currency are
					OR EXISTS (SELECT FROM difference f WHERE f.merchant_uid = x.merchant_uid AND f.currency = b.currency AND f.currency <> 'KRW' AND f.amount = b.amount)))`},
	{"each line of a settlement file is a movement that the provider has reported or paid again after a dispute, or a break says so", providerDifferences + `, lines AS (
			SELECT l.merchant_uid, l.amount, count(*) AS n FROM provider_settlement_lines l JOIN provider_settlement_files f ON f.id = l.file_id
			WHERE f.imported_at < now() - interval '1 hour' GROUP BY l.merchant_uid, l.amount
		), reported AS (
			SELECT merchant_uid, amount, count(*) AS n FROM (
				SELECT merchant_uid, amount FROM provider_events WHERE currency = 'KRW'
				UNION ALL SELECT p.merchant_uid, d.amount FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE d.status = 'WON') x GROUP BY merchant_uid, amount
		), excess AS (
			SELECT l.*, coalesce(r.n, 0) AS reported FROM lines l LEFT JOIN reported r ON r.merchant_uid = l.merchant_uid AND r.amount = l.amount WHERE l.n > coalesce(r.n, 0)
		)
		SELECT 'settlement files have ' || l.n || ' lines of ' || l.amount || ' for payment ' || l.merchant_uid || ', of which the provider has reported ' || l.reported
		FROM excess l WHERE NOT EXISTS (SELECT FROM reconciliation_breaks b WHERE b.merchant_uid = l.merchant_uid AND b.status <> 'AGREED'
			AND (b.currency = 'KRW' AND EXISTS (SELECT FROM excess o WHERE o.merchant_uid = b.merchant_uid AND o.amount = b.amount)
				OR EXISTS (SELECT FROM difference d WHERE d.merchant_uid = b.merchant_uid AND d.amount = b.amount)))`},
	{"a buyer's request for a refund has opened or revived one of the same buyer", `
		SELECT 'the request of buyer ' || q.buyer_id || ' for refund ' || q.refund_id || ' names refund ' || r.id || ' of buyer ' || r.buyer_id FROM refund_requests q
		JOIN refunds r ON r.id IN (q.refund_id, q.revived_refund_id) WHERE r.buyer_id <> q.buyer_id
		UNION ALL SELECT 'the request for refund ' || q.refund_id || ' has revived refund ' || q.revived_refund_id || ', which there is not' FROM refund_requests q
		WHERE q.revived_refund_id IS NOT NULL AND NOT EXISTS (SELECT FROM refunds r WHERE r.id = q.revived_refund_id)`},
}

// dayRules concern business days, and can be checked on any subset of them.
var dayRules = []verifyRule{
	{"dashboards are the ledger's", `
		WITH ledger AS (
			SELECT e.seller_id, t.business_day AS day,
				count(DISTINCT t.id) FILTER (WHERE t.source_type = 'PAYMENT') AS orders, coalesce(sum(i.quantity) FILTER (WHERE t.source_type = 'PAYMENT' AND e.account = 'SELLER_PAYABLE'), 0) AS items,
				count(DISTINCT t.id) FILTER (WHERE t.source_type = 'REFUND') AS refunds,
				coalesce(-sum(e.amount) FILTER (WHERE t.source_type = 'PAYMENT'), 0) AS sales, coalesce(sum(e.amount) FILTER (WHERE t.source_type = 'REFUND'), 0) AS refunded,
				coalesce(-sum(e.amount) FILTER (WHERE e.account = 'COMMISSION'), 0) AS fee, coalesce(-sum(e.amount) FILTER (WHERE e.account = 'SELLER_PAYABLE'), 0) AS payable
			FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id JOIN order_items i ON i.id = e.order_item_id
			WHERE t.source_type IN ('PAYMENT', 'REFUND') AND e.account IN ('SELLER_PAYABLE', 'COMMISSION')
				AND NOT EXISTS (SELECT FROM ledger_unrolled u WHERE u.transaction_id = t.id) AND NOT EXISTS (SELECT FROM set_aside a WHERE a.kind = 'ROLL_UP' AND a.subject_id = t.id)
			GROUP BY e.seller_id, t.business_day)
		SELECT 'seller ' || coalesce(l.seller_id, b.seller_id) || ' on ' || coalesce(l.day, b.stat_date) || ': the ledger says ' ||
			concat_ws(' ', coalesce(l.orders, 0), coalesce(l.items, 0), coalesce(l.refunds, 0), coalesce(l.sales, 0), coalesce(l.refunded, 0), coalesce(l.fee, 0), coalesce(l.payable, 0)) || ', the dashboard ' ||
			concat_ws(' ', coalesce(b.total_orders, 0), coalesce(b.total_products_sold, 0), coalesce(b.total_refunds, 0), coalesce(b.total_sales, 0), coalesce(b.refund_amount, 0), coalesce(b.fee_amount, 0), coalesce(b.settlement_amount, 0))
		FROM ledger l FULL JOIN seller_dashboard b ON b.seller_id = l.seller_id AND b.stat_date = l.day
		WHERE (coalesce(l.orders, 0), coalesce(l.items, 0), coalesce(l.refunds, 0), coalesce(l.sales, 0), coalesce(l.refunded, 0), coalesce(l.fee, 0), coalesce(l.payable, 0)) IS DISTINCT FROM
			(coalesce(b.total_orders, 0), coalesce(b.total_products_sold, 0), coalesce(b.total_refunds, 0), coalesce(b.total_sales, 0), coalesce(b.refund_amount, 0), coalesce(b.fee_amount, 0), coalesce(b.settlement_amount, 0))`},
	{"a closed day's statistics are its dashboard, and no other day has any", `
		SELECT 'seller ' || coalesce(s.seller_id, b.seller_id) || ' on ' || coalesce(s.stat_date, b.stat_date) FROM seller_daily_statistics s
		FULL JOIN (SELECT x.* FROM seller_dashboard x JOIN business_days c ON c.day = x.stat_date WHERE x.total_orders > 0 OR x.total_refunds > 0) b
			ON b.seller_id = s.seller_id AND b.stat_date = s.stat_date
		WHERE (s.total_orders, s.total_items, s.total_refunds, s.total_sales, s.refund_amount, s.fee, s.payable) IS DISTINCT FROM
			(coalesce(b.total_orders, 0), coalesce(b.total_products_sold, 0), coalesce(b.total_refunds, 0), coalesce(b.total_sales, 0), coalesce(b.refund_amount, 0), coalesce(b.fee_amount, 0), coalesce(b.settlement_amount, 0))
		UNION ALL SELECT 'there are statistics of ' || s.stat_date || ', which is not closed' FROM seller_daily_statistics s WHERE NOT EXISTS (SELECT FROM business_days c WHERE c.day = s.stat_date) GROUP BY s.stat_date`},
	{"a reconciled day has the sums that its events, payments, refunds and ledger transactions have", `
		WITH days AS (
			SELECT *, day::timestamp AT TIME ZONE 'Asia/Seoul' AS start, (day + 1)::timestamp AT TIME ZONE 'Asia/Seoul' AS until FROM reconciliations
		), compared AS (
			SELECT d.*, e.n, e.net AS held, c.net - r.net - g.net AS booked, c.late, l.net AS posted FROM days d
			CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(sum(e.amount) FILTER (WHERE e.currency = 'KRW'), 0) AS net
				FROM provider_events e WHERE e.provider = d.provider AND e.happened_at >= d.start AND e.happened_at < d.until) e
			CROSS JOIN LATERAL (SELECT coalesce(sum(CASE WHEN p.imp_uid IS NOT NULL THEN p.amount ELSE a.amount END), 0) AS net, coalesce(sum(a.amount) FILTER (WHERE a.outcome = 'TOO_LATE'), 0) AS late
				FROM payments p LEFT JOIN payment_attempts a ON a.payment_id = p.id AND a.imp_uid IS NOT NULL
				WHERE p.provider = d.provider AND p.provider <> 'MOCK' AND p.resolved_at >= d.start AND p.resolved_at < d.until) c
			CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount), 0) AS net FROM refunds r JOIN payments p ON p.id = r.payment_id
				WHERE p.provider = d.provider AND r.status = 'SUCCESS' AND NOT r.by_hand AND r.processed_at >= d.start AND r.processed_at < d.until) r
			CROSS JOIN LATERAL (SELECT coalesce(sum(x.amount), 0) AS net FROM disputes x WHERE x.provider = d.provider AND x.created_at >= d.start AND x.created_at < d.until) g
			CROSS JOIN LATERAL (SELECT coalesce(sum(n.amount), 0) AS net FROM ledger_transactions t JOIN ledger_entries n ON n.transaction_id = t.id AND n.account = 'PSP_CLEARING'
				LEFT JOIN refunds b ON t.source_type = 'REFUND' AND b.id = t.source_id LEFT JOIN disputes x ON t.kind = 'DISPUTE_OPENED' AND x.id = t.source_id
				LEFT JOIN payments p ON p.id = CASE t.source_type WHEN 'PAYMENT' THEN t.source_id WHEN 'REFUND' THEN b.payment_id ELSE x.payment_id END
				WHERE t.business_day = d.day AND t.created_at <= d.reconciled_at AND p.provider = d.provider) l
			WHERE d.reconciled_at >= d.until
		)
		SELECT provider || ' on ' || day || ': ' || events || ' events of ' || provider_net || ', booked ' || booked_net || ', in the ledger ' || ledger_net
			|| '; there are ' || n || ' of ' || held || ', booked ' || booked || ', in the ledger ' || posted
		FROM compared WHERE events <> n OR provider_net <> held OR ledger_net <> posted
			-- A late charge is booked to the day on which its payment ended.
			OR booked_net NOT BETWEEN booked - late AND booked`},
	{"a settlement file is the sum of its lines", `
		SELECT 'settlement file ' || coalesce(f.id, l.file_id) || ' has ' || coalesce(f.lines, 0) || ' lines of ' || coalesce(f.amount, 0) || ' and fees of ' || coalesce(f.fee, 0)
			|| '; there are ' || coalesce(l.n, 0) || ' of ' || coalesce(l.amount, 0) || ' and fees of ' || coalesce(l.fee, 0)
		FROM provider_settlement_files f FULL JOIN (SELECT file_id, count(*) AS n, max(line) AS last, sum(amount) AS amount, sum(fee) AS fee FROM provider_settlement_lines GROUP BY file_id) l ON l.file_id = f.id
		WHERE f.id IS NULL OR f.lines <> coalesce(l.n, 0) OR l.last <> l.n OR (f.amount, f.fee) IS DISTINCT FROM (coalesce(l.amount, 0), coalesce(l.fee, 0))`},
}

// chainRules concern the audit log, and can be checked on any part of its chain.
var chainRules = []verifyRule{
	{"the audit log is as it was written: each entry has its place in the chain, and each hash follows from the one before", `
		SELECT CASE WHEN c.position > 1 AND b.position IS NULL THEN 'place ' || c.position - 1 || ' of the chain is missing'
			WHEN e.id IS NULL THEN 'entry ' || c.entry_id || ' is gone' ELSE 'entry ' || c.entry_id || ', at place ' || c.position || ', is not what it was' END
		FROM audit_chain c LEFT JOIN public.audit_chain b ON b.position = c.position - 1 LEFT JOIN audit_log e ON e.id = c.entry_id
		WHERE (c.position > 1 AND b.position IS NULL) OR e.id IS NULL OR c.hash <> audit_hash(coalesce(b.hash, ''), c.position, ROW(e.*)::public.audit_log)
		UNION ALL SELECT 'entry ' || e.id || ' has no place and waits for none' FROM audit_log e
		WHERE NOT EXISTS (SELECT FROM public.audit_chain c WHERE c.entry_id = e.id) AND NOT EXISTS (SELECT FROM audit_unchained u WHERE u.entry_id = e.id)`},
	{"integrators are told of what is in the audit log", `
		SELECT 'webhook message ' || m.id || ' is said to be of entry ' || m.entry_id || ' and ' || m.event FROM webhook_messages m
		LEFT JOIN audit_log a ON a.id = m.entry_id
		WHERE m.event IS DISTINCT FROM CASE a.action WHEN 'PAYMENT_SUCCESS' THEN 'order.paid' WHEN 'ORDER_ITEM_CHANGED' THEN 'order.shipped' WHEN 'REFUND_SUCCESS' THEN 'order.refunded'
			WHEN 'SETTLEMENT_COMPLETED' THEN 'settlement.completed' WHEN 'PAYOUT_SUCCESS' THEN 'payout.paid' WHEN 'PAYOUT_FAILED' THEN 'payout.failed' END
			OR m.happened_at <> a.at`},
	{"a webhook message has the ids and the amount of what it reports", `
		SELECT 'webhook message ' || m.id || ' of ' || m.event || ' has the payload ' || m.payload FROM webhook_messages m
		JOIN audit_log a ON a.id = m.entry_id LEFT JOIN webhook_endpoints e ON e.id = m.endpoint_id
		WHERE e.id IS NULL OR (m.status = 'DELIVERED' AND m.attempts = 0)
			OR a.subject_id IS DISTINCT FROM (m.payload ->> CASE m.event WHEN 'order.paid' THEN 'paymentId' WHEN 'order.shipped' THEN 'orderItemId' WHEN 'order.refunded' THEN 'refundId'
				WHEN 'settlement.completed' THEN 'settlementId' ELSE 'payoutId' END)::bigint
			OR (m.payload ->> 'amount')::numeric IS DISTINCT FROM CASE a.subject
				WHEN 'PAYMENT' THEN (SELECT sum(i.net) FROM payments p JOIN order_items i ON i.order_id = p.order_id WHERE p.id = a.subject_id AND i.seller_id = coalesce(e.seller_id, i.seller_id))
				WHEN 'REFUND' THEN (SELECT sum(i.amount) FROM refund_items i WHERE i.refund_id = a.subject_id AND i.seller_id = coalesce(e.seller_id, i.seller_id))
				WHEN 'SETTLEMENT' THEN (SELECT s.amount FROM settlements s WHERE s.id = a.subject_id) WHEN 'PAYOUT' THEN (SELECT p.amount FROM payouts p WHERE p.id = a.subject_id) END`},
	{"the marketplace's endpoints have a message of each event, as long as messages are kept", `
		SELECT 'endpoint ' || e.id || ' has no webhook message of entry ' || a.id || ', ' || a.action FROM webhook_endpoints e
		JOIN audit_log a ON a.at > greatest(e.updated_at + interval '1 minute', now() - interval '29 days')
			AND a.action IN ('PAYMENT_SUCCESS', 'ORDER_ITEM_CHANGED', 'REFUND_SUCCESS', 'SETTLEMENT_COMPLETED', 'PAYOUT_SUCCESS', 'PAYOUT_FAILED')
		JOIN audit_chain c ON c.entry_id = a.id
		WHERE e.seller_id IS NULL AND e.deleted_at IS NULL AND c.position <= (SELECT told_up_to FROM webhook_progress)
			AND CASE a.action WHEN 'PAYMENT_SUCCESS' THEN 'order.paid' WHEN 'ORDER_ITEM_CHANGED' THEN 'order.shipped' WHEN 'REFUND_SUCCESS' THEN 'order.refunded'
				WHEN 'SETTLEMENT_COMPLETED' THEN 'settlement.completed' WHEN 'PAYOUT_SUCCESS' THEN 'payout.paid' ELSE 'payout.failed' END = ANY (e.events)
			AND (a.action <> 'REFUND_SUCCESS' OR EXISTS (SELECT FROM refund_items i WHERE i.refund_id = a.subject_id)) -- a reversal has no lines
			AND NOT EXISTS (SELECT FROM webhook_messages m WHERE m.endpoint_id = e.id AND m.entry_id = a.id)`},
}

// wholeRules concern tables that grow slowly, or that must be checked as a whole.
var wholeRules = []verifyRule{
	{"only a payment in the browser is declined and tried again", `
		SELECT 'a decline is of payment ' || d.payment_id || ', which is ' || coalesce('at ' || p.provider, 'gone') FROM payment_declines d
		LEFT JOIN payments p ON p.id = d.payment_id WHERE p.id IS NULL OR p.provider <> 'PORTONE'`},
	{"every account has an address of its own", `
		SELECT lower(role) || ' ' || account_id || ' was known by an address that ' || CASE WHEN canonical IS NULL THEN 'is none' ELSE 'another account has' END || ': market set-email gives it one'
		FROM email_conflicts`},
	{"a business number belongs to one seller", `
		SELECT 'sellers ' || string_agg(id::text, ', ' ORDER BY id) || ' have the same business number: all but one have to correct it'
		FROM sellers GROUP BY biz_number_key(biz_number) HAVING count(*) > 1`},
	{"a category has a name of its own", `
		SELECT 'categories ' || string_agg(id::text, ', ' ORDER BY id) || ' have the same name: rename all but one'
		FROM categories WHERE deleted_at IS NULL GROUP BY name_key(name) HAVING count(*) > 1`},
	{"a product is in a category that is not deleted", `
		SELECT 'product ' || p.id || ' is in category ' || p.category_id || ', which is deleted'
		FROM products p JOIN categories c ON c.id = p.category_id WHERE p.deleted_at IS NULL AND c.deleted_at IS NOT NULL`},
	{"an adjustment that needs two people was approved, as it was proposed", `
		SELECT 'adjustment ' || a.id || ' of ' || a.amount || ' follows from no approved proposal' FROM adjustments a
		WHERE a.proposal_id IS NOT NULL AND NOT EXISTS (SELECT FROM proposals p WHERE p.id = a.proposal_id AND p.kind = 'ADJUSTMENT' AND p.status = 'APPROVED'
			AND p.proposer_id = a.admin_id AND p.decided_by = a.approved_by AND p.change ->> 'kind' = a.kind AND p.change ->> 'debitAccount' = a.debit_account
			AND p.change ->> 'creditAccount' = a.credit_account AND (p.change ->> 'amount')::numeric = a.amount
			AND (p.change ->> 'sellerId')::bigint IS NOT DISTINCT FROM a.seller_id AND (p.change ->> 'breakId')::bigint IS NOT DISTINCT FROM a.break_id
			AND p.change ->> 'key' IS NOT DISTINCT FROM a.request_key)
		UNION ALL SELECT 'proposal ' || p.id || ' is approved, and no adjustment follows from it' FROM proposals p
		WHERE p.kind = 'ADJUSTMENT' AND p.status = 'APPROVED' AND NOT EXISTS (SELECT FROM adjustments a WHERE a.proposal_id = p.id)`},
	{"a decision about a dispute is about what refunds had left of it, and one that needs two people was approved, as it was proposed", `
		SELECT 'dispute ' || d.id || ' was decided about ' || d.decided_amount || ' on ' || d.decided_on FROM disputes d
		LEFT JOIN LATERAL (SELECT sum(r.amount) AS amount FROM refunds r WHERE r.dispute_id = d.id
			AND NOT EXISTS (SELECT FROM refund_decisions x WHERE x.refund_id = r.id AND x.decision_id = 'dispute')) before ON true
		WHERE d.decided_amount <> d.amount - coalesce(before.amount, 0) OR d.decided_on <> (d.resolved_at AT TIME ZONE 'Asia/Seoul')::date
		UNION ALL SELECT 'dispute ' || d.id || ' of ' || d.amount || ' was decided by no approved proposal' FROM disputes d
		WHERE d.proposal_id IS NOT NULL AND NOT EXISTS (SELECT FROM proposals p WHERE p.id = d.proposal_id AND p.kind = 'DISPUTE' AND p.status = 'APPROVED'
			AND p.subject_id = d.id AND p.proposer_id = d.admin_id AND p.decided_by = d.approved_by
			AND p.change ->> 'decision' = CASE d.status WHEN 'WON' THEN 'WIN' ELSE 'ACCEPT' END AND (p.change ->> 'amount')::numeric = d.decided_amount
			AND p.change ->> 'reference' IS NOT DISTINCT FROM d.recredit_reference)
		UNION ALL SELECT 'proposal ' || p.id || ' is approved, and no dispute was decided by it' FROM proposals p
		WHERE p.kind = 'DISPUTE' AND p.status = 'APPROVED' AND NOT EXISTS (SELECT FROM disputes d WHERE d.proposal_id = p.id)`},
	{"stock and reserved are the sum of their movements", `
		SELECT 'product ' || coalesce(p.id, m.product_id) || ' has ' || coalesce(p.stock, 0) || ' and ' || coalesce(p.reserved, 0) || ' reserved, its movements come to ' || coalesce(m.stock, 0) || ' and ' || coalesce(m.reserved, 0)
		FROM products p FULL JOIN (SELECT product_id, sum(stock) AS stock, sum(reserved) AS reserved FROM stock_movements GROUP BY product_id) m ON m.product_id = p.id
		WHERE (coalesce(p.stock, 0), coalesce(p.reserved, 0)) IS DISTINCT FROM (coalesce(m.stock, 0), coalesce(m.reserved, 0))`},
	{"settlements take each closed day once, and all of it up to their period's end", `
		SELECT 'seller ' || coalesce(d.seller_id, l.seller_id) || ' on ' || coalesce(d.stat_date, l.stat_date) || ': settled is ' || coalesce(d.settled_payable::text, 'nothing') || ', the lines say ' || coalesce(l.payable, 0)
		FROM seller_daily_statistics d
		FULL JOIN (SELECT s.seller_id, x.stat_date, sum(x.payable) AS payable, sum(x.fee) AS fee FROM settlement_lines x LEFT JOIN settlements s ON s.id = x.settlement_id GROUP BY 1, 2) l
			ON l.seller_id = d.seller_id AND l.stat_date = d.stat_date
		WHERE (d.settled_payable, d.settled_fee) IS DISTINCT FROM (coalesce(l.payable, 0), coalesce(l.fee, 0))`},
	{"a break that an adjustment settles is accepted by who has posted it", `
		SELECT 'adjustment ' || a.id || ' settles break ' || a.break_id || ', which is ' || coalesce(b.status, 'gone') || ' by admin ' || coalesce(b.admin_id::text, 'none') FROM adjustments a
		LEFT JOIN reconciliation_breaks b ON b.id = a.break_id WHERE a.break_id IS NOT NULL AND (b.id IS NULL OR b.status NOT IN ('OPEN', 'ACCEPTED', 'AGREED') OR b.admin_id IS DISTINCT FROM a.admin_id)`},
	{"a settlement takes each adjustment of its seller once", `
		SELECT 'settlement ' || s.id || ' of seller ' || s.seller_id || ' has taken ' || s.adjusted || ', and its adjustments come to ' || coalesce(sum(x.amount), 0)
		FROM settlements s LEFT JOIN (SELECT a.settlement_id, a.seller_id, a.business_day, CASE a.credit_account WHEN 'SELLER_PAYABLE' THEN a.amount ELSE -a.amount END AS amount FROM adjustments a) x ON x.settlement_id = s.id
		GROUP BY s.id HAVING s.adjusted <> coalesce(sum(x.amount), 0) OR bool_or(x.seller_id <> s.seller_id OR x.business_day > s.period_end)
		UNION ALL SELECT 'adjustment ' || a.id || ' is taken by settlement ' || a.settlement_id || ', which there is not' FROM adjustments a
		WHERE a.settlement_id IS NOT NULL AND NOT EXISTS (SELECT FROM settlements s WHERE s.id = a.settlement_id)`},
	{"a settlement is the sum of its lines and of what was carried to it, of a half month", `
		SELECT 'settlement ' || s.id || ' of ' || s.period_start || ' to ' || s.period_end FROM settlements s
		LEFT JOIN (SELECT settlement_id, sum(payable) AS payable, sum(fee) AS fee, max(stat_date) AS last FROM settlement_lines GROUP BY settlement_id) x ON x.settlement_id = s.id
		WHERE (s.payable, s.fee) IS DISTINCT FROM (coalesce(x.payable, 0), coalesce(x.fee, 0)) OR x.last > s.period_end
			OR s.carried_in <> (SELECT coalesce(sum(c.carried_over), 0) FROM settlements c WHERE c.carried_to = s.id)
			OR s.completed_at IS NULL
			OR EXISTS (SELECT FROM settlements c WHERE c.id = s.carried_to AND (c.seller_id <> s.seller_id OR c.id <= s.id)) OR (s.carried_to IS NOT NULL AND s.carried_over = 0)
			OR CASE WHEN extract(day FROM s.period_end) = 15 THEN s.type <> 'MID' OR s.period_start <> date_trunc('month', s.period_end)::date
				ELSE s.type <> 'END' OR s.period_start <> (date_trunc('month', s.period_end) + interval '15 days')::date OR s.period_end <> (date_trunc('month', s.period_end) + interval '1 month - 1 day')::date END`},
	{"a decision on a payout that took effect is what the payout and its attempts say", `
		SELECT 'payout ' || d.payout_id || ' has a decision to ' || d.signal || ' by ' || w.sender || ', and was decided by ' || coalesce(CASE d.signal WHEN 'abandon' THEN p.abandoned_by ELSE a.asked_by END, 'none')
		FROM payout_decisions d CROSS JOIN LATERAL (SELECT left(CASE WHEN d.admin_id IS NULL THEN d.sent_by ELSE 'admin ' || d.admin_id || coalesce(': ' || d.reason, '') END, 255) AS sender) w
		LEFT JOIN payouts p ON p.id = d.payout_id LEFT JOIN payout_attempts a ON a.payout_id = d.payout_id AND a.attempt = d.attempt
		WHERE p.id IS NULL OR (d.applied AND CASE d.signal WHEN 'abandon' THEN p.abandoned_by WHEN 'retry' THEN a.asked_by WHEN 'inquire' THEN CASE WHEN a.id IS NOT NULL THEN w.sender END END IS DISTINCT FROM w.sender)
		UNION ALL SELECT 'payout ' || d.payout_id || ' has ' || count(*) || ' decisions to ' || d.signal || ' that took effect at once' FROM payout_decisions d
		WHERE d.applied AND d.signal IN ('retry', 'abandon') GROUP BY d.payout_id, d.signal, d.attempt HAVING count(*) > 1`},
	{"a payout is its settlement's, and where its last attempt is", `
		SELECT 'settlement ' || coalesce(s.id, p.settlement_id) || ' of ' || coalesce(s.amount::text, 'nothing') || ' is ' || coalesce(s.status, 'gone') || ', its payout of ' || coalesce(p.amount::text, 'nothing') || ' is ' || coalesce(p.status, 'none')
		FROM settlements s FULL JOIN payouts p ON p.settlement_id = s.id
		LEFT JOIN LATERAL (SELECT count(*) AS n, max(a.attempt) AS attempt, (array_agg(a.outcome ORDER BY a.attempt DESC))[1] AS outcome,
			bool_and(a.payout_key = p.payout_key || '-' || a.attempt) AS keyed, bool_or(a.outcome IS NULL OR a.outcome IN ('SUCCESS', 'MISPAID')) FILTER (WHERE a.attempt < (SELECT max(b.attempt) FROM payout_attempts b WHERE b.payout_id = p.id)) AS earlier_paid
			FROM payout_attempts a WHERE a.payout_id = p.id) a ON true
		WHERE s.id IS NULL OR s.status <> CASE p.status WHEN 'PENDING' THEN 'PAYOUT_READY' WHEN 'PROCESSING' THEN 'PAYOUT_READY' WHEN 'SUCCESS' THEN 'PAYOUT_DONE' WHEN 'FAILED' THEN 'FAILED' ELSE 'COMPLETED' END
			OR (p.id IS NOT NULL AND ((p.amount, p.fee, p.seller_id) IS DISTINCT FROM (s.amount, s.fee, s.seller_id)
				OR p.payout_key NOT IN ('payout-' || s.seller_id || '-' || to_char(s.period_end, 'YYYYMMDD'), 'payout-' || s.id) -- as older ones are
				OR (p.abandoned_at IS NOT NULL) <> (s.carried_over > 0) OR (p.status IN ('SUCCESS', 'FAILED') AND p.processed_at IS NULL)
				OR p.status <> CASE WHEN a.n = 0 THEN 'PENDING' WHEN a.outcome IS NULL THEN 'PROCESSING' WHEN a.outcome = 'SUCCESS' THEN 'SUCCESS' ELSE 'FAILED' END
				OR a.n <> coalesce(a.attempt, 0) OR NOT coalesce(a.keyed, true) OR coalesce(a.earlier_paid, false)))
		UNION ALL SELECT 'an attempt is of payout ' || a.payout_id || ', which there is not' FROM payout_attempts a WHERE NOT EXISTS (SELECT FROM payouts p WHERE p.id = a.payout_id)`},
	{"what the bank has paid instead of a payout that was abandoned is charged to the seller", `
		SELECT 'payout ' || p.id || ': the bank has paid ' || a.bank_amount || ', and charged is ' || coalesce(j.amount::text, 'nothing')
		FROM payout_attempts a JOIN payouts p ON p.id = a.payout_id LEFT JOIN adjustments j ON j.payout_attempt_id = a.id
		WHERE a.outcome = 'MISPAID' AND a.bank_amount > 0 AND (p.abandoned_at IS NOT NULL) <> (j.id IS NOT NULL)
		UNION ALL SELECT 'adjustment ' || j.id || ' of ' || j.amount || ' is of no payout that was mispaid and abandoned' FROM adjustments j
		WHERE j.kind = 'MISPAID_PAYOUT' AND NOT EXISTS (SELECT FROM payout_attempts a JOIN payouts p ON p.id = a.payout_id
			WHERE a.id = j.payout_attempt_id AND a.outcome IN ('MISPAID', 'RETURNED') AND a.bank_amount = j.amount AND p.seller_id = j.seller_id
				AND p.abandoned_at IS NOT NULL AND j.debit_account = 'SELLER_PAYABLE' AND j.credit_account = 'SUSPENSE')`},
	// Another rule compares each day's sales with its dashboard: their payable amount and the
	// unsettled amount have the same sum, and are omitted on both sides.
	{"the ledger owes a seller what is unsettled, carried over, or settled and not paid", `
		WITH owed AS (SELECT e.seller_id, -sum(e.amount) AS amount FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
				WHERE e.account = 'SELLER_PAYABLE' AND t.source_type IN ('SETTLEMENT', 'PAYOUT', 'ADJUSTMENT', 'DISPUTE') GROUP BY e.seller_id),
			taken AS (SELECT d.seller_id, -sum(d.settled_payable) AS amount FROM seller_daily_statistics d GROUP BY d.seller_id),
			adjusted AS (SELECT a.seller_id, sum(CASE a.credit_account WHEN 'SELLER_PAYABLE' THEN a.amount ELSE -a.amount END) AS amount
				FROM adjustments a WHERE a.settlement_id IS NULL AND 'SELLER_PAYABLE' IN (a.debit_account, a.credit_account) GROUP BY a.seller_id),
			settled AS (SELECT s.seller_id, sum(CASE WHEN s.carried_over <> 0 THEN CASE WHEN s.carried_to IS NULL THEN s.carried_over ELSE 0 END
					WHEN s.status IN ('COMPLETED', 'FAILED') OR p.status = 'PENDING' THEN s.amount ELSE 0 END) AS amount
				FROM settlements s LEFT JOIN payouts p ON p.settlement_id = s.id GROUP BY s.seller_id)
		SELECT 'seller ' || seller_id || ' is owed ' || coalesce(owed.amount, 0) || ' beside the sales of its days, and has ' || coalesce(taken.amount, 0) + coalesce(adjusted.amount, 0) || ' unsettled beside them and ' || coalesce(settled.amount, 0) || ' settled'
		FROM owed FULL JOIN taken USING (seller_id) FULL JOIN adjusted USING (seller_id) FULL JOIN settled USING (seller_id)
		WHERE coalesce(owed.amount, 0) <> coalesce(taken.amount, 0) + coalesce(adjusted.amount, 0) + coalesce(settled.amount, 0)`},
	{"a cart item is in a cart, and of a product", `
		SELECT 'cart item ' || i.id || ' is in cart ' || i.cart_id || ', which there is not' FROM cart_items i WHERE NOT EXISTS (SELECT FROM carts c WHERE c.id = i.cart_id)
		UNION ALL SELECT 'cart item ' || i.id || ' is of product ' || i.product_id || ', which there is not' FROM cart_items i WHERE NOT EXISTS (SELECT FROM products p WHERE p.id = i.product_id)`},
	{"what is to be rolled up is in the ledger", `
		SELECT 'ledger transaction ' || u.transaction_id || ' is to be rolled up, and there is none' FROM ledger_unrolled u LEFT JOIN ledger_transactions t ON t.id = u.transaction_id
		WHERE t.id IS NULL OR t.source_type NOT IN ('PAYMENT', 'REFUND')`},
	{"the audit log has the state that a settlement and a payout are in", `
		SELECT lower(x.subject) || ' ' || x.subject_id || ' is said to be ' || x.told || ' and is ' || coalesce(m.status, 'gone')
		FROM (SELECT DISTINCT ON (subject, subject_id) subject, subject_id, after ->> 'status' AS told FROM audit_log
			WHERE subject IN ('SETTLEMENT', 'PAYOUT') AND after ? 'status' ORDER BY subject, subject_id, id DESC) x
		LEFT JOIN (SELECT 'SETTLEMENT' AS subject, id, status FROM settlements UNION ALL SELECT 'PAYOUT', id, status FROM payouts) m ON m.subject = x.subject AND m.id = x.subject_id
		WHERE m.status IS DISTINCT FROM x.told`},
	{"a provider's feed was read up to a moment that has passed", `
		SELECT 'the feed of ' || provider || ' is said to be read up to ' || read_until FROM provider_feeds WHERE read_until > now() + interval '1 hour'`},
	{"a break names the payment that has its merchant uid", `
		SELECT 'break ' || b.id || ' is of payment ' || coalesce(b.payment_id::text, 'none') || ', and ' || b.merchant_uid || ' is ' || coalesce(p.id::text, 'none')
		FROM reconciliation_breaks b LEFT JOIN payments p ON p.merchant_uid = b.merchant_uid AND p.provider = b.provider WHERE b.payment_id IS DISTINCT FROM p.id`},
	{"policies, files, roles and states are those of the latest entries of the audit log", `
		SELECT lower(x.subject) || ' ' || x.subject_id || ': ' || x.key || ' is ' || x.value || ' in the audit log, and ' || coalesce(m.state ->> x.key, CASE WHEN m.id IS NULL THEN 'the row is gone' ELSE 'null' END) 
		FROM (SELECT DISTINCT ON (a.subject, a.subject_id, e.key) a.subject, a.subject_id, e.key, e.value FROM audit_log a, jsonb_each(a.after) e
			WHERE a.subject IN ('DISPUTE', 'PROPOSAL', 'RECONCILIATION_BREAK', 'SETTLEMENT_FILE', 'BATCH', 'SELLER', 'ADMIN', 'WEBHOOK_ENDPOINT', 'REFUND_POLICY', 'UNPAID_LIMITS')
			ORDER BY a.subject, a.subject_id, e.key, a.id DESC) x
		LEFT JOIN (
			SELECT 'DISPUTE' AS subject, id, jsonb_build_object('status', status, 'refunded', refunded, 'amount', amount, 'approved_by', approved_by) AS state FROM disputes
			UNION ALL SELECT 'PROPOSAL', id, jsonb_build_object('status', status, 'kind', kind, 'subject_id', subject_id, 'proposer', proposer, 'proposer_id', proposer_id) FROM proposals
			UNION ALL SELECT 'RECONCILIATION_BREAK', id, jsonb_build_object('status', status, 'admin_id', admin_id) FROM reconciliation_breaks
			UNION ALL SELECT 'SETTLEMENT_FILE', id, jsonb_build_object('name', name, 'lines', lines, 'amount', amount, 'imported_at', imported_at) FROM provider_settlement_files
			UNION ALL SELECT 'BATCH', id, jsonb_build_object('status', status, 'action', action, 'query', query, 'per_second', per_second) FROM batches
			UNION ALL SELECT 'SELLER', id, jsonb_build_object('status', status, 'payouts_held', payouts_held, 'deleted_at', deleted_at) FROM sellers
			UNION ALL SELECT 'ADMIN', id, jsonb_build_object('role', role, 'disabled_at', disabled_at, 'deleted_at', deleted_at) FROM admins
			UNION ALL SELECT 'WEBHOOK_ENDPOINT', id, jsonb_build_object('status', status, 'seller_id', seller_id, 'deleted_at', deleted_at) FROM webhook_endpoints
			UNION ALL SELECT 'REFUND_POLICY', id, jsonb_build_object('auto_approve_below', auto_approve_below, 'second_approval_from', second_approval_from, 'remind_after_hours', remind_after_hours,
				'escalate_after_hours', escalate_after_hours, 'change_of_mind_by', change_of_mind_by, 'wrong_item_by', wrong_item_by, 'damaged_by', damaged_by, 'four_eyes', four_eyes) FROM refund_policies
			UNION ALL SELECT 'UNPAID_LIMITS', id, jsonb_build_object('orders', orders, 'pieces', pieces, 'pieces_of_product', pieces_of_product, 'unverified_orders', unverified_orders,
				'unverified_pieces', unverified_pieces, 'unverified_pieces_of_product', unverified_pieces_of_product) FROM unpaid_limits
		) m ON m.subject = x.subject AND m.id = x.subject_id
		WHERE m.id IS NULL OR (m.state ? x.key AND CASE WHEN x.key LIKE '%\_at' THEN (m.state -> x.key = 'null') <> (x.value = 'null') ELSE m.state -> x.key <> x.value END)`},
	{"a batch that is done has no run left, and each run is of a batch", `
		SELECT 'batch ' || r.batch_id || ' is ' || coalesce(b.status, 'gone') || ', and run ' || r.run_id || ' is left' FROM batch_runs r
		LEFT JOIN batches b ON b.id = r.batch_id WHERE b.id IS NULL OR (b.status = 'DONE' AND r.outcome IS NULL)`},
	{"a refund policy under four eyes was approved", `
		SELECT 'refund policy ' || p.id || ' needs an approved proposal, and has none' FROM (SELECT *, lag(four_eyes) OVER (ORDER BY id) AS guarded FROM refund_policies) p
		WHERE (p.guarded OR p.proposal_id IS NOT NULL) AND NOT EXISTS (SELECT FROM proposals x WHERE x.id = p.proposal_id AND x.kind = 'REFUND_POLICY' AND x.status = 'APPROVED')
		UNION ALL SELECT 'proposal ' || x.id || ' is approved, and no refund policy is of it' FROM proposals x
		WHERE x.kind = 'REFUND_POLICY' AND x.status = 'APPROVED' AND NOT EXISTS (SELECT FROM refund_policies p WHERE p.proposal_id = x.id)`},
	{"limits of unpaid orders that two people have changed were approved", `
		SELECT 'unpaid limits ' || l.id || ' follow from no approved proposal' FROM unpaid_limits l
		WHERE l.proposal_id IS NOT NULL AND NOT EXISTS (SELECT FROM proposals p WHERE p.id = l.proposal_id AND p.kind = 'UNPAID_LIMITS' AND p.status = 'APPROVED')
		UNION ALL SELECT 'proposal ' || p.id || ' is approved, and no unpaid limits are of it' FROM proposals p
		WHERE p.kind = 'UNPAID_LIMITS' AND p.status = 'APPROVED' AND NOT EXISTS (SELECT FROM unpaid_limits l WHERE l.proposal_id = p.id)`},
	{"the account of a seller who has left was approved, as it was proposed", `
		SELECT 'the account of seller ' || w.seller_id || ' follows from no approved proposal' FROM withdrawn_payout_accounts w
		WHERE w.proposal_id IS NOT NULL AND NOT EXISTS (SELECT FROM proposals p WHERE p.id = w.proposal_id AND p.kind = 'WITHDRAWN_ACCOUNT' AND p.status = 'APPROVED'
			AND p.subject_id = w.seller_id AND p.proposer_id = w.admin_id AND p.decided_by = w.approved_by AND p.change ->> 'bankCode' = w.bank_code
			AND '*' || (p.change ->> 'bankAccountEnd') = w.bank_account)
		UNION ALL SELECT 'seller ' || s.id || ' has not left, and staff has entered an account for it' FROM withdrawn_payout_accounts w JOIN sellers s ON s.id = w.seller_id WHERE s.deleted_at IS NULL`},
	{"nothing is set aside", `SELECT kind || ' of ' || subject_id || ' was set aside: ' || problem FROM set_aside`},
	{"what follows from a change is known", `
		SELECT 'follow-up ' || f.id || ' is a ' || f.kind || ' of ' || f.subject_id || ', which there is not' FROM follow_ups f
		WHERE NOT CASE f.kind WHEN 'RESTOCK' THEN EXISTS (SELECT FROM products p WHERE p.id = f.subject_id) WHEN 'REVERSAL' THEN EXISTS (SELECT FROM refunds r WHERE r.id = f.subject_id)
			WHEN 'MAIL' THEN true -- it may be gone: with its account, or when nobody has the address
			WHEN 'PAYMENT_NEWS' THEN EXISTS (SELECT FROM payments p WHERE p.id = f.subject_id)
			WHEN 'CANCELLATION_NEWS' THEN EXISTS (SELECT FROM payments p WHERE p.id = f.subject_id)
			WHEN 'RECONCILIATION_BREAK' THEN EXISTS (SELECT FROM reconciliation_breaks b WHERE b.id = f.subject_id)
			WHEN 'SETTLEMENT_FILE' THEN EXISTS (SELECT FROM provider_settlement_files s WHERE s.id = f.subject_id)
			WHEN 'BATCH' THEN EXISTS (SELECT FROM batches b WHERE b.id = f.subject_id)
			WHEN 'WEBHOOK' THEN EXISTS (SELECT FROM webhook_endpoints w WHERE w.id = f.subject_id)
			WHEN 'WEBHOOK_AGAIN' THEN EXISTS (SELECT FROM webhook_endpoints w WHERE w.id = f.subject_id)
			ELSE EXISTS (SELECT FROM order_status_update_notifications n WHERE n.id = f.subject_id) END`},
	{"the progress of webhooks is one row, of a place in the audit log's chain", `
		SELECT 'the progress of webhooks has ' || count(*) || ' rows' FROM webhook_progress HAVING count(*) <> 1
		UNION ALL SELECT 'messages are made up to place ' || p.told_up_to || ' of the audit log, which ends before' FROM webhook_progress p
		WHERE p.told_up_to > (SELECT coalesce(max(position), 0) FROM audit_chain)`},
	{"kept totals of products are true", `
		SELECT 'the list of owner ' || coalesce(k.owner, c.owner) || ' is said to hold ' || coalesce(k.total, 0) || ' products and holds ' || coalesce(c.n, 0)
		FROM (SELECT owner, sum(total) AS total FROM product_totals GROUP BY owner) k
		FULL JOIN (SELECT seller_id AS owner, count(*) AS n FROM products WHERE deleted_at IS NULL GROUP BY seller_id
			UNION ALL SELECT 0, count(*) FROM products WHERE status = 'ON_SALE' AND deleted_at IS NULL) c ON c.owner = k.owner
		WHERE coalesce(k.total, 0) <> coalesce(c.n, 0)`},
}

// fullRules follow from foreign keys and from other rules, and read tables whole: verifications of changes leave them out.
var fullRules = []verifyRule{
	{"a ledger entry belongs to a transaction", `
		SELECT 'ledger entry ' || e.id || ' is of transaction ' || e.transaction_id || ', which there is not'
		FROM ledger_entries e WHERE NOT EXISTS (SELECT FROM ledger_transactions t WHERE t.id = e.transaction_id)`},
	{"reserved is what is ordered and not shipped", `
		SELECT 'product ' || p.id || ' has ' || p.reserved || ' reserved, and orders wait for ' || coalesce(l.quantity, 0)
		FROM products p LEFT JOIN (SELECT i.product_id, sum(i.quantity - i.refunded) AS quantity FROM order_items i JOIN orders o ON o.id = i.order_id
			WHERE o.status NOT IN ('FAILED', 'REFUNDED') AND i.shipped_at IS NULL GROUP BY i.product_id) l ON l.product_id = p.id
		WHERE p.reserved <> coalesce(l.quantity, 0)`},
}

// providerDifferences are the amounts that a provider has reported for a payment and that are not
// booked; negative for those that are booked but not reported. At is the time of the latest
// movement.
const providerDifferences = `
	WITH refunded AS (
		SELECT payment_id, sum(amount) FILTER (WHERE status = 'SUCCESS' AND NOT by_hand) AS amount, max(processed_at) AS at FROM refunds GROUP BY payment_id
	), disputed AS (
		SELECT payment_id, sum(amount) AS amount, max(created_at) AS at FROM disputes GROUP BY payment_id
	), moved AS (
		SELECT provider, merchant_uid, currency, amount, happened_at AS at FROM provider_events
		UNION ALL SELECT p.provider, p.merchant_uid, 'KRW', coalesce(r.amount, 0) + coalesce(d.amount, 0) - CASE WHEN p.imp_uid IS NOT NULL THEN p.amount ELSE coalesce(a.amount, 0) END,
			greatest(p.resolved_at, r.at, d.at)
		FROM payments p LEFT JOIN payment_attempts a ON a.payment_id = p.id AND a.imp_uid IS NOT NULL
		LEFT JOIN refunded r ON r.payment_id = p.id LEFT JOIN disputed d ON d.payment_id = p.id WHERE p.provider NOT IN ('MOCK', 'NONE')
	), difference AS (
		SELECT provider, merchant_uid, currency, sum(amount) AS amount, max(at) AS at FROM moved GROUP BY provider, merchant_uid, currency HAVING sum(amount) <> 0
	)`
