package app

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/worker"
)

// alarmInterval is how often a worker process looks for what somebody has to see to.
const alarmInterval = 30 * time.Second

// redriven counts the rows that waited without their workflow.
func (a *App) redriven() *prometheus.CounterVec {
	c := prometheus.NewCounterVec(
		prometheus.CounterOpts{
			Name: "market_rows_redriven_total",
			Help: "Rows that waited and whose workflow was not open: it was started again. Each is a defect, or somebody has ended a workflow by hand.",
		},
		[]string{"state"})
	a.registry.MustRegister(c)
	return c
}

// watchAlarms shows in metrics, and says in the log, what somebody has to see to.
func (a *App) watchAlarms(ctx context.Context) {
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
		a.registry.MustRegister(g)
		return g
	}
	days := gauge("market_days_not_closed", "Business days that ended over an hour ago and are not closed.")
	refunds := gauge("market_refunds_escalated", "Refunds that have waited for their decision for over three days.")
	payouts := gauge("market_payouts_failed",
		"Payouts that have failed and wait for an operator's signal, retry or abandon.")
	late := gauge("market_dashboards_late", "1 when the roll-up of the ledger is over a minute behind.")
	findings := gauge("market_verify_findings",
		"What the latest verification has found: the table verifications tells more.")
	breaks := gauge("market_reconciliation_breaks",
		"Breaks of reconciliation that wait for an admin: GET /admin/reconciliation?status=OPEN.")
	feeds := gauge("market_provider_feeds_unread", "Providers that no reconciliation has asked for over 30 hours.")
	unreconciled := gauge("market_unreconciled_won", "The amount of all open breaks, either way, in won.")
	unreconciledAge := gauge("market_unreconciled_age_seconds", "Since when the oldest open break is known.")
	setAside := gauge("market_rows_set_aside",
		"Rows that a batch could not take in: the table set_aside tells which and why.")
	rows := prometheus.NewGaugeVec(
		prometheus.GaugeOpts{Name: "market_rows_late", Help: "Rows that have waited in a state for longer than its deadline."},
		[]string{"state"})
	inFlight := prometheus.NewGaugeVec(
		prometheus.GaugeOpts{
			Name: "market_money_in_flight_won", Help: "Money on its way and not booked as arrived, in won: payments, refunds, payouts.",
		},
		[]string{"kind"})
	unsettled := gauge("market_money_unsettled_won",
		"What sellers have earned on days that ended, and no payout has been made for, in won.")
	backlog := prometheus.NewGaugeVec(
		prometheus.GaugeOpts{
			Name: "market_task_queue_backlog",
			Help: "Tasks of workflows and activities that wait for a worker, by task queue: more workers take them sooner.",
		},
		[]string{"queue"})
	a.registry.MustRegister(rows, inFlight, backlog)
	ticker := time.NewTicker(alarmInterval)
	defer ticker.Stop()
	var last store.Alarms
	var lastLate map[string]int64
	for {
		if tasks, err := worker.Backlog(ctx, a.temporal, a.cfg.TemporalNamespace); err == nil {
			for queue, n := range tasks {
				backlog.WithLabelValues(queue).Set(float64(n))
			}
		} // else Temporal is away, which /readyz says
		now, err := a.store.Alarms(ctx)
		waiting, lateErr := a.store.LateRows(ctx)
		open, openErr := a.store.Unreconciled(ctx)
		flying, flyingErr := a.store.MoneyInFlight(ctx)
		switch err = errors.Join(err, lateErr, openErr, flyingErr); {
		case err != nil && ctx.Err() == nil:
			a.log.WarnContext(ctx, "alarms cannot be looked for", "error", err)
		case err == nil:
			for state, n := range waiting {
				rows.WithLabelValues(state).Set(float64(n))
				if n > 0 && n != lastLate[state] {
					a.log.ErrorContext(ctx, "rows wait for too long: somebody has to look", "state", state, "rows", n)
				}
			}
			lastLate = waiting
			inFlight.WithLabelValues("payments").Set(float64(flying.Payments) / 100)
			inFlight.WithLabelValues("refunds").Set(float64(flying.Refunds) / 100)
			inFlight.WithLabelValues("payouts").Set(float64(flying.Payouts) / 100)
			unsettled.Set(float64(flying.Unsettled) / 100)
			days.Set(float64(now.DaysNotClosed))
			refunds.Set(float64(now.RefundsEscalated))
			payouts.Set(float64(now.PayoutsFailed))
			late.Set(float64(now.DashboardsLate))
			setAside.Set(float64(now.SetAside))
			findings.Set(float64(now.Findings))
			breaks.Set(float64(now.Breaks))
			feeds.Set(float64(now.FeedsUnread))
			unreconciled.Set(float64(open.Amount) / 100)
			unreconciledAge.Set(open.Age.Seconds())
			if now != last && now != (store.Alarms{}) {
				a.log.ErrorContext(ctx, "somebody has to look", "days_not_closed", now.DaysNotClosed, "refunds_escalated",
					now.RefundsEscalated, "payouts_failed", now.PayoutsFailed, "dashboards_late", now.DashboardsLate, "set_aside",
					now.SetAside, "verify_findings", now.Findings, "reconciliation_breaks", now.Breaks, "provider_feeds_unread",
					now.FeedsUnread)
			}
			last = now
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
