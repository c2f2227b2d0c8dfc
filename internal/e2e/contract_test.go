package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/admin"
	"github.com/all-in-market/market/api"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
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
			if !strings.HasPrefix(path, "/docs") && !strings.HasPrefix(path, "/images/") &&
				!strings.HasPrefix(path, "/openapi.") {
				all = append(all, m+" "+path)
			}
		}
		return nil
	}))
	return all
}

func allRoutes(t testing.TB) []string {
	t.Helper()
	none := &store.Store{}
	all := append(routes(t, (&api.Server{Auth: &login.Auth{}, Store: none, Replica: none}).Router()),
		routes(t, (&admin.Server{Auth: &login.Auth{}, Store: none, Replica: none}).Router())...)
	sort.Strings(all)
	return all
}

// It compares the routers with the OpenAPI document.
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
	for _, base := range []string{r.api, r.admin} {
		for _, format := range []string{"yaml", "json"} {
			status, body = get(base + "/openapi." + format)
			require.Equal(t, 200, status)
			doc, err := openapi3.NewLoader().LoadFromData([]byte(body))
			require.NoError(t, err)
			require.NoError(t, doc.Validate(t.Context()))
			for path := range doc.Paths.Map() {
				require.Equal(t, base == r.admin, strings.HasPrefix(path, "/admin/"), "%s at %s", path, base)
			}
			require.Equal(t, base == r.admin, doc.Components.Schemas["Proposal"] != nil)
			require.NotNil(t, doc.Components.Schemas["ErrorCode"])
		}
	}
	status, _ = get(r.api + "/metrics")
	require.Equal(t, 404, status, "metrics are not public")
}

// It sends nonsense to every route, as everybody, and expects an
// answer in the envelope with a code, never a 500. The OpenAPI document is held
// against each answer by the client.
func TestRouter_BadInput_IsRefusedWithItsField(t *testing.T) {
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
		if strings.HasSuffix(path, "/template") {
			extras = queries // without one it answers with a file
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

// It asks for what is not there, by wrong methods, and with bodies that are too large.
func TestUnknownRoutes(t *testing.T) {
	t.Parallel()
	r := start(t)
	anybody := &caller{base: r.api}
	for _, path := range []string{"/nope", "/orders/1/2", "/admin/orders", "/actuator/prometheus"} {
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

// It orders more money than the columns hold.
func TestAmountsThatDoNotFit(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 9_999_999_999_00, 1_000_000)
	b := r.buyers(t, 1)[0]
	require.Equal(t, "400 AMOUNT_OUT_OF_RANGE",
		statusCode(b.post(t, "/orders", b.order(r.fill(t, b.id, p.ID, market.MaxPieces)))))
	require.EqualValues(t, 1_000_000, r.stock(t, p.ID))
}

// It checks what readers and generators of clients need of the OpenAPI
// document.
func TestDocument_Operations_HaveIDsAndTypedAnswers(t *testing.T) {
	t.Parallel()
	doc, err := document()
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	id, ids := regexp.MustCompile(`^[a-z]+[A-Z][A-Za-z]+$`), map[string]string{}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			name := method + " " + path
			require.Regexp(t, id, operation.OperationID, name)
			require.Empty(t, ids[operation.OperationID], name)
			ids[operation.OperationID] = name
			require.NotEmpty(t, operation.Summary, name)
			require.NotEmpty(t, operation.Description, name)
			require.NotContains(t, operation.Description, operation.Summary, name)
			require.Len(t, operation.Tags, 1, name)
			require.NotNil(t, doc.Tags.Get(operation.Tags[0]), name)
			for status, response := range operation.Responses.Map() {
				if content := response.Value.Content["application/json"]; content != nil {
					suffix := "Answer"
					if status >= "400" {
						suffix = "Error"
					}
					require.Regexp(t, "^#/components/schemas/[A-Za-z]*"+suffix+"$", content.Schema.Ref, "%s: %s", name,
						status)
					require.True(t, status >= "300" || content.Example != nil, "%s: %s has no example", name, status)
				}
			}
		}
	}
}

// It finds schemas from which generators make types that are too narrow or too wide:
// numbers without a format become float32, and sets of values without a name or type become any.
func TestDocument_Schemas_NarrowNothing(t *testing.T) {
	t.Parallel()
	doc, err := document()
	require.NoError(t, err)
	seen := map[*openapi3.Schema]bool{}
	var check func(where string, s *openapi3.SchemaRef)
	check = func(where string, s *openapi3.SchemaRef) {
		if s == nil || seen[s.Value] {
			return
		}
		seen[s.Value] = true
		v := s.Value
		if v.Type.Includes("number") {
			require.Equal(t, "double", v.Format, where)
		}
		if len(v.Enum) > 0 {
			require.True(t, v.Type.Is("string"), where)
			require.True(t, s.Ref != "" || strings.Count(where, "/") == 0, "the values of %s have no name", where)
		}
		for _, part := range slices.Concat(v.AllOf, v.AnyOf, v.OneOf) {
			check(where+"/part", part)
		}
		check(where+"/items", v.Items)
		for name, property := range v.Properties {
			check(where+"/"+name, property)
		}
	}
	for name, s := range doc.Components.Schemas {
		check(name, s)
	}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			for _, p := range operation.Parameters {
				check(method+" "+path+"/"+p.Value.Name, p.Value.Schema)
			}
			if operation.RequestBody != nil {
				for _, content := range operation.RequestBody.Value.Content {
					check(method+" "+path+"/body", content.Schema)
				}
			}
		}
	}
}

// It compares ErrorCode with the constants of internal/market.
func TestDocument_ErrorCodes_AreThoseOfTheCode(t *testing.T) {
	t.Parallel()
	doc, err := document()
	require.NoError(t, err)
	file, err := parser.ParseFile(token.NewFileSet(), "../market/errors.go", nil, 0)
	require.NoError(t, err)
	var declared []any
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Code" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			declared = append(declared, value)
		}
		return true
	})
	require.Greater(t, len(declared), 100)
	require.ElementsMatch(t, declared, doc.Components.Schemas["ErrorCode"].Value.Enum)
}

// It holds the document and the database against the language.
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
