package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// browser is a single run of a payment in the browser: the provider's answers, and the times of the
// calls.
type browser struct {
	*testsuite.TestWorkflowEnvironment
	started time.Time
	looks   []time.Duration // since the payment was opened
	asked   []activities.LookAtPaymentInput
	says    func(in activities.LookAtPaymentInput) (activities.PaymentSnapshot, error)
}

var (
	browserInput = workflows.PaymentInput{OrderID: 7, BuyerID: 3, Method: market.MethodCard}
	waiting      = activities.PaymentSnapshot{OrderID: 7}
	paidAtPG     = activities.PaymentSnapshot{OrderID: 7, Charged: true, ImpUID: "tx", Amount: 1000}
)

func inBrowser(status market.PaymentStatus) activities.Payment {
	return activities.Payment{
		ID: 70, OrderID: 7, MerchantUID: "P7X", Amount: 1000, Method: market.MethodCard, Status: status,
		Provider: market.ProviderPortOne,
	}
}

func openBrowser(t *testing.T, opened activities.OpenedPayment) *browser {
	t.Helper()
	var s testsuite.WorkflowTestSuite
	b := &browser{TestWorkflowEnvironment: s.NewTestWorkflowEnvironment()}
	b.RegisterActivity(acts)
	b.started = b.Now()
	if opened.OpenedAt.IsZero() {
		opened.OpenedAt = b.started
	}
	b.says = func(activities.LookAtPaymentInput) (activities.PaymentSnapshot, error) { return waiting, nil }
	b.OnActivity(acts.OpenPayment, mock.Anything, mock.Anything).Return(opened, nil).Once()
	b.OnActivity(acts.LookAtPayment, mock.Anything, mock.Anything).Return(func(
		_ context.Context, in activities.LookAtPaymentInput,
	) (activities.PaymentSnapshot, error) {
		b.looks, b.asked = append(b.looks, b.Now().Sub(b.started).Round(time.Second)), append(b.asked, in)
		return b.says(in)
	}).Maybe()
	t.Cleanup(func() { b.AssertExpectations(t) })
	return b
}

func (b *browser) run(t *testing.T) (r workflows.PaymentResult) {
	t.Helper()
	return b.runWith(t, browserInput)
}

func (b *browser) runWith(t *testing.T, in workflows.PaymentInput) (r workflows.PaymentResult) {
	t.Helper()
	b.ExecuteWorkflow(workflows.PaymentApproval, in)
	require.True(t, b.IsWorkflowCompleted())
	require.NoError(t, b.GetWorkflowError())
	require.NoError(t, b.GetWorkflowResult(&r))
	return r
}

func (b *browser) prepares() {
	b.OnActivity(acts.PreparePayment, mock.Anything, int64(70)).Return(nil).Once()
}

func (b *browser) books(status market.PaymentStatus, code market.Code) {
	p := inBrowser(status)
	p.FailureCode = code
	b.OnActivity(acts.ApprovePayment, mock.Anything,
		activities.BookPaymentInput{OrderID: 7, PaymentID: 70, ImpUID: "tx", Amount: 1000}).Return(
		activities.BookedPayment{Payment: p}, nil).Once()
}

// TestRedirectPayment_NotPaid_EndsAfterAFewInquiries in runs that began before the feed was polled.
func TestRedirectPayment_NotPaid_EndsAfterAFewInquiries(t *testing.T) {
	t.Parallel()
	for version, want := range map[workflow.Version][]time.Duration{
		1: {time.Minute, 5 * time.Minute, 15 * time.Minute, 35 * time.Minute},
		workflow.DefaultVersion: {
			time.Minute, 5 * time.Minute, 15 * time.Minute, 75 * time.Minute, 135 * time.Minute, 195 * time.Minute,
		},
	} {
		b := openBrowser(t, activities.OpenedPayment{Payment: inBrowser(market.PaymentPending)})
		b.OnGetVersion("four inquiries", workflow.DefaultVersion, workflow.Version(1)).Return(version)
		b.prepares()
		expired := inBrowser(market.PaymentFailed)
		expired.FailureCode = market.CodeOrderExpired
		b.OnActivity(acts.FailPayment, mock.Anything,
			activities.BookPaymentInput{OrderID: 7, PaymentID: 70, End: market.EndNotCharged}).Return(
			activities.BookedPayment{Payment: expired}, nil).Once()
		require.Equal(t, market.CodeOrderNotPayable, b.run(t).Refusal)
		require.Equal(t, want, b.looks)
	}
}

