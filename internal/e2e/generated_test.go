package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// TestGeneratedPayments runs generatedMarkets marketplaces in parallel, generatedRounds rounds in each
// and generatedOrders orders in a round. Each round has a fault of PortOne and kills a process.
const (
	generatedMarkets = 4
	generatedRounds  = 5 // in each of them
	generatedOrders  = 25
)

// generatedFaults are what PortOne may do, one kind in a round.
var generatedFaults = []struct {
	name   string
	faults portonesim.Faults
	mends  time.Duration // after how long it behaves again; 0: at the round's end
}{
	{"behaves", portonesim.Faults{}, 0},
	{"hangs up after it has done it", portonesim.Faults{HangAfter: 20 * time.Millisecond}, 3 * time.Second},
	{"declines", portonesim.Faults{Decline: true}, 500 * time.Millisecond},
	{"charges too much", portonesim.Faults{AmountOff: 100}, 0},
	{"charges too little", portonesim.Faults{AmountOff: -100}, 0},
	{"charges dollars", portonesim.Faults{Currency: "USD"}, 0},
	{"gives back later", portonesim.Faults{CancelLater: time.Second, AmountOff: 100}, 0},
	{
		"gives back later, in vain", portonesim.Faults{CancelLater: time.Second, CancelFails: true, AmountOff: 1},
		3 * time.Second,
	},
	{"does not give back", portonesim.Faults{CancelFails: true, Currency: "USD"}, 3 * time.Second},
	{"is down", portonesim.Faults{Down: true}, 3 * time.Second},
	{"sends no webhooks", portonesim.Faults{NoWebhooks: true}, 0},
	{"sends webhooks late and often", portonesim.Faults{DuplicateWebhooks: true, WebhookDelay: 700 * time.Millisecond},
		0},
	{"charges through a test channel", portonesim.Faults{TestMoney: true}, 0},
}

// A generated order takes steps in any order, again and again: what a buyer, PortOne, the
// clock and an operator may do.
var generatedSteps = []string{
	"open", "open", "open by another method", "approve", "approve", "approve", "decline", "leave", "confirm", "confirm",
	"confirm twice at once", "inquire", "inquire", "expire", "wait",
}

// generatedOrder is one run.
type generatedOrder struct {
	steps []string

	buyer *person
	order int64
	name  string // at PortOne; "" while it was not opened

	mu      sync.Mutex
	payment int64
	last    portonesim.Outcome
	window  portonesim.Window
}

// generate draws a run, after the payment has been opened. Most go on with paying.
func generate(r *rand.Rand) (steps []string) {
	for range 2 + r.IntN(7) {
		steps = append(steps, generatedSteps[r.IntN(len(generatedSteps))])
	}
	return steps
}

// town is the marketplace whose processes are killed.
type fixture struct {
	*rig
	api atomic.Value // string
}

// caller is a buyer's client at whichever API runs just now.
func (c *fixture) caller(b *person) *caller {
	return &caller{base: c.api.Load().(string), token: b.token}
}

