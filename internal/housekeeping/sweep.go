package housekeeping

import (
	"context"
	"errors"
	"fmt"

	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// StuckRowRestarted is the message of the log line about a waiting row whose workflow was not running.
const StuckRowRestarted = "stuck row restarted"

// EnsureRunning starts the owner workflows of waiting rows that are not running, a page of each state in a call. That
// should never be needed: each is an alert. A row or a state that fails does not hold up others; an outage ends the
// call. The next call continues with the next page. EnsureRunning is not safe for concurrent use.
func (k *Keeper) EnsureRunning(ctx context.Context) (failed error) {
	if k.swept == nil {
		k.swept = map[string]int64{}
	}
	for _, w := range store.WaitingStates {
		if w.Owner == "" {
			continue
		}
		err := k.sweepState(ctx, w)
		failed = errors.Join(failed, err)
		if outage(err) {
			break
		}
	}
	return failed
}

// sweepState ensures that the workflows of the next page of rows in a state are running.
func (k *Keeper) sweepState(ctx context.Context, w store.WaitingState) (failed error) {
	rows, err := k.Store.WaitingRows(ctx, w, k.swept[w.String()], sweepPage)
	if err != nil {
		return err
	}
	for _, r := range rows {
		started, err := ensureOwner(ctx, k.Workflows, k.Store, w.Owner, r.ID)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s %d: %w", w, r.ID, err))
		}
		if outage(err) {
			return failed
		}
		if started {
			k.Restarted.WithLabelValues(w.String()).Inc()
			k.Log.ErrorContext(ctx, StuckRowRestarted, "state", w.String(), "id", r.ID, "since", r.Since)
		}
		k.swept[w.String()] = r.ID
	}
	if len(rows) < sweepPage {
		k.swept[w.String()] = 0
	}
	return failed
}

// ensureOwner starts the owner workflow of a row with the data that the database has of it, unless it is open, and
// reports whether it did.
func ensureOwner(
	ctx context.Context, c *workflows.Client, s *store.Store, owner store.Owner, id int64,
) (started bool, err error) {
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
		return c.EnsurePayout(ctx, workflows.DuePayout(p.DuePayout), p.Attempt)
	case store.OwnerBreak:
		return c.EnsureBreak(ctx, id)
	case store.OwnerWebhook:
		return c.EnsureWebhooks(ctx, id)
	case store.OwnerBatch:
		return c.EnsureBatch(ctx, id)
	}
	return false, fmt.Errorf("unknown owner workflow %q", owner)
}
