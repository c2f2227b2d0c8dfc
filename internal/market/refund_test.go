package market_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestRefundDecision_Applies_ByStateAndReason(t *testing.T) {
	t.Parallel()
	approve, deny := market.RefundDecision{Approve: true}, market.RefundDecision{}
	byHand := market.RefundDecision{Approve: true, PaidManually: true}
	all := []market.RefundDecision{approve, deny, byHand}
	asked, owed := market.ReasonChangeOfMind, market.ReasonAmountMismatch
	require.False(t, asked.Reversal())
	require.True(t, owed.Reversal())
	for status := range market.RefundStates {
		for reason, want := range map[market.RefundReason][]market.RefundDecision{
			asked: map[market.RefundStatus][]market.RefundDecision{
				market.RefundPending: {approve, deny}, market.RefundFailed: {approve, deny, byHand},
			}[status],
			owed: map[market.RefundStatus][]market.RefundDecision{
				market.RefundPending: {approve, deny}, market.RefundFailed: {approve, byHand},
			}[status],
		} {
			for _, d := range all {
				applies := false
				for _, w := range want {
					applies = applies || w == d
				}
				require.Equal(t, applies, d.Applies(status, reason), "%s %s %+v", status, reason, d)
			}
		}
		require.Equal(t, status == market.RefundPending || status == market.RefundFailed, status.AwaitsDecision(),
			status)
	}
}

func TestRefundStatus_OpenOrUndecided_LeavesOnlyEnds(t *testing.T) {
	t.Parallel()
	var open, undecided, neither []market.RefundStatus
	for _, s := range []market.RefundStatus{
		market.RefundPending, market.RefundProcessing, market.RefundFailed, market.RefundSuccess, market.RefundDenied,
	} {
		if s.Open() {
			open = append(open, s)
		}
		if s.AwaitsDecision() {
			undecided = append(undecided, s)
		}
		if !s.Open() && !s.AwaitsDecision() {
			neither = append(neither, s)
			require.Empty(t, market.RefundStates[s], s)
		}
	}
	require.Equal(t, []market.RefundStatus{market.RefundPending, market.RefundProcessing}, open)
	require.Equal(t, []market.RefundStatus{market.RefundPending, market.RefundFailed}, undecided)
	require.Equal(t, []market.RefundStatus{market.RefundSuccess, market.RefundDenied}, neither)
}
