package admin

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
)

// served is a request with the calls that it makes of the store, or of the replica of lists.
type served struct {
	route, body string
	status      int
	calls       []string // of the store
	lists       []string // of the replica
}

const (
	aReason    = `{"reason":"because"}`
	anEndpoint = `{"url":"https://hooks.example","events":["order.paid"]}`
	aPolicy    = `{"autoApproveBelow":0,"remindAfterHours":1,"escalateAfterHours":2,` +
		`"shippingBorneBy":{"CHANGE_OF_MIND":"BUYER","WRONG_ITEM":"SELLER","DAMAGED":"MARKETPLACE"}}`
	limits = `{"verified":{"orders":5,"pieces":50,"piecesOfProduct":10},` +
		`"unverified":{"orders":2,"pieces":20,"piecesOfProduct":4}}`
	anAdjustment = `{"kind":"CORRECTION","debitAccount":"COMMISSION","creditAccount":"SELLER_PAYABLE",` +
		`"amount":12.5,"sellerId":8,"reason":"r"}`
)

// read records that personal data was read.
func read(access string) string { return "NoteRead({" + access + "})" }

// routed are requests with what the server does with them.
var routed = []served{
	{"GET /admin/me", "", 200, nil, nil},
	{"GET /admin/overview", "", 200, []string{"Overview()", "Alerts()"}, nil},
	{"GET /admin/alerts", "", 200, []string{"Alerts()", "AlertDetails()"}, nil},
	{"GET /admin/staff?status=DISABLED", "", 200, []string{`StaffMembers("DISABLED", 0/10+createdAt)`}, nil},
	{"PUT /admin/staff/4/role", `{"role":"FINANCE"}`, 200, []string{`SetStaffRole(3, 4, "FINANCE")`}, nil},
	{"POST /admin/staff/4/disable", "", 200, []string{"DisableStaff(4)"}, nil},
	{"POST /admin/staff/4/enable", "", 200, []string{"EnableStaff(4)"}, nil},
	{"POST /admin/staff/4/reset", "", 200, []string{"ResetStaff(4)"}, nil},
	{"GET /admin/proposals?status=PENDING", "", 200, []string{`Proposals("PENDING", 0/10+createdAt)`}, nil},
	{"POST /admin/proposals/4/withdraw", "", 200, []string{"WithdrawProposal(4, 3)"}, nil},
	{"GET /admin/categories", "", 200, []string{"Categories()"}, nil},
	{"POST /admin/categories", `{"name":" 도서 ","sortOrder":2}`, 201, []string{`CreateCategory("도서", 2)`}, nil},
	{"PUT /admin/categories/4", `{"name":" "}`, 200, []string{"UpdateCategory(4, null, null)"}, nil},
	{"PUT /admin/categories/4", `{"name":"도서","sortOrder":0}`, 200, []string{`UpdateCategory(4, "도서", 0)`}, nil},
	{"DELETE /admin/categories/4", "", 200, []string{"DeleteCategory(4)"}, nil},
	{"GET /admin/products?status=BLOCKED", "", 200, nil, []string{`AllProducts("BLOCKED", 0/10)`}},
	{"GET /admin/products/4", "", 200, []string{"AnyProduct(4)"}, nil},
	{"PUT /admin/products/4/block", aReason, 200, []string{`SetProductBlock(4, "because")`}, nil},
	{"PUT /admin/products/4/unblock", "", 200, []string{"SetProductBlock(4, null)"}, nil},
	{
		"GET /admin/buyers?email=Kim@Example.com", "", 200, []string{read(`"Data":"BUYERS"`)},
		[]string{`BuyerAccounts({"Email":"kim@example.com"}, 0/10)`},
	},
	{
		"GET /admin/buyers?status=LOCKED", "", 200, []string{read(`"Data":"BUYERS"`)},
		[]string{`BuyerAccounts({"Status":"LOCKED"}, 0/10)`},
	},
	{
		"GET /admin/buyers/4", "", 200,
		[]string{"BuyerAccount(4)", read(`"Data":"BUYER","Rows":1,"Subject":"BUYER"`)}, nil,
	},
	{
		"PUT /admin/buyers/4/lock", aReason, 200,
		[]string{`SetBuyerLock(4, "because")`,
			read(`"Data":"BUYER","DataID":4,"Rows":1,"Subject":"BUYER","SubjectID":4`)}, nil,
	},
	{
		"PUT /admin/buyers/4/unlock", "", 200,
		[]string{"SetBuyerLock(4, null)", read(`"Data":"BUYER","DataID":4,"Rows":1,"Subject":"BUYER","SubjectID":4`)},
		nil,
	},
	{
		"GET /admin/orders?status=PAID&paymentStatus=SUCCESS&sellerId=8&from=2026-11-01&keyword=kim&sort=id,desc", "", 200,
		[]string{read(`"Data":"ORDERS"`)},
		[]string{`AllOrders({"From":"2026-11-01","Payment":"SUCCESS","Search":"kim","SellerID":8,"Status":"PAID"}, 0/10-id)`},
	},
	{"GET /admin/orders/4/notes", "", 200, []string{
		"AnyOrder(4)", "OrderNotes(4)", read(`"Data":"ORDER","DataID":4,"Rows":1,"Subject":"BUYER"`),
	}, nil},
	{
		"POST /admin/orders/4/notes", `{"note":"n"}`, 201,
		[]string{
			"AnyOrder(4)", `NoteAction({"Name":"ORDER_NOTED","Reason":"n","Subject":"ORDER","SubjectID":4})`, "OrderNotes(4)",
			read(`"Data":"ORDER","DataID":4,"Rows":1,"Subject":"BUYER"`),
		}, nil,
	},
	{"GET /admin/orders/4", "", 200, []string{"AnyOrderDetail(4)", read(`"Data":"ORDER","Rows":1,"Subject":"BUYER"`)},
		nil},
	{
		"GET /admin/orders/4/timeline", "", 200,
		[]string{"AnyOrder(4)", "OrderTimeline(4)", read(`"Data":"ORDER","DataID":4,"Rows":1,"Subject":"BUYER"`)}, nil,
	},
	{"GET /admin/orders/4/trace", "", 200, []string{"TraceOrder(4)"}, nil},
	{"GET /admin/payments?orderId=4&status=FAILED", "", 200, nil,
		[]string{`AllPayments({"OrderID":4,"Status":"FAILED"}, 0/10+createdAt)`}},
	{"GET /admin/payments/4", "", 200, []string{"AnyPayment(4)"}, nil},
	{
		"PUT /admin/orders/4/status", `{"status":"SHIPPED","trackingNumber":"12"}`, 200,
		[]string{`SetOrderStatus(4, "SHIPPED", "12")`, "AnyOrder(4)",
			read(`"Data":"ORDER","DataID":4,"Rows":1,"Subject":"BUYER"`)}, nil,
	},
	{
		"GET /admin/refunds?status=PENDING", "", 200,
		[]string{`AllRefunds("PENDING", 0/10+createdAt)`, read(`"Data":"REFUNDS"`)}, nil,
	},
	{
		"GET /admin/refunds/4", "", 200,
		[]string{"AdminRefundDetail(4)", read(`"Data":"REFUND","Rows":1,"Subject":"BUYER"`)}, nil,
	},
	{"GET /admin/refund-policy", "", 200, []string{"RefundPolicy()"}, nil},
	{
		"PUT /admin/refund-policy", aPolicy, 200,
		[]string{"RefundPolicy()", `SetRefundPolicy(3, {"escalateAfterHours":2,"remindAfterHours":1,` +
			`"shippingBorneBy":{"CHANGE_OF_MIND":"BUYER","DAMAGED":"MARKETPLACE","WRONG_ITEM":"SELLER"}})`}, nil,
	},
	{"GET /admin/unpaid-limits", "", 200, []string{"UnpaidLimits()"}, nil},
	{
		"PUT /admin/unpaid-limits", limits, 200,
		[]string{`SetUnpaidLimits(3, {"unverified":{"orders":2,"pieces":20,"piecesOfProduct":4},` +
			`"verified":{"orders":5,"pieces":50,"piecesOfProduct":10}})`}, nil,
	},
	{
		"GET /admin/audit?actor=ADMIN&actorId=3&action=ORDER_PAID&subject=ORDER&subjectId=4&from=2026-11-01", "", 200,
		[]string{`NoteAccess({"Action":"READ","Data":"AUDIT_LOG"})`},
		[]string{`AuditLog({"Action":"ORDER_PAID","Actor":"ADMIN","ActorID":3,"From":"2026-11-01",` +
			`"Subject":"ORDER","SubjectID":4}, 0/20)`},
	},
	{"GET /admin/webhooks", "", 200, []string{"WebhookEndpoints(0, null, 0/20)"}, nil},
	{"GET /admin/webhooks/4", "", 200, []string{"WebhookEndpoint(0, 4)"}, nil},
	{"PUT /admin/webhooks/4", `{"status":"PAUSED"}`, 200, []string{`UpdateWebhookEndpoint(0, 4, {"Status":"PAUSED"})`},
		nil},
	{"DELETE /admin/webhooks/4", "", 200, []string{"DeleteWebhookEndpoint(0, 4)"}, nil},
	{"GET /admin/webhooks/4/messages", "", 200, []string{"WebhookEndpoint(0, 4)", "WebhookMessages(4, null, 0/20)"},
		nil},
	{"PUT /admin/webhooks/4/messages/5/replay", "", 200, []string{"ReplayWebhookMessage(0, 4, 5)"}, nil},
	{"GET /admin/webhook-endpoints", "", 200, []string{"AllWebhookEndpoints(null, 0/20)"}, nil},
	{"GET /admin/webhook-endpoints/4", "", 200, []string{"AnyWebhookEndpoint(4)", "WebhookEndpoint(0, 4)"}, nil},
	{
		"POST /admin/webhook-endpoints/4/pause", "", 200,
		[]string{"AnyWebhookEndpoint(4)", `UpdateWebhookEndpoint(0, 4, {"Status":"PAUSED"})`}, nil,
	},
	{
		"POST /admin/webhook-endpoints/4/resume", "", 200,
		[]string{"AnyWebhookEndpoint(4)", `UpdateWebhookEndpoint(0, 4, {"Status":"ACTIVE"})`}, nil,
	},
	{
		"GET /admin/webhook-endpoints/4/messages", "", 200,
		[]string{"AnyWebhookEndpoint(4)", "WebhookEndpoint(0, 4)", "WebhookMessages(4, null, 0/20)"}, nil,
	},
	{
		"POST /admin/webhook-endpoints/4/messages/5/replay", "", 200,
		[]string{"AnyWebhookEndpoint(4)", "ReplayWebhookMessage(0, 4, 5)"}, nil,
	},
	{
		"GET /admin/ledger?account=BANK&sellerId=8&to=2026-11-30", "", 200, nil,
		[]string{`Ledger({"Account":"BANK","Seller":8,"To":"2026-11-30"}, 0/20)`},
	},
	{"GET /admin/ledger/trial-balance", "", 200, []string{`TrialBalance("2026-11-30")`}, nil},
	{"GET /admin/ledger/trial-balance?day=2026-10-31", "", 200, []string{`TrialBalance("2026-10-31")`}, nil},
	{"GET /admin/adjustments?sellerId=8", "", 200, []string{"Adjustments(8, 0/10)"}, nil},
	{
		"POST /admin/adjustments", anAdjustment, 201,
		[]string{`PostAdjustment(3, {"amount":12.50,"creditAccount":"SELLER_PAYABLE","debitAccount":"COMMISSION",` +
			`"kind":"CORRECTION","reason":"r","sellerId":8})`}, nil,
	},
	{"GET /admin/reconciliation?status=OPEN", "", 200, []string{`Breaks("OPEN", 0/10+createdAt)`}, nil},
	{"GET /admin/reconciliation/days", "", 200, []string{`ReconciledDays("2026-10-31", "2026-11-30")`}, nil},
	{"PUT /admin/reconciliation/days/2026-11-30", "", 202,
		[]string{`NoteAction({"Name":"RECONCILIATION_ASKED_FOR","Reason":"2026-11-30"})`}, nil},
	{"GET /admin/disputes?status=OPEN", "", 200, []string{`Disputes("OPEN", 0/10+createdAt)`}, nil},
	{"GET /admin/disputes/4", "", 200, []string{"Dispute(4)"}, nil},
	{
		"POST /admin/disputes/4/decide",
		`{"decision":"ACCEPT","items":[{"orderItemId":1,"quantity":2}],"reference":" x ","reason":"r"}`, 200,
		[]string{`DecideDispute({"AdminID":3,"Decision":"ACCEPT","DisputeID":4,"Items":[{"orderItemId":1,"quantity":2}],` +
			`"Reason":"r","Reference":"x"})`}, nil,
	},
	{"GET /admin/settlement-files", "", 200, []string{"SettlementFiles(0/10)"}, nil},
	{"GET /admin/payouts?status=FAILED", "", 200, []string{`Payouts("FAILED", 0/10+createdAt)`}, nil},
	{"GET /admin/payouts/4", "", 200, []string{"Payout(4)", read(`"Data":"SELLER","Rows":1,"Subject":"SELLER"`)}, nil},
	{
		"GET /admin/settlements?sellerId=8&status=FAILED", "", 200, nil,
		[]string{`AllSettlements({"SellerID":8,"Status":"FAILED"}, 0/10+createdAt)`},
	},
	{"GET /admin/settlements/4", "", 200, []string{"AnySettlement(4)"}, nil},
	{"GET /admin/sellers?status=PENDING", "", 200,
		[]string{`Sellers("PENDING", 0/10+createdAt)`, read(`"Data":"SELLERS"`)}, nil},
	{
		"GET /admin/sellers/8", "", 200,
		[]string{"SellerAccount(8)", read(`"Data":"SELLER","DataID":8,"Rows":1,"Subject":"SELLER","SubjectID":8`)}, nil,
	},
	{
		"GET /admin/withdrawn-sellers/8", "", 200,
		[]string{"WithdrawnSeller(8)", read(`"Data":"SELLER","DataID":8,"Rows":1,"Subject":"SELLER","SubjectID":8`)},
		nil,
	},
	{
		"GET /admin/sellers/8/balance", "", 200,
		[]string{"SellerBalance(8)", read(`"Data":"SELLER","DataID":8,"Rows":1,"Subject":"SELLER","SubjectID":8`)}, nil,
	},
	{
		"PUT /admin/sellers/8/status", `{"status":"SUSPENDED","holdPayouts":true}`, 200,
		[]string{
			`SetSellerStatus(8, "SUSPENDED", true, "")`,
			read(`"Data":"SELLER","DataID":8,"Rows":1,"Subject":"SELLER","SubjectID":8`),
		}, nil,
	},
	{
		"PUT /admin/sellers/8/payout-account", `{"bankCode":"SHINHAN","bankAccount":"110"}`, 200,
		[]string{`SetWithdrawnAccount(3, 8, "SHINHAN", "110")`}, nil,
	},
	{
		"GET /admin/access-log?actor=ADMIN&action=EXPORT&data=LEDGER&subject=SELLER&subjectId=8", "", 200,
		[]string{read(`"Data":"ACCESS_LOG"`)},
		[]string{`AccessLog({"Action":"EXPORT","Actor":"ADMIN","Data":"LEDGER","Subject":"SELLER","SubjectID":8}, 0/20)`},
	},
	{"GET /admin/access-log/summary?month=2026-02", "", 200, nil,
		[]string{`SummarizeAccess("2026-02-01", "2026-03-01")`}},
	{"GET /admin/access-log/summary", "", 200, nil, []string{`SummarizeAccess("2026-11-01", "2026-12-01")`}},
	{"GET /admin/batches?status=RUNNING", "", 200, []string{`Batches("RUNNING", 0/10)`}, nil},
	{"GET /admin/batches/4", "", 200, []string{"Batch(4)"}, nil},
	{"GET /admin/batches/4/runs", "", 200, []string{"Batch(4)", "BatchRuns(4, 100)"}, nil},
}

