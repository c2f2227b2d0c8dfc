package portonesim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
)

// received are the webhooks that a shop has received.
type received struct {
	mu   sync.Mutex
	all  []webhook
	ids  []string
	fail int // how many are refused first
}

func (r *received) handler(t *testing.T) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		var body [4096]byte
		n, _ := q.Body.Read(body[:])
		var hook webhook
		err := json.Unmarshal(body[:n], &hook)
		id, at := q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp")
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil || q.Header.Get("webhook-signature") != "v1,"+Sign("whsec_c2VjcmV0", id, at, body[:n]) {
			t.Error("a webhook is not signed, or cannot be read")
		}
		r.all, r.ids = append(r.all, hook), append(r.ids, id)
		if r.fail > 0 {
			r.fail--
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
}

func (r *received) kinds() (kinds []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, hook := range r.all {
		kinds = append(kinds, hook.Type)
	}
	return kinds
}

func TestWebhooks_EachChange_IsSentSigned(t *testing.T) {
	t.Parallel()
	r := &received{}
	server := httptest.NewServer(r.handler(t))
	defer server.Close()
	s := newShop(t)
	s.SendWebhooksTo(server.URL)
	awaits := func(kinds ...string) {
		testrig.Eventually(t, func() bool { return len(r.kinds()) >= len(kinds) }, time.Minute, time.Millisecond)
		require.ElementsMatch(t, kinds, r.kinds())
		r.mu.Lock()
		r.all = nil
		r.mu.Unlock()
	}
	s.Pay(window("p", 100), Decline)
	awaits("Transaction.Ready", "Transaction.Failed")
	manual := window("p", 100)
	manual.ChannelKey = "channel-manual"
	token := s.Pay(manual, Approve).PaymentToken
	awaits("Transaction.Ready", "Transaction.PayPending")
	s.call(t, "POST /payments/p/confirm", `{"paymentToken":"`+token+`"}`)
	awaits("Transaction.Paid")
	s.call(t, "POST /payments/p/cancel", cancellation(40))
	awaits("Transaction.PartialCancelled")
	s.GiveBack("p", 1000) // more than there is
	s.GiveBack("p", 60)
	awaits("Transaction.Cancelled")
	require.Equal(t, "CONSOLE", s.payment(t, "p").Cancellations[1].Trigger)
}

// TestWebhooks_NotTaken_AreSentAgain under the same id, and a last time after some hours.
func TestWebhooks_NotTaken_AreSentAgain(t *testing.T) {
	t.Parallel()
	r := &received{fail: 2}
	server := httptest.NewServer(r.handler(t))
	defer server.Close()
	s := newShop(t, func(o *Options) { o.Minute = time.Microsecond })
	s.SendWebhooksTo(server.URL)
	s.Pay(window("p", 100), Leave)
	testrig.Eventually(t, func() bool { return len(r.kinds()) == 3 }, time.Minute, time.Millisecond)
	r.mu.Lock()
	require.Equal(t, []string{r.ids[0], r.ids[0], r.ids[0]}, r.ids)
	r.all, r.fail = nil, 100
	r.mu.Unlock()
	s.Pay(window("p", 100), Leave)
	testrig.Eventually(t, func() bool { return len(r.kinds()) == 1+len(retries) }, time.Minute, time.Millisecond)
	s.sender.Wait()
	require.Len(t, r.kinds(), 1+len(retries), "it gives up")
}

func TestWebhooks_Faults_DropOrRepeatThem(t *testing.T) {
	t.Parallel()
	r := &received{}
	server := httptest.NewServer(r.handler(t))
	defer server.Close()
	s := newShop(t)
	s.SendWebhooksTo(server.URL)
	s.Set(Faults{NoWebhooks: true})
	s.Pay(window("p", 100), Leave)
	s.sender.Wait()
	require.Empty(t, r.kinds())
	s.Set(Faults{DuplicateWebhooks: true})
	s.Pay(window("p", 100), Leave)
	s.sender.Wait()
	require.Len(t, r.kinds(), 3)
	require.Equal(t, []string{r.ids[0], r.ids[0], r.ids[0]}, r.ids)
}
