package shop

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig/fakestore"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

func TestOrders_List_LinksToEach(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	s.lists.Returns("OrderTitles", map[int64]store.OrderTitle{70: {ProductID: 5, Product: "mug", Lines: 3}})
	s.lists.Returns("Thumbnails", map[int64]store.Image{5: {ObjectKey: "products/5/a.png"}})
	got := s.Get(t, "/shop/orders?page=0&status=PAID")
	require.Equal(t, []string{`Orders(7, "PAID", 0/20)`, "OrderTitles([70])", "Thumbnails([5])"}, s.lists.Calls())
	require.Contains(t, got.Body, "/images/products/5/a.png", "the picture of its first product")
	require.Contains(t, got.Text, "and 2 more", "the products name the order")
	require.Contains(t, got.Text, "20261130-0028A")
	require.True(t, got.HasLink("/shop/orders?status=FAILED"))
	require.Equal(t, 400, s.Get(t, "/shop/orders?status=GONE").Status)
	require.True(t, got.HasLink("/shop/orders/70"))
	require.Contains(t, got.Body, `title="2026-11-30 12:00"`, "in the market's time zone")
	s.lists.Returns("Orders")
	require.False(t, s.Get(t, "/shop/orders").HasLink("/shop/orders/70"))
}

// detail returns an order with its lines and its buyer's actions.
func detail(o market.Order, items ...market.OrderItem) market.OrderDetail {
	lines := make([]market.Line, len(items))
	for i, item := range items {
		lines[i] = item.Line()
	}
	if o.Status == market.OrderCreated {
		until := market.LocalTime(time.Time(o.CreatedAt).Add(market.OrderLifetime))
		o.ExpiresAt = &until
	}
	return market.OrderDetail{Order: o, Items: items, Actions: o.Status.BuyerActions(lines, false)}
}

// The page offers the actions that the order permits.
func TestOrder_Actions_DependOnItsState(t *testing.T) {
	t.Parallel()
	pay, cancel, refund := "/shop/orders/70/pay", "/shop/orders/70/cancel", "/shop/orders/70/refund"
	for _, c := range []struct {
		status                          market.OrderStatus
		shipped                         bool
		refund                          market.RefundStatus
		pays, cancels, refunds, follows bool
	}{
		{market.OrderCreated, false, "", true, true, false, true},
		{market.OrderPaid, false, "", false, true, false, true},
		{market.OrderPaid, true, "", false, false, true, true},
		{market.OrderPaid, false, market.RefundPending, false, false, false, true},
		{market.OrderPaid, false, market.RefundProcessing, false, false, false, true},
		{market.OrderPaid, false, market.RefundDenied, false, true, false, true},
		{market.OrderPaid, false, market.RefundFailed, false, false, false, true},
		{market.OrderShipped, true, "", false, false, true, true},
		{market.OrderDelivered, true, "", false, false, true, true},
		{market.OrderRefunded, false, market.RefundSuccess, false, false, false, false},
		{market.OrderFailed, false, "", false, false, false, false},
	} {
		s := newStand(t)
		item := market.OrderItem{ID: 1, ProductID: 5, ProductName: "p", Quantity: 1}
		if c.shipped {
			item.ShippedQuantity = 1
		}
		if c.refund.Open() || c.refund == market.RefundFailed {
			item.ClaimedQuantity = 1
		}
		s.store.Returns("OrderDetail", detail(market.Order{ID: 70, BuyerID: buyerID, Status: c.status}, item))
		s.store.Fails("OrderPayment", market.Refuse(market.CodePaymentNotFound))
		if c.refund != "" {
			s.store.Returns("OrderRefunds", market.Page[market.Refund]{Content: []market.Refund{{Status: c.refund}}})
		}
		got := s.Get(t, "/shop/orders/70")
		require.Equal(t, 200, got.Status, got.Body)
		require.Equal(t, c.pays, got.Form(pay) != nil, "%+v", c)
		require.Equal(t, c.cancels, got.Form(cancel) != nil, "%+v", c)
		require.Equal(t, c.refunds, got.HasLink(refund), "%+v", c)
		require.Equal(t, c.follows, strings.Contains(got.Body, "sse-connect="), "%+v", c)
		require.Contains(t, got.Header.Get("Content-Security-Policy"), "script-src 'self'; connect-src 'self'")
	}
}

