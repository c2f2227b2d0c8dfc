package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// Batch applies an admin's action to many workflow runs: it stores the list of runs, and then
// operates on one after the other. A cancelled batch ends after its current run.
func Batch(ctx workflow.Context, batchID int64) (done activities.BatchProgress, err error) {
	policy := batch
	policy.WaitForCancellation = true // a batch reported as cancelled must not operate on another run
	ctx = workflow.WithActivityOptions(ctx, policy)
	err = workflow.ExecuteActivity(ctx, acts.ListBatch, batchID).Get(ctx, nil)
	if err == nil {
		err = workflow.ExecuteActivity(ctx, acts.OperateOnBatch, batchID).Get(ctx, &done)
	}
	end := activities.EndBatchInput{BatchID: batchID, Status: market.BatchDone}
	switch {
	case temporal.IsCanceledError(err):
		end.Status = market.BatchCancelled
	case err != nil:
		return done, err
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%d of %d runs processed.", done.Ended, done.Of))
	last, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	return done, workflow.ExecuteActivity(workflow.WithActivityOptions(last, untilDone), acts.EndBatch, end).Get(last,
		nil)
}
