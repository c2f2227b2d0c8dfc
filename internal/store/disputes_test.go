package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// paymentOf returns the payment of an order and what it came to.
func paymentOf(t *testing.T, s *store.Store, order int64) (id int64, amount market.Money) {
	t.Helper()
	require.NoError(t,
		s.Pool().QueryRow(t.Context(), "SELECT id, amount FROM payments WHERE order_id = $1", order).Scan(&id, &amount))
	return id, amount
}

// TestOpenDisputes_TheSameCancellationAtOnce_OpensOneDispute.
func TestOpenDisputes_TheSameCancellationAtOnce_OpensOneDispute(t *testing.T) {
	t.Parallel()
	s, order, _, _ := sold(t)
	payment, amount := paymentOf(t, s.Store, order)
	cancellation := market.ProviderCancellation{ID: "c-1", Amount: amount, Cause: "CONSOLE", At: time.Now()}
	var wg sync.WaitGroup
	opened := make([][]int64, 8)
	errs := make([]error, 8)
	for i := range opened {
		wg.Go(func() {
			opened[i], errs[i] = s.OpenDisputes(t.Context(), payment, []market.ProviderCancellation{cancellation})
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	var all []int64
	for _, ids := range opened {
		all = append(all, ids...)
	}
	require.Len(t, all, 1)
	s.Verified(t)
}

// TestShipItem_AgainstADispute_ShipsBeforeItOrNotAtAll: a parcel and a dispute race for each line.
func TestShipItem_AgainstADispute_ShipsBeforeItOrNotAtAll(t *testing.T) {
	t.Parallel()
	for round := range 8 {
		s, order, lines, _ := sold(t)
		payment, amount := paymentOf(t, s.Store, order)
		var shipped, disputed error
		var wg sync.WaitGroup
		ship := func() {
			_, shipped = s.ShipItem(t.Context(), market.SellerID(s.SellerIDs[0]), lines[0].ID, "c", "1")
		}
		dispute := func() {
			_, disputed = s.OpenDisputes(t.Context(), payment,
				[]market.ProviderCancellation{{ID: fmt.Sprint(round), Amount: amount, Cause: "CHARGEBACK", At: time.Now()}})
		}
		for _, f := range []func(){ship, dispute} {
			wg.Go(f)
		}
		wg.Wait()
		require.NoError(t, disputed, "what has gone back is booked in any case")
		if shipped != nil {
			refused(t, market.CodeOrderDisputed, shipped)
		}
		ship()
		if shipped != nil {
			refused(t, market.CodeOrderDisputed, shipped)
		}
		_, err := s.Pool().Exec(t.Context(), "UPDATE order_items SET shipped_at = now() WHERE id = $1 AND shipped_at IS NULL",
			lines[0].ID)
		if shipped != nil {
			require.ErrorContains(t, err, "has an unresolved dispute", "the schema refuses it too")
		}
		s.Verified(t)
	}
}

// TestOpenDisputes_OfARefundOfOurs_OpensNone, while the refund is under way and when it has succeeded; a second
// cancellation with the same mark, or one for a refund that has failed, is disputed.
func TestOpenDisputes_OfARefundOfOurs_OpensNone(t *testing.T) {
	t.Parallel()
	s, order, _, buyer := sold(t)
	ctx := t.Context()
	payment, _ := paymentOf(t, s.Store, order)
	id, err := s.ReserveRefund(ctx, buyer, "k", nil, nil)
	require.NoError(t, err)
	refund, err := s.OpenRefund(ctx, store.RefundRequest{
		RefundID: id, BuyerID: int64(buyer), OrderID: order, Reason: market.ReasonDamaged,
	})
	require.NoError(t, err)
	ours := []market.ProviderCancellation{
		{ID: "ours", Amount: refund.Amount, Cause: "API", RefundID: id, At: time.Now()},
	}
	approve := func(decision string) {
		_, applied, err := s.DecideRefund(ctx,
			store.RefundDecision{RefundID: id, DecisionID: decision, SentBy: "test", Approve: true})
		require.NoError(t, err)
		require.True(t, applied)
	}
	approve("first")
	opened, err := s.OpenDisputes(ctx, payment, ours)
	require.NoError(t, err)
	require.Empty(t, opened, "it is under way")

	// The provider has carried it out after it was given up: its money is found in the dispute.
	require.NoError(t, s.FailRefund(ctx, id, market.CodePaymentGatewayError))
	opened, err = s.OpenDisputes(ctx, payment, ours)
	require.NoError(t, err)
	require.Len(t, opened, 1)
	approve("second")
	_, err = s.CompleteRefund(ctx, id)
	require.NoError(t, err)
	d, err := s.Dispute(ctx, opened[0])
	require.NoError(t, err)
	require.Equal(t, market.DisputeAccepted, d.Status)
	require.Equal(t, refund.Amount, d.Refunded)
	o, err := s.AnyOrder(ctx, order)
	require.NoError(t, err)
	require.Equal(t, market.OrderRefunded, o.Status)

	// A second cancellation with the mark of a refund that was paid back once is none of ours.
	other := s.Sell(t, "other", s.ProductIDs...)
	s.Refund(t, "whole", other, 0)
	payment, _ = paymentOf(t, s.Store, other)
	again := int64(s.Number(t, "SELECT id FROM refunds WHERE payment_id = $1", payment))
	var twice []market.ProviderCancellation
	for i := range 2 {
		twice = append(twice, market.ProviderCancellation{
			ID: fmt.Sprint("twice", i), Amount: market.Money(s.Number(t, "SELECT (amount * 100)::int FROM refunds WHERE id = $1", again)),
			Cause: "API", RefundID: again, At: time.Now(),
		})
	}
	opened, err = s.OpenDisputes(ctx, payment, twice[:1])
	require.NoError(t, err)
	require.Empty(t, opened)
	opened, err = s.OpenDisputes(ctx, payment, twice)
	require.NoError(t, err)
	require.Len(t, opened, 1)
	s.Verified(t)
}

// as returns a store with a database role.
func as(t *testing.T, s *testrig.Shop, role string) *store.Store {
	t.Helper()
	other, err := store.Open(t.Context(), testrig.As(t, s.Pool().Config().ConnString(), role), store.Options{})
	require.NoError(t, err)
	t.Cleanup(other.Close)
	return other
}

// TestDisputes_WithTheRolesOfTheirProcesses: workers open a dispute, the admin API decides it, and the public API is
// refused both.
func TestDisputes_WithTheRolesOfTheirProcesses(t *testing.T) {
	t.Parallel()
	s, order, lines, _ := sold(t)
	ctx := t.Context()
	_, err := s.CreateAdmin(ctx, "a@example.com", "hash", "a")
	require.NoError(t, err)
	api, admin, worker := as(t, s, "market_api"), as(t, s, "market_admin"), as(t, s, "market_worker")
	payment, amount := paymentOf(t, s.Store, order)
	cancelled := []market.ProviderCancellation{{ID: "c", Amount: amount, Cause: "CONSOLE", At: time.Now()}}
	_, err = api.OpenDisputes(ctx, payment, cancelled)
	require.Error(t, err)
	opened, err := worker.OpenDisputes(ctx, payment, cancelled)
	require.NoError(t, err)
	require.Len(t, opened, 1)
	accept := store.DecidedDispute{
		DisputeID: opened[0], AdminID: int64(s.Number(t, "SELECT id FROM admins")), Decision: market.DisputeAccept, Reason: "r",
	}
	_, err = api.DecideDispute(ctx, accept)
	require.Error(t, err)
	for _, l := range lines {
		accept.Items = append(accept.Items, market.Pieces{OrderItemID: l.ID, Quantity: l.Quantity})
	}
	_, err = admin.DecideDispute(ctx, accept)
	require.NoError(t, err)
	o, err := s.AnyOrder(ctx, order)
	require.NoError(t, err)
	require.Equal(t, market.OrderRefunded, o.Status)
	s.Verified(t)
}
