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

// WebhookDelivery tells an endpoint of what has happened, one message after the other and no faster
// than it takes, until nothing is left or the endpoint is paused. It returns how many messages it has
// brought to an end. What is to be told stands in the database; a signal only tells to look.
func WebhookDelivery(ctx workflow.Context, endpointID int64) (told int, err error) {
	news, again := workflow.GetSignalChannel(ctx, WebhookSignal), workflow.GetSignalChannel(ctx, WebhookAgainSignal)
	signalled := func() bool { return news.Len()+again.Len() > 0 }
	ctx = workflow.WithActivityOptions(ctx, untilDone)
	for lingered := false; ; {
		for news.ReceiveAsync(nil) || again.ReceiveAsync(nil) { // one look is enough for all of them
		}
		var due []int64
		if err := workflow.ExecuteActivity(ctx, acts.DueWebhooks, endpointID).Get(ctx, &due); err != nil {
			return told, err
		}
		if len(due) == 0 {
			if lingered && !signalled() {
				return told, nil
			}
			if _, err := workflow.AwaitWithTimeout(ctx, linger, signalled); err != nil {
				return told, err
			}
		}
		lingered = len(due) == 0
		for _, message := range due {
			perSecond, err := deliver(ctx, endpointID, message)
			if err != nil {
				return told, err
			}
			told++
			if perSecond > 0 {
				if err := workflow.Sleep(ctx, time.Second/time.Duration(perSecond)); err != nil {
					return told, err
				}
			}
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return told, workflow.NewContinueAsNewError(ctx, WebhookDelivery, endpointID)
		}
	}
}

// deliver tells an endpoint of something until it has taken it, or for three days.
func deliver(ctx workflow.Context, endpointID, message int64) (perSecond int16, err error) {
	again := workflow.GetSignalChannel(ctx, WebhookAgainSignal)
	for attempt := 0; ; attempt++ {
		var sent activities.WebhookSent
		err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, webhookOnce), acts.SendWebhook, message).
			Get(ctx, &sent)
		if err != nil || sent.Over {
			return sent.PerSecond, err
		}
		if attempt == len(webhookDelays) {
			return 0, workflow.ExecuteActivity(ctx, acts.GiveWebhookUp,
				activities.GivenUp{EndpointID: endpointID, MessageID: message}).Get(ctx, nil)
		}
		if asked, _ := again.ReceiveWithTimeout(ctx, webhookDelays[attempt], nil); asked {
			attempt = -1 // the owner has mended something
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
}
