// Package integrators implements the management of webhook endpoints for sellers and admins.
package integrators

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/standardwebhooks"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/internal/webhooks"
)

// Webhooks manages webhook endpoints.
type Webhooks struct {
	Store  Store
	Sender *webhooks.Sender // checks addresses
	Seals  *auth.Seals      // of endpoints' secrets
}

// Of returns the handlers for the caller's endpoints: a seller's, or the marketplace's own.
func (s *Webhooks) Of(owner func(*http.Request) store.WebhookOwner) OwnWebhooks {
	return OwnWebhooks{Webhooks: s, owner: func(r *http.Request) (store.WebhookOwner, error) { return owner(r), nil }}
}

// OfAll returns the handlers for the endpoints of all owners, for staff.
func (s *Webhooks) OfAll() OwnWebhooks {
	return OwnWebhooks{Webhooks: s, owner: func(r *http.Request) (owner store.WebhookOwner, err error) {
		id, err := web.ID(r, "endpointId")
		if err != nil {
			return 0, err
		}
		endpoint, err := s.Store.AnyWebhookEndpoint(r.Context(), id)
		if endpoint.SellerID != nil {
			owner = store.WebhookOwner(*endpoint.SellerID)
		}
		return owner, err
	}}
}

// OwnWebhooks are the handlers for an owner's endpoints.
type OwnWebhooks struct {
	*Webhooks
	owner func(*http.Request) (store.WebhookOwner, error) // fails with WEBHOOK_ENDPOINT_NOT_FOUND
}

// endpoint returns the endpoint that the path names, and its owner.
func (s OwnWebhooks) endpoint(r *http.Request) (owner store.WebhookOwner, id int64, err error) {
	if owner, err = s.owner(r); err == nil {
		id, err = web.ID(r, "endpointId")
	}
	return owner, id, err
}

// UsualPerSecond is the default rate of messages to an endpoint.
const UsualPerSecond = 5

// NewEndpoint is a request to create an endpoint.
type NewEndpoint struct {
	URL       string   `json:"url" validate:"required,webhookurl"`
	Events    []string `json:"events" validate:"required,min=1,webhookevents"`
	PerSecond int16    `json:"perSecond" validate:"min=0,webhookrate"`
}

// List answers with the owner's endpoints, the newest first.
func (s OwnWebhooks) List(w http.ResponseWriter, r *http.Request) error {
	owner, err := s.owner(r)
	if err != nil {
		return err
	}
	page, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	status, err := web.Enum[market.WebhookEndpointStatus](r, "status")
	if err != nil {
		return err
	}
	endpoints, err := s.Store.WebhookEndpoints(r.Context(), owner, status, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, endpoints)
}

// ListAll answers with the endpoints of all owners, the newest first.
func (s OwnWebhooks) ListAll(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	status, err := web.Enum[market.WebhookEndpointStatus](r, "status")
	if err != nil {
		return err
	}
	endpoints, err := s.Store.AllWebhookEndpoints(r.Context(), status, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, endpoints)
}

// Switch makes a handler that pauses an endpoint or has it sent what has waited.
func (s OwnWebhooks) Switch(to market.WebhookEndpointStatus) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		owner, id, err := s.endpoint(r)
		if err != nil {
			return err
		}
		endpoint, err := s.Store.UpdateWebhookEndpoint(r.Context(), owner, id, store.WebhookChange{Status: &to})
		if err != nil {
			return err
		}
		return web.Respond(w, r, web.UpdateSuccess, endpoint)
	}
}

// Get answers with one of the owner's endpoints.
func (s OwnWebhooks) Get(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.endpoint(r)
	if err != nil {
		return err
	}
	endpoint, err := s.Store.WebhookEndpoint(r.Context(), owner, id)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, endpoint)
}

// Create answers with a new endpoint and, this once, its secret.
func (s OwnWebhooks) Create(w http.ResponseWriter, r *http.Request) error {
	owner, err := s.owner(r)
	if err != nil {
		return err
	}
	var in NewEndpoint
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	endpoint, err := s.Add(r.Context(), owner, in)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, endpoint)
}