// TestRedirectPayment_FeedPolled_InquiresAfterHintsOnly and once at the end. A run that has taken over from another one
// makes the inquiry that is due.
func TestRedirectPayment_FeedPolled_InquiresAfterHintsOnly(t *testing.T) {
	t.Parallel()
	in := browserInput
	in.FeedPolled = true
	for name, c := range map[string]struct {
		opened activities.OpenedPayment
		hints  []time.Duration
		want   []time.Duration
	}{
		"no hint": {activities.OpenedPayment{}, nil, []time.Duration{35 * time.Minute}},
		"the browser comes back early": {
			activities.OpenedPayment{}, []time.Duration{30 * time.Second},
			[]time.Duration{30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 35 * time.Minute},
		},
		"the browser comes back late": {
			activities.OpenedPayment{}, []time.Duration{10 * time.Minute},
			[]time.Duration{10 * time.Minute, 15 * time.Minute, 35 * time.Minute},
		},
		"the run has taken over": {
			activities.OpenedPayment{Prepared: true, OpenedAt: time.Now().Add(-6 * time.Minute)}, nil,
			[]time.Duration{0, 9 * time.Minute, 29 * time.Minute},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.opened.Payment = inBrowser(market.PaymentPending)
			b := openBrowser(t, c.opened)
			if c.opened.Prepared {
				b.SetStartTime(c.opened.OpenedAt.Add(6 * time.Minute))
				b.started = c.opened.OpenedAt.Add(6 * time.Minute)
			} else {
				b.prepares()
			}
			for _, at := range c.hints {
				b.RegisterDelayedCallback(func() { b.SignalWorkflow(workflows.PaymentChangedSignal, nil) }, at)
			}
			expired := inBrowser(market.PaymentFailed)
			expired.FailureCode = market.CodeOrderExpired
			b.OnActivity(acts.FailPayment, mock.Anything, mock.Anything).Return(
				activities.BookedPayment{Payment: expired}, nil).Once()
			timers, called := 0, 0
			b.SetOnTimerScheduledListener(func(string, time.Duration) { timers++ })
			b.SetOnActivityStartedListener(func(*activity.Info, context.Context, converter.EncodedValues) { called++ })
			require.Equal(t, market.CodeOrderNotPayable, b.runWith(t, in).Refusal)
			require.Equal(t, c.want, b.looks)
			if name == "no hint" { // what docs/scale.md reckons with
				require.Equal(t, 1, timers)
				require.Equal(t, 3, called, "it is prepared, looked for and ended")
			}
		})
	}
}

// The provider is away at every inquiry: the last one goes on until there is an answer, and
// what was paid is booked.
func TestRedirectPayment_ProviderAway_Waits(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, activities.OpenedPayment{Payment: inBrowser(market.PaymentPending)})
	b.prepares()
	b.says = func(activities.LookAtPaymentInput) (activities.PaymentSnapshot, error) {
		if b.Now().Sub(b.started) < 35*time.Minute+20*time.Second { // the test environment ends at ten attempts
			return activities.PaymentSnapshot{}, errAway
		}
		return paidAtPG, nil
	}
	b.books(market.PaymentFailed, market.CodeOrderExpired)
	require.Equal(t, market.CodeOrderNotPayable, b.run(t).Refusal)
	require.Greater(t, b.looks[len(b.looks)-1], 35*time.Minute+20*time.Second)
}

