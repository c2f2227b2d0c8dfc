package integrators_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/integrators"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig/fakestore"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/internal/webhooks"
)

// desk has the routes of a seller's endpoints below /own, and those of all endpoints below /all.
type desk struct {
	store  *fakestore.Store
	seals  *auth.Seals
	router http.Handler
}

func newDesk(t *testing.T, local bool) *desk {
	t.Helper()
	seals, err := auth.NewSeals("webhooks", "a secret of tests that is long enough", "")
	require.NoError(t, err)
	d := &desk{store: fakestore.New("2026-11-30"), seals: seals}
	hooks := &integrators.Webhooks{Store: d.store, Sender: webhooks.NewSender(local), Seals: seals}
	own := hooks.Of(func(*http.Request) store.WebhookOwner { return 8 })
	all := hooks.OfAll()
	router := mux.NewRouter()
	for route, h := range map[string]web.Handler{
		"GET /own": own.List, "POST /own": own.Create, "GET /own/{endpointId}": own.Get, "PUT /own/{endpointId}": own.Update,
		"DELETE /own/{endpointId}": own.Delete, "PUT /own/{endpointId}/secret": own.Rotate,
		"GET /own/{endpointId}/messages": own.Messages, "PUT /own/{endpointId}/messages/{messageId}": own.Replay,
		"GET /all": all.ListAll, "GET /all/{endpointId}": all.Get, "GET /all/{endpointId}/messages": all.Messages,
		"POST /all/{endpointId}/pause":               all.Switch(market.WebhookPaused),
		"POST /all/{endpointId}/resume":              all.Switch(market.WebhookActive),
		"PUT /all/{endpointId}/messages/{messageId}": all.Replay,
	} {
		method, path, _ := strings.Cut(route, " ")
		router.Handle(path, web.Handle(h)).Methods(method)
	}
	d.router = router
	return d
}

type reply struct {
	Status  int
	Code    string
	Message string
	Data    json.RawMessage
	Errors  []struct{ Field, Code string }
}

func (d *desk) send(t *testing.T, route, body string) (a reply) {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "en")
	w := httptest.NewRecorder()
	d.router.ServeHTTP(w, r)
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a), "%s: %s", route, w.Body)
	require.Equal(t, w.Code, a.Status)
	return a
}

const endpoint = `{"url":"https://shop.example/hook","events":["order.paid","payout.failed"],"perSecond":7}`

func TestHandlers_OfAnOwner_CallTheStoreForThatOwner(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	for _, c := range []struct {
		route, body string
		status      int
		calls       []string
	}{
		{"GET /own", "", 200, []string{"WebhookEndpoints(8, null, 0/20)"}},
		{"GET /own?status=ACTIVE&page=3&size=1", "", 200, []string{`WebhookEndpoints(8, "ACTIVE", 3/1)`}},
		{"GET /own/2", "", 200, []string{"WebhookEndpoint(8, 2)"}},
		{"PUT /own/2", `{"status":"PAUSED"}`, 200, []string{`UpdateWebhookEndpoint(8, 2, {"Status":"PAUSED"})`}},
		{"PUT /own/2", `{}`, 200, []string{`UpdateWebhookEndpoint(8, 2, {})`}},
		{
			"PUT /own/2", `{"url":"https://other.example","events":["order.paid"],"perSecond":50}`, 200,
			[]string{`UpdateWebhookEndpoint(8, 2, {"Events":["order.paid"],"PerSecond":50,"URL":"https://other.example"})`},
		},
		{"DELETE /own/2", "", 200, []string{"DeleteWebhookEndpoint(8, 2)"}},
		{"GET /own/2/messages", "", 200, []string{"WebhookEndpoint(8, 2)", "WebhookMessages(2, null, 0/20)"}},
		{
			"GET /own/2/messages?status=FAILED&size=5", "", 200,
			[]string{"WebhookEndpoint(8, 2)", `WebhookMessages(2, "FAILED", 0/5)`},
		},
		{"PUT /own/2/messages/3", "", 200, []string{"ReplayWebhookMessage(8, 2, 3)"}},
		{"GET /all?status=PAUSED", "", 200, []string{`AllWebhookEndpoints("PAUSED", 0/20)`}},
	} {
		d.store.Forget()
		got := d.send(t, c.route, c.body)
		require.Equal(t, c.status, got.Status, "%s: %s", c.route, got.Message)
		require.Equal(t, c.calls, d.store.Calls(), c.route)
	}
}

