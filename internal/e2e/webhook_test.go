package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// message is a webhook as PortOne sends it.
type message struct {
	id, secret string
	at         time.Time // of this attempt to send it
	body       []byte
}

func paidMessage(id, merchantUID string) message {
	body, _ := json.Marshal(map[string]any{
		"type": "Transaction.Paid", "timestamp": "2026-01-01T00:00:00.000Z",
		"data": map[string]string{"storeId": "store-test", "paymentId": merchantUID, "transactionId": "tx"},
	})
	return message{id: id, secret: webhookSecret, at: time.Now(), body: body}
}

// tell sends a webhook and returns the status of the answer.
func (r *rig) tell(t testing.TB, m message, change ...func(http.Header)) int {
	t.Helper()
	q, err := http.NewRequest(http.MethodPost, r.api+"/webhooks/portone", bytes.NewReader(m.body))
	require.NoError(t, err)
	at := strconv.FormatInt(m.at.Unix(), 10)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("webhook-id", m.id)
	q.Header.Set("webhook-timestamp", at)
	q.Header.Set("webhook-signature", "v1,"+portonesim.Sign(m.secret, m.id, at, m.body))
	for _, c := range change {
		c(q.Header)
	}
	resp, err := sharedClient.Do(q)
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp.StatusCode
}

// Forged and old notifications are refused and counted. During a rotation both secrets are valid.
func TestProviderNotification_SignatureInvalid_IsRefused(t *testing.T) {
	t.Parallel()
	const other = "whsec_EBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8="
	r := newRig(t)
	r.cfg.PortOneWebhookSecrets = []string{webhookSecret, other}
	a := r.serve(t, everyRole)
	r.api = "http://" + a.Addr("api")
	good := paidMessage("msg_1", "P1X")
	require.Equal(t, 200, r.tell(t, good))
	rotated := paidMessage("msg_2", "P1X")
	rotated.secret = other
	require.Equal(t, 200, r.tell(t, rotated))

	tampered := paidMessage("msg_3", "P1X")
	old, early, foreign := tampered, tampered, tampered
	old.at, early.at = time.Now().Add(-301*time.Second), time.Now().Add(310*time.Second)
	foreign.secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for name, status := range map[string]int{
		"old": r.tell(t, old), "early": r.tell(t, early), "foreign": r.tell(t, foreign),
		"another id":   r.tell(t, tampered, func(h http.Header) { h.Set("webhook-id", "msg_4") }),
		"no signature": r.tell(t, tampered, func(h http.Header) { h.Del("webhook-signature") }),
		"signed twice": r.tell(t, tampered, func(h http.Header) { h.Add("webhook-signature", "v1,AAAA") }),
	} {
		require.Equal(t, 401, status, name)
	}
	_, metrics := get(r.metrics + "/metrics")
	require.Contains(t, metrics, `market_security_events_total{event="WEBHOOK_REFUSED",server="api"} 6`)
	require.Equal(t, 2, r.count(t, "SELECT count(*) FROM provider_messages"), "what was refused is not kept")

	big := paidMessage("msg_5", "P1X")
	big.body = bytes.Repeat([]byte("x"), 70_000)
	require.Equal(t, 413, r.tell(t, big))
	unknown := paidMessage("msg_6", "")
	unknown.body = []byte(`{"type":"Something.New","data":[1]}`)
	require.Equal(t, 200, r.tell(t, unknown), "types are added without notice")
}

// A notification counts once: ten thousand times, and a year later. The payment's workflow is
// signalled at least once, and a second signal after its end changes nothing.
func TestProviderNotification_Repeated_CountsOnce(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 10)
	b := r.buyer(t)
	order, w, _ := r.openInBrowser(t, b, p.ID)
	r.portone.Set(portonesim.Faults{NoWebhooks: true})
	require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
	m := paidMessage("msg_once", w.PaymentID)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 200 {
				if status := r.tell(t, m); status != 200 {
					t.Errorf("the answer is %d", status)
					return
				}
			}
		})
	}
	all.Wait()
	testrig.Eventually(t, func() bool { return r.status(t, order) == market.OrderPaid }, 20*time.Second,
		20*time.Millisecond)
	const followUps = "SELECT last_value FROM follow_ups_id_seq"
	written := r.count(t, followUps)
	_, err := r.store.Pool().Exec(t.Context(), "UPDATE provider_messages SET received_at = received_at - interval '1 year'")
	require.NoError(t, err)
	require.Equal(t, 200, r.tell(t, m))
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM provider_messages"))
	require.Equal(t, written, r.count(t, followUps), "known for a year, it asks for nothing")
	r.eventually(t, 0, "SELECT count(*) FROM follow_ups")
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM payments WHERE status = 'SUCCESS'"))
	require.Len(t, r.portone.Books().Payments, 1)
	r.settleDown(t)
	r.verify(t)
}

// It is answered without waiting for Temporal's own time-outs, and its payment is booked when
// Temporal is back.
func TestProviderNotification_TemporalAway_IsStored(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 10)
	b := r.buyer(t)
	order, w, id := r.openInBrowser(t, b, p.ID)
	r.portone.Set(portonesim.Faults{NoWebhooks: true})
	require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
	r.frontend.Cut()
	began := time.Now()
	require.Equal(t, 200, r.tell(t, paidMessage("msg_down", w.PaymentID)))
	require.Less(t, time.Since(began), 5*time.Second)
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM follow_ups WHERE kind <> 'MAIL'"))
	r.frontend.Mend()
	testrig.Eventually(t, func() bool {
		return r.status(t, order) == market.OrderPaid
	}, time.Minute, 50*time.Millisecond)
	require.Equal(t, 200, b.get(t, fmt.Sprintf("/payments/%d", id)).Status)
	r.settleDown(t)
	r.verify(t)
}
