package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/integrators"
	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/testrig/fakestore"
	"github.com/all-in-market/market/internal/uploads"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/internal/webhooks"
	"github.com/all-in-market/market/workflows"
)

// The accounts that the tokens of a stand belong to.
const (
	buyerID  = 7
	sellerID = 8
)

// stand is the server with stores and workflows that keep nothing.
type stand struct {
	*Server
	store, lists *fakestore.Store
	flows        *flows
	handler      http.Handler
	redis        *miniredis.Miniredis // of sessions and limits
	cache        *miniredis.Miniredis // of cached reads
	tokens       map[market.Role]string
	noted        []market.Action // security events
}

func newStand(t *testing.T, with ...func(*Server)) *stand {
	t.Helper()
	a, sessions := logintest.New(t)
	s := &stand{store: fakestore.New("2026-11-30"), lists: fakestore.New("2026-11-30"), flows: &flows{},
		redis: sessions}
	redis, kept := testrig.MemoryRedis(t)
	s.cache = kept
	reads := cache.NewReads(redis, testrig.Log(t))
	a.Store, a.Cache = s.store, reads
	pictures, err := images.Open(t.Context(), "file://"+t.TempDir(), "", "https://market.example")
	require.NoError(t, err)
	seals, err := auth.NewSeals("webhooks", logintest.Secret, "")
	require.NoError(t, err)
	s.Server = &Server{
		Auth: a, Store: s.store, Replica: s.lists, Cache: reads, Images: pictures,
		Uploads: uploads.New(s.store, pictures, images.NewDecoder(64<<20), uploads.Limits{AtOnce: 2, PerMinute: 100}),
		Storefront: &storefront.Service{
			Store: s.store, Workflows: s.flows, Gateways: gateway.Providers{Mock: mock{}}, Limiter: a.Limiter,
			PaymentWait: time.Second,
		},
		Integrators: &integrators.Webhooks{Store: s.store, Sender: webhooks.NewSender(true), Seals: seals},
		PayoutPause: 72 * time.Hour,
	}
	s.Parameters, err = Parameters()
	require.NoError(t, err)
	for _, change := range with {
		change(s.Server)
	}
	s.handler = web.Middleware{
		Server: "api", Log: testrig.Log(t), Metrics: web.NewMetrics(prometheus.NewRegistry()),
		Timeout: 10 * time.Second,
		Audit: func(_ context.Context, a market.Action) error {
			s.noted = append(s.noted, a)
			return nil
		},
	}.Wrap(s.Router())
	s.tokens = map[market.Role]string{
		market.RoleBuyer:  logintest.Token(t, a, market.RoleBuyer, buyerID),
		market.RoleSeller: logintest.Token(t, a, market.RoleSeller, sellerID),
	}
	return s
}

// token returns an access token of an account.
func (s *stand) token(t *testing.T, role market.Role, id int64) string {
	t.Helper()
	return logintest.Token(t, s.Auth, role, id)
}

// reply is an answer of the server.
type reply struct {
	Status  int
	Code    string
	Message string
	Data    json.RawMessage
	Errors  []struct{ Field, Code, Message string }
	header  http.Header
	body    string
}

// roleOf returns the role whose routes a path belongs to; "" for a path that needs no login.
func roleOf(route string) market.Role {
	_, path, _ := strings.Cut(route, " ")
	for _, public := range []string{
		"/auth/", "/seller/auth/", "/products", "/categories", "/payment-methods", "/couriers", "/refund-reasons", "/legal-documents",
		"/webhooks/", "/images/",
	} {
		if strings.HasPrefix(path, public) {
			return ""
		}
	}
	if strings.HasPrefix(path, "/seller") {
		return market.RoleSeller
	}
	return market.RoleBuyer
}

// send sends a request of the account whose routes it belongs to, such as "GET /orders?page=1", and returns the answer.
func (s *stand) send(t *testing.T, route, body string, header ...string) *reply {
	t.Helper()
	r := newRequest(t, route, body)
	if role := roleOf(route); role != "" {
		r.Header.Set("Authorization", "Bearer "+s.tokens[role])
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return s.do(t, r)
}

func (s *stand) do(t *testing.T, r *http.Request) *reply {
	t.Helper()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	answer := &reply{Status: w.Code, header: w.Header(), body: w.Body.String()}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
		require.NoError(t, d.Decode(answer), answer.body)
		_, err := d.Token()
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, w.Code, answer.Status)
	}
	return answer
}

// fields returns the refused fields of an answer with their codes, such as "quantity INVALID".
func (r *reply) fields() (all []string) {
	for _, e := range r.Errors {
		all = append(all, e.Field+" "+e.Code)
	}
	return all
}

// mock is a provider that is there; its charges are the workflow's business.
type mock struct{ gateway.Payments }

// flows are workflows that end at once, with the results that a test has set.
type flows struct {
	calls   []string
	err     error
	payment *activities.Payment
	exists  bool // the order was paid before
}

func (f *flows) note(name string, in any) error {
	f.calls = append(f.calls, name+" "+fakestore.Show(in))
	return f.err
}

func (f *flows) Checkout(_ context.Context, in workflows.CheckoutInput) (workflows.CheckoutResult, error) {
	return workflows.CheckoutResult{OrderID: 70}, f.note("Checkout", in)
}

func (f *flows) Pay(_ context.Context, in workflows.PaymentInput) (workflows.PaymentResult, error) {
	return workflows.PaymentResult{Payment: f.payment, Existing: f.exists}, f.note("Pay", in)
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

// newRequest returns a request with a JSON body and no caller.
func newRequest(t *testing.T, route, body string) *http.Request {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "en")
	return r
}

// times returns a text n times.
func times(text string, n int) string { return strings.Repeat(text, n) }
