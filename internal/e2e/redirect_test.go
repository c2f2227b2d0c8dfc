package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// cardBody pays an order in the browser.
func cardBody(orderID int64) map[string]any {
	return map[string]any{"orderId": orderID, "method": "CARD"}
}

// window returns the payment window of a response.
func window(t testing.TB, a *answer) portonesim.Window {
	t.Helper()
	require.Equal(t, 202, a.Status, a)
	w, ok := windowOf(a)
	require.True(t, ok, a)
	return w
}

// windowOf returns the payment window that an answer opens. ok is false for an answer without one.
func windowOf(a *answer) (w portonesim.Window, ok bool) {
	fields, ok := a.field("requestPayment").(map[string]any)
	if !ok {
		return w, false
	}
	return portonesim.Window{
		StoreID: fields["storeId"].(string), ChannelKey: fields["channelKey"].(string),
		PaymentID: fields["paymentId"].(string), OrderName: fields["orderName"].(string),
		TotalAmount: int64(fields["totalAmount"].(float64)), Currency: fields["currency"].(string),
		PayMethod: fields["payMethod"].(string),
	}, true
}

// opens opens a payment in the browser, and retries while it could not be registered with the
// provider: on a busy machine that takes longer than a buyer is kept waiting.
func opens(t testing.TB, b *person, orderID int64, method string) (opened *answer) {
	t.Helper()
	testrig.Eventually(t, func() bool {
		opened = b.post(t, "/payments", map[string]any{"orderId": orderID, "method": method})
		return opened.Code != "PAYMENT_METHOD_UNAVAILABLE"
	}, 40*time.Second, 100*time.Millisecond)
	return opened
}

// openInBrowser orders one piece of a product and opens its payment by card.
func (r *rig) openInBrowser(
	t testing.TB, b *person, productID int64,
) (order int64, w portonesim.Window, paymentID int64) {
	t.Helper()
	order = r.placeOrder(t, b, productID)
	opened := opens(t, b, order, "CARD")
	return order, window(t, opened), opened.id("paymentId")
}

func confirmPath(paymentID int64) string { return fmt.Sprintf("/payments/%d/confirm", paymentID) }

// returned is the browser SDK's result in the form of the confirm call.
func returned(o portonesim.Outcome) map[string]any {
	return map[string]any{"transactionId": o.TxID, "paymentToken": o.PaymentToken}
}

// atPortOne is a payment in PortOne's own books.
func (r *rig) atPortOne(t testing.TB, w portonesim.Window) portonesim.Payment {
	t.Helper()
	for _, p := range r.portone.Books().Payments {
		if p.ID == w.PaymentID {
			return p
		}
	}
	require.Fail(t, "PortOne knows no such payment", w.PaymentID)
	return portonesim.Payment{}
}

// The response contains the payment window, and either the browser's return or PortOne's
// notification pays the order.
func TestBrowserPayment_Paid_IsBooked(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 10)
	for name, c := range map[string]struct {
		method   string
		confirms bool // the browser comes back
		faults   portonesim.Faults
	}{
		"the browser comes back":                   {"CARD", true, portonesim.Faults{NoWebhooks: true}},
		"the browser comes back with an agreement": {"KAKAO", true, portonesim.Faults{NoWebhooks: true}},
		"the window is closed":                     {"CARD", false, portonesim.Faults{}},
		"both":                                     {"CARD", true, portonesim.Faults{DuplicateWebhooks: true}},
		"both, with an agreement":                  {"KAKAO", true, portonesim.Faults{}},
	} {
		b := r.buyer(t)
		order := r.placeOrder(t, b, p.ID)
		r.portone.Set(c.faults)
		opened := opens(t, b, order, c.method)
		w := window(t, opened)
		require.EqualValues(t, 10_000, w.TotalAmount, name)
		require.Contains(t, w.OrderName, "상품", name)
		require.Equal(t, "PENDING", opened.field("status"), name)
		require.NotNil(t, opened.field("expiresAt"), name)
		out := r.portone.Pay(w, portonesim.Approve)
		require.Empty(t, out.Code, name)
		id := opened.id("paymentId")
		if c.confirms {
			paid := b.post(t, confirmPath(id), returned(out))
			require.Equal(t, 200, paid.Status, name, paid)
			require.Equal(t, "SUCCESS", paid.field("status"), name)
		}
		testrig.Eventually(t, func() bool { return r.status(t, order) == market.OrderPaid }, 20*time.Second,
			20*time.Millisecond)
		require.EqualValues(t, 10_000, r.atPortOne(t, w).Amount.Paid, name)
		require.Equal(t, 201, b.post(t, "/payments", cardBody(order)).Status, name)
		require.Equal(t, 200, b.post(t, confirmPath(id), returned(out)).Status, name)
	}
	r.portone.Set(portonesim.Faults{})
	r.settleDown(t)
	r.eventually(t, 0, "SELECT count(*) FROM follow_ups")
	r.verify(t)
}

