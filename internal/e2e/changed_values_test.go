package e2e

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/verify"
	"github.com/all-in-market/market/workflows"
)

// unseen are the changes of which some are such that nothing else could contradict
// them, with the reason.
var unseen = map[string]string{
	"adjustments.admin_id":                 "of one that needed no second person",
	"adjustments.reason":                   "an admin's words",
	"adjustments.request_key":              "it names a request, and may have any value",
	"business_days.closed_at":              "an alert tells of days that are not closed, and the next close closes them",
	"checkout_attempts.fingerprint":        "a key with another fingerprint is refused, and nothing is ordered",
	"deleted checkout_attempts":            "an order that a seed has made has none",
	"deleted refund_decisions":             "of one that took no effect",
	"deleted seller_dashboard":             "of a day on which nothing was sold",
	"deleted settlements":                  "of one over nothing",
	"deleted transaction_histories":        "of an attempt of a refund that failed before it succeeded",
	"ledger_transactions.business_day":     "of payouts and of charges that are given back: no figure of a day counts them",
	"order_items.delivered_at":             "of one line among several: the order waits for the others",
	"order_items.shipped_at":               "of an order that failed: nothing of it is reserved",
	"parcels.delivery_source":              "from whom a delivery is known: nothing depends on it",
	"payment_attempts.outcome":             "declined, or never heard of: nothing was charged either way",
	"payment_attempts.reason":              "the provider's words",
	"payments.merchant_uid":                "of a payment for which nothing was charged",
	"payments.method":                      "nothing depends on it once the gateway has been asked",
	"payments.version":                     "it guards a write, and may have any value",
	"payout_attempts.reason":               "the bank's words",
	"deleted payout_decisions":             "of an attempt or an end before there were such decisions nothing is known",
	"payout_decisions.applied":             "of an attempt or an end before there were such decisions nothing is known",
	"payout_decisions.payout_id":           "an inquiry about another payout with as many attempts changes nothing",
	"payouts.final_at":                     "until it is set the bank is asked again, and nothing is paid",
	"products.price":                       "sellers ask what they like; orders keep the price that they were made at",
	"refund_decisions.admin_id":            "who it was is the decision's signature to prove, when it is sent",
	"refund_decisions.applied":             "of a second approval: a refund may be approved again after it has failed",
	"refund_decisions.reason":              "an admin's words",
	"refund_decisions.refund_id":           "of a decision that took no effect",
	"refunds.cancel_attempts":              "it tells one request to the provider from the next, and may have any value",
	"refunds.first_approver":               "of a refund that one admin is enough for",
	"refunds.needs_second":                 "of a refund that has not been approved",
	"refunds.shipping_borne_by":            "it is for buyer and seller to know, and no money is booked by it",
	"refunds.reason":                       "one of a buyer's reasons for another; those of reversals are seen",
	"refunds.restock":                      "until the refund is paid back, and of pieces that were never shipped",
	"refunds.version":                      "it guards a write, and may have any value",
	"seller_dashboard.seller_id":           "of a day on which nothing was sold",
	"seller_dashboard.stat_date":           "of a day on which nothing was sold",
	"settlements.seller_id":                "of one over nothing",
	"stock_movements.kind":                 "the seller's first movement or a later one: both are the seller's",
	"order_items.due_at":                   "it decides when the day's close takes the line",
	"disputes.admin_id":                    "who has decided last, as the audit log says",
	"disputes.reason":                      "an admin's words",
	"disputes.recredit_reference":          "the provider's words",
	"transaction_histories.payment_status": "of an attempt of a refund that failed",

	"batch_runs.outcome":                   "the workflow says what has become of it; a batch only counts its runs",
	"batch_runs.problem":                   "why a run was skipped or has failed, in words",
	"batch_runs.type":                      "it is shown",
	"batch_runs.workflow_id":               "the run is Temporal's",
	"deleted batch_runs":                   "the run is Temporal's, and nothing here says how many there were",
	"batches.admin_id":                     "who it was is in the audit log",
	"batches.reason":                       "an admin's words",
	"batches.request":                      "it names a request, and may have any value",
	"deleted payment_declines":             "another attempt was made; nothing depends on the one before",
	"payment_declines.reason":              "the provider's words",
	"payment_declines.transaction_id":      "the provider's, of an attempt that took no money",
	"proposals.before":                     "what is shown as having been before; the audit log has it",
	"proposals.expires_at":                 "of one that has ended",
	"proposals.reason":                     "an admin's words",
	"deleted provider_feeds":               "the feed is then read again from the first payment on",
	"provider_events.type":                 "the provider's word; the sign of the amount decides",
	"provider_settlement_files.digest":     "of the file as it was sent, which is not kept; another digest refuses the rest of the file",
	"provider_settlement_lines.payout_day": "the provider's; its bank transfers are not compared",
	"reconciliation_breaks.class":          "a word for the amount; the next comparison opens a break of the class that it finds",
	"reconciliation_breaks.day":            "when it was found",
	"reconciliation_breaks.heals":          "the next comparison sets it",
	"reconciliation_breaks.reason":         "an admin's words",
	"reconciliations.breaks":               "how many the run found that day; the breaks themselves are checked",
	"reconciliations.day":                  "the day then counts as not reconciled since its end, and the next run does it",
	"deleted reconciliations":              "the next run reconciles the day",
	"reconciliations.reconciled_at":        "it only decides whether the next run reconciles the day again",
	"refund_policies.admin_id":             "who it was is in the audit log",
	"deleted refund_requests":              "a repeat of the request opens no refund of pieces that are claimed",
	"refund_requests.fingerprint":          "a key with another fingerprint is refused, and no refund is opened",
	"refund_requests.refund_id":            "another refund of the same buyer, or one that was never opened",
	"refund_requests.request_key":          "it names a request, and may have any value",
	"product_totals.slot":                  "a total is the sum of its slots",
	"unpaid_limits.admin_id":               "who it was is in the audit log",
	"webhook_endpoints.events":             "its owner chooses them",
	"webhook_endpoints.previous_secret":    "its owner changes it; a receiver refuses what another secret has signed",
	"webhook_endpoints.previous_until":     "when a secret that was changed ends",
	"webhook_endpoints.problem":            "why it was paused, in a word",
	"webhook_endpoints.secret":             "its owner changes it; a receiver refuses what another secret has signed",
	"webhook_endpoints.url":                "its owner chooses it",
	"webhook_messages.answer":              "the endpoint's words",
	"webhook_messages.attempts":            "it decides when a message is sent again, and those that were delivered are not",
	"webhook_messages.status":              "only the endpoint knows what it has taken; its owner can have any message sent again",
}

