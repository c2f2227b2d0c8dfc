package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/app"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// TestTwoOfEachAndAReplica: two API processes and two workers share the work, and lists come
// from a replica, which may lag behind; nothing that a buyer decides by does.
func TestTwoOfEachAndAReplica(t *testing.T) {
	address := os.Getenv("DATABASE_REPLICA_URL")
	if address == "" {
		t.Skip("it needs a replica: `make test` runs it in a stack of its own, which has one")
	}
	r := newRig(t)
	replica, err := url.Parse(address)
	require.NoError(t, err)
	primary, err := url.Parse(r.cfg.DatabaseURL)
	require.NoError(t, err)
	replica.Path = primary.Path
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
