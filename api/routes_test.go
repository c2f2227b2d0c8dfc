package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// served is a request of an account, with the calls that it makes of the store, or of the replica of
// lists: the first argument of a call is the account's own id.
type served struct {
	route, body string
	status      int
	code        string
	calls       []string // of the store
	lists       []string // of the replica
}

const (
	anAddress = `{"recipient":" 김구매 ","phone":"010-1234-5678","detail":"서울"}`
	aProduct  = `{"categoryId":3,"name":"책","price":12900,"stock":5,"description":"한 권\n두 권"}`
)

// routed are the routes whose handlers pass a request on to one method of the store.
var routed = []served{
	// buyers
	{"GET /buyers/me", "", 200, "READ_SUCCESS", []string{"Buyer(7)"}, nil},
	{"POST /addresses", anAddress, 201, "CREATE_SUCCESS",
		[]string{`CreateAddress(7, {"detail":"서울","phone":"010-1234-5678","recipient":"김구매"})`},
		nil},
	{"GET /addresses", "", 200, "READ_SUCCESS", []string{"Addresses(7)"}, nil},
	{"PUT /addresses/4", `{}`, 200, "UPDATE_SUCCESS", []string{"UpdateAddress(7, 4, {})"}, nil},
	{
		"PUT /addresses/4", `{"recipient":" ","detail":"부산","isDefault":true}`, 200, "UPDATE_SUCCESS",
		[]string{`UpdateAddress(7, 4, {"Detail":"부산","IsDefault":true})`}, nil,
	},
	{"DELETE /addresses/4", "", 200, "DELETE_SUCCESS", []string{"DeleteAddress(7, 4)"}, nil},
	{"GET /carts", "", 200, "READ_SUCCESS", []string{"Cart(7, 0/10+createdAt)"}, nil},
	{"DELETE /carts", "", 200, "DELETE_SUCCESS", []string{"EmptyCart(7, 0/10+createdAt)"}, nil},
	{
		"POST /carts/items?size=3", `{"productId":5,"quantity":2}`, 201, "CREATE_SUCCESS",
		[]string{"AddToCart(7, 5, 2, 0/3+createdAt)"}, nil,
	},
	{
		"PUT /carts/items/5", `{"quantity":3}`, 200, "UPDATE_SUCCESS",
		[]string{"SetCartQuantity(7, 5, 3, 0/10+createdAt)"}, nil,
	},
	{
		"DELETE /carts/items/5?page=2&sort=id,desc", "", 200, "DELETE_SUCCESS",
		[]string{"RemoveFromCart(7, 5, 2/10-id)"}, nil,
	},
	{"GET /orders", "", 200, "READ_SUCCESS", nil, []string{"Orders(7, null, 0/20)"}},
	{"GET /orders?status=PAID&size=5", "", 200, "READ_SUCCESS", nil, []string{`Orders(7, "PAID", 0/5)`}},
	{"GET /orders/6", "", 200, "READ_SUCCESS", []string{"OrderDetail(7, 6)"}, nil},
	{"GET /orders/6/refunds", "", 200, "READ_SUCCESS", []string{"OrderRefunds(7, 6, null, 0/10)"}, nil},
	{
		"GET /orders/6/payments?status=FAILED", "", 200, "READ_SUCCESS",
		[]string{`OrderPayments(7, 6, "FAILED", 0/10)`}, nil,
	},
	{"GET /refunds?status=DENIED", "", 200, "READ_SUCCESS", nil, []string{`Refunds(7, "DENIED", 0/10)`}},
	{"GET /refunds/9", "", 200, "READ_SUCCESS", []string{"Refund(7, 9)"}, nil},
	{"GET /payments", "", 200, "READ_SUCCESS", nil, []string{"Payments(7, null, 0/10)"}},
	{"GET /payments/8", "", 200, "READ_SUCCESS", []string{"Payment(7, 8)"}, nil},
	{"GET /order-notifications/me", "", 200, "READ_SUCCESS", []string{"OrderNotifications(7, false, 0/20)"}, nil},
	{"GET /order-notifications/me?all=true", "", 200, "READ_SUCCESS", []string{"OrderNotifications(7, true, 0/20)"},
		nil},
	{"PUT /order-notifications/me", "", 200, "UPDATE_SUCCESS", []string{"ReadOrderNotifications(7, 0)"}, nil},
	{"PUT /order-notifications/6", "", 200, "UPDATE_SUCCESS", []string{"ReadOrderNotifications(7, 6)"}, nil},
	{"POST /restock-subscriptions", `{"productId":5}`, 201, "CREATE_SUCCESS", []string{"Subscribe(7, 5)"}, nil},
	{"GET /restock-subscriptions/me", "", 200, "READ_SUCCESS", []string{"Subscriptions(7, false, 0/20)"}, nil},
	{"GET /restock-subscriptions/me/5", "", 200, "READ_SUCCESS", []string{"Subscription(7, 5)"}, nil},
	{"DELETE /restock-subscriptions/5", "", 200, "DELETE_SUCCESS", []string{"Unsubscribe(7, 5)"}, nil},
	{"GET /restock-notifications/me?all=1", "", 200, "READ_SUCCESS", []string{"RestockNotifications(7, true, 0/20)"},
		nil},
	{"PUT /restock-notifications/me", "", 200, "UPDATE_SUCCESS", []string{"ReadRestockNotifications(7, 0)"}, nil},
	{"PUT /restock-notifications/5", "", 200, "UPDATE_SUCCESS", []string{"ReadRestockNotifications(7, 5)"}, nil},
	{"GET /notifications", "", 200, "READ_SUCCESS", []string{`Notifications("BUYER", 7, false, 0/20)`}, nil},
	{"GET /notifications?unread=true", "", 200, "READ_SUCCESS", []string{`Notifications("BUYER", 7, true, 0/20)`}, nil},
	{"GET /notifications/unread-count", "", 200, "READ_SUCCESS", []string{`UnreadNotifications("BUYER", 7)`}, nil},
	{"POST /notifications/read-all", "", 200, "UPDATE_SUCCESS", []string{`ReadAllNotifications("BUYER", 7)`}, nil},
	{"POST /notifications/6/read", "", 200, "UPDATE_SUCCESS", []string{`ReadNotification("BUYER", 7, 6)`}, nil},
	{
		"GET /notification-preferences", "", 200, "READ_SUCCESS", []string{`NotificationPreferences("BUYER", 7)`}, nil,
	},
	{
		"PUT /notification-preferences", `{"language":"en","restockMails":false}`, 200, "UPDATE_SUCCESS",
		[]string{`SetNotificationPreferences("BUYER", 7, {"language":"en","mails":{"RESTOCK":false}})`}, nil,
	},
	// sellers
	{"GET /seller/notifications", "", 200, "READ_SUCCESS", []string{`Notifications("SELLER", 8, false, 0/20)`}, nil},
	{
		"GET /seller/notifications/unread-count", "", 200, "READ_SUCCESS", []string{`UnreadNotifications("SELLER", 8)`},
		nil,
	},
	{
		"POST /seller/notifications/read-all", "", 200, "UPDATE_SUCCESS", []string{`ReadAllNotifications("SELLER", 8)`},
		nil,
	},
	{
		"POST /seller/notifications/6/read", "", 200, "UPDATE_SUCCESS", []string{`ReadNotification("SELLER", 8, 6)`}, nil,
	},
	{
		"GET /seller/notification-preferences", "", 200, "READ_SUCCESS",
		[]string{`NotificationPreferences("SELLER", 8)`}, nil,
	},
	{
		"PUT /seller/notification-preferences", `{"stockMails":true,"settlementMails":false}`, 200, "UPDATE_SUCCESS",
		[]string{`SetNotificationPreferences("SELLER", 8, {"mails":{"SETTLEMENT":false,"STOCK":true}})`}, nil,
	},
	{"GET /sellers/me", "", 200, "READ_SUCCESS", []string{"Seller(8)"}, nil},
	{"GET /sellers/me/account", "", 200, "READ_SUCCESS", []string{"SellerAccount(8)"}, nil},
	{"GET /seller/products/5", "", 200, "READ_SUCCESS", []string{"OwnProduct(8, 5)"}, nil},
	{
		"POST /seller/products", aProduct, 201, "CREATE_SUCCESS",
		[]string{`CreateProduct({"categoryId":3,"description":"한 권\n두 권","name":"책","price":12900.00,` +
			`"sellerId":8,"stock":5})`},
		nil,
	},
	{
		"PUT /seller/products/5", `{"name":"공책","price":900,"status":"HIDDEN"}`, 200, "UPDATE_SUCCESS",
		[]string{`UpdateProduct(8, 5, {"Name":"공책","Price":900.00,"Status":"HIDDEN"})`}, nil,
	},
	{"DELETE /seller/products/5", "", 200, "DELETE_SUCCESS", []string{"DeleteProduct(8, 5)"}, nil},
	{
		"PUT /seller/products/5/stock", `{"stock":4}`, 200, "UPDATE_SUCCESS",
		[]string{`UpdateProduct(8, 5, {"Stock":4})`}, nil,
	},
	{
		"PUT /seller/products/5/stock", `{"onHand":9,"expectedStock":4,"expectedReserved":2}`, 200, "UPDATE_SUCCESS",
		[]string{`UpdateProduct(8, 5, {"ExpectedReserved":2,"ExpectedStock":4,"OnHand":9})`}, nil,
	},
	{"GET /seller/products/5/stock-movements", "", 200, "READ_SUCCESS", []string{"StockMovements(8, 5, 0/20)"}, nil},
	{
		"GET /seller/products/5/images", "", 200, "READ_SUCCESS",
		[]string{"CheckOwnProduct(8, 5)", "Images(5)"}, nil,
	},
	{
		"GET /seller/statistics/daily/2026-11-29", "", 200, "READ_SUCCESS",
		[]string{`DailyStatistics(8, "2026-11-29")`}, nil,
	},
	{"GET /seller/statistics/summary", "", 200, "READ_SUCCESS", []string{`SummarizeStatistics(8, null, null, "")`},
		nil},
	{
		"GET /seller/statistics/summary?from=2026-11-01&to=2026-11-02&groupBy=week", "", 200, "READ_SUCCESS",
		[]string{`SummarizeStatistics(8, "2026-11-01", "2026-11-02", "week")`}, nil,
	},
	{"GET /seller/statistics/products", "", 200, "READ_SUCCESS", []string{"RankProducts(8, null, null, 10)"}, nil},
	{"GET /seller/statistics/products?size=100", "", 200, "READ_SUCCESS", []string{"RankProducts(8, null, null, 100)"},
		nil},
	{
		"GET /seller/ledger?from=2026-11-01", "", 200, "READ_SUCCESS", nil,
		[]string{`Ledger({"Account":"SELLER_PAYABLE","From":"2026-11-01","Seller":8}, 0/20)`},
	},
	{"GET /seller/ledger/days", "", 200, "READ_SUCCESS", nil, []string{`PayableDays(8, "2026-11-01", "2026-11-30")`}},
	{
		"GET /seller/ledger/days?from=2025-12-01&to=2026-11-30", "", 200, "READ_SUCCESS", nil,
		[]string{`PayableDays(8, "2025-12-01", "2026-11-30")`},
	},
	{"GET /seller/balance", "", 200, "READ_SUCCESS", []string{"SellerBalance(8)"}, nil},
	{"GET /seller/settlements/3", "", 200, "READ_SUCCESS", []string{"Settlement(8, 3)"}, nil},
	{"GET /seller/refunds", "", 200, "READ_SUCCESS", nil, []string{"SellerRefunds(8, null, 0/10)"}},
	{"GET /seller/refunds/9", "", 200, "READ_SUCCESS", []string{"SellerRefund(8, 9)"}, nil},
	{"GET /seller/payouts?status=FAILED", "", 200, "READ_SUCCESS", nil, []string{`SellerPayouts(8, "FAILED", 0/10)`}},
	{"GET /seller/payouts/2", "", 200, "READ_SUCCESS", []string{"SellerPayout(8, 2)"}, nil},
	{"GET /seller/orderitems", "", 200, "READ_SUCCESS", nil, []string{"SellerOrderItems(8, {}, 0/10+createdAt)"}},
	{
		"GET /seller/orderitems?status=PAID&unpaid=true&from=2026-11-01&to=2026-11-01&sort=id", "", 200, "READ_SUCCESS", nil,
		[]string{`SellerOrderItems(8, {"From":"2026-11-01","Status":"PAID","To":"2026-11-01","Unpaid":true}, 0/10+id)`},
	},
	{
		"GET /seller/orderitems?keyword=010-1234-5678", "", 200, "READ_SUCCESS", nil,
		[]string{`SellerOrderItems(8, {"Search":"010-1234-5678"}, 0/10+createdAt)`},
	},
	{
		"GET /seller/orderitems/6", "", 200, "READ_SUCCESS",
		[]string{"SellerOrderItem(8, 6)", `NoteRead({"Data":"ORDER","Rows":1})`}, nil,
	},
	{
		"GET /seller/orders/4", "", 200, "READ_SUCCESS",
		[]string{"SellerOrder(8, 4)", `NoteRead({"Data":"ORDER","DataID":4,"Rows":1})`}, nil,
	},
	{
		"POST /orders/4/items/6/confirm", "", 200, "UPDATE_SUCCESS", []string{"ConfirmItem(7, 4, 6, null)"}, nil,
	},
	{
		"POST /orders/4/items/6/confirm", `{"quantity":2}`, 200, "UPDATE_SUCCESS", []string{"ConfirmItem(7, 4, 6, 2)"}, nil,
	},
	{
		"PUT /seller/orderitems/6/ship", `{"carrier":"CJ","trackingNumber":"600012345678"}`, 200, "UPDATE_SUCCESS",
		[]string{`ShipItem(8, 6, "CJ", "600012345678")`}, nil,
	},
	{
		"POST /seller/parcels", `{"orderId":4,"carrier":"CJ","trackingNumber":"600012345678",
			"items":[{"orderItemId":6,"quantity":2}]}`, 201, "CREATE_SUCCESS", []string{`ShipParcel(8, {"carrier":"CJ",` +
			`"items":[{"orderItemId":6,"quantity":2}],"orderId":4,"trackingNumber":"600012345678"})`}, nil,
	},
	{"GET /seller/parcels/3", "", 200, "READ_SUCCESS", []string{"SellerParcel(8, 3)"}, nil},
	{
		"PUT /seller/parcels/3", `{"carrier":"CJ","trackingNumber":"600012345678"}`, 200, "UPDATE_SUCCESS",
		[]string{`CorrectParcel(8, 3, {"carrier":"CJ","trackingNumber":"600012345678"})`}, nil,
	},
	{"POST /seller/parcels/3/deliver", "", 200, "UPDATE_SUCCESS", []string{"DeliverParcel(8, 3)"}, nil},
	{"PUT /seller/orderitems/6/deliver", "", 200, "UPDATE_SUCCESS", []string{"DeliverItem(8, 6)"}, nil},
	// the seller's webhook endpoints
	{"GET /seller/webhooks?status=PAUSED", "", 200, "READ_SUCCESS", []string{`WebhookEndpoints(8, "PAUSED", 0/20)`},
		nil},
	{"GET /seller/webhooks/2", "", 200, "READ_SUCCESS", []string{"WebhookEndpoint(8, 2)"}, nil},
	{"DELETE /seller/webhooks/2", "", 200, "DELETE_SUCCESS", []string{"DeleteWebhookEndpoint(8, 2)"}, nil},
	{
		"PUT /seller/webhooks/2", `{"perSecond":9}`, 200, "UPDATE_SUCCESS",
		[]string{`UpdateWebhookEndpoint(8, 2, {"PerSecond":9})`}, nil,
	},
	{
		"PUT /seller/webhooks/2/messages/3/replay", "", 200, "UPDATE_SUCCESS",
		[]string{"ReplayWebhookMessage(8, 2, 3)"}, nil,
	},
	// public
	{"GET /refund-reasons", "", 200, "READ_SUCCESS", []string{"RefundPolicy()"}, nil},
	{"GET /categories", "", 200, "READ_SUCCESS", []string{"Categories()"}, nil},
	{"GET /products", "", 200, "READ_SUCCESS", []string{`Products({}, 0/10+createdAt)`}, nil},
	{"GET /products?page=10", "", 200, "READ_SUCCESS", nil, []string{`Products({}, 10/10+createdAt)`}},
	{"GET /products?cursor=abc", "", 200, "READ_SUCCESS", nil, []string{`Products({}, 0/10@abc)`}},
	{
		"GET /products?keyword=%EC%B1%85&priceFrom=1000&priceTo=2000", "", 200, "READ_SUCCESS", nil,
		[]string{`Products({"Keyword":"책","PriceFrom":1000.00,"PriceTo":2000.00}, 0/10+createdAt)`},
	},
	{
		"GET /products?categoryId=3&keyword=a", "", 200, "READ_SUCCESS", nil,
		[]string{`Products({"CategoryID":3,"Keyword":"a"}, 0/10+createdAt)`},
	},
	{
		"GET /products?categoryId=3", "", 200, "READ_SUCCESS", nil,
		[]string{`Products({"CategoryID":3}, 0/10+createdAt)`},
	},
	{"GET /products/5", "", 200, "READ_SUCCESS", []string{"Product(5)"}, nil},
	{"GET /products/5/seller", "", 200, "READ_SUCCESS", []string{"StoreOfProduct(5)"}, nil},
	{
		"PUT /seller/products/5/images", `{"imageIds":[2,1]}`, 200, "READ_SUCCESS",
		[]string{"OrderImages(8, 5, [2,1])", "CheckOwnProduct(8, 5)", "Images(5)"}, nil,
	},
	{"GET /products/5/images", "", 200, "READ_SUCCESS", []string{"Product(5)", "Images(5)"}, nil},
}

