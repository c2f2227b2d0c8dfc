package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestDashboard_OfToday_IsCachedUntilItIsRefreshed(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for range 2 {
		got := s.send(t, "GET /seller/dashboard", "")
		require.Equal(t, 200, got.Status)
		require.Equal(t, "no-store", got.header.Get("Cache-Control"))
	}
	require.Equal(t, []string{`Dashboard(8, "2026-11-30")`}, s.store.Calls())
	s.store.Does("RollUp", func(...any) ([]any, error) {
		s.Cache.DashboardsChanged(t.Context())([]int64{sellerID})
		return nil, nil
	})
	require.Equal(t, 200, s.send(t, "POST /seller/dashboard/refresh", "").Status)
	require.Equal(t, []string{"RollUp()", `Dashboard(8, "2026-11-30")`}, s.store.Calls()[1:])
	s.store.Fails("RollUp", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.send(t, "POST /seller/dashboard/refresh", "").Status)
}

func TestStatistics_BadSpans_AreRefusedUnread(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for route, want := range map[string]string{
		"GET /seller/statistics/summary?from=2026-02-30":                     "from must be a date such as 2026-01-31.",
		"GET /seller/statistics/summary?to=20260201":                         "to must be a date such as 2026-01-31.",
		"GET /seller/statistics/summary?from=2026-02-02&to=2026-02-01":       "from must not be later than to.",
		"GET /seller/statistics/summary?groupBy=year":                        "groupBy must be one of: day, week, month",
		"GET /seller/statistics/products?size=101":                           "size must be a whole number from 1 to 100.",
		"GET /seller/statistics/products?size=0":                             "size must be a whole number from 1 to 100.",
		"GET /seller/statistics/products?size=ten":                           "size must be a whole number from 1 to 100.",
		"GET /seller/statistics/daily/2026-13-01":                            "date must be a date such as 2026-01-31.",
		"GET /seller/ledger/days?from=2025-11-29&to=2026-11-30":              "Ask for at most 366 days at a time.",
		"GET /seller/ledger/days?from=2026-12-01":                            "",
		"GET /seller/ledger?format=xlsx":                                     "format must be one of: json, csv",
		"GET /seller/settlements/3/statement?format=pdf":                     "format must be one of: json, csv, orders",
		"GET /seller/orderitems?unpaid=maybe":                                "unpaid must be true or false.",
		"GET /order-notifications/me?all=maybe":                              "all must be true or false.",
		"GET /seller/statistics/summary?from=2026-01-01&from=2026-01-02":     "Give the query parameter from only once.",
		"GET /seller/statistics/summary?since=2026-01-01&groupBy=day":        "There is no query parameter since here; there are: from, to, groupBy.",
		"GET /seller/statistics/products?from=2026-01-01&to=2026-01-01&size": "",
	} {
		got := s.send(t, route, "")
		if want == "" {
			require.Equal(t, 200, got.Status, "%s: %s", route, got.body)
			s.store.Forget()
			s.lists.Forget()
			continue
		}
		require.Equal(t, 400, got.Status, route)
		require.Equal(t, want, got.Message, route)
	}
	require.Empty(t, s.store.Calls())
	require.Empty(t, s.lists.Calls())
}

func TestLedger_AsFile_HasEveryEntryAndIsNoted(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	day, err := market.ParseDay("2026-11-29")
	require.NoError(t, err)
	seller, item := int64(sellerID), int64(3)
	s.store.Returns("NoteAccess", int64(4))
	s.lists.Returns("EachLedgerEntry", []market.LedgerEntry{
		{ID: 1, TransactionID: 2, Kind: "PAYMENT_APPROVED", SourceType: "PAYMENT", SourceID: 5, BusinessDay: day,
			Account: market.AccountSellerPayable, SellerID: &seller, OrderItemID: &item, Credit: 12_900_50},
		{ID: 2, TransactionID: 3, Kind: "PAYOUT_STARTED", SourceType: "PAYOUT", SourceID: 6, BusinessDay: day,
			Account: market.AccountSellerPayable, SellerID: &seller, Debit: 100},
	})
	got := s.send(t, "GET /seller/ledger?format=csv&from=2026-11-01", "")
	require.Equal(t, 200, got.Status)
	require.Equal(t,
		"\ufeffentryId,transactionId,businessDay,kind,sourceType,sourceId,account,sellerId,orderItemId,debit,credit\n"+
			"1,2,2026-11-29,PAYMENT_APPROVED,PAYMENT,5,SELLER_PAYABLE,8,3,0.00,12900.50\n"+
			"2,3,2026-11-29,PAYOUT_STARTED,PAYOUT,6,SELLER_PAYABLE,8,,1.00,0.00\n", got.body)
	require.Equal(t, `attachment; filename="ledger.csv"`, got.header.Get("Content-Disposition"))
	require.Equal(t, []string{
		`NoteAccess({"Action":"EXPORT","Data":"LEDGER","Subject":"SELLER","SubjectID":8})`, "EndExport(4, 2)",
	}, s.store.Calls())
	require.Equal(t, []string{`EachLedgerEntry({"Account":"SELLER_PAYABLE","From":"2026-11-01","Seller":8})`},
		s.lists.Calls())
}