// TestPayInTheBrowser_NeitherReturnNorMessage_ThePollFindsTheCharge in the provider's feed.
func TestPayInTheBrowser_NeitherReturnNorMessage_ThePollFindsTheCharge(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 10)
	r.portone.Set(portonesim.Faults{NoWebhooks: true})
	order, w, _ := r.openInBrowser(t, r.buyer(t), p.ID)
	require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
	poll, err := r.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: workflows.PaymentPollScheduleID, TaskQueue: workflows.BackOfficeQueue,
	}, workflows.PaymentPoll)
	require.NoError(t, err)
	var read activities.ReadFeed
	require.NoError(t, poll.Get(t.Context(), &read))
	testrig.Eventually(t, func() bool { return r.status(t, order) == market.OrderPaid }, 20*time.Second,
		20*time.Millisecond)
	r.settleDown(t)
	r.verify(t)
}

// After a decline the order stays payable, by the same or another method, the buyer sees the
// reason, and one payment is made.
func TestBrowserPayment_DeclinedThenPaid_IsBooked(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 10)
	b := r.buyer(t)
	order, w, id := r.openInBrowser(t, b, p.ID)
	for range 2 {
		out := r.portone.Pay(w, portonesim.Decline)
		require.NotEmpty(t, out.Code)
		a := b.post(t, confirmPath(id), returned(out))
		require.Equal(t, 202, a.Status, a)
		require.Equal(t, "잔액이 부족합니다.", a.field("declined"))
	}
	require.Equal(t, 2, r.count(t, "SELECT count(*) FROM payment_declines"))
	require.Equal(t, market.OrderCreated, r.status(t, order))

	again := b.post(t, "/payments", map[string]any{"orderId": order, "method": "KAKAO"})
	require.Equal(t, id, again.id("paymentId"), "it is the same payment")
	require.Equal(t, "KAKAO", again.field("method"))
	out := r.portone.Pay(window(t, again), portonesim.Approve)
	require.Equal(t, 200, b.post(t, confirmPath(id), returned(out)).Status)
	require.Equal(t, "ALREADY_PAID", r.portone.Pay(w, portonesim.Approve).Code)
	require.Equal(t, market.OrderPaid, r.status(t, order))
	r.settleDown(t)
	r.verify(t)
}

// endUnpaid ends an expired order's payment as its workflow does in the end.
func (r *rig) endUnpaid(t *testing.T, order int64) {
	t.Helper()
	err := r.temporal.TerminateWorkflow(t.Context(), workflows.PaymentWorkflowID(order), "", "the test ends it")
	require.NoError(t, err)
	id := int64(r.count(t, "SELECT id FROM payments WHERE order_id = $1", order))
	_, err = r.store.FailPayment(t.Context(), store.OrderPayment{OrderID: order, PaymentID: id}, market.EndNotCharged,
		"")
	require.NoError(t, err)
}

// buyerOf is an order's buyer.
func (r *rig) buyerOf(t *testing.T, order int64) *person {
	t.Helper()
	id := int64(r.count(t, "SELECT buyer_id FROM orders WHERE id = $1", order))
	token, err := auth.NewAccessTokens(r.cfg.JWTSecret, "", time.Hour).Issue(market.RoleBuyer,
		auth.Session{AccountID: id, Family: "test", Opened: time.Now()})
	require.NoError(t, err)
	return &person{caller: &caller{base: r.api, token: token}, id: id}
}

