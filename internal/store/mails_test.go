package store_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
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

// It requests resets for every look-alike
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
	_, _, err = s.ResetPassword(ctx, market.MailPasswordReset, market.RoleAdmin, id, "stolen")
	refused(t, market.CodeTokenInvalid, err)
}

// limits counts mails, and refuses all after a number of them.
type limits struct {
	admitted []market.MailRequest
	most     int
}

func (l *limits) AdmitMail(_ context.Context, m market.MailRequest) error {
	if len(l.admitted) >= l.most {
		return market.Refuse(market.CodeMailRateLimited)
	}
	l.admitted = append(l.admitted, m)
	return nil
}

func TestQueueMail_TooManyMails_ChangesNothing(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	mails := &limits{most: 3}
	s.LimitMails(mails)
	ctx := market.WithActor(t.Context(), market.Actor{Role: market.RoleBuyer, ID: s.BuyerID, Address: "192.0.2.1"})
	to := market.Email("new@example.com")
	now, err := s.Buyer(ctx, s.BuyerID)
	require.NoError(t, err)
	_, err = s.UpdateBuyer(ctx, s.BuyerID, store.ProfileChange{Email: &to, Unverified: true})
	require.NoError(t, err)
	require.NoError(t, s.RequestPasswordReset(ctx, market.RoleBuyer, to))
	require.Equal(t, []market.MailRequest{
		{
			Kind: market.MailEmailChangeRequested, Role: market.RoleBuyer, AccountID: s.BuyerID, Receiver: now.Email,
			Address: "192.0.2.1",
		},
		{
			Kind: market.MailEmailVerification, Role: market.RoleBuyer, AccountID: s.BuyerID, Receiver: to,
			Address: "192.0.2.1",
		},
		{Kind: market.MailPasswordReset, Role: market.RoleBuyer, Receiver: to, Address: "192.0.2.1"},
	}, mails.admitted)
	hash, other := "hash", market.Email("other@example.com")
	before, err := s.BuyerSecret(ctx, s.BuyerID)
	require.NoError(t, err)
	_, err = s.UpdateBuyer(ctx, s.BuyerID, store.ProfileChange{PasswordHash: &hash, Email: &other, Unverified: true})
	refused(t, market.CodeMailRateLimited, err)
	refused(t, market.CodeMailRateLimited, s.RequestEmailVerification(ctx, market.RoleBuyer, s.BuyerID))
	refused(t, market.CodeMailRateLimited, s.RequestPasswordReset(ctx, market.RoleBuyer, to))
	after, err := s.BuyerSecret(ctx, s.BuyerID)
	require.NoError(t, err)
	require.Equal(t, before, after)
	b, err := s.Buyer(ctx, s.BuyerID)
	require.NoError(t, err)
	require.Equal(t, to, *b.PendingEmail)
	require.Equal(t, 3, s.Number(t, "SELECT count(*) FROM mails WHERE kind <> 'NOTIFICATION'"))
	_, err = s.UpdateBuyer(ctx, s.BuyerID, store.ProfileChange{Name: &hash})
	require.NoError(t, err, "it sends no mail")
	_, err = s.SignUpBuyer(ctx, store.BuyerSignup{
		Email: "signup@example.com", PasswordHash: "hash", Name: "b", Phone: "010-1111-2222",
	})
	require.NoError(t, err, "signups have limits of their own")
	require.NoError(t, s.RequestPasswordReset(t.Context(), market.RoleBuyer, to), "no request: an operator's command")
}

// It finds what writes mails in the sources: requests may do so by queueMail
// and queueInvitation only, apart from signups.
func TestMails_EachPath_IsLimited(t *testing.T) {
	t.Parallel()
	callers, writers := map[string][]string{}, []string{"QueueMail", "writeMail", "admitMail"}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(writers, s.Sel.Name) {
					callers[s.Sel.Name] = append(callers[s.Sel.Name], f.Name.Name)
				}
				return true
			})
		}
	}
	// A refusal is one mail for each proposal, whose own mail was limited.
	require.ElementsMatch(t, []string{"writeMail", "notifyOfRefusal", "queueInvitation"}, callers["QueueMail"])
	require.ElementsMatch(t, []string{"queueMail", "queueInvitation"}, callers["admitMail"])
	require.ElementsMatch(t, []string{"queueMail", "SignUpBuyer", "SignUpSeller"}, callers["writeMail"])
	queries, err := filepath.Glob("queries/*.sql")
	require.NoError(t, err)
	for _, name := range queries {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, insert := range strings.Split(string(content), "INSERT INTO mails")[1:] {
			_, values, _ := strings.Cut(strings.Join(strings.Fields(insert), " "), ") ")
			require.Regexp(t, `^(VALUES \(@kind, @role, @recipient, @account_id, @proposal_id, @sender_id\)`+
				`|SELECT (DISTINCT )?'(WEBHOOK_PAUSED|ORDER_DISPUTED)')`, values,
				"only deliveries of webhooks and disputes write mails without a request")
		}
	}
}
