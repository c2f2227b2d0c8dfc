package sellerweb

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/integrators"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/testrig/browser"
	"github.com/all-in-market/market/internal/testrig/fakestore"
	"github.com/all-in-market/market/internal/uploads"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/internal/webhooks"
)

// sellerID is the seller who is logged in.
const sellerID = 8

// hostile is a text of a user that would be markup, if a page did not escape it.
const hostile = `<script>alert("x")</script>'&`

var noon = market.LocalTime(time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC))

// stand is the seller centre with stores that keep nothing, and the browser of a seller.
type stand struct {
	*Server
	*browser.Browser
	auth         *login.Auth
	store, lists *fakestore.Store
	router       *mux.Router
	cached       *miniredis.Miniredis

	cancelled   []storefront.SellerCancellation
	cancelFails error
}

func newStand(t *testing.T) *stand {
	t.Helper()
	a, _ := logintest.New(t)
	s := &stand{auth: a, store: fakestore.New("2026-11-30"), lists: fakestore.New("2026-11-30")}
	redis, cached := testrig.MemoryRedis(t)
	reads := cache.NewReads(redis, testrig.Log(t))
	a.Store, a.Cache, s.cached = s.store, reads, cached
	pictures, err := images.Open(t.Context(), "file://"+t.TempDir(), "", "https://market.example")
	require.NoError(t, err)
	accepted := uploads.New(s.store, pictures, images.NewDecoder(64<<20), uploads.Limits{AtOnce: 2, PerMinute: 100})
	seals, err := auth.NewSeals("webhooks", "a secret of tests that is long enough", "")
	require.NoError(t, err)
	hooks := &integrators.Webhooks{Store: s.store, Sender: webhooks.NewSender(false), Seals: seals}
	s.Server = New(a, s.store, s.lists, reads, pictures, accepted, hooks, s.cancels, 72*time.Hour,
		market.Business{Name: "Market Inc.", BizNumber: "123-45-67891"})
	s.router = web.NewRouter(nil)
	s.Routes(s.router)
	s.Browser = &browser.Browser{Language: "en", Handler: web.Middleware{
		Server: "api", Log: testrig.Log(t), Metrics: web.NewMetrics(prometheus.NewRegistry()),
		Timeout: 10 * time.Second,
	}.Wrap(s.router)}
	session, err := a.Sessions.OpenPage(t.Context(), market.RoleSeller, sellerID, time.Now())
	require.NoError(t, err)
	s.Cookie = &http.Cookie{Name: "seller-center", Value: session.RefreshToken}
	return s
}

// cancels records a cancellation.
func (s *stand) cancels(_ context.Context, seller market.SellerID, in storefront.SellerCancellation) error {
	s.cancelled = append(s.cancelled, in)
	if seller != sellerID {
		return market.Refuse(market.CodeOrderNotFound)
	}
	return s.cancelFails
}

// calls returns the calls of the store, without the check of the session.
func (s *stand) calls() (calls []string) {
	for _, call := range s.store.Calls() {
		if !strings.HasPrefix(call, "CheckSeller(") && !strings.HasPrefix(call, "SellerTasks(") {
			calls = append(calls, call)
		}
	}
	return calls
}

// anonymous returns a browser that is not logged in.
func (s *stand) anonymous() *browser.Browser {
	return &browser.Browser{Handler: s.Handler, Language: s.Language}
}

func day(t *testing.T, text string) market.Day {
	t.Helper()
	d, err := market.ParseDay(text)
	require.NoError(t, err)
	return d
}

// aProduct is a product with 5 pieces in stock and 2 reserved.
func aProduct() market.Product {
	reserved := int32(2)
	return market.Product{
		ID: 5, SellerID: sellerID, CategoryID: 3, Name: hostile, Price: 12_900_00, Stock: 5, Reserved: &reserved,
		Status: market.ProductOnSale, Description: hostile,
	}
}

// anEndpoint is an endpoint that was paused because it had taken no message for days.
func anEndpoint() market.WebhookEndpoint {
	problem := market.WebhookNotTaken
	return market.WebhookEndpoint{
		ID: 5, URL: "https://example.com/?" + hostile, Events: []string{"order.paid", "payout.failed"}, PerSecond: 3,
		Status: market.WebhookPaused, Problem: &problem,
	}
}

