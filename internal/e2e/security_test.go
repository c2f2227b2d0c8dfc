package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// It changes what a stolen token must not change.
func TestProfile_Secrets_NeedTheCurrentPassword(t *testing.T) {
	t.Parallel()
	r := start(t)
	b := r.buyer(t)
	mail := fmt.Sprintf("buyer%d@example.com", b.id)
	other := *b.caller
	other.login(t, "/auth/login", mail)
	for _, change := range []map[string]string{
		{"password": "new password"}, {"email": "thief@example.com"},
		{"email": "thief@example.com", "currentPassword": "a guess!"},
	} {
		require.Equal(t, "400 CURRENT_PASSWORD_WRONG", statusCode(b.put(t, "/buyers/me", change)))
	}
	require.Equal(t, 200, b.put(t, "/buyers/me", map[string]string{"name": "새이름", "phone": "010-2222-3333"}).Status,
		"name and phone need nothing")
	require.Equal(t, 200, b.put(t, "/buyers/me", map[string]string{"name": "새이름",
		"email": strings.ToUpper(mail)}).Status,
		"nor does the address that the account has")
	require.Equal(t, 200, other.get(t, "/buyers/me").Status, "no session ends")
	require.Equal(t, 200,
		b.put(t, "/buyers/me", map[string]string{"password": "new password", "currentPassword": password}).Status)
	require.Equal(t, 200, b.get(t, "/buyers/me").Status, "the session that changed it goes on")
	require.Equal(t, 200, b.post(t, "/auth/refresh", nil).Status)
	require.Equal(t, "401 TOKEN_INVALID", statusCode(other.get(t, "/buyers/me")), "every other one ends")
	require.Equal(t, "401 TOKEN_EXPIRED", statusCode(other.post(t, "/auth/refresh", nil)))
	require.Equal(t, "401 LOGIN_FAILED",
		statusCode((&caller{base: r.api}).post(t, "/auth/login",
			map[string]string{"email": mail, "password": password})))
	for range 5 {
		b.put(t, "/buyers/me", map[string]string{"password": "x password", "currentPassword": "a guess!"})
	}
	require.Equal(t, "429 PASSWORD_RATE_LIMITED",
		statusCode(b.put(t, "/buyers/me", map[string]string{"password": "x password",
			"currentPassword": "new password"})),
		"guesses are counted")
}

