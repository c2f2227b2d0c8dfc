package store

import (
	"context"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// FollowUpLease is how long the claim of a follow-up is valid, and hence how long those claimed by
// a dead worker wait.
const FollowUpLease = 30 * time.Second

// FollowUp is an outbox entry for starting a workflow, written in the transaction of the change
// that requires it. Its id identifies the occasion.
type FollowUp struct {
	ID        int64
	Kind      market.FollowUpKind
	SubjectID int64 // of the product, notification or refund, depending on the kind
	Bulk      bool  // all others come first
}

// ClaimFollowUps claims up to limit follow-ups for FollowUpLease, the oldest first and bulk ones last. The caller
// starts them and passes those that were started to FollowUpsStarted; the others can be claimed again after the lease.
func (s OperationStore) ClaimFollowUps(ctx context.Context, limit int32) ([]FollowUp, error) {
	rows, err := s.q.ClaimFollowUps(ctx, s.pool, FollowUpLease.Seconds(), limit)
	claimed := make([]FollowUp, len(rows))
	for i, r := range rows {
		claimed[i] = FollowUp{ID: r.ID, Kind: r.Kind, SubjectID: r.SubjectID, Bulk: r.Bulk}
	}
	return claimed, translate(err)
}

// FollowUpsStarted deletes follow-ups whose workflows Temporal has acknowledged.
func (s OperationStore) FollowUpsStarted(ctx context.Context, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	return translate(s.q.DeleteFollowUps(ctx, s.pool, ids))
}
