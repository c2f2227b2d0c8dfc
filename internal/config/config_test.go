package config_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/config"
)

func set(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, name := range []string{
		"DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS", "JWT_SECRET", "GATEWAY_URL", "BANK_URL", "NOTIFICATION_URL",
		"PORTONE_API_SECRET", "NOTIFICATION_SECRET", "MARKET_PROFILE", "PAYMENT_WAIT", "API_ADDR", "IDEMPOTENCY_RETENTION",
		"UPLOADS_PER_SELLER",
	} {
		t.Setenv(name, variables[name])
	}
}

var complete = map[string]string{
	"DATABASE_URL": "postgres://u:hidden-password@h/d", "REDIS_URL": "redis://h:1/0", "TEMPORAL_ADDRESS": "h:7233",
	"JWT_SECRET": "0123456789abcdef0123456789abcdef", "GATEWAY_URL": "https://gateway", "BANK_URL": "https://bank",
	"MARKET_PROFILE": "production", "PAYMENT_WAIT": "20s", "API_ADDR": ":8080", "IDEMPOTENCY_RETENTION": "24h",
	"UPLOADS_PER_SELLER": "2",
}

func TestComplete(t *testing.T) {
	set(t, complete)
	c, err := config.Load()
	require.NoError(t, err)
	require.NoError(t, c.CheckServing())
	require.Equal(t, 20*time.Second, c.PaymentWait)

	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("starting", "config", c)
	require.NotContains(t, out.String(), "hidden-password")
	require.NotContains(t, out.String(), complete["JWT_SECRET"])
	require.Contains(t, out.String(), `"TEMPORAL_ADDRESS":"h:7233"`)
}

// TestPortOne reads lists and tables, and keeps the secrets out of logs.
func TestPortOne(t *testing.T) {
	set(t, complete)
	t.Setenv("GATEWAY_URL", "")
	t.Setenv("PORTONE_API_SECRET", "hidden-api-secret")
	t.Setenv("PORTONE_STORE_ID", "store-1")
	t.Setenv("PORTONE_WEBHOOK_SECRETS", "whsec_hidden1,whsec_hidden2")
	t.Setenv("PORTONE_CHANNELS", "CARD=channel-key-1,KAKAO=channel-key-2")
	c, err := config.Load()
	require.NoError(t, err)
	require.NoError(t, c.CheckServing())
	require.Equal(t, map[string]string{"CARD": "channel-key-1", "KAKAO": "channel-key-2"}, c.PortOneChannels)
	require.Len(t, c.PortOneWebhookSecrets, 2)
	require.Equal(t, "https://api.portone.io", c.PortOneURL)
	require.Empty(t, c.PaymentGateway())
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("starting", "config", c)
	require.NotContains(t, out.String(), "hidden")
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ variable, value, message string }{
		"a short secret":           {"JWT_SECRET", "short", "JWT_SECRET"},
		"no secret":                {"JWT_SECRET", "", "JWT_SECRET"},
		"no way to pay":            {"GATEWAY_URL", "", "PORTONE_API_SECRET"},
		"PortOne without a store":  {"PORTONE_API_SECRET", "secret", "PORTONE_STORE_ID"},
		"no bank in production":    {"BANK_URL", "", "BANK_URL"},
		"a receiver and no secret": {"NOTIFICATION_URL", "https://receiver", "NOTIFICATION_SECRET"},
		"a profile of fancy":       {"MARKET_PROFILE", "staging", "MARKET_PROFILE"},
		"answers not kept":         {"IDEMPOTENCY_RETENTION", "0s", "IDEMPOTENCY_RETENTION"},
		"a wait that never ends":   {"PAYMENT_WAIT", "10m", "PAYMENT_WAIT"},
		"nobody may upload":        {"UPLOADS_PER_SELLER", "0", "UPLOADS_PER_SELLER"},
		"a wait without a unit":    {"PAYMENT_WAIT", "10", "PaymentWait"},
	} {
		t.Run(name, func(t *testing.T) {
			variables := map[string]string{}
			for k, v := range complete {
				variables[k] = v
			}
			variables[c.variable] = c.value
			set(t, variables)
			loaded, err := config.Load()
			if err == nil {
				err = loaded.CheckServing()
			}
			require.ErrorContains(t, err, c.message)
		})
	}
}