// A payment after the expiry of the order is refunded, whether its workflow is open or has ended.
func TestBrowserPayment_PaidAfterExpiry_IsPaidBack(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 10)
	b := r.buyer(t)
	order, w, id := r.openInBrowser(t, b, p.ID)
	r.age(t, order)
	r.eventually(t, 1, "SELECT count(*) FROM payments WHERE failure_code = 'ORDER_EXPIRED'")
	require.Equal(t, 400, b.post(t, "/payments", cardBody(order)).Status)
	r.portone.Pay(w, portonesim.Approve)
	r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE status = 'SUCCESS' AND reason = 'ORDER_EXPIRED'")
	require.Equal(t, "CANCELLED", r.atPortOne(t, w).Status)
	require.Equal(t, "ORDER_NOT_PAYABLE", b.post(t, confirmPath(id), map[string]any{}).Code)
	require.EqualValues(t, 10, r.stock(t, p.ID))

	second, late, _ := r.openInBrowser(t, b, p.ID)
	r.age(t, second)
	r.eventually(t, 2, "SELECT count(*) FROM payments WHERE failure_code = 'ORDER_EXPIRED'")
	r.endUnpaid(t, second)
	r.portone.Pay(late, portonesim.Approve)
	r.eventually(t, 2, "SELECT count(*) FROM refunds WHERE status = 'SUCCESS' AND reason = 'ORDER_EXPIRED'")
	require.Equal(t, "CANCELLED", r.atPortOne(t, late).Status)
	r.settleDown(t)
	r.verify(t)
}

// A charge that differs from the order in any way goes back.
func TestBrowserPayment_AnotherAmount_IsPaidBack(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 10)
	for name, c := range map[string]struct {
		faults portonesim.Faults
		code   string
	}{
		"more":             {portonesim.Faults{AmountOff: 100}, "PAYMENT_AMOUNT_MISMATCH"},
		"less":             {portonesim.Faults{AmountOff: -100}, "PAYMENT_AMOUNT_MISMATCH"},
		"dollars":          {portonesim.Faults{Currency: "USD"}, "PAYMENT_MISMATCH"},
		"test money":       {portonesim.Faults{TestMoney: true}, "PAYMENT_MISMATCH"},
		"dollars, later":   {portonesim.Faults{Currency: "USD", CancelLater: 300 * time.Millisecond}, "PAYMENT_MISMATCH"},
		"more, back later": {portonesim.Faults{AmountOff: 100, CancelLater: 300 * time.Millisecond}, "PAYMENT_AMOUNT_MISMATCH"},
	} {
		b := r.buyer(t)
		order, w, id := r.openInBrowser(t, b, p.ID)
		r.portone.Set(c.faults)
		out := r.portone.Pay(w, portonesim.Approve)
		a := b.post(t, confirmPath(id), returned(out))
		require.Equal(t, c.code, a.Code, name)
		testrig.Eventually(t, func() bool { return r.atPortOne(t, w).Status == "CANCELLED" }, 20*time.Second,
			20*time.Millisecond)
		require.Equal(t, market.OrderFailed, r.status(t, order), name)
		r.portone.Set(portonesim.Faults{})
	}
	require.EqualValues(t, 10, r.stock(t, p.ID))
	r.settleDown(t)
	r.verify(t)
}

// A charge for a product that was blocked meanwhile is refunded automatically, and the order fails.
func TestBrowserPayment_ProductBlocked_IsPaidBack(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 10)
	b := r.buyer(t)
	order, w, id := r.openInBrowser(t, b, p.ID)
	blocked := r.staff(t).put(t, fmt.Sprintf("/admin/products/%d/block", p.ID), map[string]string{"reason": "a fake"})
	require.Equal(t, 200, blocked.Status, blocked)
	a := b.post(t, confirmPath(id), returned(r.portone.Pay(w, portonesim.Approve)))
	require.Equal(t, "409 PAYMENT_SALE_STOPPED", fmt.Sprint(a.Status, " ", a.Code))
	testrig.Eventually(t, func() bool { return r.atPortOne(t, w).Status == "CANCELLED" }, 20*time.Second,
		20*time.Millisecond)
	require.Equal(t, market.OrderFailed, r.status(t, order))
	require.EqualValues(t, 10, r.stock(t, p.ID))
	r.settleDown(t)
	r.verify(t)
}