// No inquiry follows the hint about a payment
// that has ended, be it the run's own or another one of its order.
func TestRedirectPayment_EndedPaymentCharged_ProviderAway_IsBookedInTheEnd(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]int64{"the run's own": 70, "another one": 71} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opened := activities.OpenedPayment{Payment: inBrowser(market.PaymentFailed), Prepared: true, Resolved: true}
			opened.Payment.ID = own
			b := openBrowser(t, opened)
			b.says = func(activities.LookAtPaymentInput) (activities.PaymentSnapshot, error) {
				if b.Now().Sub(b.started) < 2*time.Minute+10*time.Second {
					return activities.PaymentSnapshot{}, errAway
				}
				return paidAtPG, nil
			}
			b.books(market.PaymentFailed, market.CodeOrderExpired)
			b.RegisterDelayedCallback(func() {
				b.SignalWorkflow(workflows.PaymentChangedSignal, workflows.PaymentChanged{PaymentID: 70})
			}, 0)
			in := browserInput
			in.PaymentID = own
			b.runWith(t, in)
		})
	}
}

// It fetches the status for each hint. An unanswered confirmation is retried at the next hint or
// inquiry, an answered one is not, and the status is fetched even if the confirmation fails.
func TestRedirectPayment_EachSignal_IsFollowed(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, activities.OpenedPayment{Payment: inBrowser(market.PaymentPending)})
	b.prepares()
	b.says = func(activities.LookAtPaymentInput) (activities.PaymentSnapshot, error) {
		if len(b.looks) < 4 {
			return waiting, nil
		}
		return paidAtPG, nil
	}
	confirmed := false
	agreement := activities.LookAtPaymentInput{PaymentID: 70, Token: "token", TransactionID: "tx"}
	b.OnActivity(acts.ConfirmPayment, mock.Anything, agreement).Return(
		temporal.NewNonRetryableApplicationError("no answer", "", nil)).Once()
	b.OnActivity(acts.ConfirmPayment, mock.Anything, agreement).Return(nil).Once()
	b.RegisterDelayedCallback(func() {
		b.SignalWorkflow(workflows.PaymentChangedSignal, workflows.PaymentChanged{PaymentID: 70})
	}, 10*time.Second)
	b.RegisterDelayedCallback(func() {
		b.UpdateWorkflow("payment-confirm", "", &testsuite.TestUpdateCallback{
			OnAccept: func() {}, OnReject: func(err error) { require.NoError(t, err) },
			OnComplete: func(_ any, err error) { require.NoError(t, err); confirmed = true },
		}, workflows.PaymentChanged{PaymentID: 70, Token: "token", TransactionID: "tx"})
	}, 20*time.Second)
	b.RegisterDelayedCallback(func() {
		require.True(t, confirmed, "the answer does not wait for the buyer to pay")
		b.SignalWorkflow(workflows.PaymentChangedSignal, nil)
	}, 90*time.Second)
	b.books(market.PaymentSuccess, "")
	require.Equal(t, market.PaymentSuccess, b.run(t).Payment.Status)
	require.Equal(t, []time.Duration{10 * time.Second, 20 * time.Second, time.Minute, 90 * time.Second}, b.looks)
	for _, in := range b.asked {
		require.Equal(t, activities.LookAtPaymentInput{PaymentID: 70, Apart: true}, in)
	}
}

