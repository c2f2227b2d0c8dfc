package shop

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

func signUp() url.Values {
	return url.Values{
		"email": {"Kim@example.com"}, "password": {"correct horse"}, "name": {"김구매"}, "phone": {"010-1234-5678"},
	}
}

func TestSignUp_Accepted_IsLoggedIn(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	knowsPassword(t, s, "correct horse")
	next := "/shop/signup?next=%2Fshop%2Fproducts%2F5"
	require.True(t, s.anonymous().Get(t, "/shop/login?next=%2Fshop%2Fproducts%2F5").HasLink(next))
	page := s.anonymous().Get(t, next)
	require.NotNil(t, page.Form(next))
	require.True(t, page.HasLink("/shop/forgot"))
	for address, location := range map[string]string{
		next: "/shop/products/5?notice=signed-up", "/shop/signup": "/shop/?notice=signed-up",
		"/shop/signup?next=https%3A%2F%2Fevil.example%2F": "/shop/?notice=signed-up",
	} {
		got := s.anonymous().Post(t, address, signUp())
		require.Equal(t, location, got.Outcome, got.Body)
		cookies := (&http.Response{Header: got.Header}).Cookies()
		of := slices.IndexFunc(cookies, func(c *http.Cookie) bool { return c.Name == "shop" })
		require.GreaterOrEqual(t, of, 0, cookies)
		s.Cookie = cookies[of]
		require.Equal(t, 200, s.Get(t, "/shop/profile").Status)
	}
}

func TestSignUp_LoggedIn_KeepsTheSession(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	knowsPassword(t, s, "correct horse")
	got := s.Post(t, "/shop/signup", signUp())
	require.Equal(t, "/shop/login?notice=signed-up", got.Outcome, got.Body)
	require.NotContains(t, strings.Join(got.Header.Values("Set-Cookie"), "\n"), "shop=")
	require.Equal(t, 200, s.Get(t, "/shop/profile").Status)
}

// The account exists, so that its owner can log in later.
func TestSignUp_LoginRefused_LeadsToTheLogin(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	form := s.anonymous().Get(t, "/shop/signup").Form("/shop/signup")
	for _, field := range form.Fields {
		require.True(t, field.Required, field.Name)
	}
	got := s.anonymous().Post(t, "/shop/signup", signUp())
	require.Equal(t, "/shop/login?notice=signed-up", got.Outcome, got.Body)
	call := s.store.Calls("SignUpBuyer")
	require.Len(t, call, 1)
	require.Contains(t, call[0], `"Email":"kim@example.com"`)
	require.Contains(t, call[0], `"PasswordHash":"$2a$`)
	require.NotContains(t, call[0], "correct horse")
	require.Contains(t, call[0], `"Language":"en"`, "the language of the browser")
}

// TestSignUp_Refused_KeepsWhatWasTyped, apart from the password, and marks the field at fault.
func TestSignUp_Refused_KeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for field, values := range map[string][]string{
		"email": {"kim", ""}, "password": {"1234567", "password", ""}, "name": {"", strings.Repeat("n", 51)},
		"phone": {"0101", "", strings.Repeat("1", 21)},
	} {
		for _, value := range values {
			typed := signUp()
			typed.Set(field, value)
			got := s.anonymous().Post(t, "/shop/signup", typed)
			require.Equal(t, 400, got.Status, "%s=%q", field, value)
			form := got.Form("/shop/signup")
			require.True(t, form.Field(field).Invalid, "%s=%q", field, value)
			require.Len(t, got.Alerts, 1, "%s=%q", field, value)
			require.Empty(t, form.Field("password").Value)
			for _, kept := range []string{"name", "phone"} {
				if kept != field {
					require.Equal(t, typed.Get(kept), form.Field(kept).Value, "%s=%q", field, value)
				}
			}
		}
	}
	require.Empty(t, s.store.Calls())
	s.store.Fails("SignUpBuyer", market.Refuse(market.CodeEmailAlreadyExists))
	got := s.anonymous().Post(t, "/shop/signup", signUp())
	require.Equal(t, 400, got.Status)
	require.True(t, got.Form("/shop/signup").Field("email").Invalid)
	s.store.Fails("SignUpBuyer", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.anonymous().Post(t, "/shop/signup", signUp()).Status)
}

