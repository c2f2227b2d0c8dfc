package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

const (
	secret     = "a secret for a benchmark, nothing else"
	apiAddr    = "127.0.0.1:18080"
	adminAddr  = "127.0.0.1:18081"
	healthAddr = "127.0.0.1:19090"
)

// buyer is a seeded buyer with a token.
type buyer struct {
	token     string
	addressID int64
}

type shop struct {
	http     *http.Client
	products []int64
	buyers   []buyer
}

// purchases lets buyers fill a cart, order and pay over HTTP, as many at a
// time as given, each level beside the bare ceiling for the same number.
func (b *bench) purchases(ctx context.Context) error {
	c, err := b.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	w := ceilingWorker(c)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	p, sh, err := b.openMarket(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	if r := sh.closedLoop(ctx, 8, 5*time.Second); len(r.errors) > 0 { // warm up
		return r.errors[0]
	}
	t := b.table(purchaseTable, "buyers", "ceiling/s", "purchases/s", "ratio", "p50 ms", "p95 ms", "p99 ms", "errors",
		"API CPU ms", "Temporal CPU ms", "PostgreSQL CPU ms")
	floor := b.table("The same two empty workflows alone", "callers", "pairs/s", "Temporal CPU ms", "PostgreSQL CPU ms")
	for _, buyers := range b.levels {
		before := cpu(p.pid)
		bare, err := ceiling(ctx, c, buyers, b.duration)
		if err != nil {
			return err
		}
		idle := cpu(p.pid).minus(before).per(int(bare * b.duration.Seconds()))
		floor.row(buyers, bare, idle.temporal, idle.postgres)
		before = cpu(p.pid)
		r := sh.closedLoop(ctx, buyers, b.duration)
		used := cpu(p.pid).minus(before).per(len(r.took))
		t.row(buyers, bare, r.rate(), r.rate()/bare, percentile(r.took, 0.5), percentile(r.took, 0.95),
			percentile(r.took, 0.99), len(r.errors), used.api, used.temporal, used.postgres)
	}
	t.print()
	floor.print()
	b.predict(t)
	steady := sh.openLoop(ctx, 20, b.duration)
	t = b.table(fmt.Sprintf("%.1f purchases/s, arriving evenly, %d errors", steady.rate(), len(steady.errors)),
		"request",
		"p50 ms", "p95 ms", "p99 ms")
	for i, name := range steps {
		t.row(name, percentile(steady.steps[i], 0.5), percentile(steady.steps[i], 0.95),
			percentile(steady.steps[i], 0.99))
	}
	t.row("all three", percentile(steady.took, 0.5), percentile(steady.took, 0.95), percentile(steady.took, 0.99))
	t.print()
	if err := b.budget(ctx, sh); err != nil {
		return err
	}
	b.logIn(ctx, sh, manyLogins)
	t = b.table("API and worker in one process", "start to ready ms", "memory at most MB")
	t.row(p.ready.Sub(p.started), peakMemory(p.pid)>>20)
	t.print()
	return b.describe(ctx, c)
}

// purchaseTable is the title of the table that is plotted.
const purchaseTable = "Purchases (cart, order, payment over HTTP) beside two empty workflows"

// manyLogins is how many buyers log in at the same moment, as at the start of a load test.
const manyLogins = 500

// logIn lets that many seeded buyers log in at once from this address, and prints how
// long it takes until all are in.
func (b *bench) logIn(ctx context.Context, sh *shop, n int) {
	var wg sync.WaitGroup
	var refused atomic.Int64
	started := time.Now()
	for i := range n {
		wg.Go(func() {
			body := fmt.Sprintf(`{"email":"user%d@test.com","password":"1234567890"}`, i)
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+apiAddr+"/auth/login",
				strings.NewReader(body))
			if err != nil {
				refused.Add(1)
				return
			}
			req.Header.Set("Content-Type", "application/json")
			resp, err := sh.http.Do(req)
			if err != nil {
				refused.Add(1)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	t := b.table("Logins at the same moment from one address", "buyers", "seconds until all are in", "refused")
	t.row(n, time.Since(started).Seconds(), refused.Load())
	t.print()
}

// process is a running marketplace.
type process struct {
	pid            int
	started, ready time.Time
	stop           func()
}

// openMarket runs the whole marketplace in a process of its own, to be stopped by the caller,
// and picks who buys what there.
func (b *bench) openMarket(ctx context.Context) (p process, sh *shop, err error) {
	c, err := b.connect(ctx) // so that the namespace is there
	if err != nil {
		return p, nil, err
	}
	c.Close()
	if p, err = b.startMarket(ctx, "all"); err != nil {
		return p, nil, err
	}
	if sh, err = openShop(ctx, b.store.Pool()); err != nil {
		p.stop()
	}
	return p, sh, err
}

// startMarket runs a role, or all, in a process of its own.
func (b *bench) startMarket(ctx context.Context, role string) (process, error) {
	bin, err := build(ctx)
	if err != nil {
		return process{}, err
	}
	cmd := exec.Command(bin, role)
	cmd.Env = append(os.Environ(), "MARKET_PROFILE=local", "JWT_SECRET="+secret,
		"LOG_LEVEL=ERROR", "API_ADDR="+apiAddr, "ADMIN_ADDR="+adminAddr, "METRICS_ADDR="+healthAddr,
		"SIMULATOR_ADDR=127.0.0.1:18090")
	cmd.Env = append(cmd.Env, b.environment()...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return process{}, err
	}
	stop := func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		_ = os.RemoveAll(filepath.Dir(bin))
	}
	for range 3000 {
		if resp, err := http.Get("http://" + healthAddr + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return process{cmd.Process.Pid, started, time.Now(), stop}, nil
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	return process{}, fmt.Errorf("the marketplace is not ready after 30 s")
}

// openShop picks products and buyers at random among the seeded ones.
func openShop(ctx context.Context, pool *pgxpool.Pool) (*shop, error) {
	sh := &shop{http: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 512}}}
	rows, err := pool.Query(ctx, `SELECT id FROM products WHERE id % 997 = 0 ORDER BY id LIMIT 1000`)
	if err != nil {
		return nil, err
	}
	var id, address int64
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		sh.products = append(sh.products, id)
	}
	rows, err = pool.Query(ctx, `SELECT buyer_id, id FROM addresses ORDER BY id LIMIT 1000`)
	if err != nil {
		return nil, err
	}
	tokens := auth.NewAccessTokens(secret, "", time.Hour)
	for rows.Next() {
		if err := rows.Scan(&id, &address); err != nil {
			return nil, err
		}
		token, err := tokens.Issue(market.RoleBuyer, auth.Session{AccountID: id, Family: "bench", Opened: time.Now()})
		if err != nil {
			return nil, err
		}
		sh.buyers = append(sh.buyers, buyer{token, address})
	}
	return sh, rows.Err()
}

// steps are the requests of a purchase.
var steps = [...]string{"POST /carts/items", "POST /orders", "POST /payments"}

type result struct {
	mu     sync.Mutex
	took   []time.Duration // whole purchases
	steps  [len(steps)][]time.Duration
	errors []error
	length time.Duration
}

func (r *result) add(took [len(steps)]time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.errors = append(r.errors, err)
		return
	}
	var whole time.Duration
	for i, d := range took {
		r.steps[i] = append(r.steps[i], d)
		whole += d
	}
	r.took = append(r.took, whole)
}

func (r *result) rate() float64 { return float64(len(r.took)) / r.length.Seconds() }

// closedLoop lets each of n buyers buy again and again.
func (sh *shop) closedLoop(ctx context.Context, n int, duration time.Duration) *result {
	return closedLoop(ctx, n, duration, func(i, round int) (took [len(steps)]time.Duration, err error) {
		return sh.buy(ctx, sh.buyers[i], sh.products[(i*131+round*17)%len(sh.products)])
	})
}

// closedLoop calls buy for each of n buyers again and again, with the number of the buyer and of the call.
func closedLoop(
	ctx context.Context, n int, duration time.Duration, buy func(i, round int) ([len(steps)]time.Duration, error),
) *result {
	r := &result{}
	var wg sync.WaitGroup
	started := time.Now()
	for i := range n {
		wg.Go(func() {
			for round := 0; time.Since(started) < duration && ctx.Err() == nil; round++ {
				r.add(buy(i, round))
			}
		})
	}
	wg.Wait()
	r.length = time.Since(started)
	return r
}

// openLoop starts purchases at a fixed rate, whether or not earlier ones are done.
func (sh *shop) openLoop(ctx context.Context, perSecond int, duration time.Duration) *result {
	return openLoop(ctx, perSecond, duration, func(i int) (took [len(steps)]time.Duration, err error) {
		return sh.buy(ctx, sh.buyers[i%len(sh.buyers)], sh.products[(i*17)%len(sh.products)])
	})
}

// openLoop calls buy at a fixed rate, whether or not earlier calls have returned, with the number of the call.
func openLoop(
	ctx context.Context, perSecond int, duration time.Duration, buy func(i int) ([len(steps)]time.Duration, error),
) *result {
	r := &result{}
	var wg sync.WaitGroup
	started := time.Now()
	ticker := time.NewTicker(time.Second / time.Duration(perSecond))
	defer ticker.Stop()
	for i := 0; time.Since(started) < duration && ctx.Err() == nil; i++ {
		<-ticker.C
		wg.Go(func() { r.add(buy(i)) })
	}
	wg.Wait()
	r.length = time.Since(started)
	return r
}

// buy makes one purchase and returns how long each of its requests took.
func (sh *shop) buy(ctx context.Context, b buyer, productID int64) (took [len(steps)]time.Duration, err error) {
	var item, order int64
	var payment struct{ Status string }
	for i, request := range []func() error{
		func() (err error) { item, err = sh.fillCart(ctx, b, productID); return err },
		func() (err error) { order, err = sh.orderItem(ctx, b, item); return err },
		func() error {
			return sh.post(ctx, b, "/payments", map[string]any{"orderId": order, "method": "MOCK"}, &payment)
		},
	} {
		started := time.Now()
		if err := request(); err != nil {
			return took, err
		}
		took[i] = time.Since(started)
	}
	if payment.Status != "SUCCESS" {
		err = fmt.Errorf("the payment of order %d is %s", order, payment.Status)
	}
	return took, err
}

// fillCart puts a piece of a product into a buyer's cart and returns the item's id.
func (sh *shop) fillCart(ctx context.Context, b buyer, productID int64) (itemID int64, err error) {
	var cart struct {
		Items struct{ Content []struct{ ID int64 } }
	}
	err = sh.post(ctx, b, "/carts/items?sort=createdAt,desc&size=1",
		map[string]any{"productId": productID, "quantity": 1}, &cart)
	if err != nil {
		return 0, err
	}
	return cart.Items.Content[0].ID, nil
}

// orderItem orders an item of the cart and returns the order's id. A buyer who could not order
// because of contention on a product retries, as the response suggests.
func (sh *shop) orderItem(ctx context.Context, b buyer, itemID int64) (orderID int64, err error) {
	var order struct{ OrderID int64 }
	for {
		err = sh.post(ctx, b, "/orders", map[string]any{"cartItemIds": []int64{itemID}, "addressId": b.addressID},
			&order)
		if err == nil || !strings.Contains(err.Error(), string(market.CodeRedisLockConflict)) {
			return order.OrderID, err
		}
	}
}

func (sh *shop) post(ctx context.Context, b buyer, path string, body, data any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+apiAddr+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+b.token)
	resp, err := sh.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", path, answer)
	}
	return json.Unmarshal(answer, &struct{ Data any }{data})
}

