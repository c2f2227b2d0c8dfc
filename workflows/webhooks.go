package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
)

// The signals of the workflow that delivers webhooks to an endpoint.
const (
	WebhookSignal      = "news"  // messages are due
	WebhookRetrySignal = "again" // retry a refused message now
)

// webhookDelays are the waits between delivery attempts of a message, as Standard Webhooks
// proposes: over three days.
var webhookDelays = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour,
	20 * time.Hour, 24 * time.Hour,
}

// linger is how long the workflow stays open without messages, so that a busy endpoint has one run
// and not many, and that a message created without a signal during the last delivery is found.
const linger = 5 * time.Second

// WebhookDelivery delivers messages to an endpoint, in order, until none is left or the endpoint is
// paused, and returns how many the endpoint accepted. A refused message is retried for three days,
// and blocks those after it. The messages are stored in the database; a signal only wakes the
// workflow.
func WebhookDelivery(ctx workflow.Context, endpointID int64) (taken int, err error) {
	news, again := workflow.GetSignalChannel(ctx, WebhookSignal), workflow.GetSignalChannel(ctx, WebhookRetrySignal)
	signalled := func() bool { return news.Len()+again.Len() > 0 }
	var refused int64 // the message that waits for its next attempt
	tries := 0        // retries of that message
	for lingered := false; ; {
		for news.ReceiveAsync(nil) || again.ReceiveAsync(nil) { // one read covers all signals so far
		}
		var result activities.DeliveryResult
		err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, webhookDelivery), acts.TellEndpoint,
			endpointID).
			Get(ctx, &result)
		if err != nil {
			return taken, err
		}
		taken += result.Messages
		if result.Refused != refused {
			refused, tries = result.Refused, 0
		}
		over := lingered && result.Messages == 0
		lingered = false
		switch {
		case refused != 0 && tries == len(webhookDelays):
			err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.GiveWebhookUp,
				activities.GivenUp{EndpointID: endpointID, MessageID: refused}).Get(ctx, nil)
		case refused != 0:
			tries++
			if asked, _ := again.ReceiveWithTimeout(ctx, webhookDelays[tries-1], nil); asked {
				tries = 0 // the owner has fixed the endpoint
			}
			err = ctx.Err()
		case result.More || signalled():
		case over:
			return taken, nil
		default:
			lingered = true
			_, err = workflow.AwaitWithTimeout(ctx, linger, signalled)
		}
		if err != nil {
			return taken, err
		}
		if refused == 0 && workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return taken, workflow.NewContinueAsNewError(ctx, WebhookDelivery, endpointID)
		}
	}
}
