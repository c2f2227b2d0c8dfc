package housekeeping

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// StuckRowRestarted is the message of the log line about a waiting row whose workflow was not running.
const StuckRowRestarted = "stuck row restarted"

// sweepPage is how many waiting rows of a state are checked together.
const sweepPage = 200

// EnsureRunning starts the owner workflows of waiting rows that are not running. That should never be needed: each is
// an alert. It checks a page of each state, unless another worker has checked one within store.SweepLease, and
// continues with the next page at once while most of a page's workflows were not running, as after the loss of
// Temporal's database. A row that fails does not hold up others. An outage ends the call; the page is repeated later.
func (k *Janitor) EnsureRunning(ctx context.Context) error {
	var failed failures
	for states := store.OwnedStates(); len(states) > 0; {
		var stopped []store.WaitingState
		for _, w := range states {
			mostlyStopped, err := k.sweepState(ctx, w, &failed)
			if err != nil {
				failed.add(fmt.Errorf("%s: %w", w, err))
			}
			if errors.Is(err, errNotTried) || outage(err) {
				return failed.err()
			}
			if mostlyStopped {
				stopped = append(stopped, w)
			}
		}
		states = stopped
	}
	return failed.err()
}

// sweepState checks the next page of rows in a state, and reports whether there are more and most of the page's
// workflows were not running.
func (k *Janitor) sweepState(
	ctx context.Context, w store.WaitingState, failed *failures,
) (mostlyStopped bool, err error) {
	sweep, claimed, err := k.Store.ClaimSweep(ctx, w)
	if err != nil || !claimed {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, store.SweepLease)
	defer cancel()
	rows, err := k.Store.WaitingRows(ctx, w, sweep.Position, sweepPage)
	if err != nil {
		return false, err
	}
	var restarted, running atomic.Int32
	errs := startAll(ctx, len(rows), func(ctx context.Context, i int) error {
		r := rows[i]
		started, err := ensureOwner(ctx, k.Workflows, k.Store, w.Owner, r.ID)
		switch {
		case err != nil:
		case started:
			restarted.Add(1)
			k.Restarted.WithLabelValues(w.String()).Inc()
			k.Log.ErrorContext(ctx, StuckRowRestarted, "state", w.String(), "id", r.ID, "since", r.Since)
		default:
			running.Add(1)
		}
		return err
	})
	for i, err := range errs {
		if errors.Is(err, errNotTried) {
			return false, err
		}
		if err != nil {
			failed.add(fmt.Errorf("%s %d: %w", w, rows[i].ID, err))
		}
	}
	if len(rows) < sweepPage {
		return false, k.Store.MoveSweep(ctx, sweep, 0, false)
	}
	mostlyStopped = restarted.Load() > running.Load()
	return mostlyStopped, k.Store.MoveSweep(ctx, sweep, rows[len(rows)-1].ID, mostlyStopped)
}

// ensureOwner starts the owner workflow of a row with the data that the database has of it, unless it is open, and
// reports whether it did.
func ensureOwner(
	ctx context.Context, c *engine.Client, s *store.Store, owner store.Owner, id int64,
) (started bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	switch owner {
	case store.OwnerPayment:
		buyer, method, err := s.PaymentToRestart(ctx, id)
		if err != nil {
			return false, err
		}
		return c.EnsurePayment(ctx, workflows.PaymentInput{OrderID: id, BuyerID: buyer, Method: method})
	case store.OwnerRefund:
		r, err := s.RefundCharge(ctx, id)
		if err != nil {
			return false, err
		}
		return c.EnsureRefund(ctx, id, r)
	case store.OwnerPayout:
		p, err := s.StandingPayout(ctx, id)
		if err != nil {
			return false, err
		}
		return c.EnsurePayout(ctx, engine.DuePayout(p.DuePayout), p.Attempt)
	case store.OwnerBreak:
		return c.EnsureBreak(ctx, id)
	case store.OwnerWebhook:
		return c.EnsureWebhooks(ctx, id)
	case store.OwnerBatch:
		return c.EnsureBatch(ctx, id)
	}
	return false, fmt.Errorf("unknown owner workflow %q", owner)
}
