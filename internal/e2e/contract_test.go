package e2e

import (
	"net/http"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/admin"
	"github.com/all-in-market/market/api"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
)

// routes are those of a router, as "METHOD /path".
func routes(t testing.TB, router *mux.Router) (all []string) {
	t.Helper()
	require.NoError(t, router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil {
			return nil //nolint:nilerr // a subrouter without a path of its own is no route
		}
		methods, err := route.GetMethods()
		if err != nil {
			return nil //nolint:nilerr // what has no methods is no route either
		}
		for _, m := range methods {
			if !strings.HasPrefix(path, "/docs") && !strings.HasPrefix(path, "/images/") && path != "/openapi.yaml" {
				all = append(all, m+" "+path)
			}
		}
		return nil
	}))
	return all
}

func allRoutes(t testing.TB) []string {
	t.Helper()
	all := append(routes(t, (&api.Server{Auth: &login.Auth{}}).Router()),
		routes(t, (&admin.Server{Auth: &login.Auth{}}).Router())...)
	sort.Strings(all)
	return all
}

// TestDocumentMatchesRoutes compares the routers with the OpenAPI document.
func TestDocumentMatchesRoutes(t *testing.T) {
	t.Parallel()
	doc, err := document()
	require.NoError(t, err)
	require.Equal(t, "3.1.0", doc.OpenAPI)
	var documented []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	routed := allRoutes(t)
	without := func(all, known []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(r string) bool { return slices.Contains(known, r) })
	}
	require.Empty(t, without(routed, documented), "these routes have no operation in api/openapi.yaml")
	require.Empty(t, without(documented, routed), "these operations of api/openapi.yaml have no route")
}

func TestDocsPage(t *testing.T) {
	t.Parallel()
	r := start(t)
	status, body := get(r.api + "/docs")
	require.Equal(t, 200, status)
	require.Contains(t, body, "swagger")
	status, body = get(r.api + "/openapi.yaml")
	require.Equal(t, 200, status)
	require.Contains(t, body, "openapi: 3.1.0")
	status, _ = get(r.api + "/metrics")
	require.Equal(t, 404, status, "metrics are not public")
}

// TestBadInput sends nonsense to every route, as everybody, and expects an
// answer in the envelope with a code, never a 500. The OpenAPI document is held
// against each answer by the client.
func TestBadInput(t *testing.T) {
	t.Parallel()
	r := start(t)
	buyer, seller, staff := r.buyers(t, 1)[0], r.seller(t), r.staff(t)
	callers := map[string]*caller{
		"nobody": {base: r.api}, "buyer": buyer.caller, "seller": {base: r.api, token: seller.token}, "admin": {
			base: r.admin, token: staff.token,
		},
	}
	bodies := []string{
		`{}`, ``, `{`, `[]`, `null`, `"x"`, `{"a":1}`, `{"email":1,"password":[]}`, `{"cartItemIds":"x","addressId":{}}`,
		`{"cartItemIds":[9223372036854775807],"addressId":9223372036854775807}`, `{"cartItemIds":[1e400],"addressId":1}`,
		`{"productId":1.5,"quantity":-1}`, `{"productId":99999999999999999999,"quantity":1}`,
		`{"productId":1,"quantity":2147483648}`,
		`{"orderId":-5,"method":"CASH"}`, `{"orderId":9223372036854775807,"method":"MOCK"}`,
		`{"name":"\u0000","sortOrder":-1}`,
		`{"name":"` + strings.Repeat("x", 300) +
			`","sortOrder":1}`, `{"status":"NOPE"}`, `{"status":7}`, `{"stock":-1}`, `{"stock":99999999999}`,
		`{"price":1e9,"categoryId":1,"name":"x","description":"y"}`,
		`{"price":"12","categoryId":1,"name":"x","description":"y"}`,
		`{"recipient":"\u0000","phone":"1","detail":"d"}`, strings.Repeat(`[`, 20000), `{"x":"` + strings.Repeat("y", 70000) +
			`"}`, "\xff\xfe{}",
	}
	ids := []string{"9223372036854775807", "abc", "0", "-1", "99999999999999999999", "1%00", "%F0%9F%98%80"}
	queries := []string{
		"?page=-1", "?page=x", "?page=99999999999", "?size=0", "?size=101", "?size=1e3", "?sort=password",
		"?sort=id,sideways", "?sort=id&sort=price", "?cursor=xyz", "?cursor=e30", "?status=NOPE", "?keyword=%00",
		"?keyword=%25_%5C", "?page=10000000&size=100",
	}

	// Each route gets each id with some bodies and queries, and each body and query with some ids.
	const some = 2
	for _, route := range allRoutes(t) {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet && (strings.HasSuffix(path, "/logout") || strings.HasSuffix(path, "/login")) {
			continue // tried with the accounts; a logout would end the others' turn
		}
		extras := bodies
		if method == http.MethodGet {
			extras = append([]string{""}, queries...)
		}
		prefix, suffix, named := strings.Cut(path, "{")
		targets := []string{path}
		if named {
			_, suffix, _ = strings.Cut(suffix, "}")
			targets = targets[:0]
			for _, id := range ids {
				targets = append(targets, prefix+id+suffix)
			}
		}
		for name, c := range callers {
			if strings.HasPrefix(path, "/admin") != (c.base == r.admin) {
				continue
			}
			t.Run(name+" "+route, func(t *testing.T) {
				t.Parallel()
				for i, target := range targets {
					for j, extra := range extras {
						switch {
						case i >= some && j >= some:
						case method == http.MethodGet:
							a := c.do(t, method, target+extra, nil)
							require.Less(t, a.Status, 500, "%s%s: %s", target, extra, a)
						default:
							a := c.do(t, method, target, extra)
							require.Less(t, a.Status, 500, "%s %.60s: %s", target, extra, a)
						}
					}
				}
			})
		}
	}
}

