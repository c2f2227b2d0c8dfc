package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	sdkworkflow "go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

func closeEnvironment(t *testing.T) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var s testsuite.WorkflowTestSuite
	e := s.NewTestWorkflowEnvironment()
	e.RegisterActivity(acts)
	for _, w := range []any{
		workflows.DashboardReset, workflows.DailyStatistics, workflows.Settlement, workflows.Payouts, workflows.Payout,
	} {
		e.RegisterWorkflow(w)
	}
	t.Cleanup(func() { e.AssertExpectations(t) })
	return e
}

func TestDayClose_Scheduled_ClosesTheDayBefore(t *testing.T) {
	t.Parallel()
	e := closeEnvironment(t)
	due := market.Date(2026, 3, 16).Start() // midnight in Seoul; the run is hours late
	e.SetStartTime(due.Add(30 * time.Hour))
	require.NoError(t,
		e.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyTime(
			"TemporalScheduledStartTime").ValueSet(due))))
	missed, day := market.Date(2026, 3, 14), market.Date(2026, 3, 15)
	e.OnActivity(acts.OpenDays, mock.Anything, activities.OpenDaysInput{Until: day, Most: 31}).Return(
		[]market.Day{missed, day}, nil).Once()
	var order []string
	step := func(name string) func(mock.Arguments) {
		return func(mock.Arguments) { order = append(order, name) }
	}
	e.OnActivity(acts.OpenDashboards, mock.Anything, mock.Anything).Return(int64(1),
		nil).Run(step("dashboards")).Times(2)
	e.OnActivity(acts.CloseStatistics, mock.Anything, mock.Anything).Return(int64(1),
		nil).Run(step("statistics")).Times(2)
	e.OnActivity(acts.Settle, mock.Anything, market.Period{Start: market.Date(2026, 3, 1), End: day}).Return(int64(1),
		nil).Run(step("settlement")).Once()
	e.OnActivity(acts.CreatePayouts, mock.Anything).Return(int64(1), nil).Run(step("payouts")).Once()
	e.OnActivity(acts.CloseDay, mock.Anything, mock.Anything).Return(nil).Run(step("closed")).Times(2)
	e.OnActivity(acts.AdvanceDueLines, mock.Anything).Return(int64(3), nil).Run(step("due lines")).Once()
	e.OnActivity(acts.DuePayouts, mock.Anything, mock.Anything).Return(
		[]activities.DuePayout{{PayoutID: 7, SettlementID: 9, SellerID: 1, Amount: 100}}, nil).Once()
	e.OnWorkflow(workflows.Payout, mock.Anything, workflows.PayoutInput{PayoutID: 7}).Return(workflows.PayoutPaid,
		nil).Once()
	e.ExecuteWorkflow(workflows.DayClose, workflows.DayCloseInput{})
	require.NoError(t, e.GetWorkflowError())
	var r workflows.DayCloseResult
	require.NoError(t, e.GetWorkflowResult(&r))
	require.Equal(t, []market.Day{missed, day}, r.Closed)
	require.Equal(t, 1, r.Payouts)
	require.Equal(t, int64(3), r.DueLines)
	require.Equal(t,
		[]string{
			"dashboards", "statistics", "closed", "dashboards", "statistics", "settlement", "payouts", "closed", "due lines",
		},
		order,
		"the missed day first, the period when its last day is closed")
}

func TestDayClose_ManyDaysMissed_ContinuesAsNew(t *testing.T) {
	t.Parallel()
	e := closeEnvironment(t)
	days := make([]market.Day, 31)
	for i := range days {
		days[i] = market.Date(2026, 3, 1+i)
	}
	e.OnActivity(acts.OpenDays, mock.Anything, mock.Anything).Return(days, nil).Once()
	e.OnActivity(acts.OpenDashboards, mock.Anything, mock.Anything).Return(int64(0), nil)
	e.OnActivity(acts.CloseStatistics, mock.Anything, mock.Anything).Return(int64(0), nil)
	e.OnActivity(acts.Settle, mock.Anything, mock.Anything).Return(int64(0), nil).Times(2)
	e.OnActivity(acts.CreatePayouts, mock.Anything).Return(int64(0), nil).Times(2)
	e.OnActivity(acts.CloseDay, mock.Anything, mock.Anything).Return(nil).Times(31)
	e.ExecuteWorkflow(workflows.DayClose, workflows.DayCloseInput{Day: "2026-05-01"})
	var again *sdkworkflow.ContinueAsNewError
	require.ErrorAs(t, e.GetWorkflowError(), &again)
}

