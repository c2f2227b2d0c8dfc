package store_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// TestAConnectionEndsAnywhere: a purchase and its refund are cut off after so many bytes between the
// process and PostgreSQL, and run again from the beginning; then after some bytes more, until none are
// left. Whoever asks is told to try again, and everything has happened once.
func TestAConnectionEndsAnywhere(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	address, err := url.Parse(s.Pool().Config().ConnString())
	require.NoError(t, err)
	proxy := testrig.NewProxy(t, address.Host)
	address.Host = proxy.Addr()

	cuts, sold := 0, 0
	for bytes := 1; ; bytes += 997 {
		sold++
		key := fmt.Sprint("k", sold)
		cart, err := s.AddToCart(ctx, market.BuyerID(s.BuyerID), s.ProductIDs[0], 2, all)
		require.NoError(t, err)
		checkout := store.Checkout{
			BuyerID: s.BuyerID, Key: key, CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: s.AddressID,
		}
		through, err := store.Open(ctx, address.String(), store.Options{MaxConns: 2})
		require.NoError(t, err)
		proxy.CutAfter(bytes)
		cut := buyAndGiveBack(ctx, through, checkout)
		proxy.Mend()
		if cut != nil {
			cuts++
			require.Equal(t, market.CodeDatabaseUnavailable, market.CodeOf(cut), "after %d bytes: %v", bytes, cut)
		}
		require.NoError(t, buyAndGiveBack(ctx, through, checkout), "after %d bytes", bytes)
		through.Close()
		if cut == nil {
			break
		}
	}
	require.Greater(t, cuts, 20)
	for _, of := range []string{"orders", "payments WHERE status = 'REFUNDED'", "refunds WHERE status = 'SUCCESS'"} {
		require.Equal(t, sold, s.Number(t, "SELECT count(*) FROM "+of), of)
	}
	require.Equal(t, 1_000_000, s.Number(t, "SELECT stock FROM products"))
	s.RollUpAll(t)
	s.Verified(t)
}

// buyAndGiveBack does what the activities of a purchase and of its refund do in the database.
func buyAndGiveBack(ctx context.Context, s *store.Store, c store.Checkout) error {
	buyer := market.BuyerID(c.BuyerID)
	o, err := s.PlaceOrder(ctx, c)
	if err != nil {
		return err
	}
	opened, err := s.OpenPayment(ctx, store.PaymentToOpen{
		OrderID: o.OrderID, BuyerID: buyer, Method: market.MethodMock, RunID: "run-" + c.Key,
	})
	if err != nil {
		return err
	}
	p := opened.Payment
	_, err = s.ApprovePayment(ctx, store.OrderPayment{OrderID: o.OrderID, PaymentID: p.ID},
		store.Charge{ImpUID: "imp-" + c.Key, Amount: p.Amount})
	if err != nil {
		return err
	}
	id, err := s.ReserveRefund(ctx, buyer, c.Key, nil)
	if err != nil {
		return err
	}
	refund, err := s.OpenRefund(ctx,
		store.RefundRequest{RefundID: id, BuyerID: c.BuyerID, OrderID: o.OrderID, Reason: market.ReasonDamaged})
	if err != nil {
		return err
	}
	_, _, err = s.DecideRefund(ctx,
		store.RefundDecision{RefundID: refund.ID, DecisionID: "d", SentBy: "test", Approve: true})
	if err != nil {
		return err
	}
	_, err = s.CompleteRefund(ctx, refund.ID)
	return err
}
