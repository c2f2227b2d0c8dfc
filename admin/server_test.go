package admin

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/web"
)

// office is the server, with the tokens of an admin and of others.
type fixture struct {
	handler http.Handler
	router  *mux.Router
	tokens  map[market.Role]string
}

// newOffice returns the server of a store; nil is one without a database: requests that reach the database
// are answered with 500. Temporal is not available.
func newOffice(t *testing.T, s *store.Store, adminID int64) *fixture {
	t.Helper()
	if s == nil {
		s = &store.Store{}
	}
	auth, _ := logintest.New(t)
	auth.Store = s
	redis, _ := testrig.MemoryRedis(t)
	reads := cache.NewReads(redis, testrig.Log(t))
	server := &Server{
		Auth: auth, Store: s, Replica: s, Cache: reads,
		BackOffice: &backoffice.Service{Store: s, Cache: reads, Sessions: auth.Sessions},
	}
	o := &fixture{router: server.Router(), tokens: map[market.Role]string{}}
	o.handler = web.Middleware{
		Server: "admin", Log: testrig.Log(t), Metrics: web.NewMetrics(prometheus.NewRegistry()),
		Timeout: 10 * time.Second,
	}.Wrap(o.router)
	for _, role := range []market.Role{market.RoleAdmin, market.RoleBuyer, market.RoleSeller} {
		o.tokens[role] = logintest.Token(t, auth, role, adminID)
	}
	return o
}

type answer struct {
	Status  int
	Code    string
	Message string
	Data    json.RawMessage
}

func (o *fixture) ask(t *testing.T, method, path, token, body string) (a answer) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "en")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a), "%s %s answers %s", method, path, w.Body)
	require.Equal(t, w.Code, a.Status)
	return a
}

var pathID = regexp.MustCompile(`\{\w+\}`)

// Every route refuses anonymous callers and callers who are not admins.
func TestRouter_CallerIsNoAdmin_IsRefused(t *testing.T) {
	t.Parallel()
	o, walked := newOffice(t, nil, 1), 0
	require.NoError(t, o.router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		template, _ := route.GetPathTemplate()
		methods, _ := route.GetMethods()
		for _, method := range methods {
			if strings.Contains(template, "/auth/") && !strings.HasSuffix(template, "/logout") {
				continue
			}
			walked++
			path := pathID.ReplaceAllString(template, "1")
			require.Equal(t, 401, o.ask(t, method, path, "", "{}").Status, path)
			require.Equal(t, 401, o.ask(t, method, path, "made-up", "{}").Status, path)
			require.Equal(t, 403, o.ask(t, method, path, o.tokens[market.RoleBuyer], "{}").Status, path)
			require.Equal(t, 403, o.ask(t, method, path, o.tokens[market.RoleSeller], "{}").Status, path)
		}
		return nil
	}))
	require.Greater(t, walked, 15)
}

// withAdmin is an office with a database and one admin in it.
func withAdmin(t *testing.T) (*fixture, *store.Store) {
	t.Helper()
	s := testrig.Store(t, nil)
	_, err := s.CreateAdmin(t.Context(), "admin@example.com", "hash", "admin")
	require.NoError(t, err)
	c, err := s.AdminCredentials(t.Context(), "admin@example.com")
	require.NoError(t, err)
	return newOffice(t, s, c.ID), s
}

func TestRouter_BadInput_IsRefusedWithItsField(t *testing.T) {
	t.Parallel()
	o, _ := withAdmin(t)
	for _, c := range []struct{ route, body, says string }{
		{"POST /admin/categories", `{"name":" "}`, "name is required."},
		{"POST /admin/categories", `{"name":"n","sortOrder":-1}`, "sortOrder must not be negative."},
		{"PUT /admin/categories/0", `{"name":"n"}`, "categoryId is invalid."},
		{"PUT /admin/categories/1", `{"name":`, "The request body is not valid JSON."},
		{"PUT /admin/orders/1/status", `{"status":"GONE"}`, "status is invalid."},
		{"PUT /admin/orders/1/status", `{"status":"SHIPPED","trackingNumber":"` + strings.Repeat("1", 51) + `"}`,
			"trackingNumber is too long."},
		{"PUT /admin/refunds/1/deny", `{"deniedReason":" "}`, "deniedReason is required."},
		{"PUT /admin/refunds/1/deny", `{"deniedReason":"` + strings.Repeat("가", 256) + `"}`,
			"deniedReason must have at most 255 characters."},
		{"PUT /admin/refunds/1/settle", `{}`, "reason is required."},
		{"PUT /admin/refunds/1/complete", `{"restock":1}`, "restock is invalid."},
		{"PUT /admin/sellers/1/status", `{"status":"RICH"}`, "status is invalid."},
		{"PUT /admin/payouts/x/inquire", ``, "payoutId is invalid."},
		{"GET /admin/refunds?status=GONE", ``, "status is invalid."},
		{"GET /admin/orders?size=1000", ``, "size must be a whole number from 1 to 100."},
		{"GET /admin/orders?sort=password", ``, "The list cannot be sorted by that. Use one of: createdAt, id"},
		{"PUT /admin/me/password", `{"password":"12345678"}`, "currentPassword is required."},
	} {
		method, path, _ := strings.Cut(c.route, " ")
		a := o.ask(t, method, path, o.tokens[market.RoleAdmin], c.body)
		require.Equal(t, 400, a.Status, "%s takes %s", c.route, c.body)
		require.Equal(t, "INVALID_INPUT", a.Code, c.route)
		require.Equal(t, c.says, a.Message, c.route)
	}
}

