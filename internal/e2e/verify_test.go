package e2e

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/app"
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
	"business_days.closed_at":              "an alarm tells of days that are not closed, and the next close closes them",
	"checkout_attempts.fingerprint":        "a key with another fingerprint is refused, and nothing is ordered",
	"deleted checkout_attempts":            "an order that a seed has made has none",
	"deleted refund_decisions":             "of one that took no effect",
	"deleted seller_dashboard":             "of a day on which nothing was sold",
	"deleted settlements":                  "of one over nothing",
	"deleted transaction_histories":        "of an attempt of a refund that failed before it succeeded",
	"ledger_transactions.business_day":     "of payouts and of charges that are given back: no figure of a day counts them",
	"order_items.delivered_at":             "of one line among several: the order waits for the others",
	"order_items.shipped_at":               "of an order that failed: nothing of it is reserved",
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
	"disputes.admin_id":                    "who has decided last, as the audit log says",
	"disputes.reason":                      "an admin's words",
	"disputes.recredit_reference":          "the provider's words",
	"transaction_histories.payment_status": "of an attempt of a refund that failed",
}

// keys name a row of a table that has no id.
var keys = map[string]string{
	"checkout_attempts": "order_id", "refund_items": "refund_id, order_item_id",
	"refund_decisions": "refund_id, decision_id", "payout_decisions": "payout_id, decision_id", "ledger_unrolled": "transaction_id",
	"business_days": "day", "settlement_lines": "settlement_id, stat_date",
}

// words are columns of free text, and of times that say nothing but when.
var words = []string{
	"recipient", "phone", "address", "product_name", "name", "description", "denied_reason", "failure", "reason_text",
	"carrier", "tracking_number", "created_at", "updated_at", "reminded_at", "escalated_at", "claimed_until",
	"checkout_key", "decision_id", "sent_by", "asked_by", "abandoned_by", "run_id", "category_id", "cause", "detail", "happened_at",
}

// otherValue is an SQL expression of another value that a column might have.
func otherValue(ctx context.Context, t *testing.T, conn *pgx.Conn, table, column, kind string) string {
	t.Helper()
	switch kind {
	case "numeric", "bigint", "integer":
		return "coalesce(" + column + ", 0) + 1"
	case "boolean":
		return "NOT " + column
	case "date":
		return "coalesce(" + column + ", current_date) + 1"
	case "timestamp with time zone":
		return "CASE WHEN " + column + " IS NULL THEN now() END"
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

// TestVerifySeesEveryChangedValue lives through a market in which everything occurs,
// then changes one value of one row at a time, of every column that holds money, a
// quantity, a state or a reference, and deletes one row at a time. What the schema lets
// through verify sees, or the value is on the list of those that nothing contradicts.
func TestVerifySeesEveryChangedValue(t *testing.T) {
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
	// The rules that saw changes of a kind see most others: they are checked first, and gateway and bank
	// are asked last.
	see := map[string][]string{}
	seen := func(change string) bool {
		t.Helper()
		broken, err := r.store.BrokenRule(ctx, see[change]...)
		require.NoError(t, err)
		if broken != "" {
			if !slices.Contains(see[change], broken) {
				see[change] = append(see[change], broken)
			}
			return true
		}
		findings, err := verify.Outside(ctx, books, func(string) {})
		require.NoError(t, err)
		return len(findings) > 0
	}

	changes, refused, quiet := 0, 0, map[string]int{}
	for _, table := range []string{
		"orders", "order_items", "checkout_attempts", "payments", "payment_attempts", "refunds", "refund_items",
		"refund_decisions", "transaction_histories", "ledger_transactions", "ledger_entries", "seller_dashboard",
		"seller_daily_statistics", "business_days", "settlements", "settlement_lines", "payouts", "payout_attempts",
		"payout_decisions",
		"disputes",
		"adjustments",
		"products", "stock_movements",
	} {
		key := cmp.Or(keys[table], "id")
		rows, err := conn.Query(ctx,
			fmt.Sprintf("SELECT to_jsonb(t)::text FROM (SELECT * FROM %s ORDER BY %s) t", table, key))
		require.NoError(t, err)
		kept, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		require.NotEmpty(t, kept, "%s: not everything occurs", table)
		columns, err := conn.Query(ctx,
			`SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' AND column_name <> 'id' ORDER BY ordinal_position`,
			table)
		require.NoError(t, err)
		named, err := pgx.CollectRows(columns, pgx.RowToStructByPos[struct{ Name, Kind string }])
		require.NoError(t, err)
		for _, row := range kept {
			at := fmt.Sprintf("(%[1]s) = (SELECT %[1]s FROM jsonb_populate_record(NULL::%[2]s, $1))", key, table)
			for _, c := range named {
				if slices.Contains(words, c.Name) {
					continue
				}
				changes++
				var place string
				err := conn.QueryRow(ctx,
					fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s RETURNING ctid::text", table, c.Name,
						otherValue(ctx, t, conn, table, c.Name, c.Kind), at),
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
	t.Logf("%d changes: %d the schema refused, %d were seen, %d were not: %v", changes, refused, changes-refused-missed,
		missed, quiet)
	r.verify(t)
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
		products = append(products, r.product(t, s.id, 10_000_33, 1000))
	}
	admin := r.staff(t)
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
	_, err := r.store.ExpireOrders(ctx)
	require.NoError(t, err)
	for _, k := range []simulator.Knobs{{Decline: true}, {AmountOff: 100}, {AmountOff: -100}, {AmountOff: -10_000_33}} {
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
		admin.put(t, fmt.Sprintf("/admin/refunds/%d/settle", byHand), map[string]string{"reason": "bank transfer 42"}).field(
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
		r.portone.GiveBack(w.PaymentID, back)
		dispute := r.disputeOf(t, order)
		body := map[string]any{"decision": decision}
		if decision == "refund" {
			body["decision"], body["items"] = "ACCEPT", []map[string]any{{"orderItemId": r.lines(t, order)[0], "quantity": 1}}
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
			admin.put(t, fmt.Sprintf("/admin/refunds/%d/complete", id), map[string]bool{"restock": true}).field("status"))
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
	r.eventually(t, 0, "SELECT count(*) FROM ledger_unrolled")
	r.eventually(t, 0, "SELECT count(*) FROM follow_ups")
	return func() { r.stopServing(t) }
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
	_, err = r.store.SetSellerStatus(ctx, id, market.SellerApproved, false)
	require.NoError(t, err)
	return id
}
