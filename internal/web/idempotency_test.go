package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// kept are the answers of requests, in memory.
type kept struct {
	requests map[string]store.Request
	answers  map[string]*store.Answer
	beginErr error
	keepErr  error
}

func (k *kept) BeginRequest(_ context.Context, r store.Request) (*store.Answer, error) {
	name := r.Principal + r.Operation + r.Key
	if first, ok := k.requests[name]; ok && !bytes.Equal(first.Fingerprint, r.Fingerprint) {
		return nil, market.Refuse(market.CodeIdempotencyKeyReused)
	}
	k.requests[name] = r
	return k.answers[name], k.beginErr
}

func (k *kept) FinishRequest(_ context.Context, r store.Request, a store.Answer) error {
	if k.keepErr == nil {
		k.answers[r.Principal+r.Operation+r.Key] = &a
	}
	return k.keepErr
}

// buy sends a request that does what do says.
func (k *kept) buy(t *testing.T, who, key, body string, do func() (Success, any, error)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	w := httptest.NewRecorder()
	if err := Idempotent(w, r, k, who, "POST /", key, body, do); err != nil {
		Fail(w, r, err)
	}
	return w
}

func newKept() *kept {
	return &kept{requests: map[string]store.Request{}, answers: map[string]*store.Answer{}}
}

// The answer is the first one, to the last byte.
func TestIdempotent_Repeated_ReturnsTheAnswer(t *testing.T) {
	t.Parallel()
	k, done := newKept(), 0
	do := func() (Success, any, error) { done++; return CreateSuccess, done, nil }
	first := k.buy(t, "buyer 1", "k", "body", do)
	second := k.buy(t, "buyer 1", "k", "body", do)
	require.Equal(t, 1, done)
	require.Equal(t, 201, second.Code)
	require.Equal(t, first.Body.String(), second.Body.String())
	require.Empty(t, first.Header().Get("Idempotent-Replayed"))
	require.Equal(t, "true", second.Header().Get("Idempotent-Replayed"))

	require.Equal(t, 422, k.buy(t, "buyer 1", "k", "another body", do).Code)
	require.Equal(t, 201, k.buy(t, "buyer 2", "k", "body", do).Code, "somebody else's key is another")
	require.Equal(t, 201, k.buy(t, "buyer 1", "", "body", do).Code)
	require.Equal(t, 201, k.buy(t, "buyer 1", "", "body", do).Code, "without a key each request is one of its own")
	require.Equal(t, 4, done)
}

// A refusal is one, what asks the client to try again is none.
func TestIdempotent_EachStatus_IsKeptOrNot(t *testing.T) {
	t.Parallel()
	for code, isKept := range map[market.Code]bool{
		market.CodeOrderNotFound: true, market.CodeProductOutOfStock: true, market.CodePaymentMismatch: true,
		market.CodeRedisLockConflict: false, market.CodeDatabaseUnavailable: false, market.CodeRequestTimeout: false,
		market.CodePaymentFailed: false,
	} {
		k, done := newKept(), 0
		do := func() (Success, any, error) { done++; return Success{}, nil, market.Refuse(code) }
		first, second := k.buy(t, "b", "k", "x", do), k.buy(t, "b", "k", "x", do)
		require.Equal(t, first.Code, second.Code)
		require.Equal(t, map[bool]int{true: 1, false: 2}[isKept], done, code)
	}
	k, done := newKept(), 0
	do := func() (Success, any, error) { done++; return Accepted, nil, nil }
	require.Equal(t, 202, k.buy(t, "b", "k", "x", do).Code)
	require.Equal(t, 202, k.buy(t, "b", "k", "x", do).Code)
	require.Equal(t, 2, done, "what is under way is asked for again")
}

func TestIdempotent_StoreFails_AnswersOrRefuses(t *testing.T) {
	t.Parallel()
	k := newKept()
	k.keepErr = errors.New("no database")
	w := k.buy(t, "b", "k", "x", func() (Success, any, error) { return CreateSuccess, 1, nil })
	require.Equal(t, 201, w.Code)

	k.beginErr = market.Failed(market.CodeDatabaseUnavailable, k.keepErr)
	done := false
	w = k.buy(t, "b", "other", "x", func() (Success, any, error) { done = true; return CreateSuccess, 1, nil })
	require.Equal(t, 503, w.Code)
	require.Equal(t, "2", w.Header().Get("Retry-After"))
	require.False(t, done, "what cannot be remembered is not begun")
}

func TestIdempotencyKey_Quoted_IsTheSame(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{"abc": "abc", `"abc"`: "abc", "a:b_c.d-e": "a:b_c.d-e"} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Idempotency-Key", value)
		key, err := IdempotencyKey(r)
		require.NoError(t, err, value)
		require.Equal(t, want, key)
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	key, err := IdempotencyKey(r)
	require.NoError(t, err)
	require.Empty(t, key)
	r.Header.Set("Idempotency-Key", " abc ")
	key, err = IdempotencyKey(r)
	require.NoError(t, err)
	require.Equal(t, "abc", key)
	r.Header.Del("Idempotency-Key")
	r.Header.Add("Idempotency-Key", "a")
	r.Header.Add("Idempotency-Key", "b")
	_, err = IdempotencyKey(r)
	require.Equal(t, market.CodeIdempotencyKeyInvalid, market.CodeOf(err))
	require.NotContains(t, HashedKey("kim@example.com"), "kim")
	require.NotEqual(t, HashedKey("a"), HashedKey("b"))
}
