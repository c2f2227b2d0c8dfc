package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
)

// window is a payment that a buyer has opened in the browser, with what the browser has returned.
type window struct {
	buyer     account
	paymentID int64
	orderID   int64
	outcome   portonesim.Outcome
}

// shop buys until during ends. A purchase that was begun by then is finished, for a minute at most.
func (t *clients) shop(during, ctx context.Context, b account, r *rand.Rand) {
	for n := 0; during.Err() == nil; n++ {
		after, cancel := context.WithCancel(ctx)
		stop := context.AfterFunc(during, func() { time.AfterFunc(time.Minute, cancel) })
		t.purchase(after, b, r, fmt.Sprintf("%d-%d", b.id, n))
		stop()
		cancel()
	}
}

// purchase orders products of one or several sellers. The order is paid, or cancelled, or left to expire; and what is
// paid may be refunded, in part or as a whole, cancelled, or cancelled by the provider on its own.
func (t *clients) purchase(ctx context.Context, b account, r *rand.Rand, key string) {
	items := t.fillCart(ctx, b, r)
	if len(items) == 0 {
		return
	}
	a, ok := t.do(ctx, r, "order", request{
		who: b, method: http.MethodPost, path: "/orders", key: "order-" + key,
		body: map[string]any{"cartItemIds": items, "addressId": b.address},
	})
	if !ok { // such as out of stock
		_, _ = t.ask(ctx, r, request{who: b, method: http.MethodDelete, path: "/carts"})
		return
	}
	var order struct {
		OrderID     int64
		TotalAmount json.Number
	}
	a.into(&order)
	t.note(func(p *promises) { p.orders[order.OrderID] = placed{b.id, order.TotalAmount.String()} })
	switch r.IntN(16) {
	case 0:
		t.count("leave unpaid")
		return
	case 1:
		t.cancel(ctx, b, r, order.OrderID, key)
		return
	}
	if r.IntN(3) == 0 {
		w, paid := t.payInBrowser(ctx, b, r, order.OrderID, key)
		if !paid {
			return
		}
		if r.IntN(4) == 0 {
			t.cancelAtProvider(r, w.PaymentID)
			return
		}
	} else if !t.pay(ctx, b, r, order.OrderID, key) {
		return
	}
	switch r.IntN(8) {
	case 0, 1, 2:
		t.refund(ctx, b, r, order.OrderID, key)
	case 3:
		t.cancel(ctx, b, r, order.OrderID, key)
	}
	t.confirmLines(ctx, b, r)
}

// confirmLines confirms some of the lines that a buyer's latest orders have received, or some of their pieces.
func (t *clients) confirmLines(ctx context.Context, b account, r *rand.Rand) {
	a, err := t.ask(ctx, r, request{who: b, method: http.MethodGet, path: "/orders?size=5"})
	if err != nil || !a.ok() {
		return
	}
	var orders struct {
		Content []struct{ OrderID int64 }
	}
	a.into(&orders)
	for _, o := range orders.Content {
		a, err := t.ask(ctx, r, request{who: b, method: http.MethodGet, path: fmt.Sprintf("/orders/%d", o.OrderID)})
		if err != nil || !a.ok() {
			continue
		}
		var order struct {
			Items []struct {
				ID                int64
				Quantity          int
				ShippedAt         *string
				ConfirmedQuantity int
			}
		}
		a.into(&order)
		for _, i := range order.Items {
			if i.ShippedAt == nil || i.ConfirmedQuantity == i.Quantity || r.IntN(2) == 0 {
				continue
			}
			body := map[string]any{}
			if r.IntN(2) == 0 {
				body["quantity"] = 1
			}
			if _, ok := t.do(ctx, r, "confirm", request{
				who: b, method: http.MethodPost, path: fmt.Sprintf("/orders/%d/items/%d/confirm", o.OrderID, i.ID),
				key: fmt.Sprint("confirm-", i.ID, "-", i.ConfirmedQuantity), body: body,
			}); ok {
				t.note(func(p *promises) { p.confirmed[i.ID] = true })
			}
		}
	}
}

// fillCart puts pieces of up to three products into the cart and returns the cart's items.
func (t *clients) fillCart(ctx context.Context, b account, r *rand.Rand) (items []int64) {
	for range 1 + r.IntN(3) {
		var cart struct {
			Items struct {
				Content []struct{ ID int64 }
			}
		}
		a, err := t.ask(ctx, r, request{
			who: b, method: http.MethodPost, path: "/carts/items?sort=createdAt,desc&size=10",
			body: map[string]any{"productId": t.products[r.IntN(len(t.products))].id, "quantity": 1 + r.IntN(3)},
		})
		if err != nil || !a.ok() {
			continue
		}
		a.into(&cart)
		items = items[:0]
		for _, i := range cart.Items.Content {
			items = append(items, i.ID)
		}
	}
	return items
}

// pay pays by the method MOCK and reports whether the payment succeeded.
func (t *clients) pay(ctx context.Context, b account, r *rand.Rand, orderID int64, key string) bool {
	a, ok := t.do(ctx, r, "pay", request{
		who: b, method: http.MethodPost, path: "/payments", key: "pay-" + key,
		body: map[string]any{"orderId": orderID, "method": "MOCK"},
	})
	switch {
	case ok:
		t.paid(orderID, a)
	case a.Status != 0 && a.Code != string(market.CodePaymentAlreadyExists):
		// After PAYMENT_ALREADY_EXISTS the order is paid: an earlier answer was lost.
		t.note(func(p *promises) { p.refused[orderID] = a.Code })
	}
	return ok
}

