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

// kinds returns the kinds of notifications, from the constants of package market.
func kinds(t *testing.T) (all []market.NotificationKind) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../market/notification.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "NotificationKind" {
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			all = append(all, market.NotificationKind(name))
		}
		return true
	})
	require.Len(t, all, 22)
	return all
}

const hostileName = `<script>alert(1)</script>"&` + "\r\nBcc: x@example.com"

// notification returns a notification of a kind with all facts that it may have.
func notification(kind market.NotificationKind) *market.Notification {
	amount, stock := market.Money(12_345_00), int32(3)
	n := &market.Notification{Kind: kind, Topic: market.TopicOrders, SubjectID: 9, Facts: market.NotificationFacts{
		OrderID: 4711, PlacedOn: new(market.Date(2026, 11, 29)), Product: hostileName, More: 2, Amount: &amount,
		Reason:  hostileName,
		Carrier: "CJ", TrackingNumber: "123-456",
	}}
	switch name := string(kind); {
	case strings.HasPrefix(name, "APPLICATION"):
		n.Topic = market.TopicAccount
		n.Facts = market.NotificationFacts{Store: hostileName, Reason: hostileName}
	case strings.HasPrefix(name, "SETTLEMENT"), strings.HasPrefix(name, "PAYOUT"):
		n.Topic = market.TopicMoney
		n.Facts = market.NotificationFacts{
			SettlementID: 8, PayoutID: 9, Amount: &amount, From: "2026-11-01", To: "2026-11-15",
		}
	case kind == market.NoticeStockLow:
		n.Facts = market.NotificationFacts{ProductID: 5, Product: hostileName, Stock: &stock}
	case kind == market.NoticeRestock:
		n.Facts = market.NotificationFacts{ProductID: 5, Product: hostileName, Amount: &amount}
	}
	return n
}

// receivers are the roles that get each kind; the others are of sellers only.
var receivers = map[market.NotificationKind][]market.Role{
	market.NoticeOrderPlaced: {market.RoleBuyer}, market.NoticeOrderPaid: {market.RoleBuyer},
	market.NoticePaymentDeclined: {market.RoleBuyer}, market.NoticeOrderExpired: {market.RoleBuyer},
	market.NoticeOrderPartShipped: {market.RoleBuyer}, market.NoticeOrderShipped: {market.RoleBuyer},
	market.NoticeOrderDelivered: {market.RoleBuyer}, market.NoticeRefundFailed: {market.RoleBuyer},
	market.NoticeRefundPaid: {market.RoleBuyer}, market.NoticeRestock: {market.RoleBuyer},
	market.NoticeOrderCancelled:  {market.RoleBuyer, market.RoleSeller},
	market.NoticeRefundRequested: {market.RoleBuyer, market.RoleSeller},
	market.NoticeRefundApproved:  {market.RoleBuyer, market.RoleSeller},
	market.NoticeRefundDenied:    {market.RoleBuyer, market.RoleSeller},
}

func TestNotice_EachKind_RendersInBothLanguages(t *testing.T) {
	t.Parallel()
	sites := Sites{Market: "https://market.example/"}
	titles := map[string]market.NotificationKind{}
	for _, kind := range kinds(t) {
		roles := receivers[kind]
		if roles == nil {
			roles = []market.Role{market.RoleSeller}
		}
		for _, role := range roles {
			for _, language := range []market.Language{market.Korean, market.English} {
				n := notification(kind)
				m := Message{Kind: market.MailNotification, Role: role, Notification: n, Language: language}
				subject, l := m.notice(sites)
				text := l.text()
				html, err := l.html()
				require.NoError(t, err)
				require.NotEqual(t, "[All-In-Market] ", subject, kind)
				title, _, _ := strings.Cut(subject, ": ")
				if before, ok := titles[title]; ok {
					require.Equal(t, before, kind, title)
				}
				titles[title] = kind
				require.Equal(t, language == market.Korean, strings.ContainsFunc(title, hangul), title)
				require.NotContains(t, subject, "\n")
				require.NotContains(t, html, "<script", kind)
				base := "https://market.example/shop/"
				if role == market.RoleSeller {
					base = "https://market.example/seller-center/"
				}
				require.Contains(t, text, "\n"+base, kind)
				require.Contains(t, html, `href="`+base, kind)
				wanted := []string{}
				if n.Facts.OrderID != 0 {
					wanted = append(wanted, market.OrderNumber(4711, market.Date(2026, 11, 29)))
				}
				if n.Facts.Amount != nil {
					wanted = append(wanted, "12,345")
				}
				if n.Facts.Product != "" || n.Facts.Store != "" {
					wanted = append(wanted, "alert(1)")
				}
				for _, w := range wanted {
					require.Contains(t, text, w, kind)
					require.Contains(t, html, w, kind)
				}
				require.Equal(t, n.Topic != market.TopicMoney && n.Topic != market.TopicAccount,
					strings.Contains(text, "/profile"), kind)
			}
		}
	}
}

func TestNotice_WithoutSites_HasNoLink(t *testing.T) {
	t.Parallel()
	m := Message{Role: market.RoleBuyer, Notification: notification(market.NoticeOrderPaid), Language: market.Korean}
	_, l := m.notice(Sites{})
	text := l.text()
	html, err := l.html()
	require.NoError(t, err)
	require.NotContains(t, text, "http")
	require.NotContains(t, html, "href")
}

func hangul(r rune) bool { return r >= '가' && r <= '힣' }
