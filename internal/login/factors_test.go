package login_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig/fakestore"
	"github.com/all-in-market/market/internal/web"
)

// member is an account of staff with a password and a session, and a store that keeps its second factor.
type member struct {
	*login.Accounts
	store  *fakestore.Store
	redis  *miniredis.Miniredis
	caller auth.Principal
	factor store.SecondFactor
	steps  map[any]bool // of the codes that were used
	ended  string       // the session that was kept when the others ended
	begun  time.Time    // from which the time of codes counts
}

func newMember(t *testing.T) *member {
	t.Helper()
	a, redis := logintest.New(t)
	m := &member{store: fakestore.New("2026-11-30"), redis: redis, steps: map[any]bool{}, begun: time.Now()}
	a.Store = m.store
	hash, err := a.Passwords.Hash(t.Context(), password)
	require.NoError(t, err)
	for _, secret := range []string{"AdminSecret", "BuyerSecret", "SellerSecret"} {
		m.store.Returns(secret, hash)
	}
	m.store.Does("SecondFactor", func(...any) ([]any, error) { return []any{m.factor}, nil })
	m.store.Does("OfferSecondFactor", func(args ...any) ([]any, error) {
		m.factor = store.SecondFactor{Secret: args[1].([]byte)}
		return nil, nil
	})
	m.store.Does("ActivateSecondFactor", func(args ...any) ([]any, error) {
		m.factor.Active, m.steps[args[1]], m.ended = true, true, args[2].(string)
		return nil, nil
	})
	m.store.Does("UseSecondFactor", func(args ...any) ([]any, error) {
		used := m.steps[args[1]]
		m.steps[args[1]] = true
		return []any{!used}, nil
	})
	m.store.Does("RemoveSecondFactor", func(args ...any) ([]any, error) {
		m.factor, m.ended = store.SecondFactor{}, args[1].(string)
		return nil, nil
	})
	session, err := a.Sessions.Open(t.Context(), market.RoleAdmin, 3, time.Now())
	require.NoError(t, err)
	m.caller = auth.Principal{ID: 3, Role: market.RoleAdmin, Family: session.Family, Staff: market.StaffOwner,
		SecondFactor: true}
	m.Accounts = &login.Accounts{Auth: a, Role: market.RoleAdmin}
	return m
}

// request returns a request of the member.
func (m *member) request(t *testing.T, method string) *http.Request {
	t.Helper()
	return web.WithCaller(httptest.NewRequestWithContext(t.Context(), method, "/", nil), m.caller)
}

// enrol sets the second factor up, and returns its secret.
func (m *member) enrol(t *testing.T) string {
	t.Helper()
	key, err := m.OfferFactor(m.request(t, http.MethodPost), password)
	require.NoError(t, err)
	require.NoError(t, m.ActivateFactor(m.request(t, http.MethodPut), m.code(t, key.Secret(), 0)))
	return key.Secret()
}

// code returns the one-time password of some half minutes after the test has begun.
func (m *member) code(t *testing.T, secret string, later int) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, m.begun.Add(time.Duration(later)*30*time.Second))
	require.NoError(t, err)
	return c
}

func TestOfferFactor_WrongPassword_OffersNothing(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	for _, typed := range []string{"", "another-password"} {
		_, err := m.OfferFactor(m.request(t, http.MethodPost), typed)
		require.Equal(t, market.CodeCurrentPasswordWrong, market.CodeOf(err))
	}
	require.Empty(t, m.store.Calls("OfferSecondFactor"))
	key, err := m.OfferFactor(m.request(t, http.MethodPost), password)
	require.NoError(t, err)
	require.NotContains(t, string(m.factor.Secret), key.Secret(), "it is kept sealed")
	require.False(t, m.factor.Active, "until a code is given")
}

