package e2e

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
)

func TestRedisAway(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	p := r.product(t, seller.id, 100, 100)
	b := r.buyer(t)
	order := r.placeOrder(t, b, p.ID)
	anybody := &caller{base: r.api}
	require.Equal(t, 200, anybody.get(t, "/products").Status)

	// A payment that has begun finishes without Redis.
	r.simulator.Set(simulator.Knobs{Latency: time.Second})
	payment := make(chan *answer, 1)
	go func() { a, _ := b.try("POST", "/payments", payBody(order)); payment <- a }()
	r.eventually(t, 1, "SELECT count(*) FROM payments WHERE order_id = $1", order)
	r.redis.Cut()
	r.simulator.Set(simulator.Knobs{})
	require.True(t, (<-payment).Success)
	require.Equal(t, market.OrderPaid, r.status(t, order))

	for _, path := range []string{
		"/products", "/products?page=1", "/categories", fmt.Sprintf("/products/%d", p.ID), "/products?keyword=상품",
	} {
		require.Equal(t, 200, anybody.get(t, path).Status, path)
	}
	for _, path := range []string{"/orders", "/carts", "/buyers/me", "/products"} {
		a := b.get(t, path)
		require.Equal(t, "503 REDIS_UNAVAILABLE", fmt.Sprint(a.Status, " ", a.Code), path)
		require.NotEmpty(t, a.header.Get("Retry-After"))
	}
	require.Equal(t, "REDIS_UNAVAILABLE",
		anybody.post(t, "/auth/login", map[string]string{"email": "x@example.com", "password": password}).Code)
	require.Equal(t, "REDIS_UNAVAILABLE", b.post(t, "/auth/refresh", nil).Code)

	r.redis.Mend()
	testrig.Eventually(t, func() bool { a, err := b.try("GET", "/orders", nil); return err == nil && a.Status == 200 },
		10*time.Second, 50*time.Millisecond)
	require.Equal(t, 200, b.post(t, "/auth/refresh", nil).Status, "the refresh token was not lost")
	require.Positive(t, r.placeOrder(t, b, p.ID))
}

func TestTemporalAway(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	p := r.product(t, seller.id, 100, 100)
	b := r.buyers(t, 1)[0]
	item := r.fill(t, b.id, p.ID, 1)
	r.placeOrder(t, r.buyers(t, 1)[0], p.ID)

	r.frontend.Cut()
	require.Equal(t, 200, b.get(t, "/products").Status)
	require.Equal(t, 200, b.get(t, "/carts").Status)
	a := b.post(t, "/orders", b.order(item), "Idempotency-Key", "through-an-outage")
	require.Equal(t, "503 WORKFLOW_UNAVAILABLE", fmt.Sprint(a.Status, " ", a.Code))
	require.NotEmpty(t, a.header.Get("Retry-After"))
	require.EqualValues(t, 99, r.stock(t, p.ID))
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM cart_items WHERE id = $1", item))

	r.frontend.Mend()
	testrig.Eventually(t, func() bool {
		a, err := b.try("POST", "/orders", b.order(item), "Idempotency-Key", "through-an-outage")
		return err == nil && a.Status == 201
	}, 60*time.Second, 200*time.Millisecond)
	require.EqualValues(t, 98, r.stock(t, p.ID))
	r.verify(t)
}

