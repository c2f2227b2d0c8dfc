package e2e

import (
	"crypto/hmac"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/notify"
	"github.com/all-in-market/market/internal/testrig"
)

func stockPath(product int64) string { return fmt.Sprintf("/seller/products/%d/stock", product) }

func TestRestock(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	p, other := r.product(t, seller.id, 100_00, 1), r.product(t, seller.id, 100_00, 0)
	people := r.buyers(t, 5)
	subscribe := map[string]int64{"productId": p.ID}
	for _, b := range people {
		require.Equal(t, "201 CREATE_SUCCESS", statusCode(b.post(t, "/restock-subscriptions", subscribe)))
	}
	b := people[0]
	require.Equal(t, "201 CREATE_SUCCESS", statusCode(b.post(t, "/restock-subscriptions", subscribe)), "again")
	require.Equal(t, "404 PRODUCT_NOT_FOUND",
		statusCode(b.post(t, "/restock-subscriptions", map[string]int64{"productId": 1 << 40})))
	require.Equal(t, 201, b.post(t, "/restock-subscriptions", map[string]int64{"productId": other.ID}).Status)
	require.EqualValues(t, 2, b.get(t, "/restock-subscriptions/me").id("totalElements"))
	require.Equal(t, "ACTIVE", b.get(t, fmt.Sprintf("/restock-subscriptions/me/%d", p.ID)).field("status"))
	require.Equal(t, 200, people[4].delete(t, fmt.Sprintf("/restock-subscriptions/%d", p.ID)).Status)
	require.Equal(t, "404 RESTOCK_SUBSCRIPTION_NOT_FOUND",
		statusCode(people[4].delete(t, fmt.Sprintf("/restock-subscriptions/%d", p.ID))))
	require.Equal(t, "404 RESTOCK_SUBSCRIPTION_NOT_FOUND",
		statusCode(people[4].get(t, fmt.Sprintf("/restock-subscriptions/me/%d", p.ID))))

	set := func(stock int) {
		require.Equal(t, 200, seller.put(t, stockPath(p.ID), map[string]int{"stock": stock}).Status)
	}
	sent := func() int {
		return r.count(t, "SELECT count(*) FROM restock_notifications WHERE product_id = $1", p.ID)
	}
	set(5) // it was not sold out
	set(0)
	require.Zero(t, r.count(t, "SELECT count(*) FROM follow_ups WHERE kind = 'RESTOCK'"))

	// Twenty sellers' requests at once are one restock.
	together(20, func(i int) error {
		_, err := seller.try("PUT", stockPath(p.ID), map[string]int{"stock": i + 1})
		return err
	})
	testrig.Eventually(t, func() bool { return sent() == 4 }, 20*time.Second, 50*time.Millisecond)
	require.Equal(t, "SENT", b.get(t, fmt.Sprintf("/restock-subscriptions/me/%d", p.ID)).field("status"))
	require.EqualValues(t, 1, b.get(t, "/restock-subscriptions/me").id("totalElements"), "ACTIVE ones")
	require.EqualValues(t, 2, b.get(t, "/restock-subscriptions/me?all=true").id("totalElements"))
	require.Equal(t, "400 INVALID_INPUT", statusCode(b.get(t, "/restock-subscriptions/me?all=maybe")))
	inbox := b.get(t, "/restock-notifications/me")
	require.EqualValues(t, 1, inbox.id("totalElements"))
	require.Contains(t, inbox.String(), fmt.Sprintf("%d번 상품이 재입고되었습니다.", p.ID))

	// Active again, and sold out and back again: one more for the one who asked.
	require.Equal(t, "201 CREATE_SUCCESS", statusCode(b.post(t, "/restock-subscriptions", subscribe)))
	set(0)
	set(3)
	testrig.Eventually(t, func() bool { return sent() == 5 }, 20*time.Second, 50*time.Millisecond)
	require.Equal(t, 200, b.put(t, fmt.Sprintf("/restock-notifications/%d", p.ID), nil).Status,
		"both of them, without an error")
	require.Equal(t, "404 NOTIFICATION_NOT_FOUND",
		statusCode(b.put(t, fmt.Sprintf("/restock-notifications/%d", other.ID), nil)))
	require.Equal(t, 200, b.put(t, "/restock-notifications/me", nil).Status)
	require.Zero(t, r.count(t, "SELECT count(*) FROM restock_notifications WHERE user_id = $1 AND NOT is_read", b.id))
	require.Zero(t, b.get(t, "/restock-notifications/me").id("totalElements"), "unread ones")
	require.EqualValues(t, 2, b.get(t, "/restock-notifications/me?all=true").id("totalElements"))
}

// It configures a receiver that checks signatures as the
// original's does, and fails at first.
func TestNotificationReceiver(t *testing.T) {
	t.Parallel()
	const secret = "shared-secret"
	var mu sync.Mutex
	seen, received, failures := map[string]bool{}, map[string]int{}, 2
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(req.Body)
		at, err := strconv.ParseInt(req.Header.Get("X-Timestamp"), 10, 64)
		id := req.Header.Get("X-Request-Id")
		signature := notify.Signature([]byte(secret), req.Header.Get("X-Timestamp"), id, body)
		switch {
		case req.Header.Get("X-Client-Id") != "market" || err != nil ||
			time.Since(time.Unix(at, 0)).Abs() > 5*time.Minute,
			!hmac.Equal([]byte(signature), []byte(req.Header.Get("X-Signature"))), seen[id]:
			http.Error(w, "refused", http.StatusUnauthorized)
			t.Errorf("a request that the receiver refuses: %s %v %s", req.URL.Path, req.Header, body)
		case failures > 0:
			failures--
			http.Error(w, "down", http.StatusServiceUnavailable)
		default:
			received[req.URL.Path+" "+string(body)]++
		}
		seen[id] = true
	}))
	t.Cleanup(server.Close)
	r := newRig(t)
	r.cfg.NotificationURL, r.cfg.NotificationClientID, r.cfg.NotificationSecret = server.URL, "market", secret
	a := r.serve(t, everyRole)
	r.api, r.admin = "http://"+a.Addr("api"), "http://"+a.Addr("admin")

	seller := r.seller(t)
	p := r.product(t, seller.id, 100_00, 0)
	b := r.buyers(t, 1)[0]
	require.Equal(t, 201, b.post(t, "/restock-subscriptions", map[string]int64{"productId": p.ID}).Status)
	require.Equal(t, 200, seller.put(t, stockPath(p.ID), map[string]int{"stock": 9}).Status)
	got := func(what string) bool {
		mu.Lock()
		defer mu.Unlock()
		return received[what] == 1
	}
	testrig.Eventually(t,
		func() bool { return got(fmt.Sprintf(`/internal/notifications/restock {"productId":%d}`, p.ID)) },
		30*time.Second,
		50*time.Millisecond)
	require.Zero(t, r.count(t, "SELECT count(*) FROM restock_notifications"), "the receiver keeps the inboxes")

	order, items := r.paidOrder(t, b, line{p.ID, 1})
	require.Equal(t, string(market.OrderShipped), seller.put(t, shipPath(items[0]), parcel).field("orderStatus"))
	testrig.Eventually(t, func() bool {
		return got(fmt.Sprintf(`/internal/notifications/orders {"buyerId":%d,"orderId":%d,"status":"SHIPPED"}`, b.id,
			order))
	}, 30*time.Second, 50*time.Millisecond)
}
