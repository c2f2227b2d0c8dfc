package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestWon(t *testing.T) {
	t.Parallel()
	for amount, want := range map[market.Money]string{
		0: "₩0", 99: "₩0.99", 100: "₩1", 999_00: "₩999", 1_000_00: "₩1,000", 999_999_999_999_99: "₩999,999,999,999.99",
		-1_234_567_05: "−₩1,234,567.05",
	} {
		require.Equal(t, want, won(amount))
	}
}

// TestNobodyIsSentElsewhere: what follows a login is a page of this server.
func TestNobodyIsSentElsewhere(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/refunds?status=PENDING": "/refunds?status=PENDING", "": "/", "refunds": "/", "//elsewhere.example": "/",
		"/\\elsewhere.example": "/", "https://elsewhere.example": "/", "/a\r\nSet-Cookie: x": "/",
	} {
		require.Equal(t, want, local(path), path)
	}
}

// TestChoices: a form chooses some rows of a page, by their ids.
func TestChoices(t *testing.T) {
	t.Parallel()
	ids, err := chosen([]string{"3", "1"})
	require.NoError(t, err)
	require.Equal(t, []int64{3, 1}, ids)
	for _, bad := range [][]string{nil, {"x"}, {"1", ""}, strings.Split(strings.Repeat("1,", pageRows)+"1", ",")} {
		_, err := chosen(bad)
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(err), bad)
	}
}

// TestNoticesAreOurs: an address that somebody sends around puts no words on a page.
func TestNoticesAreOurs(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"notice=Your+password+is+wrong": "", "notice=seller": "The seller's state is changed.",
		"notice=decided&n=2&n=1&n=x": "2 refunds are decided, 1 are under way, 0 could not be decided.",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/refunds?"+query, nil)
		r.Header.Set("Accept-Language", "en")
		require.Equal(t, want, newFrame(r, "", "").notice, query)
	}
}

// TestPagesLoadNothing: the policy of every page lets no script and nothing of elsewhere in.
func TestPagesLoadNothing(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login", nil)
	(&Server{}).page((&Server{}).showLogin).ServeHTTP(w, r)
	require.Equal(t, 200, w.Code)
	require.Equal(t, policy, w.Header().Get("Content-Security-Policy"))
	require.NotContains(t, policy, "script-src")
	require.NotContains(t, w.Body.String(), "<script")
	require.NotContains(t, w.Body.String(), "http://")
	require.NotContains(t, w.Body.String(), "style=")
}
