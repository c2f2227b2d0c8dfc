package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/worker"
)

const (
	// alarmInterval is how often a worker process evaluates the alerts.
	alertInterval = 30 * time.Second
	// backlogTimeout bounds the calls to Temporal for backlogs and schedules.
	backlogTimeout = 5 * time.Second
	// backlogLease is how long after the end of a worker process no other one reports the backlogs.
	backlogLease = 3 * alertInterval
)

// restartedRows returns the counter of stuck rows whose workflow was restarted.
func (a *App) restartedRows() *prometheus.CounterVec {
	c := prometheus.NewCounterVec(
		prometheus.CounterOpts{
			Name: "market_rows_redriven_total",
			Help: "Waiting rows whose workflow was not open and was started again. Each is a defect, or an operator has ended a workflow.",
		},
		[]string{"state"})
	a.registry.MustRegister(c)
	for _, w := range store.WaitingStates {
		c.WithLabelValues(w.String()) // start at 0: increase() ignores the first value of a series
	}
	return c
}

// alertMetrics are the gauges of conditions that need an operator. They are 0 while all is well.
var alertMetrics = []struct {
	metric, help string
	of           func(store.AlertCounts) int64
}{
	{"market_days_not_closed", "Business days that ended over an hour ago and are not closed.",
		func(a store.AlertCounts) int64 { return a.DaysNotClosed }},
	{"market_refunds_escalated", "Refunds that have waited for their decision for over three days.",
		func(a store.AlertCounts) int64 { return a.RefundsEscalated }},
	{"market_refunds_failed", "Refunds that were approved and whose money has not gone back: they wait for a decision.",
		func(a store.AlertCounts) int64 { return a.RefundsFailed }},
	{"market_payouts_failed", "Payouts that have failed and wait for an operator's signal, retry or abandon.",
		func(a store.AlertCounts) int64 { return a.PayoutsFailed }},
	{"market_dashboards_late", "1 when the roll-up of the ledger is over a minute behind.",
		func(a store.AlertCounts) int64 { return a.DashboardsLate }},
	{"market_rows_set_aside", "Rows that a batch could not process: the table set_aside lists them with reasons.",
		func(a store.AlertCounts) int64 { return a.SetAside }},
	{"market_verify_findings", "Findings of the latest verification: the table verifications lists them.",
		func(a store.AlertCounts) int64 { return a.Findings }},
	{"market_reconciliation_breaks",
		"Open breaks of reconciliation, which wait for an admin: GET /admin/reconciliation?status=OPEN.",
		func(a store.AlertCounts) int64 { return a.Breaks }},
	{"market_provider_feeds_unread", "Providers whose feed no reconciliation has read for over 30 hours.",
		func(a store.AlertCounts) int64 { return a.FeedsUnread }},
	{"market_verification_stale", "1 when no verification has ended for 30 hours.",
		func(a store.AlertCounts) int64 { return a.VerificationStale }},
	{"market_webhook_endpoints_paused",
		"The marketplace's own webhook endpoints that were paused because deliveries failed. Sellers are mailed about theirs.",
		func(a store.AlertCounts) int64 { return a.WebhooksPaused }},
	{"market_partitions_filling",
		"Tables that have used more than half of their newest partition: without another one, inserts fail.",
		func(a store.AlertCounts) int64 { return a.PartitionsFilling }},
	{"market_disputes_open", "Disputes that wait for a decision: GET /admin/disputes?status=OPEN.",
		func(a store.AlertCounts) int64 { return a.Disputes }},
	{"market_suspense_won", "The balance of the account SUSPENSE, either way, in won, if it has had one for over a day.",
		func(a store.AlertCounts) int64 { return a.Suspense }},
}

// alertGauges are the gauges of one process, and their last values: only changes are logged.
type alertGauges struct {
	last     store.AlertCounts
	lastLate map[string]int64

	alerts                       []prometheus.Gauge // in the order of alerts
	unreconciled, age, unsettled prometheus.Gauge
	late, inFlight               *prometheus.GaugeVec
	backlog, schedules           *prometheus.GaugeVec

	reporter *cache.Lease // of backlogs and schedules, which are the same for all processes
}

