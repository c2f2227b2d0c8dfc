package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// ReconciliationScheduleID is that of the nightly schedule; its runs' ids begin with it.
const ReconciliationScheduleID = "reconciliation"

// ReconciliationInput names what is compared: a day, a settlement file, or, when both are
// zero, every day up to yesterday that has not been.
type ReconciliationInput struct {
	Day    market.Day `json:",omitzero"`
	FileID int64      `json:",omitempty"`
}

// ReconciliationResult counts what was compared, and the breaks that were open at the end.
type ReconciliationResult struct {
	Payments, Breaks int
}

// ReconcileSignal has a reconciliation that waits for breaks to heal compare now.
const ReconcileSignal = "again"

// healing is how long the workflows of payments have to heal what a comparison has told
// them of, before it is made again.
const healing = 15 * time.Minute

// Reconciliation holds what the payment provider tells of money against payments, refunds
// and ledger. What does not agree is a break, with a workflow of its own; where the payment's
// workflow can heal it, that is told, and the comparison is made once more.
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
		for again.ReceiveAsync(nil) { // this comparison is the one that was asked for
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
				activities.ReconcileInput{Day: day, FileID: in.FileID, ReadUntil: read.Until}).Get(ctx, &done); err != nil {
				return result, err
			}
			result.Payments += done.Payments
			result.Breaks, heals = done.Open, done.Healing // every comparison looks at all that is open
		}
		if again.Len() > 0 { // it was asked for while this comparison was made
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

// BreakSignal tells a break's workflow that something has become of it.
const BreakSignal = "news"

// ReconciliationBreak waits until a break is resolved, and returns how: a comparison has
// found that provider and we agree, or an admin accepts it. What was decided stands in the
// database; the signal only tells to look.
func ReconciliationBreak(ctx workflow.Context, breakID int64) (status market.BreakStatus, err error) {
	news := workflow.GetSignalChannel(ctx, BreakSignal)
	ctx = workflow.WithActivityOptions(ctx, untilDone)
	for {
		for news.ReceiveAsync(nil) { // one look is enough for all of them
		}
		err = workflow.ExecuteActivity(ctx, acts.LookAtBreak, breakID).Get(ctx, &status)
		if err != nil || status != market.BreakOpen {
			return status, err
		}
		if err := awaitSignal(ctx, news); err != nil {
			return status, err
		}
		news.Receive(ctx, nil)
	}
}
