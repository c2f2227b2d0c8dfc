package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// parcelOf returns a request that ships pieces of a line under its own number.
func parcelOf(order, item int64, pieces int) map[string]any {
	return map[string]any{
		"orderId": order, "carrier": "CJ", "trackingNumber": fmt.Sprintf("%d-%d-%d", order, item, pieces),
		"items": []map[string]any{{"orderItemId": item, "quantity": pieces}},
	}
}

// parcel returns the id of the latest parcel with pieces of a line.
func (r *rig) parcel(t *testing.T, item int64) int64 {
	t.Helper()
	return int64(r.count(t, "SELECT max(parcel_id) FROM parcel_items WHERE order_item_id = $1", item))
}

// lineCounts returns the counts of a line, as its buyer reads them: shipped, delivered, cancelled, refunded, confirmed.
func lineCounts(t *testing.T, b *person, order, item int64) (counts [5]int) {
	t.Helper()
	for _, x := range b.get(t, fmt.Sprintf("/orders/%d", order)).field("items").([]any) {
		l := x.(map[string]any)
		if l["id"] == float64(item) {
			for n, name := range []string{"shipped", "delivered", "cancelled", "refunded", "confirmed"} {
				counts[n] = int(l[name+"Quantity"].(float64))
			}
		}
	}
	return counts
}

func TestParcels_PiecesOfALine_AreShippedApart(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, other := r.seller(t), r.seller(t)
	p, q := r.product(t, seller.id, 1_000_00, 1000), r.product(t, seller.id, 2_000_00, 1000)
	b := r.buyers(t, 1)[0]
	order, items := r.paidOrder(t, b, line{p.ID, 5}, line{q.ID, 1})
	ship := func(body map[string]any) *answer { return seller.post(t, "/seller/parcels", body) }
	orderPath := fmt.Sprintf("/orders/%d", order)

	first := ship(parcelOf(order, items[0], 2))
	require.Equal(t, "201 CREATE_SUCCESS", statusCode(first))
	require.Equal(t, "SHIPPED", first.field("status"))
	require.Contains(t, first.field("trackingUrl"), "cjlogistics")
	again := ship(parcelOf(order, items[0], 2))
	require.Equal(t, first.id("parcelId"), again.id("parcelId"), "a repeat ships nothing more")
	require.Equal(t, [5]int{2, 0, 0, 0, 0}, lineCounts(t, b, order, items[0]))
	require.Equal(t, "409 SHIPMENT_TOO_LARGE", statusCode(ship(parcelOf(order, items[0], 4))))
	require.Equal(t, "404 ORDER_NOT_FOUND", statusCode(other.post(t, "/seller/parcels", parcelOf(order, items[0], 1))))
	require.Equal(t, "404 ORDER_ITEM_NOT_FOUND", statusCode(ship(parcelOf(order, 1<<40, 1))))
	require.Equal(t, market.OrderPaid, r.status(t, order), "pieces are left")
	require.Equal(t, "409 ORDER_NOT_CANCELLABLE", statusCode(b.post(t, orderPath+"/cancel", nil)))

	// The rest of all lines goes in one parcel; a number can be corrected until delivery.
	rest := map[string]any{"orderId": order, "carrier": "CJ", "trackingNumber": "rest"}
	second := ship(rest)
	require.Equal(t, "201 CREATE_SUCCESS", statusCode(second))
	require.Len(t, second.field("items"), 2)
	require.Equal(t, second.id("parcelId"), ship(rest).id("parcelId"))
	require.Equal(t, market.OrderShipped, r.status(t, order))
	path := fmt.Sprintf("/seller/parcels/%d", second.id("parcelId"))
	number := map[string]string{"carrier": "HANJIN", "trackingNumber": "6000"}
	require.Equal(t, "6000", seller.put(t, path, number).field("trackingNumber"))
	require.Equal(t, "404 PARCEL_NOT_FOUND", statusCode(other.put(t, path, number)))
	require.Equal(t, "404 PARCEL_NOT_FOUND", statusCode(other.post(t, path+"/deliver", nil)))
	clash := parcelOf(order, items[0], 2)
	require.Equal(t, "409 PARCEL_EXISTS", statusCode(seller.put(t, path, map[string]string{
		"carrier": "CJ", "trackingNumber": clash["trackingNumber"].(string),
	})))
	require.Equal(t, "409 ORDER_ITEM_NOT_SHIPPABLE",
		statusCode(seller.put(t, shipPath(items[0]), parcel)), "it is in two parcels")
	require.Equal(t, 200, seller.put(t, shipPath(items[1]), parcel).Status, "a line in one moves to another")
	require.Equal(t, [5]int{1, 0, 0, 0, 0}, lineCounts(t, b, order, items[1]))

	// A buyer who confirms pieces has received their parcels.
	confirm := fmt.Sprintf("%s/items/%d/confirm", orderPath, items[0])
	require.Equal(t, 200, b.post(t, confirm, map[string]int{"quantity": 2}).Status)
	require.Equal(t, [5]int{5, 2, 0, 0, 2}, lineCounts(t, b, order, items[0]))
	require.Equal(t, "409 PARCEL_DELIVERED",
		statusCode(seller.put(t, fmt.Sprintf("/seller/parcels/%d", first.id("parcelId")), number)))
	require.Equal(t, "DELIVERED", seller.post(t, path+"/deliver", nil).field("status"))
	require.Equal(t, "SELLER", seller.post(t, path+"/deliver", nil).field("deliverySource"))
	require.Equal(t, market.OrderShipped, r.status(t, order), "one parcel is on the way")
	require.Equal(t, 200, seller.put(t, deliverPath(items[1]), nil).Status)
	require.Equal(t, market.OrderDelivered, r.status(t, order))
	detail := b.get(t, orderPath)
	require.Len(t, detail.field("parcels"), 3)
	require.Equal(t, "BUYER", detail.field("parcels").([]any)[0].(map[string]any)["deliverySource"])
	require.Len(t, seller.get(t, fmt.Sprintf("/seller/orders/%d", order)).field("parcels"), 3)
	require.Equal(t, 3, r.count(t, "SELECT count(*) FROM audit_log WHERE action = 'PARCEL_SHIPPED'"))
	r.settleDown(t)
	r.verify(t)
}

