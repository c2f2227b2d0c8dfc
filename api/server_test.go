package api

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

	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/web"
)

// house is the server without a database and without Temporal: it tests refusals before a handler
// needs them. A handler that reaches them responds with 500.
type fixture struct {
	handler       http.Handler
	router        *mux.Router
	buyer, seller string // tokens
}

func newHouse(t *testing.T) *fixture {
	t.Helper()
	auth, _ := logintest.New(t)
	public, _ := web.SplitDocument(OpenAPI)
	s := &Server{Auth: auth, Document: public, Store: &store.Store{}, Replica: &store.Store{}}
	h := &fixture{router: s.Router()}
	h.handler = web.Middleware{
		Server: "api", Log: testrig.Log(t), Metrics: web.NewMetrics(prometheus.NewRegistry()),
		Timeout: 10 * time.Second,
	}.Wrap(h.router)
	h.buyer = logintest.Token(t, auth, market.RoleBuyer, 7)
	h.seller = logintest.Token(t, auth, market.RoleSeller, 8)
	return h
}

// ask sends a request and returns the answer's status and code.
func (h *fixture) ask(t *testing.T, method, path, token, body string, header ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	var envelope struct {
		Success *bool
		Status  int
		Code    string
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &envelope), "%s %s answers %s", method, path, w.Body)
	require.NotNil(t, envelope.Success, "every answer is an envelope")
	require.Equal(t, w.Code, envelope.Status)
	return w.Code, envelope.Code
}

var pathID = regexp.MustCompile(`\{\w+\}`)

// token is one of the role whose routes the path belongs to.
func (h *fixture) token(path string) string {
	switch {
	case strings.Contains(path, "auth/"):
		return ""
	case strings.HasPrefix(path, "/seller"):
		return h.seller
	}
	return h.buyer
}

// routes are those with an envelope, as method and path template.
func (h *fixture) routes(t *testing.T) (all [][2]string) {
	t.Helper()
	require.NoError(t, h.router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, _ := route.GetPathTemplate()
		methods, _ := route.GetMethods()
		for _, m := range methods {
			if !strings.HasPrefix(path, "/docs") && !strings.HasPrefix(path, "/images/") &&
				!strings.HasPrefix(path, "/openapi.") {
				all = append(all, [2]string{m, path})
			}
		}
		return nil
	}))
	require.Greater(t, len(all), 50)
	return all
}

// open are the routes that need no token.
var open = map[string]bool{
	"GET /categories": true, "GET /products": true, "GET /products/{productId}": true,
	"GET /products/{productId}/images": true, "GET /products/{productId}/seller": true, "GET /payment-methods": true, "GET /couriers": true, "GET /legal-documents": true, "GET /refund-reasons": true, "POST /webhooks/portone": true,
}

func isOpen(method, path string) bool {
	return open[method+" "+path] || (strings.Contains(path, "auth/") && !strings.HasSuffix(path, "/logout"))
}

// It walks every route without a token and with one of the other role.
func TestRouter_EachRoute_AdmitsItsRoleOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, route := range h.routes(t) {
		method, template := route[0], route[1]
		if isOpen(method, template) {
			continue
		}
		path := pathID.ReplaceAllString(template, "1")
		status, code := h.ask(t, method, path, "", "")
		require.Equal(t, 401, status, "%s %s needs a token, or an entry in open", method, path)
		require.Equal(t, "UNAUTHORIZED", code)
		status, code = h.ask(t, method, path, "made-up", "")
		require.Equal(t, 401, status, "%s %s", method, path)
		require.Equal(t, "TOKEN_INVALID", code)

		stranger := h.seller
		if strings.HasPrefix(path, "/seller") {
			stranger = h.buyer
		}
		status, code = h.ask(t, method, path, stranger, "")
		require.Equal(t, 403, status, "%s %s", method, path)
		require.Equal(t, "FORBIDDEN", code)
	}
}

// An id that is not a positive number is refused before the database is read.
func TestRouter_IDNotPositive_IsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, route := range h.routes(t) {
		method, template := route[0], route[1]
		if !pathID.MatchString(template) || strings.Contains(template, "{date}") {
			continue
		}
		for _, id := range []string{"0", "-1", "x", "1.5", "99999999999999999999", "%00"} {
			path := pathID.ReplaceAllString(template, id)
			status, code := h.ask(t, method, path, h.token(path), "{}")
			require.Equal(t, 400, status, "%s %s", method, path)
			require.Equal(t, "INVALID_INPUT", code)
		}
	}
}

