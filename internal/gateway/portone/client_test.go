package portone

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// provider answers each request alike, and keeps the last one.
type provider struct {
	status int
	body   string

	request *http.Request
	got     map[string]any
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.request, p.got = r, nil
	if b, _ := io.ReadAll(r.Body); len(b) > 0 {
		_ = json.Unmarshal(b, &p.got)
	}
	w.WriteHeader(p.status)
	_, _ = io.WriteString(w, p.body)
}

func open(t *testing.T, status int, body string) (*provider, *Client) {
	t.Helper()
	p := &provider{status: status, body: body}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, NewClient(server.URL+"/", "api-secret", "store-test")
}

// paid is an answer as the provider gives it, with more in it than is read here.
const paid = `{
	"status": "PAID", "id": "P1", "transactionId": "tx-1", "merchantId": "merchant-1", "storeId": "store-test",
	"method": {"type": "PaymentMethodCard", "card": {"brand": "LOCAL"}},
	"channel": {"type": "LIVE", "id": "channel-id", "key": "channel-key", "name": "kakao", "pgProvider": "KAKAOPAY", "pgMerchantId": "m"},
	"version": "V2", "requestedAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:01:00.123Z",
	"statusChangedAt": "2026-01-01T00:01:00Z", "orderName": "two things",
	"amount": {"total": 25800, "taxFree": 0, "vat": 2345, "supply": 23455, "discount": 800, "paid": 25000, "cancelled": 0, "cancelledTaxFree": 0},
	"currency": "KRW", "customer": {"id": "c"}, "paidAt": "2026-01-01T00:01:00Z", "pgTxId": "pg-1",
	"receiptUrl": "https://receipt.example/1", "webhooks": [], "somethingNew": {"a": [1]}}`

var expected = Expected{PaymentID: "P1", StoreID: "store-test", Live: true}

func TestFetchPayment_EachStatus_IsRead(t *testing.T) {
	t.Parallel()
	provider, c := open(t, 200, paid)
	p, err := c.Payment(t.Context(), "P1")
	require.NoError(t, err)
	require.Equal(t, "/payments/P1", provider.request.URL.Path)
	require.Equal(t, "store-test", provider.request.URL.Query().Get("storeId"))
	require.Equal(t, "PortOne api-secret", provider.request.Header.Get("Authorization"))
	require.True(t, p.Status.Charged())
	require.EqualValues(t, 25800, p.Amount.Cancellable())
	require.Equal(t, "KAKAOPAY", p.Channel.PGProvider)
	require.Empty(t, p.Mismatch(expected))
	for says, change := range map[string]func(p *Payment){
		"it is payment P2":         func(p *Payment) { p.ID = "P2" },
		"it is of store x":         func(p *Payment) { p.StoreID = "x" },
		"its channel is TEST":      func(p *Payment) { p.Channel.Type = "TEST" },
		"its currency is USD":      func(p *Payment) { p.Currency = "USD" },
		"its channel is SOMETHING": func(p *Payment) { p.Channel.Type = "SOMETHING" },
	} {
		other := p
		change(&other)
		require.Equal(t, says, other.Mismatch(expected))
	}
}

func TestStatus_Unknown_IsNotCharged(t *testing.T) {
	t.Parallel()
	for status, charged := range map[Status]bool{
		StatusReady: false, StatusPending: false, StatusVirtualAccount: false, StatusFailed: false, "PENDING": false,
		"PONDERED": false, StatusPaid: true, StatusPartlyCancelled: true, StatusCancelled: true,
	} {
		require.Equal(t, charged, status.Charged(), status)
	}
	_, c := open(t, 200, `{"status": "PONDERED", "amount": {"total": 1}}`)
	p, err := c.Payment(t.Context(), "P1")
	require.NoError(t, err)
	require.Equal(t, Status("PONDERED"), p.Status)
}