func TestDayClose_NotADay_IsRefused(t *testing.T) {
	t.Parallel()
	e := closeEnvironment(t)
	e.ExecuteWorkflow(workflows.DayClose, workflows.DayCloseInput{Day: "yesterday"})
	require.ErrorContains(t, e.GetWorkflowError(), "not a date")
	e = closeEnvironment(t)
	e.SetStartTime(market.Date(2026, 3, 16).Start().Add(time.Hour))
	e.ExecuteWorkflow(workflows.DayClose, workflows.DayCloseInput{Day: "2026-03-16"})
	require.ErrorContains(t, e.GetWorkflowError(), "has not ended")
}

func TestPayout(t *testing.T) {
	t.Parallel()
	first := activities.AttemptInput{PayoutID: 7, Attempt: 1, Signal: -1}
	second := activities.AttemptInput{PayoutID: 7, Attempt: 2, Name: workflows.RetrySignal}
	paid, refusedByBank, returned := activities.PayoutOutcome{Outcome: "SUCCESS"}, activities.PayoutOutcome{
		Outcome: "REFUSED", Reason: "closed",
	}, activities.PayoutOutcome{Outcome: "RETURNED"}
	started := func(e *testsuite.TestWorkflowEnvironment, a activities.AttemptInput, held bool) {
		e.OnActivity(acts.StartPayout, mock.Anything, a).Return(activities.StartedPayout{Held: held}, nil).Once()
	}
	sent := func(
		e *testsuite.TestWorkflowEnvironment, a activities.AttemptInput, out activities.PayoutOutcome, err error,
	) {
		e.OnActivity(acts.SendPayout, mock.Anything, a).Return(out, err).Once()
	}
	ended := func(e *testsuite.TestWorkflowEnvironment, a activities.AttemptInput, out activities.PayoutOutcome) {
		e.OnActivity(acts.EndPayout, mock.Anything,
			activities.EndPayoutInput{AttemptInput: a, PayoutOutcome: out}).Return(
			nil).Once()
	}
	stays := func(e *testsuite.TestWorkflowEnvironment, a activities.AttemptInput) {
		e.OnActivity(acts.InquirePayout, mock.Anything, a).Return(paid, nil).Times(2)
		e.OnActivity(acts.FinishPayout, mock.Anything, int64(7)).Return(nil).Once()
	}
	run := func(t *testing.T, e *testsuite.TestWorkflowEnvironment) (r workflows.PayoutResult) {
		t.Helper()
		e.ExecuteWorkflow(workflows.Payout, workflows.PayoutInput{PayoutID: 7})
		require.True(t, e.IsWorkflowCompleted())
		require.NoError(t, e.GetWorkflowError())
		require.NoError(t, e.GetWorkflowResult(&r))
		return r
	}
	t.Run("Paid", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		started(e, first, false)
		sent(e, first, paid, nil)
		ended(e, first, paid)
		stays(e, first)
		require.Equal(t, workflows.PayoutPaid, run(t, e))
	})
	t.Run("HeldUntilTheNextRun", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		started(e, first, true)
		require.Equal(t, workflows.PayoutHeld, run(t, e))
	})
	t.Run("UnknownIsInquiredForDaysAndNeverSentUnderAnotherKey", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		started(e, first, false)
		sent(e, first, activities.PayoutOutcome{}, errAway)
		// the test environment ends at ten
		e.OnActivity(acts.ResolvePayout, mock.Anything, first).Return(activities.PayoutOutcome{}, errAway).Times(9)
		e.OnActivity(acts.ResolvePayout, mock.Anything, first).Return(paid, nil).Once()
		ended(e, first, paid)
		stays(e, first)
		require.Equal(t, workflows.PayoutPaid, run(t, e))
	})
	t.Run("RefusedThenRetriedUnderANewKey", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		started(e, first, false)
		sent(e, first, refusedByBank, nil)
		ended(e, first, refusedByBank)
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.RetrySignal, nil) }, 100*time.Hour)
		started(e, second, false)
		sent(e, second, paid, nil)
		ended(e, second, paid)
		stays(e, second)
		require.Equal(t, workflows.PayoutPaid, run(t, e))
	})
	t.Run("GoesOnWithAnAttemptThatAnEarlierRunHasBegun", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		e.OnActivity(acts.StartPayout, mock.Anything, first).Return(activities.StartedPayout{Begun: true}, nil).Once()
		e.OnActivity(acts.ResolvePayout, mock.Anything, first).Return(paid, nil).Once()
		ended(e, first, paid)
		stays(e, first)
		require.Equal(t, workflows.PayoutPaid, run(t, e))
	})
	t.Run("ReturnedAfterItWasFinal", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		e.OnActivity(acts.StartPayout, mock.Anything, first).Return(
			activities.StartedPayout{Begun: true, Outcome: "SUCCESS", PaidAt: e.Now().Add(-1000 * time.Hour)},
			nil).Once()
		e.OnActivity(acts.InquirePayout, mock.Anything, first).Return(returned, nil).Once()
		ended(e, first, returned)
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.AbandonSignal, nil) }, time.Hour)
		e.OnActivity(acts.AbandonPayout, mock.Anything, mock.Anything).Return(nil).Once()
		require.Equal(t, workflows.PayoutAbandoned, run(t, e))
	})
	t.Run("FailedInAnEarlierRunWaitsForAnOperator", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		e.OnActivity(acts.StartPayout, mock.Anything,
			first).Return(activities.StartedPayout{Begun: true, Outcome: "REFUSED"},
			nil).Once()
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.RetrySignal, nil) }, 100*time.Hour)
		started(e, second, false)
		sent(e, second, paid, nil)
		ended(e, second, paid)
		stays(e, second)
		require.Equal(t, workflows.PayoutPaid, run(t, e))
	})
	t.Run("ReturnedDaysLaterThenAbandoned", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		started(e, first, false)
		sent(e, first, paid, nil)
		ended(e, first, paid)
		e.OnActivity(acts.InquirePayout, mock.Anything, first).Return(paid, nil).Once()
		e.OnActivity(acts.InquirePayout, mock.Anything, first).Return(returned, nil).Once()
		ended(e, first, returned)
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.AbandonSignal, nil) }, 100*time.Hour)
		e.OnActivity(acts.AbandonPayout, mock.Anything,
			activities.AttemptInput{PayoutID: 7, Attempt: 2, Name: workflows.AbandonSignal}).Return(nil).Once()
		require.Equal(t, workflows.PayoutAbandoned, run(t, e))
	})
	off := market.Money(5_00)
	mispaid := activities.PayoutOutcome{Outcome: "MISPAID", Reason: "another amount", BankAmount: &off}
	t.Run("AnotherAmountThenAbandoned", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		started(e, first, false)
		sent(e, first, mispaid, nil)
		ended(e, first, mispaid)
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.AbandonSignal, nil) }, 100*time.Hour)
		e.OnActivity(acts.AbandonPayout, mock.Anything,
			activities.AttemptInput{PayoutID: 7, Attempt: 2, Name: workflows.AbandonSignal}).Return(nil).Once()
		require.Equal(t, workflows.PayoutAbandoned, run(t, e))
	})
	t.Run("AnotherAmountIsReturnedThenRetried", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		started(e, first, false)
		sent(e, first, activities.PayoutOutcome{}, errAway)
		e.OnActivity(acts.ResolvePayout, mock.Anything, first).Return(mispaid, nil).Once()
		ended(e, first, mispaid)
		asked := activities.AttemptInput{PayoutID: 7, Attempt: 1, Name: workflows.InquireSignal}
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.InquireSignal, nil) }, time.Hour)
		e.OnActivity(acts.InquirePayout, mock.Anything, asked).Return(mispaid, nil).Once()
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.RetrySignal, nil) }, 2*time.Hour)
		started(e, second, true) // the money has not come back
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.InquireSignal, nil) }, 3*time.Hour)
		asked.Signal = 1
		e.OnActivity(acts.InquirePayout, mock.Anything, asked).Return(returned, nil).Once()
		ended(e, asked, returned)
		e.RegisterDelayedCallback(func() {
			e.SignalWorkflow(workflows.InquireSignal, nil)
		}, 4*time.Hour) // for the next
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.RetrySignal, nil) }, 5*time.Hour)
		again := second
		again.Signal = 1
		started(e, again, false)
		sent(e, again, paid, nil)
		ended(e, again, paid)
		e.OnActivity(acts.InquirePayout, mock.Anything, mock.Anything).Return(paid, nil).Times(2)
		e.OnActivity(acts.FinishPayout, mock.Anything, int64(7)).Return(nil).Once()
		require.Equal(t, workflows.PayoutPaid, run(t, e))
	})
	t.Run("AnotherAmountIsFoundOutDaysLater", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		started(e, first, false)
		sent(e, first, paid, nil)
		ended(e, first, paid)
		e.OnActivity(acts.InquirePayout, mock.Anything, first).Return(mispaid, nil).Once()
		ended(e, first, mispaid)
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.AbandonSignal, nil) }, 100*time.Hour)
		e.OnActivity(acts.AbandonPayout, mock.Anything, mock.Anything).Return(nil).Once()
		require.Equal(t, workflows.PayoutAbandoned, run(t, e))
	})
	t.Run("AbandonedWithAnotherAmountIsInquired", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		e.OnActivity(acts.StartPayout, mock.Anything, first).Return(
			activities.StartedPayout{Begun: true, Outcome: "MISPAID", Abandoned: true}, nil).Once()
		asked := activities.AttemptInput{PayoutID: 7, Attempt: 1, Name: workflows.InquireSignal}
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.InquireSignal, nil) }, 0)
		e.OnActivity(acts.InquirePayout, mock.Anything, asked).Return(returned, nil).Once()
		ended(e, asked, returned)
		require.Equal(t, workflows.PayoutAbandoned, run(t, e))
	})
	t.Run("WhatCameBeforeAFailureDecidesNothing", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		started(e, first, false)
		sent(e, first, paid, nil)
		ended(e, first, paid)
		for _, early := range []string{workflows.RetrySignal, workflows.RetrySignal, workflows.AbandonSignal} {
			e.RegisterDelayedCallback(func() { e.SignalWorkflow(early, nil) }, time.Hour)
		}
		e.OnActivity(acts.InquirePayout, mock.Anything, first).Return(returned, nil).Once()
		ended(e, first, returned)
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.RetrySignal, nil) }, 100*time.Hour)
		seen := activities.AttemptInput{PayoutID: 7, Attempt: 2, Name: workflows.RetrySignal, Signal: 2}
		started(e, seen, false)
		sent(e, seen, paid, nil)
		ended(e, seen, paid)
		stays(e, seen)
		require.Equal(t, workflows.PayoutPaid, run(t, e))
	})
	t.Run("ARetryOfASellerWhoMayNotBePaidWaitsOn", func(t *testing.T) {
		t.Parallel()
		e := closeEnvironment(t)
		started(e, first, false)
		sent(e, first, refusedByBank, nil)
		ended(e, first, refusedByBank)
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.RetrySignal, nil) }, time.Hour)
		started(e, second, true)
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.RetrySignal, nil) }, 2*time.Hour)
		third := activities.AttemptInput{PayoutID: 7, Attempt: 2, Name: workflows.RetrySignal, Signal: 1}
		started(e, third, false)
		sent(e, third, paid, nil)
		ended(e, third, paid)
		stays(e, third)
		require.Equal(t, workflows.PayoutPaid, run(t, e))
	})
	failed := func(t *testing.T) *testsuite.TestWorkflowEnvironment {
		t.Helper()
		e := closeEnvironment(t)
		started(e, first, false)
		sent(e, first, refusedByBank, nil)
		ended(e, first, refusedByBank)
		return e
	}
	isCancelled := func(t *testing.T, e *testsuite.TestWorkflowEnvironment) {
		t.Helper()
		e.ExecuteWorkflow(workflows.Payout, workflows.PayoutInput{PayoutID: 7})
		require.True(t, temporal.IsCanceledError(e.GetWorkflowError()), e.GetWorkflowError())
	}
	t.Run("CancelledWhileItWaits_Ends", func(t *testing.T) {
		t.Parallel()
		e := failed(t)
		began := e.Now()
		e.RegisterDelayedCallback(e.CancelWorkflow, time.Hour)
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.RetrySignal, nil) }, 100*time.Hour)
		isCancelled(t, e)
		require.Less(t, e.Now().Sub(began), 2*time.Hour, "it takes no later decision")
	})
	t.Run("CancelledWithADecisionThatHasArrived_RecordsIt", func(t *testing.T) {
		t.Parallel()
		e := failed(t)
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.RetrySignal, nil) }, time.Hour)
		e.OnActivity(acts.StartPayout, mock.Anything, second).Return(
			func(context.Context, activities.AttemptInput) (activities.StartedPayout, error) {
				e.SignalWorkflow(workflows.RetrySignal, nil)
				e.CancelWorkflow()
				return activities.StartedPayout{Held: true}, nil
			}).Once()
		next := second
		next.Signal = 1
		started(e, next, false) // the next run continues this attempt
		isCancelled(t, e)
	})
}
