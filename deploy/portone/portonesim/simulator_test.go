package portonesim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/all-in-market/market/internal/testrig"
)

func TestAPI_WrongSecret_IsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, route := range []string{
		"GET /payments/p", "POST /payments/p/pre-register", "POST /payments/p/confirm", "POST /payments/p/cancel",
		"GET /payments-by-cursor", "GET /payment-events-by-cursor",
	} {
		for _, given := range []string{"", "PortOne x", "Bearer " + secret, "PortOne " + secret + " "} {
			got := s.call(t, route, "{}", "Authorization", given)
			require.Equal(t, 401, got.status, "%s with %q", route, given)
			require.Equal(t, "UNAUTHORIZED", got.Type)
		}
	}
	require.Empty(t, s.Books().Payments)
}

func TestPay_Approved_TakesTheMoney(t *testing.T) {
	t.Parallel()
	for live, kind := range map[bool]string{true: "LIVE", false: "TEST"} {
		s := newShop(t, func(o *Options) { o.Live = live })
		require.Equal(t, 404, s.call(t, "GET /payments/p", "").status)
		out := s.Pay(window("p", 12_900), Approve)
		require.Empty(t, out.Code)
		p := s.payment(t, "p")
		require.Equal(t, statusPaid, p.Status)
		require.Equal(t, out.TxID, p.TransactionID)
		require.Equal(t, kind, p.Channel.Type)
		require.Equal(t, "channel-card", p.Channel.Key)
		require.Equal(t, Amount{Total: 12_900, Paid: 12_900}, p.Amount)
		require.NotNil(t, p.PaidAt)
		again := s.Pay(window("p", 12_900), Approve)
		require.Equal(t, "ALREADY_PAID", again.Code)
		require.Equal(t, p, s.payment(t, "p"), "a second attempt changes nothing")
		events := s.Books().Events
		require.Len(t, events, 1)
		require.Equal(t, []any{"PAID", int64(12_900), "p"},
			[]any{events[0].Type, events[0].Amount, events[0].PaymentID})
	}
}

func TestPay_DeclinedOrLeft_CanBeTriedAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	require.Equal(t, "PG_PROVIDER_ERROR", s.Pay(window("p", 100), Decline).Code)
	p := s.payment(t, "p")
	require.Equal(t, statusFailed, p.Status)
	require.Equal(t, "LIMIT", p.Failure.PGCode)
	require.Equal(t, "USER_CANCEL", s.Pay(window("p", 100), Leave).Code)
	require.Equal(t, statusReady, s.payment(t, "p").Status)
	s.Set(Faults{Decline: true})
	require.Equal(t, "PG_PROVIDER_ERROR", s.Pay(window("p", 100), Approve).Code)
	s.Set(Faults{})
	require.Empty(t, s.Pay(window("p", 100), Approve).Code)
	p = s.payment(t, "p")
	require.Equal(t, statusPaid, p.Status)
	require.Nil(t, p.Failure)
	require.Len(t, s.Books().Events, 1)
}

func TestPay_OtherStoreOrAmount_IsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	foreign := window("p", 100)
	foreign.StoreID = "store-2"
	require.Equal(t, "INVALID_REQUEST", s.Pay(foreign, Approve).Code)
	require.Equal(t, 200, s.call(t, "POST /payments/p/pre-register", `{"totalAmount":100,"currency":"KRW"}`).status)
	require.Equal(t, "INFORMATION_MISMATCH", s.Pay(window("p", 101), Approve).Code)
	require.Empty(t, s.Books().Events)
	require.Empty(t, s.Pay(window("p", 100), Approve).Code)
	require.Equal(t, "ALREADY_PAID", s.call(t, "POST /payments/p/pre-register", `{"totalAmount":1}`).Type)
	require.Equal(t, 400, s.call(t, "POST /payments/q/pre-register", `{`).status)
}

func TestPay_Faults_ChangeWhatIsTaken(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(o *Options) { o.Live = true })
	s.Set(Faults{AmountOff: -1, Currency: "USD", TestMoney: true})
	s.Pay(window("p", 100), Approve)
	p := s.payment(t, "p")
	require.Equal(t, int64(99), p.Amount.Total)
	require.Equal(t, "USD", p.Currency)
	require.Equal(t, "TEST", p.Channel.Type)
}

