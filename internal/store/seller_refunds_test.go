package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

func TestSellerRefunds_OfOthers_AreLeftOut(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 2, nil)
	order := s.Sell(t, "one", s.ProductIDs...)
	s.Refund(t, "back", order, 0)
	for i, seller := range s.SellerIDs {
		page, err := s.SellerRefunds(t.Context(), market.SellerID(seller), nil, market.PageRequest{Size: 10})
		require.NoError(t, err)
		require.Len(t, page.Content, 1)
		r := page.Content[0]
		require.Equal(t, order, r.OrderID)
		placed, err := s.AnyOrderDetail(t.Context(), order)
		require.NoError(t, err)
		require.Equal(t, placed.OrderNumber, r.OrderNumber)
		require.Equal(t, market.RefundSuccess, r.Status)
		require.EqualValues(t, i+1, r.Quantity)
		require.Positive(t, *r.Commission)
	}
}
