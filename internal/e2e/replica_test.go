package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// Two API processes and two workers share the work, and lists come
// from a replica, which may lag behind; nothing that a buyer decides by does.
func TestProcesses_TwoOfEachAndAReplica_Serve(t *testing.T) {
	needReplica(t)
	r := newRig(t)
	replica := r.replica(t)
	r.cfg.DatabaseReadURL = replica.String()
	var apis []string
	for range 2 {
		apis = append(apis, "http://"+r.serve(t, app.Roles{API: true}).Addr("api"))
		r.serve(t, app.Roles{Worker: true})
	}
	r.api = apis[0]
	p := r.product(t, r.seller(t).id, 10_000_00, 1000)
	people := r.buyers(t, 12)
	answers := together(len(people), func(i int) *answer {
		b := people[i]
		b.base = apis[i%2]
		placed := b.post(t, "/orders", b.order(r.fill(t, b.id, p.ID, 1)))
		b.base = apis[(i+1)%2] // what one process has begun the other goes on with
		return b.post(t, "/payments", map[string]any{"orderId": placed.id("orderId"), "method": "MOCK"})
	})
	require.Equal(t, map[string]int{"201 CREATE_SUCCESS": len(people)}, codes(answers))

	b := people[0]
	orders := func() any { return b.get(t, "/orders").field("totalElements") }
	eventually := func(n float64) {
		t.Helper()
		testrig.Eventually(t, func() bool { return orders() == n }, time.Minute, 20*time.Millisecond)
	}
	eventually(1)
	pause(t, replica.String(), "SELECT pg_wal_replay_pause()")
	for range 2 {
		cart := b.post(t, "/carts/items", map[string]any{"productId": p.ID, "quantity": 1})
		require.Equal(t, 201, cart.Status)
	}
	items := b.get(t, "/carts").field("items").(map[string]any)
	require.EqualValues(t, 1, items["totalElements"], "the cart is as the buyer has left it")
	item := items["content"].([]any)[0].(map[string]any)["id"].(float64)
	placed := b.post(t, "/orders", b.order(int64(item)))
	require.Equal(t, 201, placed.Status)
	require.EqualValues(t, 1, orders(), "the list is the replica's, which stands still")
	require.Equal(t, 200, b.get(t, fmt.Sprintf("/orders/%d", placed.id("orderId"))).Status)
	require.Equal(t, market.OrderCreated, r.status(t, placed.id("orderId")))
	pause(t, replica.String(), "SELECT pg_wal_replay_resume()")
	eventually(2)
	r.settleDown(t)
	r.verify(t)
}

// TestLists_StandbyCancelsForItsRecovery_AreReadAgainOrAnOutage has a standby that replays at once what a vacuum of the
// primary removes, and so cancels each statement that could still see it.
func TestLists_StandbyCancelsForItsRecovery_AreReadAgainOrAnOutage(t *testing.T) {
	needReplica(t)
	ctx := context.Background()
	r := newRig(t)
	replica := r.replica(t)
	r.cfg.DatabaseReadURL = replica.String()
	r.api = "http://" + r.serve(t, app.Roles{API: true}).Addr("api")
	p := r.product(t, r.seller(t).id, 10_000_00, 100)
	b := r.buyers(t, 1)[0]
	r.placeOrder(t, b, p.ID)
	standby, err := pgxpool.New(ctx, replica.String())
	require.NoError(t, err)
	t.Cleanup(standby.Close)
	r.replayed(t, standby) // it may not have the database yet
	set := func(command string) {
		t.Helper()
		_, err := standby.Exec(ctx, command)
		require.NoError(t, err)
		_, err = standby.Exec(ctx, "SELECT pg_reload_conf()")
		require.NoError(t, err)
	}
	set("ALTER SYSTEM SET max_standby_streaming_delay = 0")
	t.Cleanup(func() { set("ALTER SYSTEM RESET max_standby_streaming_delay") })
	_, err = r.store.Pool().Exec(ctx, "ALTER TABLE orders RENAME TO all_orders")
	require.NoError(t, err)
	slow := func(seconds int) { // has a list take so long for each order
		t.Helper()
		_, err := r.store.Pool().Exec(ctx, fmt.Sprintf(
			"CREATE OR REPLACE VIEW orders AS SELECT * FROM all_orders WHERE pg_sleep(%d) IS NOT NULL", seconds))
		require.NoError(t, err)
		r.replayed(t, standby)
	}
	slow(1)
	// read asks for two pages, of which the second is beyond the list's end: the list is counted, and no row is read.
	read := func() []*answer {
		t.Helper()
		return together(2, func(i int) *answer { return b.get(t, []string{"/orders", "/orders?size=1&page=1"}[i]) })
	}
	require.Equal(t, map[string]int{"200 READ_SUCCESS": 2}, codes(read()))

	vacuum := func() {
		t.Helper()
		_, err := r.store.Pool().Exec(ctx, "UPDATE all_orders SET updated_at = updated_at")
		require.NoError(t, err)
		_, err = r.store.Pool().Exec(ctx, "VACUUM all_orders")
		require.NoError(t, err)
	}
	number := func(query string) (n int) {
		t.Helper()
		require.NoError(t, standby.QueryRow(ctx, query).Scan(&n))
		return n
	}
	const (
		reading   = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
		cancelled = "SELECT confl_snapshot FROM pg_stat_database_conflicts WHERE datname = current_database()"
	)
	answers := make(chan []*answer, 1)
	go func() { answers <- read() }()
	testrig.Eventually(t, func() bool { return number(reading) == 2 }, 10*time.Second, time.Millisecond)
	vacuum()
	require.Equal(t, map[string]int{"200 READ_SUCCESS": 2}, codes(<-answers), "they are read again")
	require.GreaterOrEqual(t, number(cancelled), 2)

	slow(5) // so that no read ends between two cancellations
	go func() { answers <- read() }()
	var refused []*answer
	testrig.Eventually(t, func() bool {
		vacuum()
		select {
		case refused = <-answers:
		default:
		}
		return refused != nil
	}, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, map[string]int{"503 DATABASE_UNAVAILABLE": 2}, codes(refused))
	require.NotEmpty(t, refused[0].header.Get("Retry-After"))
	slow(0)
	require.Equal(t, map[string]int{"200 READ_SUCCESS": 2}, codes(read()))
}

