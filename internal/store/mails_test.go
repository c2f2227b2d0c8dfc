package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// lookAlikes returns texts that some rule of case or compatibility folds to an address.
func lookAlikes(email string) (all []string) {
	for plain, others := range map[string][]string{
		"i": {"\u0130", "\u0131", "ｉ", "𝐢", "i\u0307"}, "k": {"\u212a", "ｋ"}, "s": {"\u017f", "ｓ"}, "a": {"\u0430", "ａ", "ª"},
		"o": {"\u03bf", "\u00ba"}, "m": {"ⅿ", "ｍ"}, "@": {"＠", "﹫"}, ".": {"\u3002", "．"},
	} {
		for _, other := range others {
			all = append(all, strings.Replace(email, plain, other, 1), strings.ReplaceAll(email, plain, other))
		}
	}
	for _, invisible := range []string{"\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff", "\x00", "\r\n", "\t"} {
		all = append(all, email+invisible, invisible+email, strings.Replace(email, "@", invisible+"@", 1))
	}
	return append(all, email+",thief@example.net", "thief@example.net,"+email, "<"+email+">",
		`"`+email+`"`, "mailto:"+email)
}

// TestRequestPasswordReset_LookAlike_ReachesTheStoredAddressOnly requests resets for every look-alike
// of an account's address: a mail is sent to the address that is stored, or none is.
func TestRequestPasswordReset_LookAlike_ReachesTheStoredAddressOnly(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	const stored = market.Email("admin.kosmos@mailhost.test")
	created, err := s.CreateAdmin(ctx, stored, "hash", "a")
	require.NoError(t, err)
	require.True(t, created)
	for _, typed := range append(lookAlikes(string(stored)), "Admin.Kosmos@MAILHOST.test") {
		email, err := market.ParseEmail(typed)
		if err != nil {
			continue
		}
		require.NoError(t, s.RequestPasswordReset(ctx, market.RoleAdmin, email))
		var id int64
		require.NoError(t, s.Pool().QueryRow(ctx, "SELECT max(id) FROM mails").Scan(&id))
		mail, due, err := s.MailToSend(ctx, id)
		require.NoError(t, err)
		require.Equal(t, email == stored, due, "%q", typed)
		if due {
			require.Equal(t, stored, mail.Recipient)
			local, _, _ := strings.Cut(typed, "@")
			require.True(t, strings.EqualFold(strings.TrimSpace(local), "admin.kosmos"), "%q", typed)
			for _, r := range local {
				require.Less(t, r, rune(0x80), "%q", typed)
			}
		}
	}
}

func TestResetPassword_PasswordChangedMeanwhile_IsInvalid(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	_, err := s.CreateAdmin(ctx, "a@example.com", "hash", "a")
	require.NoError(t, err)
	c, err := s.AdminCredentials(ctx, "a@example.com")
	require.NoError(t, err)
	require.NoError(t, s.RequestPasswordReset(ctx, market.RoleAdmin, "a@example.com"))
	var id int64
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT max(id) FROM mails").Scan(&id))
	_, due, err := s.MailToSend(ctx, id)
	require.NoError(t, err)
	require.True(t, due)
	require.NoError(t, s.SetAdminPassword(ctx, c.ID, "new", "mine"))
	_, err = s.ResetPassword(ctx, market.MailPasswordReset, market.RoleAdmin, id, "stolen")
	refused(t, market.CodeTokenInvalid, err)
}