func TestConfirm_Agreement_IsTakenOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	manual := window("p", 100)
	manual.ChannelKey = "channel-manual"
	out := s.Pay(manual, Approve)
	require.NotEmpty(t, out.PaymentToken)
	require.Equal(t, statusPending, s.payment(t, "p").Status)
	for body, want := range map[string]string{
		`{`: "INVALID_REQUEST", `{}`: "INVALID_PAYMENT_TOKEN", `{"paymentToken":"x"}`: "INVALID_PAYMENT_TOKEN",
		`{"paymentToken":"` + out.PaymentToken + `","txId":"x"}`:       "INFORMATION_MISMATCH",
		`{"paymentToken":"` + out.PaymentToken + `","totalAmount":99}`: "INFORMATION_MISMATCH",
		`{"paymentToken":"` + out.PaymentToken + `","currency":"USD"}`: "INFORMATION_MISMATCH",
	} {
		got := s.call(t, "POST /payments/p/confirm", body)
		require.Equal(t, want, got.Type, body)
		require.Equal(t, statusPending, s.payment(t, "p").Status)
	}
	require.Equal(t, "PAYMENT_NOT_FOUND", s.call(t, "POST /payments/q/confirm", `{}`).Type)
	whole := fmt.Sprintf(`{"paymentToken":%q,"txId":%q,"totalAmount":100,"currency":"KRW"}`, out.PaymentToken, out.TxID)
	require.Equal(t, 200, s.call(t, "POST /payments/p/confirm", whole).status)
	require.Equal(t, statusPaid, s.payment(t, "p").Status)
	require.Equal(t, "ALREADY_PAID", s.call(t, "POST /payments/p/confirm", whole).Type)
	require.Len(t, s.Books().Events, 1)
}

func TestConfirm_Declined_NeedsAnotherAgreement(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	manual := window("p", 100)
	manual.ChannelKey = "channel-manual"
	token := s.Pay(manual, Approve).PaymentToken
	s.Set(Faults{Decline: true})
	got := s.call(t, "POST /payments/p/confirm", `{"paymentToken":"`+token+`"}`)
	require.Equal(t, []any{502, "PG_PROVIDER", "LIMIT"}, []any{got.status, got.Type, got.PGCode})
	s.Set(Faults{})
	require.Equal(t, "INVALID_PAYMENT_TOKEN", s.call(t, "POST /payments/p/confirm",
		`{"paymentToken":"`+token+`"}`).Type)
}

func TestCancel_Amounts_AreThoseLeft(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	require.Equal(t, "PAYMENT_NOT_FOUND", s.call(t, "POST /payments/p/cancel", cancellation(1)).Type)
	s.Pay(window("p", 100), Leave)
	require.Equal(t, "PAYMENT_NOT_PAID", s.call(t, "POST /payments/p/cancel", cancellation(1)).Type)
	s.Pay(window("p", 100), Approve)
	for body, want := range map[string]string{
		`{`: "INVALID_REQUEST", `{"amount":1}`: "INVALID_REQUEST", cancellation(0): "INVALID_REQUEST", cancellation(-1): "INVALID_REQUEST",
		cancellation(101): "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT",
		`{"reason":"r","amount":1,"currentCancellableAmount":99}`: "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN",
	} {
		require.Equal(t, want, s.call(t, "POST /payments/p/cancel", body).Type, body)
	}
	require.Len(t, s.Books().Events, 1, "nothing has moved")
	require.Equal(t, 200, s.call(t, "POST /payments/p/cancel",
		`{"reason":"r","amount":30,"currentCancellableAmount":100}`).status)
	p := s.payment(t, "p")
	require.Equal(t, statusPartlyCancelled, p.Status)
	require.Equal(t, int64(30), p.Amount.Cancelled)
	require.Equal(t, []string{cancellationSucceeded, "r", "API"},
		[]string{p.Cancellations[0].Status, p.Cancellations[0].Reason, p.Cancellations[0].Trigger})
	require.Equal(t, "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT",
		s.call(t, "POST /payments/p/cancel", cancellation(71)).Type)
	require.Equal(t, 200, s.call(t, "POST /payments/p/cancel", `{"reason":"all"}`).status, "all that is left")
	p = s.payment(t, "p")
	require.Equal(t, statusCancelled, p.Status)
	require.Equal(t, int64(100), p.Amount.Cancelled)
	require.Equal(t, "PAYMENT_ALREADY_CANCELLED", s.call(t, "POST /payments/p/cancel", cancellation(1)).Type)
	var kinds []string
	for _, e := range s.Books().Events {
		kinds = append(kinds, e.Type+" "+strconv.FormatInt(e.Amount, 10))
	}
	require.Equal(t, []string{"PAID 100", "PARTIAL_CANCELLED -30", "CANCELLED -70"}, kinds)
}