func TestRoutes_ValidRequest_CallsTheStore(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("AnyOrder", market.Order{ID: 4})
	for _, c := range routed {
		s.forget()
		got := s.send(t, c.route, c.body)
		require.Equal(t, c.status, got.Status, "%s: %s", c.route, got.body)
		require.Equal(t, c.calls, s.calls(), c.route)
		require.Equal(t, c.lists, s.lists.Calls(), c.route)
		require.Equal(t, "no-store", got.header.Get("Cache-Control"), c.route)
	}
}

// TestRoutes_StoreFails_AnswerHasItsCode, also when it is the record of a read that cannot be written: then the data
// is not sent.
func TestRoutes_StoreFails_AnswerHasItsCode(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, c := range routed {
		for _, call := range slices.Concat(c.calls, c.lists) {
			method, _, _ := strings.Cut(call, "(")
			failing := s.store
			if slices.Contains(c.lists, call) {
				failing = s.lists
			}
			for err, want := range map[error]int{
				market.Refuse(market.CodeDatabaseUnavailable): 503, http.ErrHandlerTimeout: 500,
			} {
				failing.Fails(method, err)
				got := s.send(t, c.route, c.body)
				require.Equal(t, want, got.Status, "%s with %s: %s", c.route, method, got.body)
				require.Equal(t, "null", string(got.Data), c.route)
				require.NotContains(t, got.body, http.ErrHandlerTimeout.Error(), c.route)
			}
			failing.Returns(method)
		}
	}
}

