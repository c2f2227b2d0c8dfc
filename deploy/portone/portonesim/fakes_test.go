package portonesim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const secret = "api-secret"

// shop is a shop that uses a simulator.
type shop struct {
	*Simulator
	handler http.Handler
}

func newShop(t *testing.T, with ...func(o *Options)) *shop {
	t.Helper()
	o := Options{StoreID: "store-1", APISecret: secret, WebhookSecret: "whsec_c2VjcmV0", Minute: time.Millisecond}
	for _, change := range with {
		change(&o)
	}
	s, err := New(o)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return &shop{Simulator: s, handler: s.Handler()}
}

// journal keeps the books of a simulator in a file.
func journal(t *testing.T) func(o *Options) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal")
	return func(o *Options) { o.Journal = path }
}

// reply is an answer of the API.
type reply struct {
	status int
	body   string
	Type   string
	PGCode string
}

// call calls the API, such as "POST /payments/p/cancel".
func (s *shop) call(t *testing.T, route, body string, header ...string) reply {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "PortOne "+secret)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	got := reply{status: w.Code, body: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &got) // a failure need not be JSON
	return got
}

// payment returns a payment as the API shows it.
func (s *shop) payment(t *testing.T, id string) (p Payment) {
	t.Helper()
	got := s.call(t, "GET /payments/"+id, "")
	require.Equal(t, 200, got.status, got.body)
	require.NoError(t, json.Unmarshal([]byte(got.body), &p))
	return p
}

// window returns the request of a payment window.
func window(id string, amount int64) Window {
	return Window{
		StoreID: "store-1", ChannelKey: "channel-card", PaymentID: id, OrderName: "책", TotalAmount: amount,
		Currency:  "KRW",
		PayMethod: "CARD",
	}
}

// feed returns the items of a page of a feed, by their names.
func (s *shop) feed(t *testing.T, path string, request map[string]any) (items []map[string]json.RawMessage) {
	t.Helper()
	encoded, err := json.Marshal(request)
	require.NoError(t, err)
	got := s.call(t, "GET "+path+"?"+url.Values{"requestBody": {string(encoded)}}.Encode(), "")
	require.Equal(t, 200, got.status, got.body)
	var answered struct {
		Items []map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal([]byte(got.body), &answered))
	return answered.Items
}

// cancellation returns the body of a cancellation.
func cancellation(amount int64) string { return fmt.Sprintf(`{"reason":"r","amount":%d}`, amount) }
