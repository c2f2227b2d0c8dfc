package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
)

func TestRunQuery_Invalid_IsRefused(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)
	const payouts = "WorkflowType = 'Payout' AND "
	for want, q := range map[string]engine.RunQuery{
		payouts + "StartTime < '2026-11-22T03:04:05Z'": {Type: "Payout"},
		payouts + "ExecutionStatus = 'Failed' AND OrderId = '7' AND StartTime < '2026-11-22T03:04:05Z'": {
			Type: "Payout", Status: "Failed", OrderID: 7,
		},
		payouts + "StartTime >= '2026-11-19T15:00:00Z' AND StartTime < '2026-11-21T15:00:00Z'": {
			Type: "Payout", From: market.Date(2026, 11, 20), To: market.Date(2026, 11, 21),
		},
		payouts + "StartTime < '2026-11-22T03:04:05.1Z'": {Type: "Payout", To: market.Date(2026, 11, 22)},
	} {
		at := now
		if !q.To.IsZero() && q.From.IsZero() {
			at = now.Add(100 * time.Millisecond)
		}
		require.True(t, q.Valid())
		require.Equal(t, want, q.Until(at))
	}
	for _, bad := range []engine.RunQuery{
		{}, {Type: "Checkout"}, {Type: "Payout' OR '1'='1"}, {Type: "Payout", Status: "'"},
		{Type: "Payout", OrderID: -1},
	} {
		require.False(t, bad.Valid(), bad)
	}
}

// It is not run again from its beginning.
func TestTakes_EachType_HasItsActions(t *testing.T) {
	t.Parallel()
	require.False(t, engine.Takes("Payout", market.BatchRedrive))
	require.True(t, engine.Takes("Payout", market.BatchSignal))
	require.False(t, engine.Takes("RefundApproval", market.BatchSignal))
	require.True(t, engine.Takes("RefundApproval", market.BatchRedrive))
}
