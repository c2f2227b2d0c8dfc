package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/all-in-market/market/internal/market"
)

const smallDocument = `openapi: 3.1.0
servers: [{url: /, description: API of buyers}]
tags: [{name: Cart}, {name: Staff}]
paths:
  /carts:
    get:
      tags: [Cart]
      responses: {'200': {$ref: '#/components/responses/Cart'}}
  /admin/staff:
    servers: [{url: 'http://127.0.0.1:8081'}]
    get:
      tags: [Staff]
      responses: {'200': {$ref: '#/components/responses/Staff'}}
components:
  responses:
    Cart: {content: {application/json: {schema: {$ref: '#/components/schemas/Cart'}}}}
    Staff: {content: {application/json: {schema: {$ref: '#/components/schemas/Member'}}}}
  schemas:
    Cart:
      type: object
      properties: {price: {$ref: '#/components/schemas/Money'}, parent: {$ref: '#/components/schemas/Cart'}}
    Member: {type: object}
    Money: {type: number}
`

func TestSplitDocument_TwoAudiences_HaveTheirOwnPathsAndComponents(t *testing.T) {
	t.Parallel()
	forBuyers, forStaff := SplitDocument([]byte(smallDocument))
	public, err := forBuyers.files()
	require.NoError(t, err)
	staff, err := forStaff.files()
	require.NoError(t, err)
	require.JSONEq(t, `{"openapi": "3.1.0", "servers": [{"url": "/", "description": "API of buyers"}],
		"tags": [{"name": "Cart"}],
		"paths": {"/carts": {"get": {"tags": ["Cart"], "responses": {"200": {"$ref": "#/components/responses/Cart"}}}}},
		"components": {
			"responses": {"Cart": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Cart"}}}}},
			"schemas": {
				"Cart": {"type": "object", "properties": {
					"price": {"$ref": "#/components/schemas/Money"}, "parent": {"$ref": "#/components/schemas/Cart"}
				}},
				"Money": {"type": "number"}
			}
		}}`, string(public.json))
	var document struct {
		Servers    []map[string]string
		Tags       []map[string]string
		Paths      map[string]map[string]json.RawMessage
		Components map[string]map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(staff.json, &document))
	require.Equal(t, []map[string]string{{"url": "/", "description": "API of the marketplace's staff"}},
		document.Servers)
	require.Equal(t, []map[string]string{{"name": "Staff"}}, document.Tags)
	require.Len(t, document.Paths, 1)
	require.NotContains(t, document.Paths["/admin/staff"], "servers")
	require.Len(t, document.Components["schemas"], 1)
	require.Contains(t, document.Components["schemas"], "Member")
	require.Contains(t, string(staff.yaml), "/admin/staff:")
	require.NotContains(t, string(public.yaml), "admin")
}

func TestSplitDocument_NoDocument_Fails(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"", "openapi: 3.1.0", "a: [", "[]"} {
		public, _ := SplitDocument([]byte(document))
		_, err := public.files()
		require.Error(t, err, document)
	}
}

func TestDocumentRoutes_DocumentThatTheClientHas_IsNotSentAgain(t *testing.T) {
	t.Parallel()
	public, _ := SplitDocument([]byte(smallDocument))
	routes := mux.NewRouter()
	public.Routes(routes)
	for _, path := range []string{"/openapi.yaml", "/openapi.json"} {
		get := func(etag string) *httptest.ResponseRecorder {
			w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			r.Header.Set("If-None-Match", etag)
			routes.ServeHTTP(w, r)
			return w
		}
		first := get("")
		require.Equal(t, http.StatusOK, first.Code)
		again := get(first.Header().Get("ETag"))
		require.Equal(t, http.StatusNotModified, again.Code)
		require.Empty(t, again.Body.Bytes())
		require.Equal(t, http.StatusOK, get(`W/"another"`).Code)
	}
}

// unanswered are the codes that no operation answers with, and why there are.
var unanswered = map[market.Code]string{
	market.CodeRangeNotSatisfiable:  "answer of an image's file, which is not in the document",
	market.CodePaymentNotRefundable: "failure of a refund that its provider refuses",
	market.CodePaymentGatewayError:  "failure of a refund that its provider does not answer to",
}

// It finds codes that no operation of api/openapi.yaml lists, and operations
// that list a code but not the answer with its status.
func TestDocument_ErrorCodes_AreListedByOperation(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../api/openapi.yaml")
	require.NoError(t, err)
	type operation struct {
		Codes     []market.Code `yaml:"x-error-codes"`
		Responses map[string]any
	}
	var document struct {
		Codes []market.Code `yaml:"x-error-codes"`
		Paths map[string]map[string]yaml.Node
	}
	require.NoError(t, yaml.Unmarshal(content, &document))
	listed := map[market.Code]bool{}
	for _, code := range document.Codes {
		listed[code] = true
	}
	for path, item := range document.Paths {
		for method, node := range item {
			if methodLabel(strings.ToUpper(method)) == "other" { // it is no operation
				continue
			}
			var o operation
			require.NoError(t, node.Decode(&o))
			for _, code := range o.Codes {
				listed[code] = true
				require.NotContains(t, document.Codes, code, "%s %s: any operation may answer with it", method, path)
				require.Contains(t, failures, code, "%s %s", method, path)
				require.Contains(t, o.Responses, strconv.Itoa(failures[code].status), "%s %s: %s", method, path, code)
			}
		}
	}
	for code := range failures {
		require.NotEqual(t, listed[code], unanswered[code] != "", "%s is listed by an operation or in unanswered", code)
	}
}
