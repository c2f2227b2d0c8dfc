package migrations_test

import (
	"context"
	"database/sql"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/migrations"
)

func TestUp(t *testing.T) {
	url, ctx := testrig.EmptyDatabaseURL(t), context.Background()
	var wg sync.WaitGroup
	applied := make([][]string, 4)
	for i := range applied {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var err error
			applied[i], err = migrations.Up(ctx, url)
			if err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	total := 0
	for _, a := range applied {
		total += len(a)
	}
	files, err := fs.Glob(migrations.Files(), "*.sql")
	require.NoError(t, err)
	const inGo = 4 // the addresses of accounts, indexes of movements, of the audit log and of lines that are due
	require.Equal(t, len(files)+inGo, total, "of several at once each file is applied by one: %v", applied)
	again, err := migrations.Up(ctx, url)
	require.NoError(t, err)
	require.Empty(t, again)
}

// A migration without a transaction may have failed after any of its statements: it is applied again from its
// beginning.
func TestMigrations_WithoutTransaction_ApplyTwice(t *testing.T) {
	t.Parallel()
	url, ctx := testrig.EmptyDatabaseURL(t), t.Context()
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer db.Close()
	provider, err := migrations.NewProvider(db)
	require.NoError(t, err)
	repeated := 0
	for _, source := range provider.ListSources() {
		_, err := provider.UpTo(ctx, source.Version)
		require.NoError(t, err)
		if source.Type == goose.TypeSQL {
			content, err := fs.ReadFile(migrations.Files(), source.Path)
			require.NoError(t, err)
			if !strings.Contains(string(content), "-- +goose NO TRANSACTION") {
				continue
			}
		}
		_, err = db.ExecContext(ctx, "DELETE FROM goose_db_version WHERE version_id = $1", source.Version)
		require.NoError(t, err)
		results, err := provider.UpTo(ctx, source.Version)
		require.NoError(t, err, source.Path)
		require.Len(t, results, 1)
		repeated++
	}
	require.NotZero(t, repeated)
}

// oneOfEach is a row or two of the tables that money and stock move through.
const oneOfEach = `
		INSERT INTO buyers (id, email, password, name, phone) VALUES (1, 'b@example.com', 'x', 'b', '1');
		INSERT INTO sellers (id, email, password, name, phone, store_name, biz_number, bank_code, bank_account) VALUES (1, 's@example.com', 'x', 's', '1', 's', 'b1', 'K', '1');
		INSERT INTO categories (id, name) VALUES (1, 'c');
		INSERT INTO products (id, seller_id, category_id, name, description, price, stock) VALUES (1, 1, 1, 'p', 'd', 10, 5);
		INSERT INTO carts (id, buyer_id) VALUES (1, 1);
		INSERT INTO cart_items (cart_id, product_id, quantity) VALUES (1, 1, 1);
		INSERT INTO addresses (buyer_id, recipient, phone, detail, is_default) VALUES (1, 'r', '1', 'd', true);
		INSERT INTO orders (id, buyer_id, total_amount, recipient, phone, address) VALUES (1, 1, 10, 'r', '1', 'a'), (2, 1, 10, 'r', '1', 'a');
		INSERT INTO order_items (id, order_id, product_id, seller_id, product_name, unit_price, quantity) VALUES (1, 1, 1, 1, 'p', 10, 1);
		INSERT INTO checkout_attempts (buyer_id, checkout_key, order_id) VALUES (1, 'k', 1);
		INSERT INTO payments (id, order_id, amount, method, provider, merchant_uid, imp_uid, status, paid_at, resolved_at) VALUES (1, 1, 10, 'MOCK', 'MOCK', 'm1', 'i1', 'SUCCESS', now(), now());
		INSERT INTO payments (id, order_id, amount, method, provider, merchant_uid) VALUES (2, 2, 10, 'MOCK', 'MOCK', 'm2');
		INSERT INTO refunds (id, buyer_id, payment_id, amount, reason) VALUES (1, 1, 1, 5, 'ORDER_EXPIRED');
		INSERT INTO refund_items (refund_id, order_item_id, quantity, amount) VALUES (1, 1, 1, 5);
		WITH t AS (INSERT INTO ledger_transactions (id, kind, source_type, source_id, business_day) VALUES (1, 'K', 'PAYMENT', 1, '2026-01-01') RETURNING id)
		INSERT INTO ledger_entries (transaction_id, account, amount) SELECT id, unnest(ARRAY['PSP_CLEARING', 'BANK']), unnest(ARRAY[1, -1]) FROM t;
		INSERT INTO settlements (id, seller_id, amount, payable, fee, period_start, period_end, status, type) VALUES (1, 1, 1, 1, 1, '2026-01-01', '2026-01-15', 'COMPLETED', 'MID');
		INSERT INTO payouts (id, seller_id, settlement_id, amount, fee, payout_key) VALUES (1, 1, 1, 1, 1, 'k');
		INSERT INTO payout_attempts (payout_id, attempt, payout_key, bank_code, bank_account) VALUES (1, 1, 'k-1', 'K', '1')`

// It upgrades a database that has been used.
func TestPartitions_Migrated_KeepTheirRows(t *testing.T) {
	url, ctx := testrig.EmptyDatabaseURL(t), context.Background()
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer db.Close()
	old, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files())
	require.NoError(t, err)
	_, err = old.UpTo(ctx, 27)
	require.NoError(t, err)
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, oneOfEach+`;
		SELECT setval(pg_get_serial_sequence('order_items', 'id'), 41);
		INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
		VALUES (1, 'PAYMENT', 'PENDING', 'NONE', 10), (1, 'PAYMENT', 'SUCCESS', 'NONE', 10), (1, 'REFUND', 'SUCCESS', 'PENDING', 5)`)
	require.NoError(t, err)
	tables := []string{"order_items", "ledger_entries", "stock_movements", "transaction_histories"}
	content := func() (all []string) {
		for _, table := range tables {
			rows, err := conn.Query(ctx, "SELECT to_jsonb(t)::text FROM "+table+" t ORDER BY t.id")
			require.NoError(t, err)
			content, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)
			require.NotEmpty(t, content, table)
			all = append(all, content...)
		}
		return all
	}
	before := content()
	_, err = old.UpTo(ctx, 28)
	require.NoError(t, err)
	require.Equal(t, before, content())
	for _, insert := range []string{
		`INSERT INTO order_items (order_id, product_id, seller_id, product_name, unit_price, quantity) VALUES (2, 1, 1, 'p', 10, 1)`,
		`INSERT INTO stock_movements (product_id, kind, stock, reserved) VALUES (1, 'SET', 1, 0)`,
		`INSERT INTO ledger_entries (transaction_id, account, amount) VALUES (1, 'PSP_CLEARING', 0)`,
		`INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount) VALUES (2, 'PAYMENT', 'PENDING', 'NONE', 10)`,
	} {
		_, err := conn.Exec(ctx, insert)
		require.NoError(t, err, "the ids count on")
	}
	require.Len(t, content(), len(before)+len(tables))
}

