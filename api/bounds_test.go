package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// bound is a request with a place for a value of one field, and values at and around its limits.
type bound struct {
	route, body string // %s is the value
	field       string
	good, bad   []string
	code        string // of the field, if it is not INVALID
	success     int
}

// text returns a JSON string of so many characters.
func text(n int) string { return `"` + times("가", n) + `"` }

var bounds = []bound{
	{
		route: "POST /addresses", body: `{"recipient":%s,"phone":"1","detail":"d"}`, field: "recipient", success: 201,
		good: []string{text(1), text(50)}, bad: []string{text(51)}, code: "TOO_LONG",
	},
	{
		route: "POST /addresses", body: `{"recipient":%s,"phone":"1","detail":"d"}`, field: "recipient", success: 201,
		bad: []string{`""`, `"   "`, `null`}, code: "REQUIRED",
	},
	{
		route: "POST /addresses", body: `{"recipient":%s,"phone":"1","detail":"d"}`, field: "recipient", success: 201,
		bad: []string{`1`, `true`, `{}`, `["a"]`, `"a\u0000"`, `"a\nb"`, `"\t"`, `"\u202e"`},
	},
	{
		route: "POST /addresses", body: `{"recipient":"r","phone":%s,"detail":"d"}`, field: "phone", success: 201,
		good: []string{text(1), text(20)}, bad: []string{text(21)}, code: "TOO_LONG",
	},
	{
		route: "POST /addresses", body: `{"recipient":"r","phone":"1","detail":%s}`, field: "detail", success: 201,
		good: []string{text(1), text(100)}, bad: []string{text(101)}, code: "TOO_LONG",
	},
	{
		route: "PUT /addresses/4", body: `{"detail":%s}`, field: "detail", success: 200,
		good: []string{text(100), `""`, `null`}, bad: []string{text(101)}, code: "TOO_LONG",
	},
	{
		route: "PUT /addresses/4", body: `{"isDefault":%s}`, field: "isDefault", success: 200,
		good: []string{`true`, `false`, `null`}, bad: []string{`"true"`, `1`},
	},
	{
		route: "POST /carts/items", body: `{"productId":1,"quantity":%s}`, field: "quantity", success: 201,
		good: []string{"1", "100000"},
		bad:  []string{"0", "-1", "100001", "2147483648", "1.5", `"1"`, "1e20", "true", "null", "[]"},
	},
	{
		route: "PUT /carts/items/1", body: `{"quantity":%s}`, field: "quantity", success: 200,
		good: []string{"1", "100000"}, bad: []string{"0", "-1", "100001", "9999999999999999999"},
	},
	{
		route: "POST /carts/items", body: `{"productId":%s,"quantity":1}`, field: "productId", success: 201,
		good: []string{"1", "9223372036854775807"}, bad: []string{"-1", "9223372036854775808", "1.0", `"1"`},
	},
	{
		route: "POST /restock-subscriptions", body: `{"productId":%s}`, field: "productId", success: 201,
		good: []string{"1", "9223372036854775807"}, bad: []string{"-1", `"x"`},
	},
	{
		route: "POST /restock-subscriptions", body: `{"productId":%s}`, field: "productId", success: 201,
		bad: []string{"0", "null"}, code: "REQUIRED",
	},
	{
		route: "POST /seller/products", body: `{"categoryId":1,"name":%s,"price":1,"stock":1,"description":"d"}`,
		field: "name", success: 201, good: []string{text(1), text(200)}, bad: []string{text(201)}, code: "TOO_LONG",
	},
	{
		route: "POST /seller/products", body: `{"categoryId":1,"name":"n","price":%s,"stock":1,"description":"d"}`,
		field: "price", success: 201, good: []string{"0", "1", "1.00", "9999999999"},
		bad: []string{"-1", "0.5", "1.001", "10000000000", "1e3", `"1"`, "true"},
	},
	{
		route: "POST /seller/products", body: `{"categoryId":1,"name":"n","price":%s,"stock":1,"description":"d"}`,
		field: "price", success: 201, bad: []string{"null"}, code: "REQUIRED",
	},
	{
		route: "POST /seller/products", body: `{"categoryId":1,"name":"n","price":1,"stock":%s,"description":"d"}`,
		field: "stock", success: 201, good: []string{"0", "1000000000", "null"},
		bad: []string{"-1", "1000000001", "2147483648", "1.5"},
	},
	{
		route: "POST /seller/products", body: `{"categoryId":1,"name":"n","price":1,"stock":1,"description":%s}`,
		field: "description", success: 201, good: []string{text(255), `"a\nb"`}, bad: []string{text(256)},
		code: "TOO_LONG",
	},
	{
		route: "PUT /seller/products/5", body: `{"status":%s}`, field: "status", success: 200,
		good: []string{`"ON_SALE"`, `"HIDDEN"`, `""`, `null`},
		bad:  []string{`"BLOCKED"`, `"SUSPENDED"`, `"on_sale"`, `"X"`},
	},
	{
		route: "PUT /seller/products/5", body: `{"categoryId":%s}`, field: "categoryId", success: 200,
		good: []string{"1", "null"}, bad: []string{"0", "-1"},
	},
	{
		route: "PUT /seller/products/5/stock", body: `{"stock":%s}`, field: "stock", success: 200,
		good: []string{"0", "1000000000"}, bad: []string{"-1", "1000000001"},
	},
	{
		route: "PUT /seller/products/5/stock", body: `{"stock":%s}`, field: "stock", success: 200,
		bad: []string{"null"}, code: "REQUIRED",
	},
	{
		route: "PUT /seller/products/5/stock", body: `{"onHand":%s}`, field: "onHand", success: 200,
		good: []string{"0", "1000000000"}, bad: []string{"-1", "1000000001", `"1"`},
	},
	{
		route: "PUT /seller/orderitems/6/ship", body: `{"carrier":%s,"trackingNumber":"1"}`, field: "carrier",
		success: 200,
		good:    []string{text(1), text(50)}, bad: []string{text(51)}, code: "TOO_LONG",
	},
	{
		route: "PUT /seller/orderitems/6/ship", body: `{"carrier":"c","trackingNumber":%s}`, field: "trackingNumber",
		success: 200, good: []string{text(50), `"6E"`, `"E+11"`}, bad: []string{`"6.00012E+11"`, `"6E+11"`},
	},
	{
		route: "PUT /seller/orderitems/6/ship", body: `{"carrier":"c","trackingNumber":%s}`, field: "trackingNumber",
		success: 200, bad: []string{text(51)}, code: "TOO_LONG",
	},
}

