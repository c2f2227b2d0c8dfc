package worker

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	sdkworker "go.temporal.io/sdk/worker"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// A refusal ends its workflow and is not an alert; an outage, a lost race and an unknown error are
// retried.
func TestErrorsInHistories(t *testing.T) {
	t.Parallel()
	require.NoError(t, applicationError(nil, 0))
	for _, c := range []struct {
		err       error
		kind      string
		retried   bool
		isRefusal bool
	}{
		{market.Refuse(market.CodeOrderNotFound), "ORDER_NOT_FOUND", false, true},
		{fmt.Errorf("while paying: %w", market.Refuse(market.CodeOrderExpired)), "ORDER_EXPIRED", false, true},
		{market.Failed(market.CodeDatabaseUnavailable, errors.New("refused")), "DATABASE_UNAVAILABLE", true, false},
		{market.Failed(market.CodeRedisUnavailable, errors.New("refused")), "REDIS_UNAVAILABLE", true, false},
		{market.Refuse(market.CodeRequestTimeout), "REQUEST_TIMEOUT", true, false},
		{fmt.Errorf("approve: %w", market.ErrConflict), market.ErrorTypeConflict, true, false},
	} {
		var app *temporal.ApplicationError
		require.ErrorAs(t, applicationError(c.err, 0), &app, c.err)
		require.Equal(t, c.kind, app.Type())
		require.Equal(t, !c.retried, app.NonRetryable(), c.err)
		require.Equal(t, c.isRefusal, app.Category() == temporal.ApplicationErrorCategoryBenign, c.err)
	}
	unknown := errors.New("index out of range")
	require.Equal(t, unknown, applicationError(unknown, 0))
}

// TestRetryDelay_IsThePolicysWithJitter so that what failed together is not tried again together.
func TestRetryDelay_IsThePolicysWithJitter(t *testing.T) {
	t.Parallel()
	policy := &temporal.RetryPolicy{
		InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Minute,
	}
	for attempt, want := range map[int32]time.Duration{
		1: 200 * time.Millisecond, 2: 400 * time.Millisecond, 5: 3200 * time.Millisecond, 10: time.Minute,
		1 << 30: time.Minute,
	} {
		delays := map[time.Duration]bool{}
		for range 50 {
			delay := retryDelay(activity.Info{RetryPolicy: policy, Attempt: attempt})
			require.InEpsilon(t, want, delay, retryJitter+1e-6)
			delays[delay] = true
		}
		require.Greater(t, len(delays), 25)
	}
	require.Zero(t, retryDelay(activity.Info{RetryPolicy: policy, Attempt: 1, IsLocalActivity: true}))
	require.Zero(t, retryDelay(activity.Info{Attempt: 1}))

	for _, err := range []error{
		errors.New("the provider is away"), market.ErrConflict, market.Refuse(market.CodeDatabaseUnavailable),
	} {
		var app *temporal.ApplicationError
		require.ErrorAs(t, applicationError(err, time.Second), &app)
		require.Equal(t, time.Second, app.NextRetryDelay())
		require.False(t, app.NonRetryable())
		require.ErrorIs(t, app, err)
	}
	cancelled := temporal.NewCanceledError()
	require.Equal(t, cancelled, applicationError(cancelled, time.Second))
}

// Each schedule names a registered workflow and its queue.
func TestSchedules(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, s := range schedules() {
		require.False(t, ids[s.ID], "two schedules are called %s", s.ID)
		ids[s.ID] = true
		action, ok := s.Action.(*client.ScheduleWorkflowAction)
		require.True(t, ok)
		require.NotEmpty(t, action.StaticSummary)
		require.NotEmpty(t, s.Note, "an operator reads what it is for")
		known := false
		for _, w := range WorkflowsOf(action.TaskQueue) {
			known = known || fmt.Sprintf("%p", w) == fmt.Sprintf("%p", action.Workflow)
		}
		require.True(t, known, "no worker of %s runs the workflow of %s", action.TaskQueue, s.ID)
		require.NotEqual(t, enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL, s.Overlap, "no run beside another of its kind")
		require.Positive(t, s.CatchupWindow)
	}
	require.True(t, ids[workflows.DayCloseScheduleID])
}

// The day closes at midnight in Seoul, regardless of the server's time zone.
func TestSchedules_DayClose_IsAtMidnightInSeoul(t *testing.T) {
	t.Parallel()
	for _, s := range schedules() {
		if s.ID != workflows.DayCloseScheduleID {
			continue
		}
		require.Equal(t, "Asia/Seoul", s.Spec.TimeZoneName)
		require.Len(t, s.Spec.Calendars, 1)
		c := s.Spec.Calendars[0]
		require.Equal(t, []client.ScheduleRange{{Start: 0}}, c.Hour)
		require.Equal(t, []client.ScheduleRange{{Start: 0}}, c.Minute)
		require.GreaterOrEqual(t, s.CatchupWindow, 24*time.Hour, "a night that nobody worked is made up for")
		return
	}
	t.Fatal("there is no such schedule")
}

// None is forgotten, and none is on two.
func TestRegister_EachWorkflow_HasAQueue(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, queue := range Queues() {
		for _, w := range WorkflowsOf(queue) {
			name := fmt.Sprintf("%p", w)
			require.Empty(t, seen[name], "on %s and on %s", seen[name], queue)
			seen[name] = queue
		}
	}
}

// slow is a worker that takes its time to stop.
type slow struct {
	sdkworker.Worker
	stops time.Duration
}

func (s slow) Stop() { time.Sleep(s.stops) } //nolint:forbidigo // of a bubble's time

// It stops workers that take longer than the pod's grace period as well.
func TestStop_ManyWorkers_TakesNoLongerThanOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var all []sdkworker.Worker
		for range 10 {
			all = append(all, slow{stops: stopTimeout})
		}
		began := time.Now()
		Stop(all)
		require.Equal(t, stopTimeout, time.Since(began))
		began = time.Now()
		Stop(append(all, slow{stops: 3 * stopTimeout}))
		require.Equal(t, stopTimeout+time.Second, time.Since(began))
		time.Sleep(2 * stopTimeout) //nolint:forbidigo // until the last worker has stopped
	})
}

// Work in the database does not queue for connections by the
// thousand.
func TestOptions_SlotsOfEachQueue_AreBoundedByConnections(t *testing.T) {
	t.Parallel()
	for _, queue := range Queues() {
		o := options(queue, Options{Connections: 32, PayoutActivitiesPerSecond: 3, ProviderActivitiesPerSecond: 20})
		waiting := 1 // for a connection or a product's lock
		if queue == workflows.RequestQueue {
			waiting = 2
		}
		require.Equal(t, waiting*32, o.MaxConcurrentLocalActivityExecutionSize, queue)
		require.NotZero(t, o.MaxConcurrentActivityExecutionSize, queue)
		require.Contains(t, []int{32, 200}, o.MaxConcurrentWorkflowTaskExecutionSize, queue)
	}
	payouts := options(workflows.PayoutQueue, Options{PayoutActivitiesPerSecond: 3})
	require.InDelta(t, 3, payouts.TaskQueueActivitiesPerSecond, 0)
	var calls float64
	for _, queue := range Queues() {
		calls += options(queue, Options{ProviderActivitiesPerSecond: 20}).TaskQueueActivitiesPerSecond
	}
	require.InDelta(t, 20, calls, 1e-9, "all queues of PortOne together")
}