// It closes an account and looks for the person
// everywhere.
func TestWithdrawBuyer_Withdrawn_LeavesNothingPersonal(t *testing.T) {
	t.Parallel()
	r := start(t)
	ctx := context.Background()
	p := r.product(t, r.seller(t).id, 1000_00, 10)
	b := r.buyer(t)
	mail := fmt.Sprintf("buyer%d@example.com", b.id)
	withdraw := func(word string) string {
		return statusCode(b.do(t, http.MethodDelete, "/buyers/me", map[string]string{"currentPassword": word}))
	}
	order, _ := r.paidOrder(t, b, line{p.ID, 1})
	id := b.post(t, refundsOf(order), whole, "Idempotency-Key", "mine").id("refundId")
	require.Equal(t, "400 CURRENT_PASSWORD_WRONG", withdraw("a guess!"))
	require.Equal(t, "409 DATA_CONFLICT", withdraw(password), "while a refund is under way")
	staff, written := r.staff(t), map[string]string{"reason": "shouts at everyone",
		"deniedReason": "shouts at everyone"}
	deny := fmt.Sprintf("/admin/refunds/%d/deny", id)
	require.Equal(t, "DENIED", staff.put(t, deny, written).field("status"))
	id = b.post(t, refundsOf(order), whole).id("refundId")
	require.Equal(t, "SUCCESS", approve(t, staff, id).field("status"))
	require.Equal(t, 200, staff.put(t, fmt.Sprintf("/admin/buyers/%d/lock", b.id), written).Status)
	require.Equal(t, 200, staff.put(t, fmt.Sprintf("/admin/buyers/%d/unlock", b.id), nil).Status)
	notes := fmt.Sprintf("/admin/orders/%d/notes", order)
	require.Equal(t, 201, staff.post(t, notes, map[string]string{"note": "김구매 shouts at everyone"}).Status)
	require.Contains(t, string(staff.get(t, "/admin/audit?subject=BUYER").Data), "shouts at everyone")
	b.login(t, "/auth/login", mail)
	asBuyer := market.WithActor(ctx, market.Actor{Role: market.RoleBuyer, ID: b.id, Address: "198.51.100.7"})
	require.NoError(t, r.store.NoteAction(asBuyer, market.Action{Name: "TRIED"}))
	require.Equal(t, "200 DELETE_SUCCESS", withdraw(password))
	require.Equal(t, "401 TOKEN_INVALID", statusCode(b.get(t, "/orders")))
	require.Equal(t, "401 LOGIN_FAILED",
		statusCode((&caller{base: r.api}).post(t, "/auth/login",
			map[string]string{"email": mail, "password": password})))
	for _, table := range []string{
		"buyers", "addresses", "orders", "refunds", "refund_requests", "idempotency_keys",
		"order_status_update_notifications", "notifications", "refund_decisions", "refund_decision_reasons", "audit_log",
		"audit_words", "audit_addresses", "mails",
	} {
		for _, word := range []string{
			mail, "김구매", "김수령", "테헤란로", "010-1111-2222", "010-9999-8888", "shouts at everyone", "198.51.100.7",
		} {
			require.Zero(t, r.count(t, "SELECT count(*) FROM "+table+" t WHERE to_jsonb(t)::text LIKE '%' || $1 || '%'", word),
				"%s in %s", word, table)
		}
	}
	_, err := r.store.CreateBuyer(ctx, store.BuyerSignup{
		Email: market.Email(mail), PasswordHash: r.hash, Name: "b", Phone: "010-1111-2222",
	})
	require.NoError(t, err, "the email address is free again")
	require.NotEmpty(t, staff.get(t, "/admin/audit?subject=REFUND_DECISION").field("content"),
		"what was decided is kept")
	r.verify(t)
}

// It ends the other sessions of the account.
func TestProfile_AdminChangesPassword_EndsOtherSessions(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin := r.staff(t)
	other := *admin.caller
	change := map[string]string{"currentPassword": "a guess!", "password": "new password"}
	require.Equal(t, "400 CURRENT_PASSWORD_WRONG", statusCode(admin.put(t, "/admin/me/password", change)))
	other.login(t, "/admin/auth/login", fmt.Sprintf("admin%d@example.com", r.serial.Load()))
	change["currentPassword"] = password
	require.Equal(t, 200, admin.put(t, "/admin/me/password", change).Status)
	require.Equal(t, 200, admin.get(t, "/admin/orders").Status)
	require.Equal(t, "401 TOKEN_INVALID", statusCode(other.get(t, "/admin/orders")))
}

// It changes a seller's account before its payout.
func TestPayouts_NewBankAccount_WaitForThePause(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.PayoutPause = time.Hour
	a := r.serve(t, everyRole)
	r.api, r.admin = "http://"+a.Addr("api"), "http://"+a.Addr("admin")
	seller := r.seller(t)
	r.owed(t, seller.id)
	require.Equal(t, "400 CURRENT_PASSWORD_WRONG",
		statusCode(seller.put(t, "/sellers/me", map[string]string{"bankAccount": "66-666"})))
	require.Equal(t, 200,
		seller.put(t, "/sellers/me", map[string]string{"bankAccount": "66-666", "currentPassword": password}).Status)
	require.Zero(t, r.closeDay(t, lastPeriod().End).Payouts)
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM settlements WHERE status = 'COMPLETED' AND amount > 0"),
		"it accrues")
	r.verify(t)
}