func TestProgress_Reached_FollowsTheUsualSequence(t *testing.T) {
	t.Parallel()
	sequence := []market.OrderStatus{market.OrderCreated, market.OrderPaid, market.OrderShipped, market.OrderDelivered}
	for i, now := range sequence {
		for j, step := range sequence {
			p := progress{Order: market.OrderDetail{Order: market.Order{Status: now}}}
			require.Equal(t, j <= i, p.reached(step), "%s of %s", step, now)
		}
	}
	for _, ended := range []market.OrderStatus{market.OrderFailed, market.OrderRefunded} {
		p := progress{Order: market.OrderDetail{Order: market.Order{Status: ended}}}
		require.True(t, p.over())
		for _, step := range sequence {
			require.False(t, p.reached(step), "%s of %s", step, ended)
		}
	}
}

// TestProgress_Fingerprint_ChangesWithWhatIsShown, and not with the key of the form.
func TestProgress_Fingerprint_ChangesWithWhatIsShown(t *testing.T) {
	t.Parallel()
	base := func() progress {
		return progress{
			Order: market.OrderDetail{Order: market.Order{ID: 70, Status: market.OrderPaid},
				Items: make([]market.OrderItem, 1)},
			Payment: &market.Payment{Status: market.PaymentSuccess}, Refunds: make([]market.Refund, 1),
		}
	}
	prints := map[string]bool{base().fingerprint(): true}
	same := base()
	same.Key = "another"
	require.Equal(t, base().fingerprint(), same.fingerprint())
	for i, change := range []func(p *progress){
		func(p *progress) { p.Order.Status = market.OrderShipped }, func(p *progress) {
			p.Order.Items[0].ShippedAt = &noon
		},
		func(p *progress) { p.Order.Parcels = []market.Parcel{{ID: 1}} },
		func(p *progress) { p.Order.Items[0].RefundedQuantity = 1 }, func(p *progress) { p.Payment = nil },
		func(p *progress) { p.Payment.Status = market.PaymentFailed },
		func(p *progress) { p.Refunds[0].Status = market.RefundDenied },
		func(p *progress) { p.Methods = []market.OfferedMethod{{Method: market.MethodCard}} },
	} {
		p := base()
		change(&p)
		require.False(t, prints[p.fingerprint()], i)
		prints[p.fingerprint()] = true
	}
}

// The page offers to confirm what was shipped, and to return what is not confirmed.
func TestConfirm_ShippedLine_IsOfferedUntilItIsConfirmed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shipped             bool
		confirmed, refunded int32
		confirms, refunds   bool
	}{
		{false, 0, 0, false, false},
		{true, 0, 0, true, true},
		{true, 1, 0, true, true},
		{true, 1, 1, false, false},
		{true, 2, 0, false, false},
	} {
		s := newStand(t)
		item := market.OrderItem{
			ID: 1, OrderID: 70, ProductName: "p", Quantity: 2, RefundedQuantity: c.refunded,
			ConfirmedQuantity: c.confirmed,
		}
		if c.shipped {
			item.ShippedQuantity, item.DeliveredQuantity, item.ConfirmBy = 2, 2, &noon
		}
		s.store.Returns("OrderDetail", detail(market.Order{ID: 70, BuyerID: buyerID, Status: market.OrderPaid}, item))
		s.store.Fails("OrderPayment", market.Refuse(market.CodePaymentNotFound))
		got := s.Get(t, "/shop/orders/70")
		require.Equal(t, c.confirms, got.Form("/shop/orders/70/items/1/confirm") != nil, "%+v", c)
		require.Equal(t, c.refunds, got.HasLink("/shop/orders/70/refund"), "%+v", c)
	}
	s := newStand(t)
	got := s.Post(t, "/shop/orders/70/items/1/confirm", nil)
	require.Equal(t, "/shop/orders/70", strings.Split(got.Location, "?")[0])
	require.Contains(t, s.calls(), fmt.Sprintf("ConfirmItem(%d, 70, 1, null)", buyerID))
}

