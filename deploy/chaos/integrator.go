package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/store"
)

const integratorAddr = "127.0.0.1:18191"

// integrator is a receiver of webhooks that fails at times.
type integrator struct {
	endpoint int64

	mu    sync.Mutex
	r     *rand.Rand
	calm  bool
	taken []int64 // messages, each when it was taken first
}

// openIntegrator serves it, and registers its endpoint with the marketplace.
func openIntegrator(ctx context.Context, t *clients, r *rand.Rand) (*integrator, error) {
	i := &integrator{r: r}
	go func() { _ = http.ListenAndServe(integratorAddr, i) }()
	var made struct{ EndpointID int64 }
	if err := t.mustDo(ctx, http.MethodPost, "/admin/webhooks", map[string]any{
		"url": "http://" + integratorAddr + "/", "events": []string{"order.paid", "order.refunded"}, "perSecond": 50,
	}, &made); err != nil {
		return nil, err
	}
	i.endpoint = made.EndpointID
	return i, nil
}

// ServeHTTP accepts a message, refuses it, or accepts it without a response.
func (i *integrator) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	var id int64
	_, err := fmt.Sscanf(q.Header.Get("Webhook-Id"), "msg_%d", &id)
	body, _ := io.ReadAll(q.Body)
	i.mu.Lock()
	defer i.mu.Unlock()
	mood := i.r.IntN(30)
	if err != nil || !json.Valid(body) || (mood == 0 && !i.calm) {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if !slices.Contains(i.taken, id) {
		i.taken = append(i.taken, id)
	}
	if mood == 1 && !i.calm {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusNoContent)
}

// rest has the endpoint's pending messages delivered, until none is left.
func (i *integrator) rest(ctx context.Context, t *clients, s *store.Store) error {
	i.mu.Lock()
	i.calm = true
	i.mu.Unlock()
	for started := time.Now(); ; {
		var left int
		err := s.Pool().QueryRow(ctx, `SELECT (SELECT count(*) FROM webhook_messages WHERE status <> 'DELIVERED') +
			(SELECT count(*) FROM audit_unchained) + (SELECT max(position) FROM audit_chain) - (SELECT told_up_to FROM webhook_progress)`).Scan(&left)
		if err == nil && left == 0 {
			return nil
		}
		if time.Since(started) > restTimeout {
			return errors.Join(fmt.Errorf("%d webhooks were not taken within %s", left, restTimeout), err)
		}
		step, cancel := context.WithTimeout(ctx, 30*time.Second)
		_ = t.mustDo(step, http.MethodPut, fmt.Sprintf("/admin/webhooks/%d", i.endpoint),
			map[string]any{"status": "ACTIVE"}, nil)
		cancel()
		if !pause(ctx, time.Second) {
			return ctx.Err()
		}
	}
}

// broken returns the messages that were not delivered, or not in order.
func (i *integrator) broken(ctx context.Context, s *store.Store) (broken []string, err error) {
	rows, err := s.Pool().Query(ctx, "SELECT id FROM webhook_messages ORDER BY id")
	if err != nil {
		return nil, err
	}
	made, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, err
	}
	var happened int
	err = s.Pool().QueryRow(ctx, `SELECT count(*) FROM audit_log a WHERE a.action = 'PAYMENT_SUCCESS' OR
		(a.action = 'REFUND_SUCCESS' AND EXISTS (SELECT FROM refund_items i WHERE i.refund_id = a.subject_id))`).Scan(&happened)
	if err != nil {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(made) != happened {
		broken = append(broken, fmt.Sprintf("orders were paid and given back %d times, and %d webhooks tell of it",
			happened, len(made)))
	}
	if !slices.Equal(made, i.taken) {
		broken = append(broken, fmt.Sprintf("webhooks %s were taken in the order %s", numbers(made), numbers(i.taken)))
	}
	return broken, nil
}

func numbers(ids []int64) string { return strings.Join(strings.Fields(fmt.Sprint(ids)), ",") }