// TestUnknownRoutes asks for what is not there, by wrong methods, and with bodies that are too large.
func TestUnknownRoutes(t *testing.T) {
	t.Parallel()
	r := start(t)
	anybody := &caller{base: r.api}
	for _, path := range []string{"/", "/nope", "/orders/1/2", "/admin/orders", "/actuator/prometheus"} {
		a, err := anybody.try(http.MethodGet, path, nil)
		require.NoError(t, err, path)
		require.Equal(t, 404, a.Status, path)
	}
	for _, method := range []string{http.MethodPatch, http.MethodDelete, http.MethodPut, "BREW"} {
		a := anybody.do(t, method, "/orders", `{}`)
		require.Equal(t, "405 METHOD_NOT_ALLOWED", statusCode(a), method)
		require.Equal(t, "GET, HEAD, POST", a.header.Get("Allow"))
	}
	require.Equal(t, "413 PAYLOAD_TOO_LARGE",
		statusCode(anybody.post(t, "/auth/signup", `{"email":"`+strings.Repeat("x", 70000)+`"}`)))
	require.Equal(t, "413 PAYLOAD_TOO_LARGE",
		statusCode(anybody.post(t, "/auth/login", `{"email":"`+strings.Repeat("x", 9000)+`"}`)))
}

// TestAmountsThatDoNotFit orders more money than the columns hold.
func TestAmountsThatDoNotFit(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 9_999_999_999_99, 1_000_000)
	b := r.buyers(t, 1)[0]
	require.Equal(t, "400 AMOUNT_OUT_OF_RANGE",
		statusCode(b.post(t, "/orders", b.order(r.fill(t, b.id, p.ID, market.MaxLineQuantity)))))
	require.EqualValues(t, 1_000_000, r.stock(t, p.ID))
}

// TestPaymentMethodsAreOneList holds the document and the database against the language.
func TestPaymentMethodsAreOneList(t *testing.T) {
	t.Parallel()
	doc, err := document()
	require.NoError(t, err)
	var methods []market.PaymentMethod
	for _, m := range market.PaymentMethods {
		methods = append(methods, m.Code)
	}
	for _, schema := range []string{"Payment", "NewPayment"} {
		var documented []market.PaymentMethod
		for _, value := range doc.Components.Schemas[schema].Value.Properties["method"].Value.Enum {
			documented = append(documented, market.PaymentMethod(value.(string)))
		}
		require.ElementsMatch(t, methods, documented, schema)
	}
	r := newRig(t)
	check := r.text(t, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'payments_method_check'")
	require.Equal(t, len(market.PaymentMethods), strings.Count(check, "::character varying"), check)
	for _, method := range methods {
		require.Contains(t, check, "'"+string(method)+"'")
	}
}