// TestOrder_OfAnotherBuyer_IsNotFound on every page and for every form.
func TestOrder_OfAnotherBuyer_IsNotFound(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Fails("OrderDetail", market.Refuse(market.CodeOrderNotFound))
	s.store.Fails("Order", market.Refuse(market.CodeOrderNotFound))
	s.store.Fails("ConfirmItem", market.Refuse(market.CodeOrderNotFound))
	for _, path := range []string{
		"/shop/orders/70", "/shop/orders/70/refund", "/shop/orders/70/events", "/shop/orders/70/paid",
	} {
		require.Equal(t, 404, s.Get(t, path).Status, path)
	}
	for path, form := range map[string]url.Values{
		"/shop/orders/70/pay": {"method": {"MOCK"}}, "/shop/orders/70/cancel": nil, "/shop/orders/70/items/1/confirm": nil,
		"/shop/orders/70/refund": {"why": {"DAMAGED"}, "pieces[1]": {"1"}},
	} {
		require.Equal(t, 404, s.Post(t, path, form).Status, path)
	}
	require.Empty(t, s.flows.calls)
	require.Empty(t, s.store.Calls("OrderPayment", "ReserveRefund", "SetOrderStatus"))
}

func TestPay_EachOutcome_LeadsBackWithItsNotice(t *testing.T) {
	t.Parallel()
	declined := "not enough"
	for name, c := range map[string]struct {
		payment *activities.Payment
		err     error
		stored  market.Payment
		notice  string
	}{
		"paid":     {&activities.Payment{OrderID: 70, Status: market.PaymentSuccess}, nil, market.Payment{}, noticePaid},
		"failed":   {&activities.Payment{OrderID: 70, Status: market.PaymentFailed}, nil, market.Payment{}, noticeDeclined},
		"declined": {nil, market.Refuse(market.CodePaymentFailed), market.Payment{}, noticeDeclined},
		"open": {
			nil, market.Refuse(market.CodeRequestTimeout), market.Payment{OrderID: 70,
				Status: market.PaymentPending}, noticeUnderWay,
		},
		"open after a decline": {
			nil, market.Refuse(market.CodeRequestTimeout),
			market.Payment{OrderID: 70, Status: market.PaymentPending, Declined: &declined}, noticeDeclined,
		},
	} {
		s := newStand(t)
		s.flows.payment, s.flows.err = c.payment, c.err
		s.store.Returns("Order", market.Order{ID: 70, TotalAmount: 1, Status: market.OrderCreated})
		s.store.Returns("OrderPayment", c.stored)
		got := s.Post(t, "/shop/orders/70/pay", url.Values{"method": {"MOCK"}})
		require.Equal(t, "/shop/orders/70?notice="+c.notice+"", got.Outcome, "%s: %s", name, got.Body)
	}
	s := newStand(t)
	for _, method := range []string{"", "GOLD", "mock"} {
		require.Equal(t, 400, s.Post(t, "/shop/orders/70/pay", url.Values{"method": {method}}).Status, method)
	}
	require.Empty(t, s.calls())
}

func TestPay_InTheBrowser_OpensTheProvidersWindow(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(s *stand) { s.Storefront.Gateways = gateway.Providers{PortOne: redirects{}} })
	s.store.Returns("Order", market.Order{ID: 70, TotalAmount: 12_900_00, Status: market.OrderCreated})
	s.store.Returns("OpenRedirect",
		market.Payment{ID: 8, OrderID: 70, MerchantUID: "uid", Amount: 12_900_00, Method: market.MethodCard}, hostile,
		true)
	got := s.Post(t, "/shop/orders/70/pay", url.Values{"method": {"CARD"}})
	require.Equal(t, 200, got.Status, got.Body)
	require.Equal(t, []string{"https://cdn.portone.example/sdk.js", s.site.Asset("pay.js")}, got.Scripts)
	policy := got.Header.Get("Content-Security-Policy")
	require.Contains(t, policy,
		"script-src 'self' https://cdn.portone.example; connect-src 'self' https:; frame-src https:")
	require.Contains(t, got.Body, `data-return="/shop/orders/70/paid"`)
	require.Contains(t, got.Text, "₩12,900")
	require.NotContains(t, got.Body, "<script>alert")
	require.True(t, got.HasLink("/shop/orders/70"))
}

