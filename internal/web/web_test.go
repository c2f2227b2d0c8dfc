package web

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// It reads the constants of package market.
func TestMessages_EachCode_HasOne(t *testing.T) {
	t.Parallel()
	codes := constants(t, "../market/errors.go", "Code")
	for _, code := range codes {
		f, ok := failures[market.Code(code)]
		require.True(t, ok, "%s has no status and text", code)
		require.True(t, f.status >= 400 && f.ko != "" && f.en != "", code)
	}
	require.Len(t, codes, len(failures))
}

// It compares the description of ErrorCode in the OpenAPI document with the codes that there are: each with its status
// and the first sentence of its English message. UPDATE_DOCS=1 writes it.
func TestErrorCodes_AreInTheDocument(t *testing.T) {
	t.Parallel()
	const (
		file  = "../../api/openapi.yaml"
		begin = "      # written by UPDATE_DOCS=1 go test -run TestErrorCodes_AreInTheDocument ./internal/web\n"
		end   = "      enum: ["
	)
	byStatus := map[int][]string{}
	for _, code := range slices.Sorted(maps.Keys(failures)) {
		f := failures[code]
		meaning, _, _ := strings.Cut(f.en, ". ")
		byStatus[f.status] = append(byStatus[f.status],
			fmt.Sprintf("        * `%s`: %s\n", code, strings.TrimSuffix(meaning, ".")))
	}
	var list strings.Builder
	list.WriteString("      description: |\n" +
		"        The cause of an error. Clients must evaluate the code, not the message.\n")
	for _, status := range slices.Sorted(maps.Keys(byStatus)) {
		fmt.Fprintf(&list, "\n        **%d**\n\n%s", status, strings.Join(byStatus[status], ""))
	}
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(content), begin)
	require.True(t, found)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found)
	want := before + begin + list.String() + end + after
	if os.Getenv("UPDATE_DOCS") != "" {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o600))
		return
	}
	require.Equal(t, want, string(content), "write it with UPDATE_DOCS=1")
}

// And both take the same arguments.
func TestMessages_EachDetail_HasBothTexts(t *testing.T) {
	t.Parallel()
	for _, d := range constants(t, "../market/details.go", "Detail") {
		require.Contains(t, details, market.Detail(d))
	}
	for d, text := range details {
		require.NotEmpty(t, text.ko, d)
		require.NotEmpty(t, text.en, d)
		require.Equal(t, verbs(text.ko), verbs(text.en), "the arguments of %s", d)
	}
}

// It counts those of every refusal in the sources.
func TestMessages_Details_HaveTheirArguments(t *testing.T) {
	t.Parallel()
	names := map[string]market.Detail{}
	for name, d := range constants(t, "../market/details.go", "Detail") {
		names[name] = market.Detail(d)
	}
	used := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			if nameOf(call.Fun) != "RefuseWith" {
				return true
			}
			if d := nameOf(call.Args[1]); names[d] != "" {
				used[d] = true
				require.Len(t, call.Args[2:], len(verbs(details[names[d]].en)), "the arguments of %s in %s", d,
					path)
			}
			return true
		})
		return nil
	})
	require.NoError(t, err)
	for name := range names {
		require.True(t, used[name], "nobody refuses with %s", name)
	}
}

// nameOf returns the name of an identifier, with or without its package; "" for another expression.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// verbs are the places for arguments in a text.
func verbs(text string) []string { return regexp.MustCompile(`%[a-z]`).FindAllString(text, -1) }

// constants are those of a type in a source file: values by name.
func constants(t *testing.T, path, ofType string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	found := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == ofType {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			found[spec.Names[0].Name] = value
		}
		return true
	})
	require.NotEmpty(t, found)
	return found
}

// Those with arguments too.
func TestMessages_AcceptLanguage_ChoosesTheText(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{
		"": "페이지 번호는 0 이상 10000000 이하의 정수여야 합니다.", "en-GB": "page must be a whole number from 0 to 10000000.",
	} {
		r := httptest.NewRequest(http.MethodGet, "/?page=x", nil)
		r.Header.Set("Accept-Language", lang)
		_, err := Page(r, 20)
		w := httptest.NewRecorder()
		Fail(w, r, err)
		require.Equal(t, http.StatusBadRequest, w.Code)
		require.Contains(t, w.Body.String(), want)
	}
}

type everything struct {
	Email    string        `json:"email" validate:"omitempty,email,max=100"`
	Password string        `json:"password" validate:"omitempty,min=8,maxbytes=72,uncommon"`
	Phone    string        `json:"phone" validate:"omitempty,phone"`
	IDs      []int64       `json:"cartItemIds" validate:"omitempty,min=1,max=100,dive,gt=0"`
	Quantity int32         `json:"quantity" validate:"gte=0,lte=1000000"`
	Price    *market.Money `json:"price" validate:"omitempty,gte=0,lte=999999999999"`
	Flag     *bool         `json:"isDefault"`
}

// FuzzDecode looks for input that a decoder answers with anything but success,
// 400 or 413, or that makes it panic.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `[1]`, `{"email":"a@b.co","price":12900.50}`, `{"price":1e9}`, `{"price":-0.001}`,
		`{"quantity":2147483648}`, `{"cartItemIds":[1,2,-3]}`, `{"isDefault":"x"}`, "\xff", `{"email":"\u0000"}`,
		strings.Repeat("[", 10000), `{"price":"12"}`, `{"price":9999999999.999}`,
	} {
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
	for _, seed := range []string{
		"", "page=0&size=20&sort=createdAt,desc", "page=-1", "size=1e3", "sort=,", "cursor=%00", "page=9223372036854775808",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.RawQuery = query
		p, err := Page(r, 20)
		if err == nil && (p.Page < 0 || p.Size < 1 || p.Size > market.MaxPageSize) {
			t.Fatalf("%q passes as %+v", query, p)
		}
		if err != nil && market.CodeOf(err) != market.CodeInvalidInput {
			t.Fatalf("%q: %v", query, err)
		}
	})
}

func TestMiddleware_Panic_IsAnInternalError(t *testing.T) {
	t.Parallel()
	h := wrapped(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("boom")
	}), quietLog(), testMetrics(),
		time.Second)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, 500, w.Code)
	require.Contains(t, w.Body.String(), `"code":"INTERNAL_SERVER_ERROR"`)
	require.NotContains(t, w.Body.String(), "boom", "inner details stay inside")
}
