package e2e

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// A seller is paid for what its buyers have kept: nothing before a confirmation, and each confirmed piece once.
func TestConfirmation_OfTheBuyer_IsSettled(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, b, rival := r.seller(t), r.buyers(t, 1)[0], r.buyers(t, 1)[0]
	p := r.product(t, seller.id, 1_000_00, 10)
	order, items := r.paidOrder(t, b, line{p.ID, 3})
	path := fmt.Sprintf("/orders/%d/items/%d/confirm", order, items[0])
	balance := func() string { return string(seller.get(t, "/seller/balance").Data) }
	require.JSONEq(t, `{"balance":0.00,"inTransit":0.00,"pending":2850.00}`, balance())
	require.Equal(t, "409 ORDER_ITEM_NOT_CONFIRMABLE", statusCode(b.post(t, path, nil)))
	require.Equal(t, 200,
		approve(t, r.staff(t), b.post(t, refundsOf(order), pieces(items[0], 1)).id("refundId")).Status)
	require.JSONEq(t, `{"balance":0.00,"inTransit":0.00,"pending":1900.00}`, balance())
	parcel := map[string]string{"carrier": "CJ", "trackingNumber": "600012345678"}
	require.Equal(t, 200, seller.put(t, shipPath(items[0]), parcel).Status)
	require.Equal(t, "404 ORDER_NOT_FOUND", statusCode(rival.post(t, path, nil)))
	require.Equal(t, "400 INVALID_INPUT", statusCode(b.post(t, path, map[string]any{"quantity": 0})))

	one := map[string]any{"quantity": 1}
	for range 2 { // the repeat is answered alike, and confirms nothing more
		a := b.post(t, path, one, "Idempotency-Key", "one")
		require.Equal(t, 200, a.Status, a)
		require.EqualValues(t, 1, a.field("confirmedQuantity"))
		require.NotNil(t, a.field("confirmBy"), "of the pieces that are left")
	}
	require.JSONEq(t, `{"balance":950.00,"inTransit":0.00,"pending":950.00}`, balance())
	require.Equal(t, "409 ORDER_ITEM_CONFIRMED", statusCode(b.post(t, refundsOf(order), pieces(items[0], 2))))

	r.postedOn(t, lastPeriod().End)
	_, err := r.store.Pool().Exec(context.Background(), "UPDATE holds SET from_day = $1", lastPeriod().End)
	require.NoError(t, err)
	require.Equal(t, 1, r.closeDay(t, lastPeriod().End).Payouts)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS' AND amount = 950")
	require.JSONEq(t, `{"balance":0.00,"inTransit":0.00,"pending":950.00}`, balance())
	r.verify(t)
}

// The close of a day delivers and confirms the lines that are due.
func TestConfirmation_WithoutTheBuyer_ComesWithTheDayClose(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, b := r.seller(t), r.buyers(t, 1)[0]
	p := r.product(t, seller.id, 1_000_00, 10)
	order, items := r.paidOrder(t, b, line{p.ID, 1})
	require.Equal(t, 200,
		seller.put(t, shipPath(items[0]), map[string]string{"carrier": "CJ", "trackingNumber": "600012345678"}).Status)
	passes := func(d time.Duration) {
		_, err := r.store.Pool().Exec(context.Background(), `UPDATE order_items SET due_at = due_at - $1::interval`,
			fmt.Sprint(int(d.Seconds()), " seconds"))
		require.NoError(t, err)
	}
	var result workflows.DayCloseResult
	closes := func(id string) int64 {
		r.runs(t, id, &result, workflows.DayClose,
			workflows.DayCloseInput{Day: market.DayOf(time.Now()).Add(-1).String()})
		return result.DueLines
	}
	require.Zero(t, closes("one"))
	passes(market.AssumeDeliveredAfter)
	require.EqualValues(t, 1, closes("two"))
	require.Equal(t, market.OrderDelivered, r.status(t, order))
	passes(market.ConfirmAfter)
	require.EqualValues(t, 1, closes("three"))
	require.JSONEq(t, `{"balance":950.00,"inTransit":0.00,"pending":0.00}`,
		string(seller.get(t, "/seller/balance").Data))
	require.Zero(t, closes("four"))
	r.verify(t)
}

