package workflows

import (
	"go.temporal.io/sdk/workflow"
)

const (
	expiryChunk  = 100 // orders in one transaction
	expiryChunks = 200 // in one run; the next run takes the rest
)

// OrderExpiry fails orders whose payment has not come in time, chunk by chunk,
// and returns their number.
func OrderExpiry(ctx workflow.Context) (expired int, err error) {
	ctx = workflow.WithActivityOptions(ctx, sweep)
	for range expiryChunks {
		var n int
		if err := workflow.ExecuteActivity(ctx, acts.ExpireOrders, int32(expiryChunk)).Get(ctx, &n); err != nil {
			return expired, err
		}
		expired += n
		if n < expiryChunk {
			break
		}
	}
	return expired, nil
}