// It suspends a seller: its products are nowhere to be had,
// and come back with it; what it has sold is settled and paid unless that is held.
func TestSellers_NotApproved_SellNothing(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, staff, b := r.seller(t), r.staff(t), r.buyers(t, 1)[0]
	p := r.product(t, seller.id, 1000_00, 10)
	hidden := r.product(t, seller.id, 1000_00, 10)
	require.Equal(t, 200,
		seller.put(t, fmt.Sprintf("/seller/products/%d", hidden.ID), map[string]string{"status": "HIDDEN"}).Status)
	inCart := r.fill(t, b.id, p.ID, 1)
	path := fmt.Sprintf("/admin/sellers/%d/status", seller.id)
	anybody := &caller{base: r.api}
	for _, status := range []string{"SUSPENDED", "REJECTED", "PENDING"} {
		require.Equal(t, 200, staff.put(t, path, map[string]string{"status": status}).Status)
		require.Empty(t, anybody.get(t, "/products").field("content"), status)
		require.Empty(t, anybody.get(t, "/products?keyword=상품").field("content"), status)
		testrig.Eventually(t, func() bool { return anybody.get(t, fmt.Sprintf("/products/%d", p.ID)).Status == 404 },
			10*time.Second, 100*time.Millisecond)
		require.Equal(t, "404 PRODUCT_NOT_FOUND",
			statusCode(b.post(t, "/carts/items", map[string]any{"productId": p.ID, "quantity": 1})))
		require.Equal(t, "404 INVALID_ORDER_PRODUCT", statusCode(b.post(t, "/orders", b.order(inCart))))
	}
	require.Equal(t, 200, staff.put(t, path, map[string]string{"status": "APPROVED"}).Status)
	require.Len(t, anybody.get(t, "/products").field("content"), 1, "what was hidden stays hidden")
	order := b.post(t, "/orders", b.order(inCart))
	require.Equal(t, 201, order.Status)
	require.Equal(t, 201, b.post(t, "/payments", payBody(order.id("orderId"))).Status)
	r.soldOn(t, lastPeriod().End)
	require.Equal(t, 200, staff.put(t, path, map[string]any{"status": "SUSPENDED", "holdPayouts": true}).Status)
	require.Zero(t, r.closeDay(t, lastPeriod().End).Payouts)
	require.Equal(t, 200, staff.put(t, path, map[string]any{"status": "SUSPENDED"}).Status)
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM sellers WHERE id = $1 AND may_be_paid", seller.id))
	r.verify(t)
}

// It sends what a page of another site can make a
// browser send.
func TestSecurity_RequestsOfAnotherSite_AreRefused(t *testing.T) {
	t.Parallel()
	r := start(t)
	b := r.buyer(t)
	body := fmt.Sprintf(`{"email":"buyer%d@example.com","password":%q}`, b.id, password)
	for _, contentType := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"} {
		a := (&caller{base: r.api}).post(t, "/auth/login", body, "Content-Type", contentType)
		require.Equal(t, "400 INVALID_INPUT", statusCode(a))
		require.Empty(t, a.header.Get("Set-Cookie"))
	}
	for _, path := range []string{"/auth/login", "/auth/refresh", "/auth/signup", "/seller/auth/login"} {
		require.Equal(t, "403 FORBIDDEN", statusCode(b.post(t, path, body, "Sec-Fetch-Site", "cross-site")), path)
		require.Equal(t, "403 FORBIDDEN", statusCode(b.post(t, path, body, "Origin", "https://elsewhere.example")),
			path)
	}
	a := b.post(t, "/auth/login", body, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, 200, a.Status)
	for _, header := range []string{
		"X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Content-Security-Policy",
	} {
		require.NotEmpty(t, a.header.Get(header))
	}
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	require.Equal(t, "no-store", b.get(t, "/buyers/me").header.Get("Cache-Control"))
	require.NotEqual(t, "no-store", b.get(t, "/products").header.Get("Cache-Control"))
	resp, err := http.Get(r.api + "/docs/")
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, resp.Body)
	require.NoError(t, resp.Body.Close())
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'self'")
}

func TestLogin_GuessesAtOneRole_LeaveOthers(t *testing.T) {
	t.Parallel()
	r := startTogether(t)
	ctx := context.Background()
	const mail = "both@example.com"
	_, err := r.store.CreateBuyer(ctx, store.BuyerSignup{
		Email: mail, PasswordHash: r.hash, Name: "b", Phone: "010-1111-2222",
	})
	require.NoError(t, err)
	_, err = r.store.CreateAdmin(ctx, mail, r.hash, "a")
	require.NoError(t, err)
	buyers, admins := &caller{base: r.api}, &caller{base: r.admin}
	guess := func(c *caller, path, word string) string {
		return statusCode(c.post(t, path, map[string]string{"email": mail, "password": word}))
	}
	for range 5 {
		require.Equal(t, "401 LOGIN_FAILED", guess(admins, "/admin/auth/login", "a bad guess"))
		require.Equal(t, "200 LOGIN_SUCCESS", guess(buyers, "/auth/login", password), "another role is not locked out")
	}
	require.Equal(t, "429 LOGIN_RATE_LIMITED", guess(admins, "/admin/auth/login", password),
		"another role's success forgets nothing")
	events := r.metric(t, `market_security_events_total{event="LOGIN_FAILED",server="admin"}`)
	require.Equal(t, "5", events)
}

