package shop

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/live"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/testrig/browser"
	"github.com/all-in-market/market/internal/testrig/fakestore"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

// buyerID is the buyer who is logged in.
const buyerID = 7

// stand is the shop with stores and workflows that keep nothing, and the browser of a buyer.
type stand struct {
	*Server
	*browser.Browser
	auth         *login.Auth
	store, lists *fakestore.Store
	router       *mux.Router
	flows        *flows
	redis        *miniredis.Miniredis
}

func newStand(t *testing.T, with ...func(*stand)) *stand {
	t.Helper()
	a, sessions := logintest.New(t)
	s := &stand{
		auth: a, store: fakestore.New("2026-11-30"), lists: fakestore.New("2026-11-30"), flows: &flows{},
		redis: sessions,
	}
	redis, _ := testrig.MemoryRedis(t)
	reads := cache.NewReads(redis, testrig.Log(t))
	a.Store, a.Cache = s.store, reads
	pictures, err := images.Open(t.Context(), "file://"+t.TempDir(), "", "https://market.example")
	require.NoError(t, err)
	s.Server = &Server{
		Store: s.store, Replica: s.lists, Cache: reads, Images: pictures,
		Storefront: &storefront.Service{
			Store: s.store, Workflows: s.flows, Gateways: gateway.Providers{Mock: mock{}}, Limiter: a.Limiter,
			PaymentWait: time.Second,
		},
		Live: live.NewOrders(s.store, testrig.Log(t), func() bool {
			return true
		}), SDK: "https://cdn.portone.example/sdk.js",
		Operator: market.Business{
			Name: "Market Inc.", BizNumber: "123-45-67891", Representative: "R. Lee", Address: "1 Market St",
		},
	}
	for _, change := range with {
		change(s)
	}
	s.router = web.NewRouter(nil)
	s.Routes(s.router, a)
	s.Browser = &browser.Browser{Language: "en", Handler: web.Middleware{
		Server: "api", Log: testrig.Log(t), Metrics: web.NewMetrics(prometheus.NewRegistry()),
		Timeout: 10 * time.Second,
	}.Wrap(s.router)}
	session, err := a.Sessions.OpenPage(t.Context(), market.RoleBuyer, buyerID, time.Now())
	require.NoError(t, err)
	s.Cookie = &http.Cookie{Name: "shop", Value: session.RefreshToken}
	return s
}

// calls returns the calls of the store, without the check of the session and the number of the header.
func (s *stand) calls() (calls []string) {
	for _, call := range s.store.Calls() {
		if !strings.HasPrefix(call, "CheckBuyer(") && !strings.HasPrefix(call, "UnreadNotifications(") {
			calls = append(calls, call)
		}
	}
	return calls
}

// anonymous returns a browser that is not logged in.
func (s *stand) anonymous() *browser.Browser {
	return &browser.Browser{Handler: s.Handler, Language: s.Language}
}

// mock is a provider that is there; its charges are the workflow's business.
type mock struct{ gateway.Payments }

// redirects is a provider at which buyers pay in the browser.
type redirects struct {
	gateway.Redirect
	away bool // it does not answer
}

func (r redirects) Offers(m market.PaymentMethod) bool {
	return m == market.MethodCard || m == market.MethodKakao
}
func (r redirects) Available() bool { return !r.away }
func (r redirects) Window(p market.Payment, name string) *market.PaymentWindow {
	return &market.PaymentWindow{StoreID: "store", PaymentID: p.MerchantUID, OrderName: name,
		TotalAmount: int64(p.Amount / 100)}
}

// flows are workflows that end at once.
type flows struct {
	calls   []string
	err     error
	payErr  error // of Pay
	payment *activities.Payment
}

func (f *flows) note(name string, in any) error {
	f.calls = append(f.calls, name+" "+fakestore.Show(in))
	return f.err
}

func (f *flows) Checkout(_ context.Context, in workflows.CheckoutInput) (workflows.CheckoutResult, error) {
	return workflows.CheckoutResult{OrderID: 70}, f.note("Checkout", in)
}

func (f *flows) Pay(_ context.Context, in workflows.PaymentInput) (workflows.PaymentResult, error) {
	return workflows.PaymentResult{Payment: f.payment}, cmp.Or(f.note("Pay", in), f.payErr)
}

func (f *flows) OpenPayment(_ context.Context, in workflows.PaymentInput) (workflows.PaymentOpened, error) {
	return workflows.PaymentOpened{Ready: true}, f.note("OpenPayment", in)
}

func (f *flows) ConfirmPayment(_ context.Context, in workflows.PaymentInput, h workflows.PaymentChanged) error {
	return f.note("ConfirmPayment", []any{in, h})
}

func (f *flows) ClosePayment(_ context.Context, in workflows.PaymentInput) error {
	return f.note("ClosePayment", in)
}

func (f *flows) RequestRefund(_ context.Context, in workflows.RefundRequest) (workflows.RefundOpened, error) {
	return workflows.RefundOpened{OpenedRefund: activities.OpenedRefund{RefundID: in.RefundID}}, f.note("RequestRefund",
		in)
}

func (f *flows) SignalPayment(_ context.Context, in workflows.PaymentInput) error {
	return f.note("SignalPayment", in)
}
