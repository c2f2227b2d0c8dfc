package store_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

func TestOpenRefund_Cancellation_IsApproved(t *testing.T) {
	t.Parallel()
	s, order, _, buyer := sold(t)
	ctx := t.Context()
	ask := func(key string) (market.Refund, error) {
		id, err := s.ReserveRefund(ctx, buyer, key, nil, nil)
		require.NoError(t, err)
		return s.OpenRefund(ctx, store.RefundRequest{
			RefundID: id, BuyerID: int64(buyer), OrderID: order, Reason: market.ReasonChangeOfMind, Cancel: true,
		})
	}
	first, err := ask("k")
	require.NoError(t, err)
	require.Equal(t, market.RefundProcessing, first.Status)
	again, err := ask("k")
	require.NoError(t, err)
	require.Equal(t, first, again)
	_, err = ask("another")
	refused(t, market.CodeRefundAlreadyExists, err)
	_, applied, err := s.DecideRefund(ctx, store.RefundDecision{
		RefundID: first.ID, DecisionID: "d", SentBy: "an admin", Reason: "no",
	})
	require.NoError(t, err)
	require.False(t, applied, "there is nothing to decide")
	applied, recorded, err := s.DecisionApplied(ctx, first.ID, "rule")
	require.NoError(t, err)
	require.True(t, applied && recorded, "it stands in the books who has decided")
	_, err = s.CompleteRefund(ctx, first.ID)
	require.NoError(t, err)
	o, err := s.AnyOrder(ctx, order)
	require.NoError(t, err)
	require.Equal(t, market.OrderRefunded, o.Status)
	again, err = ask("k")
	require.NoError(t, err)
	require.Equal(t, market.RefundSuccess, again.Status, "the same request, whatever has become of it")
	s.Verified(t)
}

// Shipping and cancelling race for each line: one of them is refused, and the other
// has its way.
func TestShip_WhileCancelled_OneWins(t *testing.T) {
	t.Parallel()
	for round := range 8 {
		s, order, lines, buyer := sold(t)
		ctx := t.Context()
		id, err := s.ReserveRefund(ctx, buyer, "k", nil, nil)
		require.NoError(t, err)
		var shipped, cancelled error
		var both sync.WaitGroup
		both.Go(func() {
			_, shipped = s.ShipItem(ctx, market.SellerID(lines[round%2].SellerID), lines[round%2].ID, "c", "t")
		})
		both.Go(func() {
			_, cancelled = s.OpenRefund(ctx, store.RefundRequest{
				RefundID: id, BuyerID: int64(buyer), OrderID: order, Reason: market.ReasonChangeOfMind, Cancel: true,
			})
		})
		both.Wait()
		if shipped == nil {
			refused(t, market.CodeOrderNotCancellable, cancelled)
		} else {
			refused(t, market.CodeOrderItemUnderRefund, shipped)
			require.NoError(t, cancelled)
		}
	}
}

// A key finds what its own request has led to, and nothing else.
func TestKeys_WithAnotherRequest_AreRefused(t *testing.T) {
	t.Parallel()
	s, _, _, buyer := sold(t)
	first, err := s.ReserveRefund(t.Context(), buyer, "k", []byte{1}, nil)
	require.NoError(t, err)
	again, err := s.ReserveRefund(t.Context(), buyer, "k", []byte{1}, nil)
	require.NoError(t, err)
	require.Equal(t, first, again)
	_, err = s.ReserveRefund(t.Context(), buyer, "k", []byte{2}, nil)
	refused(t, market.CodeIdempotencyKeyReused, err)

	checkout := fillCart(t, s, 0, 1)
	placed, err := s.PlaceOrder(t.Context(), checkout)
	require.NoError(t, err)
	same, err := s.PlaceOrder(t.Context(), checkout)
	require.NoError(t, err)
	require.Equal(t, placed, same)
	other := fillCart(t, s, 1, 1)
	other.Key = checkout.Key
	_, err = s.PlaceOrder(t.Context(), other)
	refused(t, market.CodeIdempotencyKeyReused, err)
	_, err = s.Pool().Exec(t.Context(), "UPDATE checkout_attempts SET fingerprint = NULL") // as the release before does
	require.NoError(t, err)
	same, err = s.PlaceOrder(t.Context(), checkout)
	require.NoError(t, err)
	require.Equal(t, placed, same)
}
