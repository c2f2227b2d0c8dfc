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

// EnsureSchedules creates the schedules, or updates existing ones. A pause set by an operator
// stays. A deployment calls it once, when its version becomes the current one, so that workers of
// an older version that start later do not restore theirs.
func EnsureSchedules(ctx context.Context, c client.Client) error {
	return retry(ctx, func() error { return setSchedules(ctx, c) }) // a new namespace is not visible everywhere at once
}

// setSchedules sets all schedules concurrently, so that one failure does not delay the others.
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
			StaticSummary: "Expire unpaid orders (safety net)",
		},
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: time.Minute, // the next sweep covers a missed one
		Note:          "Fails orders that have waited for their payment for 30 minutes, and gives their pieces back. Workers do so every few seconds; this is the safety net.",
	}, {
		ID:   workflows.PaymentPollScheduleID,
		Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: 5 * time.Minute}}},
		Action: &client.ScheduleWorkflowAction{
			ID: workflows.PaymentPollScheduleID, Workflow: workflows.PaymentPoll, TaskQueue: workflows.BackOfficeQueue,
			StaticSummary: "Poll of the payment provider's feed",
		},
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: time.Minute, // the next run reads the events of a missed one
		Note:          "Reads the payment provider's feed, and signals the workflows of payments whose charge has not been booked.",
	}, {
		ID:   workflows.DayCloseScheduleID,
		Spec: nightly(0, "midnight of the market's day"),
		Action: &client.ScheduleWorkflowAction{
			ID: workflows.DayCloseScheduleID, Workflow: workflows.DayClose, TaskQueue: workflows.BackOfficeQueue,
			Args: []any{
				workflows.DayCloseInput{},
			},
			StaticSummary: "Close of the business day",
		},
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE,
		CatchupWindow: 24 * time.Hour, // the next run closes missed days
		Note:          "Closes the day that has just ended, and those before it that were missed: dashboards, statistics, settlements on the 1st and 16th, payouts.",
	}, {
		ID:   workflows.VerificationScheduleID,
		Spec: nightly(4, "in the market's quietest hour"),
		Action: &client.ScheduleWorkflowAction{
			ID: workflows.VerificationScheduleID, Workflow: workflows.Verification,
			TaskQueue:     workflows.BackOfficeQueue,
			StaticSummary: "Verification of the books",
		},
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: 6 * time.Hour,
		Note:          "Compares money, stock and states with each other and with the records of gateway and bank. Findings raise an alert; market verify lists them.",
	}, {
		ID:   workflows.ReconciliationScheduleID,
		Spec: nightly(5, "when the provider has ended its day"),
		Action: &client.ScheduleWorkflowAction{
			ID: workflows.ReconciliationScheduleID, Workflow: workflows.Reconciliation,
			TaskQueue: workflows.BackOfficeQueue,
			Args:      []any{workflows.ReconciliationInput{}}, StaticSummary: "Reconciliation with the provider",
		},
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: 24 * time.Hour, // the next run reconciles missed days
		Note:          "Compares the payment provider's records of each day with payments, refunds and ledger. Each discrepancy is a break: GET /admin/reconciliation.",
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

// nightly returns a daily spec at an hour of the market's time zone.
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