// The endpoint names its owner; 0 is the marketplace.
func TestHandlers_OfStaff_CallTheStoreForTheEndpointsOwner(t *testing.T) {
	t.Parallel()
	seller := int64(31)
	for owner, of := range map[string]*int64{"31": &seller, "0": nil} {
		d := newDesk(t, false)
		d.store.Returns("AnyWebhookEndpoint", market.WebhookEndpoint{ID: 2, SellerID: of})
		for route, call := range map[string]string{
			"GET /all/2": "WebhookEndpoint(%s, 2)", "GET /all/2/messages": "WebhookEndpoint(%s, 2)",
			"POST /all/2/pause":     `UpdateWebhookEndpoint(%s, 2, {"Status":"PAUSED"})`,
			"POST /all/2/resume":    `UpdateWebhookEndpoint(%s, 2, {"Status":"ACTIVE"})`,
			"PUT /all/2/messages/3": "ReplayWebhookMessage(%s, 2, 3)",
		} {
			d.store.Forget()
			require.Equal(t, 200, d.send(t, route, "").Status, route)
			require.Equal(t, []string{"AnyWebhookEndpoint(2)", fmt.Sprintf(call, owner)}, d.store.Calls()[:2], route)
		}
	}
}

// Staff and owners get the same answer.
func TestHandlers_UnknownEndpoint_ChangeNothing(t *testing.T) {
	t.Parallel()
	missing := market.Refuse(market.CodeWebhookEndpointNotFound)
	d := newDesk(t, false)
	for _, method := range []string{
		"AnyWebhookEndpoint", "WebhookEndpoint", "UpdateWebhookEndpoint", "DeleteWebhookEndpoint", "RotateWebhookSecret",
		"ReplayWebhookMessage",
	} {
		d.store.Fails(method, missing)
	}
	for _, route := range []string{
		"GET /own/2", "PUT /own/2", "DELETE /own/2", "PUT /own/2/secret", "GET /own/2/messages", "PUT /own/2/messages/3",
		"GET /all/2", "POST /all/2/pause", "GET /all/2/messages", "PUT /all/2/messages/3",
	} {
		d.store.Forget()
		got := d.send(t, route, "{}")
		require.Equal(t, 404, got.Status, route)
		require.Equal(t, "WEBHOOK_ENDPOINT_NOT_FOUND", got.Code, route)
		require.Len(t, d.store.Calls(), 1, route)
		require.NotContains(t, string(got.Data), "whsec_", route)
	}
}

func TestHandlers_BadIDs_AreRefusedUnread(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	for _, route := range []string{
		"GET /own/%s", "PUT /own/%s", "DELETE /own/%s", "PUT /own/%s/secret", "GET /own/%s/messages",
		"PUT /own/%s/messages/3", "PUT /own/2/messages/%s", "GET /all/%s", "POST /all/%s/pause", "GET /all/%s/messages",
	} {
		for _, id := range []string{"0", "-1", "x", "1.0", "9223372036854775808"} {
			got := d.send(t, fmt.Sprintf(route, id), "{}")
			require.Equal(t, 400, got.Status, route)
			require.Len(t, got.Errors, 1, route)
			require.Contains(t, []string{"endpointId", "messageId"}, got.Errors[0].Field)
		}
	}
	require.Empty(t, d.store.Calls())
}

func TestCreate_NewEndpoint_GetsASealedSecretAndTheUsualRate(t *testing.T) {
	t.Parallel()
	for body, rate := range map[string]int16{
		endpoint: 7, strings.Replace(endpoint, ",\"perSecond\":7", "", 1): 5, strings.Replace(endpoint, "7", "0", 1): 5,
	} {
		d := newDesk(t, false)
		var created store.NewWebhookEndpoint
		d.store.Does("CreateWebhookEndpoint", func(args ...any) ([]any, error) {
			require.Equal(t, store.WebhookOwner(8), args[0])
			created = args[1].(store.NewWebhookEndpoint)
			return []any{market.WebhookEndpoint{ID: 2, URL: created.URL}}, nil
		})
		got := d.send(t, "POST /own", body)
		require.Equal(t, 201, got.Status, got.Message)
		require.Equal(t, rate, created.PerSecond, body)
		require.Equal(t, "https://shop.example/hook", created.URL)
		require.Equal(t, []string{"order.paid", "payout.failed"}, created.Events)
		d.opens(t, got, created.Secret)
	}
}

// opens checks that an answer has the secret that was stored sealed.
func (d *desk) opens(t *testing.T, got reply, sealed []byte) {
	t.Helper()
	var shown market.WebhookEndpoint
	require.NoError(t, json.Unmarshal(got.Data, &shown))
	require.True(t, strings.HasPrefix(shown.Secret, "whsec_"), shown.Secret)
	require.NotContains(t, string(sealed), shown.Secret)
	opened, err := d.seals.Open(sealed)
	require.NoError(t, err)
	require.Equal(t, opened, shown.Secret)
}

func TestRotate_EachTime_MakesAnotherSecret(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	var sealed []byte
	d.store.Does("RotateWebhookSecret", func(args ...any) ([]any, error) {
		sealed = args[2].([]byte)
		return []any{market.WebhookEndpoint{ID: 2}}, nil
	})
	seen := map[string]bool{}
	for range 10 {
		got := d.send(t, "PUT /own/2/secret", "")
		require.Equal(t, 200, got.Status)
		d.opens(t, got, sealed)
		require.False(t, seen[string(got.Data)])
		seen[string(got.Data)] = true
	}
}