// A service is down, hangs, or has moved and left the open connections without a reset. Requests
// are answered in time with an error that asks for a retry; the same request succeeds after the
// outage, and all waiting work continues.
func TestOutage_EachService_DegradesAsDocumented(t *testing.T) {
	t.Parallel()
	for service, code := range map[string]market.Code{
		"postgresql": market.CodeDatabaseUnavailable, "redis": market.CodeRedisUnavailable,
		"temporal": market.CodeWorkflowUnavailable,
	} {
		for _, way := range []string{"is down", "hangs", "has moved"} {
			t.Run(service+" "+way, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				database, err := url.Parse(r.cfg.DatabaseURL)
				require.NoError(t, err)
				r.database = testrig.NewProxy(t, database.Host)
				database.Host = r.database.Addr()
				r.cfg.DatabaseURL = database.String()
				r.cfg.RequestTimeout, r.cfg.PaymentWait = 10*time.Second, 8*time.Second
				r.serveAll(t)
				away := map[string]*testrig.Proxy{
					"postgresql": r.database, "redis": r.redis, "temporal": r.frontend,
				}[service]
				p := r.product(t, r.seller(t).id, 10_000_00, 100)
				_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1})
				b := r.buyers(t, 1)[0]
				item := r.fill(t, b.id, p.ID, 1)

				if way == "is down" {
					away.Cut()
				} else {
					away.Freeze()
				}
				for range 2 {
					asked := time.Now()
					a := b.post(t, "/orders", b.order(item), "Idempotency-Key", "order")
					require.Equal(t, 503, a.Status, a)
					if way == "is down" || service != "postgresql" { // otherwise the duration has no clear cause
						require.Equal(t, string(code), a.Code)
					}
					require.NotEmpty(t, a.header.Get("Retry-After"))
					require.Less(t, time.Since(asked), 30*time.Second)
				}
				status, body := get(r.metrics + "/readyz")
				require.Equal(t, 503, status, body)
				for _, named := range []string{"postgresql", "redis", "temporal"} {
					require.Equal(t, named != service, strings.Contains(body, fmt.Sprintf("%q:%q", named, "ok")), body)
				}
				if way == "has moved" {
					away.Forget()
				}
				away.Mend()

				var order int64
				testrig.Eventually(t, func() bool {
					a, err := b.try("POST", "/orders", b.order(item), "Idempotency-Key", "order")
					if err == nil && a.Status == 201 {
						order = a.id("orderId")
					}
					return order != 0
				}, 2*time.Minute, 200*time.Millisecond, "the order goes through")
				testrig.Eventually(t, func() bool {
					a, err := b.try("POST", "/payments", payBody(order), "Idempotency-Key", "payment")
					return err == nil && a.Success && a.field("status") == "SUCCESS"
				}, time.Minute, 200*time.Millisecond, "it is paid")
				r.waitReady(t, r.metrics)
				for _, waits := range []string{"ledger_unrolled", "audit_unchained", "follow_ups"} {
					r.eventually(t, 0, "SELECT count(*) FROM "+waits)
				}
				charges, _ := r.charged(t, order)
				require.Equal(t, 1, charges)
				require.EqualValues(t, 98, r.stock(t, p.ID))
				r.verify(t)
			})
		}
	}
}

// TestPartitionMissing_RequestsFailForNow_AndSucceedWithTheSameKey has ids beyond the last partition of
// the lines of orders, and a lock that keeps workers from adding one.
func TestPartitionMissing_RequestsFailForNow_AndSucceedWithTheSameKey(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t)
	r.cfg.RequestTimeout = 10 * time.Second
	r.serveAll(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 100)
	b := r.buyers(t, 1)[0]
	item := r.fill(t, b.id, p.ID, 1)
	held, err := r.store.Pool().Begin(ctx)
	require.NoError(t, err)
	_, err = held.Exec(ctx, "SELECT FROM partitioned_tables WHERE table_name = 'order_items' FOR UPDATE")
	require.NoError(t, err)
	_, err = r.store.Pool().Exec(ctx, "SELECT setval('order_items_id_seq', partitions_end('order_items'))")
	require.NoError(t, err)

	for range 2 {
		a := b.post(t, "/orders", b.order(item), "Idempotency-Key", "beyond")
		require.Equal(t, 503, a.Status, a)
		require.NotEmpty(t, a.header.Get("Retry-After"))
	}
	require.NoError(t, held.Rollback(ctx))
	_, err = r.store.ExtendPartitions(ctx)
	require.NoError(t, err)
	testrig.Eventually(t, func() bool {
		a, err := b.try("POST", "/orders", b.order(item), "Idempotency-Key", "beyond")
		return err == nil && a.Status == 201
	}, time.Minute, 200*time.Millisecond)
	require.EqualValues(t, 99, r.stock(t, p.ID))
	r.verify(t)
}