func TestCancel_ProviderCloses_NothingMoves(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Pay(window("p", 100), Approve)
	s.Set(Faults{CancelFails: true})
	got := s.call(t, "POST /payments/p/cancel", cancellation(10))
	require.Equal(t, []any{502, "PG_PROVIDER", "CLOSED"}, []any{got.status, got.Type, got.PGCode})
	require.Empty(t, s.payment(t, "p").Cancellations)
}

// What is promised cannot be cancelled a second time.
func TestCancel_Later_HoldsTheAmountUntilItEnds(t *testing.T) {
	t.Parallel()
	for fails, want := range map[bool]string{false: cancellationSucceeded, true: cancellationFailed} {
		s := newShop(t)
		s.Pay(window("p", 100), Approve)
		s.Set(Faults{CancelLater: 50 * time.Millisecond, CancelFails: fails})
		require.Equal(t, 200, s.call(t, "POST /payments/p/cancel", cancellation(60)).status)
		p := s.payment(t, "p")
		require.Equal(t, []any{cancellationRequested, statusPaid, int64(0)},
			[]any{p.Cancellations[0].Status, p.Status, p.Amount.Cancelled})
		require.Equal(t, "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT",
			s.call(t, "POST /payments/p/cancel", cancellation(41)).Type)
		testrig.Eventually(t, func() bool { return s.payment(t, "p").Cancellations[0].Status == want }, time.Minute,
			time.Millisecond)
		p = s.payment(t, "p")
		require.Equal(t, map[bool]int64{false: 60, true: 0}[fails], p.Amount.Cancelled)
		require.Len(t, s.Books().Events, map[bool]int{false: 2, true: 1}[fails])
	}
}

func TestIdempotencyKey_Repeat_HasTheFirstAnswer(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(o *Options) { o.Minute = time.Minute })
	s.Pay(window("p", 100), Approve)
	const key = `"0123456789abcdef"`
	first := s.call(t, "POST /payments/p/cancel", cancellation(10), "Idempotency-Key", key)
	require.Equal(t, 200, first.status)
	require.Equal(t, first, s.call(t, "POST /payments/p/cancel", cancellation(10), "Idempotency-Key", key))
	require.Equal(t, first, s.call(t, "POST /payments/p/cancel", cancellation(10), "Idempotency-Key",
		strings.Trim(key, `"`)))
	require.Equal(t, int64(10), s.payment(t, "p").Amount.Cancelled)
	require.Equal(t, 422, s.call(t, "POST /payments/p/cancel", cancellation(11), "Idempotency-Key", key).status)
	require.Equal(t, 422, s.call(t, "POST /payments/q/cancel", cancellation(10), "Idempotency-Key", key).status)
	refused := s.call(t, "POST /payments/p/cancel", cancellation(500), "Idempotency-Key", "another key of 21 chars")
	require.Equal(t, refused, s.call(t, "POST /payments/p/cancel", cancellation(500), "Idempotency-Key",
		"another key of 21 chars"))
	for key, status := range map[string]int{
		strings.Repeat("k", 15): 400, strings.Repeat("k", 16): 200, strings.Repeat("k", 256): 200, strings.Repeat("k",
			257): 400,
	} {
		require.Equal(t, status, s.call(t, "POST /payments/p/cancel", cancellation(1), "Idempotency-Key", key).status,
			len(key))
	}
}

// TestIdempotencyKey_Forgotten_IsAnotherRequest, after three hours of PortOne's clock.
func TestIdempotencyKey_Forgotten_IsAnotherRequest(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(o *Options) { o.Minute = time.Nanosecond })
	s.Pay(window("p", 100), Approve)
	for range 2 {
		require.Equal(t, 200, s.call(t, "POST /payments/p/cancel", cancellation(10), "Idempotency-Key",
			"0123456789abcdef").status)
	}
	require.Equal(t, int64(20), s.payment(t, "p").Amount.Cancelled)
}

func TestFaults_DownOrPoisoned_DoNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Pay(window("p", 100), Approve)
	s.Set(Faults{Poisoned: "p"})
	require.Equal(t, 500, s.call(t, "GET /payments/p", "").status)
	require.Equal(t, 500, s.call(t, "POST /payments/p/cancel", cancellation(1)).status)
	require.Equal(t, 404, s.call(t, "GET /payments/q", "").status, "others are answered")
	s.Set(Faults{Down: true})
	require.Equal(t, 503, s.call(t, "GET /payments/q", "").status)
	require.Equal(t, 503, s.call(t, "GET /pay", "").status)
	require.Equal(t, 503, s.call(t, "POST /pay", "", "Content-Type", "application/x-www-form-urlencoded").status)
	s.Set(Faults{})
	require.Zero(t, s.payment(t, "p").Amount.Cancelled)
}

