package portone_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/gateway/portone"
)

// requestInfo is a request and its answer, in the shapes of PortOne's documentation. The client
// must send the request and understand the answer; the simulator, in the given state, must
// answer alike. "<string>", "<time>" and "<number>" stand for values that differ.
type exchange struct {
	Name, Given string
	Request     struct {
		Method, Path, Key string
		Body              json.RawMessage
	}
	Response struct {
		Status int
		Body   json.RawMessage
	}
}

func exchanges(t *testing.T) (all []exchange) {
	t.Helper()
	b, err := os.ReadFile("testdata/exchanges.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &all))
	return all
}

const examplePayment = "P7XAAAABBBBCCCCDDDD"

// calls are what the client does in each exchange.
func calls(c *portone.Client, name string) func(t *testing.T) error {
	id := examplePayment
	cancel := func(won, left int64) func(t *testing.T) error {
		return func(t *testing.T) error {
			t.Helper()
			amount, err := portone.FromWon(won)
			require.NoError(t, err)
			cancellable, err := portone.FromWon(left)
			require.NoError(t, err)
			_, err = c.Cancel(t.Context(), portone.Cancel{
				PaymentID: id, Key: "refund-" + id + "-7-0", Amount: amount, Cancellable: cancellable,
				Reason: "DAMAGED [refund 7-0]",
			})
			return err
		}
	}
	switch {
	case strings.HasPrefix(name, "pre-register"):
		return func(t *testing.T) error { t.Helper(); return c.PreRegister(t.Context(), id, 25_800_00) }
	case strings.HasPrefix(name, "get"), name == "with a wrong secret":
		return func(t *testing.T) error { t.Helper(); _, err := c.Payment(t.Context(), id); return err }
	case strings.HasPrefix(name, "confirm"):
		return func(t *testing.T) error {
			t.Helper()
			return c.Confirm(t.Context(), portone.Confirmation{
				PaymentID: id, Token: "token-1", TransactionID: "tx-1", Amount: 25_800_00,
			})
		}
	case name == "cancel the rest":
		return func(t *testing.T) error {
			t.Helper()
			_, err := c.CancelRest(t.Context(),
				portone.Rest{PaymentID: id, Key: "give-back-key-0001", Reason: "not ours", Cancellable: 25800})
			return err
		}
	case name == "cancel too much":
		return cancel(20001, 20000)
	}
	return cancel(5800, 25800)
}

// filled is an answer with values in the place of those that differ.
func filled(b json.RawMessage) string {
	values := strings.NewReplacer(`"<string>"`, `"x"`, `"<time>"`, `"2026-01-01T00:00:00Z"`, `"<number>"`, `1`)
	return values.Replace(string(b))
}

// The client sends requests in the documented form, and decodes the documented answers.
func TestContract_Client_SendsRecordedRequests(t *testing.T) {
	t.Parallel()
	for _, e := range exchanges(t) {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			var asked *http.Request
			var body []byte
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = r
				body, _ = io.ReadAll(r.Body)
				w.WriteHeader(e.Response.Status)
				_, _ = io.WriteString(w, filled(e.Response.Body))
			}))
			defer server.Close()
			err := calls(portone.NewClient(server.URL, "secret", "store-test"), e.Name)(t)
			require.Equal(t, e.Request.Method+" "+e.Request.Path, asked.Method+" "+asked.URL.String())
			require.Equal(t, "PortOne secret", asked.Header.Get("Authorization"))
			require.Equal(t, e.Request.Key, strings.Trim(asked.Header.Get("Idempotency-Key"), `"`))
			if len(e.Request.Body) > 0 {
				require.JSONEq(t, string(e.Request.Body), string(body))
			}
			var said struct{ Type string }
			require.NoError(t, json.Unmarshal(e.Response.Body, &said))
			var refused *portone.Error
			switch {
			case e.Response.Status == http.StatusOK, said.Type == "ALREADY_PAID" &&
				strings.HasPrefix(e.Name, "confirm"):
				require.NoError(t, err)
			case said.Type == "PAYMENT_NOT_FOUND" && e.Request.Method == http.MethodGet:
				require.ErrorIs(t, err, portone.ErrUnknownPayment)
			default:
				require.ErrorAs(t, err, &refused)
				require.Equal(t, said.Type, refused.Type)
				require.Equal(t, e.Response.Status, refused.Status)
			}
		})
	}
}

// given brings a simulator into a state, and returns the token and the transaction of a
// buyer's agreement, if there is one.
func given(t *testing.T, s *portonesim.Simulator, ask func(exchange) (int, string), state string) portonesim.Outcome {
	t.Helper()
	state, fault, _ := strings.Cut(state, ", and ")
	window := portonesim.Window{
		StoreID: "store-test", ChannelKey: "channel-key", PaymentID: examplePayment, OrderName: "two things",
		TotalAmount: 25800, Currency: "KRW", PayMethod: "CARD",
	}
	var out portonesim.Outcome
	cancelled := func(won int64) {
		var e exchange
		e.Request.Method, e.Request.Path = http.MethodPost, "/payments/"+examplePayment+"/cancel"
		e.Request.Body = json.RawMessage(fmt.Sprintf(`{"amount":%d,"reason":"DAMAGED [refund 7-0]"}`, won))
		status, body := ask(e)
		require.Equal(t, 200, status, body)
	}
	switch state {
	case "nothing", "another secret":
	case "registered":
		var e exchange
		e.Request.Method, e.Request.Path = http.MethodPost, "/payments/"+examplePayment+"/pre-register"
		e.Request.Body = json.RawMessage(`{"totalAmount":25800,"currency":"KRW"}`)
		status, body := ask(e)
		require.Equal(t, 200, status, body)
	case "left":
		s.Pay(window, portonesim.Leave)
	case "declined":
		s.Pay(window, portonesim.Decline)
	case "agreed to another amount":
		window.TotalAmount = 1
		window.ChannelKey += "-manual"
		out = s.Pay(window, portonesim.Approve)
	case "agreed":
		window.ChannelKey += "-manual"
		out = s.Pay(window, portonesim.Approve)
	case "paid":
		out = s.Pay(window, portonesim.Approve)
	case "partly cancelled":
		s.Pay(window, portonesim.Approve)
		cancelled(5800)
	case "cancelled":
		s.Pay(window, portonesim.Approve)
		cancelled(25800)
	default:
		require.Fail(t, "the state is not known", state)
	}
	switch fault {
	case "":
	case "the bank says no":
		s.Set(portonesim.Faults{Decline: true})
	case "cancellations fail":
		s.Set(portonesim.Faults{CancelFails: true})
	case "cancellations take their time":
		s.Set(portonesim.Faults{CancelLater: time.Hour})
	default:
		require.Fail(t, "the fault is not known", fault)
	}
	return out
}

