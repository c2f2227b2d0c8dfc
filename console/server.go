// Package console is the pages of the marketplace's own staff, as the server of admins shows
// them under /. They work without scripts, load nothing from elsewhere, and do what the JSON
// interface does, by the same back office.
package console

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// Server shows pages to admins.
type Server struct {
	Auth       *login.Auth
	Store      *store.Store
	Lists      *store.Store // for lists that may lag behind: a replica, or Store
	Office     *backoffice.Office
	TemporalUI string // where workflows can be looked at: its address with the namespace; "" when nobody said
}

//go:embed assets
var assets embed.FS

// sessionCookie holds the token of a browser's session.
const sessionCookie = "console"

// Routes adds the console's pages to the router of the admin server.
func (s *Server) Routes(router *mux.Router) {
	route := func(r *mux.Router, method, path string, h web.Handler) { r.Handle(path, s.page(h)).Methods(method) }
	router.PathPrefix("/assets/").Handler(cached(http.FileServerFS(assets))).Methods(http.MethodGet)
	{ // everybody
		r := router.NewRoute().Subrouter()
		r.Use(web.SameOrigin())
		route(r, http.MethodGet, "/login", s.showLogin)
		route(r, http.MethodPost, "/login", s.logIn)
	}
	{ // admins
		r := router.NewRoute().Subrouter()
		r.Use(web.SameOrigin(), s.requireSession)
		route(r, http.MethodPost, "/logout", s.logOut)
		route(r, http.MethodGet, "/", s.showOverview)
		route(r, http.MethodGet, "/refunds", s.listRefunds)
		route(r, http.MethodPost, "/refunds", s.decideRefunds)
		route(r, http.MethodGet, "/refunds/{refundId}", s.showRefund)
		route(r, http.MethodGet, "/orders", s.listOrders)
		route(r, http.MethodGet, "/orders/{orderId}", s.showOrder)
		route(r, http.MethodGet, "/sellers", s.listSellers)
		route(r, http.MethodPost, "/sellers/{sellerId}", s.setSellerStatus)
		route(r, http.MethodGet, "/payouts", s.listPayouts)
		route(r, http.MethodPost, "/payouts/{payoutId}", s.inquirePayout)
		route(r, http.MethodGet, "/breaks", s.listBreaks)
		route(r, http.MethodPost, "/breaks/{breakId}", s.acceptBreak)
	}
}

// policy lets a page use its own style sheet and send its own forms, and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'"

// page makes a handler that answers with pages: what it fails with is a page, too.
func (s *Server) page(h web.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-store")
		err := h(w, r)
		if err == nil || (errors.Is(err, context.Canceled) && r.Context().Err() != nil) {
			return
		}
		status, message := web.Explain(r, err)
		f := newFrame(r, "처리하지 못했습니다", "That did not work")
		show(w, r, status, failurePage(f, status, message))
	})
}

// show answers with a page.
func show(w http.ResponseWriter, r *http.Request, status int, page templ.Component) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = page.Render(r.Context(), w) // it fails when the reader has gone
}

// cached lets a browser keep what the program holds for an hour.
func cached(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		h.ServeHTTP(w, r)
	})
}

// requireSession lets those pass who are logged in and whose account still exists, and sends
// others to the login.
func (s *Server) requireSession(next http.Handler) http.Handler {
	return s.page(func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.visitor(r)
		switch market.CodeOf(err) {
		case "":
			next.ServeHTTP(w, web.WithCaller(r, p))
			return nil
		case market.CodeTokenExpired, market.CodeAdminNotFound:
			back := "/"
			if r.Method == http.MethodGet {
				back = r.URL.RequestURI()
			}
			http.Redirect(w, r, loginPath(back), http.StatusSeeOther)
			return nil
		}
		return err
	})
}

func (s *Server) visitor(r *http.Request) (auth.Principal, error) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || cookie.Value == "" {
		return auth.Principal{}, market.Refuse(market.CodeTokenExpired)
	}
	p, err := s.Auth.Sessions.Visit(r.Context(), market.RoleAdmin, cookie.Value)
	if err != nil {
		return p, err
	}
	return p, s.Store.CheckAdmin(r.Context(), p.ID)
}

// frame is what every page shows around its content.
type frame struct {
	english  bool
	path     string // of the request
	title    string
	loggedIn bool
	notice   string // what has come of the form that was sent before; "" for none
}

func newFrame(r *http.Request, ko, en string) frame {
	f := frame{english: web.English(r), path: r.URL.Path, loggedIn: web.Caller(r).ID != 0}
	f.title = f.say(ko, en)
	q := r.URL.Query()
	f.notice = f.text(notice(q.Get("notice")), q["n"])
	return f
}

// say is a text in the reader's language.
func (f frame) say(ko, en string) string {
	if f.english {
		return en
	}
	return ko
}

func (f frame) lang() string { return f.say("ko", "en") }

// when shows an instant to the minute, in the market's time zone.
func when(t market.LocalTime) string { return time.Time(t).In(market.Zone).Format("2006-01-02 15:04") }
