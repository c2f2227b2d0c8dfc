package notify

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const secret = "shared"

// receiver is a service that takes notifications and remembers them.
type receiver struct {
	status  int
	headers []http.Header
	bodies  [][]byte
	paths   []string
}

func (s *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.headers, s.bodies, s.paths = append(s.headers, r.Header), append(s.bodies, body), append(s.paths, r.URL.Path)
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, "no room")
}

func listen(t *testing.T, status int) (*receiver, *Receiver) {
	t.Helper()
	r := &receiver{status: status}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, NewReceiver(server.URL+"/", "market", secret)
}

// The receiver can verify a notification with the secret, and detect a repeat by its id.
func TestNotify_Request_IsSigned(t *testing.T) {
	t.Parallel()
	got, r := listen(t, http.StatusNoContent)
	for range 2 {
		require.NoError(t, r.Post(t.Context(), OrderPath, map[string]any{"orderId": 7, "status": "PAID"}))
	}
	require.Equal(t, []string{OrderPath, OrderPath}, got.paths, "a slash at the end of the base does no harm")
	h := got.headers[0]
	require.Equal(t, "market", h.Get("X-Client-Id"))
	want := Signature([]byte(secret), h.Get("X-Timestamp"), h.Get("X-Request-Id"), got.bodies[0])
	require.Equal(t, want, h.Get("X-Signature"))
	require.NotEqual(t, h.Get("X-Request-Id"), got.headers[1].Get("X-Request-Id"))
	var body struct{ OrderID int64 }
	require.NoError(t, json.Unmarshal(got.bodies[0], &body))
	require.EqualValues(t, 7, body.OrderID)
}

// Every part counts. The value was computed with openssl:
// printf '1700000000id{}' | openssl dgst -sha256 -hmac shared -binary | base64.
func TestSignature(t *testing.T) {
	t.Parallel()
	require.Equal(t, "57ls+TAgwOX/MKLcZ229xP63LIzx6WW3uN7evBUGU5g=",
		Signature([]byte(secret), "1700000000", "id", []byte("{}")))
	for _, other := range []string{
		Signature([]byte("other"), "1700000000", "id", []byte("{}")),
		Signature([]byte(secret), "1700000001", "id", []byte("{}")),
		Signature([]byte(secret), "1700000000", "di", []byte("{}")),
		Signature([]byte(secret), "1700000000", "id", []byte("{ }")),
	} {
		require.NotEqual(t, "57ls+TAgwOX/MKLcZ229xP63LIzx6WW3uN7evBUGU5g=", other)
	}
}

func TestNotify_ReceiverFails_IsAnError(t *testing.T) {
	t.Parallel()
	_, r := listen(t, http.StatusInsufficientStorage)
	err := r.Post(t.Context(), RestockPath, map[string]any{"productId": 1})
	require.ErrorContains(t, err, "507")
	require.ErrorContains(t, err, "no room", "what the receiver said is in the log")

	require.ErrorContains(t, NewReceiver("http://127.0.0.1:1", "market", secret).Post(t.Context(), RestockPath, 1),
		"refused")
	require.Error(t, r.Post(t.Context(), RestockPath, func() {}), "what is no JSON is not sent")

	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	require.ErrorIs(t, r.Post(ctx, RestockPath, 1), context.DeadlineExceeded)
}
