package pages

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig/browser"
)

// shown returns a page with a component.
func shown(t *testing.T, c templ.Component) *browser.Page {
	t.Helper()
	var page strings.Builder
	require.NoError(t, c.Render(t.Context(), &page))
	return browser.Parse(t, `<html lang="en"><title>t</title><main>`+page.String()+`</main>`)
}

func TestPages_LongList_OffersEachPageAndSize(t *testing.T) {
	t.Parallel()
	f := Frame{Site: &Site{Base: "/shop"}, english: true}
	list := func(p market.Page[int]) *browser.Page {
		return shown(t, Pages(f, "/orders", Listed[int]{
			Page: p, Query: url.Values{"keyword": {"a b"}, "page": {"7"}, "size": {"50"}},
		}))
	}
	got := list(market.Page[int]{CurrentPage: 2, TotalPages: 3, TotalElements: 140, Size: 50})
	require.Equal(t, []string{
		"/shop/orders?keyword=a+b&page=0&size=50", "/shop/orders?keyword=a+b&page=2&size=50",
	}, got.Links)
	form := got.Forms[0]
	require.Equal(t, url.Values{"keyword": {"a b"}, "goto": {"2"}, "size": {"50"}}, form.Values())
	require.Equal(t, "3", form.Field("goto").Max)
	require.Equal(t, []string{"20", "50", "100"}, form.Field("size").Options)
	require.Empty(t, list(market.Page[int]{CurrentPage: 1, TotalPages: 1, TotalElements: Rows, Size: Rows}).Forms)
	open := list(market.Page[int]{CurrentPage: 1, TotalPages: 3, TotalElements: 140, Size: 50, TotalIsMinimum: true})
	require.Equal(t, "10000001", open.Forms[0].Field("goto").Max, "the last page is not known")
}

func TestPages_TypedNumber_LeadsToItsPage(t *testing.T) {
	t.Parallel()
	s := newStand(t, market.RoleBuyer)
	s.logIn(t)
	for typed, want := range map[string]string{
		"1": "page=0", "3": "page=2", "0": "page=0", "-4": "page=0", "x": "page=0", "": "page=0",
		"99999999999": "page=10000000", "20000000": "page=10000000",
	} {
		got := s.Get(t, "/site/?goto="+typed+"&size=50&status=PAID")
		require.Equal(t, http.StatusSeeOther, got.Status, typed)
		require.Equal(t, "/site/?"+want+"&size=50&status=PAID", got.Location, typed)
	}
}

func TestAge_OfWhatWaits_HasTheColourOfItsDeadline(t *testing.T) {
	t.Parallel()
	f := Frame{Site: &Site{}, english: true}
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, market.Zone)
	for waited, want := range map[time.Duration][2]string{
		-time.Minute: {"fresh", "0 min"}, 59 * time.Minute: {"fresh", "59 min"}, 23 * time.Hour: {"fresh", "23 h"},
		24 * time.Hour: {"aging", "1 d (due soon)"}, 72 * time.Hour: {"late", "3 d (overdue)"},
	} {
		a := Waited{market.LocalTime(now.Add(-waited)), now, 24 * time.Hour, 72 * time.Hour}
		require.Equal(t, want, [2]string{a.level(), shown(t, Age(f, a)).Text}, waited)
	}
}

// A question submits the form around it, and can be closed without.
func TestAsk_Buttons_SubmitOrClose(t *testing.T) {
	t.Parallel()
	f := Frame{Site: &Site{}, english: true}
	var page strings.Builder
	require.NoError(t, Ask(f, "ask", "Delete", "It is gone.", "delete", "1").Render(t.Context(), &page))
	got := browser.Parse(t, `<html lang="en"><title>t</title><form action="/x">`+page.String()+`</form>`)
	require.Len(t, got.Forms[0].Buttons, 1)
	require.Equal(t, "delete", got.Forms[0].Buttons[0].Name)
	require.Contains(t, page.String(), "It is gone.")
	require.Equal(t, 2, strings.Count(page.String(), `popovertarget="ask"`))
}

// The steps that are done, and the next one, are marked.
func TestSteps_Current_IsMarked(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	require.NoError(t, Steps([]string{"a", "b", "c"}, 1).Render(t.Context(), &page))
	require.Equal(t, 1, strings.Count(page.String(), `class="done"`))
	require.Contains(t, page.String(), `aria-current="step">b<`)
}

func TestAgo_EachAge_IsInItsLargestUnit(t *testing.T) {
	t.Parallel()
	f := Frame{Site: shop, english: true}
	at := market.LocalTime(time.Date(2026, 11, 30, 12, 0, 0, 0, market.Zone))
	for passed, want := range map[time.Duration]string{
		-time.Hour: "2026-11-30 12:00", -time.Second: "just now", 59 * time.Second: "just now",
		time.Minute: "1 minute ago", 59 * time.Minute: "59 minutes ago", time.Hour: "1 hour ago",
		23*time.Hour + 59*time.Minute: "23 hours ago", 24 * time.Hour: "1 day ago", 7*24*time.Hour - 1: "6 days ago",
		7 * 24 * time.Hour: "2026-11-30 12:00",
	} {
		require.Equal(t, want, f.ago(passed, at), passed)
	}
	f.english = false
	require.Equal(t, "3분 전", f.ago(3*time.Minute, at))
	var shown bytes.Buffer
	require.NoError(t, Ago(f, at).Render(t.Context(), &shown))
	require.Contains(t, shown.String(), `datetime="2026-11-30T12:00:00+09:00" title="2026-11-30 12:00"`)
}
