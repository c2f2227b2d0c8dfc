package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"
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
	require.Equal(t, []map[string]string{{"url": "/", "description": "API of the marketplace's staff"}}, document.Servers)
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
