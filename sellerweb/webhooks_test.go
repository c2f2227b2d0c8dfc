package sellerweb

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func aWebhook() url.Values {
	return url.Values{
		"url": {"https://example.com/hooks"}, "events": {"order.paid", "payout.failed"}, "perSecond": {"7"},
	}
}

func TestWebhooks_Created_ShowsItsSecretOnce(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	require.Contains(t, s.Get(t, base+"/webhooks").Text, "No webhooks yet")
	s.store.Returns("CreateWebhookEndpoint", market.WebhookEndpoint{ID: 5, URL: "https://example.com/hooks"})
	s.store.Forget()
	got := s.Post(t, base+"/webhooks", aWebhook())
	require.Equal(t, http.StatusCreated, got.Status, got.Body)
	require.Regexp(t, "whsec_[A-Za-z0-9+/=]{32,}", got.Text)
	require.True(t, got.HasLink(base+"/webhooks/5"))
	created := s.store.Calls("CreateWebhookEndpoint")
	require.Len(t, created, 1)
	require.Regexp(t, `^CreateWebhookEndpoint\(8, {"Events":\["order.paid","payout.failed"\],"PerSecond":7,"Secret":"[^"]+",`+
		`"URL":"https://example.com/hooks"}\)$`, created[0])
	require.NotContains(t, created[0], "whsec_", "the database has it sealed")
	stocked(t, s)
	require.NotContains(t, s.Get(t, base+"/webhooks/5").Body, "whsec_")
}

func TestWebhooks_Refused_KeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	s.store.Returns("WebhookEndpoints", market.Page[market.WebhookEndpoint]{IsLast: true})
	for field, values := range map[string][]string{
		"url": {"", "http://example.com", "https://example.com:8443"}, "perSecond": {"-1", "1000000", "x"}, "events": nil,
	} {
		for _, value := range append(values, "") {
			if value == "" && field == "perSecond" {
				continue // the usual rate
			}
			for _, path := range []string{base + "/webhooks", base + "/webhooks/5"} {
				typed := aWebhook()
				if typed.Set(field, value); value == "" {
					typed.Del(field)
				}
				got := s.Post(t, path, typed)
				require.Equal(t, 400, got.Status, "%s=%q", field, value)
				require.NotEmpty(t, got.Alerts)
				form := got.Form(path)
				require.True(t, form.Field(field).Invalid, "%s=%q", field, value)
				if field != "url" {
					require.Equal(t, typed.Get("url"), form.Field("url").Value)
				}
			}
		}
	}
	require.Empty(t, s.store.Calls("CreateWebhookEndpoint", "UpdateWebhookEndpoint"))
}

func TestWebhooks_Forms_ChangeTheSellersOwn(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	page := s.Get(t, base+"/webhooks/5")
	require.Equal(t, []string{"WebhookEndpoint(8, 5)", "WebhookMessages(5, null, 0/20)"}, s.calls())
	require.Contains(t, page.Text, "No message accepted for three days")
	require.Contains(t, page.Text, "Not delivered")
	require.Contains(t, page.Actions(), base+"/webhooks/5/messages/2/replay")
	require.NotContains(t, page.Actions(), base+"/webhooks/5/messages/3/replay", "it waits already")
	for path, c := range map[string]struct {
		form             url.Values
		call, leads, now string
	}{
		"": {aWebhook(), `UpdateWebhookEndpoint(8, 5, {"Events":["order.paid","payout.failed"],"PerSecond":7,` +
			`"URL":"https://example.com/hooks"})`, "/webhooks/5", noticeWebhook},
		"/status": {url.Values{"to": {"ACTIVE"}}, `UpdateWebhookEndpoint(8, 5, {"Status":"ACTIVE"})`, "/webhooks/5",
			noticeWebhook},
		"/delete":            {nil, "DeleteWebhookEndpoint(8, 5)", "/webhooks", noticeWebhookDeleted},
		"/messages/2/replay": {nil, "ReplayWebhookMessage(8, 5, 2)", "/webhooks/5", noticeReplay},
	} {
		s.store.Forget()
		got := s.Post(t, base+"/webhooks/5"+path, c.form)
		require.Equal(t, base+c.leads+"?notice="+c.now, got.Outcome, got.Body)
		require.Equal(t, []string{c.call}, s.calls())
	}
	s.store.Forget()
	require.Regexp(t, "whsec_", s.Post(t, base+"/webhooks/5/secret", nil).Text)
	require.Len(t, s.store.Calls("RotateWebhookSecret"), 1)
	require.Equal(t, 400, s.Post(t, base+"/webhooks/5/status", url.Values{"to": {"GONE"}}).Status)
	s.store.Fails("WebhookEndpoint", market.Refuse(market.CodeWebhookEndpointNotFound))
	require.Equal(t, 404, s.Get(t, base+"/webhooks/5").Status)
}

func TestEventNames_EachEvent_IsNamed(t *testing.T) {
	t.Parallel()
	for _, event := range market.WebhookEvents {
		require.NotZero(t, eventNames[event], event)
	}
	require.Len(t, eventNames, len(market.WebhookEvents))
}
