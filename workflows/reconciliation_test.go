package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// comparisons runs a reconciliation of which each comparison finds what is given, and
// returns when they were made.
func comparisons(
	t *testing.T, in workflows.ReconciliationInput, days []market.Day, found []activities.Reconciled,
	prepare ...func(*testsuite.TestWorkflowEnvironment),
) (result workflows.ReconciliationResult, at []time.Duration, compared []activities.ReconcileInput) {
	t.Helper()
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	env.RegisterActivity(acts)
	began := env.Now()
	env.OnActivity(acts.DaysToReconcile, mock.Anything).Return(days, nil).Maybe()
	env.OnActivity(acts.ReadProviderEvents, mock.Anything, mock.Anything).Return(activities.ReadFeed{Until: began}, nil)
	env.OnActivity(acts.Reconcile, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ReconcileInput) (activities.Reconciled, error) {
			at, compared = append(at, env.Now().Sub(began)), append(compared, in)
			return found[len(at)-1], nil
		})
	for _, p := range prepare {
		p(env)
	}
	env.ExecuteWorkflow(workflows.Reconciliation, in)
	require.True(t, env.IsWorkflowCompleted())
	require.NoError(t, env.GetWorkflowError())
	require.NoError(t, env.GetWorkflowResult(&result))
	return result, at, compared
}

var day = market.Date(2026, 11, 22)

func TestReconciliation_Differences_AreComparedAgain(t *testing.T) {
	t.Parallel()
	result, at, _ := comparisons(t, workflows.ReconciliationInput{Day: day}, nil, []activities.Reconciled{
		{Payments: 9, Open: 3, Healing: 2}, {Payments: 9, Open: 2, Healing: 1},
	})
	require.Equal(t, workflows.ReconciliationResult{Payments: 9, Breaks: 2}, result)
	require.Equal(t, []time.Duration{0, 15 * time.Minute}, at)
}

func TestReconciliation_OpenDiscrepancies_AreNotAwaited(t *testing.T) {
	t.Parallel()
	result, at, _ := comparisons(t, workflows.ReconciliationInput{Day: day}, nil,
		[]activities.Reconciled{{Payments: 9, Open: 3}})
	require.Equal(t, 3, result.Breaks)
	require.Len(t, at, 1)
}

func TestReconciliation_Signalled_ComparesNow(t *testing.T) {
	t.Parallel()
	heals := activities.Reconciled{Open: 1, Healing: 1}
	_, at, _ := comparisons(t, workflows.ReconciliationInput{Day: day}, nil, []activities.Reconciled{heals, heals, {}},
		func(env *testsuite.TestWorkflowEnvironment) {
			env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.ReconcileSignal, nil) }, time.Minute)
		})
	require.Equal(t, []time.Duration{0, time.Minute, 16 * time.Minute}, at)
}

func TestReconciliation_MissedDays_AreCompared(t *testing.T) {
	t.Parallel()
	_, _, compared := comparisons(t, workflows.ReconciliationInput{}, []market.Day{day, day.Next()},
		[]activities.Reconciled{{}, {}})
	require.Len(t, compared, 2)
	require.Equal(t, day, compared[0].Day)
	require.Equal(t, day.Next(), compared[1].Day)
	_, at, _ := comparisons(t, workflows.ReconciliationInput{}, nil, nil)
	require.Empty(t, at, "without a provider there is nothing to compare")
}

// A break's workflow waits until the break is resolved, after any number of signals.
func TestReconciliationBreak_Open_WaitsUntilResolved(t *testing.T) {
	t.Parallel()
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	env.RegisterActivity(acts)
	looks := 0
	env.OnActivity(acts.LookAtBreak, mock.Anything, int64(5)).Return(
		func(context.Context, int64) (market.DiscrepancyStatus, error) {
			if looks++; looks < 3 {
				return market.DiscrepancyOpen, nil
			}
			return market.DiscrepancyAccepted, nil
		})
	for day := range 2 {
		env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.BreakSignal, nil) },
			time.Duration(day+1)*24*time.Hour)
	}
	env.ExecuteWorkflow(workflows.ReconciliationBreak, int64(5))
	require.NoError(t, env.GetWorkflowError())
	var status market.DiscrepancyStatus
	require.NoError(t, env.GetWorkflowResult(&status))
	require.Equal(t, market.DiscrepancyAccepted, status)
	require.Equal(t, 3, looks)
}

// TestReconciliationBreak_Cancelled_Ends although nothing wakes it up.
func TestReconciliationBreak_Cancelled_Ends(t *testing.T) {
	t.Parallel()
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	env.RegisterActivity(acts)
	env.OnActivity(acts.LookAtBreak, mock.Anything, int64(5)).Return(market.DiscrepancyOpen, nil).Once()
	began := env.Now()
	env.RegisterDelayedCallback(env.CancelWorkflow, time.Hour)
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.BreakSignal, nil) }, 100*time.Hour)
	env.ExecuteWorkflow(workflows.ReconciliationBreak, int64(5))
	require.True(t, temporal.IsCanceledError(env.GetWorkflowError()), env.GetWorkflowError())
	require.Less(t, env.Now().Sub(began), 2*time.Hour)
}

// A request that arrives while a comparison is made is not lost.
func TestReconciliation_AskedForMeanwhile_ComparesAgain(t *testing.T) {
	t.Parallel()
	_, at, _ := comparisons(t, workflows.ReconciliationInput{Day: day}, nil,
		[]activities.Reconciled{{Payments: 1}, {Payments: 1}}, func(env *testsuite.TestWorkflowEnvironment) {
			asked := false
			env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
				if info.ActivityType.Name == "Reconcile" && !asked {
					asked = true
					env.SignalWorkflow(workflows.ReconcileSignal, nil)
				}
			})
		})
	require.Len(t, at, 2)
}
