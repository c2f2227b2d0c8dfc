package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// It places eight orders of one buyer at
// once: as many are placed as the limits admit, and the others are refused with what exceeds them.
func TestPlaceOrder_UnpaidLimits_HoldAgainstConcurrentCheckouts(t *testing.T) {
	t.Parallel()
	const each = 2 // pieces in an order, of a product of its own
	for name, c := range map[string]struct {
		orders, pieces, ofProduct int // of a buyer without a verified address
		verified                  bool
		placed                    int
		refusal                   market.Code
	}{
		"orders":                     {orders: 3, pieces: 90, ofProduct: 90, placed: 3, refusal: market.CodeTooManyUnpaidOrders},
		"pieces":                     {orders: 9, pieces: 9, ofProduct: 9, placed: 4, refusal: market.CodeTooManyUnpaidPieces},
		"pieces of each product":     {orders: 9, pieces: 90, ofProduct: 1, placed: 0, refusal: market.CodeTooManyUnpaidPieces},
		"within the limits":          {orders: 8, pieces: 16, ofProduct: 2, placed: 8},
		"limits of unverified buyer": {orders: 1, pieces: 1, ofProduct: 1, verified: true, placed: 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testrig.NewShop(t, 8, nil)
			limitUnpaid(t, s, c.orders, c.pieces, c.ofProduct)
			if c.verified {
				_, err := s.Pool().Exec(t.Context(), "UPDATE buyers SET email_verified_at = now()")
				require.NoError(t, err)
			}
			checkouts, errs := make([]store.Checkout, 8), make([]error, 8)
			for i := range checkouts {
				checkouts[i] = fillCart(t, s, i, each)
			}
			var placing sync.WaitGroup
			for i := range checkouts {
				placing.Go(func() { _, errs[i] = s.PlaceOrder(t.Context(), checkouts[i]) })
			}
			placing.Wait()
			placed := 0
			for _, err := range errs {
				if err == nil {
					placed++
					continue
				}
				require.Equal(t, c.refusal, market.CodeOf(err), err)
			}
			require.Equal(t, c.placed, placed)
			require.Equal(t, placed, s.Number(t, "SELECT count(*) FROM orders"))
			require.Equal(t, 8-placed, s.Number(t, "SELECT count(*) FROM cart_items"), "a refused checkout keeps its cart")
			require.Equal(t, placed*each, s.Number(t, "SELECT sum(reserved) FROM products"), "and takes nothing")
			s.Verified(t)
		})
	}
}

// It orders one product again and again.
func TestPlaceOrder_OrderEndsOrIsPaid_FreesItsShareOfTheLimits(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, s *testrig.Shop, placed store.PlacedOrder, c store.Checkout){
		"cancelled": func(t *testing.T, s *testrig.Shop, placed store.PlacedOrder, _ store.Checkout) {
			t.Helper()
			require.NoError(t, s.SetOrderStatus(t.Context(), placed.OrderID, market.OrderFailed, nil))
		},
		"paid": func(t *testing.T, s *testrig.Shop, _ store.PlacedOrder, c store.Checkout) {
			t.Helper()
			_, err := testrig.Buy(t.Context(), s.Store, c)
			require.NoError(t, err)
		},
		"expired": func(t *testing.T, s *testrig.Shop, _ store.PlacedOrder, _ store.Checkout) {
			t.Helper()
			_, err := s.Pool().Exec(t.Context(), "UPDATE orders SET created_at = created_at - interval '1 hour'")
			require.NoError(t, err)
			_, err = s.ExpireOrders(t.Context())
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testrig.NewShop(t, 1, nil)
			limitUnpaid(t, s, 9, 9, 5)
			first := fillCart(t, s, 0, 3)
			placed, err := s.PlaceOrder(t.Context(), first)
			require.NoError(t, err)
			second := fillCart(t, s, 0, 3)
			second.Key = "second"
			_, err = s.PlaceOrder(t.Context(), second)
			refused(t, market.CodeTooManyUnpaidPieces, err)
			end(t, s, placed, first)
			_, err = s.PlaceOrder(t.Context(), second)
			require.NoError(t, err)
			s.Verified(t)
		})
	}
}

// limitUnpaid limits what buyers without a verified address may hold.
func limitUnpaid(t *testing.T, s *testrig.Shop, orders, pieces, ofProduct int) {
	t.Helper()
	_, err := s.Pool().Exec(t.Context(), `INSERT INTO unpaid_limits (orders, pieces, pieces_of_product,
		unverified_orders, unverified_pieces, unverified_pieces_of_product) VALUES (90, 90, 90, $1, $2, $3)`, orders, pieces, ofProduct)
	require.NoError(t, err)
}

// fillCart puts pieces of the i-th product into the buyer's cart and returns their checkout.
func fillCart(t *testing.T, s *testrig.Shop, i int, pieces int32) store.Checkout {
	t.Helper()
	cart, err := s.AddToCart(t.Context(), market.BuyerID(s.BuyerID), s.ProductIDs[i], pieces, all)
	require.NoError(t, err)
	c := store.Checkout{BuyerID: s.BuyerID, Key: fmt.Sprint("checkout ", i), AddressID: s.AddressID}
	for _, item := range cart.Items.Content {
		if item.ProductID == s.ProductIDs[i] {
			c.CartItemIDs = []int64{item.ID}
		}
	}
	return c
}
