package notify_test

import (
	"crypto/hmac"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/all-in-market/market/internal/notify"
)

// What a receiver does with a notification: check the signature, then believe it.
func ExampleReceiver() {
	secret := []byte("shared secret")
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		want := notify.Signature(secret, r.Header.Get("X-Timestamp"), r.Header.Get("X-Request-Id"), body)
		if !hmac.Equal([]byte(want), []byte(r.Header.Get("X-Signature"))) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Println(r.URL.Path, string(body))
	}))
	defer receiver.Close()

	good := notify.NewReceiver(receiver.URL, "market", string(secret))
	ctx := httptest.NewRequest(http.MethodGet, "/", nil).Context()
	fmt.Println(good.Post(ctx, notify.RestockPath, map[string]int64{"productId": 7}))
	bad := notify.NewReceiver(receiver.URL, "market", "a guess")
	fmt.Println(bad.Post(ctx, notify.RestockPath, map[string]int64{"productId": 7}))
	// Output:
	// /internal/notifications/restock {"productId":7}
	// <nil>
	// notification receiver: /internal/notifications/restock answers 401 Unauthorized:
}
