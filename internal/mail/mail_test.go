package mail

import (
	"go/ast"
	"go/parser"
	"go/token"
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

func TestTexts_EachKind_HasItsContent(t *testing.T) {
	t.Parallel()
	m := Message{Kind: market.MailPasswordReset, Role: market.RoleSeller, Recipient: "s@example.com", Token: "7.abc"}
	sites := Sites{Market: "https://market.example/", Console: "https://staff.example"}
	_, body := m.text(sites)
	require.Contains(t, body, "\n    7.abc\n")
	require.Contains(t, body, "\nhttps://market.example/seller-center/reset-password#token=7.abc\n")
	m.Role = market.RoleAdmin
	_, body = m.text(sites)
	require.Contains(t, body, "\nhttps://staff.example/reset-password#token=7.abc\n")
	_, body = m.text(Sites{Market: sites.Market})
	require.NotContains(t, body, "http", "the console's address is not known")
	_, body = Message{
		Kind: market.MailEmailVerification, Role: market.RoleBuyer, Token: "7.a_-",
	}.text(sites)
	require.Contains(t, body, "\nhttps://market.example/shop/verify#token=7.a_-\n")
	_, body = Message{Kind: market.MailPasswordChanged, Role: market.RoleBuyer}.text(sites)
	require.NotContains(t, body, "http", "there is nothing to take")
}

func TestMessageText_Rejection_ContainsTheReasonOnOneLine(t *testing.T) {
	t.Parallel()
	_, body := Message{Kind: market.MailBankAccountRejected, Reason: "other\nholder"}.text(Sites{})
	require.Contains(t, body, "\n\n사유 / Reason:\n\n    other holder\n")
	_, body = Message{Kind: market.MailBankAccountExpired}.text(Sites{})
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
	_, body := m.text(Sites{})
	require.Contains(t, body, "\n\n역할 / Role: 재무 / Finance\n\n    7.a\n")
	require.NotContains(t, body, "Invited by", "an operator invites")
	m.SenderName, m.SenderEmail = "Kim\nOwner", "kim@example.com"
	_, body = m.text(Sites{Console: "https://staff.example"})
	require.Contains(t, body, "\n초대한 사람 / Invited by: Kim Owner, kim@example.com\n")
	require.Contains(t, body, "\n관리자 콘솔 / Console: https://staff.example/\n")
	for _, role := range market.StaffRoles {
		require.NotEmpty(t, staffRoles[role], role)
	}
}
