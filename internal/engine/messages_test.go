package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/temporal"

	"github.com/all-in-market/market/workflows"
)

// messagesOf returns a client of a server that answers the start of a standalone activity with an error.
func messagesOf(t *testing.T, answer error) (*Client, *mocks.Client) {
	t.Helper()
	server := mocks.NewClient(t)
	server.On("ExecuteActivity", mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil, answer)
	return NewClient(server, NewAnswers(nil)), server
}

func TestStartMessage_ServerWithoutStandaloneActivities_StartsAWorkflow(t *testing.T) {
	t.Parallel()
	c, server := messagesOf(t, serviceerror.NewUnimplemented("unknown method StartActivityExecution"))
	server.On("ExecuteWorkflow", mock.Anything, mock.MatchedBy(func(o client.StartWorkflowOptions) bool {
		return o.ID == workflows.RestockWorkflowID(7, 1) && o.StaticSummary == "Product 7 is back in stock"
	}), mock.Anything, workflows.RestockInput{ProductID: 7, RestockID: 1}).Return(nil, nil).Once()
	require.NoError(t, c.StartRestock(t.Context(), workflows.RestockInput{ProductID: 7, RestockID: 1}))
}

func TestStartMessage_SentBefore_StartsNothing(t *testing.T) {
	t.Parallel()
	c, _ := messagesOf(t, serviceerror.NewActivityExecutionAlreadyStarted("it has been sent", "", ""))
	require.NoError(t, c.StartAccountMail(t.Context(), 1, false))
}

func TestStartMessage_Outage_IsAnError(t *testing.T) {
	t.Parallel()
	c, _ := messagesOf(t, serviceerror.NewUnavailable("away"))
	require.Error(t, c.StartOrderNotification(t.Context(), 1))
}

// A message's activity is started as its workflow schedules it.
func TestStartMessage_HasThePolicyOfTheWorkflow(t *testing.T) {
	t.Parallel()
	c, server := messagesOf(t, nil)
	for bulk, priority := range map[bool]int{false: 0, true: 5} {
		require.NoError(t, c.StartAccountMail(t.Context(), 5, bulk))
		server.AssertCalled(t, "ExecuteActivity", mock.Anything, client.StartActivityOptions{
			ID: "mail/5", Priority: temporal.Priority{PriorityKey: priority}, TaskQueue: workflows.NotificationQueue, StartToCloseTimeout: time.Minute,
			ScheduleToCloseTimeout: 24 * time.Hour, HeartbeatTimeout: workflows.MailPolicy.HeartbeatTimeout,
			RetryPolicy:              workflows.MailPolicy.RetryPolicy,
			ActivityIDReusePolicy:    enums.ACTIVITY_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
			ActivityIDConflictPolicy: enums.ACTIVITY_ID_CONFLICT_POLICY_USE_EXISTING,
		}, "SendMail", int64(5))
	}
}

func TestActivityQuery_TypesOfMessages_AreTranslated(t *testing.T) {
	t.Parallel()
	query, kind, ok := activityQuery(RunQuery{Type: "AccountMail", Status: "Failed"}.Until(time.Unix(0, 0)))
	require.True(t, ok)
	require.Equal(t, "AccountMail", kind)
	require.Equal(t, "ActivityType = 'SendMail' AND ExecutionStatus = 'Failed' AND StartTime < '1970-01-01T00:00:00Z'",
		query)
	_, _, ok = activityQuery(RunQuery{Type: "Payout"}.Until(time.Unix(0, 0)))
	require.False(t, ok)
}
