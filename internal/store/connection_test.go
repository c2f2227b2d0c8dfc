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
	"github.com/all-in-market/market/internal/vault"
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
		through, err := store.Open(ctx, address.String(), store.Options{MaxConns: 2, Vault: vault.Local()})
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

func buyAndGiveBack(ctx context.Context, s *store.Store, c store.Checkout) error {
	paid, err := testrig.Buy(ctx, s, c)
	if err != nil {
		return err
	}
	_, err = testrig.GiveBack(ctx, s, c.Key,
		store.RefundRequest{BuyerID: c.BuyerID, OrderID: paid.OrderID, Reason: market.ReasonDamaged})
	return err
}