// Every route with a JSON body refuses malformed JSON and other media types.
func TestRouter_BodyMalformed_IsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for route, valid := range map[string]string{
		"POST /auth/signup": `{"email":"a@example.com","password":"12345678","name":"김구매","phone":"010-1234-5678"}`,
		"POST /seller/auth/signup": `{"email":"a@example.com","password":"12345678","name":"n","phone":"010-1234-5678",` +
			`"storeName":"s","bizNumber":"1","bankCode":"KOOKMIN","bankAccount":"1"}`,
		"POST /auth/login":                 `{"email":"a@example.com","password":"12345678"}`,
		"PUT /buyers/me":                   `{"name":"n"}`,
		"POST /addresses":                  `{"recipient":"r","phone":"010-1234-5678","detail":"d"}`,
		"POST /carts/items":                `{"productId":1,"quantity":1}`,
		"PUT /carts/items/1":               `{"quantity":1}`,
		"POST /orders":                     `{"cartItemIds":[1],"addressId":1}`,
		"POST /orders/1/refunds":           `{"reason":"DAMAGED"}`,
		"POST /payments":                   `{"orderId":1,"method":"MOCK"}`,
		"POST /payments/1/confirm":         `{"transactionId":"tx"}`,
		"POST /restock-subscriptions":      `{"productId":1}`,
		"POST /seller/products":            `{"categoryId":1,"name":"n","price":1,"stock":1,"description":"d"}`,
		"PUT /seller/products/1":           `{"name":"n"}`,
		"PUT /seller/products/1/stock":     `{"stock":1}`,
		"PUT /seller/orderitems/1/ship":    `{"carrier":"c","trackingNumber":"t"}`,
		"DELETE /buyers/me":                `{"currentPassword":"12345678"}`,
		"DELETE /sellers/me":               `{"currentPassword":"12345678"}`,
		"PUT /sellers/me":                  `{"name":"n"}`,
		"PUT /addresses/1":                 `{"detail":"d"}`,
		"POST /auth/password/forgot":       `{"email":"a@example.com"}`,
		"POST /auth/email/verify":          `{"token":"t"}`,
		"POST /seller/auth/password/reset": `{"token":"t","password":"12345678"}`,
	} {
		method, path, _ := strings.Cut(route, " ")
		bodies := []string{"", "{", "[]", "null and more", valid + "}", `"` + valid, "\xff"}
		if path == "/payments/1/confirm" {
			bodies = bodies[1:] // it may have none
		}
		for _, body := range bodies {
			status, code := h.ask(t, method, path, h.token(path), body)
			require.Equal(t, 400, status, "%s takes %q", route, body)
			require.Equal(t, "INVALID_INPUT", code)
		}
		status, _ := h.ask(t, method, path, h.token(path), valid, "Content-Type", "text/plain")
		require.Equal(t, 400, status, "%s takes a type that another site's page may send", route)
		status, code := h.ask(t, method, path, h.token(path),
			valid[:len(valid)-1]+`,"x":"`+strings.Repeat("x", 70_000)+`"}`)
		require.Equal(t, 413, status, "%s takes a body of any length", route)
		require.Equal(t, "PAYLOAD_TOO_LARGE", code)
	}
}

