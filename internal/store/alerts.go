package store

import (
	"context"
	"maps"
	"slices"

	"github.com/all-in-market/market/internal/market"
)

// Alerts returns the alerts that are firing, the most important first.
func (s *Store) Alerts(ctx context.Context) ([]market.Alert, error) {
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