// The simulator answers in the documented form.
func TestContract_Simulator_GivesRecordedAnswers(t *testing.T) {
	t.Parallel()
	for _, e := range exchanges(t) {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			s, err := portonesim.New(portonesim.Options{StoreID: "store-test", APISecret: "secret", Live: true})
			require.NoError(t, err)
			defer s.Close()
			server := httptest.NewServer(s.Handler())
			defer server.Close()
			secret := "secret"
			ask := func(e exchange) (int, string) {
				r, err := http.NewRequestWithContext(t.Context(), e.Request.Method, server.URL+e.Request.Path,
					strings.NewReader(string(e.Request.Body)))
				require.NoError(t, err)
				r.Header.Set("Authorization", "PortOne "+secret)
				if e.Request.Key != "" {
					r.Header.Set("Idempotency-Key", `"`+e.Request.Key+`"`)
				}
				resp, err := http.DefaultClient.Do(r)
				require.NoError(t, err)
				defer resp.Body.Close()
				b, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				return resp.StatusCode, string(b)
			}
			agreed := given(t, s, ask, e.Given)
			if e.Given == "another secret" {
				secret = "another"
			}
			e.Request.Body = json.RawMessage(strings.NewReplacer(
				"token-1", cmp.Or(agreed.PaymentToken, "token-1"), "tx-1", cmp.Or(agreed.TxID, "tx-1"),
			).Replace(string(e.Request.Body)))
			for range 2 { // with its key, the same answer again
				status, body := ask(e)
				require.Equal(t, e.Response.Status, status, body)
				var want, got any
				require.NoError(t, json.Unmarshal(e.Response.Body, &want))
				require.NoError(t, json.Unmarshal([]byte(body), &got))
				requireShape(t, want, got, "")
			}
		})
	}
}

// requireShape fails unless all fields of want are there.
func requireShape(t *testing.T, want, got any, at string) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		require.True(t, ok, at)
		for name := range w {
			require.Contains(t, g, name, at)
			requireShape(t, w[name], g[name], at+"/"+name)
		}
	case []any:
		g, ok := got.([]any)
		require.True(t, ok, at)
		require.Len(t, g, len(w), at)
		for i := range w {
			requireShape(t, w[i], g[i], at)
		}
	case string:
		g, ok := got.(string)
		switch w {
		case "<number>":
			_, ok = got.(float64)
		case "<time>":
			_, err := time.Parse(time.RFC3339, g)
			ok = ok && err == nil
		case "<string>":
			ok = ok && g != ""
		default:
			ok = ok && g == w
		}
		require.True(t, ok, "%s: %v", at, got)
	default:
		require.Equal(t, want, got, at)
	}
}

// Each movement of money once, page after page.
func TestContract_Feeds_AreReadAsRecorded(t *testing.T) {
	t.Parallel()
	s, err := portonesim.New(portonesim.Options{StoreID: "store-test", APISecret: "secret"})
	require.NoError(t, err)
	defer s.Close()
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	c := portone.NewClient(server.URL, "secret", "store-test")
	const n = 1003 // more than a page
	for i := range n {
		s.Pay(portonesim.Window{
			StoreID: "store-test", ChannelKey: "k", PaymentID: fmt.Sprintf("P%d", i), TotalAmount: 100, Currency: "KRW",
		}, portonesim.Approve)
	}
	_, err = c.Cancel(t.Context(),
		portone.Cancel{PaymentID: "P7", Key: "refund-P7-1-00000", Amount: 40_00, Cancellable: 100_00, Reason: "r"})
	require.NoError(t, err)
	from, until := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	sum, seen := int64(0), map[string]bool{}
	for cursor, more := "", true; more; more = cursor != "" {
		page, err := c.Events(t.Context(), from, until, cursor)
		require.NoError(t, err)
		for _, i := range page.Items {
			require.False(t, seen[i.Value.ID])
			seen[i.Value.ID] = true
			sum += i.Value.Amount
			require.Equal(t, "store-test", i.Value.StoreID)
		}
		cursor = page.Next()
	}
	require.EqualValues(t, n*100-40, sum)
	require.Len(t, seen, n+1)
	payments := 0
	for cursor, more := "", true; more; more = cursor != "" {
		page, err := c.Payments(t.Context(), from, until, cursor)
		require.NoError(t, err)
		payments += len(page.Items)
		cursor = page.Next()
	}
	require.Equal(t, n, payments)
	page, err := c.Events(t.Context(), until, until.Add(time.Hour), "")
	require.NoError(t, err)
	require.Empty(t, page.Items)
}