func TestRedirectPayment_SignalOfAnother_IsIgnored(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, activities.OpenedPayment{Payment: inBrowser(market.PaymentPending), Prepared: true})
	b.says = func(in activities.LookAtPaymentInput) (activities.PaymentSnapshot, error) {
		switch in.PaymentID {
		case 69:
			return activities.PaymentSnapshot{OrderID: 7, Charged: true, ImpUID: "tx-69", Amount: 1000}, nil
		case 5:
			return activities.PaymentSnapshot{OrderID: 1, Charged: true, ImpUID: "tx-5", Amount: 1000}, nil
		}
		return paidAtPG, nil
	}
	b.RegisterDelayedCallback(func() {
		b.SignalWorkflow(workflows.PaymentChangedSignal, workflows.PaymentChanged{PaymentID: 69})
		b.SignalWorkflow(workflows.PaymentChangedSignal, workflows.PaymentChanged{PaymentID: 5}) // of another order
	}, time.Second)
	b.OnActivity(acts.ApprovePayment, mock.Anything,
		activities.BookPaymentInput{OrderID: 7, PaymentID: 69, ImpUID: "tx-69", Amount: 1000}).Return(
		activities.BookedPayment{Payment: activities.Payment{ID: 69, OrderID: 7, Status: market.PaymentFailed}},
		nil).Once()
	b.books(market.PaymentSuccess, "")
	require.EqualValues(t, 70, b.run(t).Payment.ID)
	require.Len(t, b.looks, 3)
}

func TestRedirectPayment_NotPrepared_IsWithdrawn(t *testing.T) {
	t.Parallel()
	for _, ready := range []bool{false, true} {
		b := openBrowser(t, activities.OpenedPayment{Payment: inBrowser(market.PaymentPending)})
		b.OnActivity(acts.PreparePayment, mock.Anything, mock.Anything).Return(
			temporal.NewNonRetryableApplicationError("no", "NO", nil)).Once()
		withdrawn := inBrowser(market.PaymentFailed)
		withdrawn.FailureCode = market.CodePaymentMethodUnavailable
		if ready {
			withdrawn = inBrowser(market.PaymentPending)
			b.says = func(activities.LookAtPaymentInput) (activities.PaymentSnapshot, error) { return paidAtPG, nil }
			b.books(market.PaymentSuccess, "")
		}
		b.OnActivity(acts.WithdrawPayment, mock.Anything,
			activities.BookPaymentInput{OrderID: 7, PaymentID: 70}).Return(
			activities.WithdrawnPayment{Payment: withdrawn, Ready: ready}, nil).Once()
		r := b.run(t)
		require.Equal(t, ready, r.Refusal == "", r.Refusal)
	}
}

func TestRedirectPayment_LateSignal_IsFollowed(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, activities.OpenedPayment{
		Payment: inBrowser(market.PaymentFailed), Prepared: true, Resolved: true,
		OpenedAt: time.Now().Add(-100 * time.Hour),
	})
	b.RegisterDelayedCallback(func() {
		b.SignalWorkflow(workflows.PaymentChangedSignal, workflows.PaymentChanged{PaymentID: 70})
	}, 0)
	b.says = func(activities.LookAtPaymentInput) (activities.PaymentSnapshot, error) { return paidAtPG, nil }
	b.books(market.PaymentFailed, market.CodeOrderExpired)
	require.Equal(t, market.CodeOrderNotPayable, b.run(t).Refusal)
	require.Len(t, b.looks, 1)
}

// An abandoned payment is polled at once, and not once for each missed inquiry.
func TestRedirectPayment_NotPaid_IsAbandoned(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, activities.OpenedPayment{
		Payment: inBrowser(market.PaymentPending), Prepared: true, OpenedAt: time.Now().Add(-16 * time.Minute),
	})
	b.SetStartTime(time.Now())
	b.started = time.Now()
	b.says = func(activities.LookAtPaymentInput) (activities.PaymentSnapshot, error) {
		if len(b.looks) == 1 {
			return waiting, nil
		}
		return paidAtPG, nil
	}
	b.books(market.PaymentSuccess, "")
	require.Empty(t, b.run(t).Refusal)
	require.Len(t, b.looks, 2)
	require.InDelta(t, 19*time.Minute, b.looks[1], float64(5*time.Second))
}

