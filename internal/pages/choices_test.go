package pages

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestChoices_Links_StayOnThePageAndSetACookie(t *testing.T) {
	t.Parallel()
	s := newStand(t, market.RoleBuyer)
	s.logIn(t)
	page := s.Get(t, "/site/?a=b")
	require.True(t, page.HasLink("/site/?a=b&lang=ko"), page.Links)
	require.True(t, page.HasLink("/site/?a=b&theme=dark"), page.Links)
	for query, want := range map[string]string{
		"lang=ko": "lang=ko", "theme=light": "theme=light", "lang=fr": "", "theme=": "", "lang=ko%3Bx": "",
	} {
		got := s.Get(t, "/site/?a=b&"+query)
		require.Equal(t, http.StatusSeeOther, got.Status, query)
		require.Equal(t, "/site/?a=b", got.Location, query)
		cookie, _, _ := strings.Cut(got.Header.Get("Set-Cookie"), ";")
		require.Equal(t, want, cookie, query)
	}
}

func TestChoices_Cookies_DecideAboutLanguageAndTheme(t *testing.T) {
	t.Parallel()
	s := newStand(t, market.RoleBuyer)
	require.Equal(t, "en", s.Get(t, "/site/login").Lang)
	require.NotContains(t, s.Get(t, "/site/login").Body, "data-theme")
	for value, lang := range map[string]string{"ko": "ko", "en": "en", "fr": "en", "": "en"} {
		s.Browser.Cookie = &http.Cookie{Name: "lang", Value: value}
		for _, path := range []string{"/site/login", "/site/forgot"} {
			require.Equal(t, lang, s.Get(t, path).Lang, "%s with %q", path, value)
		}
	}
	s.Browser.Cookie = &http.Cookie{Name: "theme", Value: "dark"}
	require.Contains(t, s.Get(t, "/site/login").Body, `data-theme="dark"`)
	require.Contains(t, s.Get(t, "/site/login").Body, `name="color-scheme" content="dark"`)
	s.Browser.Cookie = &http.Cookie{Name: "theme", Value: "sepia"}
	require.NotContains(t, s.Get(t, "/site/login").Body, "data-theme")
}

// The address of a form may have no page.
func TestChoices_ResponseToAForm_HasNoLinks(t *testing.T) {
	t.Parallel()
	s := newStand(t, market.RoleBuyer)
	got := s.Post(t, "/site/forgot", url.Values{"email": {"kim"}})
	require.Equal(t, 400, got.Status)
	for _, link := range got.Links {
		require.NotContains(t, link, "lang=")
	}
	require.True(t, s.Get(t, "/site/forgot").HasLink("/site/forgot?lang=ko"))
}

// A chosen language does not lead to another site.
func TestChoices_AddressOfAnotherSite_IsNotFollowed(t *testing.T) {
	t.Parallel()
	s := newStand(t, market.RoleBuyer)
	for _, path := range []string{"//elsewhere.example/?lang=ko", "/elsewhere?lang=ko"} {
		require.NotContains(t, s.Get(t, path).Location, "elsewhere")
	}
}

func TestMenu_Groups_AreThoseOfTheTabsThatTheReaderMayOpen(t *testing.T) {
	t.Parallel()
	a, b := Text{Ko: "가", En: "A"}, Text{Ko: "나", En: "B"}
	f := Frame{Site: &Site{Tabs: []Tab{
		{Path: "/"}, {Path: "/1", Group: a}, {Path: "/2", Group: a},
		{Path: "/3", Group: b, Permission: market.PermissionReadAudit}, {Path: "/4", Group: b},
	}}}
	var seen []string
	for _, g := range f.groups() {
		paths := g.name.En + ":"
		for _, t := range g.tabs {
			paths += t.Path
		}
		seen = append(seen, paths)
	}
	require.Equal(t, []string{":/", "A:/1/2", "B:/4"}, seen)
}

func TestIcons_EachFile_IsAnIcon(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, iconsByName)
	for name, svg := range iconsByName {
		require.True(t, strings.HasPrefix(svg, "<svg ") && strings.HasSuffix(svg, "</svg>"), name)
		require.NotContains(t, svg, "style", name)
	}
	require.Panics(t, func() { Icon("nothing") })
}