// checked selects the columns and rows of a table to change, if not all.
type checked struct {
	columns []string
	rows    string // a condition
}

// partly lists the tables of which only a part is changed.
var partly = map[string]checked{
	"admins": {columns: []string{"role", "disabled_at"}},
	"sellers": { // whose payouts were once held: others have no state in the audit log
		columns: []string{"status", "payouts_held"},
		rows:    `id IN (SELECT subject_id FROM audit_log WHERE subject = 'SELLER' AND after ? 'payouts_held')`,
	},
	"audit_chain":     {rows: "position % 10 = 0"},
	"audit_log":       {rows: "id % 40 = 0"},
	"refund_policies": {rows: "admin_id IS NOT NULL"}, // the first ones are the schema's, and not in the audit log
	"unpaid_limits":   {rows: "admin_id IS NOT NULL"},
}

// unchecked are the tables without money, quantity, state or progress that verify could hold against anything else,
// with the reason.
var unchecked = map[string]string{
	"access_log":                        "what staff has looked at; it is kept to be read",
	"access_log_exports":                "which parts of the access log were sent; another export sends them again",
	"addresses":                         "a buyer's own; orders have copies",
	"admin_second_factors":              "secrets, and the last code that was used",
	"audit_addresses":                   "kept apart from the chain so that they can be erased",
	"audit_unchained":                   "an entry without a place in the chain is a finding unless it is here",
	"audit_words":                       "kept apart from the chain so that they can be erased",
	"buyers":                            "accounts; what they have ordered is checked in orders",
	"cart_items":                        "what a buyer may order; the order is placed with prices and stock of its own",
	"carts":                             "they have an owner and no more",
	"categories":                        "names and their order",
	"consents":                          "what a person has agreed to; nothing follows from it",
	"email_conflicts":                   "each row is a finding",
	"follow_ups":                        "empty at rest; a row that waits too long, or of nothing, is a finding",
	"goose_db_version":                  "which migrations have run; the next one fails on another schema",
	"idempotency_keys":                  "answers kept for repeats of a request",
	"image_uploads":                     "files that no product shows yet; they are deleted after a while",
	"ledger_unrolled":                   "empty at rest; a row that waits too long, or of nothing, is a finding",
	"mails":                             "messages, kept for two weeks; the state says whether one was sent",
	"notifications":                     "messages about events, which are checked in their own tables",
	"order_status_update_notifications": "messages about orders, whose states are checked",
	"partitioned_tables":                "how large partitions are; changed by migrations",
	"payout_decision_reasons":           "an admin's words, until the decision has arrived",
	"product_image":                     "pictures and their order",
	"provider_messages":                 "ids that recognise repeats; a message only has the payment looked at, and its events are checked",
	"refund_decision_reasons":           "an admin's words, until the decision has arrived",
	"restock_notifications":             "messages about products, whose stock is checked",
	"restock_subscriptions":             "a wish to be notified; nothing is reserved by it",
	"session_ends":                      "until when tokens are refused",
	"set_aside":                         "each row is a finding",
	"stuck_row_sweeps":                  "how far the sweep has come; a pass begins anew after its end",
	"verifications":                     "the reports of verify itself",
	"withdrawn_payout_accounts":         "an account number without an amount; the tests of the store try the rule about it",
}

