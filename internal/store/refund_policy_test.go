package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// Forty refunds of 1,000.07 of one payment are requested at the same time: by rule less than 10,000 is
// paid back in all, and from 20,000 on each needs two admins.
func TestOpenRefund_ManySmallOnesAtOnce_LimitsCountThePayment(t *testing.T) {
	t.Parallel()
	const pieces = 40
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	admin := owners(t, s.Store, 1)[0]
	second := market.Money(20_000_00)
	_, _, err := s.SetRefundPolicy(ctx, admin, market.RefundPolicy{
		AutoApproveBelow: 10_000_00, SecondApprovalFrom: &second, RemindAfterHours: 1, EscalateAfterHours: 2,
		ShippingBorneBy: market.ShippingPolicy{
			ChangeOfMind: market.PartyBuyer, WrongItem: market.PartySeller, Damaged: market.PartySeller,
		},
	})
	require.NoError(t, err)
	limitUnpaid(t, s, 1, pieces, pieces)
	buyer := market.BuyerID(s.BuyerID)
	cart, err := s.AddToCart(ctx, buyer, s.ProductIDs[0], pieces, market.PageRequest{Size: 1, Sort: "id"})
	require.NoError(t, err)
	paid, err := testrig.Buy(ctx, s.Store, store.Checkout{
		BuyerID: s.BuyerID, Key: "many", CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: s.AddressID,
	})
	require.NoError(t, err)
	detail, err := s.OrderDetail(ctx, buyer, paid.OrderID)
	require.NoError(t, err)

	var group errgroup.Group
	for i := range pieces {
		group.Go(func() error {
			id, err := s.ReserveRefund(ctx, buyer, fmt.Sprint("small ", i), nil, nil)
			if err != nil {
				return err
			}
			_, err = s.OpenRefund(ctx, store.RefundRequest{
				RefundID: id, BuyerID: s.BuyerID, OrderID: paid.OrderID, Reason: market.ReasonChangeOfMind,
				Items: []market.Pieces{{OrderItemID: detail.Items[0].ID, Quantity: 1}},
			})
			return err
		})
	}
	require.NoError(t, group.Wait())
	require.Equal(t, 9, s.Number(t, "SELECT count(*) FROM refunds WHERE status = 'PROCESSING'"))
	require.Equal(t, 10, s.Number(t, "SELECT count(*) FROM refunds WHERE status = 'PENDING' AND NOT needs_second"))
	require.Equal(t, 21, s.Number(t, "SELECT count(*) FROM refunds WHERE status = 'PENDING' AND needs_second"))
}
