package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// PaymentPollScheduleID is the id of the schedule of PaymentPoll, and the prefix of its runs' ids.
const PaymentPollScheduleID = "payment-poll"

// PaymentPoll reads the new charges and cancellations in the payment provider's feed. A charge
// whose payment is not booked signals the payment's workflow: the provider's notification of it is
// late or lost.
func PaymentPoll(ctx workflow.Context) (read activities.ReadFeed, err error) {
	reading := atProvider(ctx, ProviderEventsQueue, 0, batch)
	err = workflow.ExecuteActivity(reading, acts.ReadProviderEvents, market.Day{}).Get(ctx, &read)
	return read, err
}
