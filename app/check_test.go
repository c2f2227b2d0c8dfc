package app

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/workflows"
)

// The check reports for each service whether it works, without a charge.
func TestCheckConfig_EachService_IsReported(t *testing.T) {
	t.Parallel()
	s, err := portonesim.New(portonesim.Options{StoreID: "store", APISecret: "right"})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	cfg := settings(t)
	cfg.PortOneURL, cfg.PortOneStoreID, cfg.PortOneAPISecret = server.URL, "store", "right"
	cfg.PortOneWebhookSecrets, cfg.PortOneChannels = []string{"whsec_AAAA"}, map[string]string{"CARD": "key"}
	problems := func() map[string]string {
		found := map[string]string{}
		for _, c := range CheckConfig(t.Context(), cfg) {
			found[c.Name] = ""
			if c.Problem != nil {
				found[c.Name] = c.Problem.Error()
			}
		}
		return found
	}
	got := problems()
	require.Empty(t, got["PortOne"])
	require.Empty(t, got["what a serving process needs is set"])
	require.NotEmpty(t, got["PostgreSQL"])
	require.NotEmpty(t, got["Redis"])
	require.NotEmpty(t, got["Temporal"])
	require.Empty(t, s.Books().Payments)

	cfg.PortOneAPISecret = "wrong"
	require.Contains(t, problems()["PortOne"], "401 UNAUTHORIZED")
	cfg.PortOneWebhookSecrets = []string{"not base64!"}
	require.Contains(t, problems()["PortOne"], "PORTONE_WEBHOOK_SECRETS")
	cfg.PortOneChannels = map[string]string{"CRAD": "key"}
	require.Contains(t, problems()["what a serving process needs is set"], `"CRAD"`)
}

func TestCheckHeldChanges_UnknownID_IsAProblem(t *testing.T) {
	t.Parallel()
	require.NoError(t, checkHeldChanges(config.Config{WorkerHeldChanges: workflows.Changes()}))
	unknown := config.Config{WorkerHeldChanges: []string{"four inquiries", "five"}}
	require.ErrorContains(t, checkHeldChanges(unknown), `"five"`)
}