// The answer names the field, and nothing is written.
func TestFields_AtTheirBounds_AreTakenAndBeyondRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, b := range bounds {
		for _, value := range b.good {
			got := s.send(t, b.route, fmt.Sprintf(b.body, value))
			require.Equal(t, b.success, got.Status, "%s %s=%.40s: %s", b.route, b.field, value, got.body)
		}
		s.store.Forget()
		code := b.code
		if code == "" {
			code = "INVALID"
		}
		for _, value := range b.bad {
			got := s.send(t, b.route, fmt.Sprintf(b.body, value))
			require.Equal(t, 400, got.Status, "%s %s=%.40s", b.route, b.field, value)
			require.Equal(t, "INVALID_INPUT", got.Code)
			require.Equal(t, []string{b.field + " " + code}, got.fields(), "%s %.40s: %s", b.route, value, got.body)
			require.NotEmpty(t, got.Errors[0].Message)
			require.Empty(t, s.store.Calls(), "%s %s=%.40s", b.route, b.field, value)
		}
	}
}

// TestFields_SeveralAtFault_AreAllNamed, the first in the message.
func TestFields_SeveralAtFault_AreAllNamed(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	got := s.send(t, "POST /addresses", `{"recipient":"","phone":1,"detail":`+text(101)+`}`)
	require.ElementsMatch(t, []string{"recipient REQUIRED", "phone INVALID", "detail TOO_LONG"}, got.fields())
	got = s.send(t, "POST /orders/1/refunds",
		`{"reason":"X","items":[{"orderItemId":1,"quantity":1},{"orderItemId":-1,"quantity":1}]}`)
	require.ElementsMatch(t, []string{"reason INVALID", "items[1].orderItemId INVALID"}, got.fields())
	got = s.send(t, "POST /orders", `{"cartItemIds":[1,0,3],"addressId":-4,"expectedTotal":-1}`)
	require.ElementsMatch(t,
		[]string{"cartItemIds[1] INVALID", "addressId INVALID", "expectedTotal INVALID"}, got.fields())
	require.Empty(t, s.store.Calls())
	require.Empty(t, s.flows.calls)
}