// It logs hundreds of buyers in at once, as a load test does.
func TestLogin_ManyFromOneAddress_AreLimited(t *testing.T) {
	t.Parallel()
	r := start(t)
	const n = 500
	mails := make([]string, n)
	for i := range mails {
		mails[i] = fmt.Sprintf("many%d@example.com", i)
		_, err := r.store.CreateBuyer(context.Background(), store.BuyerSignup{
			Email: market.Email(mails[i]), PasswordHash: r.hash, Name: "b", Phone: "010-1111-2222",
		})
		require.NoError(t, err)
	}
	answers := together(n, func(i int) *answer {
		return (&caller{base: r.api}).insist(t, "/auth/login",
			map[string]string{"email": mails[i], "password": password})
	})
	require.Equal(t, map[string]int{"200 LOGIN_SUCCESS": n}, codes(answers))
}

// A decision sent to Temporal with an admin's id but without a signature is not the admin's.
func TestSecurity_UnsignedDecision_MovesNothing(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 1000_00, 10)
	b, admin := r.buyers(t, 1)[0], r.staff(t)
	decide := func(send func(id int64)) (sentBy string, by *int64) {
		t.Helper()
		order, _ := r.paidOrder(t, b, line{p.ID, 1})
		id := b.post(t, refundsOf(order), whole).id("refundId")
		send(id)
		testrig.Eventually(t, func() bool { return r.status(t, order) == market.OrderRefunded }, time.Minute,
			50*time.Millisecond)
		require.NoError(t,
			r.store.Pool().QueryRow(context.Background(), "SELECT sent_by, admin_id FROM refund_decisions WHERE refund_id = $1",
				id).Scan(&sentBy, &by))
		return sentBy, by
	}
	sentBy, by := decide(func(id int64) { approve(t, admin, id) })
	require.Equal(t, "admin API", sentBy)
	require.Equal(t, admin.id, *by)
	forged := auth.NewDecisions("another secret")
	sentBy, by = decide(func(id int64) {
		d := workflows.RefundDecision{DecisionID: "forged", AdminID: admin.id, Approve: true}
		d.Signature = forged.Sign(auth.Decision{RefundID: id, AdminID: admin.id, DecisionID: "forged", Approve: true})
		require.NoError(t,
			r.temporal.SignalWorkflow(context.Background(), workflows.RefundWorkflowID(id), "",
				workflows.RefundDecisionSignal,
				d))
	})
	require.True(t, strings.HasPrefix(sentBy, "operator, unverified: "), sentBy)
	require.Nil(t, by)
}