func TestSignUp_Documents_AreAskedFor(t *testing.T) {
	t.Parallel()
	for rule, asked := range map[login.ConsentRule]bool{
		login.ConsentRequired: true, login.ConsentOptional: true, login.ConsentOff: false,
	} {
		s := newStand(t)
		s.auth.Documents = login.Documents{
			Terms:   login.Document{Version: "t2", URL: "https://market.example/terms"},
			Privacy: login.Document{Version: "p2"},
			Consent: rule,
		}
		page := s.anonymous().Get(t, "/shop/signup")
		form := page.Form("/shop/signup")
		require.Equal(t, asked, form.Field("termsVersion").Value == "t2", rule)
		links := slices.DeleteFunc(page.Links, func(l string) bool { return l != "https://market.example/terms" })
		require.Len(t, links, map[bool]int{true: 2, false: 1}[asked],
			"%s: the footer has it, and the form if it asks", rule)
		require.False(t, form.Field("termsVersion").Checked, "the reader does that")
		got := s.anonymous().Post(t, "/shop/signup", signUp())
		require.Equal(t, map[bool]int{true: 400, false: http.StatusSeeOther}[asked], got.Status, rule)
		if asked {
			agreed := signUp()
			agreed.Set("termsVersion", "t2")
			refused := s.anonymous().Post(t, "/shop/signup", agreed)
			require.Equal(t, 400, refused.Status)
			require.True(t, refused.Form("/shop/signup").Field("termsVersion").Checked, "what was agreed to stays so")
			agreed.Set("privacyVersion", "p2")
			require.Equal(t, http.StatusSeeOther, s.anonymous().Post(t, "/shop/signup", agreed).Status)
		}
	}
}

// knowsPassword lets the buyer of a stand have a password.
func knowsPassword(t *testing.T, s *stand, password string) {
	t.Helper()
	hash, err := s.auth.Passwords.Hash(t.Context(), password)
	require.NoError(t, err)
	s.store.Returns("BuyerSecret", hash)
	s.store.Returns("BuyerCredentials", store.Credentials{ID: buyerID, PasswordHash: hash, Active: true})
}

func TestLogin_RightPassword_LeadsToThePageThatWasAskedFor(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	knowsPassword(t, s, "correct horse")
	form := s.anonymous().Get(t, "/shop/login?next=%2Fshop%2Fcart").Form("/shop/login")
	require.Equal(t, "/shop/cart", form.Field("next").Value)
	values := form.Values()
	values.Set("email", "kim@example.com")
	values.Set("password", "correct horse")
	got := s.anonymous().Post(t, "/shop/login", values)
	require.Equal(t, http.StatusSeeOther, got.Status, got.Body)
	require.Equal(t, "/shop/cart", got.Location)
	cookies := (&http.Response{Header: got.Header}).Cookies()
	names := map[string]*http.Cookie{}
	for _, c := range cookies {
		names[c.Name] = c
		require.True(t, c.HttpOnly, c.Name)
		require.Equal(t, "/", c.Path)
	}
	require.Contains(t, names, "shop")
	s.Cookie = names["shop"]
	require.Equal(t, 200, s.Get(t, "/shop/profile").Status)
}

func TestLogin_WrongPassword_KeepsTheAddress(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	knowsPassword(t, s, "correct horse")
	for _, typed := range []url.Values{
		{"email": {"kim@example.com"}, "password": {"wrong horse"}}, {"email": {"not an address"},
			"password": {"correct horse"}},
	} {
		typed.Set("next", "https://evil.example/")
		got := s.anonymous().Post(t, "/shop/login", typed)
		require.Equal(t, 401, got.Status)
		form := got.Form("/shop/login")
		require.Equal(t, typed.Get("email"), form.Field("email").Value)
		require.Empty(t, form.Field("password").Value)
		require.Equal(t, "/shop/", form.Field("next").Value, "a login leads to no other site")
		require.Len(t, got.Alerts, 1)
		require.Empty(t, got.Header.Get("Set-Cookie"))
	}
}

func TestLogout_Session_Ends(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	require.Equal(t, 200, s.Get(t, "/shop/profile").Status)
	got := s.Post(t, "/shop/logout", nil)
	require.Equal(t, "/shop/login", got.Location)
	require.Contains(t, got.Header.Get("Set-Cookie"), "Max-Age=0")
	require.Equal(t, http.StatusSeeOther, s.Get(t, "/shop/profile").Status, "the token is worthless")
}

func TestProfile_Forms_SaveWhatTheyShow(t *testing.T) {
	t.Parallel()
	for form, c := range map[string]struct {
		values url.Values
		change string
		notice string
	}{
		"details": {url.Values{"name": {"이구매"}, "phone": {"010-9999-9999"}}, `{"Name":"이구매","Phone":"010-9999-9999"}`, "profile"},
		"email": {
			url.Values{"email": {"new@example.com"},
				"currentPassword": {"correct horse"}}, `"Email":"new@example.com"`, "profile",
		},
		"password": {
			url.Values{"password": {"another horse"},
				"currentPassword": {"correct horse"}}, `"PasswordHash":"$2a$`, "password-changed",
		},
	} {
		s := newStand(t)
		knowsPassword(t, s, "correct horse")
		page := s.Get(t, "/shop/profile")
		values := c.values
		values.Set("form", form)
		found := 0
		for _, f := range page.Forms {
			if f.Field("form").Value == form {
				found++
				require.Equal(t, "/shop/profile", f.Action)
				for name := range values {
					require.NotEmpty(t, f.Field(name).Name, "%s has %s", form, name)
				}
			}
		}
		require.Equal(t, 1, found, form)
		got := s.Post(t, "/shop/profile", values)
		require.Equal(t, "/shop/profile?notice="+c.notice+"", got.Outcome, got.Body)
		require.Len(t, s.store.Calls("UpdateBuyer"), 1)
		require.Contains(t, s.store.Calls("UpdateBuyer")[0], c.change)
	}
}