// A request may name as many elements as its limit.
func TestLists_InABody_AreBounded(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	paid(s)
	list := func(n int, element string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = strings.ReplaceAll(element, "#", fmt.Sprint(i+1))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	for _, c := range []struct {
		route, body, element string
		limit, success       int
	}{
		{"POST /orders", `{"addressId":1,"cartItemIds":%s}`, "#", 100, 201},
		{"POST /orders/70/refunds", `{"reason":"DAMAGED","items":%s}`, `{"orderItemId":#,"quantity":1}`, 100, 201},
		{"POST /seller/shipments", `{"shipments":%s}`, `{"orderItemId":#,"carrier":"c","trackingNumber":"1"}`, 1000,
			200},
		{"POST /seller/offers?partial=true", `{"offers":%s}`, `{"productId":#,"price":1}`, 1000, 200},
	} {
		for n, ok := range map[int]bool{1: true, c.limit: true, c.limit + 1: false} {
			got := s.send(t, c.route, fmt.Sprintf(c.body, list(n, c.element)))
			if ok {
				require.Equal(t, c.success, got.Status, "%s %d: %.300s", c.route, n, got.body)
			} else {
				require.Equal(t, 400, got.Status, "%s %d", c.route, n)
			}
		}
		if c.route != "POST /orders/70/refunds" {
			require.Equal(t, 400, s.send(t, c.route, fmt.Sprintf(c.body, "[]")).Status, c.route)
		}
		require.Equal(t, 400, s.send(t, c.route, fmt.Sprintf(c.body, "{}")).Status, c.route)
	}
}

func TestSetStock_BothOrNeither_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	got := s.send(t, "PUT /seller/products/5/stock", `{"stock":1,"onHand":1}`)
	require.Equal(t, 400, got.Status)
	require.Equal(t, "Give stock or onHand, not both.", got.Message)
	got = s.send(t, "PUT /seller/products/5/stock", `{"expectedStock":1}`)
	require.Equal(t, []string{"stock REQUIRED"}, got.fields())
	require.Empty(t, s.store.Calls())
}

// listed are the lists with pages, and the call that each makes.
var listed = []struct{ route, method, sort string }{
	{"GET /carts", "Cart", "+createdAt"}, {"GET /orders", "Orders", ""}, {"GET /orders/6/refunds", "OrderRefunds", ""},
	{"GET /orders/6/payments", "OrderPayments", ""}, {"GET /refunds", "Refunds", ""}, {"GET /payments", "Payments", ""},
	{"GET /order-notifications/me", "OrderNotifications", ""}, {"GET /restock-subscriptions/me", "Subscriptions", ""},
	{"GET /restock-notifications/me", "RestockNotifications", ""}, {"GET /products", "Products", "+createdAt"},
	{"GET /seller/products", "SellerProducts", "+createdAt"}, {"GET /seller/products/5/stock-movements",
		"StockMovements", ""},
	{"GET /seller/ledger", "Ledger", ""}, {"GET /seller/settlements", "Settlements", "+createdAt"},
	{"GET /seller/refunds", "SellerRefunds", ""}, {"GET /seller/payouts", "SellerPayouts", ""},
	{"GET /seller/orderitems", "SellerOrderItems", "+createdAt"}, {"GET /seller/webhooks", "WebhookEndpoints", ""},
	{"GET /seller/webhooks/2/messages", "WebhookMessages", ""},
}

