package workflows

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/all-in-market/market/activities"
)

func TestWebhookDelivery_EndpointFails_IsRetriedForThreeDays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		again time.Duration // time of the owner's retry; 0 for never
		sends int
		least time.Duration
	}{
		"nobody mends it": {0, 1 + len(webhookDelays), 75 * time.Hour},
		"its owner has":   {40 * time.Minute, 4 + 1 + len(webhookDelays), 75 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			env.RegisterActivity(acts)
			env.SetTestTimeout(time.Minute)
			sends, given := 0, false
			deliver := func(context.Context, int64) (result activities.DeliveryResult, err error) {
				if !given {
					sends++
					result.Refused = 1
				}
				return result, nil
			}
			env.OnActivity(acts.TellEndpoint, mock.Anything, int64(7)).Return(deliver)
			env.OnActivity(acts.GiveWebhookUp, mock.Anything, activities.GivenUp{EndpointID: 7, MessageID: 1}).
				Return(func(context.Context, activities.GivenUp) error { given = true; return nil }).Once()
			if c.again > 0 {
				env.RegisterDelayedCallback(func() { env.SignalWorkflow(WebhookRetrySignal, nil) }, c.again)
			}
			began := env.Now()
			env.ExecuteWorkflow(WebhookDelivery, int64(7))
			require.NoError(t, env.GetWorkflowError())
			require.True(t, given)
			require.Equal(t, c.sends, sends)
			require.GreaterOrEqual(t, env.Now().Sub(began), c.least)
			require.Less(t, env.Now().Sub(began), c.least+2*time.Hour)
		})
	}
}
