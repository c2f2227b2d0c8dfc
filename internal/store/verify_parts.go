package store

// A shadow is a temporary table with the name of a table of the marketplace. It holds the rows that belong to a part
// of the marketplace while rules are checked, which read it instead. The shadows of a part are filled in order.
type shadow struct{ table, rows string }

// ofOrders selects the rows of the orders @orders.
var ofOrders = []shadow{
	{"orders", "SELECT * FROM public.orders WHERE id = ANY (@orders)"},
	{"order_items", "SELECT * FROM public.order_items WHERE order_id = ANY (@orders)"},
	{"parcels", "SELECT * FROM public.parcels WHERE order_id = ANY (@orders)"},
	{"parcel_items", "SELECT * FROM public.parcel_items WHERE parcel_id IN (SELECT id FROM parcels)"},
	{"payments", "SELECT * FROM public.payments WHERE order_id = ANY (@orders)"},
	{"checkout_attempts", "SELECT * FROM public.checkout_attempts WHERE order_id = ANY (@orders)"},
	{"disputes", "SELECT * FROM public.disputes WHERE order_id = ANY (@orders)"},
	{"payment_attempts", "SELECT * FROM public.payment_attempts WHERE payment_id IN (SELECT id FROM payments)"},
	{"payment_declines", "SELECT * FROM public.payment_declines WHERE payment_id IN (SELECT id FROM payments)"},
	{"refunds", "SELECT * FROM public.refunds WHERE payment_id IN (SELECT id FROM payments)"},
	{"refund_items", "SELECT * FROM public.refund_items WHERE refund_id IN (SELECT id FROM refunds)"},
	{"refund_decisions", "SELECT * FROM public.refund_decisions WHERE refund_id IN (SELECT id FROM refunds)"},
	{"refund_requests", `SELECT * FROM public.refund_requests WHERE refund_id IN (SELECT id FROM refunds)
		UNION SELECT * FROM public.refund_requests WHERE revived_refund_id IN (SELECT id FROM refunds)`},
	{"ledger_transactions", `SELECT * FROM public.ledger_transactions WHERE source_type = 'PAYMENT' AND source_id IN (SELECT id FROM payments)
		UNION ALL SELECT * FROM public.ledger_transactions WHERE source_type = 'REFUND' AND source_id IN (SELECT id FROM refunds)
		UNION ALL SELECT * FROM public.ledger_transactions WHERE source_type = 'DISPUTE' AND source_id IN (SELECT id FROM disputes)`},
	{"ledger_entries", "SELECT * FROM public.ledger_entries WHERE transaction_id IN (SELECT id FROM ledger_transactions)"},
	{"transaction_histories", `SELECT * FROM public.transaction_histories WHERE type = 'PAYMENT' AND transaction_id IN (SELECT id FROM payments)
		UNION ALL SELECT * FROM public.transaction_histories WHERE type = 'REFUND' AND transaction_id IN (SELECT id FROM refunds)`},
	{"stock_movements", `SELECT * FROM public.stock_movements WHERE cause_id = ANY (@orders) AND kind IN ('ORDERED', 'RELEASED', 'SHIPPED')
		UNION ALL SELECT * FROM public.stock_movements WHERE cause_id IN (SELECT id FROM refunds) AND kind IN ('REFUNDED', 'RESTOCKED')`},
	{"audit_log", `SELECT * FROM public.audit_log WHERE subject = 'PAYMENT' AND subject_id IN (SELECT id FROM payments)
		UNION ALL SELECT * FROM public.audit_log WHERE subject = 'REFUND' AND subject_id IN (SELECT id FROM refunds)`},
	{"provider_events", "SELECT * FROM public.provider_events WHERE merchant_uid IN (SELECT merchant_uid FROM payments)"},
	{"provider_settlement_lines", "SELECT * FROM public.provider_settlement_lines WHERE merchant_uid IN (SELECT merchant_uid FROM payments)"},
	{"adjustments", "SELECT * FROM public.adjustments WHERE false"},
	{"payouts", "SELECT * FROM public.payouts WHERE false"},
	{"payout_attempts", "SELECT * FROM public.payout_attempts WHERE false"},
}

