package e2e

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/all-in-market/market/internal/testrig"
)

// spans is a collector of traces: the names of the received spans, by trace.
type spans struct {
	mu      sync.Mutex
	byTrace map[string][]string
	raw     strings.Builder
}

func (s *spans) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unzipped
	}
	content, err := io.ReadAll(body)
	var told collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(content, &told)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintln(&s.raw, told.String())
	for _, resource := range told.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				id := string(span.GetTraceId())
				s.byTrace[id] = append(s.byTrace[id], span.GetName())
			}
		}
	}
}

// of is the trace that a span of a name belongs to.
func (s *spans) of(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, names := range s.byTrace {
		for _, n := range names {
			if n == name {
				return names
			}
		}
	}
	return nil
}

// A trace leads from the request to the gateway through workflow, activity and statements, and
// contains no personal data.
func TestTrace_Purchase_LeadsToTheGateway(t *testing.T) {
	t.Parallel()
	told := &spans{byTrace: map[string][]string{}}
	server := httptest.NewServer(told)
	t.Cleanup(server.Close)
	r := newRig(t)
	r.cfg.OTLPEndpoint = server.URL
	r.serveAll(t)
	buyer := r.buyers(t, 1)[0]
	order := r.placeOrder(t, buyer, r.product(t, r.seller(t).id, 1_000_00, 5).ID)
	require.Equal(t, 201, buyer.post(t, "/payments", payBody(order)).Status)

	contains := func(name string, parts ...string) bool {
		trace := strings.Join(told.of(name), "\n")
		for _, part := range parts {
			if !strings.Contains(trace, part) {
				return false
			}
		}
		return true
	}
	testrig.Eventually(t, func() bool {
		return contains("POST /orders", "StartWorkflow:Checkout", "RunWorkflow:Checkout", "PlaceOrder", "SELECT") &&
			contains("POST /payments", "RunWorkflow:PaymentApproval", "Charge", "HTTP POST")
	}, 20*time.Second, 100*time.Millisecond)
	told.mu.Lock()
	defer told.mu.Unlock()
	for _, personal := range []string{"@example.com", "김", "010-", "테헤란로", password, buyer.token} {
		require.NotContains(t, told.raw.String(), personal)
	}
}