// do takes one step. A step that fails because of an outage is not repeated here; a later step may
// repeat it.
func (c *fixture) do(ctx context.Context, o *generatedOrder, step string, r *rand.Rand) {
	switch step {
	case "open", "open by another method":
		method := "CARD"
		if step != "open" {
			method = "KAKAO"
		}
		a, err := c.caller(o.buyer).try("POST", "/payments", map[string]any{"orderId": o.order, "method": method})
		if err != nil || a.Status != 202 {
			return
		}
		var p market.Payment
		if json.Unmarshal(a.Data, &p) != nil || p.RequestPayment == nil {
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		w := p.RequestPayment
		o.payment, o.name = p.ID, w.PaymentID
		o.window = portonesim.Window{
			StoreID: w.StoreID, ChannelKey: w.ChannelKey, PaymentID: w.PaymentID, OrderName: w.OrderName,
			TotalAmount: w.TotalAmount, Currency: w.Currency, PayMethod: w.PayMethod,
		}
	case "approve", "decline", "leave":
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.name != "" {
			if out := c.portone.Pay(o.window, step); out.Code != "ALREADY_PAID" {
				o.last = out
			}
		}
	case "confirm", "confirm twice at once":
		o.mu.Lock()
		id, out := o.payment, o.last
		o.mu.Unlock()
		if id == 0 {
			return
		}
		var calls sync.WaitGroup
		for range 1 + strings.Count(step, "twice") {
			calls.Go(func() { _, _ = c.caller(o.buyer).try("POST", confirmPath(id), returned(out)) })
		}
		if r.IntN(2) == 0 {
			calls.Wait()
		}
	case "inquire": // as the timer has it done
		_ = c.temporal.SignalWorkflow(ctx, workflows.PaymentWorkflowID(o.order), "", workflows.PaymentChangedSignal,
			nil)
	case "expire":
		_, _ = c.store.Pool().Exec(ctx, "UPDATE orders SET created_at = created_at - interval '31 minutes' WHERE id = $1",
			o.order)
		_, _ = c.store.ExpireOrders(ctx)
	}
}

// Five hundred random ways that a payment in the browser may take, under each fault of PortOne,
// with the API or a worker killed at a random moment. In each case PortOne holds the money of paid
// orders and no other, and all books agree.
func TestGeneratedPayments(t *testing.T) {
	t.Parallel()
	for m := range generatedMarkets {
		t.Run(fmt.Sprint("market ", m), func(t *testing.T) {
			t.Parallel()
			generatedMarket(t, m)
		})
	}
}

// generatedMarket runs every generatedMarkets-th round, so that each marketplace meets faults of
// several kinds. A round's number is its seed.
func generatedMarket(t *testing.T, first int) {
	t.Helper()
	ctx := t.Context()
	c := &fixture{rig: newRig(t)}
	c.cfg.PaymentWait, c.cfg.RequestTimeout = 5*time.Second, 10*time.Second
	roles := map[string]app.Roles{"api": {API: true, Admin: true}, "worker": {Worker: true}}
	running := map[string]*child{}
	start := func(role string) {
		t.Helper()
		running[role] = c.spawn(t, roles[role], "")
		if role == "api" {
			c.api.Store("http://" + running[role].addrs["api"])
			c.webhooksTo.Store("http://" + running[role].addrs["api"])
			c.admin = "http://" + running[role].addrs["admin"]
		}
	}
	start("api")
	start("worker")
	p := c.product(t, c.sellerWithoutLogin(t), 10_000_00, 1_000_000)

	var all []*generatedOrder
	for round := first; round < generatedMarkets*generatedRounds; round += generatedMarkets {
		r := rand.New(rand.NewPCG(uint64(round), 9))
		kind := generatedFaults[round%len(generatedFaults)]
		c.portone.Set(portonesim.Faults{})
		probe := c.buyers(t, 1)[0]
		probe.base = c.api.Load().(string)
		probed := &generatedOrder{buyer: probe, order: c.placeOrder(t, probe, p.ID), steps: []string{"open"}}
		testrig.Eventually(t, func() bool { // until the circuit has closed
			c.do(ctx, probed, "open", r)
			return probed.name != ""
		}, time.Minute, 200*time.Millisecond)
		var orders []*generatedOrder
		for i, b := range c.buyers(t, generatedOrders) {
			b.base = c.api.Load().(string)
			o := &generatedOrder{buyer: b, steps: generate(rand.New(rand.NewPCG(uint64(round), uint64(100+i))))}
			o.order = c.placeOrder(t, b, p.ID)
			orders = append(orders, o)
		}
		c.portone.Set(kind.faults)
		if kind.mends > 0 {
			time.AfterFunc(kind.mends, func() { c.portone.Set(portonesim.Faults{}) })
		}
		var steps sync.WaitGroup
		for i, o := range orders {
			steps.Go(func() {
				pace := rand.New(rand.NewPCG(uint64(round), uint64(1000+i)))
				for range 5 { // as a client that retries
					if c.do(ctx, o, "open", pace); o.name != "" {
						break
					}
					time.Sleep(time.Second) //nolint:forbidigo // likewise
				}
				for _, step := range o.steps {
					c.do(ctx, o, step, pace)
					time.Sleep(time.Duration(pace.IntN(150)) * time.Millisecond) //nolint:forbidigo // as people do
				}
			})
		}
		role := []string{"api", "worker"}[r.IntN(2)]
		time.Sleep(time.Duration(r.IntN(1500)) * time.Millisecond) //nolint:forbidigo // at a random moment
		running[role].kill()
		start(role)
		steps.Wait()
		all = append(all, orders...)
	}
	c.portone.Set(portonesim.Faults{})
	c.conclude(t, all)
	c.verify(t)
}

// conclude waits until all payments have ended, and compares PortOne's books with the orders.
func (c *fixture) conclude(t *testing.T, all []*generatedOrder) {
	t.Helper()
	ctx := t.Context()
	admin := c.staff(t)
	for _, o := range all { // without a notification the status is polled
		c.do(ctx, o, "inquire", nil)
	}
	problems := func() (wrong []string) {
		held := map[string]int64{}
		for _, p := range c.portone.Books().Payments {
			if p.PaidAt != nil {
				held[p.ID] = p.Amount.Total - p.Amount.Cancelled
			}
		}
		for _, o := range all {
			status := c.status(t, o.order)
			var want int64
			if status == market.OrderPaid {
				want = 10_000
			}
			got := int64(0)
			for _, name := range c.names(t, o.order) {
				got += held[name]
			}
			if got != want {
				wrong = append(wrong, fmt.Sprintf("order %d is %s and PortOne holds %d: %v", o.order, status, got,
					o.steps))
			}
		}
		return wrong
	}
	done := testrig.Within(func() bool {
		for _, id := range c.failedRefunds(t) { // as staff would
			approve(t, admin, id)
		}
		return len(problems()) == 0 && c.count(t, "SELECT count(*) FROM follow_ups") == 0 &&
			c.count(t, "SELECT count(*) FROM refunds WHERE status <> 'SUCCESS'") == 0
	}, 2*time.Minute, 500*time.Millisecond)
	require.True(t, done, strings.Join(problems(), "\n"))
	paid := c.count(t, "SELECT count(*) FROM orders WHERE status = 'PAID'")
	require.Greater(t, paid, len(all)/20, "it is the test that does not pay")
	require.Greater(t, c.count(t, "SELECT count(*) FROM refunds"), len(all)/20, "nothing had to go back")
	require.Zero(t, c.count(t,
		"SELECT count(*) FROM (SELECT order_id FROM payments WHERE imp_uid IS NOT NULL GROUP BY order_id HAVING count(*) > 1) x"))
	c.reconcile(t, admin)
	require.Greater(t, c.count(t, "SELECT count(*) FROM provider_events"), paid)
	require.Zero(t, c.count(t, "SELECT count(*) FROM reconciliation_breaks"), c.text(t,
		"SELECT coalesce(string_agg(class || ' ' || detail, '; '), '') FROM reconciliation_breaks"))
	t.Logf("%d orders, %d paid, %d charges given back", len(all), paid, c.count(t, "SELECT count(*) FROM refunds"))
}

// names are what the payments of an order are called at PortOne.
func (c *fixture) names(t *testing.T, order int64) (names []string) {
	t.Helper()
	rows, err := c.store.Pool().Query(t.Context(), "SELECT merchant_uid FROM payments WHERE order_id = $1", order)
	require.NoError(t, err)
	names, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}

func (c *fixture) failedRefunds(t *testing.T) (ids []int64) {
	t.Helper()
	rows, err := c.store.Pool().Query(t.Context(), "SELECT id FROM refunds WHERE status = 'FAILED'")
	require.NoError(t, err)
	ids, err = pgx.CollectRows(rows, pgx.RowTo[int64])
	require.NoError(t, err)
	return ids
}
