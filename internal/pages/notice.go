package pages

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// noticeCookie is the cookie with the notice of the next page. The site supplies the notice's text: a manipulated
// cookie cannot put text on a page.
const noticeCookie = "notice"

// noticeLifetime is for how many seconds the next page may be on its way.
const noticeLifetime = 60

// outcome is the notice that a page shows.
type outcome struct {
	name   string
	counts [4]int64
	path   string // of the site
}

type outcomeKey struct{}

// Notify has the next page of the site show a notice.
func (s *Site) Notify(w http.ResponseWriter, notice string, counts ...int64) {
	value := url.Values{"notice": {notice}}
	for _, count := range counts {
		value.Add("n", strconv.FormatInt(count, 10))
	}
	http.SetCookie(w, &http.Cookie{
		Name: noticeCookie, Value: value.Encode(), Path: s.root(), MaxAge: noticeLifetime, HttpOnly: true,
		Secure: s.Accounts.SecureCookies, SameSite: http.SameSiteLaxMode,
	})
}

// root is the path of the site's home, and of the cookies for all its pages.
func (s *Site) root() string { return cmp.Or(s.Base, "/") }

// Back redirects from a submitted form to its list, with a notice of the outcome, so that a reload does not submit it
// again.
func (s *Site) Back(w http.ResponseWriter, r *http.Request, path, notice string, counts ...int64) {
	s.Notify(w, notice, counts...)
	if r.PostForm.Has("status") {
		path += "?" + url.Values{"status": {r.PostForm.Get("status")}}.Encode()
	}
	http.Redirect(w, r, s.Base+path, http.StatusSeeOther)
}

// withNotice returns a request for a page with the notice of its cookie.
func (s *Site) withNotice(r *http.Request) *http.Request {
	cookie, err := r.Cookie(noticeCookie)
	if err != nil || r.Method != http.MethodGet {
		return r
	}
	value, err := url.ParseQuery(cookie.Value)
	if err != nil {
		return r
	}
	o := outcome{name: value.Get("notice"), path: s.root()}
	for i, n := range value["n"][:min(len(value["n"]), len(o.counts))] {
		o.counts[i], _ = strconv.ParseInt(n, 10, 64)
	}
	return r.WithContext(context.WithValue(r.Context(), outcomeKey{}, o))
}

// dropNotice removes the notice that a page shows, so that it is shown once.
func dropNotice(w http.ResponseWriter, r *http.Request) {
	if o, ok := r.Context().Value(outcomeKey{}).(outcome); ok {
		http.SetCookie(w, &http.Cookie{Name: noticeCookie, Path: o.path, MaxAge: -1, HttpOnly: true})
	}
}
