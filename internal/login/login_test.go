package login_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

const email, password = "kim@example.com", "kim-password-1"

// door is the logins of buyers with one account, number 7.
type door struct {
	*login.Accounts
	handler http.Handler
	redis   *miniredis.Miniredis
	active  bool
	gone    bool
	device  *http.Cookie // the last one that was set

	address    string // of the client; "" for that of httptest
	retryAfter string // of the last answer
}

func newDoor(t *testing.T) *door {
	t.Helper()
	a, redis := logintest.New(t)
	hash, err := a.Passwords.Hash(t.Context(), password)
	require.NoError(t, err)
	d := &door{redis: redis, active: true}
	d.Accounts = &login.Accounts{
		Auth: a, Role: market.RoleBuyer, CookiePath: "/auth",
		Credentials: func(_ context.Context, asked market.Email) (store.Credentials, error) {
			if asked != email {
				return store.Credentials{}, market.Refuse(market.CodeBuyerNotFound)
			}
			return store.Credentials{ID: 7, PasswordHash: hash, Active: d.active}, nil
		},
		Check: func(context.Context, int64) error {
			if d.gone {
				return market.Refuse(market.CodeBuyerAlreadyDeleted)
			}
			return nil
		},
	}
	router := web.NewRouter(nil)
	router.Handle("/auth/login", web.Handle(d.Login)).Methods(http.MethodPost)
	router.Handle("/auth/refresh", web.Handle(d.Refresh)).Methods(http.MethodPost)
	router.Handle("/auth/forgot", web.Handle(d.ForgotPassword)).Methods(http.MethodPost)
	router.Handle("/auth/reset", web.Handle(d.ResetPassword)).Methods(http.MethodPost)
	router.Handle("/auth/verify", web.Handle(d.VerifyEmail)).Methods(http.MethodPost)
	signedIn := router.NewRoute().Subrouter()
	signedIn.Use(a.Authenticate, web.Require(market.RoleBuyer))
	signedIn.Handle("/auth/logout", web.Handle(d.Logout)).Methods(http.MethodPost)
	signedIn.Handle("/me", web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return web.Respond(w, r, web.ReadSuccess, web.Caller(r).ID)
	}))
	d.handler = router
	return d
}

// answer is what a request came to.
type answer struct {
	status int
	code   string
	token  string
	cookie *http.Cookie
}

func (d *door) ask(t *testing.T, path, body, token string, cookie *http.Cookie) answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	if d.address != "" {
		r.RemoteAddr = d.address + ":1234"
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	d.retryAfter = w.Header().Get("Retry-After")
	var envelope struct {
		Code string
		Data json.RawMessage
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &envelope), w.Body)
	a := answer{status: w.Code, code: envelope.Code}
	var tokens struct{ AccessToken string }
	if json.Unmarshal(envelope.Data, &tokens) == nil {
		a.token = tokens.AccessToken
	}
	for _, c := range w.Result().Cookies() {
		if strings.Contains(c.Name, "device-") {
			d.device = c
		} else {
			a.cookie = c
		}
	}
	return a
}

