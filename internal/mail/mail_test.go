package mail

import (
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// It reads the constants of package market.
func TestTexts_EachKind_HasOne(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../market/notification.go", nil, 0)
	require.NoError(t, err)
	kinds := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "MailKind" {
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			kind := market.MailKind(name)
			if kind == market.MailNotification {
				return true // see notices
			}
			text, ok := texts[kind]
			require.True(t, ok && text.subject != "" && text.ko != "" && text.en != "", kind)
			require.Equal(t, kind.TokenLifetime() > 0, text.page != "", "who takes the token of %s", kind)
			kinds++
		}
		return true
	})
	require.Equal(t, len(texts), kinds)
}

// written returns the text of a mail about an account.
func written(m Message, sites Sites) string {
	_, l := m.account(sites)
	return l.text()
}

// Each mail about an account is written in the language of the account, in text and in HTML, and in both to staff.
func TestAccountMails_EachLanguage_AreInItAlone(t *testing.T) {
	t.Parallel()
	sites := Sites{Market: "https://market.example/", Console: "https://staff.example"}
	for kind, text := range texts {
		ko, en, found := strings.Cut(text.subject, " / ")
		require.True(t, found, kind)
		for language, want := range map[market.Language]struct{ has, not []string }{
			market.Korean:  {[]string{ko, text.ko}, []string{en, text.en}},
			market.English: {[]string{en, text.en}, []string{ko, text.ko}},
			"":             {[]string{ko, text.ko, en, text.en}, nil},
		} {
			m := Message{Kind: kind, Role: market.RoleSeller, Token: "7.abc", Reason: "a<b", Language: language}
			subject, l := m.account(sites)
			page, err := l.html()
			require.NoError(t, err)
			body := html.UnescapeString(page)
			require.Contains(t, page, "a&lt;b", kind)
			for _, part := range want.has {
				require.Contains(t, l.text(), part, "%s in %s", kind, language)
				require.Contains(t, body, part, "%s in %s", kind, language)
			}
			for _, part := range want.not {
				require.NotContains(t, l.text(), part, "%s in %s", kind, language)
				require.NotContains(t, body, part, "%s in %s", kind, language)
			}
			require.Contains(t, subject, want.has[0], kind)
			require.Contains(t, body, ">7.abc</p>", kind)
			if text.page != "" {
				require.Contains(t, body, `href="https://market.example/seller-center`+text.page+`#token=7.abc"`, kind)
			}
		}
	}
}

func TestTexts_EachKind_HasItsContent(t *testing.T) {
	t.Parallel()
	m := Message{Kind: market.MailPasswordReset, Role: market.RoleSeller, Recipient: "s@example.com", Token: "7.abc"}
	sites := Sites{Market: "https://market.example/", Console: "https://staff.example"}
	body := written(m, sites)
	require.Contains(t, body, "\n    7.abc\n")
	require.Contains(t, body, "\nhttps://market.example/seller-center/reset-password#token=7.abc\n")
	m.Role = market.RoleAdmin
	body = written(m, sites)
	require.Contains(t, body, "\nhttps://staff.example/reset-password#token=7.abc\n")
	body = written(m, Sites{Market: sites.Market})
	require.NotContains(t, body, "http", "the console's address is not known")
	body = written(Message{Kind: market.MailEmailVerification, Role: market.RoleBuyer, Token: "7.a_-"}, sites)
	require.Contains(t, body, "\nhttps://market.example/shop/verify#token=7.a_-\n")
	body = written(Message{Kind: market.MailPasswordChanged, Role: market.RoleBuyer}, sites)
	require.NotContains(t, body, "http", "there is nothing to take")
}

func TestMessageText_Rejection_ContainsTheReasonOnOneLine(t *testing.T) {
	t.Parallel()
	body := written(Message{Kind: market.MailBankAccountRejected, Reason: "other\nholder"}, Sites{})
	require.Contains(t, body, "\n사유 / Reason: other holder\n")
	body = written(Message{Kind: market.MailBankAccountExpired}, Sites{})
	require.NotContains(t, body, "Reason")
}

func TestSenderAddresses(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"smtp://127.0.0.1:1025": true, "smtp://user:word@mail.example": true, "smtps://user:word@mail.example:465": true,
		"": false, "mail.example:25": false, "http://mail.example": false, "smtp://": false,
	} {
		_, err := NewSender(address, "All-In-Market <market@example.com>", Sites{})
		require.Equal(t, ok, err == nil, "%s: %v", address, err)
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "SMTP_URL"), err)
		}
	}
	_, err := NewSender("smtp://127.0.0.1:1025", "nobody", Sites{})
	require.ErrorContains(t, err, "MAIL_FROM")
}

func TestMessageText_Invitation_NamesRoleSenderAndConsole(t *testing.T) {
	t.Parallel()
	m := Message{Kind: market.MailStaffInvitation, Role: market.RoleAdmin, StaffRole: market.StaffFinance, Token: "7.a"}
	body := written(m, Sites{})
	require.Contains(t, body, "\n\n역할 / Role: 재무 / Finance\n\n    7.a\n")
	require.NotContains(t, body, "Invited by", "an operator invites")
	m.SenderName, m.SenderEmail = "Kim\nOwner", "kim@example.com"
	body = written(m, Sites{Console: "https://staff.example"})
	require.Contains(t, body, "\n초대한 사람 / Invited by: Kim Owner, kim@example.com\n")
	require.Contains(t, body, "\n관리자 콘솔 / Console: https://staff.example/\n")
	for _, role := range market.StaffRoles {
		require.NotEmpty(t, staffRoles[role], role)
	}
}