// stocked fills a stand with data. Every text in it is hostile.
func stocked(t *testing.T, s *stand) {
	t.Helper()
	h, commission, item := hostile, market.Money(100), int64(6)
	today := day(t, "2026-11-30")
	s.store.Returns("OwnProduct", aProduct())
	s.store.Returns("OwnProducts", map[int64]market.Product{5: aProduct()})
	s.store.Returns("Categories", []market.Category{{ID: 3, Name: hostile}, {ID: 4, Name: "b"}})
	s.store.Returns("Images", []store.Image{{ID: 1, ObjectKey: "products/5/a.png", Width: 2000, Representative: true}})
	s.lists.Returns("SellerProducts", market.Page[market.Product]{
		Content: []market.Product{aProduct()}, CurrentPage: 2, TotalPages: 3, TotalElements: 1001,
	})
	line := market.SellerOrderItem{
		OrderItem: market.OrderItem{ID: 6, OrderID: 4, ProductName: hostile, UnitPrice: 100, Quantity: 3,
			ShippedQuantity: 2, Carrier: &h, TrackingNumber: &h},
		OrderStatus: market.OrderPaid, OrderNumber: "20261130-00048", CreatedAt: noon,
		Recipient: market.Recipient{Name: &h, Phone: &h, Address: &h, Note: &h},
	}
	parcel := market.Parcel{
		ID: 3, OrderID: 4, Status: market.ParcelShipped, Carrier: &h, TrackingNumber: &h, ShippedAt: noon,
		Items: []market.Pieces{{OrderItemID: 6, Quantity: 2}},
	}
	s.store.Returns("SellerOrder", market.SellerOrder{
		OrderID: 4, OrderNumber: line.OrderNumber, Status: line.OrderStatus, CreatedAt: noon, Recipient: line.Recipient,
		Items: []market.SellerOrderItem{line}, Parcels: []market.Parcel{parcel},
		Actions: []market.OrderAction{market.ActionShip, market.ActionCancel},
	})
	s.store.Returns("SellerOrderItems", market.Page[market.SellerOrderItem]{
		Content: []market.SellerOrderItem{line}, CurrentPage: 1, TotalPages: 1, IsLast: true,
	})
	s.store.Returns("Dashboard", market.Dashboard{TotalSales: 1_000_00, TotalOrders: 3})
	s.store.Returns("SellerBalance", market.SellerBalance{})
	s.store.Returns("RankProducts", []market.ProductRank{{ProductID: 5, ProductName: hostile, TotalSales: 500}})
	s.store.Returns("SummarizeStatistics", &market.StatisticsSummary{Groups: []market.StatisticsGroup{
		{From: today.Add(-2), To: today.Add(-2),
			Totals: market.Totals{TotalOrders: 2, TotalSales: 7_000_00, NetSales: -5_00}},
		{From: today.Add(-1), To: today, Totals: market.Totals{TotalOrders: 1, TotalSales: 1_000_00}},
	}})
	entry := market.LedgerEntry{ID: 1, Kind: "PAYMENT_APPROVED", BusinessDay: today, OrderItemID: &item, Credit: 1_50}
	s.lists.Returns("Ledger", market.Page[market.LedgerEntry]{Content: []market.LedgerEntry{entry}, CurrentPage: 1,
		IsLast: true})
	settlement := market.Settlement{
		ID: 4, SellerID: sellerID, Amount: 9_00, Status: market.SettlementPayoutDone,
		PeriodStart: today.Add(-29), PeriodEnd: today,
	}
	s.lists.Returns("Settlements", market.Page[market.Settlement]{Content: []market.Settlement{settlement},
		IsLast: true})
	line6, number := int64(6), "20261130-00048"
	s.store.Returns("Statement", market.Statement{
		SettlementDetail: market.SettlementDetail{
			Settlement: settlement, Lines: []market.SettlementLine{{StatDate: today, Fee: 1_00, Payable: 9_00}},
		},
		BankCode: "SHINHAN", BankAccountEnd: "4321", PaidAt: &noon,
		Orders: []market.StatementOrder{{OrderID: &line6, OrderNumber: &number, OrderedAt: &noon, GrossSales: 10_00,
			Commission: 1_00, Payable: 9_00}, {Payable: 1}},
		OrderCount: 2,
	})
	s.store.Returns("Settlement", market.SettlementDetail{
		Settlement: settlement, Lines: []market.SettlementLine{{StatDate: today, Payable: 9_00}},
	})
	s.lists.Returns("SellerRefunds", market.Page[market.SellerRefund]{Content: []market.SellerRefund{
		{RefundID: 9, OrderID: 70, OrderNumber: "20261130-00048", Description: &h, ProductName: hostile, Amount: 1, Commission: &commission,
			Reason: market.ReasonDamaged,
			Status: market.RefundSuccess, CreatedAt: noon},
	}, IsLast: true})
	s.store.Returns("WebhookEndpoints", market.Page[market.WebhookEndpoint]{
		Content: []market.WebhookEndpoint{anEndpoint()}, IsLast: true,
	})
	s.store.Returns("WebhookEndpoint", anEndpoint())
	s.store.Returns("WebhookMessages", market.Page[market.WebhookMessage]{Content: []market.WebhookMessage{{
		ID: 2, Event: "payout.failed", HappenedAt: noon, Data: []byte(`"<script>"`), Status: market.WebhookFailed,
		Attempts: 7, Answer: &h,
	}, {ID: 3, Event: "order.paid", HappenedAt: noon, Status: market.WebhookPending}}, IsLast: true})
	s.store.Returns("Seller", market.Seller{ID: sellerID, StoreName: hostile})
	s.store.Returns("SellerAccount", market.SellerAccount{
		Seller: market.Seller{
			ID: sellerID, Email: "s@example.com", Name: hostile, Phone: hostile, StoreName: hostile, BizNumber: hostile,
			Status: market.SellerApproved,
		},
		BankCode: "SHINHAN", BankAccountEnd: "4321", BankAccountPending: true,
		BankAccountRefused: &market.RefusedAccount{Status: market.ProposalRejected, Reason: &h, BankCode: "TOSS",
			BankAccountEnd: "9876"},
	})
}
