package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// ReconciliationScheduleID is the id of the nightly schedule, and the prefix of its runs' ids.
const ReconciliationScheduleID = "reconciliation"

// ReconciliationInput selects the scope of a comparison: a day, a settlement file, or, when both
// are zero, every day up to yesterday that has not been reconciled.
type ReconciliationInput struct {
	Day    market.Day `json:",omitzero"`
	FileID int64      `json:",omitempty"`
}

// ReconciliationResult counts the compared payments, and the breaks open at the end.
type ReconciliationResult struct {
	Payments, Breaks int
}

// ReconcileSignal has a reconciliation that waits for breaks to heal compare at once.
const ReconcileSignal = "again"

// healing is how long the workflows of payments have to resolve breaks before the comparison is
// repeated.
const healing = 15 * time.Minute

// Reconciliation compares the provider's record of money with payments, refunds and the ledger.
// Each discrepancy becomes a break with a workflow of its own. Where the payment's workflow can
// resolve it, that workflow is signalled, and the comparison is repeated once.
func Reconciliation(ctx workflow.Context, in ReconciliationInput) (result ReconciliationResult, err error) {
	ctx = workflow.WithActivityOptions(ctx, batch)
	days := []market.Day{in.Day}
	if in == (ReconciliationInput{}) {
		if err := workflow.ExecuteActivity(ctx, acts.DaysToReconcile).Get(ctx, &days); err != nil || len(days) == 0 {
			return result, err
		}
	}
	again := workflow.GetSignalChannel(ctx, ReconcileSignal)
	for waited := false; ; {
		for again.ReceiveAsync(nil) { // the comparison below covers all signals so far
		}
		var read activities.ReadFeed
		reading := atProvider(ctx, ProviderEventsQueue, 0, batch)
		err := workflow.ExecuteActivity(reading, acts.ReadProviderEvents, days[0]).Get(ctx, &read)
		if err != nil {
			return result, err
		}
		result = ReconciliationResult{}
		heals := 0
		for _, day := range days {
			var done activities.Reconciled
			if err := workflow.ExecuteActivity(ctx, acts.Reconcile,
				activities.ReconcileInput{Day: day, FileID: in.FileID, ReadUntil: read.Until}).Get(ctx,
				&done); err != nil {
				return result, err
			}
			result.Payments += done.Payments
			result.Breaks, heals = done.Open, done.Healing // every comparison includes all open breaks
		}
		if again.Len() > 0 { // a signal arrived during this comparison
			continue
		}
		if heals == 0 || waited {
			return result, nil
		}
		asked, _ := again.ReceiveWithTimeout(ctx, healing, nil)
		if ctx.Err() != nil {
			return result, ctx.Err()
		}
		waited = !asked
	}
}

// BreakSignal signals to a break's workflow that the break may have been resolved.
const BreakSignal = "news"

// ReconciliationBreak waits until a break is resolved, and returns how: a comparison found that
// provider and books agree, or an admin accepted the discrepancy. The decision is stored in the
// database; the signal only wakes the workflow.
func ReconciliationBreak(ctx workflow.Context, breakID int64) (status market.DiscrepancyStatus, err error) {
	news := workflow.GetSignalChannel(ctx, BreakSignal)
	ctx = workflow.WithActivityOptions(ctx, untilDone)
	for {
		for news.ReceiveAsync(nil) { // one read covers all signals so far
		}
		err = workflow.ExecuteActivity(ctx, acts.LookAtBreak, breakID).Get(ctx, &status)
		if err != nil || status != market.DiscrepancyOpen {
			return status, err
		}
		if err := awaitSignal(ctx, news); err != nil {
			return status, err
		}
		news.Receive(ctx, nil)
	}
}
