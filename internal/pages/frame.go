package pages

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// Frame is the layout around a page's content.
type Frame struct {
	*Site
	Title string

	english  bool
	path     string // of the request
	loggedIn bool
	caller   auth.Principal
	name     string           // of the reader's account; "" for an unknown one
	address  string           // of the page; "" if it is the response to a form
	theme    string           // that the reader has chosen; "" for the browser's
	searched string           // what the reader searches for
	scripts  []string         // that the page runs, by their addresses
	notice   string           // the outcome of the submitted form; "" for none
	link     Link             // of the notice
	kind     NoticeKind       // of the notice
	waiting  map[string]int64 // by the paths of tabs
}

// Frame returns the frame of a requested page.
func (s *Site) Frame(r *http.Request, title Text) Frame {
	f := Frame{Site: s, english: web.English(r), path: r.URL.Path, loggedIn: web.Caller(r).ID != 0,
		caller: web.Caller(r), address: addressOf(r), theme: themeOf(r)}
	f.Title = f.T(title)
	f.name = f.caller.Name
	if f.loggedIn && s.Reader != nil {
		reader, err := s.Reader(r)
		if err != nil && r.Context().Err() == nil {
			slog.WarnContext(r.Context(), "page reader not loaded", "site", s.ID, "err", err)
		}
		f.waiting, f.name = reader.Waiting, cmp.Or(reader.Name, f.name)
	}
	q := r.URL.Query()
	if s.Search != nil && r.URL.Path == s.Base+s.Search.Path {
		f.searched = q.Get("keyword")
	}
	if o, ok := r.Context().Value(outcomeKey{}).(outcome); ok {
		f.notice, f.kind = accountNotice(f, o.name), NoticeSuccess
		if f.notice == "" && s.Notice != nil {
			f.notice = s.Notice(f, o.name, o.counts[:])
			if s.NoticeKind != nil {
				f.kind = s.NoticeKind(o.name, o.counts[:])
			}
		}
		f.link = s.NoticeLinks[o.name]
	}
	return f
}

// Scripted returns the Frame of a page that runs scripts: the named assets of the site, and
// external ones, given by their addresses. They may connect to this server and to the sources in
// more, in the syntax of the directive connect-src, with further directives after it.
func (s *Site) Scripted(w http.ResponseWriter, r *http.Request, title Text, more string, scripts ...string) Frame {
	f := s.Frame(r, title)
	sources := "'self'"
	for _, script := range scripts {
		if u, err := url.Parse(script); err == nil && u.Host != "" {
			sources += " " + u.Scheme + "://" + u.Host
		} else {
			script = s.Asset(script)
		}
		f.scripts = append(f.scripts, script)
	}
	w.Header().Set("Content-Security-Policy", s.policy()+"; script-src "+sources+"; connect-src 'self'"+more)
	return f
}

// Text is a text of pages in their languages. A site's texts are in its file texts.go; labels of states, reasons and
// events are in tables.
type Text struct{ Ko, En string }

// in returns the text in a reader's language.
func (t Text) in(english bool) string {
	if english {
		return t.En
	}
	return t.Ko
}

// T returns a text in the reader's language.
func (f Frame) T(t Text) string { return t.in(f.english) }

// language returns the code of the reader's language.
func (f Frame) language() string {
	if f.english {
		return "en"
	}
	return "ko"
}

// May reports whether the reader is a member of staff who has a permission.
func (f Frame) May(p market.Permission) bool { return f.caller.May(p) }

// Is reports whether an account of staff is the reader's own.
func (f Frame) Is(staffID int64) bool { return f.caller.ID == staffID }

// shownTabs returns the tabs that the reader may open.
func (f Frame) shownTabs() (tabs []Tab) {
	for _, t := range f.Tabs {
		if t.Permission == "" || f.May(t.Permission) {
			tabs = append(tabs, t)
		}
	}
	return tabs
}

// hasMenu reports whether the page has a menu at its side.
func (f Frame) hasMenu() bool { return f.SideBar && f.loggedIn && len(f.shownTabs()) > 0 }

// hasSearch reports whether the bar has a search box. On an open site, the page of the results has its own, with
// filters.
func (f Frame) hasSearch() bool {
	if f.Search == nil {
		return false
	}
	if f.Open {
		return f.path != f.Base+f.Search.Path
	}
	return f.loggedIn
}

// group is consecutive tabs of a group.
type group struct {
	name Text
	tabs []Tab
}

// groups returns the tabs that the reader may open, by their groups.
func (f Frame) groups() (all []group) {
	for _, t := range f.shownTabs() {
		if len(all) == 0 || all[len(all)-1].name != t.Group {
			all = append(all, group{name: t.Group})
		}
		last := &all[len(all)-1]
		last.tabs = append(last.tabs, t)
	}
	return all
}

// fullName returns the name of the site in titles of pages.
func (f Frame) fullName() string {
	if f.Name == (Text{}) {
		return "All-In-Market"
	}
	return f.T(f.Name) + " · All-In-Market"
}

// accountPath returns the path of the page of the reader's own account.
func (f Frame) accountPath() string {
	if f.caller.Role == market.RoleAdmin {
		return FactorPath
	}
	return ProfilePath
}

// Waiting returns how many items of a tab wait for the reader.
func (f Frame) Waiting(path string) int64 { return f.waiting[path] }

// LoggedIn reports whether the reader is logged in.
func (f Frame) LoggedIn() bool { return f.loggedIn }

// LogInFor returns the address of the login that leads to a page of the site.
func (f Frame) LogInFor(path string) string {
	return f.Base + "/login?" + url.Values{"next": {f.Base + path}}.Encode()
}

// under reports whether the page belongs to a tab.
func (f Frame) under(path string) bool {
	at := strings.TrimPrefix(f.path, f.Base)
	return at == path || (path != "/" && strings.HasPrefix(at, path+"/"))
}
