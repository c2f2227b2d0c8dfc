package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/all-in-market/market/workflows"
)

// A cancellation that is reported during the check is checked too.
func TestCancellationCheck_NotifiedMeanwhile_ChecksAgain(t *testing.T) {
	t.Parallel()
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	env.RegisterActivity(acts)
	checks := 0
	env.OnActivity(acts.CheckCancellations, mock.Anything, int64(7)).Return(
		func(context.Context, int64) ([]int64, error) {
			if checks++; checks == 1 {
				env.SignalWorkflow(workflows.CancellationSignal, nil)
			}
			return []int64{int64(checks)}, nil
		})
	env.ExecuteWorkflow(workflows.CancellationCheck, int64(7))
	require.NoError(t, env.GetWorkflowError())
	var disputes []int64
	require.NoError(t, env.GetWorkflowResult(&disputes))
	require.Equal(t, []int64{1, 2}, disputes)
}
