package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// Waits for a started workflow end with the right error.
func TestPay_WaitEnds_HasItsError(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wait time.Duration // of the caller; the answer comes after it, or at once
		late bool
		err  error
		want market.Code
	}{
		"the caller's time is over": {
			time.Second, true, context.DeadlineExceeded, market.CodeRequestTimeout,
		},
		"the server notices first that the time is over": {
			time.Minute, false, serviceerror.NewDeadlineExceeded("context deadline exceeded"),
			market.CodeRequestTimeout,
		},
		"no attempt of a step has ended in time": {time.Minute, false, timedOut(t), market.CodeWorkflowUnavailable},
		"the server goes away": {
			time.Minute, false, serviceerror.NewUnavailable("connection refused"), market.CodeWorkflowUnavailable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), c.wait)
			defer cancel()
			server, run := mocks.NewClient(t), mocks.NewWorkflowRun(t)
			server.On("ExecuteWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(run, nil)
			run.On("GetRunID").Return("run")
			run.On("Get", mock.Anything, mock.Anything).Return(c.err).Run(func(mock.Arguments) {
				if c.late {
					<-ctx.Done()
				}
			})
			_, err := engine.NewClient(server, engine.NewAnswers(nil)).Pay(ctx, workflows.PaymentInput{OrderID: 7})
			require.Equal(t, c.want, market.CodeOf(err))
		})
	}
}

// timedOut is the error of a workflow whose step has not ended in time.
func timedOut(t *testing.T) error {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	e := suite.NewTestWorkflowEnvironment()
	e.RegisterActivity(&activities.Activities{})
	e.OnActivity("PlaceOrder", mock.Anything, mock.Anything).Return(activities.PlacedOrder{},
		temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil))
	e.ExecuteWorkflow(workflows.Checkout, workflows.CheckoutInput{})
	var failed *temporal.WorkflowExecutionError
	require.ErrorAs(t, e.GetWorkflowError(), &failed)
	return failed
}