// TestFaults_Hang_DoesItWithoutAnAnswer, for the operation that is named alone.
func TestFaults_Hang_DoesItWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Pay(window("p", 100), Approve)
	s.Set(Faults{HangAfter: time.Millisecond, HangOn: "cancel"})
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { s.call(t, "POST /payments/p/cancel", cancellation(10)) })
	require.Equal(t, int64(10), s.payment(t, "p").Amount.Cancelled, "it is done")
	require.Equal(t, 200, s.call(t, "POST /payments/q/pre-register", `{}`).status)
	s.Set(Faults{HangAfter: time.Millisecond})
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { s.call(t, "POST /payments/q/pre-register", `{}`) })
}

func TestFeeds_Pages_HaveEveryEntryOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for i := range 25 {
		s.Pay(window(fmt.Sprint("p", i), 100), Approve)
	}
	s.call(t, "POST /payments/unpaid/pre-register", `{}`)
	for path, name := range map[string]string{"/payments-by-cursor": "payment",
		"/payment-events-by-cursor": "paymentEvent"} {
		seen, cursor := map[string]bool{}, ""
		for pages := 0; ; pages++ {
			items := s.feed(t, path, map[string]any{"size": 10, "cursor": cursor, "until": time.Now().Add(time.Hour)})
			if len(items) == 0 {
				require.Equal(t, 3, pages)
				break
			}
			for _, item := range items {
				var entry struct{ ID string }
				require.NoError(t, json.Unmarshal(item[name], &entry))
				require.False(t, seen[entry.ID], entry.ID)
				seen[entry.ID] = true
				require.NoError(t, json.Unmarshal(item["cursor"], &cursor))
			}
		}
		require.Len(t, seen, 25, "one that no buyer has begun is not in it")
		require.Len(t, s.feed(t, path, nil), 10, "by default")
		require.Empty(t, s.feed(t, path, map[string]any{"from": time.Now().Add(time.Minute),
			"until": time.Now().Add(time.Hour)}))
		require.Empty(t, s.feed(t, path, map[string]any{"until": time.Now().Add(-time.Minute)}))
		for _, bad := range []string{"", "{", `{"size":0}`, `{"size":1001}`, `{"cursor":"x"}`, `{"from":"yesterday"}`} {
			got := s.call(t, "GET "+path+"?"+url.Values{"requestBody": {bad}}.Encode(), "")
			require.Equal(t, 400, got.status, "%s %s", path, bad)
		}
	}
}

// TestJournal_Reopened_HasTheSameBooks, also after a process that died while it wrote.
func TestJournal_Reopened_HasTheSameBooks(t *testing.T) {
	t.Parallel()
	kept := journal(t)
	s := newShop(t, kept)
	s.Pay(window("p", 100), Approve)
	s.call(t, "POST /payments/p/cancel", cancellation(30))
	manual := window("q", 50)
	manual.ChannelKey = "channel-manual"
	token := s.Pay(manual, Approve).PaymentToken
	want, err := json.Marshal(s.Books())
	require.NoError(t, err)
	var o Options
	kept(&o)
	f, err := os.OpenFile(o.Journal, os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteString(`{"payment":{"id":"p","sta`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	again := newShop(t, kept)
	got, err := json.Marshal(again.Books())
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got))
	require.Equal(t, 200, again.call(t, "POST /payments/q/confirm", `{"paymentToken":"`+token+`"}`).status)
	_, err = New(Options{Journal: t.TempDir()})
	require.Error(t, err, "a folder is no journal")
}

func TestPayPage_Decision_LeadsBackToTheShop(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	form := url.Values{
		"storeId": {"store-1"}, "channelKey": {"card"}, "paymentId": {"p"}, "orderName": {`<script>alert("x")</script>`},
		"totalAmount": {"100"}, "currency": {"KRW"}, "redirectUrl": {"https://shop.example/paid?order=7"},
	}
	page := s.call(t, "GET /pay?"+form.Encode(), "")
	require.Equal(t, 200, page.status)
	require.NotContains(t, page.body, "<script>alert")
	send := func(decision string) *httptest.ResponseRecorder {
		form.Set("decision", decision)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/pay", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct{ decision, code string }{{Leave, "USER_CANCEL"}, {Decline, "PG_PROVIDER_ERROR"},
		{Approve, ""}} {
		w := send(c.decision)
		require.Equal(t, http.StatusSeeOther, w.Code)
		back, err := url.Parse(w.Header().Get("Location"))
		require.NoError(t, err)
		require.Equal(t, "shop.example", back.Host)
		require.Equal(t, []string{"7", c.code, "p"},
			[]string{back.Query().Get("order"), back.Query().Get("code"), back.Query().Get("paymentId")})
		require.NotEmpty(t, back.Query().Get("txId"))
	}
	form.Del("redirectUrl")
	w := send(Approve)
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), `"code":"ALREADY_PAID"`, "as the promise of the script")
}