func TestOrder_Methods_AreThoseOffered(t *testing.T) {
	t.Parallel()
	for away, disabled := range map[bool]int{false: 0, true: 2} {
		s := newStand(t, func(s *stand) {
			s.Storefront.Gateways = gateway.Providers{Mock: mock{}, PortOne: redirects{away: away}}
		})
		s.store.Returns("OrderDetail", detail(market.Order{ID: 70, Status: market.OrderCreated}))
		s.store.Fails("OrderPayment", market.Refuse(market.CodePaymentNotFound))
		buttons := s.Get(t, "/shop/orders/70").Form("/shop/orders/70/pay").Buttons
		require.Len(t, buttons, 3)
		n := 0
		for i, method := range []string{"CARD", "KAKAO", "MOCK"} {
			require.Equal(t, method, buttons[i].Value)
			if buttons[i].Disabled {
				n++
			}
		}
		require.Equal(t, disabled, n, "those of a provider that does not answer")
	}
}

func TestReturnFromPayment_EachOutcome_LeadsBackWithItsNotice(t *testing.T) {
	t.Parallel()
	failed := string(market.CodePaymentFailed)
	for name, c := range map[string]struct {
		query   string
		payment market.Payment
		notice  string
	}{
		"paid":              {"?txId=tx", market.Payment{Status: market.PaymentSuccess}, noticePaid},
		"still open":        {"?txId=tx", market.Payment{Status: market.PaymentPending}, noticeUnderWay},
		"window closed":     {"?code=FAILURE&message=%3Cb%3E", market.Payment{Status: market.PaymentPending}, noticeNotPaid},
		"paid all the same": {"?code=FAILURE", market.Payment{Status: market.PaymentSuccess}, noticePaid},
		"declined":          {"", market.Payment{Status: market.PaymentFailed, FailureCode: &failed}, noticeDeclined},
	} {
		s := newStand(t)
		c.payment.ID, c.payment.OrderID = 8, 70
		s.store.Returns("Payment", c.payment)
		s.store.Returns("OrderPayment", c.payment)
		got := s.Get(t, "/shop/orders/70/paid"+c.query)
		require.Equal(t, "/shop/orders/70?notice="+c.notice+"", got.Outcome, "%s: %s", name, got.Body)
		if c.payment.Status == market.PaymentPending {
			transaction := ""
			if strings.Contains(c.query, "txId") {
				transaction = "tx"
			}
			require.Equal(t, []string{"ConfirmPayment " + fakestore.Show([]any{
				workflows.PaymentInput{OrderID: 70, BuyerID: 7, PaymentID: 8},
				workflows.PaymentChanged{PaymentID: 8, TransactionID: transaction},
			})}, s.flows.calls, name)
		}
	}
	s := newStand(t)
	s.store.Fails("OrderPayment", market.Refuse(market.CodePaymentNotFound))
	require.Equal(t, 404, s.Get(t, "/shop/orders/70/paid").Status, "no payment was begun")
	s.store.Returns("OrderPayment", market.Payment{ID: 8})
	require.Equal(t, 400, s.Get(t, "/shop/orders/70/paid?txId="+strings.Repeat("x", 256)).Status)
}

func TestCancelOrder_Form_IsOneCancellation(t *testing.T) {
	t.Parallel()
	for status, notice := range map[market.OrderStatus]string{
		market.OrderCreated: noticeCancelled, market.OrderPaid: noticeCancelling, market.OrderRefunded: noticeCancelled,
	} {
		s := newStand(t)
		s.store.Returns("Order", market.Order{ID: 70, Status: status})
		s.store.Returns("ReserveRefund", int64(9))
		got := s.Post(t, "/shop/orders/70/cancel", url.Values{"key": {"k"}})
		require.Equal(t, "/shop/orders/70?notice="+notice+"", got.Outcome, got.Body)
		for _, call := range s.store.Calls("ReserveRefund") {
			require.Contains(t, call, `"cancel/70/key:shop:`+web.HashedKey("k")+`"`)
		}
	}
}