// TestPurchase_PrimaryIsDemoted_IsAnOutageUntilTheAddressLeadsToAnother has the address of the database lead to a
// standby, as after a failover that a load balancer has not noticed yet.
func TestPurchase_PrimaryIsDemoted_IsAnOutageUntilTheAddressLeadsToAnother(t *testing.T) {
	needReplica(t)
	r := newRig(t)
	replica := r.replica(t)
	primary, err := url.Parse(r.cfg.DatabaseURL)
	require.NoError(t, err)
	address := *primary
	r.database = testrig.NewProxy(t, primary.Host)
	address.Host = r.database.Addr()
	r.cfg.DatabaseURL = address.String()
	r.cfg.RequestTimeout, r.cfg.PaymentWait = 10*time.Second, 8*time.Second
	r.serveAll(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 100)
	b := r.buyers(t, 1)[0]
	_, _ = r.paidOrder(t, b, line{p.ID, 1})
	placed, item := r.placeOrder(t, b, p.ID), r.fill(t, b.id, p.ID, 1)
	standby, err := pgxpool.New(context.Background(), replica.String())
	require.NoError(t, err)
	t.Cleanup(standby.Close)
	r.replayed(t, standby)

	r.database.Redirect(replica.Host)
	r.database.Cut()
	r.database.Mend()
	order := func() (*answer, error) {
		return b.try("POST", "/orders", b.order(item), "Idempotency-Key", "order")
	}
	pay := func() (*answer, error) {
		return b.try("POST", "/payments", payBody(placed), "Idempotency-Key", "payment")
	}
	for range 3 {
		for _, ask := range []func() (*answer, error){order, pay, func() (*answer, error) {
			return b.try("POST", "/carts/items", map[string]any{"productId": p.ID, "quantity": 1})
		}} {
			a, err := ask()
			require.NoError(t, err)
			require.Equal(t, "503 DATABASE_UNAVAILABLE", fmt.Sprint(a.Status, " ", a.Code), a)
			require.NotEmpty(t, a.header.Get("Retry-After"))
		}
	}
	require.Equal(t, 200, b.get(t, "/carts").Status, "it can be read")

	r.database.Redirect(primary.Host) // connections to the standby stay open
	testrig.Eventually(t, func() bool { a, err := order(); return err == nil && a.Status == 201 },
		10*time.Second, 100*time.Millisecond)
	testrig.Eventually(t, func() bool { a, err := pay(); return err == nil && a.Status == 201 },
		10*time.Second, 100*time.Millisecond)
	require.Equal(t, market.OrderPaid, r.status(t, placed))
	require.EqualValues(t, 97, r.stock(t, p.ID))
	r.settleDown(t)
	r.verify(t)
}

// needReplica skips a test outside of a stack with a replica.
func needReplica(t *testing.T) {
	t.Helper()
	if os.Getenv("DATABASE_REPLICA_URL") == "" {
		t.Skip("it needs a replica: `make test` runs it in a stack of its own, which has one")
	}
}

// replica is the address of the marketplace's database on the stack's replica.
func (r *rig) replica(t *testing.T) *url.URL {
	t.Helper()
	replica, err := url.Parse(os.Getenv("DATABASE_REPLICA_URL"))
	require.NoError(t, err)
	primary, err := url.Parse(r.cfg.DatabaseURL)
	require.NoError(t, err)
	replica.Path = primary.Path
	return replica
}

// replayed waits until the replica has what the primary has now.
func (r *rig) replayed(t *testing.T, replica interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}) {
	t.Helper()
	ctx := context.Background()
	var now string
	require.NoError(t, r.store.Pool().QueryRow(ctx, "SELECT pg_current_wal_insert_lsn()").Scan(&now))
	testrig.Eventually(t, func() (there bool) {
		return replica.QueryRow(ctx, "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", now).Scan(&there) == nil && there
	}, time.Minute, 20*time.Millisecond)
}

// pause runs a command of the replica's.
func pause(t *testing.T, address, command string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, command)
	require.NoError(t, err)
}
