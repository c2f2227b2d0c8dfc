package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// sold is a paid order of two sellers, a line each.
func sold(t *testing.T) (s *testrig.Shop, order int64, lines []market.OrderItem, buyer market.BuyerID) {
	t.Helper()
	s = testrig.NewShop(t, 2, nil)
	order = s.Sell(t, "one", s.ProductIDs...)
	require.NoError(t, s.Pool().QueryRow(t.Context(), "SELECT buyer_id FROM orders WHERE id = $1", order).Scan(&buyer))
	detail, err := s.OrderDetail(t.Context(), buyer, order)
	require.NoError(t, err)
	require.Len(t, detail.Items, 2)
	return s, order, detail.Items, buyer
}

// An order is SHIPPED when all its lines are, DELIVERED when all have arrived, and its buyer is
// notified of both once.
func TestOrders_LinesMove_StatusFollows(t *testing.T) {
	t.Parallel()
	s, order, lines, buyer := sold(t)
	ctx := t.Context()
	status := func() market.OrderStatus {
		o, err := s.AnyOrder(ctx, order)
		require.NoError(t, err)
		return o.Status
	}
	for i, line := range lines {
		seller := market.SellerID(line.SellerID)
		_, err := s.DeliverItem(ctx, seller, line.ID)
		refused(t, market.CodeOrderItemNotShippable, err)
		_, err = s.ShipItem(ctx, seller+100, line.ID, "c", "t")
		refused(t, market.CodeOrderItemNotFound, err)
		shipped, err := s.ShipItem(ctx, seller, line.ID, "carrier", "t-1")
		require.NoError(t, err)
		require.Equal(t, "t-1", *shipped.TrackingNumber)
		require.Equal(t, []market.OrderStatus{market.OrderPaid, market.OrderShipped}[i], status())
	}
	_, err := s.ShipItem(ctx, market.SellerID(lines[0].SellerID), lines[0].ID, "carrier", "t-2")
	require.NoError(t, err, "a parcel's number can be put right")
	for i, line := range lines {
		for range 2 {
			_, err := s.DeliverItem(ctx, market.SellerID(line.SellerID), line.ID)
			require.NoError(t, err)
		}
		require.Equal(t, []market.OrderStatus{market.OrderShipped, market.OrderDelivered}[i], status())
	}
	_, err = s.ShipItem(ctx, market.SellerID(lines[0].SellerID), lines[0].ID, "carrier", "t-3")
	refused(t, market.CodeOrderItemNotShippable, err)

	inbox, err := s.OrderNotifications(ctx, buyer, false, all)
	require.NoError(t, err)
	var states []string
	for _, n := range inbox.Content {
		states = append(states, n.Status)
		require.False(t, n.IsRead)
	}
	require.Equal(t, []string{"SHIPPED", "DELIVERED"}, states)
	require.NoError(t, s.ReadOrderNotifications(ctx, buyer, order))
	inbox, err = s.OrderNotifications(ctx, buyer, false, all)
	require.NoError(t, err)
	require.Empty(t, inbox.Content)
	inbox, err = s.OrderNotifications(ctx, buyer, true, all)
	require.NoError(t, err)
	require.True(t, inbox.Content[0].IsRead && inbox.Content[1].IsRead)
	s.Verified(t)
}

// Neither by its seller nor by an admin.
func TestShip_UnderRefund_IsRefused(t *testing.T) {
	t.Parallel()
	s, order, lines, buyer := sold(t)
	ctx := t.Context()
	id, err := s.ReserveRefund(ctx, buyer, "k", nil, nil)
	require.NoError(t, err)
	_, err = s.OpenRefund(ctx, store.RefundRequest{
		RefundID: id, BuyerID: int64(buyer), OrderID: order, Reason: market.ReasonDamaged,
		Items: []market.Pieces{{OrderItemID: lines[0].ID, Quantity: 1}},
	})
	require.NoError(t, err)
	_, err = s.ShipItem(ctx, market.SellerID(lines[0].SellerID), lines[0].ID, "c", "t")
	refused(t, market.CodeOrderItemUnderRefund, err)
	refused(t, market.CodeOrderItemUnderRefund, s.SetOrderStatus(ctx, order, market.OrderShipped, pointer("t")))
	_, err = s.ShipItem(ctx, market.SellerID(lines[1].SellerID), lines[1].ID, "c", "t")
	require.NoError(t, err, "the other seller's line goes on its way")
}

// A step of the state machine, once.
func TestSetOrderStatus_NotNext_IsRefused(t *testing.T) {
	t.Parallel()
	s, order, _, _ := sold(t)
	ctx := t.Context()
	for _, to := range []market.OrderStatus{
		market.OrderDelivered, market.OrderFailed, market.OrderCreated, market.OrderRefunded,
	} {
		refused(t, market.CodeOrderStatusCannotBeChanged, s.SetOrderStatus(ctx, order, to, nil))
	}
	for _, to := range []market.OrderStatus{
		market.OrderPaid, market.OrderShipped, market.OrderShipped, market.OrderDelivered,
	} {
		require.NoError(t, s.SetOrderStatus(ctx, order, to, pointer("t")), to)
	}
	unpaid := s.Place(t, "two", s.ProductIDs[0])
	require.NoError(t, s.SetOrderStatus(ctx, unpaid, market.OrderFailed, nil))
	refused(t, market.CodeOrderStatusImmutable, s.SetOrderStatus(ctx, unpaid, market.OrderPaid, nil))
	refused(t, market.CodeOrderNotFound, s.SetOrderStatus(ctx, 999, market.OrderPaid, nil))
	s.Verified(t)
}

// A seller sees the lines of paid orders, and on request those of unpaid ones.
func TestSellerOrderItems_Filters_Match(t *testing.T) {
	t.Parallel()
	s, _, lines, _ := sold(t)
	ctx, seller := t.Context(), market.SellerID(lines[0].SellerID)
	s.Place(t, "unpaid", lines[0].ProductID)
	today := s.Today()
	for name, c := range map[string]struct {
		filter store.SellerItemFilter
		n      int
	}{
		"paid":      {store.SellerItemFilter{}, 1},
		"all":       {store.SellerItemFilter{Unpaid: true}, 2},
		"created":   {store.SellerItemFilter{Status: pointer(market.OrderCreated)}, 1},
		"shipped":   {store.SellerItemFilter{Status: pointer(market.OrderShipped)}, 0},
		"today":     {store.SellerItemFilter{From: &today, To: &today}, 1},
		"yesterday": {store.SellerItemFilter{To: pointer(today.Add(-1))}, 0},
		"tomorrow":  {store.SellerItemFilter{From: pointer(today.Next())}, 0},
	} {
		page, err := s.SellerOrderItems(ctx, seller, c.filter, all)
		require.NoError(t, err)
		require.Len(t, page.Content, c.n, name)
		for _, i := range page.Content {
			require.EqualValues(t, seller, i.SellerID)
			require.NotEmpty(t, i.OrderStatus)
		}
	}
}
