package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// PaymentPollScheduleID is that of the schedule of PaymentPoll; its runs' ids begin with it.
const PaymentPollScheduleID = "payment-poll"

// PaymentPoll reads the payment provider's feed of charges and cancellations since it was last read. A charge whose
// payment is not booked signals the payment's workflow: the provider's message about it is late or lost.
func PaymentPoll(ctx workflow.Context) (read activities.ReadFeed, err error) {
	reading := atProvider(ctx, ProviderEventsQueue, 0, batch)
	err = workflow.ExecuteActivity(reading, acts.ReadProviderEvents, market.Day{}).Get(ctx, &read)
	return read, err
}
