package shop

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig/browser"
	"github.com/all-in-market/market/internal/testrig/fakestore"
)

// hostile is a text of a user that would be markup, if a page did not escape it.
const hostile = `<script>alert("x")</script>'&`

var noon = market.LocalTime(time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC))

// stocked fills a stand with data. Every text in it is hostile.
func stocked(s *stand) {
	h := hostile
	product := market.Product{ID: 5, SellerID: 8, CategoryID: 3, Name: hostile, Price: 12_900_00, Stock: 4,
		Description: hostile}
	image := store.Image{ID: 1, ObjectKey: "products/5/a.png", Width: 2000, Height: 1000}
	s.lists.Returns("Products", market.Page[market.Product]{
		Content: []market.Product{product}, CurrentPage: 2, TotalPages: 3, TotalElements: 41, Size: 20,
	})
	s.store.Returns("BestProducts", []store.BestProduct{{Product: product}})
	s.store.Returns("Products", market.Page[market.Product]{Content: []market.Product{product}})
	for _, of := range []*fakestore.Store{s.store, s.lists} {
		of.Returns("Thumbnails", map[int64]store.Image{5: image})
		of.Returns("StoreNames", map[int64]string{8: "store " + hostile})
	}
	s.store.Returns("Product", product)
	s.store.Returns("Images", []store.Image{image})
	s.store.Returns("Categories", []market.Category{{ID: 3, Name: hostile}})
	soldOut := market.CartOutOfStock
	s.store.Returns("Cart", market.Cart{Items: market.Page[market.CartItem]{Content: []market.CartItem{
		{ID: 11, ProductID: 5, ProductName: hostile, ProductPrice: 1_000_00, Quantity: 2, Available: 4,
			Orderable: true, SellerID: 8, StoreName: hostile},
		{ID: 12, ProductID: 6, ProductName: hostile, ProductPrice: 1_000_00, Quantity: 9, Available: 4,
			Reason: &soldOut, SellerID: 8, StoreName: hostile},
	}}})
	s.store.Returns("Addresses", []market.Address{
		{ID: 4, Recipient: hostile, Detail: hostile, Phone: "010-1", DeliveryNote: &h},
		{ID: 5, Recipient: "b", Detail: "c", Phone: "010-2", IsDefault: true},
	})
	order := market.Order{
		ID: 70, BuyerID: buyerID, TotalAmount: 12_900_00, Status: market.OrderPaid, Recipient: hostile,
		Address:   hostile,
		CreatedAt: noon, OrderNumber: "20261130-0028A", DeliveryNote: &h,
	}
	s.lists.Returns("Orders", market.Page[market.Order]{Content: []market.Order{order}, CurrentPage: 1, TotalPages: 1,
		IsLast: true})
	s.lists.Returns("OrderTitles", map[int64]store.OrderTitle{70: {Product: hostile, Lines: 3}})
	s.store.Returns("Order", order)
	s.store.Returns("OrderDetail", market.OrderDetail{Order: order, Items: []market.OrderItem{
		{ID: 1, ProductID: 5, ProductName: hostile, UnitPrice: 100, Quantity: 3, RefundedQuantity: 1, Carrier: &h,
			TrackingNumber: &h},
	}})
	s.store.Returns("OrderPayment", market.Payment{ID: 8, OrderID: 70, Method: market.MethodMock,
		Status: market.PaymentSuccess})
	s.store.Returns("OrderRefunds", market.Page[market.Refund]{Content: []market.Refund{
		{ID: 9, Reason: market.ReasonDamaged, Status: market.RefundDenied, DeniedReason: &h, CreatedAt: noon},
	}})
	s.store.Returns("Notifications", market.Page[market.Notification]{Content: []market.Notification{
		{
			ID: 1, Kind: market.NoticeOrderShipped, Topic: market.TopicOrders, CreatedAt: noon,
			Facts: market.NotificationFacts{OrderID: 70, Product: hostile},
		},
		{
			ID: 2, Kind: market.NoticeRestock, Topic: market.TopicRestock, CreatedAt: noon,
			Facts: market.NotificationFacts{ProductID: 5, Product: hostile},
		},
		{ID: 3, Kind: market.NoticeOrderPaid, Facts: market.NotificationFacts{OrderID: 71}, ReadAt: &noon},
	}})
	s.store.Returns("Buyer", market.Buyer{ID: buyerID, Email: "kim@example.com", Name: hostile, Phone: hostile})
}