// words are columns of free text, and of times without a rule.
var words = []string{
	"recipient", "phone", "address", "delivery_note", "product_name", "name", "description", "denied_reason", "failure", "reason_text",
	"carrier", "tracking_number", "created_at", "updated_at", "reminded_at", "escalated_at", "claimed_until",
	"checkout_key", "decision_id", "sent_by", "asked_by", "abandoned_by", "run_id", "category_id", "cause", "detail", "happened_at",
}

// otherValue is an SQL expression of another value that a column might have.
func otherValue(
	ctx context.Context, t *testing.T, conn *pgx.Conn, table, column, kind string, nullable bool,
) string {
	t.Helper()
	switch kind {
	case "numeric", "bigint", "integer", "smallint":
		return "coalesce(" + column + ", 0) + 1"
	case "boolean":
		return "NOT " + column
	case "date":
		return "coalesce(" + column + ", current_date) + 1"
	case "timestamp with time zone":
		if !nullable {
			return column + " + interval '40 days'"
		}
		return "CASE WHEN " + column + " IS NULL THEN now() END"
	case "jsonb":
		return "coalesce(" + column + `, '{}') || '{"amount": -1}'`
	case "bytea":
		return "coalesce(" + column + `, '') || '\x00'`
	case "ARRAY":
		return column + "[2:]"
	}
	// Another word that the column's constraint allows; else any other.
	var definition string
	err := conn.QueryRow(ctx, `SELECT coalesce(string_agg(pg_get_constraintdef(oid), ''), '') FROM pg_constraint
		WHERE contype = 'c' AND conrelid = $1::regclass AND pg_get_constraintdef(oid) LIKE '%((' || $2 || ')::text = ANY%'`, table, column).Scan(&definition)
	require.NoError(t, err)
	var allowed []string
	for _, m := range regexp.MustCompile(`'([A-Z_]+)'::character varying`).FindAllStringSubmatch(definition, -1) {
		if !slices.Contains(allowed, "'"+m[1]+"'") {
			allowed = append(allowed, "'"+m[1]+"'")
		}
	}
	if len(allowed) < 2 {
		return "coalesce(" + column + ", '') || 'x'"
	}
	other := "CASE " + column
	for i, v := range allowed {
		other += " WHEN " + v + " THEN " + allowed[(i+1)%len(allowed)]
	}
	return other + " ELSE " + allowed[0] + " END"
}

