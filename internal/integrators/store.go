package integrators

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// Store is the database of webhook endpoints; *store.Store implements it.
type Store interface {
	AllWebhookEndpoints(
		ctx context.Context, status *market.WebhookEndpointStatus, page market.PageRequest,
	) (market.Page[market.WebhookEndpoint], error)
	AnyWebhookEndpoint(ctx context.Context, id int64) (market.WebhookEndpoint, error)
	CreateWebhookEndpoint(
		ctx context.Context, owner store.WebhookOwner, in store.NewWebhookEndpoint,
	) (e market.WebhookEndpoint, err error)
	DeleteWebhookEndpoint(ctx context.Context, owner store.WebhookOwner, id int64) error
	ReplayWebhookMessage(
		ctx context.Context, owner store.WebhookOwner, endpointID, id int64,
	) (m market.WebhookMessage, err error)
	RotateWebhookSecret(
		ctx context.Context, owner store.WebhookOwner, id int64, secret []byte,
	) (e market.WebhookEndpoint, err error)
	UpdateWebhookEndpoint(
		ctx context.Context, owner store.WebhookOwner, id int64, c store.WebhookChange,
	) (e market.WebhookEndpoint, err error)
	WebhookEndpoint(ctx context.Context, owner store.WebhookOwner, id int64) (market.WebhookEndpoint, error)
	WebhookEndpoints(
		ctx context.Context, owner store.WebhookOwner, status *market.WebhookEndpointStatus, page market.PageRequest,
	) (market.Page[market.WebhookEndpoint], error)
	WebhookMessages(
		ctx context.Context, endpointID int64, status *market.WebhookMessageStatus, page market.PageRequest,
	) (market.Page[market.WebhookMessage], error)
}
