// Package pages is what the pages of admins, sellers and buyers have in common: their frame,
// style sheet and words, the login of a browser and its session, lists and forms.
//
// Pages work without scripts and load nothing from elsewhere. Templates are *.templ files;
// `make generate` writes their Go code.
package pages

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/a-h/templ"
	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// Site is the pages of one role, with their own login.
type Site struct {
	Accounts *login.Accounts // the accounts that may log in
	ID       string          // selects its colour and its mark: "shop", "seller" or "console"
	Name     Text            // that pages have beside the marketplace's; empty for the shop
	Base     string          // the path prefix of all its pages: "" or such as "/seller-center"
	Cookie   string          // cookie with the token of a browser's session
	Tabs     []Tab
	SideBar  bool  // tabs are at the side, in groups, and not in the bar at the top
	Search   *Link // the page of the search in the bar, with the label of its field keyword; nil for none
	// Reader reads the reader of a page, with one statement at most; nil for nothing. A page is shown without its
	// reader when Reader fails.
	Reader func(r *http.Request) (Reader, error)
	Inbox  Inbox  // the notifications of its readers
	Images string // an external origin of pictures; "" for none
	Open   bool   // some pages are for those who are not logged in, too
	SignUp bool   // there is a page /signup
	// Operator is the business that runs the marketplace, which pages for buyers and sellers name.
	Operator market.Business
	// Withdraw closes the account of a caller, and Lost lists what is lost with it; nil where staff logs in.
	Withdraw func(r *http.Request, in login.Withdrawal) error
	Lost     func(f Frame) []string
	// Notice returns the text of a notice with its numbers; "" for an unknown one.
	Notice func(f Frame, name string, counts []int64) string
	// NoticeKind returns the kind of a notice; nil where all notices are of success.
	NoticeKind func(name string, counts []int64) NoticeKind
	// NoticeLinks are what notices link to, by their names.
	NoticeLinks map[string]Link
}

// Link leads to a page of the site.
type Link struct {
	Path string
	Name Text
}

// Tab links to a part of a site. Members of staff see those that they have the permission for.
type Tab struct {
	Path       string
	Name       Text
	Permission market.Permission // "" for a site of others
	Icon       string            // at the side of a page
	Group      Text              // of the tabs beside it
}

// Reader is the account of a page's reader, as far as all pages show it.
type Reader struct {
	Name    string
	Waiting map[string]int64 // how many items wait for the reader, by the paths of tabs
}

// policy returns a Content-Security-Policy that permits a page's own style sheet, pictures and
// forms only.
func (s *Site) policy() string {
	policy := "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
		"img-src 'self'"
	if s.Images != "" {
		policy += " " + s.Images
	}
	return policy
}

// formBytes bounds forms that a person fills in; one of a thousand products has 70 bytes for each.
const formBytes = 128 << 10

// fileFormBytes bounds the form that submits the lines of a file: at most a thousand, with a
// carrier and a tracking number of 50 characters each.
const fileFormBytes = 1 << 20

// Router adds the site's login, logout and style sheet to a router, and returns the function
// that adds pages for those who are logged in.
func (s *Site) Router(router *mux.Router) (route func(method, path string, h web.Handler)) {
	inside := s.inside(router)
	route = func(method, path string, h web.Handler) {
		inside.Handle(s.Base+path, s.page(h)).Methods(method)
	}
	route(http.MethodPost, "/logout", s.logOut)
	s.addProfilePages(route)
	s.addInbox(route)
	return route
}

// StaffRouter is Router for a site of staff, whose pages each require a permission.
func (s *Site) StaffRouter(
	router *mux.Router,
) (route func(method, path string, p market.Permission, h web.Handler)) {
	inside := s.inside(router)
	route = func(method, path string, p market.Permission, h web.Handler) {
		inside.Handle(s.Base+path, s.Accounts.Guard(p, h, s.staffPage)).Methods(method)
	}
	route(http.MethodPost, "/logout", market.PermissionSession, s.logOut)
	return route
}

// inside adds the public routes, and returns the router of pages that require a login.
func (s *Site) inside(router *mux.Router) *mux.Router {
	s.serveAssets(router)
	everybody := router.NewRoute().Subrouter()
	everybody.Use(s.withChoices, s.withFailurePage, web.SameOrigin())
	everybody.Handle(s.Base+"/login", s.page(s.showLogin)).Methods(http.MethodGet)
	everybody.Handle(s.Base+"/login", s.page(s.logIn)).Methods(http.MethodPost)
	s.addAccountPages(s.Everybody(router))
	inside := router.NewRoute().Subrouter()
	inside.Use(s.withChoices, s.withFailurePage, web.SameOrigin(), s.require, withPageNumber)
	return inside
}

// Everybody returns the function that adds pages for those who are not logged in, too.
func (s *Site) Everybody(router *mux.Router) (route func(method, path string, h web.Handler)) {
	outside := router.NewRoute().Subrouter()
	outside.Use(s.withChoices, s.withFailurePage, web.SameOrigin(), s.recognize, withPageNumber)
	return func(method, path string, h web.Handler) {
		outside.Handle(s.Base+path, s.page(h)).Methods(method)
	}
}