func (d *door) login(t *testing.T, email, password string) answer {
	t.Helper()
	return d.ask(t, "/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password), "", nil)
}

func TestLoginsAndLogouts_AreNoted_AndALoginThatCannotBeFails(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	log := d.AccessLog.(*logintest.AccessLog)
	require.Equal(t, 401, d.login(t, email, "another password").status)
	require.Empty(t, log.Noted)
	in := d.login(t, email, password)
	require.Equal(t, 200, in.status)
	require.Equal(t, 200, d.ask(t, "/auth/logout", "", in.token, nil).status)
	require.Equal(t, []market.Access{{Action: market.AccessLogin}, {Action: market.AccessLogout}}, log.Noted)
	for _, a := range log.Actors {
		require.Equal(t, market.Actor{Role: market.RoleBuyer, ID: 7, Address: "192.0.2.1"}, a)
	}

	log.Err = market.Refuse(market.CodeDatabaseUnavailable)
	a := d.login(t, email, password)
	require.Equal(t, "DATABASE_UNAVAILABLE", a.code)
	require.Empty(t, a.token)
	require.Nil(t, a.cookie)
}

func TestLogin_Valid_SetsATokenAndAnHTTPOnlyCookie(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.SecureCookies = true
	a := d.login(t, email, password)
	require.Equal(t, 200, a.status)
	require.NotEmpty(t, a.token)
	require.True(t, a.cookie.HttpOnly && a.cookie.Secure)
	require.Equal(t, http.SameSiteStrictMode, a.cookie.SameSite)
	require.Equal(t, "/auth", a.cookie.Path, "it is sent nowhere else")
	require.NotContains(t, a.token, a.cookie.Value)
	require.Equal(t, 200, d.ask(t, "/me", "", a.token, nil).status)
}

// Failed logins do not disclose which accounts exist.
func TestLogin_Failed_IsAlwaysAlike(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	unknown := d.login(t, "nobody@example.com", password)
	require.Equal(t, answer{status: 401, code: "LOGIN_FAILED"}, unknown)
	require.Equal(t, unknown, d.login(t, email, "wrong-password"))
	d.active = false
	require.Equal(t, unknown, d.login(t, email, password), "a closed account")
}

// guesses makes wrong guesses at the password from many networks, until an unknown device is refused.
func (d *door) guesses(t *testing.T) {
	t.Helper()
	defer func(before string) { d.address = before }(d.address)
	for i := range 30 {
		d.address = fmt.Sprintf("198.51.100.%d", i)
		for range 6 {
			require.Contains(t, []int{401, 429}, d.login(t, email, "wrong-password").status)
		}
	}
	d.address = "203.0.113.1"
	require.Equal(t, answer{status: 429, code: "LOGIN_RATE_LIMITED"}, d.login(t, email, password))
}

func TestLogIn_GuessesOfStrangers_DoNotKeepOutAKnownDevice(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.login(t, email, password)
	device := d.device
	require.Equal(t, "device-buyer", device.Name)
	require.True(t, device.HttpOnly && device.SameSite == http.SameSiteStrictMode && device.Path == "/")
	d.guesses(t)
	body := func(email, password string) string { return fmt.Sprintf(`{"email":%q,"password":%q}`, email, password) }
	require.Equal(t, 200, d.ask(t, "/auth/login", body(email, password), "", device).status)
	name := func(c *http.Cookie) string { return c.Value[:strings.IndexByte(c.Value, '.')] }
	require.Equal(t, name(device), name(d.device), "the device keeps its counter")
	forged := *device
	forged.Value = "A" + device.Value
	require.Equal(t, 429, d.ask(t, "/auth/login", body(email, password), "", &forged).status)
	for range 10 {
		require.Equal(t, 401, d.ask(t, "/auth/login", body(email, "wrong-password"), "", device).status)
	}
	require.Equal(t, 429, d.ask(t, "/auth/login", body(email, password), "", device).status,
		"its own guesses are bounded")
}

func TestLogIn_SecureProfile_BindsTheDeviceCookieToTheHost(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.SecureCookies = true
	d.login(t, email, password)
	require.Equal(t, "__Host-device-buyer", d.device.Name)
	require.True(t, d.device.Secure && d.device.Path == "/" && d.device.Domain == "")
}

func TestLogIn_TenWrongGuessesOfANetwork_KeepOutNoOther(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for range 10 {
		d.login(t, email, "wrong-password")
	}
	require.Equal(t, answer{status: 429, code: "LOGIN_RATE_LIMITED"}, d.login(t, email, password))
	require.Equal(t, "300", d.retryAfter)
	d.redis.FastForward(299 * time.Second)
	require.Equal(t, 429, d.login(t, email, password).status)
	require.Equal(t, "1", d.retryAfter)
	d.redis.FastForward(time.Second)
	require.Equal(t, 200, d.login(t, email, password).status)
	for range 10 {
		d.login(t, email, "wrong-password")
	}
	d.address = "203.0.113.1"
	require.Equal(t, 200, d.login(t, email, password).status)
}

// The right password too is refused after too many wrong ones.
func TestLogin_TooManyGuesses_IsLimited(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	var last answer
	for range 20 {
		if last = d.login(t, email, "wrong-password"); last.status != 401 {
			break
		}
	}
	require.Equal(t, answer{status: 429, code: "LOGIN_RATE_LIMITED"}, last)
	require.Equal(t, 429, d.login(t, email, password).status)
}

func TestRefresh_TokenSentTwice_IsAnsweredWithItsSuccessor(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	first := d.login(t, email, password)
	second := d.ask(t, "/auth/refresh", "", "", first.cookie)
	require.Equal(t, 200, second.status)
	require.NotEqual(t, first.cookie.Value, second.cookie.Value)
	again := d.ask(t, "/auth/refresh", "", "", first.cookie)
	require.Equal(t, 200, again.status)
	require.Equal(t, second.cookie.Value, again.cookie.Value)
	require.Equal(t, 200, d.ask(t, "/me", "", again.token, nil).status)

	for _, cookie := range []*http.Cookie{nil, {Name: "refreshToken"}} {
		require.Equal(t, answer{status: 401, code: "TOKEN_INVALID"}, d.ask(t, "/auth/refresh", "", "", cookie))
	}
	unknown := &http.Cookie{Name: "refreshToken", Value: "made-up"}
	require.Equal(t, answer{status: 401, code: "TOKEN_EXPIRED"}, d.ask(t, "/auth/refresh", "", "", unknown))
}

func TestRefresh_AccountClosed_IsRefused(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	a := d.login(t, email, password)
	d.gone = true
	require.Equal(t, answer{status: 400, code: "BUYER_ALREADY_DELETED"}, d.ask(t, "/auth/refresh", "", "", a.cookie))
}

func TestLogout_TwoDevices_EndsBothAtOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	phone, laptop := d.login(t, email, password), d.login(t, email, password)
	out := d.ask(t, "/auth/logout", "", phone.token, nil)
	require.Equal(t, 200, out.status)
	require.Negative(t, out.cookie.MaxAge, "the cookie goes")
	for _, a := range []answer{phone, laptop} {
		require.Equal(t, 401, d.ask(t, "/me", "", a.token, nil).status)
		require.Equal(t, 401, d.ask(t, "/auth/refresh", "", "", a.cookie).status)
	}
}

