package console

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// formBytes is more than any form here needs.
const formBytes = 64 << 10

func loginPath(back string) string { return "/login?" + url.Values{"next": {back}}.Encode() }

// local is a path of this server, else "/": nobody is sent elsewhere after the login.
func local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return "/"
	}
	return path
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request) error {
	f := newFrame(r, "로그인", "Log in")
	show(w, r, http.StatusOK, loginPage(f, local(r.URL.Query().Get("next")), "", "", false))
	return nil
}

func (s *Server) logIn(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	if err := r.ParseForm(); err != nil {
		return web.BodyError(err)
	}
	admins := &login.Accounts{Auth: s.Auth, Role: market.RoleAdmin, Credentials: s.Store.AdminCredentials}
	email, back := strings.TrimSpace(r.PostForm.Get("email")), local(r.PostForm.Get("next"))
	session, err := admins.LogIn(r, email, r.PostForm.Get("password"), r.PostForm.Get("otp"))
	if err != nil {
		status, message := web.Explain(r, err)
		f := newFrame(r, "로그인", "Log in")
		show(w, r, status, loginPage(f, back, email, message, market.CodeOf(err) == market.CodeOTPRequired))
		return nil
	}
	s.setCookie(w, session.RefreshToken, int(session.Lifetime.Seconds()))
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

// logOut ends this browser's session.
func (s *Server) logOut(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		if err := s.Auth.Sessions.Leave(r.Context(), market.RoleAdmin, cookie.Value); err != nil {
			return err
		}
	}
	s.setCookie(w, "", -1)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

func (s *Server) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.Auth.SecureCookies,
		SameSite: http.SameSiteLaxMode, // a link in a chat leads to its page; other sites' forms are refused apart
	})
}
