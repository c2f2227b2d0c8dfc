package sellerweb

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func application() url.Values {
	return url.Values{
		"email": {"S@example.com"}, "password": {"correct horse"}, "name": {"박판매"}, "phone": {"02-123-4567"},
		"storeName": {"서점"}, "bizNumber": {"123-45-67891"}, "bankCode": {"KOOKMIN"}, "bankAccount": {"110-123"},
	}
}

func TestSignUp_Application_WaitsForApproval(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	form := s.anonymous().Get(t, base+"/signup").Form(base + "/signup")
	for name := range application() {
		require.True(t, form.Field(name).Required, name)
	}
	got := s.anonymous().Post(t, base+"/signup", application())
	require.Equal(t, base+"/signup/applied", got.Location, got.Body)
	call := s.store.Calls("SignUpSeller")
	require.Len(t, call, 1)
	require.Contains(t, call[0], `"Email":"s@example.com"`)
	require.NotContains(t, call[0], "correct horse")
	require.Contains(t, call[0], `"Language":"en"`, "of the browser")
	for mails, offers := range map[bool]bool{true: true, false: false} {
		s.auth.MailsSent = mails
		require.Equal(t, offers, s.anonymous().Get(t, base+"/signup/applied").HasLink(base+"/verify"), "mails %t",
			mails)
	}
}

// TestSignUp_Refused_KeepsWhatWasTyped, apart from the password, and marks the field at fault.
func TestSignUp_Refused_KeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for field, values := range map[string][]string{
		"email": {"s", ""}, "password": {"1234567", ""}, "name": {"", strings.Repeat("n", 51)},
		"phone": {"", strings.Repeat("1", 21)}, "storeName": {"", strings.Repeat("n", 101)}, "bizNumber": {"", "---"},
		"bankCode": {"", "GOLD"}, "bankAccount": {"", strings.Repeat("1", 51)},
	} {
		for _, value := range values {
			typed := application()
			typed.Set(field, value)
			got := s.anonymous().Post(t, base+"/signup", typed)
			require.Equal(t, 400, got.Status, "%s=%q", field, value)
			form := got.Form(base + "/signup")
			require.True(t, form.Field(field).Invalid, "%s=%q", field, value)
			require.Len(t, got.Alerts, 1)
			for name := range typed {
				switch {
				case name == "password":
					require.Empty(t, form.Field(name).Value)
				case name != field && name != "email": // which is in canonical form
					require.Equal(t, typed.Get(name), form.Field(name).Value, "%s after %s=%q", name, field, value)
				}
			}
		}
	}
	require.Empty(t, s.store.Calls())
	s.store.Fails("SignUpSeller", market.Refuse(market.CodeEmailAlreadyExists))
	require.True(t, s.anonymous().Post(t, base+"/signup", application()).Form(base+"/signup").Field("email").Invalid)
}

// knowsPassword lets the seller of a stand have a password.
func knowsPassword(t *testing.T, s *stand, password string) {
	t.Helper()
	hash, err := s.auth.Passwords.Hash(t.Context(), password)
	require.NoError(t, err)
	s.store.Returns("SellerSecret", hash)
}

func TestProfile_Forms_SaveWhatTheyShow(t *testing.T) {
	t.Parallel()
	for form, c := range map[string]struct {
		values         url.Values
		change, notice string
	}{
		"details": {url.Values{"storeName": {"새 서점"}, "name": {"n"}, "phone": {"1"}}, `"StoreName":"새 서점"`, "profile"},
		"bank": {
			url.Values{"bankCode": {"TOSS"}, "bankAccount": {"99"}, "currentPassword": {"correct horse"}},
			`"BankAccount":"99","BankCode":"TOSS"`, "profile",
		},
		"email": {
			url.Values{"email": {"new@example.com"},
				"currentPassword": {"correct horse"}}, `"Email":"new@example.com"`, "profile",
		},
		"password": {
			url.Values{"password": {"another horse"}, "currentPassword": {"correct horse"}}, `"PasswordHash":"$2a$`,
			"password-changed",
		},
	} {
		s := newStand(t)
		stocked(t, s)
		knowsPassword(t, s, "correct horse")
		c.values.Set("form", form)
		found := false
		for _, f := range s.Get(t, base+"/profile").Forms {
			if f.Field("form").Value != form {
				continue
			}
			found = true
			require.Equal(t, base+"/profile", f.Action)
			for name := range c.values {
				require.NotEmpty(t, f.Field(name).Name, "%s has %s", form, name)
			}
		}
		require.True(t, found, form)
		got := s.Post(t, base+"/profile", c.values)
		require.Equal(t, base+"/profile?notice="+c.notice+"", got.Outcome, got.Body)
		call := s.store.Calls("UpdateSeller")
		require.Len(t, call, 1)
		require.Contains(t, call[0], c.change)
		require.Contains(t, call[0], `"PayoutPause":259200000000000`)
	}
}

