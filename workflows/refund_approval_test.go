package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/payloads"
	"github.com/all-in-market/market/internal/vault"
	"github.com/all-in-market/market/workflows"
)

func TestRefundApproval(t *testing.T) {
	t.Parallel()
	request := workflows.RefundRequest{RefundID: 5, BuyerID: 3, OrderID: 7, Reason: market.ReasonDamaged}
	setup := func(t *testing.T) *testsuite.TestWorkflowEnvironment {
		t.Helper()
		var s testsuite.WorkflowTestSuite
		e := s.NewTestWorkflowEnvironment()
		e.RegisterActivity(acts)
		e.OnActivity(acts.OpenRefund, mock.Anything, request).Return(
			activities.OpenedRefund{RefundID: 5, Amount: 1000, Status: market.RefundPending}, nil).Maybe()
		t.Cleanup(func() { e.AssertExpectations(t) })
		return e
	}
	decision := func(n int, name string, approve bool) activities.DecideRefundInput {
		d := workflows.RefundDecision{DecisionID: name, Approve: approve}
		if !approve {
			d.Reason = "no"
		}
		return activities.DecideRefundInput{RefundID: 5, Signal: n, Name: workflows.RefundDecisionSignal, Decision: d}
	}
	// The id of an operator's decision is "signal-<run>-<n>"; the run's id is empty in the test environment.
	decided := func(
		e *testsuite.TestWorkflowEnvironment, in activities.DecideRefundInput, status market.RefundStatus, applied bool,
	) {
		e.OnActivity(acts.DecideRefund, mock.Anything,
			in).Return(activities.DecidedRefund{Status: status, Applied: applied},
			nil).Once()
	}
	signal := func(e *testsuite.TestWorkflowEnvironment, after time.Duration, d workflows.RefundDecision) {
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.RefundDecisionSignal, d) }, after)
	}
	run := func(t *testing.T, e *testsuite.TestWorkflowEnvironment,
		in workflows.RefundInput) (r workflows.RefundResult) {
		t.Helper()
		e.ExecuteWorkflow(workflows.RefundApproval, in)
		require.True(t, e.IsWorkflowCompleted())
		require.NoError(t, e.GetWorkflowError())
		require.NoError(t, e.GetWorkflowResult(&r))
		return r
	}
	in := workflows.RefundInput{RefundRequest: request}

	t.Run("ThePolicySaysWhenADecisionIsOverdue", func(t *testing.T) {
		t.Parallel()
		var s testsuite.WorkflowTestSuite
		e := s.NewTestWorkflowEnvironment()
		e.RegisterActivity(acts)
		e.OnActivity(acts.OpenRefund, mock.Anything, request).Return(activities.OpenedRefund{
			RefundID: 5, Status: market.RefundPending, RemindAfter: time.Hour, EscalateAfter: 3 * time.Hour,
		}, nil)
		began, reminded := e.Now(), []time.Duration{}
		e.OnActivity(acts.RemindOfRefund, mock.Anything, mock.Anything).Return(
			func(context.Context, activities.RemindOfRefundInput) error {
				reminded = append(reminded, e.Now().Sub(began))
				return nil
			})
		decided(e, decision(0, "d1", false), market.RefundDenied, true)
		signal(e, 10*time.Hour, workflows.RefundDecision{DecisionID: "d1", Reason: "no"})
		run(t, e, in)
		require.Equal(t, []time.Duration{time.Hour, 3 * time.Hour}, reminded)
	})

	t.Run("TheFirstOfTwoApprovalsIsNotTheEnd", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		decided(e, decision(0, "d1", true), market.RefundPending, true)
		decided(e, decision(1, "d2", true), market.RefundProcessing, true)
		e.OnActivity(acts.CancelCharge, mock.Anything, int64(5)).Return(activities.CancelOutcome{}, nil).Once()
		e.OnActivity(acts.CompleteRefund, mock.Anything, int64(5)).Return(nil).Once()
		signal(e, time.Minute, workflows.RefundDecision{DecisionID: "d1", Approve: true})
		signal(e, 2*time.Minute, workflows.RefundDecision{DecisionID: "d2", Approve: true})
		require.Equal(t, market.RefundSuccess, run(t, e, in).Status)
	})

	t.Run("ApprovedAfterDaysWithReminderAndEscalation", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.RemindOfRefund, mock.Anything, activities.RemindOfRefundInput{RefundID: 5}).Return(nil).Once()
		e.OnActivity(acts.RemindOfRefund, mock.Anything,
			activities.RemindOfRefundInput{RefundID: 5, Escalate: true}).Return(
			nil).Once()
		signal(e, 200*time.Hour, workflows.RefundDecision{Approve: true})
		decided(e, decision(0, "signal--0", true), market.RefundProcessing, true)
		e.OnActivity(acts.CancelCharge, mock.Anything, int64(5)).Return(activities.CancelOutcome{}, nil).Once()
		e.OnActivity(acts.CompleteRefund, mock.Anything, int64(5)).Return(nil).Once()
		require.Equal(t, market.RefundSuccess, run(t, e, in).Status)
	})
	t.Run("DeniedInTimeIsNotRemindedOf", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		signal(e, time.Hour, workflows.RefundDecision{DecisionID: "a", Reason: "no"})
		decided(e, decision(0, "a", false), market.RefundDenied, true)
		require.Equal(t, market.RefundDenied, run(t, e, in).Status)
	})
	t.Run("ADecisionThatCannotBeRecordedIsIgnored", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		signal(e, time.Hour, workflows.RefundDecision{DecisionID: "a", Reason: "no"})
		e.OnActivity(acts.DecideRefund, mock.Anything, decision(0, "a", false)).Return(activities.DecidedRefund{},
			refused(market.CodeInvalidInput)).Once()
		signal(e, 2*time.Hour, workflows.RefundDecision{DecisionID: "b", Reason: "no"})
		decided(e, decision(1, "b", false), market.RefundDenied, true)
		require.Equal(t, market.RefundDenied, run(t, e, in).Status)
	})
	t.Run("ASignalThatIsNoDecisionIsIgnored", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		for _, payload := range []any{nil, "approve", map[string]any{"approve": "yes"}, map[string]any{}} {
			e.RegisterDelayedCallback(func() { e.SignalWorkflow(workflows.RefundDecisionSignal, payload) }, time.Hour)
		}
		signal(e, 2*time.Hour, workflows.RefundDecision{Reason: "no"})
		decided(e, decision(4, "signal--4", false), market.RefundDenied, true)
		require.Equal(t, market.RefundDenied, run(t, e, in).Status)
	})
	t.Run("ADecisionIsReadWithAPayloadCodec", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		codec, err := payloads.Parse(vault.LocalKeys)
		require.NoError(t, err)
		e.SetDataConverter(codec.DataConverter())
		signal(e, time.Hour, workflows.RefundDecision{DecisionID: "a", Reason: "no"})
		decided(e, decision(0, "a", false), market.RefundDenied, true)
		require.Equal(t, market.RefundDenied, run(t, e, in).Status)
	})
	t.Run("CancelledWithDecisionsThatHaveArrived_RecordsThem", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		signal(e, time.Hour, workflows.RefundDecision{DecisionID: "a", Approve: true})
		e.OnActivity(acts.DecideRefund, mock.Anything, decision(0, "a", true)).Return(
			func(context.Context, activities.DecideRefundInput) (activities.DecidedRefund, error) {
				e.SignalWorkflow(workflows.RefundDecisionSignal,
					workflows.RefundDecision{DecisionID: "b", Reason: "no"})
				e.CancelWorkflow()
				return activities.DecidedRefund{Status: market.RefundProcessing, Applied: true}, nil
			}).Once()
		decided(e, decision(0, "a", true), market.RefundProcessing, true) // the first call was cancelled
		decided(e, decision(1, "b", false), market.RefundProcessing, false)
		e.ExecuteWorkflow(workflows.RefundApproval, in)
		require.True(t, temporal.IsCanceledError(e.GetWorkflowError()), e.GetWorkflowError())
	})
	t.Run("CancelledWhileADecisionIsRecorded_RecordsIt", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		signal(e, time.Hour, workflows.RefundDecision{DecisionID: "a", Approve: true})
		e.OnActivity(acts.DecideRefund, mock.Anything, decision(0, "a", true)).Return(activities.DecidedRefund{},
			errAway).Once()
		e.RegisterDelayedCallback(e.CancelWorkflow, time.Hour+100*time.Millisecond) // before the next attempt
		decided(e, decision(0, "a", true), market.RefundProcessing, true)
		e.ExecuteWorkflow(workflows.RefundApproval, in)
		require.True(t, temporal.IsCanceledError(e.GetWorkflowError()), e.GetWorkflowError())
	})
	t.Run("FirstDecisionWinsAndTheSecondIsRecorded", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		signal(e, time.Hour, workflows.RefundDecision{DecisionID: "a", Reason: "no"})
		signal(e, time.Hour, workflows.RefundDecision{DecisionID: "b", Approve: true})
		decided(e, decision(0, "a", false), market.RefundDenied, true)
		decided(e, decision(1, "b", true), market.RefundDenied, false)
		require.Equal(t, market.RefundDenied, run(t, e, in).Status)
	})
	t.Run("RefusedByTheGatewayWaitsForTheNextDecision", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		signal(e, time.Hour, workflows.RefundDecision{DecisionID: "a", Approve: true})
		decided(e, decision(0, "a", true), market.RefundProcessing, true)
		e.OnActivity(acts.CancelCharge, mock.Anything, int64(5)).Return(
			activities.CancelOutcome{Refusal: market.CodePaymentNotRefundable}, nil).Once()
		e.OnActivity(acts.FailRefund, mock.Anything,
			activities.FailRefundInput{RefundID: 5, Why: market.CodePaymentNotRefundable}).Return(nil).Once()
		signal(e, 2*time.Hour, workflows.RefundDecision{DecisionID: "b", Approve: true})
		decided(e, decision(1, "b", true), market.RefundProcessing, true)
		e.OnActivity(acts.CancelCharge, mock.Anything, int64(5)).Return(activities.CancelOutcome{}, nil).Once()
		e.OnActivity(acts.CompleteRefund, mock.Anything, int64(5)).Return(nil).Once()
		require.Equal(t, market.RefundSuccess, run(t, e, in).Status)
	})
	t.Run("AGatewayThatIsDownForADayFailsTheAttempt", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		signal(e, time.Hour, workflows.RefundDecision{DecisionID: "a", Approve: true})
		decided(e, decision(0, "a", true), market.RefundProcessing, true)
		// the test environment ends at ten
		e.OnActivity(acts.CancelCharge, mock.Anything, int64(5)).Return(activities.CancelOutcome{}, errAway).Times(10)
		e.OnActivity(acts.FailRefund, mock.Anything,
			activities.FailRefundInput{RefundID: 5, Why: market.CodePaymentGatewayError}).Return(nil).Once()
		// It had paid back all the same: a denial then finds that there is nothing to deny.
		signal(e, 48*time.Hour, workflows.RefundDecision{DecisionID: "b", Reason: "no"})
		e.OnActivity(acts.RemindOfRefund, mock.Anything, mock.Anything).Return(nil).Maybe()
		e.OnActivity(acts.ChargeWasCancelled, mock.Anything, int64(5)).Return(true, nil).Once()
		turned := decision(1, "b", false)
		turned.PaidBack = true
		decided(e, turned, market.RefundProcessing, true)
		e.OnActivity(acts.CancelCharge, mock.Anything, int64(5)).Return(activities.CancelOutcome{}, nil).Once()
		e.OnActivity(acts.CompleteRefund, mock.Anything, int64(5)).Return(nil).Once()
		require.Equal(t, market.RefundSuccess, run(t, e, in).Status)
	})
	t.Run("LostRacesAreBookedInTheEnd", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.CancelCharge, mock.Anything, int64(9)).Return(activities.CancelOutcome{}, nil).Once()
		e.OnActivity(acts.CompleteRefund, mock.Anything, int64(9)).Return(conflict()).Times(5)
		e.OnActivity(acts.CompleteRefund, mock.Anything, int64(9)).Return(nil).Once()
		require.Equal(t, market.RefundSuccess, run(t, e, reversalInput(9)).Status)
	})
	t.Run("ReversalIsTriedAgain", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.CancelCharge, mock.Anything, int64(9)).Return(activities.CancelOutcome{}, errAway).Times(9)
		e.OnActivity(acts.CancelCharge, mock.Anything, int64(9)).Return(activities.CancelOutcome{}, nil).Once()
		e.OnActivity(acts.CompleteRefund, mock.Anything, int64(9)).Return(nil).Once()
		require.Equal(t, market.RefundSuccess, run(t, e, reversalInput(9)).Status)
	})
	t.Run("RefusedForGoodIsSettledByHand", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		failed := reversalInput(5)
		failed.Failed = true
		signal(e, time.Hour, workflows.RefundDecision{DecisionID: "a", Approve: true, PaidManually: true})
		e.OnActivity(acts.ChargeWasCancelled, mock.Anything, int64(5)).Return(false, nil).Once()
		byHand := decision(0, "a", true)
		byHand.Decision.PaidManually = true
		decided(e, byHand, market.RefundProcessing, true)
		e.OnActivity(acts.CancelCharge, mock.Anything, int64(5)).Return(activities.CancelOutcome{}, nil).Once()
		e.OnActivity(acts.CompleteRefund, mock.Anything, int64(5)).Return(nil).Once()
		require.Equal(t, market.RefundSuccess, run(t, e, failed).Status)
	})
	t.Run("WhatTheGatewayHasGivenBackIsNotPaidByHandToo", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		failed := reversalInput(5)
		failed.Failed = true
		signal(e, time.Hour, workflows.RefundDecision{DecisionID: "a", Approve: true, PaidManually: true})
		e.OnActivity(acts.ChargeWasCancelled, mock.Anything, int64(5)).Return(true, nil).Once()
		paidBack := decision(0, "a", true)
		paidBack.Decision.PaidManually, paidBack.PaidBack = true, true
		decided(e, paidBack, market.RefundProcessing, true)
		e.OnActivity(acts.CancelCharge, mock.Anything, int64(5)).Return(activities.CancelOutcome{}, nil).Once()
		e.OnActivity(acts.CompleteRefund, mock.Anything, int64(5)).Return(nil).Once()
		require.Equal(t, market.RefundSuccess, run(t, e, failed).Status)
	})
	t.Run("ARunAfterOneThatFailedGoesOnWhereItWas", func(t *testing.T) {
		t.Parallel()
		for status, steps := range map[market.RefundStatus]int{market.RefundProcessing: 1, market.RefundSuccess: 0} {
			var s testsuite.WorkflowTestSuite
			e := s.NewTestWorkflowEnvironment()
			e.RegisterActivity(acts)
			e.OnActivity(acts.OpenRefund, mock.Anything, request).Return(
				activities.OpenedRefund{RefundID: 5, Amount: 1000, Status: status}, nil).Once()
			if steps > 0 {
				e.OnActivity(acts.CancelCharge, mock.Anything, int64(5)).Return(activities.CancelOutcome{},
					nil).Times(steps)
				e.OnActivity(acts.CompleteRefund, mock.Anything, int64(5)).Return(nil).Times(steps)
			}
			require.Equal(t, market.RefundSuccess, run(t, e, in).Status)
			e.AssertExpectations(t)
		}
	})
	t.Run("AnOutageFailsTheRequestAndIsNoRefusal", func(t *testing.T) {
		t.Parallel()
		var s testsuite.WorkflowTestSuite
		e := s.NewTestWorkflowEnvironment()
		e.RegisterActivity(acts)
		e.OnActivity(acts.OpenRefund, mock.Anything, request).Return(activities.OpenedRefund{},
			temporal.NewApplicationError("away", string(market.CodeDatabaseUnavailable)))
		e.ExecuteWorkflow(workflows.RefundApproval, in)
		require.ErrorContains(t, e.GetWorkflowError(), "away")
		var panicked *temporal.PanicError
		require.NotErrorAs(t, e.GetWorkflowError(), &panicked)
	})
	t.Run("RefusedRequestCompletes", func(t *testing.T) {
		t.Parallel()
		var s testsuite.WorkflowTestSuite
		e := s.NewTestWorkflowEnvironment()
		e.RegisterActivity(acts)
		e.OnActivity(acts.OpenRefund, mock.Anything, request).Return(activities.OpenedRefund{},
			refused(market.CodeOrderNotRefundable)).Once()
		require.Equal(t, market.CodeOrderNotRefundable, run(t, e, in).Refusal)
	})
}