// A refund of a line that is shipped in part takes the pieces that are not shipped first, which return to the stock.
func TestParcels_PartlyShippedLine_IsRefundedAndCancelled(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, admin := r.seller(t), r.staff(t)
	p := r.product(t, seller.id, 1_000_00, 100)
	b := r.buyers(t, 1)[0]
	order, items := r.paidOrder(t, b, line{p.ID, 5})
	require.Equal(t, 201, seller.post(t, "/seller/parcels", parcelOf(order, items[0], 2)).Status)

	refund := b.post(t, refundsOf(order), pieces(items[0], 4))
	require.Equal(t, 201, refund.Status, refund)
	require.Equal(t, "409 ORDER_ITEM_UNDER_REFUND",
		statusCode(seller.post(t, "/seller/parcels", parcelOf(order, items[0], 1))))
	require.Equal(t, "409 REFUND_ALREADY_EXISTS", statusCode(seller.post(t,
		fmt.Sprintf("/seller/orders/%d/cancel", order), map[string]any{"reason": "none left"})), "all are claimed")
	denied := admin.put(t, fmt.Sprintf("/admin/refunds/%d/deny", refund.id("refundId")),
		map[string]string{"deniedReason": "no"})
	require.Equal(t, 200, denied.Status, denied)

	refund = b.post(t, refundsOf(order), pieces(items[0], 1))
	require.Equal(t, "SUCCESS", approve(t, admin, refund.id("refundId")).field("status"))
	require.Equal(t, [5]int{2, 0, 1, 1, 0}, lineCounts(t, b, order, items[0]))
	require.Equal(t, int32(96), r.stock(t, p.ID), "it was never shipped")

	// The seller cannot deliver the other two.
	cancelled := seller.post(t, fmt.Sprintf("/seller/orders/%d/cancel", order), map[string]any{"reason": "none left"})
	require.Equal(t, 202, cancelled.Status, cancelled)
	r.eventually(t, 3, "SELECT cancelled FROM order_items WHERE id = $1", items[0])
	require.Equal(t, int32(98), r.stock(t, p.ID))
	require.Equal(t, market.OrderShipped, r.status(t, order), "nothing is left to ship")
	require.Equal(t, 200, seller.post(t,
		fmt.Sprintf("/seller/parcels/%d/deliver", r.parcel(t, items[0])), nil).Status)
	require.Equal(t, market.OrderDelivered, r.status(t, order))

	// What was shipped comes back, and is for sale again if staff says so.
	refund = b.post(t, refundsOf(order), pieces(items[0], 1))
	decided := admin.put(t, fmt.Sprintf("/admin/refunds/%d/complete", refund.id("refundId")),
		map[string]bool{"restock": true})
	require.Equal(t, "SUCCESS", decided.field("status"))
	require.Equal(t, [5]int{2, 2, 3, 4, 0}, lineCounts(t, b, order, items[0]))
	require.Equal(t, int32(99), r.stock(t, p.ID))
	require.Equal(t, 200, b.post(t, fmt.Sprintf("/orders/%d/items/%d/confirm", order, items[0]), nil).Status)
	require.Equal(t, [5]int{2, 2, 3, 4, 1}, lineCounts(t, b, order, items[0]))
	r.settleDown(t)
	r.verify(t)
}

