// Package login lets callers in: logins and refreshes of the three roles, logout, the
// check of a bearer token, and of the current password before a secret changes. Both
// HTTP servers use it.
package login

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// Auth holds the dependencies of authentication; both servers share it.
type Auth struct {
	Passwords *auth.Passwords
	Tokens    *auth.AccessTokens
	Sessions  *auth.Sessions
	Limiter   *auth.Limiter
	Store     Store
	Cache     *cache.Reads  // of the catalogue
	AccessLog web.AccessLog // has an entry for each login and logout

	Devices          *auth.Devices
	MailTokens       *auth.MailTokens
	OneTimePasswords *auth.OneTimePasswords // of admins
	FactorCompulsory bool                   // admins must use one-time passwords

	Documents      Documents
	MailsSent      bool // there is a server to send them by
	SecureCookies  bool
	TrustedProxies int
}

// Authenticate is router middleware that reads the bearer token. A request without one continues
// without a caller; one with an invalid token is refused.
func (a *Auth) Authenticate(next http.Handler) http.Handler {
	return web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			next.ServeHTTP(w, r)
			return nil
		}
		p, err := a.Tokens.Read(token)
		if err == nil {
			err = a.Sessions.Check(r.Context(), p)
		}
		if err != nil {
			return err
		}
		next.ServeHTTP(w, web.WithCaller(r, p))
		return nil
	})
}

// Accounts are the logins of one role.
type Accounts struct {
	*Auth
	Role        market.Role
	CookiePath  string // refresh tokens are sent nowhere else
	Credentials func(ctx context.Context, email market.Email) (store.Credentials, error)
	// Check fails when an account must not get a new token: it is gone, deleted or not approved.
	Check func(ctx context.Context, id int64) error
}

const refreshCookie = "refreshToken"

type loginRequest struct {
	Email    market.Email `json:"email" validate:"required,emailaddress"`
	Password string       `json:"password" validate:"required,loginpassword"`
	// an addition to the original's contract: of admins with a second factor
	OTP string `json:"otp" validate:"omitempty,onetimepassword"`
}

type tokenResponse struct {
	AccessToken string `json:"accessToken"`
}

// Login answers with an access token and sets the refresh cookie. Refusals are those of LogIn.
func (a *Accounts) Login(w http.ResponseWriter, r *http.Request) error {
	var in loginRequest
	if err := web.DecodeLogin(w, r, &in); err != nil {
		return err
	}
	session, err := a.LogIn(w, r, in.Email, in.Password, in.OTP, a.Sessions.Open)
	if err != nil {
		return err
	}
	return a.respond(w, r, web.LoginSuccess, session)
}

// opener opens a session of an account; Sessions has one for API clients and one for browsers.
type opener func(ctx context.Context, role market.Role, accountID int64, checked time.Time) (auth.Session, error)