// In parts, while PortOne takes its time, hangs, or refuses at first,
// each part goes back once.
func TestRefund_AtPortOne_IsPaidBack(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 100)
	admin := r.staff(t)
	for name, c := range map[string]struct {
		faults portonesim.Faults
		mends  time.Duration
		fails  bool
	}{
		"at once":        {portonesim.Faults{}, 0, false},
		"later":          {portonesim.Faults{CancelLater: time.Second}, 0, false},
		"and hangs":      {portonesim.Faults{HangAfter: 10 * time.Millisecond}, 2 * time.Second, false},
		"is down":        {portonesim.Faults{Down: true}, 2 * time.Second, false},
		"not now":        {portonesim.Faults{CancelFails: true}, 2 * time.Second, false},
		"later, in vain": {portonesim.Faults{CancelFails: true, CancelLater: 300 * time.Millisecond}, 0, true},
	} {
		b := r.buyer(t)
		a := b.post(t, "/orders", b.order(r.fill(t, b.id, p.ID, 3)))
		order := a.id("orderId")
		opened := opens(t, b, order, "CARD")
		w := window(t, opened)
		out := r.portone.Pay(w, portonesim.Approve)
		require.Equal(t, 200, b.post(t, confirmPath(opened.id("paymentId")), returned(out)).Status)
		item := int64(r.count(t, "SELECT id FROM order_items WHERE order_id = $1", order))
		for i, pieces := range []map[string]any{pieces(item, 1), whole} {
			if i == 0 {
				r.portone.Set(c.faults)
				if c.mends > 0 {
					time.AfterFunc(c.mends, func() { r.portone.Set(portonesim.Faults{}) })
				}
			}
			id := b.post(t, refundsOf(order), pieces).id("refundId")
			approve(t, admin, id)
			if c.fails && i == 0 {
				r.eventually(t, 1, fmt.Sprintf("SELECT count(*) FROM refunds WHERE id = %d AND status = 'FAILED'", id))
				r.portone.Set(portonesim.Faults{})
				approve(t, admin, id)
			}
			r.eventually(t, 1, fmt.Sprintf("SELECT count(*) FROM refunds WHERE id = %d AND status = 'SUCCESS'", id))
		}
		r.portone.Set(portonesim.Faults{})
		done := 0
		for _, x := range r.atPortOne(t, w).Cancellations {
			if x.Status == "SUCCEEDED" {
				done++
			}
		}
		require.Equal(t, 2, done, name)
		require.Equal(t, "CANCELLED", r.atPortOne(t, w).Status, name)
		require.Equal(t, market.OrderRefunded, r.status(t, order), name)
	}
	r.settleDown(t)
	r.verify(t)
}

// Cancellations hang, PortOne fails at one payment, and a buyer
// sends what no browser would. None of that holds up another buyer's payment, and in the end each refund is paid.
// With WAITING_REFUNDS=1000 it measures how long a payment takes to open behind so many.
func TestNewPayments_WhileOtherCallsGetNoAnswer_AreMade(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.PaymentWait = 10 * time.Second // which the buyer of the payment that PortOne fails at waits for
	r.serveAll(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 5_000)
	pay := func(b *person) (order int64) {
		order, w, id := r.openInBrowser(t, b, p.ID)
		a := b.post(t, confirmPath(id), returned(r.portone.Pay(w, portonesim.Approve)))
		require.Equal(t, 200, a.Status, a)
		return order
	}
	cancelled := map[*person]int64{}
	refunds, opened := 30, 10
	if n, err := strconv.Atoi(os.Getenv("WAITING_REFUNDS")); err == nil {
		refunds, opened = n, 100
	}
	for range refunds {
		b := r.buyer(t)
		cancelled[b] = pay(b)
	}
	b := r.buyer(t)
	_, poisoned, id := r.openInBrowser(t, b, p.ID)
	hang := 20 * time.Second
	if refunds > 100 {
		hang = time.Minute
	}
	r.portone.Set(portonesim.Faults{HangAfter: hang, HangOn: "cancel", Poisoned: poisoned.PaymentID})
	for b, order := range cancelled {
		require.Equal(t, 202, b.post(t, cancelPath(order), nil).Status)
	}
	for _, token := range []string{"x", "a b", "한", strings.Repeat("x", 1001)} {
		a := b.post(t, confirmPath(id), map[string]any{"transactionId": "a\nb", "paymentToken": token})
		require.Equal(t, 400, a.Status, a)
	}
	b.post(t, confirmPath(id), map[string]any{"transactionId": "t", "paymentToken": "x"}) // which has no answer in time
	var took []time.Duration
	for range opened {
		var methods []market.OfferedMethod
		require.NoError(t, json.Unmarshal(b.get(t, "/payment-methods").Data, &methods))
		require.True(t, methods[0].Available)
		buyer := r.buyer(t)
		order := r.placeOrder(t, buyer, p.ID)
		began := time.Now()
		a := buyer.post(t, "/payments", cardBody(order))
		took = append(took, time.Since(began))
		out := r.portone.Pay(window(t, a), portonesim.Approve)
		require.Equal(t, 200, buyer.post(t, confirmPath(a.id("paymentId")), returned(out)).Status)
	}
	slices.Sort(took)
	t.Logf("a payment opens in %v, p95 %v, behind %d refunds", took[len(took)/2], took[len(took)*95/100], refunds)
	r.portone.Set(portonesim.Faults{})
	b.insist(t, confirmPath(id), returned(r.portone.Pay(poisoned, portonesim.Approve)))
	r.eventually(t, len(cancelled), "SELECT count(*) FROM refunds WHERE status = 'SUCCESS'")
	r.settleDown(t)
	r.verify(t)
}

