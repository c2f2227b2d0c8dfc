package pages

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// The choices of a reader, as parameters of addresses and as cookies.
const (
	languageChoice = "lang"
	themeChoice    = "theme"
)

// choices are the values of each choice.
var choices = map[string][]string{languageChoice: {"ko", "en"}, themeChoice: {"light", "dark"}}

// choiceLifetime is how long a browser keeps a choice.
const choiceLifetime = 365 * 24 * time.Hour

// withChoices is middleware that applies the language that the reader has chosen. A link that chooses a language or a
// theme leads to its page again.
func (s *Site) withChoices(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); r.Method == http.MethodGet && (q.Has(languageChoice) || q.Has(themeChoice)) {
			s.choose(w, r, q)
			return
		}
		if language := s.choice(r, languageChoice); language != "" {
			r = r.Clone(r.Context())
			r.Header.Set("Accept-Language", language)
		}
		if theme := s.choice(r, themeChoice); theme != "" {
			r = r.WithContext(context.WithValue(r.Context(), themeKey{}, theme))
		}
		next.ServeHTTP(w, s.withNotice(r))
	})
}

// choose keeps the choices of a query, and redirects to the page without them.
func (s *Site) choose(w http.ResponseWriter, r *http.Request, q url.Values) {
	for name, values := range choices {
		if chosen := q.Get(name); slices.Contains(values, chosen) {
			http.SetCookie(w, &http.Cookie{
				Name: s.Accounts.HostCookie(name), Value: chosen, Path: "/", MaxAge: int(choiceLifetime.Seconds()),
				HttpOnly: true, Secure: s.Accounts.SecureCookies, SameSite: http.SameSiteLaxMode,
			})
		}
		q.Del(name)
	}
	page := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
	http.Redirect(w, r, s.local(page.String()), http.StatusSeeOther)
}

// choice returns what the reader has chosen; "" for nothing.
func (s *Site) choice(r *http.Request, name string) string {
	cookie, err := r.Cookie(s.Accounts.HostCookie(name))
	if err != nil || !slices.Contains(choices[name], cookie.Value) {
		return ""
	}
	return cookie.Value
}

// themeKey is the key of a chosen theme in contexts.
type themeKey struct{}

// themeOf returns the theme that the reader of a page has chosen; "" for none.
func themeOf(r *http.Request) string {
	theme, _ := r.Context().Value(themeKey{}).(string)
	return theme
}

// refusedKey is the key of contexts of pages that are the response to a form.
type refusedKey struct{}

// asRefused returns a request whose page has no links that choose a language or a theme: they would lead to the address
// of the form.
func asRefused(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), refusedKey{}, true))
}

// addressOf returns the address of the requested page; "" for the response to a form.
func addressOf(r *http.Request) string {
	if r.Method != http.MethodGet || r.Context().Value(refusedKey{}) != nil {
		return ""
	}
	page := url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	return page.String()
}

// chosen returns the address of this page with a choice.
func (f Frame) chosen(name, value string) string {
	u, err := url.Parse(f.address)
	if err != nil {
		return f.Base + "/"
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// colourScheme returns the colour schemes that the page is shown in.
func (f Frame) colourScheme() string {
	if f.theme != "" {
		return f.theme
	}
	return "light dark"
}
