package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

var acts *activities.Activities

var errAway = errors.New("no answer")

func conflict() error { return temporal.NewApplicationError("lost the race", "CONFLICT") }

func refused(code market.Code) error {
	return temporal.NewNonRetryableApplicationError(string(code), string(code), nil)
}

func TestPaymentApproval(t *testing.T) {
	t.Parallel()
	in := activities.OpenPaymentInput{OrderID: 7, BuyerID: 3, Method: market.MethodMock}
	open := activities.OpenedPayment{
		Payment: activities.Payment{ID: 70, OrderID: 7, MerchantUID: "m", Amount: 1000, Status: market.PaymentPending},
	}
	ended := activities.OpenedPayment{
		Payment: activities.Payment{ID: 70, OrderID: 7, MerchantUID: "m", Amount: 1000, Status: market.PaymentFailed},
	}
	charged := activities.ChargeOutcome{Charged: true, ImpUID: "imp", Amount: 1000}
	success := activities.BookedPayment{Payment: activities.Payment{ID: 70, OrderID: 7, Status: market.PaymentSuccess}}
	failed := func(code market.Code, reversal int64) activities.BookedPayment {
		return activities.BookedPayment{
			Payment:    activities.Payment{ID: 70, OrderID: 7, Status: market.PaymentFailed, FailureCode: code},
			ReversalID: reversal,
		}
	}
	type env = testsuite.TestWorkflowEnvironment
	setup := func(t *testing.T) *env {
		t.Helper()
		var s testsuite.WorkflowTestSuite
		e := s.NewTestWorkflowEnvironment()
		e.RegisterActivity(acts)
		t.Cleanup(func() { e.AssertExpectations(t) })
		return e
	}
	run := func(t *testing.T, e *env) (r workflows.PaymentResult) {
		t.Helper()
		e.ExecuteWorkflow(workflows.PaymentApproval,
			workflows.PaymentInput{OrderID: in.OrderID, BuyerID: in.BuyerID, Method: in.Method})
		require.True(t, e.IsWorkflowCompleted())
		require.NoError(t, e.GetWorkflowError())
		require.NoError(t, e.GetWorkflowResult(&r))
		return r
	}

	t.Run("Approved", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(open, nil).Once()
		e.OnActivity(acts.Charge, mock.Anything, mock.Anything).Return(charged, nil).Once()
		e.OnActivity(acts.ApprovePayment, mock.Anything,
			activities.BookPaymentInput{OrderID: 7, PaymentID: 70, ImpUID: "imp", Amount: 1000}).Return(success,
			nil).Once()
		r := run(t, e)
		require.Empty(t, r.Refusal)
		require.Equal(t, market.PaymentSuccess, r.Payment.Status)
	})
	t.Run("PaidBefore", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(
			activities.OpenedPayment{Payment: success.Payment, Existing: true}, nil).Once()
		require.True(t, run(t, e).Existing)
	})
	t.Run("Refused", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(open, refused(market.CodeOrderNotPayable)).Once()
		require.Equal(t, market.CodeOrderNotPayable, run(t, e).Refusal)
	})
	t.Run("UnknownOutcomeIsResolvedAndNotChargedAgain", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(open, nil).Once()
		e.OnActivity(acts.Charge, mock.Anything, mock.Anything).Return(activities.ChargeOutcome{}, errAway).Once()
		e.OnActivity(acts.ResolveCharge, mock.Anything, mock.Anything).Return(activities.ChargeOutcome{},
			errAway).Times(5)
		e.OnActivity(acts.ResolveCharge, mock.Anything, mock.Anything).Return(charged, nil).Once()
		e.OnActivity(acts.ApprovePayment, mock.Anything, mock.Anything).Return(success, nil).Once()
		require.Equal(t, market.PaymentSuccess, run(t, e).Payment.Status)
	})
	t.Run("ThreeLostRacesGiveTheMoneyBack", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(open, nil).Once()
		e.OnActivity(acts.Charge, mock.Anything, mock.Anything).Return(charged, nil).Once()
		attempts := 0
		e.OnActivity(acts.ApprovePayment, mock.Anything, mock.Anything).Return(func(
			context.Context, activities.BookPaymentInput,
		) (activities.BookedPayment, error) {
			attempts++
			return activities.BookedPayment{}, conflict()
		})
		e.OnActivity(acts.AbandonPayment, mock.Anything, mock.Anything).Return(failed(market.CodePaymentFailed, 9),
			nil).Once()
		require.Equal(t, market.CodePaymentFailed, run(t, e).Refusal)
		require.Equal(t, 3, attempts)
	})
	t.Run("TwoLostRacesAreNotTheEnd", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(open, nil).Once()
		e.OnActivity(acts.Charge, mock.Anything, mock.Anything).Return(charged, nil).Once()
		e.OnActivity(acts.ApprovePayment, mock.Anything, mock.Anything).Return(activities.BookedPayment{},
			conflict()).Times(
			2)
		e.OnActivity(acts.ApprovePayment, mock.Anything, mock.Anything).Return(success, nil).Once()
		require.Empty(t, run(t, e).Refusal)
	})
	t.Run("ChargedMoneyIsBookedWhenTheDatabaseIsBack", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(open, nil).Once()
		e.OnActivity(acts.Charge, mock.Anything, mock.Anything).Return(charged, nil).Once()
		// the test environment ends at ten
		e.OnActivity(acts.ApprovePayment, mock.Anything, mock.Anything).Return(activities.BookedPayment{},
			temporal.NewApplicationError("away", string(market.CodeDatabaseUnavailable))).Times(9)
		e.OnActivity(acts.ApprovePayment, mock.Anything, mock.Anything).Return(success, nil).Once()
		started := e.Now()
		require.Empty(t, run(t, e).Refusal)
		require.Greater(t, e.Now().Sub(started), 20*time.Second, "skipped, not slept")
	})
	t.Run("DeclinedIsNotRetried", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(open, nil).Once()
		e.OnActivity(acts.Charge, mock.Anything, mock.Anything).Return(activities.ChargeOutcome{Declined: true},
			nil).Once()
		e.OnActivity(acts.FailPayment, mock.Anything, mock.Anything).Return(failed(market.CodePaymentNotCompleted, 0),
			nil).Once()
		require.Equal(t, market.CodePaymentNotCompleted, run(t, e).Refusal)
	})
	t.Run("WhatHasEndedIsAskedAboutAndNotChargedAgain", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(ended, nil).Once()
		e.OnActivity(acts.ResolveCharge, mock.Anything, mock.Anything).Return(charged, nil).Once()
		e.OnActivity(acts.ApprovePayment, mock.Anything, mock.Anything).Return(failed(market.CodeOrderExpired, 12),
			nil).Once()
		require.Equal(t, market.CodeOrderNotPayable, run(t, e).Refusal)
	})
	t.Run("AGatewayThatKnowsNothingIsAskedAgainAfterItsLongestDelay", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(ended, nil).Once()
		e.OnActivity(acts.ResolveCharge, mock.Anything, mock.Anything).Return(activities.ChargeOutcome{}, nil).Times(2)
		e.OnActivity(acts.ResolveCharge, mock.Anything, mock.Anything).Return(charged, nil).Once()
		e.OnActivity(acts.ApprovePayment, mock.Anything, mock.Anything).Return(failed(market.CodeOrderExpired, 12),
			nil).Once()
		started := e.Now()
		require.Equal(t, market.CodeOrderNotPayable, run(t, e).Refusal)
		require.Greater(t, e.Now().Sub(started), 10*time.Minute)
	})
	t.Run("AGatewayThatNeverHeardOfItFailsThePayment", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(ended, nil).Once()
		e.OnActivity(acts.ResolveCharge, mock.Anything, mock.Anything).Return(activities.ChargeOutcome{}, nil).Times(3)
		e.OnActivity(acts.FailPayment, mock.Anything, activities.BookPaymentInput{OrderID: 7, PaymentID: 70}).Return(
			failed(market.CodeOrderExpired, 0), nil).Once()
		require.Equal(t, market.CodeOrderNotPayable, run(t, e).Refusal)
	})
	t.Run("LostToExpiry", func(t *testing.T) {
		t.Parallel()
		e := setup(t)
		e.OnActivity(acts.OpenPayment, mock.Anything, in).Return(open, nil).Once()
		e.OnActivity(acts.Charge, mock.Anything, mock.Anything).Return(charged, nil).Once()
		e.OnActivity(acts.ApprovePayment, mock.Anything, mock.Anything).Return(failed(market.CodeOrderExpired, 12),
			nil).Once()
		require.Equal(t, market.CodeOrderNotPayable, run(t, e).Refusal)
	})
}

