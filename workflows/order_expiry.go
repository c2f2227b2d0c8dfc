package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// OrderExpiry fails orders whose payment is overdue, and returns their number. Workers do this
// every few seconds without a workflow; this one, on a sparse schedule, is the safety net, and lets
// an operator do it at once.
func OrderExpiry(ctx workflow.Context) (expired int, err error) {
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, sweep), acts.ExpireOrders).Get(ctx, &expired)
	return expired, err
}
