package market

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// It ships, delivers, claims, refunds and denies the pieces of one to three
// lines in every order: from each reachable state by each step that the line allows.
func TestPaidStatus_EverySequenceOfSteps_IsAllowed(t *testing.T) {
	t.Parallel()
	steps := []func(l Line) (Line, bool){
		func(l Line) (Line, bool) { ok := l.MayShip() == nil; l.Shipped = true; return l, ok },
		func(l Line) (Line, bool) { ok := l.MayDeliver() == nil; l.Delivered = true; return l, ok },
		func(l Line) (Line, bool) { l.Claimed++; return l, l.Claimed <= l.Quantity },
		func(l Line) (Line, bool) { l.Refunded++; return l, l.Refunded <= l.Claimed },
		func(l Line) (Line, bool) { l.Claimed--; return l, l.Claimed >= l.Refunded },
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
		PaidStatus([]Line{{Quantity: 1, Shipped: true, Delivered: true}, {Quantity: 1, Refunded: 1, Claimed: 1}}),
		PaidStatus([]Line{{Quantity: 1, Shipped: true, Delivered: true}, {Quantity: 1, Shipped: true}}),
		PaidStatus([]Line{{Quantity: 1, Shipped: true, Delivered: true}, {Quantity: 2, Refunded: 1, Claimed: 1}}),
		PaidStatus([]Line{{Quantity: 1, Shipped: true, Refunded: 1}, {Quantity: 1, Refunded: 1}}),
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
	shipped := Line{Quantity: 2, Shipped: true}
	require.Equal(t, CodeOrderDisputed, CodeOf(OrderPaid.MayShip(line, true)))
	require.NoError(t, OrderPaid.MayShip(shipped, true), "its carrier may be corrected")
	require.Equal(t, CodeOrderItemUnderRefund, CodeOf(OrderPaid.MayShip(Line{Quantity: 2, Claimed: 1}, false)))

	now := LocalTime{}
	item := SellerOrderItem{OrderItem: OrderItem{Quantity: 3, RefundedQuantity: 1, ShippedAt: &now}}
	require.Equal(t, Line{Quantity: 3, Claimed: 1, Refunded: 1, Shipped: true}, item.Line())
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
