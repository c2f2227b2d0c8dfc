package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
	"github.com/all-in-market/market/internal/verify/rules"
)

// Alerts returns the alerts that are firing, the most important first.
func (s OperationStore) Alerts(ctx context.Context) ([]market.Alert, error) {
	a, err := s.AlertCounts(ctx)
	if err != nil {
		return nil, err
	}
	late, err := s.LateRows(ctx)
	if err != nil {
		return nil, err
	}
	return a.alerts(late), nil
}

// alerts returns the non-zero counts, together with those of late rows.
func (a AlertCounts) alerts(late map[string]int64) []market.Alert {
	all := []market.Alert{
		{Kind: market.AlertFinding, Count: a.Findings},
		{Kind: market.AlertBreak, Count: a.Breaks},
		{Kind: market.AlertDispute, Count: a.Disputes},
		{Kind: market.AlertSuspense, Count: a.Suspense},
		{Kind: market.AlertPayoutFailed, Count: a.PayoutsFailed},
		{Kind: market.AlertRefundFailed, Count: a.RefundsFailed},
		{Kind: market.AlertRefundEscalated, Count: a.RefundsEscalated},
		{Kind: market.AlertDayNotClosed, Count: a.DaysNotClosed},
		{Kind: market.AlertSetAside, Count: a.SetAside},
		{Kind: market.AlertDashboardsLate, Count: a.DashboardsLate},
		{Kind: market.AlertVerificationStale, Count: a.VerificationStale},
		{Kind: market.AlertFeedUnread, Count: a.FeedsUnread},
		{Kind: market.AlertWebhookPaused, Count: a.WebhooksPaused},
		{Kind: market.AlertPartitionFilling, Count: a.PartitionsFilling},
	}
	for _, state := range slices.Sorted(maps.Keys(late)) {
		all = append(all, market.Alert{Kind: market.AlertRowLate, State: state, Count: late[state]})
	}
	return slices.DeleteFunc(all, func(a market.Alert) bool { return a.Count == 0 })
}

// AlertCounts are the counts behind the alerts.
type AlertCounts struct {
	DaysNotClosed    int64 // business days that should have been closed by now
	RefundsEscalated int64 // refunds whose decision is long overdue
	PayoutsFailed    int64 // payouts that wait for an operator
	RefundsFailed    int64 // refunds that were approved and not paid back
	DashboardsLate   int64 // 1 when a posting has waited for its roll-up for over a minute
	SetAside         int64 // rows that a batch could not process
	Findings         int64 // of the latest verification
	Breaks           int64 // of reconciliation, that wait for an admin
	FeedsUnread      int64 // providers with which no reconciliation has begun for over 30 hours
	WebhooksPaused   int64 // the marketplace's own endpoints that were paused after failed deliveries
	// VerificationStale is 1 when there have been payments for longer than verificationTimeout, and no
	// verification has ended since.
	VerificationStale int64
	PartitionsFilling int64 // tables that have used more than half of their newest partition
	Disputes          int64 // that wait for staff's decision
	Suspense          int64 // the balance of SUSPENSE in won, when there is one and was one a day ago
}

// suspenseTimeout is how long SUSPENSE may have a balance.
const suspenseTimeout = 24 * time.Hour

// verificationTimeout is the maximum age of the latest verification: a night and some hours.
const verificationTimeout = 30 * time.Hour

// AlertCounts returns the counts. A day should be closed an hour after it has ended.
func (s OperationStore) AlertCounts(ctx context.Context) (AlertCounts, error) {
	now := s.now()
	row, err := s.q.CountAlerts(ctx, s.pool, db.CountAlertsParams{
		DueUntil: market.DayOf(now.Add(-closeGrace)).Add(-1), Overdue: now.Add(-time.Minute),
		StaleBefore: now.Add(-verificationTimeout), SuspendedBefore: now.Add(-suspenseTimeout),
	})
	return AlertCounts(row), translate(err)
}

// shownLate is how many late rows of a state are shown.
const shownLate = 20

// AlertDetails returns the rows behind the alerts: at most five hundred, including the first late
// rows of each state.
func (s OperationStore) AlertDetails(ctx context.Context) ([]market.AlertDetail, error) {
	rows, err := s.q.AlertDetails(ctx, s.pool, market.DayOf(s.now().Add(-closeGrace)).Add(-1),
		s.now().Add(-verificationTimeout), s.now().Add(-suspenseTimeout))
	if err != nil {
		return nil, translate(err)
	}
	details := make([]market.AlertDetail, len(rows))
	for i, r := range rows {
		details[i] = market.AlertDetail{
			Kind: r.Kind, Subject: r.Subject, Detail: r.Detail, Since: market.LocalTime(r.Since),
		}
		if rule, ok := rules.Find(r.Subject); ok && r.Kind == string(market.AlertFinding) {
			details[i].Reason, details[i].Action = rule.Reason, rule.Action
		}
	}
	for _, w := range WaitingStates {
		if w.Late == 0 {
			continue
		}
		before, err := s.lateBefore(ctx, s.pool, w, w.Late)
		if err != nil {
			return nil, err
		}
		w.newestFirst = false // the late ones are the oldest
		late, err := s.readWaiting(ctx, w, before, 0, shownLate)
		if err != nil {
			return nil, err
		}
		for _, r := range late {
			details = append(details, market.AlertDetail{
				Kind: "ROW_LATE", Subject: fmt.Sprintf("%s %d", w, r.ID), Detail: w.For,
				Since: market.LocalTime(r.Since),
			})
		}
	}
	return details, nil
}

// MoneyInFlight sums the money in transit, and the earnings of past days without a payout.
type MoneyInFlight struct {
	Payments market.Money // opened, and the gateway's answer is not known
	Refunds  market.Money // approved, and not given back yet
	Payouts  market.Money // sent to the bank, whose answer is not known

	Unsettled market.Money // earned, without a payout
}

// MoneyInFlight returns the sums.
func (s OperationStore) MoneyInFlight(ctx context.Context) (MoneyInFlight, error) {
	row, err := s.q.MoneyInFlight(ctx, s.pool)
	return MoneyInFlight(row), translate(err)
}

// Overview returns the numbers of staff's start page.
func (s OperationStore) Overview(ctx context.Context) (market.Overview, error) {
	day := s.Today()
	r, err := s.q.Overview(ctx, s.pool, day)
	return market.Overview{
		Day: day, Orders: r.Orders, Sales: r.Sales, Refunded: r.Refunded, Fee: r.Fee, RefundsWaiting: r.RefundsWaiting,
		OldestRefund: market.LocalTime(r.OldestRefund), SellersWaiting: r.SellersWaiting,
	}, translate(err)
}
