package pages

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// Frame is what a page shows around its content.
type Frame struct {
	*Site
	Title string

	english  bool
	path     string // of the request
	loggedIn bool
	caller   auth.Principal
	scripts  []string         // that the page runs, by their addresses
	notice   string           // what has come of the form that was sent before; "" for none
	waiting  map[string]int64 // by the paths of tabs
}

// Frame is that of the page that a request asks for.
func (s *Site) Frame(r *http.Request, ko, en string) Frame {
	f := Frame{Site: s, english: web.English(r), path: r.URL.Path, loggedIn: web.Caller(r).ID != 0, caller: web.Caller(r)}
	f.Title = f.Say(ko, en)
	for _, t := range f.shownTabs() {
		if f.loggedIn && t.Waiting != nil {
			if f.waiting == nil {
				f.waiting = map[string]int64{}
			}
			f.waiting[t.Path] = t.Waiting(r)
		}
	}
	q := r.URL.Query()
	name := q.Get("notice")
	if f.notice = accountNotice(f, name); f.notice == "" && name != "" && s.Notice != nil {
		var counts [3]int64
		for i, n := range q["n"][:min(len(q["n"]), len(counts))] {
			counts[i], _ = strconv.ParseInt(n, 10, 64)
		}
		f.notice = s.Notice(f, name, counts[:])
	}
	return f
}

// Scripted is the Frame of a page that runs scripts: those of the site's assets that are named,
// and those of elsewhere, given by their addresses. They may talk to this server, and to what more
// says besides, as the directive connect-src takes it, with more directives behind it.
func (s *Site) Scripted(w http.ResponseWriter, r *http.Request, ko, en, more string, scripts ...string) Frame {
	f := s.Frame(r, ko, en)
	sources := "'self'"
	for _, script := range scripts {
		if u, err := url.Parse(script); err == nil && u.Host != "" {
			sources += " " + u.Scheme + "://" + u.Host
		} else {
			script = s.Base + "/assets/" + script
		}
		f.scripts = append(f.scripts, script)
	}
	w.Header().Set("Content-Security-Policy", s.policy()+"; script-src "+sources+"; connect-src 'self'"+more)
	return f
}

// Say is a text in the reader's language.
func (f Frame) Say(ko, en string) string {
	if f.english {
		return en
	}
	return ko
}

// May reports whether the reader is a member of staff who has a permission.
func (f Frame) May(p market.Permission) bool { return f.caller.May(p) }

// Is reports whether an account of staff is the reader's own.
func (f Frame) Is(staffID int64) bool { return f.caller.ID == staffID }

// shownTabs are those that the reader may open.
func (f Frame) shownTabs() (tabs []Tab) {
	for _, t := range f.Tabs {
		if t.Permission == "" || f.May(t.Permission) {
			tabs = append(tabs, t)
		}
	}
	return tabs
}

// Waiting returns how many items of a tab wait for the reader.
func (f Frame) Waiting(path string) int64 { return f.waiting[path] }

// LoggedIn says whether the reader is.
func (f Frame) LoggedIn() bool { return f.loggedIn }

// LogInFor is the address of the login that leads to a page of the site.
func (f Frame) LogInFor(path string) string {
	return f.Base + "/login?" + url.Values{"next": {f.Base + path}}.Encode()
}

// under says whether the page is that of a tab, or one below it.
func (f Frame) under(path string) bool {
	at := strings.TrimPrefix(f.path, f.Base)
	return at == path || (path != "/" && strings.HasPrefix(at, path+"/"))
}

// Back leads from a form that was sent to the list that it was on, with a notice of what has
// come of it: to load that anew sends nothing again. What the notice says is the site's: an
// address that somebody sends around puts no words on a page.
func (s *Site) Back(w http.ResponseWriter, r *http.Request, path, notice string, counts ...int64) {
	q := url.Values{"status": {r.PostForm.Get("status")}, "notice": {notice}}
	for _, count := range counts {
		q.Add("n", strconv.FormatInt(count, 10))
	}
	http.Redirect(w, r, s.Base+path+"?"+q.Encode(), http.StatusSeeOther)
}