func TestActivateFactor_RightCode_EndsOtherSessionsAndIsFresh(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	other, err := m.Sessions.Open(t.Context(), market.RoleAdmin, 3, time.Now())
	require.NoError(t, err)
	require.Equal(t, market.CodeDataConflict, market.CodeOf(m.ActivateFactor(m.request(t, http.MethodPut), "123456")),
		"none was offered")
	key, err := m.OfferFactor(m.request(t, http.MethodPost), password)
	require.NoError(t, err)
	require.Equal(t, market.CodeOTPWrong, market.CodeOf(m.ActivateFactor(m.request(t, http.MethodPut),
		m.code(t, key.Secret(), 5))))
	require.False(t, m.factor.Active)
	require.NoError(t, m.ActivateFactor(m.request(t, http.MethodPut), m.code(t, key.Secret(), 0)))
	require.True(t, m.factor.Active)
	require.Equal(t, m.caller.Family, m.ended)
	fresh, err := m.Sessions.FactorFresh(t.Context(), m.caller)
	require.NoError(t, err)
	require.True(t, fresh)
	require.NoError(t, m.Sessions.Check(t.Context(), m.caller))
	require.Error(t, m.Sessions.Check(t.Context(), auth.Principal{ID: 3, Role: market.RoleAdmin, Family: other.Family}))
	require.Equal(t, market.CodeDataConflict,
		market.CodeOf(m.ActivateFactor(m.request(t, http.MethodPut), m.code(t, key.Secret(), 0))),
		"it is active already")
}

func TestGiveFactor_EachCode_IsTakenOnce(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	require.Equal(t, market.CodeDataConflict, market.CodeOf(m.GiveFactor(m.request(t, http.MethodPost), "123456")),
		"there is no second factor")
	secret := m.enrol(t)
	m.redis.FastForward(market.FactorFreshness)
	decide := market.PermissionDecidePayouts
	require.Equal(t, market.CodeSecondFactorStale, market.CodeOf(m.Permit(m.request(t, http.MethodPut), decide)))
	for given, want := range map[string]market.Code{
		"": market.CodeOTPRequired, m.code(t, secret, 5): market.CodeOTPWrong, m.code(t, secret, 0): market.CodeOTPWrong,
	} {
		require.Equal(t, want, market.CodeOf(m.GiveFactor(m.request(t, http.MethodPost), given)), given)
	}
	require.Equal(t, market.CodeSecondFactorStale, market.CodeOf(m.Permit(m.request(t, http.MethodPut), decide)))
	now := m.code(t, secret, 1)
	require.NoError(t, m.GiveFactor(m.request(t, http.MethodPost), now))
	require.NoError(t, m.Permit(m.request(t, http.MethodPut), decide))
	require.Equal(t, market.CodeOTPWrong, market.CodeOf(m.GiveFactor(m.request(t, http.MethodPost), now)),
		"a second time")
}

func TestGiveFactor_ManyGuesses_AreLimited(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	secret := m.enrol(t)
	limited := false
	for range 30 {
		limited = limited || market.CodeOf(m.GiveFactor(m.request(t, http.MethodPost),
			"000000")) == market.CodeOTPRateLimited
	}
	require.True(t, limited)
	require.Equal(t, market.CodeOTPRateLimited,
		market.CodeOf(m.GiveFactor(m.request(t, http.MethodPost), m.code(t, secret, 1))),
		"the right code, too")
}

func TestRemoveFactor_PasswordAndCode_AreBothRequired(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	secret := m.enrol(t)
	r := func() *http.Request { return m.request(t, http.MethodDelete) }
	require.Equal(t, market.CodeCurrentPasswordWrong,
		market.CodeOf(m.RemoveFactor(r(), "another-password", m.code(t, secret, 1))))
	require.Equal(t, market.CodeOTPWrong, market.CodeOf(m.RemoveFactor(r(), password, m.code(t, secret, 5))))
	require.Equal(t, market.CodeOTPRequired, market.CodeOf(m.RemoveFactor(r(), password, "")))
	require.True(t, m.factor.Active)
	require.NoError(t, m.RemoveFactor(r(), password, m.code(t, secret, 1)))
	require.False(t, m.factor.Active)
	require.Equal(t, m.caller.Family, m.ended)
}

