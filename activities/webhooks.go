package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/webhooks"
)

// tellFor is about how long an attempt goes on telling an endpoint; then there is another.
const tellFor = 20 * time.Second

// EndpointTold is what came of telling an endpoint of what has happened.
type EndpointTold struct {
	Messages int // that it has taken
	// Refused is the message that it has not taken; 0 when it has taken all that there was time for.
	Refused int64 `json:",omitempty"`
	More    bool  `json:",omitempty"` // there was no time for all, or the process is stopping
}

// TellEndpoint tells an endpoint of what it is still to be told, one message after the other and no
// faster than it takes, until it does not take one, and keeps what it answers. When a process dies
// before that is kept, a message is sent twice with one id, as every receiver of webhooks has to expect.
// An endpoint that wants no more messages is paused.
//
// It paces itself: a timer of a workflow takes up to a second, however short it is.
func (a *Activities) TellEndpoint(ctx context.Context, endpointID int64) (told EndpointTold, err error) {
	for end := time.Now().Add(tellFor); ; {
		w, due, err := a.Store.NextWebhook(ctx, endpointID)
		if err != nil || !due {
			return told, err
		}
		if time.Now().After(end) {
			told.More = true
			return told, nil
		}
		turn := time.After(time.Second / time.Duration(w.PerSecond))
		outcome, err := a.tell(ctx, w)
		switch {
		case err != nil:
			return told, err
		case outcome.Delivered:
			told.Messages++
			report(ctx, told.Messages)
		case !outcome.Gone:
			told.Refused = w.ID
			return told, nil
		}
		select {
		case <-ctx.Done():
			return told, ctx.Err()
		case <-activity.GetWorkerStopChannel(ctx): // another process goes on
			told.More = true
			return told, nil
		case <-turn:
		}
	}
}

// tell sends a message once, and keeps what came of it.
func (a *Activities) tell(ctx context.Context, w store.WebhookToSend) (o webhooks.Outcome, err error) {
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

// GivenUp names a message that an endpoint has not taken for days.
type GivenUp struct{ EndpointID, MessageID int64 }

// GiveWebhookUp fails the message and pauses its endpoint: what else happens waits for its owner.
func (a *Activities) GiveWebhookUp(ctx context.Context, in GivenUp) error {
	return a.Store.GiveWebhookUp(ctx, in.EndpointID, in.MessageID)
}