// Indefinite errors need an inquiry.
func TestClient_EachError_IsDefiniteOrNot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status   int
		body     string
		definite bool
	}{
		{400, `{"type":"INVALID_REQUEST","message":"no"}`, true},
		{400, `{"type":"INVALID_PAYMENT_TOKEN"}`, true},
		{401, `{"type":"UNAUTHORIZED"}`, true},
		{403, `{"type":"FORBIDDEN"}`, true},
		{404, `{"type":"PAYMENT_NOT_FOUND"}`, true},
		{409, `{"type":"PAYMENT_NOT_PAID"}`, true},
		{409, `{"type":"CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT"}`, true},
		{409, `{"type":"IDEMPOTENCY_OUTSTANDING_REQUEST"}`, false},
		{409, `{"type":"PAYMENT_ALREADY_CANCELLED"}`, false},
		{409, `{"type":"ALREADY_PAID"}`, false},
		{409, `{"type":"CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN"}`, false},
		{429, `{"type":"TOO_MANY_REQUESTS"}`, false},
		{500, `{"type":"INTERNAL"}`, false},
		{502, `{"type":"PG_PROVIDER","pgCode":"P1","pgMessage":"later"}`, false},
		{503, `<html>away</html>`, false},
	} {
		_, client := open(t, c.status, c.body)
		_, err := client.Cancel(t.Context(), Cancel{PaymentID: "P1", Key: "refund-P1-7-0----", Amount: 100,
			Cancellable: 100})
		require.Error(t, err, c.body)
		require.Equal(t, c.definite, Definite(err), c.body)
	}
	_, client := open(t, 502, `{"type":"PG_PROVIDER","pgCode":"P1","pgMessage":"later"}`)
	_, err := client.Payment(t.Context(), "P1")
	require.ErrorContains(t, err, "PG_PROVIDER: P1: later", "what the provider says is in the log")
	require.False(t, Definite(errors.New("time-out")))
	require.False(t, Definite(nil))

	_, client = open(t, 404, `{"type":"PAYMENT_NOT_FOUND"}`)
	_, err = client.Payment(t.Context(), "P1")
	require.ErrorIs(t, err, ErrUnknownPayment)
}

func TestClient_Requests_HaveTheirContent(t *testing.T) {
	t.Parallel()
	provider, c := open(t, 200, `{}`)
	ctx := t.Context()
	require.NoError(t, c.PreRegister(ctx, "P1", 25_800_00))
	require.Equal(t, "/payments/P1/pre-register", provider.request.URL.Path)
	require.Equal(t, map[string]any{"storeId": "store-test", "totalAmount": 25800.0, "currency": "KRW"}, provider.got)

	require.NoError(t,
		c.Confirm(ctx, Confirmation{PaymentID: "P1", Token: "token", TransactionID: "tx-1", Amount: 25_800_00}))
	require.Equal(t, "/payments/P1/confirm", provider.request.URL.Path)
	require.Equal(t, "token", provider.got["paymentToken"])
	confirmKey := provider.request.Header.Get("Idempotency-Key")
	require.Regexp(t, `^"[A-Za-z0-9_-]{16,256}"$`, confirmKey)
	require.NoError(t,
		c.Confirm(ctx, Confirmation{PaymentID: "P1", Token: "token", TransactionID: "tx-1", Amount: 25_800_00}))
	require.Equal(t, confirmKey, provider.request.Header.Get("Idempotency-Key"), "the same attempt has the same key")

	keys := map[string]bool{}
	for _, in := range []Cancel{
		{PaymentID: "P1", Key: "refund-P1-7-0----", Amount: 100_00, Cancellable: 25_800_00, Reason: "DAMAGED"},
		{PaymentID: "P1", Key: "refund-P1-8-0----", Amount: 100_00, Cancellable: 25_700_00, Reason: "DAMAGED"},
		{PaymentID: "P2", Key: "refund-P2-7-0----", Amount: 100_00, Cancellable: 25_800_00, Reason: "DAMAGED"},
	} {
		_, err := c.Cancel(ctx, in)
		require.NoError(t, err)
		require.Equal(t, "/payments/"+in.PaymentID+"/cancel", provider.request.URL.Path)
		require.InDelta(t, 100, provider.got["amount"], 0)
		require.InDelta(t, float64(in.Cancellable)/100, provider.got["currentCancellableAmount"], 0)
		keys[provider.request.Header.Get("Idempotency-Key")] = true
	}
	require.Len(t, keys, 3, "each refund has a key of its own")
}