// It tries what must never happen, straight at the tables.
func TestConstraints(t *testing.T) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, testrig.DatabaseURL(t))
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, oneOfEach)
	require.NoError(t, err)
	for _, table := range []string{
		"buyers", "sellers", "categories", "orders", "payments", "refunds", "ledger_transactions", "carts", "settlements",
		"payouts",
	} {
		_, err := conn.Exec(ctx, "SELECT setval(pg_get_serial_sequence($1, 'id'), 1000)", table)
		require.NoError(t, err)
	}

	for _, c := range []struct{ what, sql, constraint string }{
		{"a changed audit log", `UPDATE audit_log SET actor = 'SYSTEM'`, "audit_log_append_only"},
		{"an audit log with a gap", `DELETE FROM audit_log`, "audit_log_append_only"},
		{"an emptied part of the audit log", `TRUNCATE audit_log_from_0 CASCADE`, "audit_log_append_only"},
		{"a changed chain of the audit log", `UPDATE audit_chain SET hash = ''`, "audit_log_append_only"},
		{"a changed access log", `UPDATE access_log SET actor_id = 2`, "access_log_append_only"},
		{"an emptied access log", `TRUNCATE access_log CASCADE`, "access_log_append_only"},
		{"a changed number of exported rows", `UPDATE access_log_exports SET row_count = 1`, "access_log_append_only"},
		{"a read of nothing", `INSERT INTO access_log (actor, actor_id, action) VALUES ('ADMIN', 1, 'READ')`, "access_log_data"},
		{"a product that is blocked for no reason", `UPDATE products SET status = 'BLOCKED'`, "products_blocked_for_a_reason"},
		{"a buyer who is locked out for no reason", `UPDATE buyers SET locked_at = now()`, "buyers_locked_for_a_reason"},
		{"a sold-out product that is not marked", `UPDATE products SET sold_out = NOT sold_out`, "products_sold_out"},
		{"stock below zero", `UPDATE products SET stock = -1`, "products_stock_never_negative"},
		{"more shipped than was ordered", `UPDATE products SET reserved = -1`, "products_reserved_never_negative"},
		{"a changed stock movement", `UPDATE stock_movements SET stock = 1`, "stock_movements_append_only"},
		{"a deleted stock movement", `DELETE FROM stock_movements`, "stock_movements_append_only"},
		{
			"a movement of nothing", `INSERT INTO stock_movements (product_id, kind, stock, reserved) VALUES (1, 'SET', 0, 0)`,
			"stock_movements_move",
		},
		{"a line of too many pieces", `UPDATE order_items SET quantity = 100001`, "order_items_quantity_at_most"},
		{
			"two lines of one product in a cart", `INSERT INTO cart_items (cart_id, product_id, quantity) VALUES (1, 1, 1)`,
			"cart_items_one_per_product",
		},
		{"an empty cart line", `UPDATE cart_items SET quantity = 0`, "cart_items_quantity_check"},
		{"two carts", `INSERT INTO carts (buyer_id) VALUES (1)`, "carts_buyer_id_key"},
		{
			"two default addresses",
			`INSERT INTO addresses (buyer_id, recipient, phone, detail, is_default) VALUES (1, 'r', '1', 'd', true)`,
			"ux_address_default",
		},
		{
			"one mail in two cases", `INSERT INTO buyers (email, password, name, phone) VALUES ('B@Example.com', 'x', 'b', '1')`,
			"buyers_email_key",
		},
		{
			"one business twice",
			`INSERT INTO sellers (email, password, name, phone, store_name, biz_number, bank_code, bank_account) VALUES ('t@example.com', 'x', 's', '1', 's', 'b1', 'K', '1')`,
			"sellers_biz_number_key",
		},
		{"one category name twice", `INSERT INTO categories (name) VALUES ('c')`, "categories_name_key"},
		{
			"a second order of one checkout",
			`INSERT INTO checkout_attempts (buyer_id, checkout_key, order_id) VALUES (1, 'k', 2)`, "checkout_attempts_pkey",
		},
		{
			"a second successful payment",
			`INSERT INTO payments (order_id, amount, method, provider, merchant_uid, imp_uid, status, paid_at, resolved_at) VALUES (1, 10, 'MOCK', 'MOCK', 'm3', 'i3', 'SUCCESS', now(), now())`,
			"payments_one_counts",
		},
		{
			"a second open payment",
			`INSERT INTO payments (order_id, amount, method, provider, merchant_uid) VALUES (2, 10, 'MOCK', 'MOCK', 'm4')`,
			"payments_one_counts",
		},
		{
			"a fraction of a won", `INSERT INTO payments (order_id, amount, method, provider, merchant_uid) VALUES (1, 10.5, 'CARD', 'PORTONE', 'P1X')`,
			"payments_portone_id",
		},
		{
			"a name that a provider cannot take",
			`INSERT INTO payments (order_id, amount, method, provider, merchant_uid) VALUES (1, 10, 'CARD', 'PORTONE', 'P-1')`,
			"payments_portone_id",
		},
		{
			"a payment in the browser that nobody was told of is paid",
			`INSERT INTO payments (order_id, amount, method, provider, merchant_uid, imp_uid) VALUES (1, 10, 'CARD', 'PORTONE', 'P1X', 'tx')`,
			"payments_prepared_in_browser",
		},
		{
			"the mock gateway waits for a browser", `UPDATE payments SET prepared_at = now() WHERE id = 2`, "payments_prepared_in_browser",
		},
		{
			"a payment that ends twice",
			`INSERT INTO payment_attempts (payment_id, outcome) VALUES (2, 'DECLINED'), (2, 'CANCELLED')`, "payment_attempts_once",
		},
		{
			"a message of a provider twice", `INSERT INTO provider_messages (id, type) VALUES ('m', 't'), ('m', 't')`,
			"provider_messages_pkey",
		},
		{
			"a success without its time", `UPDATE payments SET status = 'SUCCESS', resolved_at = now() WHERE id = 2`,
			"payments_success_is_complete",
		},
		{
			"a success that is not resolved", `UPDATE payments SET resolved_at = NULL WHERE id = 1`,
			"payments_success_is_resolved",
		},
		{
			"an open payment that is resolved", `UPDATE payments SET resolved_at = now() WHERE id = 2`,
			"payments_pending_is_unresolved",
		},
		{"a charge without an id", `UPDATE payments SET imp_uid = '' WHERE id = 2`, "payments_imp_uid_not_empty"},
		{"one charge for two payments", `UPDATE payments SET imp_uid = 'i1' WHERE id = 2`, "payments_imp_uid_key"},
		{
			"a charge that goes back twice",
			`INSERT INTO refunds (buyer_id, payment_id, amount, reason) VALUES (1, 1, 5, 'PAYMENT_AMOUNT_MISMATCH')`,
			"uq_refunds_one_reversal",
		},
		{"a paid order that was never created", `UPDATE orders SET status = 'SHIPPED' WHERE id = 1`, "orders_transition"},
		{
			"a closed order that opens again",
			`UPDATE orders SET status = 'FAILED' WHERE id = 1; UPDATE orders SET status = 'PAID' WHERE id = 1`,
			"orders_transition",
		},
		{"a payment that goes backwards", `UPDATE payments SET status = 'PENDING' WHERE id = 1`, "payments_transition"},
		{"a refund that skips its processing", `UPDATE refunds SET status = 'SUCCESS' WHERE id = 1`, "refunds_transition"},
		{
			"a piece that goes back twice",
			`INSERT INTO refunds (id, buyer_id, payment_id, amount, reason) VALUES (2, 1, 1, 5, 'DAMAGED'); INSERT INTO refund_items (refund_id, order_item_id, quantity, amount) VALUES (2, 1, 1, 5)`,
			"order_items_confirmed_is_kept",
		},
		{
			"a piece paid back that nobody asked for", `UPDATE order_items SET refunded = 2, refund_claimed = 1`,
			"order_items_pieces",
		},
		{
			"a piece shipped twice",
			`INSERT INTO parcels (order_id, seller_id, shipped_at) SELECT order_id, seller_id, now() FROM order_items LIMIT 1;
			INSERT INTO parcel_items SELECT p.id, i.id, i.quantity + 1 FROM parcels p JOIN order_items i USING (order_id)`,
			"order_items_pieces",
		},
		{
			"a piece in a parcel of another seller",
			`INSERT INTO parcels (order_id, seller_id, shipped_at) SELECT order_id, seller_id, now() FROM order_items LIMIT 1;
			INSERT INTO parcel_items SELECT id, 0, 1 FROM parcels`,
			"parcel_items_of_one_order",
		},
		{"a piece delivered that was not shipped", `UPDATE order_items SET delivered = 1`, "order_items_pieces"},
		{"a piece confirmed that was not delivered", `UPDATE order_items SET refund_claimed = 0, refunded = 0, confirmed = 1`, "order_items_pieces"},
		{
			"a line delivered that was not shipped", `UPDATE order_items SET delivered_at = now()`,
			"order_items_delivered_was_shipped",
		},
		{"a settlement that skips its payout", `UPDATE settlements SET status = 'PAYOUT_DONE'`, "settlements_transition"},
		{
			"two open breaks of a payment",
			`INSERT INTO reconciliation_breaks (provider, merchant_uid, class, amount, detail, heals, day)
			SELECT 'PORTONE', 'm', 'AMOUNT', 1, '', false, '2026-01-01' FROM generate_series(1, 2)`,
			"reconciliation_breaks_open_key",
		},
		{
			"a break that is accepted by nobody",
			`INSERT INTO reconciliation_breaks (provider, merchant_uid, class, amount, detail, heals, day, status, resolved_at)
			VALUES ('PORTONE', 'm', 'AMOUNT', 1, '', false, '2026-01-01', 'ACCEPTED', now())`,
			"reconciliation_breaks_accepted",
		},
		{
			"a break that is resolved and open",
			`INSERT INTO reconciliation_breaks (provider, merchant_uid, class, amount, detail, heals, day, resolved_at)
			VALUES ('PORTONE', 'm', 'AMOUNT', 1, '', false, '2026-01-01', now())`,
			"reconciliation_breaks_resolved",
		},
		{
			"a break that is explained by nobody",
			`INSERT INTO reconciliation_breaks (provider, merchant_uid, class, amount, detail, heals, day, reason)
			VALUES ('PORTONE', 'm', 'AMOUNT', 1, '', false, '2026-01-01', 'so')`,
			"reconciliation_breaks_explained",
		},
		{
			"two settlement files of one name",
			`INSERT INTO provider_settlement_files (provider, name) VALUES ('PORTONE', 'f'), ('PORTONE', 'f')`,
			"provider_settlement_files_name_key",
		},
		{
			"a refund that one admin approves twice", `UPDATE refunds SET first_approver = 1, second_approver = 1`,
			"refunds_two_approvers",
		},
		{
			"a large refund that goes on with one approval",
			`UPDATE refunds SET needs_second = true, first_approver = 1, status = 'PROCESSING'`, "refunds_second_approval",
		},
		{
			"a policy that escalates before it reminds", `UPDATE refund_policies SET escalate_after_hours = 24`,
			"refund_policies_reminder_first",
		},
		{
			"a rule that approves what needs two admins",
			`UPDATE refund_policies SET auto_approve_below = 10, second_approval_from = 5`,
			"refund_policies_rule_or_admins",
		},
		{
			"more for buyers who have verified nothing", `UPDATE unpaid_limits SET unverified_pieces = pieces + 1`,
			"unpaid_limits_unverified_lower",
		},
		{
			"more unpaid orders than allowed",
			`UPDATE unpaid_limits SET unverified_orders = 1; INSERT INTO orders (id, buyer_id, total_amount, recipient, phone, address) VALUES (901, 1, 1, 'r', '1', 'a'), (902, 1, 1, 'r', '1', 'a'); INSERT INTO order_items (id, order_id, product_id, seller_id, product_name, unit_price, quantity) VALUES (901, 901, 1, 1, 'p', 1, 1), (902, 902, 1, 1, 'p', 1, 1)`,
			"unpaid_orders_limit",
		},
		{
			"one period settled twice",
			`INSERT INTO settlements (seller_id, amount, payable, fee, period_start, period_end, status, type) VALUES (1, 1, 1, 1, '2026-01-01', '2026-01-15', 'COMPLETED', 'MID')`,
			"uk_settlement_period",
		},
		{"a settlement that loses money", `UPDATE settlements SET amount = 0`, "settlements_balance"},
		{"a new price with a fraction", `UPDATE products SET price = price + 0.5`, "products_price_whole_won"},
		{
			"a product whose price has a fraction",
			`INSERT INTO products (seller_id, category_id, name, price, stock) SELECT seller_id, category_id, 'half', 0.5, 1 FROM products`,
			"products_price_whole_won",
		},
		{
			"a settlement that pays a fraction",
			`INSERT INTO settlements (seller_id, amount, payable, fee, period_start, period_end, status, type) VALUES (1, 1.5, 1.5, 0, '2026-02-01', '2026-02-15', 'COMPLETED', 'MID')`,
			"settlements_amount_whole_won",
		},
		{
			"a won carried over beside a payout",
			`UPDATE settlements SET amount = amount - 1, carried_over = 1`,
			"settlements_carried_over",
		},
		{
			"a settlement paid out twice",
			`INSERT INTO payouts (seller_id, settlement_id, amount, fee, payout_key) VALUES (1, 1, 1, 1, 'k2')`,
			"uk_payout_settlement_id",
		},
		{
			"a second attempt while the first may have paid",
			`INSERT INTO payout_attempts (payout_id, attempt, payout_key, bank_code, bank_account) VALUES (1, 2, 'k-2', 'K', '1')`,
			"payout_attempts_paid_once",
		},
		{
			"a second attempt after the first has paid",
			`UPDATE payout_attempts SET outcome = 'SUCCESS'; INSERT INTO payout_attempts (payout_id, attempt, payout_key, bank_code, bank_account) VALUES (1, 2, 'k-2', 'K', '1')`,
			"payout_attempts_paid_once",
		},
		{"a failed payout that is final", `UPDATE payouts SET final_at = now()`, "payouts_final_is_paid"},
		{"a payout that was never begun and is done", `UPDATE payouts SET status = 'SUCCESS'`, "payouts_transition"},
		{"a commission and nothing else", `UPDATE order_items SET commission = 1`, "order_items_frozen_whole"},
		{
			"more commission than the line",
			`UPDATE order_items SET gross = 10, discount = 0, net = 10, tax = 0, commission = 11`, "order_items_amounts_add_up",
		},
		{
			"a line that does not add up", `UPDATE order_items SET gross = 10, discount = 1, net = 10, tax = 0, commission = 1`,
			"order_items_amounts_add_up",
		},
		{
			"a line of another price", `UPDATE order_items SET gross = 9, discount = 0, net = 9, tax = 0, commission = 1`,
			"order_items_amounts_add_up",
		},
		{
			"a mail to nobody with a token",
			`INSERT INTO mails (kind, role, recipient) VALUES ('EMAIL_VERIFICATION', 'BUYER', 'b@example.com')`,
			"mails_of_somebody",
		},
		{
			"a ledger transaction that does not balance",
			`WITH t AS (INSERT INTO ledger_transactions (kind, source_type, source_id, business_day) VALUES ('K', 'PAYMENT', 2, '2026-01-01') RETURNING id)
			INSERT INTO ledger_entries (transaction_id, account, amount) SELECT id, 'BANK', 1 FROM t`,
			"ledger_transaction_balances",
		},
		{
			"a ledger transaction without entries",
			`INSERT INTO ledger_transactions (kind, source_type, source_id, business_day) VALUES ('K', 'PAYMENT', 3, '2026-01-01')`,
			"ledger_transaction_balances",
		},
		{
			"an entry that comes later", `INSERT INTO ledger_entries (transaction_id, account, amount) VALUES (1, 'BANK', 1)`,
			"ledger_transaction_balances",
		},
		{
			"a source posted twice",
			`INSERT INTO ledger_transactions (kind, source_type, source_id, business_day) VALUES ('K', 'PAYMENT', 1, '2026-01-01')`,
			"ledger_transactions_source_key",
		},
		{"a changed ledger entry", `UPDATE ledger_entries SET amount = 0`, "ledger_append_only"},
		{"a deleted ledger transaction", `DELETE FROM ledger_transactions`, "ledger_append_only"},
		{"an emptied ledger", `TRUNCATE ledger_entries`, "ledger_append_only"},
		{"an emptied part of the ledger", `TRUNCATE ledger_entries_first`, "ledger_append_only"},
		{"a history told twice", `INSERT INTO transaction_histories (transaction_id, type, payment_status, refund_status, amount)
			SELECT 1, 'PAYMENT', 'PENDING', 'NONE', 1 FROM generate_series(1, 2)`, "payment_histories_first_pkey"},
		{
			"a piece that is confirmed and refunded", `UPDATE order_items SET confirmed = 2, refund_claimed = 1`,
			"order_items_confirmed_is_kept",
		},
		{
			"a commission without an amount", `UPDATE order_items SET refund_claimed = 0, refunded = 0, confirmed = 1,
				confirmed_commission = 1`,
			"order_items_confirmed_amounts",
		},
		{
			"a confirmation of no piece", `INSERT INTO confirmations (order_item_id, seller_id, pieces, net, commission, cause)
				VALUES (1, 1, 0, 0, 0, 'BUYER')`, "confirmations_pieces_check",
		},
		{
			"a confirmation that takes back", `INSERT INTO confirmations (order_item_id, seller_id, pieces, net, commission,
				cause) VALUES (1, 1, -1, -5, 0, 'BUYER')`, "confirmations_signs",
		},
		{
			"a confirmation that is changed", `INSERT INTO confirmations (order_item_id, seller_id, pieces, net, commission,
				cause) VALUES (1, 1, 1, 5, 0, 'BUYER'); UPDATE confirmations SET net = 6`, "ledger_append_only",
		},
		{"two first held days", `INSERT INTO holds (only_row, from_day) VALUES (false, '2026-01-01')`, "holds_only_row_check"},
		{
			"a pending amount without a line",
			`INSERT INTO ledger_entries (transaction_id, account, seller_id, amount) VALUES (1, 'SELLER_PENDING', 1, 0)`,
			"ledger_entries_pending_of_a_line",
		},
		{
			"a payable that is nobody's",
			`INSERT INTO ledger_entries (transaction_id, account, amount) VALUES (1, 'SELLER_PAYABLE', 0)`,
			"ledger_entries_seller_named",
		},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := conn.Exec(ctx, c.sql)
			var pg *pgconn.PgError
			require.ErrorAs(t, err, &pg, "accepted")
			require.Equal(t, c.constraint, pg.ConstraintName, pg.Message)
		})
	}

	t.Run("a deleted category frees its name", func(t *testing.T) {
		_, err := conn.Exec(ctx, `
			INSERT INTO categories (name) VALUES ('free'); UPDATE categories SET deleted_at = now() WHERE name = 'free';
			INSERT INTO categories (name) VALUES ('free')`)
		require.NoError(t, err)
	})
}

