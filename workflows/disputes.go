package workflows

import "go.temporal.io/sdk/workflow"

// CancellationSignal reports that a payment has a cancellation that was not checked yet.
const CancellationSignal = "cancelled"

// CancellationCheck opens a dispute for each cancellation of a payment that its provider made
// without our request, and returns the ids of the new disputes. It retries until the provider
// answers.
func CancellationCheck(ctx workflow.Context, paymentID int64) (disputes []int64, err error) {
	news := workflow.GetSignalChannel(ctx, CancellationSignal)
	checking := atProvider(ctx, ProviderEventsQueue, 0, untilDone)
	for {
		for news.ReceiveAsync(nil) { // one check covers all that was reported
		}
		var opened []int64
		if err := workflow.ExecuteActivity(checking, acts.CheckCancellations, paymentID).Get(ctx, &opened); err != nil {
			return disputes, err
		}
		if disputes = append(disputes, opened...); news.Len() == 0 {
			return disputes, nil
		}
	}
}
