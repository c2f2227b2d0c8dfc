package store

import (
	"context"

	"github.com/all-in-market/market/internal/market"
)

// followUpLease is for how many seconds a claimed follow-up is nobody else's. A
// worker that starts one takes less; what a dead worker has claimed waits as long.
const followUpLease = 30

// FollowUp is a workflow that a change calls for, written in the change's own
// transaction. Its id names the occasion.
type FollowUp struct {
	ID        int64
	Kind      market.FollowUpKind
	SubjectID int64 // of the product, notification or refund, as the kind says
}

// ClaimFollowUps takes up to most follow-ups to be started, the oldest first. The
// caller starts each and then calls FollowUpStarted; what is not started by then
// is claimed again after the lease.
func (s *Store) ClaimFollowUps(ctx context.Context, most int32) ([]FollowUp, error) {
	rows, err := s.q.ClaimFollowUps(ctx, s.pool, followUpLease, most)
	claimed := make([]FollowUp, len(rows))
	for i, r := range rows {
		claimed[i] = FollowUp{ID: r.ID, Kind: r.Kind, SubjectID: r.SubjectID}
	}
	return claimed, translate(err)
}

// FollowUpStarted forgets a follow-up whose workflow Temporal has acknowledged.
func (s *Store) FollowUpStarted(ctx context.Context, id int64) error {
	return translate(s.q.DeleteFollowUp(ctx, s.pool, id))
}
