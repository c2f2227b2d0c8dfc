package config_test

import (
	"bytes"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/vault"
)

func set(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, name := range []string{
		"DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS", "JWT_SECRET", "GATEWAY_URL", "BANK_URL", "NOTIFICATION_URL",
		"PORTONE_API_SECRET", "NOTIFICATION_SECRET", "MARKET_PROFILE", "PAYMENT_WAIT", "API_ADDR", "IDEMPOTENCY_RETENTION",
		"UPLOADS_PER_SELLER", "PORTONE_STORE_ID", "PORTONE_WEBHOOK_SECRETS", "PORTONE_CHANNELS", "PORTONE_TEST_CHANNELS",
		"PORTONE_URL", "DATABASE_READ_URL", "JWT_PREVIOUS_SECRET", "NOTIFICATION_CLIENT_ID", "ADMIN_PASSWORD", "BCRYPT_COST",
		"ACCESS_TOKEN_LIFETIME", "ALLOW_INSECURE", "PAGES_URL", "CONSOLE_URL", "DATA_KEYS", "SIGNUP_CONSENT",
		"TERMS_VERSION", "TERMS_URL", "PRIVACY_VERSION", "PRIVACY_URL", "STAFF_SECOND_FACTOR", "IMAGES_PUBLIC_URL",
		"TEMPORAL_API_KEY", "TEMPORAL_API_KEY_FILE", "TEMPORAL_TLS_CLIENT_CERT_PATH", "TEMPORAL_TLS_CLIENT_KEY_PATH",
		"TEMPORAL_PAYLOAD_KEYS", "ISSUER_NAME", "ISSUER_BIZ_NUMBER",
	} {
		t.Setenv(name, variables[name])
	}
}

const webhookSecret = "whsec_aGlkZGVuIGhpZGRlbiBoaWRkZW4="

