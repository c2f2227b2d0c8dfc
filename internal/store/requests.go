package store

import (
	"bytes"
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Request is a request that carries an Idempotency-Key.
type Request struct {
	Principal   string // role and id: "BUYER/42"
	Operation   string // method and route: "POST /orders"
	Key         string
	Fingerprint []byte // SHA-256 of the request
}

// Answer is the response to a request.
type Answer struct {
	Status int
	Body   []byte // the encoded envelope
}

// BeginRequest registers a request. It returns the stored answer of an earlier, identical request,
// nil when the request is new or still running, or fails with IDEMPOTENCY_KEY_REUSED when the key
// belongs to another request.
func (s OperationStore) BeginRequest(ctx context.Context, r Request) (*Answer, error) {
	for {
		n, err := s.q.BeginRequest(ctx, s.pool, db.BeginRequestParams(r))
		if err != nil || n == 1 {
			return nil, translate(err)
		}
		row, err := s.q.GetRequest(ctx, s.pool, r.Principal, r.Operation, r.Key)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			continue // it was old, and has just been purged: the request is new
		case err != nil:
			return nil, translate(err)
		case !bytes.Equal(row.Fingerprint, r.Fingerprint):
			return nil, market.Refuse(market.CodeIdempotencyKeyReused)
		case row.StatusCode == nil:
			return nil, nil
		}
		return &Answer{Status: int(*row.StatusCode), Body: row.Response}, nil
	}
}

// FinishRequest keeps the answer for repeats of the request.
func (s OperationStore) FinishRequest(ctx context.Context, r Request, a Answer) error {
	status := int32(a.Status)
	return translate(s.q.FinishRequest(ctx, s.pool, db.FinishRequestParams{
		Principal: r.Principal, Operation: r.Operation, Key: r.Key, StatusCode: &status, Response: a.Body,
	}))
}