func TestRefundForm_Pieces_AreThoseLeft(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("OrderDetail", market.OrderDetail{Order: market.Order{ID: 70, Status: market.OrderPaid},
		Items: []market.OrderItem{
			{ID: 1, ProductName: "a", Quantity: 3, RefundedQuantity: 1}, {ID: 2, ProductName: "b", Quantity: 2,
				RefundedQuantity: 2},
			{ID: 3, ProductName: "c", Quantity: 5},
		}})
	form := s.Get(t, "/shop/orders/70/refund").Form("/shop/orders/70/refund")
	require.Equal(t, []string{"2", "2", "0"},
		[]string{form.Field("pieces[1]").Value, form.Field("pieces[1]").Max, form.Field("pieces[1]").Min})
	require.Empty(t, form.Field("pieces[2]").Name, "nothing of it is left")
	require.Equal(t, "5", form.Field("pieces[3]").Value)
	require.Equal(t, "255", form.Field("reason").Max)
	require.Equal(t, "CHANGE_OF_MIND", form.Values().Get("why"), "the first reason is chosen")
	require.NotEmpty(t, form.Values().Get("key"))
}

func TestRequestRefund_Form_IsPassedOn(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("OrderDetail", market.OrderDetail{Items: []market.OrderItem{{ID: 1, Quantity: 3},
		{ID: 3, Quantity: 1}}})
	s.store.Returns("ReserveRefund", int64(9))
	got := s.Post(t, "/shop/orders/70/refund", url.Values{
		"why": {"WRONG_ITEM"}, "reason": {"another colour"}, "pieces[1]": {"2"}, "pieces[3]": {"0"}, "pieces[9]": {"1"}, "key": {"k"},
	})
	require.Equal(t, "/shop/orders/70?notice=refund", got.Outcome, got.Body)
	require.Equal(t, []string{
		`RequestRefund {"BuyerID":7,"Items":[{"OrderItemID":1,"Quantity":2}],"OrderID":70,"Reason":"WRONG_ITEM","RefundID":9}`,
	}, s.flows.calls)
	require.Contains(t, s.store.Calls("ReserveRefund")[0], `"refund/70/key:shop:`+web.HashedKey("k")+`"`)

	s.flows.calls = nil
	for _, form := range []url.Values{
		{"why": {"ADMIN_DECISION"}, "pieces[1]": {"1"}}, {"pieces[1]": {"1"}}, {"why": {"DAMAGED"}},
		{"why": {"DAMAGED"}, "pieces[1]": {"0"}}, {"why": {"DAMAGED"}, "pieces[1]": {"4"}},
		{"why": {"DAMAGED"}, "pieces[1]": {"-1"}}, {"why": {"DAMAGED"}, "pieces[1]": {"x"}},
		{"why": {"DAMAGED"}, "pieces[1]": {"1"}, "reason": {strings.Repeat("가", 256)}},
	} {
		require.Equal(t, 400, s.Post(t, "/shop/orders/70/refund", form).Status, form)
	}
	require.Empty(t, s.flows.calls)
}