// ofNoOrder selects the rows that belong to no order: those created since @since, and stock
// movements after @movement.
var ofNoOrder = []shadow{
	{"orders", "SELECT * FROM public.orders WHERE false"},
	{"order_items", "SELECT * FROM public.order_items WHERE false"},
	{"parcels", "SELECT * FROM public.parcels WHERE false"},
	{"parcel_items", "SELECT * FROM public.parcel_items WHERE false"},
	{"payments", "SELECT * FROM public.payments WHERE false"},
	{"checkout_attempts", "SELECT * FROM public.checkout_attempts WHERE false"},
	{"disputes", "SELECT * FROM public.disputes WHERE false"},
	{"payment_attempts", "SELECT * FROM public.payment_attempts WHERE false"},
	{"payment_declines", "SELECT * FROM public.payment_declines WHERE false"},
	{"refunds", "SELECT * FROM public.refunds WHERE false"},
	{"refund_items", "SELECT * FROM public.refund_items WHERE false"},
	{"refund_decisions", "SELECT * FROM public.refund_decisions WHERE false"},
	{"refund_requests", "SELECT * FROM public.refund_requests WHERE false"},
	{"ledger_transactions", "SELECT * FROM public.ledger_transactions WHERE source_type IN ('SETTLEMENT', 'PAYOUT', 'ADJUSTMENT')"},
	{"ledger_entries", "SELECT * FROM public.ledger_entries WHERE transaction_id IN (SELECT id FROM ledger_transactions)"},
	{"transaction_histories", "SELECT * FROM public.transaction_histories WHERE false"},
	{"stock_movements", "SELECT * FROM public.stock_movements WHERE id > @movement AND cause_id IS NULL"},
	{"audit_log", "SELECT * FROM public.audit_log WHERE false"},
	{"provider_events", `SELECT * FROM public.provider_events e WHERE e.happened_at >= @since
		AND NOT EXISTS (SELECT FROM public.payments p WHERE p.merchant_uid = e.merchant_uid)`},
	{"provider_settlement_lines", `SELECT l.* FROM public.provider_settlement_lines l JOIN public.provider_settlement_files f ON f.id = l.file_id
		WHERE f.imported_at >= @since AND NOT EXISTS (SELECT FROM public.payments p WHERE p.merchant_uid = l.merchant_uid)`},
}

// ofDay selects the rows of the business day @day.
var ofDay = []shadow{
	{"ledger_transactions", "SELECT * FROM public.ledger_transactions WHERE business_day = @day"},
	{"ledger_entries", "SELECT * FROM public.ledger_entries WHERE transaction_id IN (SELECT id FROM ledger_transactions)"},
	{"seller_dashboard", "SELECT * FROM public.seller_dashboard WHERE stat_date = @day"},
	{"seller_daily_statistics", "SELECT * FROM public.seller_daily_statistics WHERE stat_date = @day"},
	{"reconciliations", "SELECT * FROM public.reconciliations WHERE day = @day"},
	{"provider_settlement_files", `SELECT * FROM public.provider_settlement_files
		WHERE imported_at >= @day::date::timestamp AT TIME ZONE 'Asia/Seoul' AND imported_at < (@day::date + 1)::timestamp AT TIME ZONE 'Asia/Seoul'`},
	{"provider_settlement_lines", "SELECT * FROM public.provider_settlement_lines WHERE file_id IN (SELECT id FROM provider_settlement_files)"},
}

// ofPlaces selects the rows of the audit chain's positions from @from to @to.
var ofPlaces = []shadow{
	{"audit_chain", "SELECT * FROM public.audit_chain WHERE position BETWEEN @from AND @to"},
	{"audit_log", `SELECT * FROM public.audit_log WHERE id BETWEEN (SELECT min(entry_id) FROM public.audit_chain WHERE position BETWEEN @from::bigint - 1 AND @to)
		AND (SELECT max(entry_id) FROM audit_chain)`},
	{"webhook_messages", "SELECT m.* FROM webhook_endpoints e JOIN public.webhook_messages m ON m.endpoint_id = e.id AND m.entry_id IN (SELECT entry_id FROM audit_chain)"},
}