// A missing resource is refused with the code of its kind.
func TestRouter_UnknownID_IsNotFound(t *testing.T) {
	t.Parallel()
	o, _ := withAdmin(t)
	for route, code := range map[string]string{
		"PUT /admin/categories/99":       "CATEGORY_NOT_FOUND",
		"DELETE /admin/categories/99":    "CATEGORY_NOT_FOUND",
		"PUT /admin/orders/99/status":    "ORDER_NOT_FOUND",
		"PUT /admin/refunds/99/complete": "REFUND_NOT_FOUND",
		"PUT /admin/refunds/99/deny":     "REFUND_NOT_FOUND",
		"PUT /admin/sellers/99/status":   "SELLER_NOT_FOUND",
		"PUT /admin/payouts/99/inquire":  "PAYOUT_NOT_FOUND",
		"GET /admin/nothing":             "NOT_FOUND",
	} {
		method, path, _ := strings.Cut(route, " ")
		body := `{"name":"n","status":"APPROVED","deniedReason":"r"}`
		if strings.Contains(path, "orders") {
			body = `{"status":"FAILED"}`
		}
		a := o.ask(t, method, path, o.tokens[market.RoleAdmin], body)
		require.Equal(t, 404, a.Status, route)
		require.Equal(t, code, a.Code, route)
	}
}

func TestCategories_CreatedAndChanged_AreListed(t *testing.T) {
	t.Parallel()
	o, _ := withAdmin(t)
	token := o.tokens[market.RoleAdmin]
	require.Equal(t, 201, o.ask(t, http.MethodPost, "/admin/categories", token,
		`{"name":"books","sortOrder":2}`).Status)
	require.Equal(t, 201, o.ask(t, http.MethodPost, "/admin/categories", token, `{"name":"toys","sortOrder":1}`).Status)
	require.Equal(t, 409, o.ask(t, http.MethodPost, "/admin/categories", token, `{"name":"books"}`).Status)
	var all []market.Category
	require.NoError(t, json.Unmarshal(o.ask(t, http.MethodGet, "/admin/categories", token, "").Data, &all))
	require.Len(t, all, 2)
	require.Equal(t, "toys", all[0].Name, "in their order")
}

func TestRouter_AdminIsDeleted_IsRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t, testrig.Store(t, nil), 99)
	a := o.ask(t, http.MethodGet, "/admin/orders", o.tokens[market.RoleAdmin], "")
	require.Equal(t, 404, a.Status)
	require.Equal(t, "ADMIN_NOT_FOUND", a.Code)
}

func TestSellerStatus_Change_IsChecked(t *testing.T) {
	t.Parallel()
	o, s := withAdmin(t)
	id, err := s.CreateSeller(t.Context(), store.SellerSignup{
		Email: "s@example.com", PasswordHash: "x", Name: "s", Phone: "1", StoreName: "s", BizNumber: "1",
		BankCode: "KOOKMIN", BankAccount: "1",
	})
	require.NoError(t, err)
	token := o.tokens[market.RoleAdmin]
	var pending market.Page[market.Seller]
	require.NoError(t, json.Unmarshal(o.ask(t, http.MethodGet, "/admin/sellers?status=PENDING", token, "").Data,
		&pending))
	require.Len(t, pending.Content, 1)
	require.Equal(t, id, pending.Content[0].ID)
	for _, status := range []string{"APPROVED", "SUSPENDED", "APPROVED"} {
		a := o.ask(t, http.MethodPut, "/admin/sellers/1/status", token, `{"status":"`+status+`"}`)
		require.Equal(t, 200, a.Status, a.Message)
		require.Contains(t, string(a.Data), `"status":"`+status+`"`)
	}
}