// LogIn checks credentials and opens a session. An unknown address, a wrong password and a closed
// account all fail with LOGIN_FAILED, after the same time. With the right password, a seller who is
// not approved fails with SELLER_PENDING, SELLER_REJECTED or SELLER_SUSPENDED. An account with a
// second factor fails with OTP_REQUIRED once the password is right. Guesses are limited:
// LOGIN_RATE_LIMITED. A login sets a cookie that makes the device known and gives it its own
// counter. A login that cannot be recorded in the access log fails.
func (a *Accounts) LogIn(
	w http.ResponseWriter, r *http.Request, email market.Email, password, otp string, open opener,
) (session auth.Session, err error) {
	checked := time.Now()
	ctx := r.Context()
	attempt := auth.Attempt{
		Secret: auth.LoginPassword, Role: a.Role, Name: string(email),
		Address: web.ClientAddress(r, a.TrustedProxies), Device: a.device(r, email),
	}
	if err := a.Limiter.Attempt(ctx, attempt); err != nil {
		if market.CodeOf(err) == market.CodeLoginRateLimited {
			web.NoteSecurity(r, "LOGIN_LIMITED", a.Role, 0)
		}
		return session, err
	}
	c, err := a.Credentials(ctx, email)
	switch market.CodeOf(err) {
	case "", market.CodeBuyerNotFound, market.CodeSellerNotFound, market.CodeAdminNotFound:
	default:
		_ = a.Limiter.Undecided(ctx, attempt) // the failure that is reported is the first one
		return session, err
	}
	right, err := a.Passwords.Matches(ctx, c.PasswordHash, password)
	if err != nil {
		_ = a.Limiter.Undecided(ctx, attempt)
		return session, err
	}
	if right && c.Refusal != "" {
		if err := a.Limiter.Succeeded(ctx, attempt); err != nil {
			return session, err
		}
		return session, market.Refuse(c.Refusal)
	}
	right = right && c.Active
	factor := false // one was given
	if right && a.Role == market.RoleAdmin {
		factor, err = a.checkOTP(r, c.ID, otp)
		switch market.CodeOf(err) {
		case "":
		case market.CodeOTPWrong:
			right = false
		default:
			_ = a.Limiter.Undecided(ctx, attempt)
			return session, err
		}
	}
	if !right {
		web.NoteSecurity(r, "LOGIN_FAILED", a.Role, c.ID)
		if err := a.Limiter.Failed(ctx, attempt); err != nil {
			return session, err
		}
		if a.Role == market.RoleAdmin { // one who has the password learns nothing of it
			return session, market.RefuseWith(market.CodeLoginFailed, market.DetailPasswordOrCode)
		}
		return session, market.Refuse(market.CodeLoginFailed)
	}
	if err := a.Limiter.Succeeded(ctx, attempt); err != nil {
		return session, err
	}
	if session, err = open(ctx, a.Role, c.ID, checked); err != nil {
		return session, err
	}
	if factor {
		if err := a.Sessions.GiveFactor(ctx, session.Family); err != nil {
			return auth.Session{}, err
		}
	}
	if err := a.note(r, market.AccessLogin, c.ID); err != nil {
		return auth.Session{}, err // its token is not sent
	}
	a.rememberDevice(w, r, email)
	return session, nil
}

// HostCookie returns the name of a cookie that browsers take from this host alone, over TLS. Such a cookie
// needs the path /. The local profile, which has no TLS, uses the name as it is.
func (a *Auth) HostCookie(name string) string {
	if a.SecureCookies {
		return "__Host-" + name
	}
	return name
}

// deviceCookie returns the name of the cookie for known devices.
func (a *Accounts) deviceCookie() string {
	return a.HostCookie("device-" + strings.ToLower(string(a.Role)))
}

// device returns the name of the device that a request comes from, if it is known for the account
// with an address, or "".
func (a *Accounts) device(r *http.Request, email market.Email) string {
	cookie, err := r.Cookie(a.deviceCookie())
	if err != nil {
		return ""
	}
	return a.Devices.Read(a.Role, email, cookie.Value)
}

// rememberDevice makes the device of a request known for the account with an address.
func (a *Accounts) rememberDevice(w http.ResponseWriter, r *http.Request, email market.Email) {
	device := a.device(r, email)
	if device == "" {
		device = auth.NewDevice()
	}
	http.SetCookie(w, &http.Cookie{
		Name: a.deviceCookie(), Value: a.Devices.Token(a.Role, email, device), Path: "/",
		MaxAge: int(auth.DeviceLifetime / time.Second), HttpOnly: true, Secure: a.SecureCookies,
		SameSite: http.SameSiteStrictMode,
	})
}

// note writes a login or logout into the access log.
func (a *Accounts) note(r *http.Request, action market.AccessAction, id int64) error {
	actor := market.ActorOf(r.Context())
	actor.Role, actor.ID, actor.Address = a.Role, id, web.ClientAddress(r, a.TrustedProxies)
	_, err := a.AccessLog.NoteAccess(market.WithActor(r.Context(), actor), market.Access{Action: action})
	return err
}