// Two pieces at an old price with a fraction come to whole won, and a card
// cannot be paid back half of one.
func TestRefundAtPortOne_OfHalfAWon_IsPaidInWholeWon(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin, b := r.staff(t), r.buyer(t)
	r.oldPrices(t)
	p := r.product(t, r.seller(t).id, 10_000_50, 10)
	a := b.post(t, "/orders", b.order(r.fill(t, b.id, p.ID, 2)))
	require.Equal(t, 201, a.Status, a)
	order := a.id("orderId")
	w := window(t, opens(t, b, order, "CARD"))
	require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
	r.eventuallyPaid(t, order)
	for _, amount := range []float64{10_000, 10_001} {
		asked := b.post(t, refundsOf(order), pieces(r.lines(t, order)[0], 1))
		require.Equal(t, 201, asked.Status, asked)
		require.InDelta(t, amount, asked.field("amount"), 0)
		require.Equal(t, "SUCCESS", approve(t, admin, asked.id("refundId")).field("status"))
	}
	require.EqualValues(t, 20_001, r.atPortOne(t, w).Amount.Cancelled)
	require.Equal(t, market.OrderRefunded, r.status(t, order))
	r.settleDown(t)
	r.verify(t)
}

// The wait for a payment is longer than this test.
func TestPay_WithMock_ReplacesTheOpenPaymentInTheBrowser(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 10)
	b := r.buyer(t)
	order := r.placeOrder(t, b, p.ID)
	left := window(t, opens(t, b, order, "CARD"))
	paid := b.post(t, "/payments", payBody(order))
	require.Equal(t, "201 CREATE_SUCCESS", statusCode(paid))
	require.Equal(t, "MOCK SUCCESS", fmt.Sprint(paid.field("method"), " ", paid.field("status")))
	require.Equal(t, market.OrderPaid, r.status(t, order))

	// One that was made in the meantime is the order's payment.
	made := r.placeOrder(t, b, p.ID)
	w := window(t, opens(t, b, made, "CARD"))
	require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
	a := b.post(t, "/payments", payBody(made))
	require.Equal(t, "201 CREATE_SUCCESS", statusCode(a))
	require.Equal(t, "CARD SUCCESS", fmt.Sprint(a.field("method"), " ", a.field("status")))

	// What is paid in the window that was left is given back.
	require.Empty(t, r.portone.Pay(left, portonesim.Approve).Code)
	r.eventually(t, 1, `SELECT count(*) FROM refunds f JOIN payments p ON p.id = f.payment_id
		WHERE p.merchant_uid = $1 AND f.status = 'SUCCESS'`, left.PaymentID)
	r.settleDown(t)
	r.verify(t)
}

