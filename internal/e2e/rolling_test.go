package e2e

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// balancer sends each request to the next of its targets.
type balancer struct {
	targets atomic.Pointer[[]*url.URL]
	next    atomic.Int64
}

func (b *balancer) set(t *testing.T, children ...*child) {
	t.Helper()
	var targets []*url.URL
	for _, c := range children {
		u, err := url.Parse("http://" + c.addrs["api"])
		require.NoError(t, err)
		targets = append(targets, u)
	}
	b.targets.Store(&targets)
}

func (b *balancer) serve(t *testing.T) (address string) {
	t.Helper()
	proxy := &httputil.ReverseProxy{
		Rewrite: func(q *httputil.ProxyRequest) {
			targets := *b.targets.Load()
			q.SetURL(targets[b.next.Add(1)%int64(len(targets))])
		},
		ErrorLog: log.New(io.Discard, "", 0), // it answers 502, which the test sees
	}
	s := httptest.NewServer(http.HandlerFunc(proxy.ServeHTTP))
	t.Cleanup(s.Close)
	return s.URL
}

// stop ends a child in order, as a deployment does, and waits until it has ended.
func (c *child) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, c.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-c.ended:
		require.True(t, c.cmd.ProcessState.Success(), c.cmd.ProcessState)
	case <-time.After(time.Minute):
		require.Fail(t, "it does not stop")
	}
}

// Processes are replaced under load, one API process after the other and the workers with them, as
// in a deployment: the new one is ready first, the old one gets no new requests any more, then it
// is stopped. Every request succeeds at the first attempt.
func TestRolling_ProcessesReplacedUnderLoad_FailNoRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.simulator.Set(simulator.Knobs{Latency: 100 * time.Millisecond}) // so that payments are under way at any moment
	product := r.product(t, r.sellerWithoutLogin(t), 10_000_00, 1_000_000).ID
	worker := r.spawn(t, app.Roles{Worker: true}, "")
	one, two := r.spawn(t, app.Roles{API: true}, ""), r.spawn(t, app.Roles{API: true}, "")
	var b balancer
	b.set(t, one, two)
	r.api = b.serve(t)

	loaded, end := context.WithCancel(context.Background())
	var load sync.WaitGroup
	var requests, slowest atomic.Int64
	var failures sync.Map
	for _, buyer := range r.buyers(t, 6) {
		load.Go(func() {
			ask := func(method, path string, body any, want int) *answer {
				began := time.Now()
				a, err := buyer.try(method, path, body)
				took := time.Since(began).Milliseconds()
				for known := slowest.Load(); took > known &&
					!slowest.CompareAndSwap(known, took); known = slowest.Load() {
				}
				requests.Add(1)
				if err != nil || a.Status != want {
					failures.Store(fmt.Sprintf("%s %s: %v %v", method, path, a, err), true)
					return nil
				}
				return a
			}
			for loaded.Err() == nil {
				ask("GET", fmt.Sprintf("/products/%d", product), nil, 200)
				placed := ask("POST", "/orders", buyer.order(r.fill(t, buyer.id, product, 1)), 201)
				if placed != nil {
					ask("POST", "/payments", payBody(placed.id("orderId")), 201)
				}
			}
		})
	}
	stops := 0
	for range 3 {
		next := r.spawn(t, app.Roles{API: true}, "")
		b.set(t, two, next)
		time.Sleep(300 * time.Millisecond) //nolint:forbidigo // until what the balancer has sent there has arrived
		one.stop(t)
		one, two = two, next
		another := r.spawn(t, app.Roles{Worker: true}, "")
		worker.stop(t)
		worker = another
		stops += 2
	}
	end()
	load.Wait()
	t.Logf("%d requests, %d processes stopped, the slowest answer took %d ms", requests.Load(), stops, slowest.Load())
	failures.Range(func(failure, _ any) bool {
		t.Error(failure)
		return true
	})
	require.Greater(t, requests.Load(), int64(50))
	r.settleDown(t)
	require.Zero(t, r.count(t, "SELECT count(*) FROM orders WHERE status <> 'PAID'"))
	r.verify(t)
}

// TestShutdown_ServicesHang_EndsWithinThePodsGrace with a refund and a payout under way that the gateway and the bank
// do not answer. Another process then ends them.
func TestShutdown_ServicesHang_EndsWithinThePodsGrace(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t)
	r.cfg.ShutdownTimeout = 2 * time.Second
	c := r.spawn(t, app.Roles{API: true, Admin: true, Worker: true}, "")
	r.api, r.admin = "http://"+c.addrs["api"], "http://"+c.addrs["admin"]
	product := r.product(t, r.seller(t).id, 10_000_00, 100).ID
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{product, 2})
	r.soldOn(t, lastPeriod().End)
	refund, refunded := r.refundToDecide(t, product, "")
	staff := r.staff(t)

	const long = 10 * time.Minute
	r.simulator.Set(simulator.Knobs{HangAfter: long})
	r.simulator.Bank.Set(simulator.BankKnobs{HangAfter: long})
	r.closeDay(t, lastPeriod().End)
	require.True(t, approve(t, staff, refund).Success)
	settlement := int64(r.count(t, "SELECT settlement_id FROM payouts"))
	for _, id := range []string{workflows.RefundWorkflowID(refund), workflows.PayoutWorkflowID(settlement)} {
		testrig.Eventually(t, func() bool {
			d, err := r.temporal.DescribeWorkflow(ctx, id, "")
			started := func(a *workflowpb.PendingActivityInfo) bool {
				return a.GetState() == enums.PENDING_ACTIVITY_STATE_STARTED
			}
			return err == nil && slices.ContainsFunc(d.RawResponse.GetPendingActivities(), started)
		}, 30*time.Second, 50*time.Millisecond, id)
	}

	began := time.Now()
	c.stop(t)
	require.Less(t, time.Since(began), 30*time.Second, "SHUTDOWN_TIMEOUT, and what activities may take to end")

	r.simulator.Set(simulator.Knobs{})
	r.simulator.Bank.Set(simulator.BankKnobs{})
	r.serveAll(t)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	testrig.Eventually(t, func() bool { return r.cancellations(t, refunded) == 1 }, time.Minute, 200*time.Millisecond)
	r.settleDown(t)
	r.verify(t)
}