// Refresh exchanges the refresh cookie for a new one and a new access token.
func (a *Accounts) Refresh(w http.ResponseWriter, r *http.Request) error {
	cookie, err := r.Cookie(refreshCookie)
	if err != nil || cookie.Value == "" {
		return market.Refuse(market.CodeTokenInvalid)
	}
	id, err := a.Sessions.Lookup(r.Context(), a.Role, cookie.Value)
	if err != nil {
		a.noteReuse(r, err, 0)
		return err
	}
	if err := a.Check(r.Context(), id); err != nil {
		return err
	}
	session, err := a.Sessions.Rotate(r.Context(), a.Role, cookie.Value)
	if err != nil {
		a.noteReuse(r, err, id)
		return err
	}
	return a.respond(w, r, web.TokenRefreshed, session)
}

func (a *Accounts) noteReuse(r *http.Request, err error, id int64) {
	if errors.Is(err, auth.ErrTokenReused) {
		web.NoteSecurity(r, "REFRESH_TOKEN_REUSED", a.Role, id)
	}
}

// Logout ends the account's sessions on all devices, with their access tokens.
func (a *Accounts) Logout(w http.ResponseWriter, r *http.Request) error {
	if err := a.Sessions.EndAccount(r.Context(), a.Role, web.Caller(r).ID); err != nil {
		return err
	}
	a.setCookie(w, "", -1)
	if err := a.note(r, market.AccessLogout, web.Caller(r).ID); err != nil {
		return err
	}
	return web.Respond(w, r, web.LogoutSuccess, nil)
}

func (a *Accounts) respond(w http.ResponseWriter, r *http.Request, s web.Success, session auth.Session) error {
	token, err := a.Tokens.Issue(a.Role, session)
	if err != nil {
		return err
	}
	a.setCookie(w, session.RefreshToken, int(session.Lifetime/time.Second))
	return web.Respond(w, r, s, tokenResponse{token})
}

func (a *Accounts) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: refreshCookie, Value: value, Path: a.CookiePath, MaxAge: maxAge,
		HttpOnly: true, Secure: a.SecureCookies, SameSite: http.SameSiteStrictMode,
	})
}

// LogoutSession ends the session of a browser's token, and records the logout.
func (a *Accounts) LogoutSession(r *http.Request, token string) error {
	if err := a.Sessions.Delete(r.Context(), a.Role, token); err != nil {
		return err
	}
	return a.note(r, market.AccessLogout, web.Caller(r).ID)
}

// Confirm checks the caller's own password before something changes that a stolen token
// must not change. Guesses are counted. It fails with CURRENT_PASSWORD_WRONG or PASSWORD_RATE_LIMITED.
func (a *Auth) Confirm(
	r *http.Request, password string, secret func(ctx context.Context, id int64) (string, error),
) error {
	ctx, caller := r.Context(), web.Caller(r)
	if password == "" {
		return market.Refuse(market.CodeCurrentPasswordWrong)
	}
	attempt := auth.Attempt{
		Secret: auth.CurrentPassword, Role: caller.Role, Name: caller.String(),
		Address: web.ClientAddress(r, a.TrustedProxies),
	}
	if err := a.Limiter.Attempt(ctx, attempt); err != nil {
		return err
	}
	hash, err := secret(ctx, caller.ID)
	if err != nil {
		return err
	}
	right, err := a.Passwords.Matches(ctx, hash, password)
	if err != nil {
		return err
	}
	if !right {
		web.NoteSecurity(r, "CURRENT_PASSWORD_WRONG", caller.Role, caller.ID)
		return market.Refuse(market.CodeCurrentPasswordWrong)
	}
	return a.Limiter.Succeeded(ctx, attempt)
}

// SecretsChanged records a security event and ends the other sessions of the caller's account. It
// fails with REDIS_UNAVAILABLE; the change itself has then already ended them in the database.
func (a *Auth) SecretsChanged(r *http.Request, event string) error {
	caller := web.Caller(r)
	web.NoteSecurity(r, event, caller.Role, caller.ID)
	return a.Sessions.EndOthers(r.Context(), caller)
}