// guarded are the routes with their permissions, such as "GET /admin/orders/{orderId}".
func (s *stand) guarded(t *testing.T) map[string]market.Permission {
	t.Helper()
	all := map[string]market.Permission{}
	require.NoError(t, s.Router().Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		g, ok := route.GetHandler().(login.Guarded)
		methods, err := route.GetMethods()
		if !ok || err != nil {
			return nil //nolint:nilerr // it is not of staff
		}
		path, _ := route.GetPathTemplate()
		all[methods[0]+" "+path] = g.Permission
		return nil
	}))
	require.Greater(t, len(all), 80)
	return all
}

// A route refuses the roles without its permission before it reads
// anything, and lets the others in.
func TestRoutes_EachRole_IsLetInByItsPermissions(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for route, permission := range s.guarded(t) {
		method, path, _ := strings.Cut(route, " ")
		path = strings.ReplaceAll(path, "{day}", "2026-11-30")
		for _, role := range market.StaffRoles {
			if path == "/admin/auth/logout" && role.May(permission) {
				continue // it would end the session of this test
			}
			s.member.Role = role
			s.forget()
			got := s.send(t, method+" "+pathID.ReplaceAllString(path, "1"), "{")
			if role.May(permission) {
				require.NotContains(t, []int{401, 403}, got.Status, "%s as %s: %s", route, role, got.body)
				continue
			}
			require.Equal(t, 403, got.Status, "%s as %s: %s", route, role, got.body)
			require.Empty(t, s.calls(), "%s as %s", route, role)
			require.Empty(t, s.flows.calls, "%s as %s", route, role)
		}
	}
}