// It reads the catalogue: without an index on its
// side, a foreign key makes every delete and many joins a scan.
func TestForeignKeys_Each_HasAnIndex(t *testing.T) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, testrig.DatabaseURL(t))
	require.NoError(t, err)
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `
		SELECT c.conrelid::regclass || '.' || a.attname FROM pg_constraint c
		JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		WHERE c.contype = 'f' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1]
			AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) LIKE '%IS NOT NULL%' OR pg_get_expr(i.indpred, i.indrelid) = '(deleted_at IS NULL)'))`)
	require.NoError(t, err)
	missing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Empty(t, missing)
}

// It compares the changes of state that the database allows
// with those that the language does, and the states of each table with those that exist.
func TestTriggers_Transitions_AreThoseOfTheStateMachines(t *testing.T) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, testrig.DatabaseURL(t))
	require.NoError(t, err)
	defer conn.Close(ctx)
	machines := map[string][]string{
		"orders": changes(market.OrderStates), "payments": changes(market.PaymentStates),
		"refunds":     changes(market.RefundStates),
		"settlements": changes(market.SettlementStates), "payouts": changes(market.PayoutStates),
		"disputes": changes(market.DisputeStates), "parcels": changes(market.ParcelStates),
	}
	rows, err := conn.Query(ctx, `SELECT t.tgrelid::regclass::text, encode(t.tgargs, 'escape'),
			(SELECT string_agg(pg_get_constraintdef(c.oid), ' ') FROM pg_constraint c WHERE c.conrelid = t.tgrelid AND c.conname = t.tgrelid::regclass || '_status_check')
		FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'refuse_forbidden_transition'`)
	require.NoError(t, err)
	var table, allowed, check string
	_, err = pgx.ForEachRow(rows, []any{&table, &allowed, &check}, func() error {
		require.Contains(t, machines, table)
		got := strings.Split(strings.TrimSuffix(allowed, `\000`), ",")
		slices.Sort(got)
		require.Equal(t, machines[table], got, table)
		states := map[string]bool{}
		for _, change := range got {
			from, to, _ := strings.Cut(change, ">")
			states[from], states[to] = true, true
		}
		require.Equal(t, len(states), strings.Count(check, "::character varying"), "the states of %s: %s", table, check)
		for state := range states {
			require.Contains(t, check, "'"+state+"'", table)
		}
		delete(machines, table)
		return nil
	})
	require.NoError(t, err)
	require.Empty(t, machines, "tables without a trigger")
}

// It holds the database against the language.
func TestLedgerAccounts_Schema_HasThoseOfTheCode(t *testing.T) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, testrig.DatabaseURL(t))
	require.NoError(t, err)
	defer conn.Close(ctx)
	var check string
	require.NoError(t, conn.QueryRow(ctx,
		"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ledger_entries_account_check'").Scan(&check))
	require.Equal(t, len(market.LedgerAccounts), strings.Count(check, "::character varying"), check)
	for _, account := range market.LedgerAccounts {
		require.Contains(t, check, "'"+string(account)+"'")
	}
}

func changes[S ~string](m market.StateMachine[S]) (all []string) {
	for from, tos := range m {
		for _, to := range tos {
			all = append(all, string(from)+">"+string(to))
		}
	}
	slices.Sort(all)
	return all
}