// recognize identifies the caller, if logged in, and admits all requests.
func (s *Site) recognize(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p, err := s.visitor(r); err == nil {
			r = web.WithCaller(r, p)
		}
		next.ServeHTTP(w, r)
	})
}

// page returns a handler that responds with pages, also for errors.
func (s *Site) page(h web.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", s.policy())
		w.Header().Set("Cache-Control", "no-store")
		err := h(w, r)
		if err == nil || (errors.Is(err, context.Canceled) && r.Context().Err() != nil) {
			return
		}
		s.fail(w, r, err)
	})
}

// fail responds to an error with a page.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Content-Security-Policy", s.policy())
	w.Header().Set("Cache-Control", "no-store")
	status, message := web.Explain(w, r, err)
	title := textSomethingWentWrong
	if market.CodeOf(err) == market.CodeNotFound {
		title, message = textPageNotFound, s.Frame(r, Text{}).T(textPageNotFoundHint)
	}
	Show(w, r, status, failurePage(s.Frame(r, title), status, message))
}

// withFailurePage has a browser receive a page for an error of any middleware.
func (s *Site) withFailurePage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.FailWithPage(r, s.fail)
		next.ServeHTTP(w, r)
	})
}

// ServeUnknown has a router respond with a page when a browser opens an unknown address below a path.
func (s *Site) ServeUnknown(router *mux.Router, below string) {
	next := router.NotFoundHandler
	page := s.withChoices(s.recognize(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, market.Refuse(market.CodeNotFound))
	})))
	router.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, below) && web.AcceptsHTML(r) {
			page.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// factorField is the form field for confirming the second factor.
const factorField = "confirmation-otp"

// FactorPath is the page at which staff sets up a second factor.
const FactorPath = "/account"

// staffPage is page for a site of staff. For a form that requires a fresh second factor it responds
// with a page that asks for one and submits the form again. Staff who must set up a second factor
// first are redirected to FactorPath.
func (s *Site) staffPage(h web.Handler) http.Handler {
	return s.page(func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodPost {
			if err := Form(w, r); err != nil {
				return err
			}
			if r.PostForm.Has(factorField) {
				code := r.PostForm.Get(factorField)
				r.PostForm.Del(factorField)
				if err := s.Accounts.GiveFactor(r, code); err != nil {
					return s.askFactor(w, r, err)
				}
			}
		}
		err := h(w, r)
		switch market.CodeOf(err) { //nolint:exhaustive // the others are those of any page
		case market.CodeSecondFactorStale:
			return s.askFactor(w, r, err)
		case market.CodeSecondFactorRequired:
			http.Redirect(w, r, s.Base+FactorPath, http.StatusSeeOther)
			return nil
		}
		return err
	})
}

// askFactor responds with a page that asks for a one-time password, and submits the form again with
// it.
func (s *Site) askFactor(w http.ResponseWriter, r *http.Request, problem error) error {
	status, message := web.Explain(w, r, problem)
	if status >= http.StatusInternalServerError {
		return problem
	}
	if market.CodeOf(problem) == market.CodeSecondFactorStale {
		message = ""
	}
	f := s.Frame(r, textConfirmYourIdentity)
	Show(w, r, status, factorPage(f, r.URL.RequestURI(), r.PostForm, message))
	return nil
}

// Show answers with a page.
func Show(w http.ResponseWriter, r *http.Request, status int, page templ.Component) {
	dropNotice(w, r)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = page.Render(r.Context(), w) // it fails when the reader has gone
}

// require lets those pass who are logged in and whose account may still be used, and sends
// others to the login.
func (s *Site) require(next http.Handler) http.Handler {
	return s.page(func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.visitor(r)
		if err == nil {
			next.ServeHTTP(w, web.WithCaller(r, p))
			return nil
		}
		if market.CodeOf(err) == market.CodeRedisUnavailable || market.CodeOf(err) == market.CodeDatabaseUnavailable {
			return err
		}
		back := s.Base + "/"
		if r.Method == http.MethodGet {
			back = r.URL.RequestURI()
		}
		http.Redirect(w, r, s.Base+"/login?"+url.Values{"next": {back}}.Encode(), http.StatusSeeOther)
		return nil
	})
}

func (s *Site) visitor(r *http.Request) (auth.Principal, error) {
	cookie, err := r.Cookie(s.Accounts.HostCookie(s.Cookie))
	if err != nil || cookie.Value == "" {
		return auth.Principal{}, market.Refuse(market.CodeTokenExpired)
	}
	p, err := s.Accounts.Sessions.Touch(r.Context(), s.Accounts.Role, cookie.Value)
	if err != nil {
		return p, err
	}
	if s.Accounts.Role == market.RoleAdmin {
		return s.Accounts.AdmitStaff(r.Context(), p)
	}
	return p, s.Accounts.Check(r.Context(), p.ID)
}

// Check fails when the session of a request in progress has ended, or its account must no longer be
// used.
func (s *Site) Check(r *http.Request) error {
	_, err := s.visitor(r)
	return err
}

