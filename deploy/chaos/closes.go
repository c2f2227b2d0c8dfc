package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// closer closes days and settles periods while buyers buy. A day cannot be made to end: the processes, PostgreSQL and
// Temporal take the time from the machine. So the statistics of the running day are closed early, each settlement takes
// what has been posted since the one before, as that of the next period, and the close of the day before, which finds
// nothing but what earlier closes have left, starts the payouts.
type closer struct {
	temporal client.Client
	today    market.Day
	settled  market.Day // the last day of the last period that was settled
	rounds   int
}

func openCloser(c client.Client) *closer {
	today := market.DayOf(time.Now())
	return &closer{temporal: c, today: today, settled: today}
}

// close closes the day and settles until ctx ends.
func (c *closer) close(ctx context.Context, t *clients, r *rand.Rand) {
	for pause(ctx, time.Duration(3000+r.IntN(6000))*time.Millisecond) {
		c.round(ctx, t, r)
	}
}

// round does all that a day's close does, and has the provider's events compared. It reports whether the payouts were
// started before ctx ended.
func (c *closer) round(ctx context.Context, t *clients, r *rand.Rand) bool {
	c.rounds++
	id := func(step string) string { return fmt.Sprintf("chaos/%s/%d", step, c.rounds) }
	t.do(ctx, r, "reconcile", request{
		who: t.admins[0], method: http.MethodPut, path: "/admin/reconciliation/days/" + c.today.String(),
		accepted: always,
	})
	if c.run(ctx, id("statistics"), nil, workflows.DailyStatistics, c.today) {
		t.count("close the day's statistics")
	}
	period := c.nextPeriod()
	var made workflows.SettlementResult
	if c.run(ctx, id("settlement"), &made, workflows.Settlement, period) {
		t.count("settle a period")
		t.note(func(p *promises) { p.settled[period.End] = made.Sellers })
	}
	yesterday := workflows.DayCloseInput{Day: c.today.Add(-1).String()}
	started := c.run(ctx, id("day-close"), nil, workflows.DayClose, yesterday)
	if started {
		t.count("close a day and start payouts")
	}
	return started
}

func (c *closer) nextPeriod() market.Period {
	for day := c.settled.Next(); ; day = day.Next() {
		if period, ends := market.PeriodEnding(day); ends {
			c.settled = day
			return period
		}
	}
}

// run runs a workflow, again with the same id while Temporal does not answer, and reports whether it has completed
// before ctx ended.
func (c *closer) run(ctx context.Context, id string, result any, workflow any, in ...any) bool {
	options := client.StartWorkflowOptions{ID: id, TaskQueue: workflows.BackOfficeQueue}
	for ctx.Err() == nil {
		attempt, cancel := context.WithTimeout(ctx, 20*time.Second)
		run, err := c.temporal.ExecuteWorkflow(attempt, options, workflow, in...)
		if err == nil {
			err = run.Get(attempt, result)
		}
		cancel()
		if err == nil {
			return true
		}
		pause(ctx, 300*time.Millisecond)
	}
	return false
}
