package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// OrderExpiry fails orders whose payment has not come in time, and returns their
// number. Workers do so every few seconds without a workflow; this one, by a sparse
// schedule, is the safety net, and by hand an operator's way to do it now.
func OrderExpiry(ctx workflow.Context) (expired int, err error) {
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, sweep), acts.ExpireOrders).Get(ctx, &expired)
	return expired, err
}
