package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
)

// Every request has an id and a log line with the caller, and without the request's content.
func TestMiddleware_Request_HasAnIDAndALogLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	h := wrapped(Handle(func(w http.ResponseWriter, r *http.Request) error {
		WithCaller(r, auth.Principal{ID: 7, Role: market.RoleBuyer})
		return market.Failed(market.CodeDatabaseUnavailable, errors.New("connection refused"))
	}), slog.New(slog.NewJSONHandler(&out, nil)), testMetrics(), time.Second)
	r := httptest.NewRequest(http.MethodGet, "/orders?keyword=secret", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, 503, w.Code)
	require.NotContains(t, w.Body.String(), "connection refused")
	id := w.Header().Get("X-Request-Id")
	require.NotEmpty(t, id)
	require.Contains(t, w.Body.String(), id)
	require.Contains(t, out.String(), id)
	require.Contains(t, out.String(), "connection refused")
	require.Contains(t, out.String(), "BUYER/7")
	require.NotContains(t, out.String(), "secret")
}

func TestMiddleware_Request_HasADeadline(t *testing.T) {
	t.Parallel()
	var left time.Duration
	h := wrapped(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		deadline, _ := r.Context().Deadline()
		left = time.Until(deadline)
	}), quietLog(), testMetrics(), 5*time.Second)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	require.Greater(t, left, 4*time.Second)
	require.LessOrEqual(t, left, 5*time.Second)
}

func TestFail_ClientGone_IsNotAnswered(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	Fail(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil), ctx.Err())
	require.Empty(t, w.Body.String())
}

func TestRequire_OtherRole_IsRefused(t *testing.T) {
	t.Parallel()
	passed := 0
	h := Require(market.RoleSeller)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed++ }))
	for role, want := range map[market.Role]int{
		"": 401, market.RoleBuyer: 403, market.RoleAdmin: 403, market.RoleSeller: 200,
	} {
		outer := wrapped(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if role != "" {
				r = WithCaller(r, auth.Principal{ID: 7, Role: role})
			}
			h.ServeHTTP(w, r)
		}), quietLog(), testMetrics(), time.Second)
		w := httptest.NewRecorder()
		outer.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		require.Equal(t, want, w.Code, role)
	}
	require.Equal(t, 1, passed)
}

// The handlers of a caller's own things pass the caller on.
func TestHandlers_Caller_IsPassed(t *testing.T) {
	t.Parallel()
	router := NewRouter(nil)
	router.Handle("/things/{id}", Handle(One(ReadSuccess, "id",
		func(_ context.Context, buyer market.BuyerID, id int64) (string, error) {
			require.Equal(t, market.BuyerID(7), buyer)
			require.EqualValues(t, 9, id)
			return "mine", nil
		})))
	router.Handle("/things", Handle(List(20,
		func(_ context.Context, seller market.SellerID, page market.PageRequest) (market.Page[string], error) {
			require.Equal(t, market.SellerID(7), seller)
			require.Equal(t, 3, page.Page)
			return market.Page[string]{Content: []string{"mine"}}, nil
		})))
	for _, path := range []string{"/things/9", "/things?page=3"} {
		h := wrapped(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			router.ServeHTTP(w, WithCaller(r, auth.Principal{ID: 7}))
		}), quietLog(), testMetrics(), time.Second)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		require.Equal(t, 200, w.Code)
		require.Contains(t, w.Body.String(), "mine")
	}
}

func TestMetrics_Requests_AreCounted(t *testing.T) {
	t.Parallel()
	m := testMetrics()
	router := NewRouter(nil)
	router.Handle("/orders/{orderId}", Handle(func(w http.ResponseWriter, r *http.Request) error {
		return Respond(w, r, ReadSuccess, nil)
	})).Methods(http.MethodGet)
	h := wrapped(router, quietLog(), m, time.Second)
	for _, path := range []string{"/orders/1", "/orders/2", "/nowhere"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	require.Equal(t, 2, testutil.CollectAndCount(m.requests), "one for the route, one for what has none")
}

// Browsers do not store responses unless these permit it.
func TestRespond_Answers_AreNotCached(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	require.NoError(t, Respond(w, httptest.NewRequest(http.MethodGet, "/", nil), ReadSuccess, 1))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	w = httptest.NewRecorder()
	first := httptest.NewRequest(http.MethodGet, "/", nil)
	require.NoError(t, RespondCached(w, first, Public, json.RawMessage(`{"id":1}`)))
	require.NotEqual(t, "no-store", w.Header().Get("Cache-Control"))
	require.NotEmpty(t, w.Header().Get("ETag"))
	cached, loaded := w.Body.String(), httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	require.NoError(t, Respond(loaded, r, ReadSuccess, map[string]int{"id": 1}))
	stamp := regexp.MustCompile(`"timestamp":"[^"]+"`)
	require.Equal(t, stamp.ReplaceAllString(loaded.Body.String(), ""), stamp.ReplaceAllString(cached, ""),
		"an answer is the same whether or not it was cached")
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	again := httptest.NewRecorder()
	require.NoError(t, RespondCached(again, r, Public, json.RawMessage(`{"id":1}`)))
	require.Equal(t, 304, again.Code)
	require.Empty(t, again.Body.String())
}

// No text of a request has one.
func TestWrap_ControlCharacterInTheAddress_IsRefusedWithItsParameter(t *testing.T) {
	t.Parallel()
	for address, field := range map[string]string{
		"/orders?keyword=a%0Ab": "keyword", "/orders?ok=1&sort=%7F": "sort", "/orders?a%00=1": "query",
		"/orders/%0D": "path", "/orders?keyword=%EB%B0%B0%20%2B": "", "/orders?keyword=%zz": "쿼리", "/orders": "",
	} {
		served := false
		w := httptest.NewRecorder()
		serve := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served = true })
		h := wrapped(serve, slog.New(slog.DiscardHandler), testMetrics(), time.Second)
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		require.Equal(t, field == "", served, address)
		if field != "" {
			require.Equal(t, http.StatusBadRequest, w.Code, address)
			require.Contains(t, w.Body.String(), field, address)
		}
	}
}
