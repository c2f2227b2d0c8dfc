package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// A checkout is read and priced without a lock. If anything changes before it is placed, the order
// has the new values, or there is none.
func TestPlaceOrder_ChangedSinceRead_ReadsAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  string // once, of product $1 and cart item $2
		refusal market.Code
		total   market.Money
		stock   int
	}{
		"nothing":   {"SELECT $1::bigint, $2::bigint", "", 2014_00, 8},
		"the price": {"UPDATE products SET price = 500 WHERE id = $1 AND $2 > 0", "", 1000_00, 8},
		"the name":  {"UPDATE products SET name = 'renamed' WHERE id = $1 AND $2 > 0", "", 2014_00, 8},
		"pieces in the cart": {
			"UPDATE cart_items SET quantity = 3 WHERE product_id = $1 AND id = $2", "", 3021_00, 7,
		},
		"the stock, which is enough": {"UPDATE products SET stock = 2 WHERE id = $1 AND $2 > 0", "", 2014_00, 0},
		"the stock, which is not": {
			"UPDATE products SET stock = 1 WHERE id = $1 AND $2 > 0", market.CodeProductOutOfStock, 0, 1,
		},
		"whether it is shown": {
			"UPDATE products SET status = 'HIDDEN' WHERE id = $1 AND $2 > 0", market.CodeInvalidOrderProduct, 0, 10,
		},
		"whether it is there": {
			"UPDATE products SET deleted_at = now() WHERE id = $1 AND $2 > 0", market.CodeInvalidOrderProduct, 0, 10,
		},
		"whether it is in the cart": {
			"DELETE FROM cart_items WHERE product_id = $1 AND id = $2", market.CodeInvalidOrderCartItems, 0, 10,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ctx := testrig.NewShop(t, 2, nil), t.Context()
			product := s.ProductIDs[0]
			_, err := s.UpdateProduct(ctx, market.SellerID(s.SellerIDs[0]), product,
				market.ProductChange{OnHand: new(int32(10))})
			require.NoError(t, err)
			var items []int64
			for _, p := range s.ProductIDs[:2] {
				cart, err := s.AddToCart(ctx, market.BuyerID(s.BuyerID), p, 2, all)
				require.NoError(t, err)
				for _, i := range cart.Items.Content {
					if i.ProductID == p {
						items = append(items, i.ID)
					}
				}
			}
			turns := 0
			placed, err := s.PlaceOrder(ctx, store.Checkout{
				BuyerID: s.BuyerID, Key: "k", CartItemIDs: items, AddressID: s.AddressID,
				WithLock: func(ctx context.Context, ids []int64, f func() error) error {
					require.Equal(t, s.ProductIDs[:2], ids)
					if turns++; turns == 1 {
						_, err := s.Pool().Exec(ctx, c.change, product, items[0])
						require.NoError(t, err)
					}
					return f()
				},
			})
			require.Equal(t, c.refusal, market.CodeOf(err))
			require.Equal(t, c.stock, s.Number(t, "SELECT stock FROM products WHERE id = $1", product))
			if c.refusal != "" {
				require.Zero(t, s.Number(t, "SELECT count(*) FROM orders"))
				require.Equal(t, 1_000_000, s.Number(t, "SELECT stock FROM products WHERE id = $1", s.ProductIDs[1]),
					"nothing was taken of the other product")
				require.NotZero(t, s.Number(t, "SELECT count(*) FROM cart_items WHERE id = $1", items[1]), "the cart is kept")
				return
			}
			require.NoError(t, err)
			const other = 2 * 1_010_00
			require.Equal(t, c.total+other, placed.Total)
			require.Equal(t, 2, placed.Lines)
			detail, err := s.OrderDetail(ctx, market.BuyerID(s.BuyerID), placed.OrderID)
			require.NoError(t, err)
			require.Equal(t, placed.Total, detail.TotalAmount)
			require.Equal(t, s.Number(t, "SELECT count(*) FROM products WHERE name = 'renamed'") == 1,
				detail.Items[0].ProductName == "renamed")
			require.Zero(t, s.Number(t, "SELECT count(*) FROM cart_items"))
		})
	}
}

// It has been placed while this one waited for its turn, which
// then finds the same order.
func TestPlaceOrder_SameKeyConcurrently_PlacesOnce(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	cart, err := s.AddToCart(ctx, market.BuyerID(s.BuyerID), s.ProductIDs[0], 2, all)
	require.NoError(t, err)
	c := store.Checkout{
		BuyerID: s.BuyerID, Key: "k", CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: s.AddressID,
	}
	first, err := s.PlaceOrder(ctx, store.Checkout{}) // of no buyer
	refused(t, market.CodeInvalidOrderCartItems, err)
	c.WithLock = func(ctx context.Context, _ []int64, f func() error) error {
		same := c
		same.WithLock = nil
		first, err = s.PlaceOrder(ctx, same)
		require.NoError(t, err)
		return f()
	}
	second, err := s.PlaceOrder(ctx, c)
	require.NoError(t, err)
	require.NotZero(t, first.OrderID)
	require.Equal(t, first, second)
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM orders"))
	s.Verified(t)
}

// It gives up, to be tried again by who called.
func TestPlaceOrder_AlwaysChanged_IsAConflict(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	cart, err := s.AddToCart(ctx, market.BuyerID(s.BuyerID), s.ProductIDs[0], 2, all)
	require.NoError(t, err)
	_, err = s.PlaceOrder(ctx, store.Checkout{
		BuyerID: s.BuyerID, Key: "k", CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: s.AddressID,
		WithLock: func(ctx context.Context, ids []int64, f func() error) error {
			_, err := s.Pool().Exec(ctx, "UPDATE products SET price = price + 1 WHERE id = ANY ($1)", ids)
			require.NoError(t, err)
			return f()
		},
	})
	require.ErrorIs(t, err, market.ErrConflict)
	require.Zero(t, s.Number(t, "SELECT count(*) FROM orders"))
}

// It looks at the headers of rows. A foreign key writes that of the row which
// is named: a big seller's would be written by purchases that are under way at once.
func TestPurchase_WritesNoRowThatPurchasesShare(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	written := func(table string) int {
		return s.Number(t, "SELECT sum(xmin::text::bigint + xmax::text::bigint) FROM "+table)
	}
	before := map[string]int{}
	for _, table := range []string{"sellers", "buyers", "categories", "products"} {
		before[table] = written(table)
	}
	cart, err := s.AddToCart(t.Context(), market.BuyerID(s.BuyerID), s.ProductIDs[0], 1, market.PageRequest{Size: 1})
	require.NoError(t, err)
	require.Equal(t, before["products"], written("products"), "products by a cart")
	_, err = testrig.Buy(t.Context(), s.Store, store.Checkout{
		BuyerID: s.BuyerID, Key: "shared", CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: s.AddressID,
	})
	require.NoError(t, err)
	delete(before, "products") // whose stock has changed
	for table, was := range before {
		require.Equal(t, was, written(table), table)
	}
}