// shown are the pages of the shop; those with a login are not open to others.
var shown = []struct {
	path  string
	login bool
}{
	{"/shop/", false}, {"/shop/?category=3", false}, {"/shop/?keyword=x", false}, {"/shop/products/5", false},
	{"/shop/signup", false}, {"/shop/login", false}, {"/shop/forgot", false}, {"/shop/reset-password", false},
	{"/shop/verify", false}, {"/shop/cart", true}, {"/shop/checkout?item=11", true}, {"/shop/addresses", true},
	{"/shop/addresses/5?item=11", true}, {"/shop/orders", true}, {"/shop/orders/70", true},
	{"/shop/orders/70/refund", true}, {"/shop/inbox", true}, {"/shop/profile", true},
	{"/shop/profile/withdrawal", true},
}

// What users write is text on every page, and never markup.
func TestPages_HostileTexts_AreEscaped(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	for _, page := range shown {
		got := s.Get(t, page.path+map[bool]string{true: "&", false: "?"}[strings.Contains(page.path, "?")]+"notice="+
			url.QueryEscape(hostile))
		require.Equal(t, 200, got.Status, "%s: %s", page.path, got.Body)
		require.NotContains(t, got.Body, "<script>", page.path)
		require.NotContains(t, got.Body, `alert("`, page.path)
		for _, script := range got.Scripts {
			require.True(t, strings.HasPrefix(script, "/shop/assets/"), "%s runs %q", page.path, script)
		}
	}
}

// A page has the words of one language only, apart from what users have written.
func TestPages_Language_IsTheReaders(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	hangul := regexp.MustCompile(`\p{Hangul}`)
	for _, page := range shown {
		s.Language = "en"
		english := s.Get(t, page.path)
		require.Equal(t, "en", english.Lang, page.path)
		require.NotRegexp(t, hangul, english.Body, page.path)
		s.Language = "ko"
		korean := s.Get(t, page.path)
		require.Equal(t, "ko", korean.Lang, page.path)
		require.Regexp(t, hangul, korean.Heading+korean.Text, page.path)
		require.Len(t, korean.Forms, len(english.Forms), "%s offers the same", page.path)
		require.Len(t, korean.Links, len(english.Links), page.path)
	}
}

func TestPages_Headers_KeepThemFromCachesAndFrames(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	for _, page := range shown {
		h := s.Get(t, page.path).Header
		require.Equal(t, "no-store", h.Get("Cache-Control"), page.path)
		require.Equal(t, "text/html; charset=utf-8", h.Get("Content-Type"), page.path)
		policy := h.Get("Content-Security-Policy")
		for _, directive := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'",
			"base-uri 'none'"} {
			require.Contains(t, policy, directive, page.path)
		}
		require.NotContains(t, policy, "unsafe", page.path)
	}
}

// TestPages_WithoutALogin_LeadToIt and back to the page.
func TestPages_WithoutALogin_LeadToIt(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	for _, page := range shown {
		got := s.anonymous().Get(t, page.path)
		if !page.login {
			require.Equal(t, 200, got.Status, page.path)
			continue
		}
		require.Equal(t, http.StatusSeeOther, got.Status, page.path)
		require.Equal(t, "/shop/login?next="+url.QueryEscape(page.path), got.Location)
	}
	require.Empty(t, s.store.Calls("Cart", "OrderDetail", "Addresses", "Buyer", "Notifications"))
}

// posted are the targets of the shop's forms for those who are logged in.
var posted = []string{
	"/shop/products/5/restock", "/shop/cart", "/shop/cart/5", "/shop/checkout?item=11", "/shop/addresses",
	"/shop/addresses/5", "/shop/addresses/5/delete", "/shop/orders/70/pay",
	"/shop/orders/70/cancel", "/shop/orders/70/items/1/confirm", "/shop/orders/70/refund", "/shop/inbox", "/shop/profile", "/shop/profile/withdrawal",
	"/shop/profile/verification", "/shop/logout",
}

func TestForms_WithoutALogin_ChangeNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range posted {
		got := s.anonymous().Post(t, path, url.Values{"quantity": {"1"}})
		require.Equal(t, http.StatusSeeOther, got.Status, path)
		require.True(t, strings.HasPrefix(got.Location, "/shop/login?next="), got.Location)
	}
	require.Empty(t, s.store.Calls())
	require.Empty(t, s.flows.calls)
}

