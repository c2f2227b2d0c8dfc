package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// Payouts that take three days at their rate are neither
// late nor started again while they wait for their turn, and are when the rest of them would have been done.
func TestLateRows_ManyPayoutsAtARate_AreLateWhenTheirTurnHasPassed(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	shop := testrig.NewShop(t, 1, nil)
	const payouts, days = 1000, 3
	made := time.Now()
	_, err := shop.Pool().Exec(ctx, `WITH settled AS (
			INSERT INTO settlements (seller_id, fee, payable, carried_in, amount, carried_over, period_start, period_end, status, type, completed_at)
			SELECT $1, 0, 1, 0, 1, 0, '2001-01-01'::date + n, '2001-01-01'::date + n, 'COMPLETED', 'MID', now() FROM generate_series(1, $2) n
			RETURNING id, seller_id, period_end
		)
		INSERT INTO payouts (seller_id, settlement_id, amount, fee, payout_key)
		SELECT seller_id, id, 1, 0, 'payout-' || id FROM settled`, shop.SellerIDs[0], payouts)
	require.NoError(t, err)
	at := func(after time.Duration) *store.Store {
		s, err := store.Open(ctx, shop.Pool().Config().ConnString(), store.Options{
			PayoutsPerSecond: payouts / (days * 24 * time.Hour).Seconds(),
			Now:              func() time.Time { return made.Add(after) },
		})
		require.NoError(t, err)
		t.Cleanup(s.Close)
		return s
	}
	var pending store.WaitingState
	for _, w := range store.WaitingStates {
		if w.Table == "payouts" && w.State == string(market.PayoutPending) {
			pending = w
		}
	}
	count := func(after time.Duration) (late int64, stuck int) {
		s := at(after)
		all, err := s.LateRows(ctx)
		require.NoError(t, err)
		rows, err := s.WaitingRows(ctx, pending, 0, 2*payouts)
		require.NoError(t, err)
		return all[pending.String()], len(rows)
	}
	late, stuck := count(3 * 24 * time.Hour)
	require.Zero(t, late)
	require.Zero(t, stuck, "their turn has not come")
	_, err = shop.Pool().Exec(ctx, "DELETE FROM payouts WHERE id <= (SELECT min(id) FROM payouts) + $1", payouts*2/3)
	require.NoError(t, err)
	late, stuck = count(73 * time.Hour)
	require.Zero(t, late, "the last third is a day's work")
	require.Positive(t, stuck)
	late, _ = count(75 * time.Hour)
	require.Positive(t, late)
}