func TestRedirectPayment_AnotherAmount_GoesBack(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, activities.OpenedPayment{Payment: inBrowser(market.PaymentPending), Prepared: true})
	b.says = func(activities.LookAtPaymentInput) (activities.PaymentSnapshot, error) {
		return activities.PaymentSnapshot{
			OrderID: 7, End: market.EndNotOurs, Reason: "its currency is USD", ToGiveBack: true,
		}, nil
	}
	held := true
	b.OnActivity(acts.GiveBack, mock.Anything, int64(70)).Return(errors.New("no answer")).Twice()
	b.OnActivity(acts.GiveBack, mock.Anything, int64(70)).Run(func(mock.Arguments) { held = false }).Return(nil).Once()
	failed := inBrowser(market.PaymentFailed)
	failed.FailureCode = market.CodePaymentMismatch
	b.OnActivity(acts.FailPayment, mock.Anything, activities.BookPaymentInput{
		OrderID: 7, PaymentID: 70, End: market.EndNotOurs, Reason: "its currency is USD",
	}).Run(func(mock.Arguments) {
		require.False(t, held)
	}).Return(activities.BookedPayment{Payment: failed}, nil).Once()
	require.Equal(t, market.CodePaymentMismatch, b.run(t).Refusal)
}

// A long history continues as new with the state of the old run.
func TestRedirectPayment_LongHistory_ContinuesAsNew(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, activities.OpenedPayment{Payment: inBrowser(market.PaymentPending), Prepared: true})
	b.SetContinueAsNewSuggested(true)
	b.ExecuteWorkflow(workflows.PaymentApproval, browserInput)
	require.True(t, b.IsWorkflowCompleted())
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, b.GetWorkflowError(), &next)
	require.Contains(t, string(next.Input.GetPayloads()[0].GetData()), `"PaymentID":70`)
}

// closes has the buyer choose another provider's method a minute after the payment was opened.
func (b *browser) closes(t *testing.T) {
	t.Helper()
	b.RegisterDelayedCallback(func() {
		b.UpdateWorkflow("payment-close", "", &testsuite.TestUpdateCallback{
			OnReject: func(err error) { t.Error(err) }, OnAccept: func() {},
			OnComplete: func(_ any, err error) { require.NoError(t, err) },
		})
	}, 30*time.Second)
}

func TestRedirectPayment_ClosedUnpaid_EndsAtOnce(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, activities.OpenedPayment{Payment: inBrowser(market.PaymentPending)})
	b.prepares()
	b.closes(t)
	closed := inBrowser(market.PaymentFailed)
	closed.FailureCode = market.CodePaymentNotCompleted
	b.OnActivity(acts.ClosePayment, mock.Anything, activities.BookPaymentInput{OrderID: 7, PaymentID: 70}).Return(
		activities.BookedPayment{Payment: closed}, nil).Once()
	require.Equal(t, market.CodePaymentNotCompleted, b.run(t).Refusal)
	require.Equal(t, []time.Duration{30 * time.Second}, b.looks)
}

func TestRedirectPayment_ClosedAfterTheCharge_IsBooked(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, activities.OpenedPayment{Payment: inBrowser(market.PaymentPending)})
	b.prepares()
	b.closes(t)
	b.says = func(activities.LookAtPaymentInput) (activities.PaymentSnapshot, error) { return paidAtPG, nil }
	b.books(market.PaymentSuccess, "")
	require.Empty(t, b.run(t).Refusal)
	require.Equal(t, []time.Duration{30 * time.Second}, b.looks)
}

func TestRedirectPayment_ClosedWhileTheProviderIsAway_StaysOpen(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, activities.OpenedPayment{Payment: inBrowser(market.PaymentPending)})
	b.prepares()
	b.closes(t)
	b.says = func(activities.LookAtPaymentInput) (activities.PaymentSnapshot, error) {
		if b.Now().Sub(b.started) < time.Minute {
			return activities.PaymentSnapshot{}, errAway
		}
		return paidAtPG, nil
	}
	b.books(market.PaymentSuccess, "")
	require.Empty(t, b.run(t).Refusal)
}
