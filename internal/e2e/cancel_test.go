package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
)

func cancelPath(order int64) string { return fmt.Sprintf("/orders/%d/cancel", order) }

func TestCancel_PaidOrder_IsPaidBack(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, b := r.seller(t), r.buyers(t, 1)[0]
	p := r.product(t, seller.id, 1_000_00, 100)

	unpaid := r.placeOrder(t, b, p.ID)
	a := b.post(t, cancelPath(unpaid), nil)
	require.Equal(t, 200, a.Status, a)
	require.Equal(t, "FAILED", a.field("status"))
	require.EqualValues(t, 100, r.stock(t, p.ID), "its pieces are on sale again")
	require.Equal(t, 200, b.post(t, cancelPath(unpaid), nil).Status, "once more changes nothing")

	order, _ := r.paidOrder(t, b, line{p.ID, 2})
	answers := together(20, func(i int) *answer {
		return b.insist(t, cancelPath(order), nil, "Idempotency-Key", fmt.Sprint("k", i%4))
	})
	taken := 0
	for _, a := range answers {
		require.Less(t, a.Status, 500, a)
		if a.Status == 202 {
			taken++
		}
	}
	require.Positive(t, taken)
	testrig.Eventually(t, func() bool { return r.status(t, order) == market.OrderRefunded }, time.Minute,
		50*time.Millisecond)
	require.Equal(t, 1, r.cancellations(t, order), "the money goes back once")
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM refunds"))
	require.EqualValues(t, 100, r.stock(t, p.ID))
	require.Equal(t, 200, b.post(t, cancelPath(order), nil).Status)

	late, items := r.paidOrder(t, b, line{p.ID, 1})
	require.Equal(t, 404, r.buyers(t, 1)[0].post(t, cancelPath(late), nil).Status, "another's order")
	ship := fmt.Sprintf("/seller/orderitems/%d/ship", items[0])
	require.Equal(t, 200, seller.put(t, ship, map[string]string{"carrier": "c", "trackingNumber": "t"}).Status)
	a = b.post(t, cancelPath(late), nil)
	require.Equal(t, 409, a.Status, a)
	require.Equal(t, "ORDER_NOT_CANCELLABLE", a.Code)
	r.verify(t)
}

func TestCancel_GatewayRefuses_Waits(t *testing.T) {
	t.Parallel()
	r := start(t)
	b, admin := r.buyers(t, 1)[0], r.staff(t)
	p := r.product(t, r.sellerWithoutLogin(t), 1_000_00, 100)
	order, _ := r.paidOrder(t, b, line{p.ID, 1})
	r.simulator.Set(simulator.Knobs{RefuseCancel: true})
	require.Equal(t, 202, b.post(t, cancelPath(order), nil).Status)
	r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE status = 'FAILED'")
	r.simulator.Set(simulator.Knobs{})
	require.Equal(t, 200, approve(t, admin, int64(r.count(t, "SELECT id FROM refunds"))).Status)
	require.Equal(t, market.OrderRefunded, r.status(t, order))
	r.verify(t)
}
