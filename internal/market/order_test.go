package market

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// It ships, delivers, claims, refunds, denies and confirms the pieces of one to three lines in every order: from each
// reachable state by each step that the line allows.
func TestPaidStatus_EverySequenceOfSteps_IsAllowed(t *testing.T) {
	t.Parallel()
	steps := []func(l Line) (Line, bool){
		func(l Line) (Line, bool) { ok := l.MayShip() == nil; l.Shipped++; return l, ok },
		func(l Line) (Line, bool) { l.Delivered++; return l, l.Delivered <= l.Shipped },
		func(l Line) (Line, bool) { ok := l.Unclaimed() > 0; l.Claimed++; return l, ok },
		func(l Line) (Line, bool) {
			l.Cancelled += min(1, l.Unshipped())
			l.Refunded++
			return l, l.Refunded <= l.Claimed
		},
		func(l Line) (Line, bool) { l.Claimed--; return l, l.Claimed >= l.Refunded },
		func(l Line) (Line, bool) {
			ok := l.MayConfirm(1) == nil
			l.Confirmed++
			l.Delivered = max(l.Delivered, l.Confirmed)
			return l, ok
		},
	}
	seen := map[OrderStatus]map[OrderStatus]bool{}
	for lines := 1; lines <= 3; lines++ {
		var start [3]Line
		for i := range lines {
			start[i].Quantity = 2
		}
		known := map[[3]Line]bool{start: true}
		for open := [][3]Line{start}; len(open) > 0; open = open[1:] {
			before := PaidStatus(open[0][:lines])
			for i := range lines {
				for _, step := range steps {
					line, ok := step(open[0][i])
					if !ok {
						continue
					}
					require.GreaterOrEqual(t, line.Unshipped(), int32(0), "%+v", line)
					require.LessOrEqual(t, line.Confirmed+line.Refunded-line.Cancelled, line.Shipped, "%+v", line)
					next := open[0]
					next[i] = line
					after := PaidStatus(next[:lines])
					if after != before {
						require.Contains(t, OrderStates[before], after, "%+v -> %+v", open[0], next)
						if seen[before] == nil {
							seen[before] = map[OrderStatus]bool{}
						}
						seen[before][after] = true
					}
					if !known[next] {
						known[next] = true
						open = append(open, next)
					}
				}
			}
		}
		if lines == 3 {
			t.Logf("%d states of three lines", len(known))
		}
	}
	for from, to := range OrderStates {
		for _, s := range to {
			if from != OrderCreated {
				require.True(t, seen[from][s], "nothing leads from %s to %s", from, s)
			}
		}
	}
	require.Equal(t, []OrderStatus{OrderDelivered, OrderShipped, OrderPaid, OrderRefunded}, []OrderStatus{
		PaidStatus([]Line{{Quantity: 1, Shipped: 1, Delivered: 1}, {Quantity: 1, Cancelled: 1, Refunded: 1}}),
		PaidStatus([]Line{{Quantity: 1, Shipped: 1, Delivered: 1}, {Quantity: 1, Shipped: 1}}),
		PaidStatus([]Line{{Quantity: 1, Shipped: 1, Delivered: 1}, {Quantity: 2, Shipped: 1}}),
		PaidStatus([]Line{{Quantity: 1, Shipped: 1, Refunded: 1}, {Quantity: 1, Cancelled: 1, Refunded: 1}}),
	})
}

func TestOrderStatus_ActionsOfBuyerAndSeller_FollowFromIt(t *testing.T) {
	t.Parallel()
	line := Line{Quantity: 2}
	for status, want := range map[OrderStatus]struct {
		cancellable, refundable bool
		ship                    Code
	}{
		OrderCreated:   {true, false, CodeOrderItemNotShippable},
		OrderPaid:      {true, true, ""},
		OrderShipped:   {false, true, ""},
		OrderDelivered: {false, true, ""},
		OrderRefunded:  {false, false, CodeOrderItemNotShippable},
		OrderFailed:    {false, false, CodeOrderItemNotShippable},
	} {
		require.Equal(t, want.cancellable, status.Cancellable(false), status)
		require.False(t, status.Cancellable(true), status)
		require.Equal(t, want.refundable, status.Refundable(), status)
		require.Equal(t, want.ship, CodeOf(status.MayShip(line, false)), status)
	}
	require.Equal(t, CodeOrderDisputed, CodeOf(OrderPaid.MayShip(line, true)))
	require.NoError(t, OrderPaid.MayShip(Line{Quantity: 2, Shipped: 1}, false), "a piece is left")
	require.Equal(t, CodeOrderItemNotShippable, CodeOf(OrderPaid.MayShip(Line{Quantity: 2, Shipped: 2}, false)))
	require.Equal(t, CodeOrderItemUnderRefund, CodeOf(OrderPaid.MayShip(Line{Quantity: 2, Claimed: 1}, false)))

	item := SellerOrderItem{OrderItem: OrderItem{
		Quantity: 5, RefundedQuantity: 2, CancelledQuantity: 1,
		ShippedQuantity: 3, DeliveredQuantity: 2, ConfirmedQuantity: 1,
	}}
	require.Equal(t,
		Line{Quantity: 5, Cancelled: 1, Shipped: 3, Delivered: 2, Claimed: 2, Refunded: 2, Confirmed: 1}, item.Line())
}

func TestSellerStatus_Next_EachStatus_CanBeLeft(t *testing.T) {
	t.Parallel()
	for now, want := range map[SellerStatus][]SellerStatus{
		SellerPending:  {SellerApproved, SellerRejected},
		SellerApproved: {SellerSuspended}, SellerSuspended: {SellerApproved}, SellerRejected: {SellerApproved},
	} {
		require.Equal(t, want, now.Next(), now)
	}
}

func TestLine_Pieces_AreCountedOnce(t *testing.T) {
	t.Parallel()
	l := Line{Quantity: 10, Cancelled: 1, Shipped: 5, Delivered: 3, Claimed: 4, Refunded: 1, Confirmed: 2}
	require.Equal(t, int32(4), l.Unshipped())
	require.Equal(t, int32(1), l.Cancellable(), "3 of the 4 are claimed")
	require.Equal(t, int32(4), l.Unclaimed())
	require.Equal(t, int32(3), l.Confirmable(), "5 are shipped, and 2 of these confirmed")
	l.Claimed = 6
	require.Equal(t, int32(0), l.Cancellable())
	require.Equal(t, int32(2), l.Confirmable(), "a claim takes 1 piece that is shipped")
}
