package webhooks

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/standardwebhooks"
)

// Names and addresses of internal hosts are not connected to.
func TestSend_InternalAddress_IsRefused(t *testing.T) {
	t.Parallel()
	reached := false
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inside.Close()
	u, err := url.Parse(inside.URL)
	require.NoError(t, err)
	s := NewSender(false)
	for _, address := range []string{
		inside.URL, "https://localhost:" + u.Port(), "https://localhost", "https://127.0.0.1", "https://[::1]",
		"https://[::ffff:127.0.0.1]", "https://0.0.0.0", "https://10.0.0.1", "https://172.16.0.1", "https://192.168.0.1",
		"https://169.254.169.254/latest/meta-data", "https://[fd00::1]", "https://[fe80::1]", "https://100.64.0.1",
		"https://2130706433", "https://0x7f000001", "https://no-such-name.invalid", "https://224.0.0.1", "https://198.18.0.1",
	} {
		outcome, err := s.Send(context.Background(), Message{ID: 1, Data: json.RawMessage("{}"), URL: address})
		require.NoError(t, err, address)
		require.False(t, outcome.Delivered, address)
		require.Equal(t, unreachable, outcome.Answer, address)
	}
	require.False(t, reached)
}

func TestTakes_EachAddress_IsAcceptedOrNot(t *testing.T) {
	t.Parallel()
	public, local := NewSender(false), NewSender(true)
	for _, good := range []string{"https://example.com/hooks?x=1", "https://example.com:443", "https://한국.example/"} {
		require.True(t, public.Takes(good), good)
	}
	for _, bad := range []string{
		"", "example.com", "http://example.com", "ftp://example.com", "https://", "https:///x", "https://a:b@example.com",
		"https://example.com/#x", "https://example.com:8443", "https://exa mple.com", "javascript:alert(1)",
	} {
		require.False(t, public.Takes(bad), bad)
	}
	require.True(t, local.Takes("http://127.0.0.1:8000/"))
	require.False(t, local.Takes("file:///etc/passwd"))
}

// A 2xx is a delivery, nothing else is; redirects are not followed.
func TestSend_EachAnswer_HasItsOutcome(t *testing.T) {
	t.Parallel()
	answer := http.StatusOK
	var seen []*http.Request
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(answer)
	}))
	defer receiver.Close()
	s := NewSender(true)
	m := Message{
		ID: 7, Event: "order.paid", At: time.Unix(1, 0), Data: json.RawMessage(`{"orderId":1}`),
		URL:     receiver.URL + "/hooks",
		Secrets: []string{standardwebhooks.NewSecret(), standardwebhooks.NewSecret()},
	}
	for status, want := range map[int]Outcome{
		200: {Delivered: true, Answer: "200 OK"}, 204: {Delivered: true, Answer: "204 No Content"},
		302: {Answer: "302 Found"}, 307: {Answer: "307 Temporary Redirect"}, 410: {Gone: true, Answer: "410 Gone"},
		500: {Answer: "500 Internal Server Error"},
	} {
		answer = status
		got, err := s.Send(context.Background(), m)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Len(t, seen, 6, "no redirect was followed")
	require.Equal(t, "msg_7", seen[0].Header.Get("Webhook-Id"))
	require.Regexp(t, `^v1,\S{44} v1,\S{44}$`, seen[0].Header.Get("Webhook-Signature"))
	receiver.Close()
	got, err := s.Send(context.Background(), m)
	require.NoError(t, err)
	require.Equal(t, Outcome{Answer: "no connection"}, got)
}
