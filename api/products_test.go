package api

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestProducts_Unchanged_AreReadOnceAndAnsweredWithTheirETag(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("Product", market.Product{ID: 5, SellerID: sellerID, Name: "책"})
	first := s.send(t, "GET /products/5", "")
	require.Equal(t, 200, first.Status)
	require.Equal(t, "no-cache", first.header.Get("Cache-Control"), "a cache may keep it, to be revalidated")
	etag := first.header.Get("ETag")
	require.NotEmpty(t, etag)
	for _, match := range []string{etag, `"other", ` + etag, "*"} {
		again := s.send(t, "GET /products/5", "", "If-None-Match", match)
		require.Equal(t, 304, again.Status, match)
		require.Empty(t, again.body)
		require.Equal(t, etag, again.header.Get("ETag"))
	}
	require.Equal(t, 200, s.send(t, "GET /products/5", "", "If-None-Match", `"other"`).Status)
	korean := s.send(t, "GET /products/5", "", "If-None-Match", etag, "Accept-Language", "ko")
	require.Equal(t, 200, korean.Status, "the message is in another language")
	require.Len(t, s.store.Calls("Product"), 1)
}

// Each change makes the cached reads that show the product stale, and a
// refused one does not.
func TestProducts_ChangedByTheirSeller_AreReadAgain(t *testing.T) {
	t.Parallel()
	for route, method := range map[string]string{
		"PUT /seller/products/5": "UpdateProduct", "DELETE /seller/products/5": "DeleteProduct",
		"PUT /seller/products/5/stock": "UpdateProduct", "POST /seller/products": "CreateProduct",
	} {
		body := map[string]string{
			"PUT /seller/products/5": `{"name":"n"}`, "PUT /seller/products/5/stock": `{"stock":1}`, "POST /seller/products": aProduct,
		}[route]
		s := newStand(t)
		read := func() int {
			s.store.Forget()
			for _, list := range []string{"GET /products/5", "GET /products", "GET /seller/products"} {
				require.Equal(t, 200, s.send(t, list, "").Status)
			}
			return len(s.store.Calls("Product", "Products", "SellerProducts"))
		}
		require.Equal(t, 3, read(), route)
		require.Equal(t, 0, read(), route)
		s.store.Fails(method, market.Refuse(market.CodeProductNotFound))
		require.Equal(t, 404, s.send(t, route, body).Status, route)
		require.Equal(t, 0, read(), "%s: a refusal changes nothing", route)
		s.store.Returns(method, market.Product{ID: 5, SellerID: sellerID})
		require.Less(t, s.send(t, route, body).Status, 300, route)
		require.Equal(t, 3, read(), route)
	}
}

// A cached page is never loaded from the replica, whose old
// state would be kept under the new version.
func TestLists_FirstPages_AreCachedAndOthersComeFromTheReplica(t *testing.T) {
	t.Parallel()
	for route, c := range map[string]struct {
		method string
		first  int
	}{
		"GET /products": {"Products", 10}, "GET /seller/products": {"SellerProducts", 2},
		"GET /seller/settlements": {"Settlements", 5},
	} {
		s := newStand(t)
		for page := range c.first + 2 {
			for range 2 {
				require.Equal(t, 200, s.send(t, route+"?page="+strconv.Itoa(page), "").Status)
			}
		}
		require.Len(t, s.store.Calls(c.method), c.first, route)
		require.Len(t, s.lists.Calls(c.method), 2*2, route)
		for _, other := range []string{"?size=11", "?sort=id", "?sort=id,desc", "?sort=id&sort=name"} {
			require.Equal(t, 200, s.send(t, route+other, "").Status)
		}
		require.Len(t, s.store.Calls(c.method), c.first+4, "%s: another request is another page", route)
	}
}

// Cached lists of one seller are not shown to another.
func TestLists_OfASeller_AreNotAnothers(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Does("SellerProducts", func(args ...any) ([]any, error) {
		return []any{market.Page[market.Product]{Content: []market.Product{{Name: "of " +
			strconv.FormatInt(int64(args[0].(market.SellerID)), 10)}}}}, nil
	})
	require.Contains(t, s.send(t, "GET /seller/products", "").body, "of 8")
	s.tokens[market.RoleSeller] = s.token(t, market.RoleSeller, 9)
	require.Contains(t, s.send(t, "GET /seller/products", "").body, "of 9")
	got := s.send(t, "GET /seller/products", "")
	require.Equal(t, "no-store", got.header.Get("Cache-Control"))
	require.Contains(t, got.header.Values("Vary"), "Authorization")
}

func TestListProducts_Search_IsBounded(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for query, want := range map[string]string{
		"keyword=" + times("k", 100):           "",
		"keyword=" + times("%EA%B0%80", 100):   "",
		"keyword=" + times("%EA%B0%80", 101):   "keyword must have at most 100 characters.",
		"keyword=a&categoryId=1":               "",
		"categoryId=0":                         "categoryId is invalid.",
		"categoryId=x":                         "categoryId is invalid.",
		"categoryId=":                          "",
		"keyword=%00":                          "keyword contains a control character or a line break.",
		"keyword=%FF":                          "keyword is not valid UTF-8.",
		"keyword=%E2%80%AE":                    "keyword contains a character that overrides the direction of text.",
		"keyword=" + times("%20", 300) + "b":   "",
		"keyword=a%zz":                         "The query string is malformed: each parameter is name=value, escaped and joined by &.",
		"categoryId=1&sort=price,desc&size=20": "",
	} {
		got := s.send(t, "GET /products?"+query, "")
		if want == "" {
			require.Equal(t, 200, got.Status, "%s: %s", query, got.body)
			continue
		}
		require.Equal(t, 400, got.Status, query)
		require.Equal(t, want, got.Message, query)
	}
}

func TestRedis_Away_CatalogueIsReadFromTheStore(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.cache.Close()
	for _, route := range []string{"GET /products", "GET /products/5", "GET /categories"} {
		require.Equal(t, 200, s.send(t, route, "").Status, route)
	}
	require.Len(t, s.store.Calls(), 3)
}
