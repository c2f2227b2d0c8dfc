package store

import (
	"context"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// FollowUpLease is how long the claim of a follow-up is valid. Those that a dead worker has claimed wait for as long.
const FollowUpLease = 30 * time.Second

// FollowUp is a workflow that a change calls for, written in the change's own
// transaction. Its id names the occasion.
type FollowUp struct {
	ID        int64
	Kind      market.FollowUpKind
	SubjectID int64 // of the product, notification or refund, as the kind says
}

// ClaimFollowUps claims up to limit follow-ups for FollowUpLease, the oldest first. The caller starts them and passes
// those that were started to FollowUpsStarted; the others can be claimed again after the lease.
func (s *Store) ClaimFollowUps(ctx context.Context, limit int32) ([]FollowUp, error) {
	rows, err := s.q.ClaimFollowUps(ctx, s.pool, FollowUpLease.Seconds(), limit)
	claimed := make([]FollowUp, len(rows))
	for i, r := range rows {
		claimed[i] = FollowUp{ID: r.ID, Kind: r.Kind, SubjectID: r.SubjectID}
	}
	return claimed, translate(err)
}

// FollowUpsStarted deletes follow-ups whose workflows Temporal has acknowledged.
func (s *Store) FollowUpsStarted(ctx context.Context, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	return translate(s.q.DeleteFollowUps(ctx, s.pool, ids))
}