// It lives through a market in which everything occurs,
// then changes one value of one row at a time, of every table of the schema that is not
// listed as unchecked, and deletes one row at a time. What the schema lets through verify
// finds, or the value is on the list of those that nothing contradicts.
func TestVerify_EachChangedValue_IsFound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t)
	stop := r.everything(t)
	stop() // nothing moves from here on
	require.NoError(t, r.store.ExtendAuditChain(ctx))
	r.verify(t)
	conn, err := pgx.Connect(ctx, r.cfg.DatabaseURL)
	require.NoError(t, err)
	defer conn.Close(ctx)
	// no trigger and no foreign key: only what stands in the row
	_, err = conn.Exec(ctx, "SET session_replication_role = replica")
	require.NoError(t, err)
	books := verify.Books{
		Store: r.store, Gateways: app.Gateways(r.cfg, nil, app.Plain),
		Bank: simclient.NewBank(r.cfg.BankURL, time.Minute),
	}
	// The rules that saw changes of a kind see most others: they are checked first, and gateway and
	// bank last.
	see, byChanges := map[string][]string{}, map[string]bool{}
	seen := func(change string) bool {
		t.Helper()
		broken, err := r.store.BrokenRule(ctx, see[change]...)
		require.NoError(t, err)
		if broken != "" {
			if table, _, _ := strings.Cut(change, "."); !byChanges[table] {
				byChanges[table] = true
				assert.True(t, r.changesSee(t), "%s breaks the rule %q, and a verification of changes does not see it",
					change, broken)
			}
			if !slices.Contains(see[change], broken) {
				see[change] = append(see[change], broken)
			}
			return true
		}
		findings, err := verify.Outside(ctx, books, func(string) {})
		require.NoError(t, err)
		return len(findings) > 0
	}

	changes, refused, quiet, columnsChanged := 0, 0, map[string]int{}, map[string]bool{}
	tables := map[string]bool{}
	for _, table := range listed(ctx, t, conn, `SELECT c.relname::text FROM pg_class c
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`) {
		tables[table] = true
		part, some := partly[table]
		if reason := unchecked[table]; reason != "" {
			require.False(t, some, "%s is unchecked and partly checked", table)
			continue
		}
		key := strings.Join(listed(ctx, t, conn, `SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
			WHERE i.indrelid = $1::regclass AND i.indisprimary AND NOT EXISTS (SELECT FROM pg_attribute x WHERE x.attrelid = i.indrelid AND x.attname = 'id')
			ORDER BY a.attnum`, table), ", ")
		key = cmp.Or(key, "id")
		kept := listed(ctx, t, conn, fmt.Sprintf("SELECT to_jsonb(t)::text FROM (SELECT * FROM %s WHERE %s ORDER BY %s) t",
			table, cmp.Or(part.rows, "true"), key))
		if !assert.NotEmpty(t, kept, "%s: not everything occurs, or no reason is given why it is unchecked", table) {
			continue
		}
		columns, err := conn.Query(ctx,
			`SELECT column_name, data_type, is_nullable = 'YES' FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' AND column_name <> 'id' ORDER BY ordinal_position`,
			table)
		require.NoError(t, err)
		named, err := pgx.CollectRows(columns, pgx.RowToStructByPos[struct {
			Name, Kind string
			Nullable   bool
		}])
		require.NoError(t, err)
		for _, row := range kept {
			at := fmt.Sprintf("(%[1]s) = (SELECT %[1]s FROM jsonb_populate_record(NULL::%[2]s, $1))", key, table)
			for _, c := range named {
				if slices.Contains(words, c.Name) || (len(part.columns) > 0 && !slices.Contains(part.columns, c.Name)) {
					continue
				}
				columnsChanged[table+"."+c.Name] = true
				changes++
				var place string
				err := conn.QueryRow(ctx,
					fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s RETURNING ctid::text", table, c.Name,
						otherValue(ctx, t, conn, table, c.Name, c.Kind, c.Nullable), at),
					row).Scan(&place)
				if err != nil {
					refused++
					continue
				}
				if !seen(table + "." + c.Name) {
					quiet[table+"."+c.Name]++
				}
				// An id stays; another key may be what was changed.
				where, args := at, []any{row}
				if key != "id" {
					where, args = "ctid = $2::text::tid", []any{row, place}
				}
				_, err = conn.Exec(ctx,
					fmt.Sprintf("UPDATE %[1]s SET %[2]s = (SELECT %[2]s FROM jsonb_populate_record(NULL::%[1]s, $1)) WHERE %[3]s",
						table, c.Name, where),
					args...)
				require.NoError(t, err)
			}
			if len(part.columns) > 0 {
				continue
			}
			changes++
			_, err := conn.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s", table, at), row)
			require.NoError(t, err)
			if !seen("deleted " + table) {
				quiet["deleted "+table]++
			}
			_, err = conn.Exec(ctx, fmt.Sprintf("INSERT INTO %[1]s SELECT * FROM jsonb_populate_record(NULL::%[1]s, $1)", table),
				row)
			require.NoError(t, err)
		}
	}
	missed := 0
	for name, n := range quiet {
		missed += n
		if unseen[name] == "" {
			t.Errorf("%d changes of %s were not seen, and no reason is given why", n, name)
		}
	}
	for name := range unseen {
		deleted, isDeletion := strings.CutPrefix(name, "deleted ")
		if !columnsChanged[name] && (!isDeletion || !tables[deleted]) {
			t.Errorf("a reason is given for %s, which is not changed", name)
		}
	}
	for table := range unchecked {
		if !tables[table] {
			t.Errorf("a reason is given for table %s, which there is not", table)
		}
	}
	t.Logf("%d tables, %d of them checked: %d columns, %d changes: %d the schema refused, %d were seen, %d were not: %v",
		len(tables), len(tables)-len(unchecked), len(columnsChanged), changes, refused, changes-refused-missed, missed,
		quiet)
	r.verify(t)
}