// Add creates an endpoint of an owner, and returns it with its secret.
func (s *Webhooks) Add(
	ctx context.Context, owner store.WebhookOwner, in NewEndpoint,
) (e market.WebhookEndpoint, err error) {
	if err := s.check(&in.URL, in.Events); err != nil {
		return e, err
	}
	secret := standardwebhooks.NewSecret()
	e, err = s.Store.CreateWebhookEndpoint(ctx, owner, store.NewWebhookEndpoint{
		URL: in.URL, Events: in.Events, PerSecond: cmp.Or(in.PerSecond, UsualPerSecond), Secret: s.Seals.Seal(secret),
	})
	e.Secret = secret
	return e, err
}

// EndpointUpdate is a partial update of an endpoint; missing fields stay unchanged.
type EndpointUpdate struct {
	URL       *string                       `json:"url" validate:"omitempty,min=1,webhookurl"`
	Events    []string                      `json:"events" validate:"omitempty,min=1,webhookevents"`
	PerSecond *int16                        `json:"perSecond" validate:"omitempty,min=1,webhookrate"`
	Status    *market.WebhookEndpointStatus `json:"status" validate:"omitempty,enum"`
}

// Update changes an endpoint.
func (s OwnWebhooks) Update(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.endpoint(r)
	if err != nil {
		return err
	}
	var in EndpointUpdate
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	endpoint, err := s.Change(r.Context(), owner, id, in)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, endpoint)
}

// Change changes an endpoint of an owner. Activating it delivers the waiting messages at once.
func (s *Webhooks) Change(
	ctx context.Context, owner store.WebhookOwner, id int64, in EndpointUpdate,
) (e market.WebhookEndpoint, err error) {
	if err := s.check(in.URL, in.Events); err != nil {
		return e, err
	}
	return s.Store.UpdateWebhookEndpoint(ctx, owner, id, store.WebhookChange(in))
}

// check holds an address and events, where they are given, against what there is.
func (s *Webhooks) check(address *string, events []string) error {
	if address != nil && !s.Sender.Takes(*address) {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailEndpointAddress)
	}
	for _, e := range events {
		if !slices.Contains(market.WebhookEvents, e) {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailNotOneOf, "events",
				strings.Join(market.WebhookEvents, ", "))
		}
	}
	return nil
}

// Delete ends an endpoint.
func (s OwnWebhooks) Delete(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.endpoint(r)
	if err != nil {
		return err
	}
	if err := s.Store.DeleteWebhookEndpoint(r.Context(), owner, id); err != nil {
		return err
	}
	return web.Respond(w, r, web.DeleteSuccess, nil)
}

// Rotate gives an endpoint another secret, with which it answers this once.
func (s OwnWebhooks) Rotate(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.endpoint(r)
	if err != nil {
		return err
	}
	endpoint, err := s.RotateSecret(r.Context(), owner, id)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, endpoint)
}

// RotateSecret gives an endpoint of an owner another secret, and returns the endpoint with it. The one before signs
// messages as well for a day.
func (s *Webhooks) RotateSecret(
	ctx context.Context, owner store.WebhookOwner, id int64,
) (e market.WebhookEndpoint, err error) {
	secret := standardwebhooks.NewSecret()
	e, err = s.Store.RotateWebhookSecret(ctx, owner, id, s.Seals.Seal(secret))
	e.Secret = secret
	return e, err
}

// Messages responds with an endpoint's messages, the newest first.
func (s OwnWebhooks) Messages(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.endpoint(r)
	if err != nil {
		return err
	}
	page, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	status, err := web.Enum[market.WebhookMessageStatus](r, "status")
	if err != nil {
		return err
	}
	if _, err := s.Store.WebhookEndpoint(r.Context(), owner, id); err != nil {
		return err
	}
	messages, err := s.Store.WebhookMessages(r.Context(), id, status, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, messages)
}

// Replay queues a message for another delivery.
func (s OwnWebhooks) Replay(w http.ResponseWriter, r *http.Request) error {
	owner, endpoint, err := s.endpoint(r)
	if err != nil {
		return err
	}
	id, err := web.ID(r, "messageId")
	if err != nil {
		return err
	}
	message, err := s.Store.ReplayWebhookMessage(r.Context(), owner, endpoint, id)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, message)
}
