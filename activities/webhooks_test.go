package activities

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/standardwebhooks"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/webhooks"
)

// Messages are delivered in order and once, none after a refused one, and none after the process
// stops or the endpoint responds 410.
func TestTellEndpoint_EndpointRefuses_StopsThere(t *testing.T) {
	t.Parallel()
	ctx, shop := t.Context(), testrig.NewShop(t, 1, time.Now)
	seals, err := auth.NewSeals("webhooks", "a secret of tests that is long enough to be one", "")
	require.NoError(t, err)
	var told []string
	answers := map[string]int{}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("Webhook-Id")
		told = append(told, id)
		w.WriteHeader(max(answers[id], http.StatusOK))
	}))
	defer receiver.Close()
	e, err := shop.CreateWebhookEndpoint(ctx, market.SellerID(shop.SellerIDs[0]), store.NewWebhookEndpoint{
		URL: receiver.URL, Events: []string{"order.paid"}, PerSecond: 50,
		Secret: seals.Seal(standardwebhooks.NewSecret()),
	})
	require.NoError(t, err)
	_, err = shop.Pool().Exec(ctx, `INSERT INTO webhook_messages (endpoint_id, entry_id, event, happened_at, payload)
		SELECT $1, n, 'order.paid', now(), '{}' FROM generate_series(1, 8) n`, e.ID)
	require.NoError(t, err)

	a := &Activities{Store: shop.Store, Webhooks: webhooks.NewSender(true), WebhookSecrets: seals}
	var suite testsuite.WorkflowTestSuite
	tell := func(stopping bool) (came DeliveryResult) {
		env := suite.NewTestActivityEnvironment()
		env.RegisterActivity(a)
		stop := make(chan struct{})
		if stopping {
			close(stop)
		}
		env.SetWorkerStopChannel(stop)
		done, err := env.ExecuteActivity(a.TellEndpoint, e.ID)
		require.NoError(t, err)
		require.NoError(t, done.Get(&came))
		return came
	}
	answers["msg_3"] = http.StatusServiceUnavailable
	require.Equal(t, DeliveryResult{Messages: 2, Refused: 3}, tell(false))
	require.Equal(t, DeliveryResult{Refused: 3}, tell(false))
	delete(answers, "msg_3")
	require.Equal(t, DeliveryResult{Messages: 1, More: true}, tell(true))
	answers["msg_6"] = http.StatusGone
	require.Equal(t, DeliveryResult{Messages: 2}, tell(false))
	require.Equal(t, DeliveryResult{}, tell(false))
	require.Equal(t, []string{"msg_1", "msg_2", "msg_3", "msg_3", "msg_3", "msg_4", "msg_5", "msg_6"}, told)
	e, err = shop.AnyWebhookEndpoint(ctx, e.ID)
	require.NoError(t, err)
	require.Equal(t, market.WebhookGone, *e.Problem)
	require.Equal(t, 1, shop.Number(t, "SELECT count(*) FROM mails WHERE kind = 'WEBHOOK_PAUSED'"))
}