// A buyer who confirms the last piece has received its parcel, also when the delivered one was returned.
func TestParcels_LastPieceConfirmed_IsDelivered(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, admin := r.seller(t), r.staff(t)
	p := r.product(t, seller.id, 1_000_00, 100)
	b := r.buyers(t, 1)[0]
	order, items := r.paidOrder(t, b, line{p.ID, 2})
	var parcels []int64
	for n := range 2 {
		body := parcelOf(order, items[0], 1)
		body["trackingNumber"] = fmt.Sprint("6000-", n)
		shipped := seller.post(t, "/seller/parcels", body)
		require.Equal(t, 201, shipped.Status, shipped)
		parcels = append(parcels, shipped.id("parcelId"))
	}
	delivered := seller.post(t, fmt.Sprintf("/seller/parcels/%d/deliver", parcels[0]), nil)
	require.Equal(t, 200, delivered.Status, delivered)
	require.Equal(t, "6000-1", r.text(t, "SELECT tracking_number FROM order_items WHERE id = $1", items[0]),
		"of the latest parcel")
	refund := b.post(t, refundsOf(order), pieces(items[0], 1))
	require.Equal(t, "SUCCESS", approve(t, admin, refund.id("refundId")).field("status"))
	require.Equal(t, 1, r.count(t, "SELECT count(due_at) FROM order_items WHERE id = $1", items[0]),
		"a parcel is on the way")
	require.Equal(t, 200, b.post(t, fmt.Sprintf("/orders/%d/items/%d/confirm", order, items[0]), nil).Status)
	require.Equal(t, market.OrderDelivered, r.status(t, order))
	require.Equal(t, [5]int{2, 2, 0, 1, 1}, lineCounts(t, b, order, items[0]))
	r.settleDown(t)
	r.verify(t)
}

// A seller may correct numbers as often as it likes: the buyer is notified of the first parcel only.
func TestParcels_LineMovedBetweenParcels_NotifiesNoMore(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	var lines []line
	for range 3 {
		lines = append(lines, line{r.product(t, seller.id, 1_000_00, 100).ID, 1})
	}
	b := r.buyers(t, 1)[0]
	order, items := r.paidOrder(t, b, lines...)
	ship := func(item int64, number string) {
		shipped := seller.put(t, shipPath(item), map[string]string{"carrier": "CJ", "trackingNumber": number})
		require.Equal(t, 200, shipped.Status, shipped)
	}
	ship(items[0], "1")
	ship(items[1], "1")
	require.Len(t, b.get(t, fmt.Sprintf("/orders/%d", order)).field("parcels"), 1, "of one number")
	for n := range 3 {
		ship(items[0], fmt.Sprint("2-", n))
		require.Len(t, b.get(t, fmt.Sprintf("/orders/%d", order)).field("parcels"), 2)
		ship(items[0], "1")
		require.Len(t, b.get(t, fmt.Sprintf("/orders/%d", order)).field("parcels"), 1, "the empty one is gone")
	}
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM notifications WHERE kind = 'ORDER_PART_SHIPPED'"))
	r.settleDown(t)
	r.verify(t)
}

// Many requests at once ship, cancel and refund the pieces of a line: each piece goes one way.
func TestParcels_ManyRequestsAtOnce_ShipEachPieceOnce(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	p := r.product(t, seller.id, 1_000_00, 1000)
	for round := range 5 {
		b := r.buyers(t, 1)[0]
		order, items := r.paidOrder(t, b, line{p.ID, 6})
		var requests []func() (*answer, error)
		for n := range 8 {
			body := parcelOf(order, items[0], 1)
			body["trackingNumber"] = fmt.Sprintf("%d-%d", round, n)
			requests = append(requests, func() (*answer, error) { return seller.try("POST", "/seller/parcels", body) })
		}
		requests = append(requests,
			func() (*answer, error) { return b.try("POST", refundsOf(order), pieces(items[0], 2)) },
			func() (*answer, error) {
				return seller.try("POST", fmt.Sprintf("/seller/orders/%d/cancel", order), map[string]any{
					"reason": "none left", "items": []map[string]any{{"orderItemId": items[0], "quantity": 1}},
				})
			})
		answers := together(len(requests), func(i int) *answer {
			a, err := requests[i]()
			if err != nil {
				t.Error(err)
			}
			return a
		})
		shipped := 0
		for _, a := range answers[:8] {
			require.Contains(t, []int{201, 409}, a.Status, a)
			if a.Success {
				shipped++
			}
		}
		require.Equal(t, shipped, lineCounts(t, b, order, items[0])[0])
	}
	r.settleDown(t)
	r.verify(t)
}
