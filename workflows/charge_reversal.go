package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// ChargeReversal gives a charge back that no order stands behind: cancelled at
// the gateway, once, and then booked. Both are tried for ever.
func ChargeReversal(ctx workflow.Context, refundID int64) error {
	ctx = workflow.WithActivityOptions(ctx, untilDone)
	if err := workflow.ExecuteActivity(ctx, acts.CancelCharge, refundID).Get(ctx, nil); err != nil {
		return err
	}
	return workflow.ExecuteActivity(ctx, acts.CompleteReversal, refundID).Get(ctx, nil)
}
