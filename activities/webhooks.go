package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/webhooks"
)

// deliverFor is about how long an attempt delivers messages before it ends and another begins.
const deliverFor = 20 * time.Second

// DeliveryResult is the outcome of delivering messages to an endpoint.
type DeliveryResult struct {
	Messages int // delivered
	// Refused is the message that the endpoint did not accept, or 0.
	Refused int64 `json:",omitempty"`
	More    bool  `json:",omitempty"` // messages are left: the time was up, or the process is stopping
}

// TellEndpoint delivers the due messages of an endpoint, one after the other within its rate limit,
// until one is not accepted, and stores the responses. If a process dies before a response is
// stored, the message is sent twice with the same id, which receivers of webhooks must expect. An
// endpoint that responds that it is gone is paused.
//
// The activity paces the messages itself, because a workflow timer takes up to a second.
func (a *Activities) TellEndpoint(ctx context.Context, endpointID int64) (result DeliveryResult, err error) {
	for end := time.Now().Add(deliverFor); ; {
		w, due, err := a.Store.NextWebhook(ctx, endpointID)
		if err != nil || !due {
			return result, err
		}
		if time.Now().After(end) {
			result.More = true
			return result, nil
		}
		turn := time.After(time.Second / time.Duration(w.PerSecond))
		outcome, err := a.deliver(ctx, w)
		switch {
		case err != nil:
			return result, err
		case outcome.Delivered:
			result.Messages++
			report(ctx, result.Messages)
		case !outcome.Gone:
			result.Refused = w.ID
			return result, nil
		}
		select {
		case <-ctx.Done():
			return result, ctx.Err()
		case <-activity.GetWorkerStopChannel(ctx): // another process continues
			result.More = true
			return result, nil
		case <-turn:
		}
	}
}

// tell sends a message once, and stores the outcome.
func (a *Activities) deliver(ctx context.Context, w store.WebhookToSend) (o webhooks.Outcome, err error) {
	m := webhooks.Message{ID: w.ID, Event: w.Event, At: w.HappenedAt, Data: w.Data, URL: w.URL}
	for _, sealed := range w.Secrets {
		secret, err := a.WebhookSecrets.Open(sealed)
		if err != nil {
			return o, err
		}
		m.Secrets = append(m.Secrets, secret)
	}
	if o, err = a.Webhooks.Send(ctx, m); err != nil {
		return o, err
	}
	if err = a.Store.NoteWebhookAttempt(ctx, w.ID, o.Answer, o.Delivered); err == nil && o.Gone {
		err = a.Store.PauseWebhookEndpoint(ctx, w.EndpointID, market.WebhookGone)
	}
	return o, err
}

// GivenUp identifies a message that an endpoint has not accepted for days.
type GivenUp struct{ EndpointID, MessageID int64 }

// GiveWebhookUp fails the message and pauses its endpoint; later messages wait for the endpoint's
// owner.
func (a *Activities) GiveWebhookUp(ctx context.Context, in GivenUp) error {
	return a.Store.GiveWebhookUp(ctx, in.EndpointID, in.MessageID)
}