// It is denied, or settled by hand, and its lines
// can be shipped or are paid back.
func TestRefund_GatewayRefusesForGood_IsPaidManually(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	p := r.product(t, seller.id, 1000_00, 100)
	admin := r.staff(t)
	refused := func() (b *person, order int64, item, id int64) {
		t.Helper()
		b = r.buyers(t, 1)[0]
		order, items := r.paidOrder(t, b, line{p.ID, 1})
		r.simulator.Set(simulator.Knobs{RefuseCancel: true})
		defer r.simulator.Set(simulator.Knobs{})
		id = b.post(t, refundsOf(order), whole).id("refundId")
		require.Equal(t, "FAILED", approve(t, admin, id).field("status"))
		require.Equal(t, "409 ORDER_ITEM_UNDER_REFUND", statusCode(seller.put(t, shipPath(items[0]), parcel)))
		return b, order, items[0], id
	}
	t.Run("Denied", func(t *testing.T) {
		_, _, item, id := refused()
		require.Equal(t, "DENIED",
			admin.put(t, fmt.Sprintf("/admin/refunds/%d/deny", id),
				map[string]string{"deniedReason": "no"}).field("status"))
		require.Equal(t, 200, seller.put(t, shipPath(item), parcel).Status)
	})
	t.Run("ByHand", func(t *testing.T) {
		_, order, _, id := refused()
		require.Equal(t, "SUCCESS",
			admin.put(t, fmt.Sprintf("/admin/refunds/%d/settle", id),
				map[string]string{"reason": "transfer 42"}).field("status"))
		require.Equal(t, market.OrderRefunded, r.status(t, order))
		require.Zero(t, r.cancellations(t, order))
		require.Equal(t, -1000, r.count(t, "SELECT sum(amount)::int FROM ledger_entries WHERE account = 'BANK'"))
		require.Equal(t, 1,
			r.count(t, "SELECT count(*) FROM refund_decision_reasons WHERE refund_id = $1 AND reason = 'transfer 42'", id))
	})
	t.Run("RevivedOnceWhateverIsRepeated", func(t *testing.T) {
		b, order, _, id := refused()
		again := map[string]any{"reason": "WRONG_ITEM"}
		for range 2 {
			a := b.post(t, refundsOf(order), again, "Idempotency-Key", "again")
			require.Equal(t, 201, a.Status, a)
			require.Equal(t, id, a.id("refundId"))
			require.Equal(t, "DAMAGED", a.field("reason"), "its first reason stays")
			// as if the process had died before it kept the answer
			_, err := r.store.Pool().Exec(context.Background(), "DELETE FROM idempotency_keys")
			require.NoError(t, err)
		}
		require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
	})
	t.Run("AnOrderThatCostsNothing", func(t *testing.T) {
		free := r.product(t, seller.id, 0, 10)
		b := r.buyers(t, 1)[0]
		order, _ := r.paidOrder(t, b, line{free.ID, 2})
		id := b.post(t, refundsOf(order), whole).id("refundId")
		require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
		require.Equal(t, market.OrderRefunded, r.status(t, order))
		require.EqualValues(t, 10, r.stock(t, free.ID))
	})
	r.verify(t)
}

// It asks the bank about a payout whose workflow has ended.
func TestPayouts_ReturnedLongAfter_ArePaidAgain(t *testing.T) {
	t.Parallel()
	r := start(t)
	ctx := context.Background()
	r.owed(t, r.seller(t).id)
	r.closeDay(t, lastPeriod().End)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	settlement := int64(r.count(t, "SELECT settlement_id FROM payouts"))
	require.NoError(t,
		r.temporal.TerminateWorkflow(ctx, workflows.PayoutWorkflowID(settlement), "", "as after its last check"))
	_, err := r.store.Pool().Exec(ctx,
		"UPDATE payouts SET final_at = now(), processed_at = processed_at - interval '100 days'")
	require.NoError(t, err)
	r.simulator.Bank.Set(simulator.BankKnobs{Return: true})
	admin := r.staff(t)
	require.Equal(t, "404 PAYOUT_NOT_FOUND", statusCode(admin.put(t, "/admin/payouts/999999/inquire", nil)))
	require.Equal(t, 202,
		admin.put(t, fmt.Sprintf("/admin/payouts/%d/inquire", r.count(t, "SELECT id FROM payouts")), nil).Status)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED' AND final_at IS NULL")
	r.verify(t)
	r.simulator.Bank.Set(simulator.BankKnobs{})
	r.signal(t, settlement, workflows.RetrySignal)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	require.Equal(t, market.Money(9_500_00), r.transferred(t))
	r.verify(t)
}

// It starts it with the address of another gateway around.
func TestSimulator_Alone_Serves(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.SimulatorAddr = "127.0.0.1:0"
	a := r.serve(t, app.Roles{Simulator: true})
	status, body := get("http://" + a.Addr("simulator") + "/payments?after=")
	require.Equal(t, 200, status, body)
}

// metric is the value of a figure that a process of this test shows.
func (r *rig) metric(t *testing.T, name string) string {
	t.Helper()
	_, body := get(r.metrics + "/metrics")
	for _, line := range strings.Split(body, "\n") {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return value
		}
	}
	return ""
}