// describe prints what one purchase leaves in Temporal.
func (b *bench) describe(ctx context.Context, c client.Client) error {
	var order int64
	pool := b.store.Pool()
	if err := pool.QueryRow(ctx, `SELECT order_id FROM payments ORDER BY id DESC LIMIT 1`).Scan(&order); err != nil {
		return err
	}
	t := b.table("One workflow in Temporal", "workflow", "events", "state transitions", "bytes")
	var checkout string
	if err := pool.QueryRow(ctx,
		`SELECT 'checkout/' || buyer_id || '/' || checkout_key FROM checkout_attempts WHERE order_id = $1`,
		order).Scan(&checkout); err != nil {
		return err
	}
	for _, id := range []string{checkout, workflows.PaymentWorkflowID(order)} {
		d, err := c.WorkflowService().DescribeWorkflowExecution(ctx,
			&workflowservice.DescribeWorkflowExecutionRequest{
				Namespace: b.namespace, Execution: &commonpb.WorkflowExecution{WorkflowId: id},
			})
		if err != nil {
			return err
		}
		info := d.GetWorkflowExecutionInfo()
		t.row(info.GetType().GetName(), info.GetHistoryLength(), info.GetStateTransitionCount(),
			info.GetHistorySizeBytes())
	}
	t.print()
	return nil
}

// usage is CPU time by process, in seconds.
type usage struct{ api, temporal, postgres float64 }

func cpu(marketPID int) usage {
	return usage{cpuSeconds(marketPID), cpuSeconds(stackPID("TEMPORAL")), cpuSeconds(stackPID("POSTGRES"))}
}

func (u usage) minus(o usage) usage {
	return usage{u.api - o.api, u.temporal - o.temporal, u.postgres - o.postgres}
}

// per is the usage of one of n purchases, in milliseconds.
func (u usage) per(n int) usage {
	each := 1000 / float64(max(n, 1))
	return usage{u.api * each, u.temporal * each, u.postgres * each}
}

// quiet keeps the Temporal client out of the tables.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
