package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
)

// shop is a site for tests.
var shop = &Site{
	Base: "/shop", Accounts: &login.Accounts{Role: market.RoleBuyer},
	Notice: func(f Frame, name string, n []int64) string {
		if name != "bought" {
			return ""
		}
		return f.T(Text{Ko: "샀습니다", En: "Bought: "}) + strconv.FormatInt(n[0], 10)
	},
}

func TestWon(t *testing.T) {
	t.Parallel()
	for amount, want := range map[market.Money]string{
		0: "₩0", 99: "₩0.99", 100: "₩1", 999_00: "₩999", 1_000_00: "₩1,000", 999_999_999_999_99: "₩999,999,999,999.99",
		-1_234_567_05: "−₩1,234,567.05",
	} {
		require.Equal(t, want, Won(amount))
	}
}

// What follows a login is a page of this site.
func TestNext_AddressOfAnotherSite_IsIgnored(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/shop/orders?status=PAID": "/shop/orders?status=PAID", "": "/shop/", "orders": "/shop/", "/orders": "/shop/",
		"//elsewhere.example": "/shop/", "/shop/\\elsewhere.example": "/shop/", "https://elsewhere.example": "/shop/",
		"/shop/a\r\nSet-Cookie: x": "/shop/", "/shop/\t/elsewhere.example": "/shop/",
	} {
		require.Equal(t, want, shop.local(path), path)
	}
	for _, path := range []string{"//elsewhere.example", "/\t/elsewhere.example", "/\x00/elsewhere.example"} {
		require.Equal(t, "/", (&Site{}).local(path), "%q", path)
	}
}

// A manipulated cookie puts no text on a page.
func TestNotice_Unknown_IsIgnored(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"notice=Your+password+is+wrong": "", "notice=bought&n=2&n=x&n=3&n=4": "Bought: 2", "notice=bought": "Bought: 0", "": "",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/shop/?"+query, nil)
		r.Header.Set("Accept-Language", "en")
		require.Empty(t, shop.Frame(shop.withNotice(r), Text{}).notice, "an address has no notice")
		r.AddCookie(&http.Cookie{Name: noticeCookie, Value: query})
		require.Equal(t, want, shop.Frame(shop.withNotice(r), Text{}).notice, query)
	}
}

// The policy of every page lets no script and nothing of elsewhere in.
func TestLayout_Resources_AreOwn(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/shop/login", nil)
	shop.page(shop.showLogin).ServeHTTP(w, r)
	require.Equal(t, 200, w.Code)
	require.Equal(t, shop.policy(), w.Header().Get("Content-Security-Policy"))
	require.NotContains(t, shop.policy(), "script-src")
	for _, not := range []string{"<script", "http://", "https://", "style="} {
		require.NotContains(t, w.Body.String(), not)
	}
	require.Contains(t, w.Body.String(), shop.Asset("pages.css"))
	require.NotContains(t, w.Body.String(), "otp", "only admins have a second factor")
}

func TestRouter_AssetFolder_IsNotListed(t *testing.T) {
	t.Parallel()
	router := mux.NewRouter()
	(&Site{Base: "/shop", Accounts: &login.Accounts{}}).Router(router)
	for path, want := range map[string]int{
		"/shop/assets/pages.css": http.StatusOK, "/shop/assets/": http.StatusNotFound, "/shop/assets/x/": http.StatusNotFound,
		"/shop/assets/x/x/pages.css": http.StatusNotFound, "/shop/assets/x/y.css": http.StatusNotFound,
	} {
		w := httptest.NewRecorder()
		router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		require.Equal(t, want, w.Code, path)
	}
}

// An asset's address changes with its content, so that it is kept for a year; an older address has the present content.
func TestAssets_EachFile_IsKeptAtItsHash(t *testing.T) {
	t.Parallel()
	router := mux.NewRouter()
	site := &Site{Base: "/shop", Accounts: &login.Accounts{}}
	site.Router(router)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		require.Equal(t, http.StatusOK, w.Code, path)
		return w
	}
	require.NotEmpty(t, hashes)
	for name, hash := range hashes {
		content, err := assets.ReadFile("assets/" + name)
		require.NoError(t, err)
		sum := sha256.Sum256(content)
		require.Equal(t, hex.EncodeToString(sum[:])[:12], hash, name)
		kept := get(site.Asset(name))
		require.Equal(t, "public, max-age=31536000, immutable", kept.Header().Get("Cache-Control"), name)
		require.Equal(t, content, kept.Body.Bytes(), name)
		for _, path := range []string{"/shop/assets/" + name, "/shop/assets/0123456789ab/" + name} {
			other := get(path)
			require.Equal(t, "no-cache", other.Header().Get("Cache-Control"), path)
			require.Equal(t, content, other.Body.Bytes(), path)
		}
	}
}

// Browsers refuse a cookie of this name from another host, or
// without TLS.
func TestSetCookie_OverTLS_IsOfThisHostAlone(t *testing.T) {
	t.Parallel()
	for secure, name := range map[bool]string{true: "__Host-shop", false: "shop"} {
		s := &Site{Base: "/shop", Cookie: "shop", Accounts: &login.Accounts{Auth: &login.Auth{SecureCookies: secure}}}
		w := httptest.NewRecorder()
		s.setCookie(w, "session", 60)
		cookie := w.Result().Cookies()[0]
		require.Equal(t, name, cookie.Name)
		require.Equal(t, "/", cookie.Path)
		require.Empty(t, cookie.Domain)
		require.Equal(t, secure, cookie.Secure)
		require.True(t, cookie.HttpOnly)
	}
}

// TestWord_EveryReasonOfARefund_HasWords of its own in both languages.
func TestWord_EveryReasonOfARefund_HasWords(t *testing.T) {
	t.Parallel()
	for _, reason := range append(slices.Clone(market.BuyersReasons), market.ReasonAdminDecision,
		market.ReasonAmountMismatch, market.ReasonOrderExpired, market.ReasonPaymentFailed, market.ReasonSaleStopped) {
		for _, english := range []bool{false, true} {
			word := Frame{english: english}.Label(string(reason))
			require.NotEqual(t, string(reason), word)
			require.NotEmpty(t, word)
		}
	}
}