// The first event only if the page shows something else, then one
// of each change, and the end.
func TestFollowOrder_Changes_AreSentUntilTheOrderIsOver(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stamps := make(chan string, 1)
	stamps <- "1"
	status := market.OrderPaid
	stamp := "1"
	s.store.Does("OrderStamps", func(...any) ([]any, error) {
		select {
		case stamp = <-stamps:
		default:
		}
		return []any{map[int64]string{70: stamp}}, nil
	})
	s.store.Does("OrderDetail", func(...any) ([]any, error) {
		return []any{detail(market.Order{ID: 70, Status: status, Recipient: "a\r\nb\rc"},
			market.OrderItem{Quantity: 1})}, nil
	})
	s.store.Fails("OrderPayment", market.Refuse(market.CodePaymentNotFound))
	go s.Live.Run(t.Context())
	server := httptest.NewServer(s.Handler)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		server.URL+"/shop/orders/70/events?shown=older&key=k%22", nil)
	require.NoError(t, err)
	r.AddCookie(s.Cookie)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	require.Equal(t, "no", response.Header.Get("X-Accel-Buffering"))
	events := bufio.NewScanner(response.Body)
	first := nextEvent(t, events)
	require.Contains(t, first, `name="key" value="k&#34;"`, "the key of the page")
	require.Contains(t, first, "data: b\ndata: c", "each line is a field of its own")

	status = market.OrderRefunded
	stamps <- "2"
	s.Live.Written()
	require.Contains(t, nextEvent(t, events), "is-REFUNDED")
	require.Contains(t, nextEvent(t, events), "event: over")
	require.False(t, events.Scan(), "the stream ends")
}

// nextEvent returns the next event of a stream that has data.
func nextEvent(t *testing.T, events *bufio.Scanner) string {
	t.Helper()
	var event []string
	for events.Scan() {
		line := events.Text()
		if line != "" {
			event = append(event, line)
			continue
		}
		if text := strings.Join(event, "\n"); strings.Contains(text, "data:") {
			return text
		}
		event = nil
	}
	require.Fail(t, "the stream has ended")
	return ""
}

func TestFollowOrder_ShownAlready_SendsNothingButAHeartbeat(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	s.store.Returns("OrderDetail", market.OrderDetail{Order: market.Order{ID: 70, Status: market.OrderFailed}})
	p, err := s.progress(t.Context(), buyerID, 70)
	require.NoError(t, err)
	got := s.Get(t, "/shop/orders/70/events?shown="+p.fingerprint())
	require.Equal(t, "event: over\ndata:\n\n", got.Body)
	got = s.Get(t, "/shop/orders/70/events?shown=older")
	require.True(t, strings.HasPrefix(got.Body, "data: "), got.Body)
	require.True(t, strings.HasSuffix(got.Body, "event: over\ndata:\n\n"), got.Body)
}

func TestInbox_Notifications_AreShownAndMarkedAsRead(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	got := s.Get(t, "/shop/inbox")
	require.Equal(t, []string{`Notifications("BUYER", 7, false, 0/20)`}, s.calls())
	require.True(t, got.HasLink("/shop/orders/70"))
	require.True(t, got.HasLink("/shop/products/5"))
	require.Equal(t, 2, strings.Count(got.Body, "is-PENDING"), "two are new")
	s.store.Forget()
	require.Equal(t, "/shop/inbox", s.Post(t, "/shop/inbox", nil).Location)
	require.Equal(t, []string{`ReadAllNotifications("BUYER", 7)`}, s.calls())
	s.store.Forget()
	require.Equal(t, "/shop/inbox", s.Post(t, "/shop/inbox/2", nil).Location)
	require.Equal(t, []string{`ReadNotification("BUYER", 7, 2)`}, s.calls())
	s.store.Returns("UnreadNotifications", int64(4))
	require.Contains(t, s.Get(t, "/shop/cart").Body, `<span class="count">4`, "unread ones, in the header")
	s.store.Returns("UnreadNotifications", int64(0))
	s.store.Returns("Notifications")
	require.Equal(t, []string{"/shop/"}, s.Get(t, "/shop/inbox").Actions(), "there is nothing to mark")
}

func TestSubscribe_Product_LeadsBackToIt(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	require.Equal(t, "/shop/products/5?notice=subscribed", s.Post(t, "/shop/products/5/restock", nil).Outcome)
	require.Equal(t, []string{"Subscribe(7, 5)"}, s.calls())
}

