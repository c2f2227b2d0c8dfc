package store_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// Each endpoint's, and the one before it, and nothing else is changed.
func TestWebhooks_KeyRotated_AreResealed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := testrig.Store(t, nil)
	in := store.NewWebhookEndpoint{
		URL: "https://example.com", Events: []string{"order.paid"}, PerSecond: 5, Secret: []byte("old"),
	}
	e, err := s.CreateWebhookEndpoint(ctx, 0, in)
	require.NoError(t, err)
	_, err = s.RotateWebhookSecret(ctx, 0, e.ID, []byte("old too"))
	require.NoError(t, err)
	in.Secret = []byte("new")
	_, err = s.CreateWebhookEndpoint(ctx, 0, in)
	require.NoError(t, err)
	reseal := func(sealed []byte) ([]byte, error) {
		if bytes.HasPrefix(sealed, []byte("old")) {
			return append([]byte("new "), sealed...), nil
		}
		return nil, nil
	}
	for range 2 {
		require.NoError(t, s.ResealWebhookSecrets(ctx, reseal))
	}
	var secrets string
	require.NoError(t, s.Pool().QueryRow(ctx, `SELECT string_agg(convert_from(secret, 'UTF8') || '/' ||
		coalesce(convert_from(previous_secret, 'UTF8'), ''), ' ' ORDER BY id) FROM webhook_endpoints`).Scan(&secrets))
	require.Equal(t, "new old too/new old new/", secrets)
	unknown := errors.New("unknown")
	require.ErrorIs(t, s.ResealWebhookSecrets(ctx, func([]byte) ([]byte, error) { return nil, unknown }), unknown)
}

// Other owners cannot see, change or replay an endpoint.
func TestWebhooks_OfAnotherOwner_AreNotFound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := testrig.NewShop(t, 1, nil)
	seller := store.WebhookOwner(s.Number(t, "SELECT min(id) FROM sellers"))
	in := store.NewWebhookEndpoint{
		URL: "https://example.com", Events: []string{"order.paid"}, PerSecond: 5, Secret: []byte("x"),
	}
	e, err := s.CreateWebhookEndpoint(ctx, seller, in)
	require.NoError(t, err)
	for _, other := range []store.WebhookOwner{0, seller + 1} {
		_, err = s.WebhookEndpoint(ctx, other, e.ID)
		require.Equal(t, market.CodeWebhookEndpointNotFound, market.CodeOf(err))
		_, err = s.UpdateWebhookEndpoint(ctx, other, e.ID, store.WebhookChange{})
		require.Equal(t, market.CodeWebhookEndpointNotFound, market.CodeOf(err))
		_, err = s.RotateWebhookSecret(ctx, other, e.ID, []byte("mine"))
		require.Equal(t, market.CodeWebhookEndpointNotFound, market.CodeOf(err))
		require.Equal(t, market.CodeWebhookEndpointNotFound, market.CodeOf(s.DeleteWebhookEndpoint(ctx, other, e.ID)))
		_, err = s.ReplayWebhookMessage(ctx, other, e.ID, 1)
		require.Equal(t, market.CodeWebhookMessageNotFound, market.CodeOf(err))
		listed, err := s.WebhookEndpoints(ctx, other, nil, market.PageRequest{Size: 10})
		require.NoError(t, err)
		require.Empty(t, listed.Content)
	}
	_, err = s.WebhookEndpoint(ctx, seller, e.ID)
	require.NoError(t, err)
}