func (a *App) newAlertGauges() *alertGauges {
	factory := promauto.With(a.registry)
	gauge := func(name, help string) prometheus.Gauge {
		return factory.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	by := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return factory.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	m := &alertGauges{
		reporter:     cache.NewLease(a.redis, "task queue backlogs"),
		unreconciled: gauge("market_unreconciled_won", "The absolute amount of all open breaks, in won."),
		age:          gauge("market_unreconciled_age_seconds", "The age of the oldest open break, in seconds."),
		unsettled: gauge("market_money_unsettled_won",
			"Sellers' earnings of past days that no payout covers, in won."),
		late:     by("market_rows_late", "Rows that have waited in a state for longer than its deadline.", "state"),
		inFlight: by("market_money_in_flight_won", "Money in transit, in won: payments, refunds, payouts.", "kind"),
		backlog: by("market_task_queue_backlog",
			"Waiting tasks of workflows and activities. One worker process reports them: use max by (queue, build).",
			"queue", "build"),
		schedules: by("market_schedule_late_seconds",
			"For how long a start of the schedule has been missing. One worker process reports it.", "schedule"),
	}
	for _, alert := range alertMetrics {
		m.alerts = append(m.alerts, gauge(alert.metric, alert.help))
	}
	return m
}

// watchAlerts evaluates the alerts periodically, sets their metrics and logs changes.
func (a *App) watchAlerts(ctx context.Context) {
	m := a.newAlertGauges()
	ticker := time.NewTicker(alertInterval)
	defer ticker.Stop()
	for {
		if err := a.evaluateAlerts(ctx, m); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "alerts not evaluated", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (a *App) evaluateAlerts(ctx context.Context, m *alertGauges) error {
	ctx, cancel := context.WithTimeout(ctx, alertInterval)
	defer cancel()
	a.showEngine(ctx, m)
	now, err := a.store.AlertCounts(ctx)
	late, lateErr := a.store.LateRows(ctx)
	open, openErr := a.store.Unreconciled(ctx)
	flying, flyingErr := a.store.MoneyInFlight(ctx)
	if err := errors.Join(err, lateErr, openErr, flyingErr); err != nil {
		return err
	}
	a.showLate(ctx, m, late)
	a.showAlerts(ctx, m, now)
	m.inFlight.WithLabelValues("payments").Set(won(flying.Payments))
	m.inFlight.WithLabelValues("refunds").Set(won(flying.Refunds))
	m.inFlight.WithLabelValues("payouts").Set(won(flying.Payouts))
	m.unsettled.Set(won(flying.Unsettled))
	m.unreconciled.Set(won(open.Amount))
	m.age.Set(open.Age.Seconds())
	return nil
}

// showEngine sets the backlogs and the lateness of schedules in the process that holds the lease.
// Other processes, and all of them while Temporal does not answer, expose no such series: an
// autoscaler must use neither a sum nor an old value.
func (a *App) showEngine(ctx context.Context, m *alertGauges) {
	ctx, cancel := context.WithTimeout(ctx, backlogTimeout) // the other alerts are evaluated even if Temporal hangs
	defer cancel()
	var tasks map[worker.Waiting]int64
	var schedules map[string]time.Duration
	if held, err := m.reporter.Hold(ctx, backlogLease); err == nil && held {
		var backlogErr, schedulesErr error
		tasks, backlogErr = worker.Backlog(ctx, a.temporal, a.cfg.TemporalNamespace)
		schedules, schedulesErr = worker.LateSchedules(ctx, a.temporal, time.Now())
		if err := errors.Join(backlogErr, schedulesErr); err != nil {
			a.log.WarnContext(ctx, "backlogs or schedules not reported", "err", err)
		}
	}
	m.backlog.Reset()
	for of, n := range tasks {
		m.backlog.WithLabelValues(of.Queue, of.BuildID).Set(float64(n))
	}
	m.schedules.Reset()
	for id, late := range schedules {
		m.schedules.WithLabelValues(id).Set(late.Seconds())
	}
}

func won(m market.Money) float64 { return float64(m) / 100 }

func (a *App) showLate(ctx context.Context, m *alertGauges, now map[string]int64) {
	for state, n := range now {
		m.late.WithLabelValues(state).Set(float64(n))
		if n > 0 && n != m.lastLate[state] {
			a.log.ErrorContext(ctx, "rows late", "state", state, "rows", n)
		}
	}
	m.lastLate = now
}

func (a *App) showAlerts(ctx context.Context, m *alertGauges, now store.AlertCounts) {
	var raised []any
	for i, alert := range alertMetrics {
		n := alert.of(now)
		m.alerts[i].Set(float64(n))
		if n > 0 {
			raised = append(raised, strings.TrimPrefix(alert.metric, "market_"), n)
		}
	}
	if now != m.last && len(raised) > 0 {
		a.log.ErrorContext(ctx, "alert raised", raised...)
	}
	m.last = now
}
