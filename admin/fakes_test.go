package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/integrators"
	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/testrig/fakestore"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/internal/webhooks"
	"github.com/all-in-market/market/workflows"
)

// staffID is the account that the requests of a stand belong to.
const staffID = 3

// parameters returns the query parameters of the operations, whose document the package api has.
var parameters = sync.OnceValues(func() (web.Parameters, error) {
	document, err := os.ReadFile("../api/openapi.yaml")
	if err != nil {
		return nil, err
	}
	return web.ReadParameters(document)
})

// stand is the server with stores and workflows that keep nothing. Its caller is an owner.
type stand struct {
	*Server
	store, lists *fakestore.Store
	flows        *flows
	handler      http.Handler
	redis        *miniredis.Miniredis
	token        string
	member       market.StaffMember // the caller
	noted        []market.Action    // security events
}

func newStand(t *testing.T) *stand {
	t.Helper()
	a, redis := logintest.New(t)
	s := &stand{
		store: fakestore.New("2026-11-30"), lists: fakestore.New("2026-11-30"), flows: &flows{}, redis: redis,
		member: market.StaffMember{ID: staffID, Role: market.StaffOwner, Status: market.StaffActive},
	}
	kept, _ := testrig.MemoryRedis(t)
	reads := cache.NewReads(kept, testrig.Log(t))
	seals, err := auth.NewSeals("webhooks", logintest.Secret, "")
	require.NoError(t, err)
	a.Store, a.Cache = s.store, reads
	s.Server = &Server{
		Auth: a, Store: s.store, Replica: s.lists, Cache: reads,
		BackOffice: &backoffice.Service{
			Store: s.store, Workflows: s.flows, Cache: reads, Sessions: a.Sessions, Runs: s.flows,
			Decisions: auth.NewDecisions(logintest.Secret), DecisionWait: time.Millisecond,
		},
		Integrators: &integrators.Webhooks{Store: s.store, Sender: webhooks.NewSender(true), Seals: seals},
	}
	s.Parameters, err = parameters()
	require.NoError(t, err)
	s.handler = web.Middleware{
		Server: "admin", Log: testrig.Log(t), Metrics: web.NewMetrics(prometheus.NewRegistry()),
		Timeout: 10 * time.Second,
		Audit: func(_ context.Context, a market.Action) error {
			s.noted = append(s.noted, a)
			return nil
		},
	}.Wrap(s.Router())
	s.store.Does("Staff", func(...any) ([]any, error) { return []any{s.member}, nil })
	s.token = logintest.Token(t, a, market.RoleAdmin, staffID)
	return s
}

// reply is an answer of the server.
type reply struct {
	answer
	Errors []struct{ Field, Code string }
	header http.Header
	body   string
}

// fields returns the refused fields of an answer with their codes, such as "reason REQUIRED".
func (r *reply) fields() (all []string) {
	for _, e := range r.Errors {
		all = append(all, e.Field+" "+e.Code)
	}
	return all
}

// send sends a request, such as "GET /admin/orders?page=1", and returns the answer.
func (s *stand) send(t *testing.T, route, body string, header ...string) *reply {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Authorization", "Bearer "+s.token)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	got := &reply{header: w.Header(), body: w.Body.String()}
	got.Status = w.Code
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), got), got.body)
		require.Equal(t, w.Code, got.Status)
	}
	return got
}

// calls returns the calls of the store, without those that look the caller up.
func (s *stand) calls() (calls []string) {
	for _, call := range s.store.Calls() {
		if !strings.HasPrefix(call, "Staff(") {
			calls = append(calls, call)
		}
	}
	return calls
}

func (s *stand) forget() {
	s.store.Forget()
	s.lists.Forget()
	s.flows.calls = nil
}

// flows are workflows that end at once, and the runs of workflows.
type flows struct {
	mu    sync.Mutex // of calls: refunds are decided at the same time
	calls []string
	err   error
	runs  []market.Run
	story []market.OrderEvent
}

func (f *flows) note(name string, in ...any) error {
	shown := make([]string, len(in))
	for i, arg := range in {
		shown[i] = fakestore.Show(arg)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name+"("+strings.Join(shown, ", ")+")")
	return f.err
}

// made returns the calls so far.
func (f *flows) made() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

func (f *flows) RequestRefund(_ context.Context, in workflows.RefundRequest) (workflows.RefundOpened, error) {
	var opened workflows.RefundOpened
	opened.RefundID = in.RefundID
	return opened, f.note("RequestRefund", in)
}

func (f *flows) DecideRefund(
	_ context.Context, refundID int64, _ store.RefundCharge, d workflows.RefundDecision,
) error {
	return f.note("DecideRefund", refundID, d)
}

func (f *flows) DecidePayout(
	_ context.Context, p engine.DuePayout, attempt int32, signal string, d workflows.PayoutDecision,
) error {
	d.Signature = "" // which differs for each decision
	return f.note("DecidePayout", p, attempt, signal, d)
}

func (f *flows) StartReconciliation(_ context.Context, in workflows.ReconciliationInput) (string, error) {
	return "reconciliation-1", f.note("StartReconciliation", in)
}

func (f *flows) CancelBatch(_ context.Context, id int64) error { return f.note("CancelBatch", id) }

func (f *flows) ListRuns(_ context.Context, query string, _ []byte) ([]market.Run, []byte, error) {
	return f.runs, nil, f.note("ListRuns", query)
}

func (f *flows) CountRuns(_ context.Context, query string) (int64, error) {
	return int64(len(f.runs)), f.note("CountRuns", query)
}

func (f *flows) OrderTimeline(_ context.Context, orderID int64) ([]market.OrderEvent, error) {
	return f.story, f.note("OrderTimeline", orderID)
}
