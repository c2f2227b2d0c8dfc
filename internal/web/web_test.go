package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// TestEveryCodeHasAnAnswer reads the constants of package market.
func TestEveryCodeHasAnAnswer(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../market/errors.go", nil, 0)
	require.NoError(t, err)
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			f, ok := failures[market.Code(code)]
			require.True(t, ok, "%s has no status and text", code)
			require.True(t, f.status >= 400 && f.ko != "" && f.en != "", code)
			n++
		}
		return true
	})
	require.Equal(t, len(failures), n)
}

type everything struct {
	Email    string        `json:"email" validate:"omitempty,email,max=100"`
	Password string        `json:"password" validate:"omitempty,min=8,max=20"`
	Phone    string        `json:"phone" validate:"omitempty,phone"`
	IDs      []int64       `json:"cartItemIds" validate:"omitempty,min=1,max=100,dive,gt=0"`
	Quantity int32         `json:"quantity" validate:"gte=0,lte=1000000"`
	Price    *market.Money `json:"price" validate:"omitempty,gte=0,lte=999999999999"`
	Flag     *bool         `json:"isDefault"`
}

// FuzzDecode looks for input that a decoder answers with anything but success,
// 400 or 413, or that makes it panic.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{``, `{}`, `null`, `[1]`, `{"email":"a@b.co","price":12900.50}`, `{"price":1e9}`, `{"price":-0.001}`, `{"quantity":2147483648}`,
		`{"cartItemIds":[1,2,-3]}`, `{"isDefault":"x"}`, "\xff", `{"email":"\u0000"}`, strings.Repeat("[", 10000), `{"price":"12"}`, `{"price":9999999999.999}`} {
		f.Add([]byte(seed), "ko")
	}
	f.Fuzz(func(t *testing.T, body []byte, lang string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
		r.Header.Set("Accept-Language", lang)
		w := httptest.NewRecorder()
		var in everything
		if err := Decode(w, r, "product", &in); err != nil {
			Fail(w, r, err)
			if w.Code != http.StatusBadRequest && w.Code != http.StatusRequestEntityTooLarge {
				t.Fatalf("%q answers %d", body, w.Code)
			}
		} else if in.Price != nil && *in.Price < 0 {
			t.Fatalf("%q passes with a negative price", body)
		}
	})
}

// FuzzPage does the same for the query of lists.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{"", "page=0&size=20&sort=createdAt,desc", "page=-1", "size=1e3", "sort=,", "cursor=%00", "page=9223372036854775808"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.RawQuery = query
		p, err := Page(r, 20)
		if err == nil && (p.Page < 0 || p.Size < 1 || p.Size > MaxPageSize) {
			t.Fatalf("%q passes as %+v", query, p)
		}
		if err != nil && market.CodeOf(err) != market.CodeInvalidInput {
			t.Fatalf("%q: %v", query, err)
		}
	})
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "10.0.0.9:1234"
	r.Header.Add("X-Forwarded-For", "6.6.6.6, 1.2.3.4")
	r.Header.Add("X-Forwarded-For", "5.5.5.5")
	require.Equal(t, "10.0.0.9", ClientAddress(r, 0), "without a proxy of ours the header is the client's own word")
	require.Equal(t, "5.5.5.5", ClientAddress(r, 1))
	require.Equal(t, "1.2.3.4", ClientAddress(r, 2))
	require.Equal(t, "10.0.0.9", ClientAddress(r, 9))
}

func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	h := Outer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }), "test", quietLog(), testMetrics(), 1e9)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, 500, w.Code)
	require.Contains(t, w.Body.String(), `"code":"INTERNAL_SERVER_ERROR"`)
	require.NotContains(t, w.Body.String(), "boom", "inner details stay inside")
}
