package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
)

// The signals of the workflow of an endpoint of webhooks.
const (
	WebhookSignal      = "news"  // there is something to tell
	WebhookAgainSignal = "again" // what is waited with is to be tried now
)

// webhookDelays are when an endpoint that has not taken a message is told of it again, as Standard
// Webhooks proposes: over three days.
var webhookDelays = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour,
	20 * time.Hour, 24 * time.Hour,
}

// linger is how long the workflow of an endpoint stays when nothing is left: so that a busy endpoint
// has one run and not many, and that a message which was made while the last one was being delivered,
// and of which no signal tells, is seen.
const linger = 5 * time.Second

// WebhookDelivery tells an endpoint of what has happened, in order, until nothing is left or the
// endpoint is paused. A message that it does not take is tried again for three days, and everything
// after it waits. It returns how many messages the endpoint has taken. What is to be told stands in
// the database; a signal only tells to look.
func WebhookDelivery(ctx workflow.Context, endpointID int64) (taken int, err error) {
	news, again := workflow.GetSignalChannel(ctx, WebhookSignal), workflow.GetSignalChannel(ctx, WebhookAgainSignal)
	signalled := func() bool { return news.Len()+again.Len() > 0 }
	var refused int64 // the message that waits for its next attempt
	tries := 0        // how often it has been tried again
	for lingered := false; ; {
		for news.ReceiveAsync(nil) || again.ReceiveAsync(nil) { // one look is enough for all of them
		}
		var told activities.EndpointTold
		err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, telling), acts.TellEndpoint, endpointID).
			Get(ctx, &told)
		if err != nil {
			return taken, err
		}
		taken += told.Messages
		if told.Refused != refused {
			refused, tries = told.Refused, 0
		}
		over := lingered && told.Messages == 0
		lingered = false
		switch {
		case refused != 0 && tries == len(webhookDelays):
			err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.GiveWebhookUp,
				activities.GivenUp{EndpointID: endpointID, MessageID: refused}).Get(ctx, nil)
		case refused != 0:
			tries++
			if asked, _ := again.ReceiveWithTimeout(ctx, webhookDelays[tries-1], nil); asked {
				tries = 0 // the owner has mended something
			}
			err = ctx.Err()
		case told.More || signalled():
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