func reversalInput(refundID int64) workflows.RefundInput {
	return workflows.RefundInput{
		RefundRequest: workflows.RefundRequest{RefundID: refundID, BuyerID: 3, OrderID: 7}, Reversal: true,
	}
}

func TestOrderExpiry(t *testing.T) {
	t.Parallel()
	var s testsuite.WorkflowTestSuite
	e := s.NewTestWorkflowEnvironment()
	e.RegisterActivity(acts)
	e.OnActivity(acts.ExpireOrders, mock.Anything).Return(342, nil).Once()
	e.ExecuteWorkflow(workflows.OrderExpiry)
	var n int
	require.NoError(t, e.GetWorkflowResult(&n))
	require.Equal(t, 342, n)
	e.AssertExpectations(t)
}

func TestCheckout_Outage_IsNoRefusal(t *testing.T) {
	t.Parallel()
	var s testsuite.WorkflowTestSuite
	e := s.NewTestWorkflowEnvironment()
	e.RegisterActivity(acts)
	e.OnActivity(acts.PlaceOrder, mock.Anything, mock.Anything).Return(activities.PlacedOrder{},
		temporal.NewApplicationError("away", string(market.CodeDatabaseUnavailable)))
	e.ExecuteWorkflow(workflows.Checkout, activities.PlaceOrderInput{BuyerID: 1})
	require.Error(t, e.GetWorkflowError(), "an outage must not look like an answer")
}

func TestWorkflowIDs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "checkout/3/key:a", workflows.CheckoutWorkflowID(3, "key:a"))
	long := workflows.CheckoutWorkflowID(3, string(make([]byte, 300)))
	require.LessOrEqual(t, len(long), 255)
	require.Equal(t, "payment/9", workflows.PaymentWorkflowID(9))
}