// changesSee reports whether a verification of changes, which begins with the first order, finds anything in the
// marketplace's own books.
func (r *rig) changesSee(t *testing.T) bool {
	t.Helper()
	ctx := context.Background()
	plan, err := r.store.PlanVerification(ctx, store.VerificationPlan{})
	require.NoError(t, err)
	steps := r.store.Steps(plan)
	slices.Reverse(steps) // the rules that look at whole tables are quick
	for _, step := range steps {
		findings, err := step.Run(ctx)
		require.NoError(t, err)
		if len(findings) > 0 {
			return true
		}
	}
	return false
}

// listed returns the texts that a query selects.
func listed(ctx context.Context, t *testing.T, conn *pgx.Conn, query string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(ctx, query, args...)
	require.NoError(t, err)
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return texts
}

// everything lives through what can occur: orders in every state, payments of every
// end, refunds of every kind, a closed period, payouts that were paid, refused, returned
// and abandoned. It returns what stops the marketplace.
func (r *rig) everything(t *testing.T) (stop func()) {
	t.Helper()
	ctx := context.Background()
	a := r.serve(t, everyRole)
	r.api, r.admin = "http://"+a.Addr("api"), "http://"+a.Addr("admin")
	sellers := []*person{r.seller(t)}
	for range 3 {
		sellers = append(sellers, &person{id: r.anotherSeller(t)})
	}
	var products []market.Product
	for _, s := range sellers {
		products = append(products, r.product(t, s.id, 10_033_00, 1000))
	}
	admin := r.staff(t)
	connect(t, admin, "/admin/webhooks", receive(t))
	_, err := r.store.Pool().Exec(ctx, "UPDATE webhook_endpoints SET created_at = now() - interval '1 day', updated_at = now() - interval '1 day'")
	require.NoError(t, err)
	for _, held := range []bool{true, false} {
		_, err = r.store.SetSellerStatus(ctx, sellers[0].id, market.SellerApproved, held, "")
		require.NoError(t, err)
	}
	limits, err := r.store.UnpaidLimits(ctx)
	require.NoError(t, err)
	limits.Verified.Orders++
	_, _, err = r.store.SetUnpaidLimits(ctx, admin.id, limits)
	require.NoError(t, err)
	refund := func(b *person, order int64, body map[string]any) int64 {
		t.Helper()
		opened := b.post(t, refundsOf(order), body)
		require.Equal(t, 201, opened.Status, opened)
		return opened.id("refundId")
	}

	// A period of four sellers, and what the bank does with their payouts.
	for _, p := range products {
		b := r.buyers(t, 1)[0]
		r.paidOrder(t, b, line{p.ID, 2})
	}
	r.soldOn(t, lastPeriod().End)
	r.adjust(t, sellers[0].id)
	r.simulator.Bank.Set(simulator.BankKnobs{Refuse: true})
	r.closeDay(t, lastPeriod().End)
	r.eventually(t, 4, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
	r.simulator.Bank.Set(simulator.BankKnobs{})
	settlement := func(i int) int64 {
		return int64(r.count(t, "SELECT id FROM settlements WHERE amount > 0 AND seller_id = $1", sellers[i].id))
	}
	r.signal(t, settlement(1), workflows.AbandonSignal)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE abandoned_at IS NOT NULL")
	r.signal(t, settlement(2), workflows.RetrySignal)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	r.simulator.Bank.Set(simulator.BankKnobs{Return: true})
	r.signal(t, settlement(2), workflows.InquireSignal)
	r.eventually(t, 1, "SELECT count(*) FROM payout_attempts WHERE outcome = 'RETURNED'")
	r.simulator.Bank.Set(simulator.BankKnobs{AmountOff: -5_00})
	r.signal(t, settlement(3), workflows.RetrySignal)
	r.eventually(t, 1, "SELECT count(*) FROM payout_attempts WHERE outcome = 'MISPAID'")
	r.signal(t, settlement(3), workflows.AbandonSignal)
	r.eventually(t, 1, "SELECT count(*) FROM adjustments WHERE kind = 'MISPAID_PAYOUT'")
	r.simulator.Bank.Set(simulator.BankKnobs{})
	r.clerk(t).decidePayout(t, settlement(0), workflows.RetrySignal, "the account is open again")
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")

	// Orders in every state, and payments of every end.
	p, q := products[0], products[3]
	r.placeOrder(t, r.buyers(t, 1)[0], p.ID)
	expired := r.placeOrder(t, r.buyers(t, 1)[0], p.ID)
	r.age(t, expired)
	_, err = r.store.ExpireOrders(ctx)
	require.NoError(t, err)
	for _, k := range []simulator.Knobs{{Decline: true}, {AmountOff: 100}, {AmountOff: -100}, {AmountOff: -10_033_00}} {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, q.ID)
		r.simulator.Set(k)
		b.post(t, "/payments", payBody(order))
		r.simulator.Set(simulator.Knobs{})
	}
	r.settleDown(t)
	b := r.buyers(t, 1)[0]
	order := r.placeOrder(t, b, q.ID)
	r.simulator.Set(simulator.Knobs{AmountOff: 7, RefuseCancel: true})
	b.post(t, "/payments", payBody(order))
	r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE status = 'FAILED'")
	r.simulator.Set(simulator.Knobs{})
	byHand := int64(r.count(t, "SELECT id FROM refunds WHERE status = 'FAILED'"))
	require.Equal(t, "SUCCESS",
		admin.put(t, fmt.Sprintf("/admin/refunds/%d/settle", byHand),
			map[string]string{"reason": "bank transfer 42"}).field(
			"status"))

	// Payments in the browser: one paid and given back, one that was charged in another
	// currency, and one that could not be prepared.
	r.webhooksTo.Store(r.api)
	inWon := r.product(t, sellers[3].id, 10_000_00, 1000)
	for _, faults := range []portonesim.Faults{{}, {Currency: "USD"}, {Down: true}} {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, inWon.ID)
		if faults.Down {
			r.portone.Set(faults)
		}
		opened := b.post(t, "/payments", cardBody(order))
		r.portone.Set(faults)
		if !faults.Down {
			out := r.portone.Pay(window(t, opened), portonesim.Approve)
			b.post(t, confirmPath(opened.id("paymentId")), returned(out))
		}
		r.portone.Set(portonesim.Faults{})
		if faults == (portonesim.Faults{}) {
			id := refund(b, order, whole)
			require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
		}
	}
	r.settleDown(t)

	// Disputes in every status: the provider has given something back on its own.
	for i, decision := range []string{"", "REPRESENT", "WIN", "ACCEPT", "refund"} {
		b := r.buyers(t, 1)[0]
		order, w, _ := r.openInBrowser(t, b, inWon.ID)
		require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
		r.eventuallyPaid(t, order)
		back := int64(10_000 - 1000*(i%4))
		if decision == "refund" {
			_, err := r.store.ShipItem(ctx, market.SellerID(sellers[3].id), r.lines(t, order)[0], "CJ", "3")
			require.NoError(t, err)
			_, err = r.store.ConfirmItem(ctx, market.BuyerID(b.id), order, r.lines(t, order)[0], nil)
			require.NoError(t, err)
		}
		r.portone.GiveBack(w.PaymentID, back)
		dispute := r.disputeOf(t, order)
		body := map[string]any{"decision": decision}
		if decision == "refund" {
			body["decision"], body["items"] = "ACCEPT",
				[]map[string]any{{"orderItemId": r.lines(t, order)[0], "quantity": 1}}
		}
		if decision != "" {
			decided := decideDispute(t, admin, dispute, body)
			require.Equal(t, 200, decided.Status, decided)
		}
	}
	r.settleDown(t)

	// Deliveries, and refunds of every kind.
	seller := sellers[0]
	for range 2 {
		b := r.buyers(t, 1)[0]
		order, items := r.paidOrder(t, b, line{p.ID, 3}, line{products[1].ID, 2})
		require.Equal(t, 200,
			seller.put(t, shipPath(items[0]), map[string]string{"carrier": "CJ", "trackingNumber": "1"}).Status)
		_ = order
	}
	for _, delivered := range []bool{false, true} {
		b := r.buyers(t, 1)[0]
		order, items := r.paidOrder(t, b, line{p.ID, 3})
		require.Equal(t, 200,
			seller.put(t, shipPath(items[0]), map[string]string{"carrier": "CJ", "trackingNumber": "2"}).Status)
		if !delivered {
			continue
		}
		require.Equal(t, 200, seller.put(t, deliverPath(items[0]), nil).Status)
		id := refund(b, order, pieces(items[0], 1))
		require.Equal(t, "SUCCESS",
			admin.put(t, fmt.Sprintf("/admin/refunds/%d/complete", id),
				map[string]bool{"restock": true}).field("status"))
		confirm := fmt.Sprintf("/orders/%d/items/%d/confirm", order, items[0])
		require.Equal(t, 200, b.post(t, confirm, map[string]int{"quantity": 1}).Status)
		id = refund(b, order, pieces(items[0], 1))
		require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
	}
	b = r.buyers(t, 1)[0]
	order, items := r.paidOrder(t, b, line{p.ID, 4})
	require.Equal(t, "SUCCESS", approve(t, admin, refund(b, order, pieces(items[0], 1))).field("status"))
	require.Equal(t, "DENIED",
		admin.put(t, fmt.Sprintf("/admin/refunds/%d/deny", refund(b, order, pieces(items[0], 1))),
			map[string]string{"deniedReason": "no"}).field("status"))
	refund(b, order, pieces(items[0], 2))
	b = r.buyers(t, 1)[0]
	order, _ = r.paidOrder(t, b, line{q.ID, 1})
	require.Equal(t, "SUCCESS", approve(t, admin, refund(b, order, whole)).field("status"))
	b = r.buyers(t, 1)[0]
	order, _ = r.paidOrder(t, b, line{q.ID, 1})
	r.simulator.Set(simulator.Knobs{RefuseCancel: true})
	require.Equal(t, "FAILED", approve(t, admin, refund(b, order, whole)).field("status"))
	r.simulator.Set(simulator.Knobs{})
	require.Equal(t, 200, seller.put(t, stockPath(p.ID), map[string]int{"stock": 500}).Status)
	r.settleDown(t)
	r.reconciled(t, admin, inWon.ID)
	batch, err := r.store.CreateBatch(ctx, market.NewBatch{
		Action: market.BatchRedrive, Query: `WorkflowType = "RefundApproval" AND ExecutionStatus = "Completed"`,
		Reason: "to be sure", PerSecond: 50, AdminID: admin.id, Request: "everything",
	})
	require.NoError(t, err)
	r.eventually(t, 1, "SELECT count(*) FROM batches WHERE id = $1 AND status = 'DONE'", batch)
	r.eventually(t, 0, "SELECT count(*) FROM ledger_unrolled")
	r.eventually(t, 0, "SELECT count(*) FROM follow_ups")
	r.eventually(t, 0, "SELECT count(*) FROM audit_unchained")
	r.eventually(t, 0, "SELECT count(*) FROM audit_chain WHERE position > (SELECT told_up_to FROM webhook_progress)")
	r.eventually(t, 0, "SELECT count(*) FROM webhook_messages WHERE status = 'PENDING'")
	return func() { r.stopServing(t) }
}