// TestProfile_Refused_MarksTheFieldOfItsForm and no other form.
func TestProfile_Refused_MarksTheFieldOfItsForm(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	knowsPassword(t, s, "correct horse")
	s.store.Returns("Buyer", market.Buyer{ID: buyerID, Email: "kim@example.com", Name: "김구매", Phone: "010-1234-5678"})
	for _, c := range []struct {
		form, field string
		values      url.Values
	}{
		{"details", "phone", url.Values{"name": {"이구매"}, "phone": {"1"}}},
		{"details", "name", url.Values{"name": {strings.Repeat("n", 51)}, "phone": {"010-9999-9999"}}},
		{"email", "email", url.Values{"email": {"kim"}, "currentPassword": {"correct horse"}}},
		{"email", "email", url.Values{"email": {""}, "currentPassword": {"correct horse"}}},
		{"email", "currentPassword", url.Values{"email": {"new@example.com"}, "currentPassword": {"wrong horse"}}},
		{"password", "password", url.Values{"password": {"short"}, "currentPassword": {"correct horse"}}},
		{"password", "password", url.Values{"password": {""}, "currentPassword": {"correct horse"}}},
		{"password", "currentPassword", url.Values{"password": {"another horse"}}},
	} {
		c.values.Set("form", c.form)
		got := s.Post(t, "/shop/profile", c.values)
		require.Equal(t, 400, got.Status, "%s %s", c.form, c.values)
		require.Len(t, got.Alerts, 1)
		for _, f := range got.Forms {
			for _, field := range f.Fields {
				here := f.Field("form").Value == c.form && field.Name == c.field
				require.Equal(t, here, field.Invalid, "%s of %s", field.Name, f.Field("form").Value)
				if strings.Contains(strings.ToLower(field.Name), "password") {
					require.Empty(t, field.Value, "no password is sent back")
				}
			}
			if f.Field("form").Value == "details" {
				want := "김구매"
				if c.form == "details" {
					want = c.values.Get("name")
				}
				require.Equal(t, want, f.Field("name").Value, "typed, or as it is")
			}
		}
	}
	require.Empty(t, s.store.Calls("UpdateBuyer"))
}

func TestProfile_Address_OffersItsConfirmation(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	pending := market.Email("new@example.com")
	for _, c := range []struct {
		buyer  market.Buyer
		offers bool
	}{
		{market.Buyer{Email: "kim@example.com", EmailVerified: true}, false},
		{market.Buyer{Email: "kim@example.com"}, true},
		{market.Buyer{Email: "kim@example.com", EmailVerified: true, PendingEmail: &pending}, true},
	} {
		s.store.Returns("Buyer", c.buyer)
		got := s.Get(t, "/shop/profile")
		require.Equal(t, c.offers, got.HasLink("/shop/verify"))
		require.Equal(t, c.offers, got.Form("/shop/profile/verification") != nil)
		require.Equal(t, c.buyer.PendingEmail != nil, strings.Contains(got.Text, "new@example.com"))
	}
	require.Equal(t, 503, s.Post(t, "/shop/profile/verification", nil).Status, "mails are off")
	s.auth.MailsSent = true
	require.Equal(t, "/shop/verify?notice=verification-sent",
		s.Post(t, "/shop/profile/verification", nil).Outcome)
	require.Equal(t, []string{`RequestEmailVerification("BUYER", 7)`}, s.store.Calls("RequestEmailVerification"))
	s.store.Fails("RequestEmailVerification", market.Refuse(market.CodeDataConflict))
	require.Equal(t, "/shop/verify?notice=verified", s.Post(t, "/shop/profile/verification", nil).Outcome)
}

func TestWithdrawal_Password_ClosesTheAccount(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	knowsPassword(t, s, "correct horse")
	require.NotNil(t, s.Get(t, "/shop/profile/withdrawal").Form("/shop/profile/withdrawal"))
	for _, typed := range []string{"", "wrong horse"} {
		got := s.Post(t, "/shop/profile/withdrawal", url.Values{"currentPassword": {typed}})
		require.Equal(t, 400, got.Status, typed)
		require.True(t, got.Form("/shop/profile/withdrawal").Field("currentPassword").Invalid)
	}
	require.Empty(t, s.store.Calls("WithdrawBuyer"))
	s.store.Fails("WithdrawBuyer", market.Refuse(market.CodeDataConflict))
	got := s.Post(t, "/shop/profile/withdrawal", url.Values{"currentPassword": {"correct horse"}})
	require.Equal(t, 409, got.Status)
	require.Len(t, got.Alerts, 1, "the form says why")
	s.store.Returns("WithdrawBuyer")
	got = s.Post(t, "/shop/profile/withdrawal", url.Values{"currentPassword": {"correct horse"}})
	require.Equal(t, "/shop/login?notice=withdrawn", got.Outcome)
	require.Contains(t, got.Header.Get("Set-Cookie"), "Max-Age=0")
	require.Equal(t, http.StatusSeeOther, s.Get(t, "/shop/profile").Status)
}