// Neither request waits for the other's payment, whichever came first.
func TestPay_WithMockAndCardAtOnce_IsPaidWithMock(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 100)
	for range 6 {
		b := r.buyer(t)
		order := r.placeOrder(t, b, p.ID)
		answers := make([]*answer, 4)
		var all sync.WaitGroup
		for i, method := range []string{"CARD", "MOCK", "CARD", "MOCK"} {
			all.Go(func() {
				answers[i] = b.post(t, "/payments", map[string]any{"orderId": order, "method": method})
			})
		}
		all.Wait()
		for _, mock := range []*answer{answers[1], answers[3]} {
			require.Contains(t, []int{200, 201}, mock.Status, mock)
			require.Equal(t, "MOCK SUCCESS", fmt.Sprint(mock.field("method"), " ", mock.field("status")))
		}
		for _, card := range []*answer{answers[0], answers[2]} {
			require.Less(t, card.Status, 500, card)
		}
		require.Equal(t, market.OrderPaid, r.status(t, order))
	}
	r.settleDown(t)
	r.verify(t)
}

func TestPay_OrderThatCostsNothing_NeedsNoProvider(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin, seller, b := r.staff(t), r.seller(t), r.buyer(t)
	p := r.product(t, seller.id, 0, 10)
	r.portone.Set(portonesim.Faults{Down: true})
	var last int64
	for _, method := range []string{"CARD", "MOCK", "TOSS"} {
		last = r.placeOrder(t, b, p.ID)
		body := map[string]any{"orderId": last, "method": method}
		paid := b.post(t, "/payments", body)
		require.Equal(t, "201 CREATE_SUCCESS", statusCode(paid), method)
		require.Equal(t, method+" SUCCESS", fmt.Sprint(paid.field("method"), " ", paid.field("status")))
		require.Nil(t, paid.field("requestPayment"))
		require.Equal(t, market.OrderPaid, r.status(t, last))
		require.Equal(t, paid.id("paymentId"), b.post(t, "/payments", body).id("paymentId"), "a repeat")
	}
	require.Equal(t, 3, r.count(t, "SELECT count(*) FROM payments WHERE provider = 'NONE' AND status = 'SUCCESS'"))
	require.Empty(t, r.portone.Books().Payments)
	refund := b.post(t, refundsOf(last), whole).id("refundId")
	require.Equal(t, "SUCCESS", approve(t, admin, refund).field("status"))
	require.Equal(t, market.OrderRefunded, r.status(t, last))
	r.portone.Set(portonesim.Faults{})
	_, err := r.store.Pool().Exec(t.Context(), "UPDATE payments SET amount = 1 WHERE provider = 'NONE'")
	require.ErrorContains(t, err, "payments_provider_known")
	r.settleDown(t)
	r.verify(t)
}

// The payment that could not be prepared leaves the order payable, and the
// answer names the methods that work.
func TestBrowserPayment_ProviderDown_LeavesTheOrderPayable(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 10)
	b := r.buyer(t)
	order := r.placeOrder(t, b, p.ID)
	r.portone.Set(portonesim.Faults{Down: true})
	a := b.post(t, "/payments", cardBody(order))
	require.Equal(t, "PAYMENT_METHOD_UNAVAILABLE", a.Code, a)
	testrig.Eventually(t, func() bool {
		var methods []market.OfferedMethod
		require.NoError(t, json.Unmarshal(b.get(t, "/payment-methods").Data, &methods))
		require.Equal(t, market.MethodCard, methods[0].Method)
		return !methods[0].Available
	}, time.Minute, 100*time.Millisecond)
	a = b.post(t, "/payments", cardBody(order))
	require.Equal(t, 503, a.Status)
	require.Contains(t, a.Message, "MOCK", "the answer names what works")
	require.Equal(t, 201, b.post(t, "/payments", payBody(order)).Status)
	require.Equal(t, "INVALID_INPUT", b.post(t, "/payments", map[string]any{"orderId": order, "method": "NAVER"}).Code)
	r.portone.Set(portonesim.Faults{})
	r.settleDown(t)
	r.verify(t)

	// A line that does not come to whole won could not be paid back alone, even when the order comes to whole won.
	r.oldPrices(t)
	odd, even := r.product(t, r.seller(t).id, 10_000_50, 10), r.product(t, r.seller(t).id, 20_000_50, 10)
	both := b.insist(t, "/orders", b.order(r.fill(t, b.id, odd.ID, 1), r.fill(t, b.id, even.ID, 1)))
	for _, order := range []int64{r.placeOrder(t, b, odd.ID), both.id("orderId")} {
		testrig.Eventually(t, func() bool {
			return b.post(t, "/payments", cardBody(order)).Code == "PAYMENT_AMOUNT_NOT_WHOLE"
		}, 30*time.Second, 200*time.Millisecond)
	}
}