// reconciled has a payment in the browser declined and paid, a settlement file imported that contains it and a payment
// that is not ours, and the day reconciled as of the night after it. One of the breaks is accepted.
func (r *rig) reconciled(t *testing.T, admin *person, product int64) {
	t.Helper()
	order, w, _ := r.openInBrowser(t, r.buyers(t, 1)[0], product)
	require.NotEmpty(t, r.portone.Pay(w, portonesim.Decline).Code)
	r.eventually(t, 1, "SELECT count(*) FROM payment_declines")
	require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
	r.eventuallyPaid(t, order)
	file := "merchantUid,amount,fee,payoutDay\n" + w.PaymentID + ",10000,330,2026-11-27\nUNKNOWN,7000,0,2026-11-27\n"
	sent := admin.put(t, "/admin/settlement-files/november.csv", file, "Content-Type", "text/csv")
	require.Equal(t, 200, sent.Status, sent)
	r.eventually(t, 1, "SELECT count(*) FROM reconciliation_breaks WHERE merchant_uid = 'UNKNOWN'")
	// And an event of a payment that is unknown to us and in the provider's own books.
	require.NoError(t, r.store.KeepProviderEvents(t.Context(), market.ProviderPortOne, []market.ProviderEvent{{
		ID: "elsewhere", Type: "PAID", MerchantUID: "ELSEWHERE", Amount: 3_000_00, Currency: market.Won, At: time.Now(),
	}}))
	r.reconcile(t, admin)
	r.eventually(t, 1, "SELECT count(*) FROM reconciliation_breaks WHERE merchant_uid = 'ELSEWHERE'")
	found := r.count(t, "SELECT id FROM reconciliation_breaks WHERE merchant_uid = 'UNKNOWN'")
	accepted := admin.put(t, fmt.Sprintf("/admin/reconciliation/%d/accept", found),
		map[string]string{"reason": "a test"})
	require.Equal(t, "ACCEPTED", accepted.field("status"))
	for _, past := range []string{
		"UPDATE reconciliations SET reconciled_at = (day + 1)::timestamp AT TIME ZONE 'Asia/Seoul' + interval '5 hours'",
		"UPDATE provider_settlement_files SET imported_at = imported_at - interval '1 day'",
	} {
		_, err := r.store.Pool().Exec(t.Context(), past)
		require.NoError(t, err)
	}
}

