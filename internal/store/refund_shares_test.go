package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// It claims pieces of ten that come to whole won together and not alone. The refund
// that was claimed first is denied before the last one.
func TestRefunds_AfterADenial_ShareTheLine(t *testing.T) {
	t.Parallel()
	for price, claims := range map[market.Money][][2]int64{ // pieces, and what they come to
		10:   {{2, 0}, {2, 0}, {6, 1_00}, {1, 0}},
		3_10: {{9, 27_00}, {1, 4_00}, {5, 14_00}},
	} {
		ctx, s := t.Context(), testrig.NewShop(t, 1, nil)
		// as a product was priced before prices were in whole won
		_, err := s.Pool().Exec(ctx, "ALTER TABLE products DISABLE TRIGGER products_price_whole_won_update")
		require.NoError(t, err)
		_, err = s.Pool().Exec(ctx, "UPDATE products SET price = $1", price)
		require.NoError(t, err)
		cart, err := s.AddToCart(ctx, market.BuyerID(s.BuyerID), s.ProductIDs[0], 10, market.PageRequest{Size: 1})
		require.NoError(t, err)
		paid, err := testrig.Buy(ctx, s.Store, store.Checkout{
			BuyerID: s.BuyerID, Key: "whole", CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: s.AddressID,
		})
		require.NoError(t, err)
		line := int64(s.Number(t, "SELECT id FROM order_items"))
		var first int64
		for i, claim := range claims {
			if i == len(claims)-1 {
				_, applied, err := s.DecideRefund(ctx,
					store.RefundDecision{RefundID: first, DecisionID: "no", SentBy: "test", Reason: "kept"})
				require.NoError(t, err)
				require.True(t, applied)
			}
			id, err := s.ReserveRefund(ctx, market.BuyerID(s.BuyerID), fmt.Sprint(i), nil, nil)
			require.NoError(t, err)
			r, err := s.OpenRefund(ctx, store.RefundRequest{
				RefundID: id, BuyerID: s.BuyerID, OrderID: paid.OrderID, Reason: market.ReasonDamaged,
				Items: []market.Pieces{{OrderItemID: line, Quantity: int32(claim[0])}},
			})
			require.NoError(t, err)
			require.Equal(t, market.Money(claim[1]), r.Amount, "%s, claim %d", price, i)
			if i == 0 {
				first = id
			}
		}
		s.RollUpAll(t)
		s.Verified(t)
	}
}