// An amount that cannot be paid is refused without a request.
func TestClient_AmountNotPayable_SendsNoRequest(t *testing.T) {
	t.Parallel()
	provider, c := open(t, 200, `{}`)
	require.Error(t, c.PreRegister(t.Context(), "P1", 100_50), "there are no fractions of a won")
	require.Error(t, c.Confirm(t.Context(), Confirmation{Amount: -100}))
	_, err := c.Cancel(t.Context(), Cancel{PaymentID: "P1", Amount: 100, Cancellable: 50})
	require.Error(t, err)
	require.Nil(t, provider.request)
	for id, good := range map[string]bool{
		"P1": true, "0123456789012345678901234567890123456789": true, "01234567890123456789012345678901234567890": false,
		"": false, "P-1": false, "P 1": false, "가": false, "../x": false,
	} {
		require.Equal(t, good, CheckPaymentID(id) == nil, id)
	}
	back, err := FromWon(25800)
	require.NoError(t, err)
	require.Equal(t, market.Money(25_800_00), back)
	_, err = FromWon(1 << 60)
	require.Error(t, err)
}

// Taken on is not given back.
func TestCancel_Requested_IsFollowed(t *testing.T) {
	t.Parallel()
	_, c := open(t, 200, `{"cancellation":{"status":"REQUESTED","id":"c-1","totalAmount":100,"trigger":"API"}}`)
	got, err := c.Cancel(t.Context(),
		Cancel{PaymentID: "P1", Key: "refund-P1-7-0----", Amount: 100_00, Cancellable: 100_00})
	require.NoError(t, err)
	require.Equal(t, CancellationRequested, got.Status)
	require.Equal(t, "c-1", got.ID)
}

func TestConfirm_Repeated_IsFound(t *testing.T) {
	t.Parallel()
	_, c := open(t, 409, `{"type":"ALREADY_PAID"}`)
	require.NoError(t, c.Confirm(t.Context(), Confirmation{PaymentID: "P1", Amount: 100}))
	require.Error(t, c.PreRegister(t.Context(), "P1", 100), "nothing is to be paid any more")
}

// TestFeeds are read page by page, by their cursors.
func TestFeeds(t *testing.T) {
	t.Parallel()
	provider, c := open(t, 200, `{"items":[
		{"cursor":"c-1","paymentEvent":{"type":"PAID","id":"e-1","paymentId":"P1","eventAmount":25800,
			"currency":"KRW","createdAt":"2026-01-01T00:01:00Z"}},
		{"cursor":"c-2","paymentEvent":{"type":"PARTIAL_CANCELLED","id":"e-2","paymentId":"P1","eventAmount":-100,
			"createdAt":"2026-01-02T00:01:00Z",
			"cancellation":{"id":"x","status":"SUCCEEDED","totalAmount":100,"trigger":"CHARGEBACK"}}}]}`)
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, market.Zone)
	page, err := c.Events(t.Context(), from, from.AddDate(0, 0, 1), "c-0")
	require.NoError(t, err)
	require.Equal(t, http.MethodGet, provider.request.Method)
	var asked map[string]any
	query, err := url.ParseQuery(provider.request.URL.RawQuery)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(query.Get("requestBody")), &asked))
	require.Equal(t, "2025-12-31T15:00:00Z", asked["from"])
	require.Equal(t, "c-0", asked["cursor"])
	require.InDelta(t, 1000, asked["size"], 0)
	require.Len(t, page.Items, 2)
	require.EqualValues(t, -100, page.Items[1].Value.Amount)
	require.Equal(t, "CHARGEBACK", page.Items[1].Value.Cancellation.Trigger)
	require.Equal(t, "c-2", page.Next())

	provider.body = `{"items":[]}`
	empty, err := c.Payments(t.Context(), from, from, "c-2")
	require.NoError(t, err)
	require.Empty(t, empty.Next())

	provider.body = `{"items":[{"payment":` + paid + `,"cursor":"c-9"}]}`
	payments, err := c.Payments(t.Context(), from, from, "")
	require.NoError(t, err)
	require.Empty(t, payments.Items[0].Value.Mismatch(expected))
	require.NotContains(t, provider.request.URL.RawQuery, "cursor")

	provider.body = `{"items":[{"payment":7,"cursor":"c-9"}]}`
	_, err = c.Payments(t.Context(), from, from, "")
	require.Error(t, err)
}

// After an invalid answer the outcome is unknown.
func TestClient_AnswerMalformed_IsIndefinite(t *testing.T) {
	t.Parallel()
	_, c := open(t, 200, `<html>`)
	_, err := c.Payment(t.Context(), "P1")
	require.ErrorContains(t, err, "decode PortOne's answer")
	require.False(t, Definite(err))
	away := NewClient("http://127.0.0.1:1", "s", "store")
	_, err = away.Payment(t.Context(), "P1")
	require.ErrorContains(t, err, "refused")
	require.False(t, Definite(err))
}
