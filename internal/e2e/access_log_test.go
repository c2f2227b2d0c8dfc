package e2e

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/admin"
	"github.com/all-in-market/market/api"
	"github.com/all-in-market/market/console"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/sellerweb"
)

// visitor asks for any route of a server, JSON or page.
type visitor struct {
	base, token, cookie string
}

// visited is what a route has answered.
type visited struct {
	id     string // of the request
	status int
	kind   string // the media type
	body   string
}

var visits atomic.Int64

func (v visitor) visit(t *testing.T, method, path string, body any) visited {
	t.Helper()
	var payload io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		require.NoError(t, err)
		payload = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, v.base+path, payload)
	require.NoError(t, err)
	a := visited{id: fmt.Sprintf("visit-%d", visits.Add(1))}
	req.Header.Set("X-Request-Id", a.id)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", "en")
	if v.cookie != "" {
		req.Header.Set("Cookie", v.cookie)
	} else {
		req.Header.Set("Authorization", "Bearer "+v.token)
	}
	resp, err := sharedClient.Transport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	a.status, a.body = resp.StatusCode, string(content)
	a.kind, _, _ = strings.Cut(resp.Header.Get("Content-Type"), ";")
	return a
}

// pageRoutes are the routes of the console and the seller centre.
func pageRoutes(t *testing.T) (staff, sellers []string) {
	t.Helper()
	noAuth, none := &login.Auth{}, &store.Store{}
	withPages := routes(t, (&admin.Server{
		Auth: noAuth, Store: none, Replica: none,
		Pages: console.New(noAuth, none, none, nil, "", "", market.Business{}).Routes,
	}).Router())
	staff = slices.DeleteFunc(withPages, func(r string) bool { return strings.Contains(r, " /admin/") })
	withPages = routes(t, (&api.Server{
		Auth: noAuth, Store: none, Replica: none,
		Pages: sellerweb.New(noAuth, none, none, nil, &images.Store{}, nil, nil, nil, 0,
			market.Business{}).Routes,
	}).Router())
	sellers = slices.DeleteFunc(withPages, func(r string) bool { return !strings.Contains(r, " /seller-center/") })
	return staff, sellers
}

// accesses is a marketplace with personal data, and the values by which it is known again.
type accesses struct {
	*rig
	seller, staff *person
	desk          *clerk
	ids           map[string]string // for the names in paths
	personal      []string
}

// elsewhere is an address from which people come.
const elsewhere = "203.0.113.77"

func newAccesses(t *testing.T) *accesses {
	t.Helper()
	r := newRig(t)
	r.cfg.TrustedProxies = 1
	r.serveAll(t)
	a := &accesses{rig: r, seller: r.seller(t), ids: map[string]string{}}
	buyer := r.buyers(t, 1)[0]
	for name, id := range r.belongings(t, buyer, a.seller) {
		a.ids[name] = fmt.Sprint(id)
	}
	_, err := r.store.Pool().Exec(context.Background(), "UPDATE refunds SET description = '문이 찌그러졌어요' WHERE id = $1",
		belongsTo(t, a.ids["refundId"]))
	require.NoError(t, err)
	order, _ := r.paidOrder(t, buyer, line{r.product(t, a.seller.id, 1_000_00, 10).ID, 1})
	a.ids["orderId"] = fmt.Sprint(order)
	a.staff, a.desk = r.staff(t), r.clerk(t)
	endpoint := a.staff.post(t, "/admin/webhooks", hooks).id("endpointId")
	a.ids["endpointId"] = fmt.Sprint(endpoint)
	a.ids["messageId"] = fmt.Sprint(r.count(t, `INSERT INTO webhook_messages (endpoint_id, entry_id, event, happened_at,
		payload, status) VALUES ($1, 0, 'order.paid', now(), '{}', 'DELIVERED') RETURNING id`, endpoint))
	a.ids["breakId"] = fmt.Sprint(r.count(t, `INSERT INTO reconciliation_breaks (provider, merchant_uid, class, amount,
		detail, heals, day) VALUES ('PORTONE', 'nobody''s', 'AMOUNT', 1, '', false, '2026-01-01') RETURNING id`))
	a.ids["disputeId"] = fmt.Sprint(r.anyDispute(t))
	_ = r.payoutByHand(t, a.seller.id, "accesses")
	a.ids["payoutId"] = fmt.Sprint(r.count(t, "SELECT max(id) FROM payouts"))
	batch, err := r.store.CreateBatch(context.Background(), market.NewBatch{
		Action: market.BatchSignal, Query: "WorkflowId = 'none'", Reason: "r", PerSecond: 1, AdminID: a.staff.id,
		Request: "r",
	})
	require.NoError(t, err)
	a.ids["batchId"], a.ids["day"], a.ids["date"], a.ids["name"] = fmt.Sprint(batch), "2026-01-01", "2026-01-01",
		"x.csv"
	mail := r.text(t, "SELECT email FROM buyers WHERE id = $1", buyer.id)
	nobody := &caller{base: r.api}
	for _, secret := range []string{password, "a wrong password"} {
		nobody.post(t, "/auth/login", map[string]string{"email": mail, "password": secret}, "X-Forwarded-For",
			elsewhere)
	}
	a.personal = []string{
		mail, "김구매", "010-1111-2222", "김수령", "010-9999-8888", "테헤란로", "문이 찌그러졌어요", elsewhere,
		r.text(t, "SELECT email FROM sellers WHERE id = $1", a.seller.id), "홍길동", "010-1234-1234",
		r.text(t, "SELECT biz_number FROM sellers WHERE id = $1", a.seller.id),
	}
	return a
}