func TestProfile_NewAddress_LeadsToItsConfirmation(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	knowsPassword(t, s, "correct horse")
	pending := market.Email("new@example.com")
	s.store.Returns("UpdateSeller", market.Seller{PendingEmail: &pending}, false)
	got := s.Post(t, base+"/profile", url.Values{
		"form": {"email"}, "email": {"new@example.com"}, "currentPassword": {"correct horse"},
	})
	require.Equal(t, base+"/profile?notice=email-pending", got.Outcome)
}

func TestProfile_Refused_MarksTheFieldOfItsForm(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	knowsPassword(t, s, "correct horse")
	for _, c := range []struct {
		form, field string
		values      url.Values
	}{
		{"details", "storeName", url.Values{"storeName": {strings.Repeat("n", 101)}, "name": {"typed"}}},
		{"bank", "bankCode", url.Values{"bankCode": {"GOLD"}, "bankAccount": {"1"}}},
		{"bank", "currentPassword", url.Values{"bankCode": {"TOSS"}, "bankAccount": {"99"}}},
		{"bank", "bankAccount", url.Values{"bankCode": {"TOSS"}, "bankAccount": {strings.Repeat("1", 51)}}},
		{"email", "email", url.Values{"email": {""}}},
		{"password", "password", url.Values{"password": {"password"}, "currentPassword": {"correct horse"}}},
	} {
		c.values.Set("form", c.form)
		got := s.Post(t, base+"/profile", c.values)
		require.Equal(t, 400, got.Status, "%s %s", c.form, c.values)
		for _, f := range got.Forms {
			for _, field := range f.Fields {
				require.Equal(t, f.Field("form").Value == c.form && field.Name == c.field, field.Invalid, "%s of %s",
					field.Name,
					f.Field("form").Value)
			}
			switch f.Field("form").Value {
			case "bank":
				if c.form == "bank" {
					require.Equal(t, c.values.Get("bankAccount"), f.Field("bankAccount").Value, "what was typed stays")
				}
			case "details":
				if c.form == "details" {
					require.Equal(t, "typed", f.Field("name").Value)
				} else {
					require.Equal(t, hostile, f.Field("name").Value)
				}
			}
		}
	}
	require.Empty(t, s.store.Calls("UpdateSeller"))
}

// TestProfile_PayoutAccount_ShowsTheEndOfItsNumber and the state of a new one, and no whole number.
func TestProfile_PayoutAccount_ShowsTheEndOfItsNumber(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	got := s.Get(t, base+"/profile")
	require.Contains(t, got.Text, "···4321")
	require.Contains(t, got.Text, "···9876", "the one that was rejected")
	texts := map[string]bool{}
	for _, account := range []market.SellerAccount{
		{BankCode: "TOSS"}, {BankCode: "TOSS", BankAccountPending: true}, {BankCode: "TOSS", PayoutsHeld: true},
		{BankCode: "TOSS", PayoutsPausedUntil: &noon},
		{BankCode: "TOSS", BankAccountRefused: &market.RefusedAccount{Status: market.ProposalExpired}},
		{BankCode: "TOSS", BankAccountRefused: &market.RefusedAccount{Status: market.ProposalRejected}},
	} {
		account.Status = market.SellerApproved
		s.store.Returns("SellerAccount", account)
		text := s.Get(t, base+"/profile").Text
		require.False(t, texts[text], "each state is shown: %+v", account)
		texts[text] = true
	}
}

func TestWithdrawal_OpenDeliveries_AreExplained(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	knowsPassword(t, s, "correct horse")
	s.store.Fails("WithdrawSeller", market.Refuse(market.CodeDataConflict))
	got := s.Post(t, base+"/profile/withdrawal", url.Values{"currentPassword": {"correct horse"}})
	require.Equal(t, 409, got.Status)
	require.NotNil(t, got.Form(base+"/profile/withdrawal"))
	s.store.Returns("WithdrawSeller")
	got = s.Post(t, base+"/profile/withdrawal", url.Values{"currentPassword": {"correct horse"}})
	require.Equal(t, base+"/login?notice=withdrawn", got.Outcome)
	require.Equal(t, http.StatusSeeOther, s.Get(t, base+"/profile").Status)
}
