package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// A seller reads where its paid orders go, until a while after they have ended.
func TestSellerOrder_OfEachState_HasItsRecipient(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, ctx := testrig.NewShop(t, 2, c.now), t.Context()
	own, other := market.SellerID(s.SellerIDs[0]), market.SellerID(s.SellerIDs[1])
	_, err := s.Pool().Exec(ctx, "UPDATE addresses SET recipient = '김구매', phone = '010-1234-5678', detail = '서울 중구 세종대로 110', delivery_note = '문 앞'")
	require.NoError(t, err)
	unpaid := s.Place(t, "unpaid", s.ProductIDs[0])
	_, err = s.SellerOrder(ctx, own, unpaid)
	refused(t, market.CodeOrderNotFound, err)
	lines, err := s.SellerOrderItems(ctx, own, store.SellerItemFilter{Unpaid: true}, market.PageRequest{Size: 10})
	require.NoError(t, err)
	require.Len(t, lines.Content, 1)
	require.Equal(t, market.Recipient{}, lines.Content[0].Recipient, "of a paid order only")

	order := s.Sell(t, "paid", s.ProductIDs...)
	_, err = s.Pool().Exec(ctx,
		"UPDATE orders o SET recipient = '김구매', phone = '010-1234-5678', address = '서울 중구 세종대로 110', delivery_note = '문 앞' WHERE id = $1", order)
	require.NoError(t, err)
	whole := market.Recipient{
		Name: new("김구매"), Phone: new("010-1234-5678"), Address: new("서울 중구 세종대로 110"), Note: new("문 앞"),
	}
	read := func() market.SellerOrder {
		t.Helper()
		o, err := s.SellerOrder(ctx, own, order)
		require.NoError(t, err)
		lines, err := s.SellerOrderItems(ctx, own, store.SellerItemFilter{}, market.PageRequest{Size: 10})
		require.NoError(t, err)
		require.Equal(t, lines.Content, o.Items)
		item, err := s.SellerOrderItem(ctx, own, o.Items[0].ID)
		require.NoError(t, err)
		require.Equal(t, o.Items[0], item)
		return o
	}
	o := read()
	require.Equal(t, whole, o.Recipient)
	require.Equal(t, market.OrderNumber(order, market.DayOf(time.Time(o.CreatedAt))), o.OrderNumber)
	require.Len(t, o.Items, 1, "its own lines only")
	require.Equal(t, o.Items[0].UnitPrice, o.Amount)
	_, err = s.SellerOrder(ctx, own+other+1, order)
	refused(t, market.CodeOrderNotFound, err)
	waiting, err := s.WaitingToShip(ctx, own, 10)
	require.NoError(t, err)
	require.Equal(t, whole, waiting[0].Recipient)

	_, err = s.ShipItem(ctx, own, o.Items[0].ID, "CJ", "600012345678")
	require.NoError(t, err)
	_, err = s.DeliverItem(ctx, own, o.Items[0].ID)
	require.NoError(t, err)
	c.at = c.at.Add(market.RecipientRetention - time.Second)
	require.Equal(t, whole, read().Recipient)
	require.Contains(t, *read().Items[0].TrackingURL, "600012345678")
	c.at = c.at.Add(time.Minute)
	require.Equal(t, whole.Mask(), read().Recipient)
	theirs, err := s.SellerOrder(ctx, other, order)
	require.NoError(t, err)
	require.Equal(t, whole, theirs.Recipient, "the other seller's part is open")
}

func TestSellerOrderItems_Search_FindsOwnPaidLines(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 2, nil), t.Context()
	own := market.SellerID(s.SellerIDs[0])
	order := s.Sell(t, "o", s.ProductIDs...)
	later := s.Sell(t, "later", s.ProductIDs[0])
	unpaid := s.Place(t, "unpaid", s.ProductIDs[0])
	for _, statement := range []string{
		"UPDATE orders SET recipient = '김구매', phone = '010 1234-5678' WHERE id = $1",
		"UPDATE products SET name = 'Red 접이식 의자' WHERE id = (SELECT min(product_id) FROM order_items WHERE order_id = $1)",
	} {
		_, err := s.Pool().Exec(ctx, statement, order)
		require.NoError(t, err)
	}
	_, err := s.Pool().Exec(ctx, "UPDATE orders SET recipient = '김구매' WHERE id = $1", unpaid)
	require.NoError(t, err)
	for typed, want := range map[string][]int64{
		market.OrderNumber(order, s.Today()): {order}, "01012345678": {order}, "(010)1234-5678": {order},
		"김구매": {order}, "김구": nil, "red 접이": {later, order}, "%": nil, "010-1234-5679": nil,
		market.OrderNumber(unpaid, s.Today()): nil,
	} {
		found, err := s.SellerOrderItems(ctx, own, store.SellerItemFilter{Search: typed, Unpaid: true},
			market.PageRequest{Size: 10})
		require.NoError(t, err, typed)
		var orders []int64
		for _, line := range found.Content {
			require.EqualValues(t, own, line.SellerID)
			orders = append(orders, line.OrderID)
		}
		require.Equal(t, want, orders, typed)
	}
}

func TestSellerTasks_EachKind_IsCounted(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 2, nil), t.Context()
	own := market.SellerID(s.SellerIDs[0])
	_, err := s.Pool().Exec(ctx, "UPDATE sellers SET store_name = 'Orchard' WHERE id = $1", s.SellerIDs[0])
	require.NoError(t, err)
	counts := func() market.SellerTasks {
		t.Helper()
		tasks, err := s.SellerTasks(ctx, own)
		require.NoError(t, err)
		require.Equal(t, "Orchard", tasks.StoreName)
		unread, err := s.UnreadNotifications(ctx, market.RoleSeller, s.SellerIDs[0])
		require.NoError(t, err)
		require.Equal(t, unread, tasks.Unread)
		tasks.StoreName, tasks.Unread = "", 0
		return tasks
	}
	require.Equal(t, market.SellerTasks{}, counts())
	order := s.Sell(t, "o", s.ProductIDs...)
	late := s.Sell(t, "late", s.ProductIDs[0])
	s.Sell(t, "other", s.ProductIDs[1])
	s.Place(t, "unpaid", s.ProductIDs[0])
	_, err = s.Pool().Exec(ctx, "UPDATE order_items SET created_at = now() - interval '73 hours' WHERE order_id = $1", late)
	require.NoError(t, err)
	_, err = s.Pool().Exec(ctx, "UPDATE products SET stock = 5 WHERE id = $1", s.ProductIDs[0])
	require.NoError(t, err)
	require.Equal(t, market.SellerTasks{ToShip: 2, Late: 1, LowStock: 1}, counts())
	o, err := s.SellerOrder(ctx, own, order)
	require.NoError(t, err)
	_, err = s.ShipItem(ctx, own, o.Items[0].ID, "CJ", "1")
	require.NoError(t, err)
	require.Equal(t, market.SellerTasks{ToShip: 1, Late: 1, LowStock: 1}, counts())
	buyer := s.Number(t, "SELECT buyer_id FROM orders WHERE id = $1", late)
	id, err := s.ReserveRefund(ctx, market.BuyerID(buyer), "k", nil, nil)
	require.NoError(t, err)
	_, err = s.OpenRefund(ctx, store.RefundRequest{
		RefundID: id, BuyerID: int64(buyer), OrderID: late, Reason: market.ReasonDamaged,
	})
	require.NoError(t, err)
	require.Equal(t, market.SellerTasks{Refunds: 1, LowStock: 1}, counts(), "a line under refund is not shipped")
}