// A field that breaks its rule is refused, and the answer names it.
func TestRouter_FieldInvalid_IsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct{ route, body string }{
		{"POST /auth/signup", `{"email":"a","password":"12345678","name":"n","phone":"010-1234-5678"}`},
		{"POST /auth/signup", `{"email":"a@example.com","password":"1234567","name":"n","phone":"010-1234-5678"}`},
		{"POST /auth/signup", `{"email":"a@example.com","password":"12345678","name":" ","phone":"010-1234-5678"}`},
		{"POST /auth/signup", `{"email":"a@example.com","password":"12345678","name":"n","phone":"01012345678"}`},
		{"POST /carts/items", `{"productId":1,"quantity":0}`},
		{"POST /carts/items", `{"productId":0,"quantity":1}`},
		{"POST /carts/items", `{"productId":1,"quantity":2147483648}`},
		{"POST /orders", `{"cartItemIds":[],"addressId":1}`},
		{"POST /orders", `{"cartItemIds":[1,-1],"addressId":1}`},
		{"POST /orders", `{"cartItemIds":[1],"addressId":0}`},
		{"POST /payments", `{"orderId":1,"method":"GOLD"}`},
		{"POST /payments", `{"orderId":1}`},
		{"POST /payments/1/confirm", `{"paymentToken":"` + strings.Repeat("x", 1001) + `"}`},
		{"POST /payments/1/confirm", `{"transactionId":"` + strings.Repeat("x", 256) + `"}`},
		{"POST /orders/1/refunds", `{"reason":"BECAUSE"}`},
		{"POST /orders/1/refunds", `{"reason":"ADMIN_DECISION"}`},
		{"POST /orders/1/refunds", `{"reason":"DAMAGED","items":[{"orderItemId":1,"quantity":0}]}`},
		{"POST /seller/products", `{"categoryId":1,"name":"n","price":-1,"stock":1,"description":"d"}`},
		{"POST /seller/products", `{"categoryId":1,"name":"n","price":1.001,"stock":1,"description":"d"}`},
		{"POST /seller/products", `{"categoryId":1,"name":"n","price":1.5,"stock":1,"description":"d"}`},
		{"PUT /seller/products/1", `{"price":1.5}`},
		{"POST /seller/offers", `{"offers":[{"productId":1,"price":1.5}]}`},
		{"POST /seller/offers", `{"offers":[{"productId":1,"status":"BLOCKED"}]}`},
		{"POST /seller/offers", `{"offers":[{"productId":1,"categoryId":-1}]}`},
		{"PUT /seller/products/1/images", `{"imageIds":[]}`},
		{"PUT /seller/products/1/images", `{"imageIds":[0]}`},
		{"PUT /seller/products/1/images", `{"imageIds":[` + strings.Repeat("1,", 20) + `1]}`},
		{"POST /seller/products", `{"categoryId":1,"name":"n","price":1,"stock":-1,"description":"d"}`},
		{
			"POST /seller/products",
			`{"categoryId":1,"name":"` + strings.Repeat("가", 201) + `","price":1,"stock":1,"description":"d"}`,
		},
		{"PUT /seller/products/1", `{"status":"GONE"}`},
		{"PUT /seller/products/1/stock", `{"stock":-1}`},
	} {
		method, path, _ := strings.Cut(c.route, " ")
		status, code := h.ask(t, method, path, h.token(path), c.body)
		require.Equal(t, 400, status, "%s takes %s", c.route, c.body)
		require.Equal(t, "INVALID_INPUT", code)
	}
}

// Queries of lists are checked before the database is read.
func TestRouter_QueryInvalid_IsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{
		"/products?page=-1", "/products?size=0", "/products?size=101", "/products?size=x",
		"/products?keyword=" + strings.Repeat("x", 101), "/orders?status=GONE", "/seller/statistics/summary?from=2026-02-30",
		"/seller/statistics/products?from=2026-02-02&to=2026-02-01",
		"/seller/statistics/summary?groupBy=CENTURY", "/seller/statistics/products?size=0",
		"/seller/statistics/daily/yesterday", "/seller/orderitems?status=GONE",
	} {
		status, code := h.ask(t, http.MethodGet, path, h.token(path), "")
		require.Equal(t, 400, status, path)
		require.Equal(t, "INVALID_INPUT", code, path)
	}
}

func TestRouter_IdempotencyKeyInvalid_IsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, key := range []string{"a b", "é", strings.Repeat("k", 256), `""`, "a/b"} {
		for _, path := range []string{"/orders", "/payments", "/orders/1/refunds"} {
			body := map[string]string{
				"/orders": `{"cartItemIds":[1],"addressId":1}`, "/payments": `{"orderId":1,"method":"MOCK"}`,
				"/orders/1/refunds": `{"reason":"DAMAGED"}`,
			}[path]
			status, code := h.ask(t, http.MethodPost, path, h.buyer, body, "Idempotency-Key", key)
			require.Equal(t, 400, status, "%s with key %q", path, key)
			require.Equal(t, "IDEMPOTENCY_KEY_INVALID", code)
		}
	}
}

func TestRouter_UnknownPathOrMethod_IsAnEnvelope(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	status, code := h.ask(t, http.MethodGet, "/nothing", "", "")
	require.Equal(t, 404, status)
	require.Equal(t, "NOT_FOUND", code)
	status, code = h.ask(t, http.MethodDelete, "/products", "", "")
	require.Equal(t, 405, status)
	require.Equal(t, "METHOD_NOT_ALLOWED", code)
	r := httptest.NewRequest(http.MethodDelete, "/orders", nil)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	require.Contains(t, w.Header().Get("Allow"), "POST")
	require.NotEmpty(t, w.Header().Get("X-Request-Id"))
}

// A page of another site cannot log a browser in.
func TestLogin_OriginOfAnotherSite_IsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/auth/login", "/auth/refresh", "/seller/auth/login", "/auth/signup"} {
		status, _ := h.ask(t, http.MethodPost, path, "", "{}", "Sec-Fetch-Site", "cross-site", "Origin",
			"https://evil.example")
		require.Equal(t, 403, status, path)
	}
}

// As a page, and as the file that it shows.
func TestDocument_Requested_IsServed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for path, want := range map[string]string{"/docs/": "swagger", "/openapi.yaml": "openapi: 3.1.0"} {
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		require.Equal(t, 200, w.Code, path)
		require.Contains(t, strings.ToLower(w.Body.String()), want)
	}
}