func TestRoutes_ValidRequest_CallsTheStoreForItsCaller(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, c := range routed {
		s.store.Forget()
		s.lists.Forget()
		s.cache.FlushAll()
		got := s.send(t, c.route, c.body)
		require.Equal(t, c.status, got.Status, "%s: %s", c.route, got.body)
		require.Equal(t, c.code, got.Code, c.route)
		require.Equal(t, c.calls, s.store.Calls(), c.route)
		require.Equal(t, c.lists, s.lists.Calls(), c.route)
	}
}

// It fails for a new route that neither the table of this file nor a test of its own
// covers.
func TestRoutes_EachOfTheRouter_IsTested(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for _, c := range routed {
		route, _, _ := strings.Cut(c.route, "?")
		covered[pathID.ReplaceAllString(template(route), "{}")] = true
	}
	for _, own := range []string{
		"POST /orders", "POST /orders/{}/cancel", "POST /orders/{}/refunds", "POST /seller/orders/{}/cancel", "POST /payments", "POST /payments/{}/confirm",
		"GET /payment-methods", "GET /couriers", "GET /legal-documents", "POST /webhooks/portone",
		"PUT /buyers/me", "DELETE /buyers/me", "PUT /sellers/me", "DELETE /sellers/me",
		"POST /buyers/me/email-verification", "POST /sellers/me/email-verification",
		"GET /seller/products", "GET /seller/settlements", "GET /seller/settlements/{}/statement",
		"GET /seller/dashboard", "POST /seller/dashboard/refresh",
		"POST /seller/products/{}/images", "DELETE /seller/products/{}/images/{}",
		"POST /seller/webhooks", "PUT /seller/webhooks/{}/secret", "GET /seller/webhooks/{}/messages",
		"GET /seller/shipments/template", "POST /seller/shipments/preview", "POST /seller/shipments",
		"GET /seller/offers/template", "POST /seller/offers/preview", "POST /seller/offers",
	} {
		covered[own] = true
	}
	h := newHouse(t)
	for _, route := range h.routes(t) {
		name := route[0] + " " + pathID.ReplaceAllString(route[1], "{}")
		if !strings.Contains(name, "/auth/") { // internal/login tests these
			require.True(t, covered[name], "%s has no case in routed", name)
		}
	}
}