// It starts an API before Temporal is there.
func TestOutage_TemporalAwayAtStart_ServesOnceItIsBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.frontend.Cut()
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.New(ctx, r.cfg, testrig.Log(t), app.Roles{API: true})
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	c := &caller{base: "http://" + a.Addr("api")}
	require.Equal(t, 200, c.get(t, "/products").Status)
	status, body := get("http://" + a.Addr("metrics") + "/readyz")
	require.Equal(t, 503, status, body)
	status, _ = get("http://" + a.Addr("metrics") + "/healthz")
	require.Equal(t, 200, status)
	r.frontend.Mend()
	r.waitReady(t, "http://"+a.Addr("metrics"))
	cancel()
	require.NoError(t, <-ended)
}

// It asks for a payment whose gateway does not answer in time.
func TestPayment_UnderWay_IsJoined(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.PaymentWait = 5 * time.Second // room for a busy machine to open the payment
	a := r.serve(t, app.Roles{API: true, Worker: true})
	r.api = "http://" + a.Addr("api")
	p := r.product(t, r.sellerWithoutLogin(t), 100, 100)
	b := r.buyers(t, 1)[0]
	order := r.placeOrder(t, b, p.ID)
	r.simulator.Set(simulator.Knobs{Latency: 10 * time.Second})
	pending := b.post(t, "/payments", payBody(order), "Idempotency-Key", "slow")
	require.Equal(t, "202 PENDING", fmt.Sprint(pending.Status, " ", pending.field("status")), pending)
	r.simulator.Set(simulator.Knobs{})
	path := fmt.Sprintf("/payments/%d", pending.id("paymentId"))
	testrig.Eventually(t, func() bool { return b.get(t, path).field("status") == "SUCCESS" }, time.Minute,
		50*time.Millisecond)
	require.Equal(t, 201, b.post(t, "/payments", payBody(order), "Idempotency-Key", "slow").Status)
	charges, _ := r.charged(t, order)
	require.Equal(t, 1, charges)
}

// It changes through one process and reads through another.
func TestProcesses_TwoAPIs_SeeEachOthersChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one := r.serve(t, app.Roles{API: true, Admin: true})
	two := r.serve(t, app.Roles{API: true})
	r.api, r.admin = "http://"+one.Addr("api"), "http://"+one.Addr("admin")
	other := &caller{base: "http://" + two.Addr("api")}
	seller, staff := r.seller(t), r.staff(t)
	p := r.product(t, seller.id, 1000_00, 5)
	path := fmt.Sprintf("/products/%d", p.ID)

	first := other.get(t, path)
	require.Equal(t, 1000.0, first.field("price"))
	require.Equal(t, 304, other.get(t, path, "If-None-Match", first.header.Get("ETag")).Status)
	require.Len(t, other.get(t, "/products").field("content"), 1)
	require.Equal(t, 200, seller.put(t, "/seller"+path, map[string]any{"price": 2000}).Status)
	// A process sees another's change when Redis has notified it, and after a second at the latest.
	soon := func(changed func() bool) {
		t.Helper()
		testrig.Eventually(t, changed, 5*time.Second, 10*time.Millisecond)
	}
	soon(func() bool {
		a := other.get(t, path, "If-None-Match", first.header.Get("ETag"))
		return a.Status == 200 && a.field("price") == 2000.0
	})

	require.Equal(t, 200, seller.put(t, "/seller"+path, map[string]any{"status": "HIDDEN"}).Status)
	soon(func() bool { return other.get(t, path).Code == "PRODUCT_NOT_FOUND" })
	soon(func() bool { return len(other.get(t, "/products").field("content").([]any)) == 0 })
	require.Len(t, seller.get(t, "/seller/products").field("content"), 1)

	before := len(list(other.get(t, "/categories")))
	require.Equal(t, 201, staff.post(t, "/admin/categories", map[string]any{"name": "가구", "sortOrder": 9}).Status)
	soon(func() bool { return len(list(other.get(t, "/categories"))) == before+1 })

	// Orders announce nothing: their effect on a list's stock shows in seconds.
	require.Equal(t, 200, seller.put(t, "/seller"+path, map[string]any{"status": "ON_SALE"}).Status)
	require.Equal(t, 5.0, other.get(t, path).field("stock"))
	r.placeOrder(t, r.buyers(t, 1)[0], p.ID)
	testrig.Eventually(t, func() bool { return other.get(t, path).field("stock") == 4.0 }, 10*time.Second,
		100*time.Millisecond)
}
