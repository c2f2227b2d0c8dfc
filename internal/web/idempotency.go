package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// Requests remembers answers; *store.Store does.
type Requests interface {
	BeginRequest(ctx context.Context, r store.Request) (*store.Answer, error)
	FinishRequest(ctx context.Context, r store.Request, a store.Answer) error
}

// finishTimeout bounds the time for storing an answer.
const finishTimeout = 5 * time.Second

var idempotencyKey = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,255}$`)

// IdempotencyKey returns the request's key, without quotes, or "" when it has none.
func IdempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	key := strings.TrimSpace(values[0])
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	if len(values) > 1 || !idempotencyKey.MatchString(key) {
		return "", market.Refuse(market.CodeIdempotencyKeyInvalid)
	}
	return key, nil
}

// HashedKey returns a hash of a client's key for workflow ids and histories, since clients may put
// personal data into keys.
func HashedKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}

// Idempotent makes do idempotent: when the request carries an Idempotency-Key, its answer is stored. A
// repeat of the request returns the same answer, with the header Idempotent-Replayed; another
// request with the key is refused. Answers that tell the client to try again are not stored.
func Idempotent(
	w http.ResponseWriter, r *http.Request, requests Requests, principal, operation, key string, body any,
	do func() (Success, any, error),
) error {
	if key == "" {
		s, data, err := do()
		if err != nil {
			return err
		}
		return Respond(w, r, s, data)
	}
	canonical, err := json.Marshal(body)
	if err != nil {
		return err
	}
	fingerprint := sha256.Sum256(canonical)
	request := store.Request{Principal: principal, Operation: operation, Key: key, Fingerprint: fingerprint[:]}
	answered, err := requests.BeginRequest(r.Context(), request)
	if err != nil {
		return err
	}
	if answered != nil {
		w.Header().Set("Idempotent-Replayed", "true")
		write(w, answered.Status, answered.Body)
		return nil
	}
	s, data, err := do()
	var answer store.Answer
	if err != nil {
		answer.Status, answer.Body = encodeFailure(r, err)
		if answer.Status >= 500 || market.CodeOf(err) == market.CodeRedisLockConflict {
			return err
		}
	} else {
		answer.Status = s.Status
		if answer.Body, err = encode(r, s, data); err != nil {
			return err
		}
		if s.Status == http.StatusAccepted {
			write(w, answer.Status, answer.Body)
			return nil
		}
	}
	// The outcome is durable already; if the answer cannot be stored, a repeat of the request
	// determines it again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), finishTimeout)
	defer cancel()
	if err := requests.FinishRequest(ctx, request, answer); err != nil {
		recordError(r.Context(), err)
	}
	write(w, answer.Status, answer.Body)
	return nil
}
