package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// The store keeps it sealed, and reads answer without it.
func TestWebhookEndpoints_NewSecret_IsShownOnce(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("CreateWebhookEndpoint", market.WebhookEndpoint{ID: 2})
	s.store.Returns("RotateWebhookSecret", market.WebhookEndpoint{ID: 2})
	secrets := map[string]bool{}
	for route, body := range map[string]string{
		"POST /seller/webhooks":         `{"url":"https://shop.example/hook","events":["` + market.WebhookEvents[0] + `"]}`,
		"PUT /seller/webhooks/2/secret": ``,
	} {
		got := s.send(t, route, body)
		require.Less(t, got.Status, 300, "%s: %s", route, got.body)
		secret := fieldOf(t, got, "secret")
		require.Contains(t, secret, "whsec_")
		require.False(t, secrets[secret])
		secrets[secret] = true
		require.Equal(t, "no-store", got.header.Get("Cache-Control"))
		require.NotContains(t, s.store.Calls()[0], secret[1:len(secret)-1], "it is kept sealed")
		s.store.Forget()
	}
	require.NotContains(t, s.send(t, "GET /seller/webhooks/2", "").body, "whsec_")
}

func TestWebhookMessages_OfAnothersEndpoint_AreNotRead(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Fails("WebhookEndpoint", market.Refuse(market.CodeWebhookEndpointNotFound))
	got := s.send(t, "GET /seller/webhooks/2/messages", "")
	require.Equal(t, 404, got.Status)
	require.Equal(t, []string{"WebhookEndpoint(8, 2)"}, s.store.Calls())
}
