package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/testrig"
)

// shopSession logs a buyer in at the shop's pages and returns the cookie of the session.
func (r *rig) shopSession(t *testing.T, b *person) string {
	t.Helper()
	form := url.Values{"email": {fmt.Sprintf("buyer%d@example.com", b.id)}, "password": {password}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.api+"/shop/login",
		strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusSeeOther, resp.StatusCode)
	for _, c := range resp.Cookies() {
		if c.Name == "shop" {
			return c.Value
		}
	}
	t.Fatal("no session")
	return ""
}

// follow opens a stream of an order's progress. The channel receives its lines without those of
// heartbeats, and is closed with the stream.
func (r *rig) follow(t *testing.T, session string, order int64) <-chan string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		fmt.Sprintf("%s/shop/orders/%d/events", r.api, order), nil)
	require.NoError(t, err)
	req.Header.Set("Cookie", "shop="+session)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	require.Equal(t, http.StatusOK, resp.StatusCode)
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(resp.Body); scan.Scan(); {
			if line := scan.Text(); line != "" && line != ":" {
				lines <- line
			}
		}
	}()
	return lines
}

// receives waits until a stream has sent a text.
func receives(t *testing.T, lines <-chan string, text string) {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case line, open := <-lines:
			require.True(t, open, "the stream has ended without %q", text)
			if strings.Contains(line, text) {
				return
			}
		case <-timeout:
			t.Fatalf("the stream does not send %q", text)
		}
	}
}

// It follows an order at a process of its own while
// another process changes it.
func TestOrderStreams_IdleAndChanged_CostNothingUntilAChange(t *testing.T) {
	t.Parallel()
	r := start(t)
	b, seller := r.buyer(t), r.seller(t)
	order := r.placeOrder(t, b, r.product(t, seller.id, 1000_00, 10).ID)
	writing := r.api
	streaming := r.serve(t, app.Roles{API: true}) // market_api logs in for it, and for nothing else here
	r.api = "http://" + streaming.Addr("api")
	session := r.shopSession(t, b)
	var streams []<-chan string
	for range 6 {
		streams = append(streams, r.follow(t, session, order))
		receives(t, streams[len(streams)-1], "data:")
	}
	for _, replaced := range streams[:2] {
		receives(t, replaced, "retry: 60000")
	}
	statements := func(since string) string {
		return r.text(t, `SELECT coalesce(string_agg(query, '; '), '') FROM pg_stat_activity
			WHERE datname = current_database() AND usename = 'test_market_api' AND query_start > $1::timestamptz`, since)
	}
	var since string
	// Idle streams send no statement in ten of the intervals in which a change is seen. The first stamps are
	// read before that, and others where announcements do not arrive for a moment.
	testrig.Eventually(t, func() bool {
		since = r.text(t, "SELECT clock_timestamp()::text")
		<-time.After(5 * time.Second)
		return statements(since) == ""
	}, time.Minute, 0)

	b.base, seller.base = writing, writing
	require.Equal(t, 201, b.post(t, "/payments", payBody(order)).Status)
	for _, s := range streams[2:] {
		receives(t, s, "PAID")
	}
	require.NotEmpty(t, statements(since))
	item := int64(r.count(t, "SELECT id FROM order_items WHERE order_id = $1", order))
	require.Equal(t, 200, seller.put(t, shipPath(item), parcel).Status)
	for _, s := range streams[2:] {
		receives(t, s, "SHIPPED")
	}
}