// TestEndpoints_BadFields_AreNamed, when they are created and when they are changed.
func TestEndpoints_BadFields_AreNamed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	long := `"https://shop.example/` + strings.Repeat("x", 1000) + `"`
	events := func(n int) string {
		return `["` + strings.Join(make([]string, n), `order.paid","`) + `order.paid"]`
	}
	for field, values := range map[string][]string{
		"url":       {long, `1`, `[]`},
		"events":    {`[]`, events(21), `["order.lost"]`, `["order.paid",""]`, `["ORDER.PAID"]`, `"order.paid"`},
		"perSecond": {`-1`, `51`, `32768`, `1.5`, `"5"`},
		"status":    {`"DELETED"`, `"active"`, `1`},
	} {
		for _, value := range values {
			for _, route := range []string{"POST /own", "PUT /own/2"} {
				if field == "status" && route == "POST /own" {
					continue // it has none
				}
				body := map[string]json.RawMessage{}
				require.NoError(t, json.Unmarshal([]byte(endpoint), &body))
				body[field] = json.RawMessage(value)
				encoded, err := json.Marshal(body)
				require.NoError(t, err)
				got := d.send(t, route, string(encoded))
				require.Equal(t, 400, got.Status, "%s %s=%.40s", route, field, value)
				require.Equal(t, field, strings.Split(got.Errors[0].Field, "[")[0], "%s %.40s: %s", route, value,
					got.Message)
			}
		}
	}
	for _, body := range []string{`{}`, `{"url":"https://shop.example"}`, `{"events":["order.paid"]}`,
		`{"url":"","events":[]}`} {
		require.Equal(t, 400, d.send(t, "POST /own", body).Status, body)
	}
	require.Empty(t, d.store.Calls())
}

// TestEndpoints_Address_MustBeHTTPS, so that nothing reads the messages on their way; in the local profile it need not.
func TestEndpoints_Address_MustBeHTTPS(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]bool{ // in production, and locally
		"https://shop.example":             {true, true},
		"https://shop.example:443/a?b=c":   {true, true},
		"https://shop.example:8443":        {false, true},
		"http://shop.example":              {false, true},
		"https://user:pw@shop.example":     {false, false},
		"https://shop.example/#fragment":   {false, false},
		"ftp://shop.example":               {false, false},
		"//shop.example":                   {false, false},
		"shop.example":                     {false, false},
		"https://":                         {false, false},
		"https:///hook":                    {false, false},
		"https://shop.example/%zz":         {false, false},
		"javascript:alert(1)//https://a.b": {false, false},
	} {
		for i, local := range []bool{false, true} {
			d := newDesk(t, local)
			body, err := json.Marshal(map[string]any{"url": address, "events": []string{"order.paid"}})
			require.NoError(t, err)
			for route, success := range map[string]int{"POST /own": 201, "PUT /own/2": 200} {
				got := d.send(t, route, string(body))
				if want[i] {
					require.Equal(t, success, got.Status, "%s local=%t", address, local)
					continue
				}
				require.Equal(t, 400, got.Status, "%s local=%t", address, local)
			}
			if !want[i] {
				require.Empty(t, d.store.Calls())
			}
		}
	}
}

func TestCreate_EveryEvent_IsTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	for _, event := range market.WebhookEvents {
		body := fmt.Sprintf(`{"url":"https://shop.example","events":[%q]}`, event)
		require.Equal(t, 201, d.send(t, "POST /own", body).Status, event)
	}
	require.Len(t, d.store.Calls(), len(market.WebhookEvents))
	got := d.send(t, "POST /own", `{"url":"https://shop.example","events":["order.lost"]}`)
	for _, event := range market.WebhookEvents {
		require.Contains(t, got.Message, event, "the answer lists what there is")
	}
}

func TestMessages_OfAnEndpoint_AreShown(t *testing.T) {
	t.Parallel()
	d := newDesk(t, false)
	answer := "500 Internal Server Error"
	d.store.Returns("WebhookMessages", market.Page[market.WebhookMessage]{Content: []market.WebhookMessage{{
		ID: 3, Event: "order.paid", Data: json.RawMessage(`{"orderId":7}`), Status: market.WebhookFailed, Attempts: 9,
		Answer: &answer,
	}}})
	got := d.send(t, "GET /own/2/messages", "")
	require.Contains(t, string(got.Data), `"data":{"orderId":7},"status":"FAILED","attempts":9,"answer":"500 Internal`)
	for _, query := range []string{"?status=SENT", "?status=failed", "?size=0", "?page=-1"} {
		require.Equal(t, 400, d.send(t, "GET /own/2/messages"+query, "").Status, query)
	}
	for _, query := range []string{"?status=DELIVERED", "?status=failed", "?size=101"} {
		require.Equal(t, 400, d.send(t, "GET /own"+query, "").Status, query)
		require.Equal(t, 400, d.send(t, "GET /all"+query, "").Status, query)
	}
}