func TestSubscribe_Subscribed_IsCancelled(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("Product", market.Product{ID: 5, Name: "p"})
	for status, button := range map[string]string{"": "", "SENT": "", "ACTIVE": "cancel"} {
		s.store.Returns("Subscription", market.RestockSubscription{ProductID: 5, Status: status})
		if status == "" {
			s.store.Fails("Subscription", market.Refuse(market.CodeRestockSubscriptionNotFound))
		}
		form := s.Get(t, "/shop/products/5").Form("/shop/products/5/restock")
		require.Len(t, form.Buttons, 1)
		require.Equal(t, button, form.Buttons[0].Name, status)
	}
	s.store.Forget()
	for range 2 {
		require.Equal(t, "/shop/products/5?notice=unsubscribed",
			s.Post(t, "/shop/products/5/restock", url.Values{"cancel": {"1"}}).Outcome)
		s.store.Fails("Unsubscribe", market.Refuse(market.CodeRestockSubscriptionNotFound))
	}
	require.Equal(t, []string{"Unsubscribe(7, 5)", "Unsubscribe(7, 5)"}, s.calls())
}

func TestOrder_Page_ListsWhatHasHappened(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	later := market.LocalTime(time.Time(noon).Add(time.Hour))
	order := market.Order{
		ID: 70, Status: market.OrderShipped, TotalAmount: 3_000_00, CreatedAt: noon, OrderNumber: "20261130-0028A",
	}
	shipped := detail(order, market.OrderItem{
		ID: 1, ProductID: 5, ProductName: "chair", UnitPrice: 1_000_00, Quantity: 3, ShippedQuantity: 2,
	})
	shipped.Parcels = []market.Parcel{{
		ID: 2, Status: market.ParcelShipped, ShippedAt: later, Carrier: new("CJ"), TrackingNumber: new("6031"),
		TrackingURL: new("https://tracker.example/6031"), Items: []market.Pieces{{OrderItemID: 1, Quantity: 2}},
	}}
	s.store.Returns("OrderDetail", shipped)
	s.store.Returns("OrderPayment", market.Payment{Status: market.PaymentSuccess, PaidAt: &noon})
	got := s.Get(t, "/shop/orders/70")
	require.Equal(t, "Order 20261130-0028A", got.Heading)
	require.True(t, got.HasLink("https://tracker.example/6031"))
	require.Contains(t, got.Text, "₩3,000")
	require.Contains(t, got.Text, "2026-11-30 13:00 Shipped · chair × 2")
	require.True(t, got.HasLink("/shop/orders/70/refund"))
	require.Nil(t, got.Form("/shop/orders/70/cancel"))
}

func TestOrder_NotPaid_ShowsWhyAndUntilWhen(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	declined := "too little money"
	order := market.Order{ID: 70, Status: market.OrderCreated, CreatedAt: noon}
	s.store.Returns("OrderDetail", detail(order))
	s.store.Returns("OrderPayment", market.Payment{Status: market.PaymentPending, Declined: &declined})
	got := s.Get(t, "/shop/orders/70")
	require.Contains(t, got.Text, declined)
	require.Contains(t, got.Text, "2026-11-30 12:30", "the deadline")
	require.NotNil(t, got.Form("/shop/orders/70/pay"))

	order.Status = market.OrderFailed
	for reason, text := range map[market.OrderFailure]string{
		market.OrderExpired: "Not paid in time", market.OrderCancelled: "Before payment",
		market.OrderDeclined: "Payment failed",
	} {
		order.FailureReason = &reason
		s.store.Returns("OrderDetail", detail(order))
		got = s.Get(t, "/shop/orders/70")
		require.Contains(t, got.Text, text)
		require.NotContains(t, got.Text, "Failed")
		require.Nil(t, got.Form("/shop/orders/70/pay"))
	}
}

func TestStock_FewPieces_AreCounted(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for stock, want := range map[int32]string{0: "is-FAILED", 1: "is-PENDING", 9: "is-PENDING", 10: "", 1000: ""} {
		s.store.Returns("Product", market.Product{ID: 5, Name: "p", Stock: stock})
		got := s.Get(t, "/shop/products/5")
		for _, state := range []string{"is-FAILED", "is-PENDING"} {
			require.Equal(t, state == want, strings.Contains(got.Body, state), "%d %s", stock, state)
		}
		if stock > 0 && stock < 10 {
			require.Contains(t, got.Text, strconv.Itoa(int(stock)))
		}
	}
}
