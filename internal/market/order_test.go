package market

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPaidStatus_EverySequenceOfSteps_IsAllowed ships, delivers, claims, refunds and denies the pieces of one to three
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
