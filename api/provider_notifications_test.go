package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/gateway/portone"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

const webhookKey = "whsec_c2VjcmV0IG9mIHRlc3Rz"

// receiving returns a stand that takes notifications of PortOne.
func receiving(t *testing.T) *stand {
	t.Helper()
	return newStand(t, func(s *Server) {
		var err error
		s.Webhooks, err = portone.NewWebhooks(webhookKey)
		require.NoError(t, err)
	})
}

// signed returns a notification that was sent some time ago.
func signed(t *testing.T, body string, ago time.Duration) *http.Request {
	t.Helper()
	r := newRequest(t, "POST /webhooks/portone", body)
	at := strconv.FormatInt(time.Now().Add(-ago).Unix(), 10)
	mac := hmac.New(sha256.New, []byte("secret of tests"))
	_, _ = mac.Write([]byte("msg_1." + at + "." + body))
	r.Header.Set("webhook-id", "msg_1")
	r.Header.Set("webhook-timestamp", at)
	r.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return r
}

func notification(kind string) string {
	return `{"type":"` + kind + `","timestamp":"2026-11-30T01:02:03Z",` +
		`"data":{"storeId":"s","paymentId":"uid","transactionId":"tx"}}`
}

func TestReceiveWebhook_EachKind_IsStoredAsWhatItIs(t *testing.T) {
	t.Parallel()
	for kind, flags := range map[string]string{
		"Transaction.Paid":             `"Charge":true,"ID":"msg_1","MerchantUID":"uid","News":true,`,
		"Transaction.Failed":           `"ID":"msg_1","MerchantUID":"uid","News":true,`,
		"Transaction.Cancelled":        `"Cancellation":true,"ID":"msg_1","MerchantUID":"uid","News":true,`,
		"Transaction.PartialCancelled": `"Cancellation":true,"ID":"msg_1","MerchantUID":"uid","News":true,`,
		"Transaction.Ready":            `"ID":"msg_1","MerchantUID":"uid",`, "Transaction.CancelPending": `"ID":"msg_1","MerchantUID":"uid",`,
		"BillingKey.Issued": `"ID":"msg_1","MerchantUID":"uid",`,
	} {
		s := receiving(t)
		got := s.do(t, signed(t, notification(kind), 0))
		require.Equal(t, 200, got.Status, got.body)
		require.Equal(t, []string{
			`ReceiveMessage({` + flags + `"ToldAt":"2026-11-30T01:02:03Z","TransactionID":"tx","Type":"` + kind + `"})`,
		}, s.store.Calls(), kind)
		require.Empty(t, s.flows.calls, "there is no payment to signal")
	}
}

// TestReceiveWebhook_OfAnOpenPayment_SignalsItsWorkflow; if that fails, a worker does it, and PortOne does not send the
// notification again.
func TestReceiveWebhook_OfAnOpenPayment_SignalsItsWorkflow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signal, read error
		started      []string
		signals      int
	}{
		"signalled":        {nil, nil, []string{"FollowUpsStarted([5])"}, 1},
		"not signalled":    {market.Refuse(market.CodeWorkflowUnavailable), nil, nil, 1},
		"payment not read": {nil, market.Refuse(market.CodeDatabaseUnavailable), nil, 0},
	} {
		s := receiving(t)
		s.flows.err = c.signal
		s.store.Returns("ReceiveMessage", store.FollowUp{ID: 5, SubjectID: 8})
		s.store.Returns("ProviderPayment", store.ProviderPayment{ID: 8, OrderID: 70, BuyerID: 7,
			Method: market.MethodCard})
		if c.read != nil {
			s.store.Fails("ProviderPayment", c.read)
		}
		got := s.do(t, signed(t, notification("Transaction.Paid"), 0))
		require.Equal(t, 200, got.Status, name)
		require.Len(t, s.flows.calls, c.signals, name)
		if c.signals > 0 {
			require.Equal(t, `SignalPayment {"BuyerID":7,"Method":"CARD","OrderID":70,"PaymentID":8}`, s.flows.calls[0])
		}
		require.Equal(t, c.started, s.store.Calls("FollowUpsStarted"), name)
	}
}

// PortOne repeats notifications that are not answered with 200.
func TestReceiveWebhook_NotStored_IsToBeSentAgain(t *testing.T) {
	t.Parallel()
	s := receiving(t)
	s.store.Fails("ReceiveMessage", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.do(t, signed(t, notification("Transaction.Paid"), 0)).Status)
	require.Empty(t, s.flows.calls)
}

func TestReceiveWebhook_Forged_IsRefusedAndNoted(t *testing.T) {
	t.Parallel()
	body := notification("Transaction.Paid")
	for name, change := range map[string]func(r *http.Request){
		"no headers":          func(r *http.Request) { r.Header.Del("webhook-id") },
		"another id":          func(r *http.Request) { r.Header.Set("webhook-id", "msg_2") },
		"two ids":             func(r *http.Request) { r.Header.Add("webhook-id", "msg_1") },
		"another time":        func(r *http.Request) { r.Header.Set("webhook-timestamp", strconv.FormatInt(time.Now().Unix()+1, 10)) },
		"no time":             func(r *http.Request) { r.Header.Set("webhook-timestamp", "yesterday") },
		"another signature":   func(r *http.Request) { r.Header.Set("webhook-signature", "v1,AAAA") },
		"a version of before": func(r *http.Request) { r.Header.Set("webhook-signature", "v0"+r.Header.Get("webhook-signature")[2:]) },
		"another body":        func(r *http.Request) { r.Body = newRequest(t, "POST /x", body+" ").Body },
	} {
		s := receiving(t)
		r := signed(t, body, 0)
		change(r)
		got := s.do(t, r)
		require.Equal(t, 401, got.Status, name)
		require.Equal(t, "WEBHOOK_SIGNATURE_INVALID", got.Code, name)
		require.Empty(t, s.store.Calls(), name)
		require.Len(t, s.noted, 1, name)
		require.Equal(t, "WEBHOOK_REFUSED", s.noted[0].Name)
	}
}

func TestReceiveWebhook_OldOrLarge_IsRefused(t *testing.T) {
	t.Parallel()
	s := receiving(t)
	for ago, status := range map[time.Duration]int{
		4 * time.Minute: 200, -4 * time.Minute: 200, 6 * time.Minute: 401, -6 * time.Minute: 401,
	} {
		require.Equal(t, status, s.do(t, signed(t, notification("Transaction.Paid"), ago)).Status, ago)
	}
	filler := maxNotification - len(`{"x":""}`)
	require.Equal(t, 200, s.do(t, signed(t, `{"x":"`+times("x", filler)+`"}`, 0)).Status)
	require.Equal(t, 413, s.do(t, signed(t, `{"x":"`+times("x", filler+1)+`"}`, 0)).Status)
	require.Equal(t, 200, s.do(t, signed(t, "not JSON", 0)).Status, "shapes may change: it is stored without a type")
}

func TestReceiveWebhook_NotConfigured_DoesNotExist(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	require.Equal(t, 404, s.do(t, signed(t, notification("Transaction.Paid"), 0)).Status)
	require.Empty(t, s.store.Calls())
}