// An account that was disabled has no access from the next request on, and
// one that has to set up a second factor may do only that.
func TestRoutes_DisabledOrEnrolling_AreRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for route, permission := range s.guarded(t) {
		method, path, _ := strings.Cut(route, " ")
		path = pathID.ReplaceAllString(strings.ReplaceAll(path, "{day}", "2026-11-30"), "1")
		if path == "/admin/auth/logout" {
			continue
		}
		s.forget()
		s.member.Status = market.StaffDisabled
		require.Equal(t, 401, s.send(t, method+" "+path, "{").Status, route)
		s.member.Status, s.Auth.FactorCompulsory = market.StaffActive, true
		got := s.send(t, method+" "+path, "{")
		if permission == market.PermissionSession {
			require.NotEqual(t, "SECOND_FACTOR_REQUIRED", got.Code, route)
		} else {
			require.Equal(t, "SECOND_FACTOR_REQUIRED", got.Code, route)
			require.Empty(t, s.calls(), route)
		}
		s.Auth.FactorCompulsory = false
	}
}

// TestRoutes_DecisionsAboutMoneyAndAccess_NeedAFreshFactor; reads do not.
func TestRoutes_DecisionsAboutMoneyAndAccess_NeedAFreshFactor(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.member.SecondFactor = true
	stale := 0
	for route, permission := range s.guarded(t) {
		method, path, _ := strings.Cut(route, " ")
		path = pathID.ReplaceAllString(strings.ReplaceAll(path, "{day}", "2026-11-30"), "1")
		if path == "/admin/auth/logout" {
			continue
		}
		s.forget()
		got := s.send(t, method+" "+path, "{")
		if !permission.Fresh() || method == http.MethodGet {
			require.NotEqual(t, "SECOND_FACTOR_STALE", got.Code, route)
			continue
		}
		stale++
		require.Equal(t, "SECOND_FACTOR_STALE", got.Code, route)
		require.Empty(t, s.calls(), route)
	}
	require.Greater(t, stale, 15)
}