// A seller that cannot deliver cancels its part: the buyer has the money back at once, and is notified.
func TestSellerCancellation_OfUnshippedPieces_IsPaidBack(t *testing.T) {
	t.Parallel()
	r := start(t)
	one, two, b := r.seller(t), r.seller(t), r.buyers(t, 1)[0]
	p, q := r.product(t, one.id, 1_000_00, 10), r.product(t, two.id, 2_000_00, 10)
	order, items := r.paidOrder(t, b, line{p.ID, 2}, line{q.ID, 1})
	path := fmt.Sprintf("/seller/orders/%d/cancel", order)
	require.Equal(t, "400 INVALID_INPUT", statusCode(one.post(t, path, map[string]any{})))
	require.Equal(t, "404 ORDER_NOT_FOUND",
		statusCode(r.seller(t).post(t, path, map[string]any{"reason": "none left"})))
	require.Equal(t, "400 REFUND_ITEMS_INVALID", statusCode(one.post(t, path, map[string]any{
		"reason": "none left", "items": []map[string]any{{"orderItemId": items[1], "quantity": 1}},
	})))
	body := map[string]any{"reason": "none left", "items": []map[string]any{{"orderItemId": items[0], "quantity": 1}}}
	for range 2 {
		a := one.post(t, path, body, "Idempotency-Key", "one")
		require.Equal(t, 202, a.Status, a)
	}
	r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE status = 'SUCCESS' AND reason = 'SELLER_CANCELLED' AND amount = 1000")
	require.Equal(t, 202, one.post(t, path, map[string]any{"reason": "none left at all"}).Status)
	r.eventually(t, 2, "SELECT count(*) FROM refunds WHERE status = 'SUCCESS'")
	require.Equal(t, "409 REFUND_ALREADY_EXISTS", statusCode(one.post(t, path, map[string]any{"reason": "again"})))
	require.Equal(t, market.OrderPaid, r.status(t, order), "the other seller delivers")
	require.Equal(t, 2, r.count(t, "SELECT count(*) FROM notifications WHERE role = 'BUYER' AND kind = 'ORDER_CANCELLED'"))
	require.Equal(t, 200,
		two.put(t, shipPath(items[1]), map[string]string{"carrier": "CJ", "trackingNumber": "600012345678"}).Status)
	require.Equal(t, "409 ORDER_NOT_CANCELLABLE", statusCode(two.post(t, path, map[string]any{"reason": "too late"})))
	r.verify(t)
}

// The buyer confirms on the page of the order, after the consequence was shown.
func TestShop_Confirmation_InTheBrowser(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, c := r.seller(t), r.customer(t, openBrowser(t))
	p := r.product(t, seller.id, 1_000_00, 10)
	order, items := r.paidOrder(t, c.buyer, line{p.ID, 2})
	require.Equal(t, http.StatusOK,
		seller.put(t, shipPath(items[0]), map[string]string{"carrier": "CJ", "trackingNumber": "600012345678"}).Status)
	c.do(t, chromedp.Navigate(fmt.Sprintf("%s/shop/orders/%d", r.api, order)))
	c.looksRight(t, "order-shipped")
	dialog := fmt.Sprintf("confirm-%d", items[0])
	c.do(t, chromedp.Click("[popovertarget="+dialog+"]:not([popovertargetaction])"))
	c.looksRight(t, "order-confirm")
	c.press(t, "#"+dialog+" button:not([type=button])")
	require.Equal(t, 2, r.count(t, "SELECT confirmed FROM order_items WHERE id = $1", items[0]))
	c.looksRight(t, "order-confirmed")
	r.verify(t)
}
