package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
)

var parcel = map[string]string{"carrier": "CJ대한통운", "trackingNumber": "6000-1234"}

func shipPath(item int64) string    { return fmt.Sprintf("/seller/orderitems/%d/ship", item) }
func deliverPath(item int64) string { return fmt.Sprintf("/seller/orderitems/%d/deliver", item) }
func statusPath(order int64) string { return fmt.Sprintf("/admin/orders/%d/status", order) }

func TestDeliveries(t *testing.T) {
	t.Parallel()
	r := start(t)
	one, two, admin := r.seller(t), r.seller(t), r.staff(t)
	p, q := r.product(t, one.id, 1_000_00, 1000), r.product(t, two.id, 2_000_00, 1000)

	t.Run("TheOrderFollowsItsLines", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order, items := r.paidOrder(t, b, line{p.ID, 1}, line{q.ID, 2})
		require.Equal(t, "409 ORDER_ITEM_NOT_SHIPPABLE", statusCode(one.put(t, deliverPath(items[0]), nil)),
			"not shipped yet")
		require.Equal(t, "404 ORDER_ITEM_NOT_FOUND", statusCode(one.put(t, shipPath(items[1]), parcel)),
			"another seller's")
		require.Equal(t, "400 INVALID_INPUT", statusCode(one.put(t, shipPath(items[0]),
			map[string]string{"carrier": "x"})))
		a := one.put(t, shipPath(items[0]), parcel)
		require.Equal(t, "200 UPDATE_SUCCESS", statusCode(a))
		require.Equal(t, "PAID", a.field("orderStatus"), "the other line is still to be shipped")
		require.Equal(t, "200 UPDATE_SUCCESS", statusCode(one.put(t, deliverPath(items[0]), nil)))
		require.Equal(t, market.OrderPaid, r.status(t, order))
		require.Equal(t, "SHIPPED", two.put(t, shipPath(items[1]), parcel).field("orderStatus"))
		detail := b.get(t, fmt.Sprintf("/orders/%d", order))
		require.Equal(t, "6000-1234", detail.field("trackingNumber"))
		require.Contains(t, detail.String(), `"carrier":"CJ대한통운"`, "the buyer sees it of each line")
		onItsWay := b.post(t, refundsOf(order), whole).id("refundId")
		denied := admin.put(t, fmt.Sprintf("/admin/refunds/%d/deny", onItsWay), map[string]string{"deniedReason": "no"})
		require.Equal(t, 200, denied.Status, denied)
		require.Equal(t, "DELIVERED", two.put(t, deliverPath(items[1]), nil).field("orderStatus"))
		require.Equal(t, "DELIVERED", two.put(t, deliverPath(items[1]), nil).field("orderStatus"),
			"again changes nothing")
		require.Equal(t, "409 ORDER_ITEM_NOT_SHIPPABLE", statusCode(two.put(t, shipPath(items[1]), parcel)))

		inbox := b.get(t, "/order-notifications/me")
		require.EqualValues(t, 2, inbox.id("totalElements"), "SHIPPED and DELIVERED, each once")
		first := inbox.field("content").([]any)[1].(map[string]any)
		require.EqualValues(t, b.id, first["buyerId"])
		require.EqualValues(t, order, first["orderId"])
		require.Equal(t, "SHIPPED 배송이 시작되었습니다.", fmt.Sprint(first["status"], " ", first["message"]))
		require.Equal(t, first["createdAt"], first["updatedAt"])
		require.Equal(t, 200, b.put(t, fmt.Sprintf("/order-notifications/%d", order), nil).Status)
		require.Equal(t, 200, b.put(t, "/order-notifications/me", nil).Status)
		require.Equal(t, "404 NOTIFICATION_NOT_FOUND",
			statusCode(r.buyers(t, 1)[0].put(t, fmt.Sprintf("/order-notifications/%d", order), nil)))
		require.Zero(t, r.count(t, "SELECT count(*) FROM order_status_update_notifications WHERE NOT is_read"))
		require.Zero(t, b.get(t, "/order-notifications/me").id("totalElements"), "unread ones")
		read := b.get(t, "/order-notifications/me?all=true")
		require.EqualValues(t, 2, read.id("totalElements"))
		require.Equal(t, 200, b.put(t, "/order-notifications/me", nil).Status)
		require.Equal(t, 200, b.put(t, fmt.Sprintf("/order-notifications/%d", order), nil).Status)
		again := b.get(t, "/order-notifications/me?all=true")
		require.JSONEq(t, string(read.Data), string(again.Data), "again changes nothing")
	})
	t.Run("ALineUnderRefundIsNotShipped", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order, items := r.paidOrder(t, b, line{p.ID, 2}, line{q.ID, 1})
		id := b.post(t, refundsOf(order), pieces(items[0], 2)).id("refundId")
		require.Equal(t, "409 ORDER_ITEM_UNDER_REFUND", statusCode(one.put(t, shipPath(items[0]), parcel)))
		require.Equal(t, "409 ORDER_ITEM_UNDER_REFUND",
			statusCode(admin.put(t, statusPath(order), map[string]string{"status": "SHIPPED"})))
		require.Equal(t, 200, two.put(t, shipPath(items[1]), parcel).Status)
		require.Equal(t, market.OrderPaid, r.status(t, order))
		require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
		require.Equal(t, market.OrderShipped, r.status(t, order), "all that remains is shipped")
		require.Equal(t, "409 ORDER_ITEM_NOT_SHIPPABLE", statusCode(one.put(t, shipPath(items[0]), parcel)),
			"all of it went back")
		require.Equal(t, "DELIVERED", two.put(t, deliverPath(items[1]), nil).field("orderStatus"))
	})
	t.Run("ShippingAndRefundRace", func(t *testing.T) {
		for range 20 {
			b := r.buyers(t, 1)[0]
			order, items := r.paidOrder(t, b, line{p.ID, 1})
			answers := together(2, func(i int) *answer {
				var a *answer
				var err error
				if i == 0 {
					a, err = one.try("PUT", shipPath(items[0]), parcel)
				} else {
					a, err = b.try("POST", refundsOf(order), whole)
				}
				if err != nil {
					t.Error(err)
				}
				return a
			})
			require.True(t, answers[1].Success, "before it is shipped and after: %s", answers[1])
			require.Contains(t, []string{"200 UPDATE_SUCCESS", "409 ORDER_ITEM_UNDER_REFUND"}, statusCode(answers[0]))
		}
	})
	t.Run("AdminsObeyTheStateMachine", func(t *testing.T) {
		set := func(order int64, status string) *answer {
			return admin.put(t, statusPath(order), map[string]string{"status": status})
		}
		b := r.buyers(t, 1)[0]
		before := r.stock(t, p.ID)
		unpaid := r.placeOrder(t, b, p.ID)
		for _, s := range []string{"PAID", "SHIPPED", "DELIVERED", "REFUNDED"} {
			require.Equal(t, "400 ORDER_STATUS_CANNOT_BE_CHANGED", statusCode(set(unpaid, s)), s)
		}
		require.Equal(t, "400 INVALID_INPUT", statusCode(set(unpaid, "LOST")))
		require.Equal(t, "404 ORDER_NOT_FOUND", statusCode(set(1<<40, "FAILED")))
		require.Equal(t, "FAILED", set(unpaid, "FAILED").field("status"))
		require.Equal(t, before, r.stock(t, p.ID), "the piece is back")
		require.Equal(t, "400 ORDER_NOT_PAYABLE", statusCode(b.post(t, "/payments", payBody(unpaid))))
		require.Equal(t, "400 ORDER_STATUS_IMMUTABLE", statusCode(set(unpaid, "PAID")))

		order, items := r.paidOrder(t, b, line{p.ID, 1})
		for _, s := range []string{"CREATED", "FAILED", "DELIVERED"} {
			require.Equal(t, "400 ORDER_STATUS_CANNOT_BE_CHANGED", statusCode(set(order, s)), s)
		}
		require.Equal(t, "PAID", set(order, "PAID").field("status"), "the state that it has changes nothing")
		a := admin.put(t, statusPath(order), map[string]string{"status": "SHIPPED", "trackingNumber": "A-1"})
		require.Equal(t, "SHIPPED", a.field("status"))
		require.Equal(t, "A-1", a.field("trackingNumber"))
		require.Equal(t, 1,
			r.count(t, "SELECT count(*) FROM order_items WHERE id = $1 AND shipped_at IS NOT NULL AND tracking_number = 'A-1'",
				items[0]))
		sent, _ := r.paidOrder(t, b, line{p.ID, 1})
		require.Equal(t, "SHIPPED", set(sent, "SHIPPED").field("status"))
		require.Equal(t, "REFUNDED", set(sent, "REFUNDED").field("status"))
		require.Equal(t, "DELIVERED", set(order, "DELIVERED").field("status"))
		require.Equal(t, "REFUNDED", set(order, "REFUNDED").field("status"))
		_, held := r.charged(t, order)
		require.Zero(t, held, "the money is back")
		require.Equal(t, "400 ORDER_STATUS_IMMUTABLE", statusCode(set(order, "SHIPPED")))
	})
	t.Run("AFailedOrderWhosePaymentIsUnderWay", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		r.simulator.Set(simulator.Knobs{Latency: 2500 * time.Millisecond})
		paid := make(chan *answer, 1)
		go func() { a, _ := b.try("POST", "/payments", payBody(order)); paid <- a }()
		r.eventually(t, 1, "SELECT count(*) FROM payments WHERE order_id = $1", order)
		require.Equal(t, 200, admin.put(t, statusPath(order), map[string]string{"status": "FAILED"}).Status)
		require.False(t, (<-paid).Success)
		r.simulator.Set(simulator.Knobs{})
		r.eventuallyHeld(t, order, 0)
		r.settleDown(t)
	})
	t.Run("SellersList", func(t *testing.T) {
		seller := r.seller(t)
		own := r.product(t, seller.id, 500_00, 100)
		b := r.buyers(t, 1)[0]
		r.placeOrder(t, b, own.ID)
		_, items := r.paidOrder(t, b, line{own.ID, 2})
		today := market.DayOf(time.Now())
		total := func(query string) int64 {
			a := seller.get(t, "/seller/orderitems"+query)
			require.Equal(t, 200, a.Status, a)
			return a.id("totalElements")
		}
		require.EqualValues(t, 1, total(""), "unpaid ones are hidden")
		require.EqualValues(t, 2, total("?unpaid=true"))
		require.EqualValues(t, 1, total("?status=CREATED"))
		require.EqualValues(t, 0, total("?status=SHIPPED"))
		require.EqualValues(t, 1, total(fmt.Sprintf("?status=PAID&from=%s&to=%s", today, today)))
		require.EqualValues(t, 0, total("?from="+today.Next().String()))
		require.EqualValues(t, 0, total("?to="+today.Add(-1).String()))
		require.Equal(t, "400 INVALID_INPUT", statusCode(seller.get(t, "/seller/orderitems?from=20250410")))
		require.Equal(t, "400 INVALID_INPUT", statusCode(seller.get(t,
			"/seller/orderitems?from=2025-04-10&to=2025-04-09")))
		require.Equal(t, "400 INVALID_INPUT", statusCode(seller.get(t, "/seller/orderitems?unpaid=maybe")))
		seller.put(t, shipPath(items[0]), parcel)
		require.EqualValues(t, 1, total("?status=SHIPPED"))
	})
	r.verify(t)
}