// It fails for a new route that neither the table of this file nor a test of its own
// covers.
func TestRoutes_EachOfTheRouter_IsTested(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for _, c := range routed {
		route, _, _ := strings.Cut(c.route, "?")
		parts := strings.Split(route, "/")
		for i, part := range parts {
			if part[0] >= '0' && part[0] <= '9' {
				parts[i] = "{}"
			}
		}
		covered[strings.Join(parts, "/")] = true
	}
	for _, own := range []string{
		"POST /admin/auth/logout", "POST /admin/me/otp", "PUT /admin/me/otp", "DELETE /admin/me/otp", // internal/login
		"POST /admin/me/otp/confirmation",
		"PUT /admin/me/password", "POST /admin/staff", "POST /admin/proposals/{}/approve", "POST /admin/proposals/{}/reject",
		"POST /admin/refunds/decide", "PUT /admin/refunds/{}/complete", "PUT /admin/refunds/{}/deny",
		"PUT /admin/refunds/{}/settle", "POST /admin/webhooks", "PUT /admin/webhooks/{}/secret",
		"PUT /admin/reconciliation/{}/accept", "PUT /admin/settlement-files/{}", "GET /admin/settlements/{}/statement",
		"PUT /admin/payouts/{}/inquire", "POST /admin/payouts/{}/retry", "POST /admin/payouts/{}/abandon",
		"GET /admin/workflow-runs", "POST /admin/batches", "POST /admin/batches/{}/cancel",
	} {
		covered[own] = true
	}
	for route := range newStand(t).guarded(t) {
		require.True(t, covered[pathID.ReplaceAllString(route, "{}")], route)
	}
}

// TestRoutes_UnknownParameter_IsRefused, so that a misspelt filter does not list everything.
func TestRoutes_UnknownParameter_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, c := range routed {
		path, query, _ := strings.Cut(c.route, "?")
		got := s.send(t, path+"?"+query+"&sise=3", c.body)
		require.Equal(t, 400, got.Status, c.route)
		require.Contains(t, got.Message, "sise", c.route)
	}
	require.Empty(t, s.calls())
}
