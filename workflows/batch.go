package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// Batch does to many workflows what an admin has decided: it writes down which they are, and then
// does it to one after the other. To cancel it ends it after the run that has its turn.
func Batch(ctx workflow.Context, batchID int64) (done activities.BatchProgress, err error) {
	policy := batch
	policy.WaitForCancellation = true // what is said to be cancelled does nothing any more
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
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%d of %d runs have had their turn.", done.Ended, done.Of))
	last, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	return done, workflow.ExecuteActivity(workflow.WithActivityOptions(last, untilDone), acts.EndBatch, end).Get(last, nil)
}