// adjust posts what a seller is owed more in the last period and now, and what two people have to approve.
func (r *rig) adjust(t *testing.T, seller int64) {
	t.Helper()
	ctx, one, two := context.Background(), r.staff(t), r.staff(t)
	policy, err := r.store.RefundPolicy(ctx)
	require.NoError(t, err)
	policy.SecondApprovalFrom = new(market.Money(900_000_000_00))
	_, _, err = r.store.SetRefundPolicy(ctx, one.id, policy)
	require.NoError(t, err)
	a := market.NewAdjustment{
		Kind: market.AdjustmentCorrection, DebitAccount: market.AccountCommission, Amount: 100_00,
		CreditAccount: market.AccountSellerPayable, SellerID: seller, Reason: "the commission was too high",
	}
	for _, s := range []*store.Store{r.store.At(lastPeriod().End.Start().Add(time.Hour)), r.store} {
		_, _, err = s.PostAdjustment(ctx, one.id, a)
		require.NoError(t, err)
	}
	a.DebitAccount, a.CreditAccount, a.SellerID = market.AccountSuspense, market.AccountBank, 0
	a.Amount, a.Key = *policy.SecondApprovalFrom, "large"
	_, waits, err := r.store.PostAdjustment(ctx, one.id, a)
	require.NoError(t, err)
	_, err = r.store.DecideProposal(ctx, store.ProposalDecision{ProposalID: waits.ID, AdminID: two.id, Approve: true})
	require.NoError(t, err)
}

// anotherSeller makes a seller without a login.
func (r *rig) anotherSeller(t *testing.T) int64 {
	t.Helper()
	ctx, n := context.Background(), r.serial.Add(1)
	id, err := r.store.CreateSeller(ctx,
		store.SellerSignup{
			Email: market.Email(fmt.Sprintf("another%d@example.com", n)), PasswordHash: "x", Name: "s", Phone: "1",
			StoreName: "s",
			BizNumber: fmt.Sprintf("another%d", n), BankCode: "KOOKMIN", BankAccount: fmt.Sprint("02-", n),
		})
	require.NoError(t, err)
	_, err = r.store.SetSellerStatus(ctx, id, market.SellerApproved, false, "")
	require.NoError(t, err)
	return id
}