// A wrong code looks like a wrong password.
func TestLogIn_SecondFactor_IsAskedForOnceThePasswordIsRight(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	secret := m.enrol(t)
	hash, err := m.Passwords.Hash(t.Context(), password)
	require.NoError(t, err)
	m.store.Returns("AdminCredentials", store.Credentials{ID: 3, PasswordHash: hash, Active: true})
	m.Credentials = m.store.AdminCredentials
	logIn := func(typed, otp string) (auth.Session, error) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		return m.LogIn(httptest.NewRecorder(), r, email, typed, otp, m.Sessions.Open)
	}
	for _, c := range []struct {
		typed, otp string
		want       market.Code
	}{
		{password, "", market.CodeOTPRequired}, {"another-password", "", market.CodeLoginFailed},
		{"another-password", m.code(t, secret, 1), market.CodeLoginFailed}, {password, m.code(t, secret, 5),
			market.CodeLoginFailed},
	} {
		_, err := logIn(c.typed, c.otp)
		require.Equal(t, c.want, market.CodeOf(err), "%s %s", c.typed, c.otp)
	}
	session, err := logIn(password, m.code(t, secret, 1))
	require.NoError(t, err)
	fresh, err := m.Sessions.FactorFresh(t.Context(),
		auth.Principal{ID: 3, Role: market.RoleAdmin, Family: session.Family})
	require.NoError(t, err)
	require.True(t, fresh, "a login with a code is as good as one that is given later")
	_, err = logIn(password, m.code(t, secret, 1))
	require.Equal(t, market.CodeLoginFailed, market.CodeOf(err), "the code was used")
}

func TestAdmitStaff_Account_HasItsCurrentRole(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	for _, c := range []struct {
		member     market.StaffMember
		compulsory bool
		enrolling  bool
		code       market.Code
	}{
		{market.StaffMember{Role: market.StaffAuditor, Status: market.StaffActive}, false, false, ""},
		{market.StaffMember{Role: market.StaffAuditor, Status: market.StaffActive}, true, true, ""},
		{market.StaffMember{Role: market.StaffOwner, Status: market.StaffActive, SecondFactor: true}, true, false, ""},
		{market.StaffMember{Role: market.StaffOwner, Status: market.StaffDisabled}, false, false,
			market.CodeTokenInvalid},
	} {
		m.FactorCompulsory = c.compulsory
		m.store.Returns("Staff", c.member)
		p, err := m.AdmitStaff(t.Context(), auth.Principal{ID: 3, Role: market.RoleAdmin})
		require.Equal(t, c.code, market.CodeOf(err))
		if c.code == "" {
			require.Equal(t, c.member.Role, p.Staff)
			require.Equal(t, c.member.SecondFactor, p.SecondFactor)
			require.Equal(t, c.enrolling, p.Enrolling)
		}
	}
	m.store.Fails("Staff", market.Refuse(market.CodeAdminNotFound))
	_, err := m.AdmitStaff(t.Context(), auth.Principal{ID: 3})
	require.Equal(t, market.CodeAdminNotFound, market.CodeOf(err))
}

// A token of another mail, role or signature is refused.
func TestSetPassword_Token_IsOfItsKindAndRole(t *testing.T) {
	t.Parallel()
	for _, role := range []market.Role{market.RoleBuyer, market.RoleSeller, market.RoleAdmin} {
		for _, kind := range []market.MailKind{market.MailPasswordReset, market.MailStaffInvitation,
			market.MailEmailVerification} {
			for _, of := range []market.Role{market.RoleBuyer, market.RoleSeller, market.RoleAdmin} {
				m := newMember(t)
				m.Role = role
				m.store.Returns("ResetPassword", int64(3), market.Email(email))
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
				err := m.SetPassword(httptest.NewRecorder(), r, login.PasswordReset{
					Token: m.MailTokens.Token(kind, of, 12), Password: "another-password",
				})
				ok := of == role && (kind == market.MailPasswordReset || kind == market.MailStaffInvitation &&
					role == market.RoleAdmin)
				require.Equal(t, ok, err == nil, "%s of %s for %s: %v", kind, of, role, err)
				require.Equal(t, ok, len(m.store.Calls("ResetPassword")) == 1)
				if !ok {
					require.Equal(t, market.CodeTokenInvalid, market.CodeOf(err))
					require.Equal(t, "token", web.FieldOf(err))
				}
			}
		}
	}
}

func TestSetPassword_Done_EndsAllSessionsAndTrustsTheDevice(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.store.Returns("ResetPassword", int64(3), market.Email(email))
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	in := login.PasswordReset{Token: m.MailTokens.Token(market.MailPasswordReset, market.RoleAdmin, 12),
		Password: "another-password"}
	require.NoError(t, m.SetPassword(w, r, in))
	require.Error(t, m.Sessions.Check(t.Context(), m.caller))
	require.Contains(t, w.Header().Get("Set-Cookie"), "device-admin=")
	m.store.Fails("ResetPassword", market.Refuse(market.CodeTokenInvalid))
	require.Equal(t, "token", web.FieldOf(m.SetPassword(w, r, in)), "it was used")
	m.redis.Close()
	m.store.Forget()
	require.Equal(t, market.CodeRedisUnavailable, market.CodeOf(m.SetPassword(w, r, in)))
	require.Empty(t, m.store.Calls("ResetPassword"), "nothing has changed")
}