// A page elsewhere cannot send the forms of a reader who is logged in.
func TestForms_OfAnotherSite_AreRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range append(posted, "/shop/login", "/shop/signup", "/shop/forgot", "/shop/reset-password",
		"/shop/verify") {
		r := httpRequest(t, path)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.example")
		require.Equal(t, http.StatusForbidden, s.Do(t, r).Status, path)
	}
	require.Empty(t, s.store.Calls())
	require.Empty(t, s.flows.calls)
}

// A session does not outlive the right to use the account.
func TestPages_AccountLocked_LeadToTheLogin(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Fails("CheckBuyer", market.Refuse(market.CodeBuyerLocked))
	for _, page := range shown {
		if page.login {
			require.Equal(t, http.StatusSeeOther, s.Get(t, page.path).Status, page.path)
		}
	}
	s.store.Fails("CheckBuyer", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.Get(t, "/shop/cart").Status, "the session may be valid")
	require.Empty(t, s.calls())
}

// TestPages_StoreFails_ShowAPageOfTheShop with the status and without internal causes.
func TestPages_StoreFails_ShowAPageOfTheShop(t *testing.T) {
	t.Parallel()
	for path, method := range map[string]string{
		"/shop/": "BestProducts", "/shop/?keyword=x": "Products", "/shop/?category=3": "Products", "/shop/products/5": "Product", "/shop/cart": "Cart", "/shop/checkout?item=11": "Addresses", "/shop/addresses": "Addresses",
		"/shop/orders": "Orders", "/shop/orders/70": "OrderRefunds", "/shop/orders/70/refund": "OrderDetail",
		"/shop/inbox": "Notifications", "/shop/profile": "Buyer",
	} {
		for err, status := range map[error]int{
			market.Refuse(market.CodeOrderNotFound): 404, market.Refuse(market.CodeDatabaseUnavailable): 503,
			http.ErrHandlerTimeout: 500,
		} {
			s := newStand(t)
			stocked(s)
			of := s.store
			if path != "/shop/" && method == "Products" || method == "Orders" {
				of = s.lists
			}
			of.Fails(method, err)
			got := s.Get(t, path)
			require.Equal(t, status, got.Status, "%s with %s", path, method)
			require.Len(t, got.Alerts, 1, path)
			require.NotContains(t, got.Body, http.ErrHandlerTimeout.Error())
			require.True(t, got.HasLink("/shop/"), "it leads back")
		}
	}
}

func TestPages_BadIDs_AreRefusedUnread(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, id := range []string{"0", "-1", "x", "9223372036854775808"} {
		for _, path := range []string{
			"/shop/products/" + id, "/shop/addresses/" + id, "/shop/orders/" + id, "/shop/orders/" + id + "/refund", "/shop/orders/" + id + "/events",
			"/shop/orders/" + id + "/paid",
		} {
			require.Equal(t, 400, s.Get(t, path).Status, path)
		}
		for _, path := range []string{
			"/shop/cart/" + id, "/shop/addresses/" + id, "/shop/addresses/" + id + "/delete",
			"/shop/products/" + id + "/restock", "/shop/orders/" + id + "/pay",
			"/shop/orders/" + id + "/cancel", "/shop/orders/" + id + "/refund",
			"/shop/orders/" + id + "/items/1/confirm", "/shop/orders/70/items/" + id + "/confirm",
		} {
			require.Equal(t, 400, s.Post(t, path, nil).Status, path)
		}
	}
	require.Empty(t, s.calls())
}

// The notice of a payment that was not approved is a warning.
func TestNotices_OfPayments_HaveTheirKind(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for name, kind := range map[string]string{
		noticePaid: "success", noticeDeclined: "failed", noticeNotPaid: "warning", noticeUnderWay: "info",
	} {
		require.Contains(t, s.Get(t, "/shop/?notice="+name).Body, `class="notice `+kind+`"`, name)
	}
}