func belongsTo(t *testing.T, id string) (n int64) {
	t.Helper()
	_, err := fmt.Sscan(id, &n)
	require.NoError(t, err)
	return n
}

// at is a path with an id for each name in it.
func (a *accesses) at(t *testing.T, path string) string {
	t.Helper()
	for name, id := range a.ids {
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	require.NotContains(t, path, "{", "the test has no such id")
	return path
}

// shows reports whether an answer holds personal data.
func (a *accesses) shows(v visited) bool {
	return v.status < 300 && slices.ContainsFunc(a.personal, func(s string) bool { return strings.Contains(v.body, s) })
}

// noted is the number of entries of the access log that a request has left, by an account.
func (a *accesses) noted(t *testing.T, v visited, actor market.Role, id int64, action market.AccessAction) int {
	t.Helper()
	return a.count(t, `SELECT count(*) FROM access_log l LEFT JOIN access_log_exports e ON e.entry_id = l.id
		WHERE l.request_id = $1 AND l.actor = $2 AND l.actor_id = $3 AND l.action = $4 AND l.address IS NOT NULL
			AND coalesce(e.row_count, l.row_count) IS NOT NULL`, v.id, actor, id, action)
}

// requireExport holds an answer that is a file against the access log.
func (a *accesses) requireExport(t *testing.T, route string, v visited, actor market.Role, id int64) {
	t.Helper()
	require.Equal(t, 1, a.noted(t, v, actor, id, market.AccessExport), "%s leaves no entry", route)
	records, err := csv.NewReader(strings.NewReader(v.body)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, len(records)-1, a.count(t, `SELECT e.row_count FROM access_log l
		JOIN access_log_exports e ON e.entry_id = l.id WHERE l.request_id = $1`, v.id), route)
}

// It asks for every route of the admin server, JSON
// and pages, and looks for personal data in the answers.
func TestStaffRoutes_ThatReturnPersonalData_LeaveAnEntry(t *testing.T) {
	t.Parallel()
	a := newAccesses(t)
	pages, _ := pageRoutes(t)
	bodies := map[string]any{
		"/admin/products/{productId}/block":      map[string]string{"reason": "r"},
		"/admin/buyers/{buyerId}/lock":           map[string]string{"reason": "r"},
		"/admin/refunds/{refundId}/deny":         map[string]string{"deniedReason": "r"},
		"/admin/refunds/{refundId}/settle":       map[string]string{"reason": "r"},
		"/admin/reconciliation/{breakId}/accept": map[string]string{"reason": "r"},
		"/admin/disputes/{disputeId}/decide":     map[string]string{"decision": "REPRESENT", "reason": "r"},
		"/admin/orders/{orderId}/notes":          map[string]string{"note": "n"},
		"/admin/orders/{orderId}/status":         map[string]string{"status": "SHIPPED"},
		"/admin/sellers/{sellerId}/status":       map[string]string{"status": "APPROVED"},
		"/admin/webhooks/{endpointId}":           map[string]string{"status": "PAUSED"},
		"/admin/categories/{categoryId}":         map[string]any{"name": "x", "sortOrder": 1},
		"/admin/refund-policy":                   refundPolicy(0, nil),
		"/admin/unpaid-limits":                   unpaidLimits(10, 5),
	}
	a.ids["staffId"], a.ids["proposalId"] = "999999", "999999"
	personal, files := map[string]bool{}, map[string]bool{}
	for _, route := range append(allRoutes(t), pages...) {
		method, path, _ := strings.Cut(route, " ")
		page := slices.Contains(pages, route)
		isAdmin := page || strings.HasPrefix(path, "/admin/")
		if !isAdmin || strings.HasPrefix(path, "/admin/auth/") || strings.HasPrefix(path, "/admin/me/") ||
			(page && (method != http.MethodGet || strings.HasPrefix(path, "/login") ||
				strings.HasPrefix(path, "/assets"))) {
			continue
		}
		as, id := visitor{base: a.admin, token: a.staff.token}, a.staff.id
		if page {
			as, id = visitor{base: a.admin, cookie: "console=" + a.desk.cookie}, a.desk.id
		}
		queries := []string{""}
		if method == http.MethodGet {
			reason := url.Values{"format": {"csv"}, "reason": {"the police asks"}}.Encode()
			// New entries appear in the logs, which are filtered by the address.
			queries = []string{"", "?status=", "?format=csv", "?" + reason, "?action=LOGIN_FAILED", "?actor=BUYER"}
		}
		for _, query := range queries {
			v := as.visit(t, method, a.at(t, path)+query, bodies[path])
			require.Less(t, v.status, 500, "%s: %s", route, v.body)
			if v.kind == "text/csv" && v.status == http.StatusOK {
				files[route] = true
				a.requireExport(t, route, v, market.RoleAdmin, id)
				if a.shows(v) {
					require.Contains(t, query, "reason=", "%s: a file of personal data needs a reason", route)
					require.Equal(t, "the police asks", a.text(t, "SELECT reason FROM access_log WHERE request_id = $1", v.id))
				}
				continue
			}
			if !a.shows(v) {
				continue
			}
			personal[route] = true
			require.Positive(t, a.noted(t, v, market.RoleAdmin, id, market.AccessRead),
				"%s%s returns personal data: %s", route,
				query, "it leaves no entry in the access log")
		}
	}
	for _, route := range []string{
		"GET /admin/buyers", "GET /admin/sellers", "GET /admin/orders", "GET /admin/refunds", "GET /admin/audit",
		"GET /admin/access-log", "GET /admin/orders/{orderId}", "GET /admin/refunds/{refundId}", "GET /admin/buyers/{buyerId}",
		"GET /admin/sellers/{sellerId}", "PUT /admin/buyers/{buyerId}/lock", "PUT /admin/buyers/{buyerId}/unlock",
		"PUT /admin/refunds/{refundId}/complete", "PUT /admin/orders/{orderId}/status", "PUT /admin/sellers/{sellerId}/status",
		"GET /buyers", "GET /sellers", "GET /sellers/{sellerId}", "GET /sellers/{sellerId}/settlements/{settlementId}",
		"GET /orders/{orderId}", "GET /refunds/{refundId}", "GET /audit", "GET /access",
	} {
		require.True(t, personal[route], "%s has shown nothing: the test does not see its data", route)
	}
	for _, route := range []string{
		"GET /admin/audit", "GET /admin/ledger", "GET /audit", "GET /sellers/{sellerId}/settlements/{settlementId}",
	} {
		require.True(t, files[route], "%s has no file", route)
	}
	a.requireRepeat(t)
	a.requireSubjects(t)
}

// requireRepeat has an answer sent again for a repeated request: it is another read.
func (a *accesses) requireRepeat(t *testing.T) {
	t.Helper()
	refund, _ := a.refundToDecide(t, a.product(t, a.seller.id, 1_000_00, 10).ID, "")
	entries := func() int {
		return a.count(t, "SELECT count(*) FROM access_log WHERE data = 'REFUND' AND data_id = $1", refund)
	}
	for n := range 2 {
		denied := a.staff.put(t, fmt.Sprintf("/admin/refunds/%d/deny", refund), map[string]string{"deniedReason": "r"},
			"Idempotency-Key", "repeat")
		require.Equal(t, 200, denied.Status, denied)
		require.Equal(t, n+1, entries())
	}
}

// requireSubjects asks the access log who has seen the data of an account.
func (a *accesses) requireSubjects(t *testing.T) {
	t.Helper()
	for subject, id := range map[string]string{"BUYER": a.ids["buyerId"], "SELLER": a.ids["sellerId"]} {
		found := a.staff.get(t, fmt.Sprintf("/admin/access-log?subject=%s&subjectId=%s&size=100", subject, id))
		require.Equal(t, 200, found.Status, found)
		var page market.Page[market.AccessEntry]
		require.NoError(t, json.Unmarshal(found.Data, &page))
		var data []market.AccessData
		for _, e := range page.Content {
			require.Equal(t, market.RoleAdmin, e.Actor)
			data = append(data, *e.Data)
		}
		want := []market.AccessData{market.DataBuyer, market.DataOrder, market.DataRefund}
		if subject == "SELLER" {
			want = []market.AccessData{market.DataSeller, market.DataSettlement}
		}
		require.Subset(t, data, want)
	}
}

// It downloads every file that sellers can.
func TestSellersExports_LeaveAnEntry(t *testing.T) {
	t.Parallel()
	a := newAccesses(t)
	mail := a.text(t, "SELECT email FROM sellers WHERE id = $1", a.seller.id)
	cookie := "seller-center=" + pageSession(t, a.api+"/seller-center/login", mail)
	_, pages := pageRoutes(t)
	files := map[string]bool{}
	for _, route := range append(allRoutes(t), pages...) {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet || !strings.HasPrefix(path, "/seller") || strings.Contains(path, "/assets/") {
			continue
		}
		as := visitor{base: a.api, token: a.seller.token}
		if slices.Contains(pages, route) {
			as = visitor{base: a.api, cookie: cookie}
			a.ids["endpointId"] = "1"
		}
		query := "?format=csv"
		if strings.HasSuffix(path, "/template") {
			query = ""
		}
		v := as.visit(t, method, a.at(t, path)+query, nil)
		if v.kind != "text/csv" || v.status != http.StatusOK {
			continue
		}
		files[route] = true
		a.requireExport(t, route, v, market.RoleSeller, a.seller.id)
	}
	for _, route := range []string{
		"GET /seller/ledger", "GET /seller/settlements/{settlementId}/statement", "GET /seller/shipments/template",
		"GET /seller/offers/template", "GET /seller-center/ledger",
		"GET /seller-center/statistics", "GET /seller-center/settlements/{settlementId}/statement",
	} {
		require.True(t, files[route], "%s has no file", route)
	}
}

// TestLoginsAndLogouts_AreInTheAccessLog of every role, by JSON and by pages.
func TestLoginsAndLogouts_AreInTheAccessLog(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.TrustedProxies = 1
	r.serveAll(t)
	entries := func(role market.Role, id int64, action market.AccessAction) int {
		return r.count(t, `SELECT count(*) FROM access_log WHERE actor = $1 AND actor_id = $2 AND action = $3
			AND address IS NOT NULL AND request_id IS NOT NULL`, role, id, action)
	}
	buyer := r.buyers(t, 1)[0]
	mail := r.text(t, "SELECT email FROM buyers WHERE id = $1", buyer.id)
	nobody := &caller{base: r.api}
	wrong := map[string]string{"email": mail, "password": "a wrong password"}
	require.Equal(t, 401, nobody.post(t, "/auth/login", wrong).Status)
	require.Zero(t, entries(market.RoleBuyer, buyer.id, market.AccessLogin), "a guess is no login")
	right := map[string]string{"email": mail, "password": password}
	in := nobody.post(t, "/auth/login", right, "X-Forwarded-For", elsewhere)
	require.Equal(t, 200, in.Status, in)
	require.Equal(t, 1, r.count(t, `SELECT count(*) FROM access_log WHERE actor = 'BUYER' AND actor_id = $1
		AND action = 'LOGIN' AND address = $2 AND request_id = $3`, buyer.id, elsewhere, in.RequestID))
	out := &caller{base: r.api, token: in.field("accessToken").(string)}
	require.Equal(t, 200, out.post(t, "/auth/logout", nil).Status)
	require.Equal(t, 1, entries(market.RoleBuyer, buyer.id, market.AccessLogout))

	seller := r.seller(t)
	require.Equal(t, 1, entries(market.RoleSeller, seller.id, market.AccessLogin))
	require.Equal(t, 200, seller.post(t, "/seller/auth/logout", nil).Status)
	require.Equal(t, 1, entries(market.RoleSeller, seller.id, market.AccessLogout))

	staff, desk := r.staff(t), r.clerk(t)
	for id := range map[int64]bool{staff.id: true, desk.id: true} {
		require.Equal(t, 1, entries(market.RoleAdmin, id, market.AccessLogin))
	}
	status, _ := r.ask(t, http.MethodPost, "/logout", nil, desk.cookie)
	require.Equal(t, http.StatusSeeOther, status)
	require.Equal(t, 1, entries(market.RoleAdmin, desk.id, market.AccessLogout))

	summary := staff.get(t, "/admin/access-log/summary")
	require.Equal(t, 200, summary.Status, summary)
	var lines []market.AccessSummary
	require.NoError(t, json.Unmarshal(summary.Data, &lines))
	require.Contains(t, lines, market.AccessSummary{Actor: market.RoleBuyer, Action: market.AccessLogin, Entries: 1})
	require.Contains(t, lines, market.AccessSummary{
		Actor: market.RoleAdmin, ActorID: &desk.id, Action: market.AccessLogout, Entries: 1,
	})
	require.JSONEq(t, "[]", string(staff.get(t, "/admin/access-log/summary?month=2020-02").Data))
	for _, bad := range []string{
		"/summary?month=x", "?actor=SYSTEM", "?action=X", "?data=X", "?subject=ADMIN", "?actorId=x",
	} {
		require.Equal(t, 400, staff.get(t, "/admin/access-log"+bad).Status, bad)
	}
}