func TestMails_Off_AreUnavailable(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	r := m.request(t, http.MethodPost)
	require.Equal(t, market.CodeMailUnavailable, market.CodeOf(m.RequestReset(r,
		login.ForgottenPassword{Email: email})))
	require.Equal(t, market.CodeMailUnavailable, market.CodeOf(m.RequestVerification(r)))
	require.Empty(t, m.store.Calls())
	m.MailsSent = true
	require.NoError(t, m.RequestReset(r, login.ForgottenPassword{Email: email}))
	require.NoError(t, m.RequestVerification(r))
	require.Equal(t, []string{
		`RequestPasswordReset("ADMIN", "` + email + `")`, `RequestEmailVerification("ADMIN", 3)`,
	}, m.store.Calls())
}

func TestConfirmEmail_Token_NamesTheMail(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.Role = market.RoleBuyer
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	token := m.MailTokens.Token(market.MailEmailVerification, market.RoleBuyer, 12)
	require.NoError(t, m.ConfirmEmail(r, login.EmailVerification{Token: " " + token + " "}))
	require.Equal(t, []string{`VerifyEmail("BUYER", 12)`}, m.store.Calls())
	for _, bad := range []string{"", "x", "12", "12.", "13" + token[2:], token + "x", token[:len(token)-1]} {
		err := m.ConfirmEmail(r, login.EmailVerification{Token: bad})
		require.Equal(t, market.CodeTokenInvalid, market.CodeOf(err), bad)
	}
	require.Len(t, m.store.Calls(), 1)
}

// Without the password an account number is a guess.
func TestUpdateSeller_BankAccount_CannotBeGuessed(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.caller = auth.Principal{ID: 8, Role: market.RoleSeller, Family: m.caller.Family}
	r := func() *http.Request { return m.request(t, http.MethodPut) }
	m.store.Does("IsBankAccount", func(args ...any) ([]any, error) { return []any{args[1] == "110-4321"}, nil })
	update := func(in login.SellerUpdate) market.Code {
		_, err := m.UpdateSeller(r(), in, time.Hour)
		return market.CodeOf(err)
	}
	require.Empty(t, update(login.SellerUpdate{BankAccount: "110-4321"}), "the current one is no change")
	require.NotContains(t, m.store.Calls("UpdateSeller")[0], "BankAccount")
	refused := map[market.Code]int{}
	for range 30 {
		refused[update(login.SellerUpdate{BankAccount: "110-9999"})]++
	}
	require.Positive(t, refused[market.CodeCurrentPasswordWrong])
	require.Positive(t, refused[market.CodePasswordRateLimited])
	require.Equal(t, 30, refused[market.CodeCurrentPasswordWrong]+refused[market.CodePasswordRateLimited])
	require.Len(t, m.store.Calls("UpdateSeller"), 1)
}

// Only what differs is a secret that changes.
func TestUpdateSeller_SameValues_NeedNoPassword(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.caller = auth.Principal{ID: 8, Role: market.RoleSeller, Family: m.caller.Family}
	m.store.Returns("SellerAccount", market.SellerAccount{
		Seller: market.Seller{Email: email, BizNumber: "123-45-67891"}, BankCode: "TOSS",
	})
	for in, needs := range map[string]bool{
		"same email": false, "same bank": false, "same number": false, "same number written otherwise": false,
		"email": true, "bank": true, "number": true,
	} {
		var u login.SellerUpdate
		switch in {
		case "same email":
			u.Email = email
		case "email":
			u.Email = "new@example.com"
		case "same bank":
			u.BankCode = "TOSS"
		case "bank":
			u.BankCode = "SHINHAN"
		case "same number":
			u.BizNumber = "123-45-67891"
		case "same number written otherwise":
			u.BizNumber = "1234567891"
		case "number":
			u.BizNumber = "999-99-99999"
		}
		_, err := m.UpdateSeller(m.request(t, http.MethodPut), u, time.Hour)
		require.Equal(t, needs, market.CodeOf(err) == market.CodeCurrentPasswordWrong, "%s: %v", in, err)
		require.Equal(t, needs, err != nil, in)
	}
}
