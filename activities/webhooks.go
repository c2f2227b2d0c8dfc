package activities

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/webhooks"
)

// webhookChunk is how many messages a workflow reads at a time.
const webhookChunk = 20

// DueWebhooks are the next messages that an endpoint is to be told, in order.
func (a *Activities) DueWebhooks(ctx context.Context, endpointID int64) ([]int64, error) {
	return a.Store.DueWebhookMessages(ctx, endpointID, webhookChunk)
}

// WebhookSent is what came of an attempt to tell an endpoint of something.
type WebhookSent struct {
	Over bool // it is delivered, or not to be delivered now: nothing is left to be tried
	// PerSecond is how many messages the endpoint takes.
	PerSecond int16 `json:",omitempty"`
}

// SendWebhook tells an endpoint of something once, and keeps what it answers. When a process dies
// before that is kept, it is sent twice with one id, as every receiver of webhooks has to expect. An
// endpoint that wants no more messages is paused.
func (a *Activities) SendWebhook(ctx context.Context, messageID int64) (WebhookSent, error) {
	w, due, err := a.Store.WebhookToSend(ctx, messageID)
	if err != nil || !due {
		return WebhookSent{Over: true}, err
	}
	m := webhooks.Message{ID: w.ID, Event: w.Event, At: w.HappenedAt, Data: w.Data, URL: w.URL}
	for _, sealed := range w.Secrets {
		secret, err := a.WebhookSecrets.Open(sealed)
		if err != nil {
			return WebhookSent{}, err
		}
		m.Secrets = append(m.Secrets, secret)
	}
	outcome, err := a.Webhooks.Send(ctx, m)
	if err != nil {
		return WebhookSent{}, err
	}
	if err := a.Store.NoteWebhookAttempt(ctx, w.ID, outcome.Answer, outcome.Delivered); err != nil {
		return WebhookSent{}, err
	}
	if outcome.Gone {
		err = a.Store.PauseWebhookEndpoint(ctx, w.EndpointID, market.WebhookGone)
	}
	return WebhookSent{Over: outcome.Delivered || outcome.Gone, PerSecond: w.PerSecond}, err
}

// GivenUp names a message that an endpoint has not taken for days.
type GivenUp struct{ EndpointID, MessageID int64 }

// GiveWebhookUp fails the message and pauses its endpoint: what else happens waits for its owner.
func (a *Activities) GiveWebhookUp(ctx context.Context, in GivenUp) error {
	return a.Store.GiveWebhookUp(ctx, in.EndpointID, in.MessageID)
}