func TestStatement_AsPage_IsEscapedAndRunsNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	from, err := market.ParseDay("2026-11-01")
	require.NoError(t, err)
	order, number := int64(4), "20261101-00048"
	placed := market.LocalTime(from.Start().Add(12 * time.Hour))
	orders := make([]market.StatementOrder, 1001)
	orders[0] = market.StatementOrder{OrderID: &order, OrderNumber: &number, OrderedAt: &placed,
		GrossSales: 13_000_50, Refunds: 99_00, Commission: 11_00, Payable: 12_890_50}
	orders[1000].Payable = 7
	s.store.Returns("Statement", market.Statement{
		SettlementDetail: market.SettlementDetail{
			Settlement: market.Settlement{ID: 3, SellerID: sellerID, Amount: 12_900_50, PeriodStart: from,
				PeriodEnd: from.Add(14)},
			Lines: []market.SettlementLine{{StatDate: from, Fee: 1_00, Payable: 12_900_50}},
		},
		Orders: orders, OrderCount: len(orders),
	})
	s.Issuer = market.Business{Name: "Market Inc.", BizNumber: "123-45-67891"}
	s.store.Returns("Seller", market.Seller{ID: sellerID, StoreName: `<script>alert("1")</script>`})
	got := s.send(t, "GET /seller/settlements/3/statement", "")
	require.Equal(t, 200, got.Status)
	require.Equal(t, "text/html; charset=utf-8", got.header.Get("Content-Type"))
	require.Equal(t, "no-store", got.header.Get("Cache-Control"))
	require.Contains(t, got.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.NotContains(t, got.body, "<script>")
	require.Contains(t, got.body, "&lt;script&gt;")
	require.Contains(t, got.body, "2026-11-15")
	require.Empty(t, s.store.Calls("NoteAccess"), "a seller reads its own")

	got = s.send(t, "GET /seller/settlements/3/statement?format=csv", "")
	require.Equal(t, "\ufeffsettlementId,day,fee,payable\n3,2026-11-01,1.00,12900.50\n", got.body)
	require.Equal(t, `attachment; filename="settlement-3.csv"`, got.header.Get("Content-Disposition"))
	require.Contains(t, s.store.Calls("NoteAccess")[0], `"DataID":3`)

	got = s.send(t, "GET /seller/settlements/3/statement?format=orders", "")
	require.True(t, strings.HasPrefix(got.body, "\ufeffsettlementId,orderNumber,orderDate,grossSales,refunds,commission,"+
		"commissionVat,payable\n3,20261101-00048,2026-11-01,13000.50,99.00,11.00,1.00,12890.50\n3,,,0.00,"), got.body)
	require.Equal(t, 1002, strings.Count(got.body, "\n"), "all orders")
	require.Len(t, s.store.Calls("NoteAccess"), 2)

	got = s.send(t, "GET /seller/settlements/3/statement?format=json", "")
	require.Equal(t, 200, got.Status, got.body)
	var statement market.Statement
	require.NoError(t, json.Unmarshal(got.Data, &statement))
	require.Len(t, statement.Orders, 1000)
	require.Equal(t, 1001, statement.OrderCount)
	require.Equal(t, s.Issuer, statement.Issuer)
	require.Equal(t, `<script>alert("1")</script>`, statement.Seller.Name)
}

func TestStatement_OfAnotherSeller_DoesNotExist(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Fails("Statement", market.Refuse(market.CodeSettlementNotFound))
	for _, query := range []string{"", "?format=csv", "?format=json", "?format=orders"} {
		got := s.send(t, "GET /seller/settlements/3/statement"+query, "")
		require.Equal(t, 404, got.Status)
		require.Equal(t, "SETTLEMENT_NOT_FOUND", got.Code)
	}
	for _, call := range s.store.Calls() {
		require.True(t, strings.HasPrefix(call, "Statement(8, 3)"), call)
	}
}
