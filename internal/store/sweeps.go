package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/store/db"
)

// SweepLease is how long the claim of a state's sweep is valid. Since a claim is kept after its
// page, it is also the minimum time between two pages of a state.
const SweepLease = 50 * time.Second

// Sweep is a claimed sweep of the waiting rows in a state.
type Sweep struct {
	WaitingState
	Position int64 // the id of the last row that was checked; 0 at the beginning of a pass

	claimedUntil time.Time // distinguishes the claim from later ones
}

// ClaimSweep claims the sweep of a state for SweepLease. It returns false while another claim is valid.
func (s OperationStore) ClaimSweep(ctx context.Context, w WaitingState) (sweep Sweep, claimed bool, err error) {
	row, err := s.q.ClaimSweep(ctx, s.pool, w.String(), SweepLease.Seconds())
	if errors.Is(err, pgx.ErrNoRows) {
		return sweep, false, nil
	}
	return Sweep{WaitingState: w, Position: row.Position, claimedUntil: row.ClaimedUntil}, err == nil, translate(err)
}

// MoveSweep stores how far a claimed sweep has come, and keeps its claim unless release is true. It changes nothing
// when another claim was made since.
func (s OperationStore) MoveSweep(ctx context.Context, sweep Sweep, position int64, release bool) error {
	return translate(s.q.MoveSweep(ctx, s.pool, db.MoveSweepParams{
		State: sweep.String(), Position: position, Release: release, ClaimedUntil: sweep.claimedUntil,
	}))
}

// HoldSweeps keeps all workers from claiming a sweep for SweepLease. Claims that are valid end.
func (s OperationStore) HoldSweeps(ctx context.Context) error {
	var states []string
	for _, w := range OwnedStates() {
		states = append(states, w.String())
	}
	return translate(s.q.HoldSweeps(ctx, s.pool, SweepLease.Seconds(), states))
}
