package housekeeping

import (
	"context"
	"errors"
	"fmt"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// Drive looks, a page at a time, whether the workflow of every row that waits is
// open, and starts it when it is not. That should never be needed: each is an alarm.
// A row or a state that fails holds up no other; an outage ends the call.
// The next call goes on with the next page. It is not safe for concurrent use.
func (k *Keeper) Drive(ctx context.Context) (failed error) {
	if k.driven == nil {
		k.driven = map[string]int64{}
	}
	for _, w := range store.WaitingStates {
		if w.Driver == "" {
			continue
		}
		err := k.driveState(ctx, w)
		failed = errors.Join(failed, err)
		if outage(err) {
			break
		}
	}
	return failed
}

// driveState drives the next page of the rows that wait in a state.
func (k *Keeper) driveState(ctx context.Context, w store.WaitingState) (failed error) {
	rows, err := k.Store.DrivenRows(ctx, w, k.driven[w.String()], driveChunk)
	if err != nil {
		return err
	}
	for _, r := range rows {
		started, err := startDriver(ctx, k.Workflows, k.Store, w.Driver, r.ID)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s %d: %w", w, r.ID, err))
		}
		if outage(err) {
			return failed
		}
		if started {
			k.Redriven.WithLabelValues(w.String()).Inc()
			k.Log.ErrorContext(ctx, "a row waited and nothing drove it: its workflow is started again", "state", w.String(),
				"id", r.ID, "since", r.Since)
		}
		k.driven[w.String()] = r.ID
	}
	if len(rows) < driveChunk {
		k.driven[w.String()] = 0
	}
	return failed
}

// outage reports whether an error says that the next call would fail as well.
func outage(err error) bool {
	switch market.CodeOf(err) {
	case market.CodeDatabaseUnavailable, market.CodeWorkflowUnavailable, market.CodeRequestTimeout:
		return true
	}
	return errors.Is(err, context.Canceled)
}

// startDriver starts the workflow that moves a row on, unless it is open, with what
// the database knows of the row, and says whether it did.
func startDriver(
	ctx context.Context, c *workflows.Client, s *store.Store, driver store.Driver, id int64,
) (started bool, err error) {
	switch driver {
	case store.DriverPayment:
		buyer, method, err := s.PaymentToDrive(ctx, id)
		if err != nil {
			return false, err
		}
		return c.DrivePayment(ctx, workflows.PaymentInput{OrderID: id, BuyerID: buyer, Method: method})
	case store.DriverRefund:
		r, err := s.RefundCharge(ctx, id)
		if err != nil {
			return false, err
		}
		return c.DriveRefund(ctx, id, r)
	case store.DriverPayout:
		p, err := s.StandingPayout(ctx, id)
		if err != nil {
			return false, err
		}
		return c.DrivePayout(ctx, workflows.DuePayout(p.DuePayout), p.Attempt)
	case store.DriverBreak:
		return c.DriveBreak(ctx, id)
	case store.DriverWebhook:
		return c.DriveWebhooks(ctx, id)
	case store.DriverBatch:
		return c.DriveBatch(ctx, id)
	}
	return false, fmt.Errorf("nothing is known to drive %q", driver)
}