func TestLists_PagesAndOrder_ArePassedOn(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, l := range listed {
		for query, want := range map[string]string{
			"page=1&size=1": "1/1" + l.sort, "page=10000000&size=100": "10000000/100" + l.sort,
			"page=11&size=7&sort=id,desc": "11/7-id", "page=11&size=7&sort=name&sort=id,DESC": "11/7+name-id",
			"page=11&size=7&sort=name,id,desc": "11/7-name-id", "page=11&size=7&sort=name,asc": "11/7+name",
			"size=7&cursor=x": "0/7@x", "size=7&cursor=x&sort=id": "0/7+id@x",
		} {
			s.store.Forget()
			s.lists.Forget()
			got := s.send(t, l.route+"?"+query, "")
			require.Equal(t, 200, got.Status, "%s?%s: %s", l.route, query, got.body)
			calls := append(s.store.Calls(l.method), s.lists.Calls(l.method)...)
			require.Len(t, calls, 1, "%s?%s", l.route, query)
			require.True(t, strings.HasSuffix(calls[0], ", "+want+")"), "%s?%s: %s", l.route, query, calls[0])
		}
	}
}

func TestLists_PagesOutOfRange_AreRefusedUnread(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, l := range listed {
		for _, query := range []string{
			"page=-1", "page=10000001", "page=x", "page=1.5", "size=0", "size=101", "size=-1", "size=x",
			"page=1&cursor=x", "size=1&size=2", "page=99999999999999999999",
		} {
			got := s.send(t, l.route+"?"+query, "")
			require.Equal(t, 400, got.Status, "%s?%s", l.route, query)
			require.Equal(t, "INVALID_INPUT", got.Code)
		}
	}
	require.Empty(t, s.store.Calls())
	require.Empty(t, s.lists.Calls())
}

// TestLists_ByStatus_TakeEveryStatusOfTheDocument and no other.
func TestLists_ByStatus_TakeKnownStatusesOnly(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for route, statuses := range map[string]string{
		"GET /orders":             "CREATED PAID SHIPPED DELIVERED REFUNDED FAILED",
		"GET /orders/6/refunds":   "PENDING PROCESSING SUCCESS FAILED DENIED",
		"GET /orders/6/payments":  "PENDING SUCCESS FAILED REFUNDED",
		"GET /refunds":            "PENDING PROCESSING SUCCESS FAILED DENIED",
		"GET /payments":           "PENDING SUCCESS FAILED REFUNDED",
		"GET /seller/products":    "ON_SALE HIDDEN SUSPENDED BLOCKED",
		"GET /seller/settlements": "COMPLETED PAYOUT_READY PAYOUT_DONE FAILED",
		"GET /seller/refunds":     "PENDING PROCESSING SUCCESS FAILED DENIED",
		"GET /seller/payouts":     "PENDING PROCESSING SUCCESS FAILED",
		"GET /seller/orderitems":  "CREATED PAID SHIPPED DELIVERED REFUNDED FAILED",
		"GET /seller/webhooks":    "ACTIVE PAUSED",
	} {
		for _, status := range strings.Fields(statuses) {
			s.store.Forget()
			s.lists.Forget()
			require.Equal(t, 200, s.send(t, route+"?status="+status, "").Status, "%s %s", route, status)
			calls := append(s.store.Calls(), s.lists.Calls()...)
			require.Contains(t, calls[len(calls)-1], `"`+status+`"`, route)
		}
		for _, status := range []string{"GONE", "paid", "PAID,FAILED", "%20PAID%20%2C"} {
			got := s.send(t, route+"?status="+status, "")
			require.Equal(t, 400, got.Status, "%s %s", route, status)
			require.Equal(t, []string{"status INVALID"}, got.fields(), "%s %s", route, status)
		}
	}
}