// TestNotices_EachOutcome_HasATextInBothLanguages, and an unknown one has none.
func TestNotices_EachOutcome_HasATextInBothLanguages(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	seen := map[string]bool{}
	for _, name := range []string{
		noticeSignedUp, noticeAdded, noticeSubscribed, noticePaid, noticeDeclined, noticeUnderWay, noticeNotPaid,
		noticeCancelled, noticeCancelling, noticeRefund, noticeConfirmed, noticeNothingChosen, noticeCheckItems,
		noticeUnsubscribed,
	} {
		for _, language := range []string{"en", "ko"} {
			s.Language = language
			text := s.Get(t, "/shop/?notice="+name).Notice
			require.NotEmpty(t, text, "%s in %s", name, language)
			require.False(t, seen[text], "%s has the text of another", name)
			seen[text] = true
		}
	}
	require.Empty(t, s.Get(t, "/shop/?notice=you+have+won").Notice)
	before := s.Get(t, "/shop/?notice="+noticeSignedUp).Notice
	s.auth.MailsSent = true
	require.NotEqual(t, before, s.Get(t, "/shop/?notice="+noticeSignedUp).Notice, "it names the mail")
}

func TestCatalogue_Page_OffersProductsAndFilters(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	got := s.Get(t, "/shop/?category=3&page=1")
	require.Equal(t, []string{
		`Products({"CategoryID":3}, 1/20+soldOut-createdAt)`, "Thumbnails([5])", "StoreNames([8])",
	}, s.lists.Calls())
	require.True(t, got.HasLink("/shop/products/5"))
	require.True(t, got.HasLink("/shop/?category=3&sort=createdAt%2Cdesc"))
	require.True(t, got.HasLink("/shop/?category=3&page=0"), "the page before")
	require.True(t, got.HasLink("/shop/?category=3&page=2"), "the next one")
	require.Contains(t, got.Text, "₩12,900")
	require.Equal(t, []string{"/images/products/5/a.png"}, got.Pictures)
	require.Contains(t, got.Body, "320w", "with narrower renditions")

	s.lists.Forget()
	got = s.Get(t, "/shop/?category=3&keyword="+url.QueryEscape(`"책"`))
	require.Equal(t, `Products({"CategoryID":3,"Keyword":"\"책\""}, 0/20+soldOut-createdAt)`, s.lists.Calls()[0])
	search := got.Form("/shop/")
	require.Equal(t, "get", search.Method)
	require.Equal(t, `"책"`, search.Field("keyword").Value)
	require.True(t, got.HasLink("/shop/?category=3&keyword=%22%EC%B1%85%22&page=2"), got.Links)

	s.lists.Forget()
	got = s.Get(t, "/shop/?category=3&priceFrom=1000&priceTo=20,000&sort=price,desc")
	require.Equal(t, `Products({"CategoryID":3,"PriceFrom":1000.00,"PriceTo":20000.00}, 0/20+soldOut-price)`, s.lists.Calls()[0])
	require.True(t, got.HasLink("/shop/?category=3&priceFrom=1000&priceTo=20000&sort=price%2Casc"), got.Links)
	require.True(t, got.HasLink("/shop/?priceFrom=1000&priceTo=20000&sort=price%2Cdesc"), "all categories")
	require.Equal(t, url.Values{
		"category": {"3"}, "keyword": {""}, "priceFrom": {"1000"}, "priceTo": {"20000"}, "sort": {"price,desc"},
	}, got.Form("/shop/").Values())

	for query, status := range map[string]int{
		"keyword=" + strings.Repeat("k", 100): 200, "keyword=" + strings.Repeat("k", 101): 400, "category=x": 400,
		"page=-1": 400, "size=101": 400, "sort=price,desc": 200, "priceFrom=x": 400, "priceTo=-1": 400, "priceTo=1.5": 400,
	} {
		require.Equal(t, status, s.Get(t, "/shop/?"+query).Status, query)
	}
}

func TestHome_Products_AreBestAndNewest(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	s.store.Returns("BestProducts", []store.BestProduct{
		{Product: market.Product{ID: 6, SellerID: 8, Name: "best", Price: 1_00}},
	})
	got := s.Get(t, "/shop/")
	require.Equal(t, []string{"BestProducts(8)"}, s.store.Calls("BestProducts"))
	require.Equal(t, []string{"Thumbnails([6])", "Thumbnails([5])"}, s.store.Calls("Thumbnails"), "one for each list")
	require.Empty(t, s.lists.Calls(), "what is cached is not read from a replica")
	require.True(t, got.HasLink("/shop/products/5"))
	require.True(t, got.HasLink("/shop/products/6"))
	require.Contains(t, got.Text, "store <script>", "with the names of their stores")
	require.Contains(t, got.Text, "4 left")
	require.Contains(t, got.Text, "Sold out")
	require.Equal(t, []string{"/images/products/5/a.png"}, got.Pictures)
	s.store.Forget()
	s.Get(t, "/shop/")
	require.Empty(t, s.store.Calls("BestProducts", "Products"), "they are cached")
}