// paid notes the charge of an order that was paid.
func (t *clients) paid(orderID int64, a answer) {
	var payment struct{ ImpUID string }
	a.into(&payment)
	t.note(func(p *promises) { p.paid[orderID] = payment.ImpUID })
}

// payInBrowser opens a payment at PortOne. The buyer pays in its window, is declined, or closes it; and comes back, or
// leaves it to PortOne to notify the marketplace. It reports whether the client learned that the order is paid.
func (t *clients) payInBrowser(
	ctx context.Context, b account, r *rand.Rand, orderID int64, key string,
) (w portonesim.Window, paid bool) {
	method := []string{"CARD", "KAKAO"}[r.IntN(2)]
	a, ok := t.do(ctx, r, "open a payment window", request{
		who: b, method: http.MethodPost, path: "/payments", key: "open-" + key,
		body:     map[string]any{"orderId": orderID, "method": method},
		accepted: func(a answer) bool { return a.field("requestPayment") != "" },
	})
	var payment struct {
		PaymentID      int64
		RequestPayment *portonesim.Window
	}
	a.into(&payment)
	if !ok || payment.RequestPayment == nil {
		return w, false
	}
	w = *payment.RequestPayment
	opened := window{buyer: b, paymentID: payment.PaymentID, orderID: orderID}
	for {
		decision := []string{
			portonesim.Approve, portonesim.Approve, portonesim.Approve, portonesim.Approve, portonesim.Decline,
			portonesim.Leave,
		}[r.IntN(6)]
		opened.outcome = t.portone.Pay(w, decision)
		if opened.outcome.Code == "" {
			t.count("pay in the window")
			break
		}
		t.count("leave or be declined in the window")
		if r.IntN(2) == 0 {
			break
		}
	}
	t.note(func(*promises) { t.windows = append(t.windows, opened) })
	if r.IntN(4) == 0 {
		t.count("do not come back from the window")
		return w, false
	}
	return w, t.confirm(ctx, r, opened)
}

// confirm has a buyer come back from the payment window, and reports whether the order is paid. A payment that is still
// pending is a final answer: the buyer may have been declined.
func (t *clients) confirm(ctx context.Context, r *rand.Rand, w window) bool {
	a, ok := t.do(ctx, r, "come back from the window", request{
		who: w.buyer, method: http.MethodPost, path: fmt.Sprintf("/payments/%d/confirm", w.paymentID),
		body:     map[string]any{"transactionId": w.outcome.TxID, "paymentToken": w.outcome.PaymentToken},
		accepted: always,
	})
	if !ok || a.field("status") != `"SUCCESS"` {
		return false
	}
	t.paid(w.orderID, a)
	return true
}

// cancelAtProvider cancels a payment, or a part of it, at the provider, as a chargeback does.
func (t *clients) cancelAtProvider(r *rand.Rand, paymentID string) {
	for _, p := range t.portone.Books().Payments {
		if left := p.Amount.Paid - p.Amount.Cancelled; p.ID == paymentID && left > 2 {
			t.portone.GiveBack(p.ID, left/[]int64{1, 2}[r.IntN(2)])
			t.count("cancel at the provider")
		}
	}
}

// cancel cancels an order.
func (t *clients) cancel(ctx context.Context, b account, r *rand.Rand, orderID int64, key string) {
	if _, ok := t.do(ctx, r, "cancel", request{
		who: b, method: http.MethodPost, path: fmt.Sprintf("/orders/%d/cancel", orderID), key: "cancel-" + key,
		accepted: always,
	}); ok {
		t.note(func(p *promises) { p.cancelled[orderID] = true })
	}
}

// refund asks for a refund of an order, or of pieces of its lines.
func (t *clients) refund(ctx context.Context, b account, r *rand.Rand, orderID int64, key string) {
	action, body := "ask for a refund", map[string]any{"reason": "CHANGE_OF_MIND"}
	if r.IntN(3) > 0 {
		a, err := t.ask(ctx, r, request{who: b, method: http.MethodGet, path: fmt.Sprintf("/orders/%d", orderID)})
		if err != nil || !a.ok() {
			return
		}
		var order struct {
			Items []struct{ ID int64 }
		}
		a.into(&order)
		var pieces []map[string]any
		for _, i := range order.Items[:1+r.IntN(len(order.Items))] {
			pieces = append(pieces, map[string]any{"orderItemId": i.ID, "quantity": 1})
		}
		action, body["items"] = "ask for a refund of pieces", pieces
	}
	a, ok := t.do(ctx, r, action, request{
		who: b, method: http.MethodPost, path: fmt.Sprintf("/orders/%d/refunds", orderID), key: "refund-" + key,
		body: body,
	})
	if !ok {
		return
	}
	var refund struct{ RefundID int64 }
	a.into(&refund)
	t.note(func(p *promises) { p.refunds[refund.RefundID] = "" })
}

// grow backdates some unpaid orders, so that they expire while they are paid, and some lines, so that they count as
// delivered or confirmed.
func (t *clients) grow(ctx context.Context, pool *pgxpool.Pool, r *rand.Rand) {
	for pause(ctx, 500*time.Millisecond) {
		_, _ = pool.Exec(ctx,
			"UPDATE orders SET created_at = created_at - interval '31 minutes' WHERE status = 'CREATED' AND id % 15 = $1",
			r.IntN(15))
		_, _ = pool.Exec(ctx, "UPDATE order_items SET due_at = now() WHERE due_at > now() AND id % 15 = $1", r.IntN(15))
	}
}