// template returns a route with {} in place of its ids and dates.
func template(route string) string {
	parts := strings.Split(route, "/")
	for i, part := range parts {
		if part != "" && part[0] >= '0' && part[0] <= '9' {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}

// Each refusal of the store reaches the caller with its status, code and text,
// and nothing of an internal error does.
func TestRoutes_StoreFails_AnswerHasItsCode(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, c := range routed {
		failing, calls := s.store, c.calls
		if len(calls) == 0 {
			failing, calls = s.lists, c.lists
		}
		call := calls[len(calls)-1]
		method, _, _ := strings.Cut(call, "(")
		for _, want := range []struct {
			err    error
			status int
			code   string
		}{
			{market.Refuse(market.CodeOrderNotFound), 404, "ORDER_NOT_FOUND"},
			{market.RefuseWith(market.CodeDataConflict, market.DetailStockReserved, 3), 409, "DATA_CONFLICT"},
			{market.Failed(market.CodeDatabaseUnavailable, http.ErrHandlerTimeout), 503, "DATABASE_UNAVAILABLE"},
			{http.ErrHandlerTimeout, 500, "INTERNAL_SERVER_ERROR"},
		} {
			s.cache.FlushAll()
			failing.Fails(method, want.err)
			got := s.send(t, c.route, c.body)
			require.Equal(t, want.status, got.Status, "%s: %s", c.route, got.body)
			require.Equal(t, want.code, got.Code, c.route)
			require.NotContains(t, got.body, http.ErrHandlerTimeout.Error(), c.route)
			require.Equal(t, "null", string(got.Data), c.route)
			require.Equal(t, want.status == 503, got.header.Get("Retry-After") != "", c.route)
		}
		failing.Returns(method)
	}
}

// What belongs to an account must not be stored by a proxy or a browser.
func TestRoutes_OwnData_IsKeptByNoCache(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, c := range routed {
		got := s.send(t, c.route, c.body)
		require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"), c.route)
		require.NotEmpty(t, got.header.Get("X-Request-Id"), c.route)
		require.Contains(t, got.header.Values("Vary"), "Accept-Language", c.route)
		if roleOf(c.route) != "" {
			require.Equal(t, "no-store", got.header.Get("Cache-Control"), c.route)
		}
	}
}

// TestRoutes_UnknownParameter_IsRefused, so that a misspelt filter does not list everything.
func TestRoutes_UnknownParameter_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, c := range routed {
		path, query, _ := strings.Cut(c.route, "?")
		got := s.send(t, path+"?"+query+"&sise=3", c.body)
		require.Equal(t, 400, got.Status, c.route)
		require.Equal(t, "INVALID_INPUT", got.Code, c.route)
		require.Contains(t, got.Message, "sise", c.route)
	}
	require.Empty(t, s.store.Calls())
	require.Empty(t, s.lists.Calls())
}

func TestDeliveredData_IsTheStores(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	at := market.LocalTime(time.Date(2026, 11, 30, 1, 2, 3, 0, time.UTC))
	s.store.Returns("OrderDetail", market.OrderDetail{
		Order: market.Order{ID: 6, BuyerID: 7, TotalAmount: 12_900_50, Status: market.OrderPaid, Recipient: `"<b>`,
			CreatedAt: at},
		Items: []market.OrderItem{{ID: 1, ProductName: "책 & 공책", UnitPrice: 1}},
	})
	got := s.send(t, "GET /orders/6", "")
	require.JSONEq(t, `{"orderId":6,"buyerId":7,"totalAmount":12900.50,"status":"PAID","trackingNumber":null,
		"recipient":"\"<b>","address":"","createdAt":"2026-11-30T10:02:03",
		"orderNumber":"","deliveryNote":null,"failureReason":null,"expiresAt":null,"items":[{"id":1,"orderId":0,"productId":0,
		"sellerId":0,"productName":"책 & 공책","unitPrice":0.01,"quantity":0,"refundedQuantity":0,"claimedQuantity":0,"carrier":null,
		"trackingNumber":null,"trackingUrl":null,"shippedAt":null,"deliveredAt":null,
		"cancelledQuantity":0,"shippedQuantity":0,"deliveredQuantity":0,
		"confirmedQuantity":0,"confirmBy":null}],"parcels":null,"actions":null}`, string(got.Data))
	s.store.Returns("Addresses", []market.Address{{ID: 1, BuyerID: 7, Recipient: "r", IsDefault: true}})
	require.JSONEq(t, `[{"addressId":1,"buyerId":7,"recipient":"r","phone":"","detail":"","isDefault":true,
		"deliveryNote":null}]`,
		string(s.send(t, "GET /addresses", "").Data))
	s.store.Returns("RefundPolicy", market.RefundPolicy{ShippingBorneBy: market.ShippingPolicy{
		ChangeOfMind: market.PartyBuyer, WrongItem: market.PartySeller, Damaged: market.PartyMarketplace,
	}})
	require.JSONEq(t, `[{"reason":"CHANGE_OF_MIND","shippingBorneBy":"BUYER"},
		{"reason":"WRONG_ITEM","shippingBorneBy":"SELLER"},{"reason":"DAMAGED","shippingBorneBy":"MARKETPLACE"}]`,
		string(s.send(t, "GET /refund-reasons", "").Data))
}

// An image from before there were renditions has no size.
func TestImages_OfAProduct_HaveAddressesAndRenditions(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	first := int32(1)
	s.store.Returns("Images", []store.Image{
		{ID: 1, ObjectKey: "products/5/old.jpg"},
		{ID: 2, ObjectKey: "products/5/new.jpg", SortOrder: &first, Representative: true, Width: 200, Height: 100},
	})
	got := s.send(t, "GET /products/5/images", "")
	require.JSONEq(t, `[{"imageId":1,"imageUrl":"https://market.example/images/products/5/old.jpg","sortOrder":null,
		"representative":false,"width":null,"height":null,"renditions":[]},
		{"imageId":2,"imageUrl":"https://market.example/images/products/5/new.jpg","sortOrder":1,"representative":true,
		"width":200,"height":100,"renditions":[{"width":200,"url":"https://market.example/images/products/5/new.jpg"}]}]`,
		string(got.Data))
}