var complete = map[string]string{
	"DATABASE_URL": "postgres://u:hidden-password@h/d?sslmode=verify-full", "REDIS_URL": "rediss://h:1/0",
	"TEMPORAL_ADDRESS": "h:7233", "JWT_SECRET": "c41f8e07a95b3d62f7108b6e2d9ca354", "BANK_URL": "https://bank",
	"PORTONE_API_SECRET": "hidden-api-secret", "PORTONE_STORE_ID": "store-1",
	"PORTONE_WEBHOOK_SECRETS": webhookSecret, "PORTONE_CHANNELS": "CARD=channel-key-1,KAKAO=channel-key-2",
	"MARKET_PROFILE": "production", "PAYMENT_WAIT": "20s", "API_ADDR": ":8080", "IDEMPOTENCY_RETENTION": "24h",
	"SIGNUP_CONSENT": "required", "TERMS_VERSION": "2026-11", "PRIVACY_VERSION": "2026-11",
	"TERMS_URL": "https://market/terms", "PRIVACY_URL": "https://market/privacy",
	"PAGES_URL": "https://market.example", "ISSUER_NAME": "Market Inc.", "ISSUER_BIZ_NUMBER": "123-45-67891",
	"UPLOADS_PER_SELLER": "2", "DATA_KEYS": "2026:DW7PMJHyU7QVdtc4mfpbvB1+30ChAmPEJYbnSKkKa8w=",
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

// It reads lists and tables, and keeps the secrets out of logs.
func TestPortOne(t *testing.T) {
	set(t, complete)
	t.Setenv("PORTONE_WEBHOOK_SECRETS", webhookSecret+","+webhookSecret)
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
	require.NotContains(t, out.String(), webhookSecret)
}

func TestLoad_VariableMissing_IsNamed(t *testing.T) {
	for name, c := range map[string]struct{ variable, value, message string }{
		"a short secret":           {"JWT_SECRET", "short", "JWT_SECRET"},
		"no secret":                {"JWT_SECRET", "", "JWT_SECRET"},
		"no way to pay":            {"PORTONE_API_SECRET", "", "PORTONE_API_SECRET"},
		"PortOne without a store":  {"PORTONE_STORE_ID", "", "PORTONE_STORE_ID"},
		"no bank in production":    {"BANK_URL", "", "BANK_URL"},
		"a receiver and no secret": {"NOTIFICATION_URL", "https://receiver", "NOTIFICATION_SECRET"},
		"a profile of fancy":       {"MARKET_PROFILE", "staging", "MARKET_PROFILE"},
		"answers not kept":         {"IDEMPOTENCY_RETENTION", "0s", "IDEMPOTENCY_RETENTION"},
		"a wait that never ends":   {"PAYMENT_WAIT", "10m", "PAYMENT_WAIT"},
		"uploads disabled":         {"UPLOADS_PER_SELLER", "0", "UPLOADS_PER_SELLER"},
		"images at a path":         {"IMAGES_PUBLIC_URL", "/images", "IMAGES_PUBLIC_URL"},
		"images without a scheme":  {"IMAGES_PUBLIC_URL", "cdn.example.com", "IMAGES_PUBLIC_URL"},
		"pages without a host":     {"PAGES_URL", "https:///shop", "PAGES_URL"},
		"a key's file without its certificate": {
			"TEMPORAL_TLS_CLIENT_KEY_PATH", "/tls/tls.key", "TEMPORAL_TLS_CLIENT_CERT_PATH",
		},
		"a wait without a unit": {"PAYMENT_WAIT", "10", "PaymentWait"},
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

func TestCheckServing_UnsafeInProduction_IsRefusedByName(t *testing.T) {
	unsafe := map[string][]string{
		"JWT_SECRET": {
			"a-secret-of-32-characters-or-more", strings.Repeat("s", 64), strings.Repeat("ab", 32),
			"changeme-changeme-changeme-changeme", "0123456789abcdef0123456789abcdef", "abcdefghijklmnopqrstuvwxyz012345",
			"all-in-market-jwt-secret-production-key",
		},
		"JWT_PREVIOUS_SECRET":     {"previous"},
		"DATA_KEYS":               {"", "a:short", vault.LocalKeys, "a:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="},
		"TEMPORAL_PAYLOAD_KEYS":   {"clear", "a:short", "clear," + vault.LocalKeys, vault.LocalKeys},
		"TERMS_URL":               {"", "http://market/terms"},
		"PRIVACY_URL":             {"", "http://market/privacy"},
		"NOTIFICATION_SECRET":     {"short"},
		"ISSUER_BIZ_NUMBER":       {""},
		"PORTONE_WEBHOOK_SECRETS": {"whsec_YQ==", webhookSecret + ",whsec_YQ==", "not base64!"},
		"BCRYPT_COST":             {"4", "9"},
		"STAFF_SECOND_FACTOR":     {"optional"},
		"ACCESS_TOKEN_LIFETIME":   {"61m", "0s"},
		"ADMIN_PASSWORD":          {"admin1234!", "elevenchars"},
		"GATEWAY_URL":             {"http://gateway", "https://gateway"},
		"PORTONE_TEST_CHANNELS":   {"true"},
		"PORTONE_URL":             {"http://api.portone.io"},
		"BANK_URL":                {"http://bank"},
		"NOTIFICATION_URL":        {"http://receiver"},
		"PAGES_URL":               {"", "http://pages"},
		"IMAGES_PUBLIC_URL":       {"http://cdn"},
		"CONSOLE_URL":             {"http://console"},
		"DATABASE_URL": {
			"postgres://u:long-and-own@h/d", "postgres://u:long-and-own@h/d?sslmode=require",
			"postgres://u:postgres@h/d?sslmode=verify-full",
		},
		"DATABASE_READ_URL": {"postgres://u:long-and-own@h/d?sslmode=disable"},
		"REDIS_URL":         {"redis://h:1/0", "rediss://:redis@h:1/0"},
		"ALLOW_INSECURE":    {"JWT_SECRET", "BANK_URL"},
	}
	variables := maps.Clone(complete)
	variables["NOTIFICATION_CLIENT_ID"], variables["NOTIFICATION_URL"] = "market", "https://receiver"
	variables["NOTIFICATION_SECRET"] = "a shared secret of ours"
	variables["TEMPORAL_PAYLOAD_KEYS"] = "clear," + variables["DATA_KEYS"]
	check := func() error {
		set(t, variables)
		c, err := config.Load()
		require.NoError(t, err)
		return c.CheckServing()
	}
	require.NoError(t, check())
	for setting, values := range unsafe {
		safe := variables[setting]
		for _, value := range values {
			variables[setting] = value
			require.ErrorContains(t, check(), setting, value)
			variables["MARKET_PROFILE"] = "local"
			if setting != "JWT_SECRET" && setting != "PORTONE_WEBHOOK_SECRETS" {
				require.NoError(t, check(), "the local profile accepts %s=%s", setting, value)
			}
			variables["MARKET_PROFILE"] = "production"
		}
		variables[setting] = safe
	}

	variables["REDIS_URL"], variables["DATABASE_URL"] = "redis://h:1/0", "postgres://u:long-and-own@h/d?sslmode=disable"
	err := check()
	require.ErrorContains(t, err, "REDIS_URL")
	require.ErrorContains(t, err, "DATABASE_URL", "all problems are named at once")
	variables["ALLOW_INSECURE"] = "DATABASE_URL,REDIS_URL"
	require.NoError(t, check())
}

func TestLoad_TwoAPIKeysOfTemporal_IsRefused(t *testing.T) {
	set(t, complete)
	t.Setenv("TEMPORAL_API_KEY", "key")
	_, err := config.Load()
	require.NoError(t, err)
	t.Setenv("TEMPORAL_API_KEY_FILE", "/key")
	_, err = config.Load()
	require.ErrorContains(t, err, "TEMPORAL_API_KEY_FILE")
}

func TestSite_WithoutPagesURL_HasADefaultInTheLocalProfile(t *testing.T) {
	for _, c := range []struct{ profile, pages, address, site string }{
		{"local", "", ":8080", "http://localhost:8080"}, {"local", "", "127.0.0.1:18080", "http://127.0.0.1:18080"},
		{"local", "https://market.example", ":8080", "https://market.example"}, {"production", "", ":8080", ""},
	} {
		require.Equal(t, c.site, config.Config{Profile: c.profile, PagesURL: c.pages, APIAddr: c.address}.Site())
	}
}

func TestFactorCompulsory_Profile_SetsTheDefault(t *testing.T) {
	for _, c := range []struct {
		profile, setting string
		compulsory       bool
	}{
		{"local", "", false}, {"local", "required", true}, {"local", "optional", false},
		{"production", "", true}, {"production", "required", true},
	} {
		got := config.Config{Profile: c.profile, StaffSecondFactor: c.setting}.FactorCompulsory()
		require.Equal(t, c.compulsory, got, "%s %q", c.profile, c.setting)
	}
	set(t, complete)
	t.Setenv("STAFF_SECOND_FACTOR", "never")
	_, err := config.Load()
	require.ErrorContains(t, err, "STAFF_SECOND_FACTOR")
}

func TestCheckAdminPassword_Profile_SetsTheBound(t *testing.T) {
	for _, c := range []struct {
		profile, password string
		ok                bool
	}{
		{"local", "admin1234!", true}, {"local", "short", false}, {"local", strings.Repeat("x", 73), false},
		{"production", "eleven char", false}, {"production", "twelve chars", true},
		{"production", "a-secret-of-32-characters-or-more", false}, {"production", strings.Repeat("x", 73), false},
	} {
		err := config.Config{Profile: c.profile, AdminPassword: c.password}.CheckAdminPassword()
		require.Equal(t, c.ok, err == nil, "%s %q: %v", c.profile, c.password, err)
	}
}
