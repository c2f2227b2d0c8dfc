package notices

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// kinds returns the constants of market.NotificationKind.
func kinds(t *testing.T) (all []market.NotificationKind) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../market/notification.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "NotificationKind" {
			kind, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			all = append(all, market.NotificationKind(kind))
		}
		return true
	})
	require.Greater(t, len(all), 20)
	return all
}

func TestOf_EachKind_HasTextsInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds(t) {
		titles := map[string]bool{}
		for _, l := range []market.Language{market.Korean, market.English} {
			for _, role := range []market.Role{market.RoleBuyer, market.RoleSeller} {
				n := Of(market.Notification{Kind: kind}, role, l)
				require.NotEmpty(t, n.Title, "%s in %s", kind, l)
				require.NotEmpty(t, n.Message, "%s in %s", kind, l)
			}
			titles[Of(market.Notification{Kind: kind}, market.RoleBuyer, l).Title] = true
		}
		require.Len(t, titles, 2, "%s has one title for both languages", kind)
	}
}

func TestOf_CancelledOrder_DiffersBetweenBuyerAndSeller(t *testing.T) {
	t.Parallel()
	n := market.Notification{Kind: market.NoticeOrderCancelled}
	require.NotEqual(t, Of(n, market.RoleBuyer, market.English).Message,
		Of(n, market.RoleSeller, market.English).Message)
}

func TestOf_Facts_AreLinesInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	day, amount, stock := market.Date(2026, 11, 29), market.Money(-12_900_00), int32(3)
	f := market.NotificationFacts{
		OrderID: 4711, PlacedOn: &day, Product: "나무\n의자", More: 2, Amount: &amount, Stock: &stock,
		Carrier: "CJ", TrackingNumber: " 6000 ",
	}
	number := market.OrderNumber(4711, day)
	for l, want := range map[market.Language][]Fact{
		market.Korean: {
			{"주문번호", number}, {"상품", "나무 의자 외 2건"}, {"금액", "−12,900원"}, {"남은 재고", "3"}, {"송장번호", "CJ 6000"},
		},
		market.English: {
			{"Order number", number}, {"Product", "나무 의자 and 2 more"}, {"Amount", "−₩12,900"}, {"Stock left", "3"},
			{"Tracking number", "CJ 6000"},
		},
	} {
		require.Equal(t, want, Of(market.Notification{Facts: f}, market.RoleBuyer, l).Facts, l)
	}
}

func TestOf_Path_LeadsToTheSubject(t *testing.T) {
	t.Parallel()
	order := market.NotificationFacts{OrderID: 7}
	for _, c := range []struct {
		topic market.Topic
		facts market.NotificationFacts
		role  market.Role
		want  string
	}{
		{market.TopicOrders, order, market.RoleBuyer, "/orders/7"},
		{market.TopicRefunds, order, market.RoleBuyer, "/orders/7"},
		{market.TopicRefunds, order, market.RoleSeller, "/refunds"},
		{market.TopicStock, market.NotificationFacts{ProductID: 5}, market.RoleSeller, "/products/5"},
		{market.TopicSettlement, market.NotificationFacts{SettlementID: 9}, market.RoleSeller, "/settlements/9"},
		{market.TopicAccount, order, market.RoleSeller, "/"},
	} {
		require.Equal(t, c.want, Of(market.Notification{Topic: c.topic, Facts: c.facts}, c.role, market.Korean).Path, c)
	}
}
