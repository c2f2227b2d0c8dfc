package workflows

import (
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// closeDays is how many days one run closes before it continues as a new run.
const closeDays = 31

// DayCloseInput names the business day to close. "" means the day that ended when the run was due:
// the schedule's time, not the clock's, so that a late or backfilled run closes its own day.
type DayCloseInput struct {
	Day string `json:",omitempty"` // "2026-11-22"
}

// DayCloseResult reports the work of a run.
type DayCloseResult struct {
	Closed  []market.Day // the day itself, and missed days before it
	Payouts int          // started

	DueLines int64 // lines that counted as delivered or confirmed
}

// DayClose closes a business day, after all earlier days that are open: it opens the next day's dashboards, closes the
// day's statistics and, on the last day of a period, settles the period. Then it delivers and
// confirms the lines that are due, and starts the payouts that are due. A second run changes nothing.
func DayClose(ctx workflow.Context, in DayCloseInput) (result DayCloseResult, err error) {
	until, err := businessDay(ctx, in)
	if err != nil {
		return result, err
	}
	var days []market.Day
	find := activities.OpenDaysInput{Until: until, Most: closeDays}
	if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, batch), acts.OpenDays,
		find).Get(ctx, &days); err != nil {
		return result, err
	}
	for _, day := range days {
		workflow.SetCurrentDetails(ctx, "Closes "+day.String()+".")
		if err := closeDay(ctx, day); err != nil {
			return result, err
		}
		result.Closed = append(result.Closed, day)
	}
	if len(days) == closeDays {
		return result, workflow.NewContinueAsNewError(ctx, DayClose, DayCloseInput{Day: until.String()})
	}
	if workflow.GetVersion(ctx, "confirmations", workflow.DefaultVersion, 1) == 1 {
		workflow.SetCurrentDetails(ctx, "Confirms what has been delivered long enough.")
		ctx := workflow.WithActivityOptions(ctx, batch)
		if err := workflow.ExecuteActivity(ctx, acts.AdvanceDueLines).Get(ctx, &result.DueLines); err != nil {
			return result, err
		}
	}
	workflow.SetCurrentDetails(ctx, "Starts payouts.")
	return result, runChild(ctx, PayoutsWorkflowID(until), "Payouts that are due", Payouts, PayoutsInput{},
		&result.Payouts)
}

func businessDay(ctx workflow.Context, in DayCloseInput) (market.Day, error) {
	if in.Day != "" {
		day, err := market.ParseDay(in.Day)
		if err != nil {
			err = temporal.NewNonRetryableApplicationError("the day to be closed is not a date: "+in.Day,
				string(market.CodeInvalidInput), err)
		} else if !day.Before(market.DayOf(workflow.Now(ctx))) {
			err = temporal.NewNonRetryableApplicationError("the day to be closed has not ended: "+in.Day,
				string(market.CodeInvalidInput), nil)
		}
		return day, err
	}
	due, scheduled := workflow.GetTypedSearchAttributes(ctx).GetTime(temporal.NewSearchAttributeKeyTime(
		"TemporalScheduledStartTime"))
	if !scheduled {
		due = workflow.Now(ctx)
	}
	return market.DayOf(due).Add(-1), nil
}

func closeDay(ctx workflow.Context, day market.Day) error {
	next, date := day.Next(), day.String()
	err := runChild(ctx, DashboardResetWorkflowID(next), "Dashboards of "+next.String(), DashboardReset, next, nil)
	if err != nil {
		return err
	}
	if err := runChild(ctx, DailyStatisticsWorkflowID(day), "Statistics of "+date, DailyStatistics, day,
		nil); err != nil {
		return err
	}
	if period, ends := market.PeriodEnding(day); ends {
		summary := "Settlement of " + period.String()
		if err := runChild(ctx, SettlementWorkflowID(period), summary, Settlement, period, nil); err != nil {
			return err
		}
	}
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, batch), acts.CloseDay, day).Get(ctx, nil)
}

// runChild runs a step of the day's close as a child workflow. If an operator has started the same
// step by hand, runChild waits for that run and then runs the step anyway, which is idempotent.
func runChild(ctx workflow.Context, id, summary string, step, in, result any) error {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, StaticSummary: summary,
	})
	for wait := time.Second; ; wait = min(2*wait, time.Minute) { // backs off, which keeps the history short
		err := workflow.ExecuteChildWorkflow(ctx, step, in).Get(ctx, result)
		if !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			return err
		}
		if err := workflow.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// DashboardReset opens a day's dashboards for all sellers, and returns how many it created.
func DashboardReset(ctx workflow.Context, day market.Day) (opened int64, err error) {
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, batch), acts.OpenDashboards, day).Get(ctx, &opened)
	return opened, err
}

// DailyStatistics closes a day's statistics, and returns the number of sellers.
func DailyStatistics(ctx workflow.Context, day market.Day) (sellers int64, err error) {
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, batch), acts.CloseStatistics, day).Get(ctx,
		&sellers)
	return sellers, err
}

// SettlementResult counts the settlements and payouts that a run created.
type SettlementResult struct {
	Sellers, Payouts int64
}

// Settlement settles a period for all sellers, and creates the payouts of settlements that can be
// paid.
func Settlement(ctx workflow.Context, period market.Period) (result SettlementResult, err error) {
	ctx = workflow.WithActivityOptions(ctx, batch)
	if err := workflow.ExecuteActivity(ctx, acts.Settle, period).Get(ctx, &result.Sellers); err != nil {
		return result, err
	}
	err = workflow.ExecuteActivity(ctx, acts.CreatePayouts).Get(ctx, &result.Payouts)
	return result, err
}