// local returns a path of this site, else its first page, so that a login does not redirect to
// another site.
func (s *Site) local(path string) string {
	control := strings.ContainsFunc(path, unicode.IsControl) // browsers leave some of them out
	if !strings.HasPrefix(path, s.Base+"/") || strings.HasPrefix(path, "//") || strings.Contains(path, "\\") ||
		control {
		return s.Base + "/"
	}
	return path
}

func (s *Site) showLogin(w http.ResponseWriter, r *http.Request) error {
	f := s.Frame(r, TextLogIn)
	Show(w, r, http.StatusOK, loginPage(f, s.local(r.URL.Query().Get("next")), "", "", s.secondFactor(), false))
	return nil
}

func (s *Site) secondFactor() bool { return s.Accounts.Role == market.RoleAdmin }

// loginForm is a submitted form of a login.
type loginForm struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	OTP      string `json:"otp"`
	Next     string `json:"next"`
}

func (s *Site) logIn(w http.ResponseWriter, r *http.Request) error {
	if err := Form(w, r); err != nil {
		return err
	}
	var in loginForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	back := s.local(in.Next)
	session, err := s.logInAs(w, r, in)
	if err != nil {
		status, message := Explain(w, r, err)
		Show(w, r, status, loginPage(s.Frame(r, TextLogIn), back, in.Email, message, s.secondFactor(),
			market.CodeOf(err) == market.CodeOTPRequired))
		return nil
	}
	if err := s.endSession(r); err != nil { // the one before, in this browser
		return err
	}
	s.setCookie(w, session.RefreshToken, int(session.Lifetime.Seconds()))
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

// LogInNew logs in an account that has just been created, and leads with a notice to the page that the query names as
// next. If the login is refused, it leads to the login.
func (s *Site) LogInNew(w http.ResponseWriter, r *http.Request, email market.Email, password, notice string) error {
	session, err := s.Accounts.LogIn(w, r, email, password, "", s.Accounts.Sessions.OpenPage)
	if err != nil {
		web.Explain(w, r, err) // for the log: the account exists
		s.Back(w, r, "/login", notice)
		return nil
	}
	if err := s.endSession(r); err != nil {
		return err
	}
	s.setCookie(w, session.RefreshToken, int(session.Lifetime.Seconds()))
	s.Notify(w, notice)
	http.Redirect(w, r, s.local(r.URL.Query().Get("next")), http.StatusSeeOther)
	return nil
}

// SignUpAddress returns the address that the form of a sign-up is sent to: that of its page, with the page to lead to.
func (s *Site) SignUpAddress(r *http.Request) string {
	return s.signUpFor(s.local(r.URL.Query().Get("next")))
}

// signUpFor returns the address of the sign-up that leads to an address.
func (s *Site) signUpFor(next string) string {
	if next == s.Base+"/" {
		return s.Base + "/signup"
	}
	return s.Base + "/signup?" + url.Values{"next": {next}}.Encode()
}

func (s *Site) logInAs(w http.ResponseWriter, r *http.Request, in loginForm) (auth.Session, error) {
	email, err := market.ParseEmail(in.Email)
	if err != nil {
		return auth.Session{}, market.Refuse(market.CodeLoginFailed)
	}
	return s.Accounts.LogIn(w, r, email, in.Password, in.OTP, s.Accounts.Sessions.OpenPage)
}

// logOut ends this browser's session.
func (s *Site) logOut(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie(s.Accounts.HostCookie(s.Cookie)); err == nil {
		if err := s.Accounts.LogoutSession(r, cookie.Value); err != nil {
			return err
		}
	}
	s.setCookie(w, "", -1)
	http.Redirect(w, r, s.Base+"/login", http.StatusSeeOther)
	return nil
}

// endSession ends the page session that the request's cookie names, if it names one.
func (s *Site) endSession(r *http.Request) error {
	cookie, err := r.Cookie(s.Accounts.HostCookie(s.Cookie))
	if err != nil {
		return nil //nolint:nilerr // there is no cookie
	}
	return s.Accounts.Sessions.Delete(r.Context(), s.Accounts.Role, cookie.Value)
}

func (s *Site) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: s.Accounts.HostCookie(s.Cookie), Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true,
		Secure:   s.Accounts.SecureCookies,
		SameSite: http.SameSiteLaxMode, // a link in a chat leads to its page; other sites' forms are refused apart
	})
}

// Form reads a form that was sent, and makes its values canonical.
func Form(w http.ResponseWriter, r *http.Request) error { return form(w, r, formBytes) }

// FileForm is Form for the preview of a file, which submits the file's lines.
func FileForm(w http.ResponseWriter, r *http.Request) error { return form(w, r, fileFormBytes) }

// IsUpload reports whether a form was sent with files. Its handler reads it.
func IsUpload(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

func form(w http.ResponseWriter, r *http.Request, limit int64) error {
	if IsUpload(r) {
		r.PostForm = url.Values{}
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if err := r.ParseForm(); err != nil {
		return web.BodyError(err)
	}
	return web.CanonicalForm(r.PostForm)
}