func TestAuthenticate_BadToken_IsRefused(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	seller := logintest.Token(t, d.Auth, market.RoleSeller, 7)
	for token, want := range map[string]answer{
		"":                {status: 401, code: "UNAUTHORIZED"},
		"made-up":         {status: 401, code: "TOKEN_INVALID"},
		seller:            {status: 403, code: "FORBIDDEN"},
		seller[:50] + "x": {status: 401, code: "TOKEN_INVALID"},
	} {
		require.Equal(t, want, d.ask(t, "/me", "", token, nil), token)
	}
}

// Without Redis no login succeeds, since revocation cannot be checked.
func TestAuthenticate_RedisAway_IsRefused(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	a := d.login(t, email, password)
	d.redis.Close()
	away := answer{status: 503, code: "REDIS_UNAVAILABLE"}
	require.Equal(t, away, d.login(t, email, password))
	require.Equal(t, away, d.ask(t, "/me", "", a.token, nil))
	require.Equal(t, away, d.ask(t, "/auth/refresh", "", "", a.cookie))
	require.Equal(t, away, d.ask(t, "/auth/logout", "", a.token, nil))

	token := d.MailTokens.Token(market.MailPasswordReset, market.RoleBuyer, 1)
	require.Equal(t, away, d.ask(t, "/auth/reset", fmt.Sprintf(`{"token":%q,"password":"new-password"}`, token), "",
		nil),
		"nothing has changed then")
}

func TestLogin_BadInput_IsRefused(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	invalid, token := answer{status: 400, code: "INVALID_INPUT"}, answer{status: 401, code: "TOKEN_INVALID"}
	verification := d.MailTokens.Token(market.MailEmailVerification, market.RoleBuyer, 1)
	for _, c := range []struct {
		path, body string
		want       answer
	}{
		{"/auth/login", ``, invalid},
		{"/auth/login", `{"email":"kim","password":"kim-password-1"}`, invalid},
		{"/auth/login", `{"email":"kim@example.com","password":"short"}`, invalid},
		{"/auth/login", `{"email":"kim@example.com","password":"kim-password-1","otp":"12345"}`, invalid},
		{
			"/auth/login", `{"email":"` + strings.Repeat("x", web.MaxLoginBody) + `"}`,
			answer{status: 413, code: "PAYLOAD_TOO_LARGE"},
		},
		{"/auth/forgot", `{"email":"kim@example.com"}`, answer{status: 503, code: "MAIL_UNAVAILABLE"}},
		{"/auth/forgot", `{}`, invalid},
		{"/auth/reset", `{"token":"made-up","password":"new-password"}`, token},
		{"/auth/reset", fmt.Sprintf(`{"token":%q,"password":"new-password"}`, verification), token},
		{"/auth/verify", `{"token":"made-up"}`, token},
		{"/auth/verify", `{}`, invalid},
	} {
		require.Equal(t, c.want, d.ask(t, c.path, c.body, "", nil), c.path+" "+c.body[:min(len(c.body), 80)])
	}
}
