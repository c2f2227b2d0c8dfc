package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/all-in-market/market/workflows"
)

// EnsureSchedules creates the schedules, or brings those that exist up to date. A pause that an operator has set stays.
// A deployment calls it once, when the version that the schedules are of becomes the current one: workers of an older
// version that start later must not put theirs back.
func EnsureSchedules(ctx context.Context, c client.Client) error {
	return retry(ctx, func() error { return setSchedules(ctx, c) }) // a new namespace is not known everywhere at once
}

// setSchedules sets all schedules at once: one that fails holds up no other.
func setSchedules(ctx context.Context, c client.Client) error {
	wanted := schedules()
	errs := make([]error, len(wanted))
	var setting sync.WaitGroup
	for i, s := range wanted {
		setting.Go(func() {
			if err := ensureSchedule(ctx, c, s); err != nil {
				errs[i] = fmt.Errorf("schedule %s: %w", s.ID, err)
			}
		})
	}
	setting.Wait()
	return errors.Join(errs...)
}

func schedules() []client.ScheduleOptions {
	return []client.ScheduleOptions{{
		ID:   workflows.OrderExpiryWorkflowID,
		Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: 6 * time.Hour}}},
		Action: &client.ScheduleWorkflowAction{
			ID: workflows.OrderExpiryWorkflowID, Workflow: workflows.OrderExpiry, TaskQueue: workflows.BackOfficeQueue,
			StaticSummary: "Unpaid orders expire: the safety net",
		},
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: time.Minute, // a sweep that was missed is made up for by the next one
		Note:          "Fails orders that have waited for their payment for 30 minutes, and gives their pieces back. Workers do so every few seconds; this is the safety net.",
	}, {
		ID:   workflows.PaymentPollScheduleID,
		Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: 5 * time.Minute}}},
		Action: &client.ScheduleWorkflowAction{
			ID: workflows.PaymentPollScheduleID, Workflow: workflows.PaymentPoll, TaskQueue: workflows.BackOfficeQueue,
			StaticSummary: "Poll of the payment provider's feed",
		},
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: time.Minute, // the next run reads what a missed one would have
		Note:          "Reads the payment provider's feed, and signals the workflows of payments whose charge has not been booked.",
	}, {
		ID:   workflows.DayCloseScheduleID,
		Spec: nightly(0, "midnight of the market's day"),
		Action: &client.ScheduleWorkflowAction{
			ID: workflows.DayCloseScheduleID, Workflow: workflows.DayClose, TaskQueue: workflows.BackOfficeQueue, Args: []any{
				workflows.DayCloseInput{},
			},
			StaticSummary: "The business day closes",
		},
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE,
		CatchupWindow: 24 * time.Hour, // days that were missed before are closed by the next run
		Note:          "Closes the day that has just ended, and those before it that were missed: dashboards, statistics, settlements on the 1st and 16th, payouts.",
	}, {
		ID:   workflows.VerificationScheduleID,
		Spec: nightly(4, "in the market's quietest hour"),
		Action: &client.ScheduleWorkflowAction{
			ID: workflows.VerificationScheduleID, Workflow: workflows.Verification, TaskQueue: workflows.BackOfficeQueue,
			StaticSummary: "Do all books agree?",
		},
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: 6 * time.Hour,
		Note:          "Holds money, stock and states against each other and against the books of gateway and bank. What it finds is an alarm; market verify tells more.",
	}, {
		ID:   workflows.ReconciliationScheduleID,
		Spec: nightly(5, "when the provider has ended its day"),
		Action: &client.ScheduleWorkflowAction{
			ID: workflows.ReconciliationScheduleID, Workflow: workflows.Reconciliation, TaskQueue: workflows.BackOfficeQueue,
			Args: []any{workflows.ReconciliationInput{}}, StaticSummary: "Does the payment provider agree?",
		},
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: 24 * time.Hour, // days that were missed before are reconciled by the next run
		Note:          "Holds what the payment provider tells of every day's money against payments, refunds and ledger. What does not agree is a break: GET /admin/reconciliation.",
	}}
}

// scheduleInterval is the longest time between two starts of a schedule.
func scheduleInterval(spec client.ScheduleSpec) time.Duration {
	for _, i := range spec.Intervals {
		return i.Every
	}
	return 24 * time.Hour // nightly
}

// missingScheduleLate is how late a schedule counts that does not exist.
const missingScheduleLate = 24 * time.Hour

// LateSchedules returns, by the id of the schedule, for how long a start has been missing: 0 when the last start is not
// longer ago than the schedule's interval. A paused schedule is late, too, and one that does not exist is late by a
// day. The error names schedules that the server does not describe otherwise; the others are returned.
func LateSchedules(ctx context.Context, c client.Client, now time.Time) (map[string]time.Duration, error) {
	late := map[string]time.Duration{}
	var errs []error
	for _, s := range schedules() {
		described, err := c.ScheduleClient().GetHandle(ctx, s.ID).Describe(ctx)
		var missing *serviceerror.NotFound
		if errors.As(err, &missing) {
			late[s.ID] = missingScheduleLate
			continue
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("schedule %s: %w", s.ID, err))
			continue
		}
		last := described.Info.CreatedAt
		for _, action := range described.Info.RecentActions {
			last = action.ActualTime
		}
		late[s.ID] = max(0, now.Sub(last)-scheduleInterval(s.Spec))
	}
	return late, errors.Join(errs...)
}

// nightly is at an hour of the market's day.
func nightly(hour int, comment string) client.ScheduleSpec {
	return client.ScheduleSpec{
		Calendars: []client.ScheduleCalendarSpec{
			{
				Hour: []client.ScheduleRange{{Start: hour}}, Minute: []client.ScheduleRange{{Start: 0}},
				Second: []client.ScheduleRange{{Start: 0}}, Comment: comment,
			},
		},
		TimeZoneName: "Asia/Seoul",
	}
}

func ensureSchedule(ctx context.Context, c client.Client, want client.ScheduleOptions) error {
	_, err := c.ScheduleClient().Create(ctx, want)
	if err == nil || !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	return c.ScheduleClient().GetHandle(ctx, want.ID).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := in.Description.Schedule // its State, an operator's pause, stays
			s.Spec, s.Action = &want.Spec, want.Action
			s.Policy = &client.SchedulePolicies{
				Overlap: want.Overlap, CatchupWindow: want.CatchupWindow, PauseOnFailure: want.PauseOnFailure,
			}
			return &client.ScheduleUpdate{Schedule: &s}, nil
		},
	})
}