func TestBooksPage_Hostile_IsEscapedAndSetsFaults(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	hostile := window("<script>alert(1)</script>", 100)
	s.Pay(hostile, Approve)
	page := s.call(t, "GET /", "")
	require.Equal(t, 200, page.status)
	require.NotContains(t, page.body, "<script>alert")
	require.Contains(t, s.call(t, "GET /books", "").body, `"eventAmount":100`)
	require.Equal(t, 204, s.call(t, "PUT /faults", `{"decline":true}`).status)
	require.True(t, s.Books().Faults.Decline)
	require.Equal(t, 400, s.call(t, "PUT /faults", `{`).status)
	posted := func(path string, form url.Values) reply {
		return s.call(t, "POST "+path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	require.Equal(t, 303, posted("/faults", url.Values{"faults": {`{"noWebhooks":true}`}}).status)
	require.Equal(t, Faults{NoWebhooks: true}, s.Books().Faults)
	require.Equal(t, 400, posted("/faults", url.Values{"faults": {`no`}}).status)
	require.Equal(t, 303, posted("/console-cancel", url.Values{"paymentId": {hostile.PaymentID}}).status)
	require.Equal(t, 303, posted("/console-cancel", url.Values{"paymentId": {"unknown"}}).status)
	p := s.Books().Payments[0]
	require.Equal(t, []any{statusCancelled, "CONSOLE"}, []any{p.Status, p.Cancellations[0].Trigger})
	require.Equal(t, 200, s.call(t, "GET /sdk.js", "").status)
}

func TestClose_WebhooksOnTheirWay_End(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-ctx.Done() }))
	defer server.Close()
	defer cancel()
	s, err := New(Options{StoreID: "store-1", WebhookURL: server.URL})
	require.NoError(t, err)
	s.Pay(window("p", 100), Leave)
	done := make(chan struct{})
	go func() {
		s.Close()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		require.Fail(t, "Close waits for a receiver that does not answer")
	}
}

// In any order of requests, the events of a payment add up to
// the amount that is held, and that is never below what cancellations have promised.
func TestBooks_AnyOperations_NeverGiveBackMoreThanWasTaken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		sim, err := New(Options{StoreID: "store-1", APISecret: secret, Minute: time.Hour})
		require.NoError(rt, err)
		defer sim.Close()
		s := &shop{Simulator: sim, handler: sim.Handler()}
		ids := rapid.SampledFrom([]string{"a", "b"})
		amounts := rapid.Int64Range(-5, 150)
		rt.Repeat(map[string]func(*rapid.T){
			"pay": func(rt *rapid.T) {
				s.Pay(window(ids.Draw(rt, "id"), rapid.Int64Range(1, 100).Draw(rt, "amount")),
					rapid.SampledFrom([]string{Approve, Decline, Leave}).Draw(rt, "decision"))
			},
			"cancel": func(rt *rapid.T) {
				key := rapid.SampledFrom([]string{"", "first key of many", "second key of many"}).Draw(rt, "key")
				s.call(t, "POST /payments/"+ids.Draw(rt, "id")+"/cancel", cancellation(amounts.Draw(rt, "amount")),
					"Idempotency-Key", key)
			},
			"give back": func(rt *rapid.T) { s.GiveBack(ids.Draw(rt, "id"), amounts.Draw(rt, "amount")) },
			"faults": func(rt *rapid.T) {
				s.Set(Faults{CancelFails: rapid.Bool().Draw(rt, "fails"),
					CancelLater: time.Duration(rapid.Int64Range(0, 1).Draw(rt, "later")) * time.Hour})
			},
			"": func(rt *rapid.T) {
				moved := map[string]int64{}
				for _, e := range s.Books().Events {
					moved[e.PaymentID] += e.Amount
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				for id, p := range s.books.payments {
					require.Equal(rt, moved[id], p.held(), id)
					require.GreaterOrEqual(rt, p.held(), p.promised(), id)
					require.Equal(rt, p.Status == statusCancelled, p.PaidAt != nil && p.held() == 0, id)
				}
			},
		})
	})
}