func TestCatalogue_Order_KeepsTheKeyword(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	got := s.Get(t, "/shop/?keyword=k&sort=price,asc")
	require.Equal(t, `Products({"Keyword":"k"}, 0/20+soldOut+price)`, s.lists.Calls()[0])
	require.Contains(t, got.Text, "41 products")
	require.True(t, got.HasLink("/shop/?keyword=k&sort=price%2Cdesc"))
	require.True(t, got.HasLink("/shop/?category=3&keyword=k&sort=price%2Casc"), "a category has the same order")
	require.True(t, got.HasLink("/shop/?keyword=k&page=2&sort=price%2Casc"))
	got = s.Get(t, "/shop/?keyword=k&category=3")
	require.Equal(t, "3", got.Form("/shop/").Field("category").Value, "the next search is of the category, too")
	require.True(t, got.HasLink("/shop/?category=3&keyword=k&sort=price%2Cdesc"))
}

func TestCatalogue_Empty_LeadsToAllProducts(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	got := s.Get(t, "/shop/?keyword=nothing")
	require.Equal(t, 200, got.Status)
	require.Empty(t, got.Pictures)
	require.True(t, got.HasLink("/shop/"))
	require.False(t, got.HasLink("/shop/?keyword=nothing&page=1"))
}

func TestProduct_Action_DependsOnTheReaderAndTheStock(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for stock, c := range map[int32]struct{ action, most string }{
		0: {"/shop/products/5/restock", ""}, 1: {"/shop/cart/5", "1"}, 200_000: {"/shop/cart/5", "100000"},
	} {
		s.store.Returns("Product", market.Product{ID: 5, Name: "책", Stock: stock, Price: 1})
		got := s.Get(t, "/shop/products/5")
		require.Equal(t, []string{"/shop/", c.action}, got.Actions(), stock)
		require.Equal(t, c.most, got.Form(c.action).Field("quantity").Max, stock)
		require.Equal(t, "책", got.Heading)
		visitor := s.anonymous().Get(t, "/shop/products/5")
		require.Equal(t, []string{"/shop/"}, visitor.Actions(), stock)
		require.True(t, visitor.HasLink("/shop/login?next=%2Fshop%2Fproducts%2F5"), visitor.Links)
	}
}

func TestShop_OfOthersAddresses_LeadsToItsOwn(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range []string{"/", "/shop"} {
		require.Equal(t, "/shop/", s.Get(t, path).Location, path)
	}
	require.Equal(t, 404, s.Get(t, "/shop/nothing").Status)
}

// opens sends a browser's request for a page.
func opens(t *testing.T, s *stand, path string) *browser.Answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	require.NoError(t, err)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	return s.Do(t, r)
}

func TestPages_UnknownAddress_IsAPageForABrowser(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range []string{"/shop/nothing", "/nothing", "/shop/orders/70/nothing"} {
		got := opens(t, s, path)
		require.Equal(t, 404, got.Status, path)
		require.NotNil(t, got.Page, "%s: %s", path, got.Body)
		require.Equal(t, "Page not found", got.Heading)
		require.True(t, got.HasLink("/shop/"), "it leads back")
		require.True(t, got.HasLink("/shop/cart"), "it has the site's layout")
		require.Contains(t, got.Header.Get("Content-Security-Policy"), "style-src 'self'")
		require.Nil(t, s.Get(t, path).Page, "%s: a program receives JSON", path)
	}
}

// A refusal of the middleware is a page, too.
func TestForms_OfAnotherSite_AreRefusedWithAPage(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	r := httpRequest(t, "/shop/inbox")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Accept", "text/html")
	got := s.Do(t, r)
	require.Equal(t, http.StatusForbidden, got.Status)
	require.NotNil(t, got.Page, got.Body)
	require.Len(t, got.Alerts, 1)
}

// httpRequest returns the request of a form without fields.
func httpRequest(t *testing.T, path string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader("quantity=1"))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}
