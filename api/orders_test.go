package api

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
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

// keyed are the routes that take an Idempotency-Key, with a body of each and the name of the operation under which the
// answer is kept.
var keyed = []struct{ route, body, operation string }{
	{"POST /orders", `{"cartItemIds":[2,1],"addressId":4}`, "POST /orders"},
	{"POST /payments", `{"orderId":70,"method":"MOCK"}`, "POST /payments"},
	{"POST /orders/70/refunds", `{"reason":"DAMAGED"}`, "POST /orders/{orderId}/refunds"},
	{"POST /orders/70/cancel", ``, "POST /orders/{orderId}/cancel"},
}

// paid lets a stand's orders be paid, and its refunds opened.
func paid(s *stand) {
	s.flows.payment = &activities.Payment{
		ID: 8, OrderID: 70, Amount: 12_900_00, Method: market.MethodMock, Status: market.PaymentSuccess,
		PaidAt: time.Now(),
	}
	s.store.Does("Order", func(args ...any) ([]any, error) {
		if args[0] != market.BuyerID(buyerID) {
			return nil, market.Refuse(market.CodeOrderNotFound)
		}
		return []any{market.Order{ID: 70, BuyerID: buyerID, TotalAmount: 12_900_00, Status: market.OrderCreated}}, nil
	})
	s.store.Returns("ReserveRefund", int64(9))
	s.store.Returns("Refund", market.RefundDetail{Refund: market.Refund{ID: 9, OrderID: 70,
		Status: market.RefundPending}})
}

func TestIdempotencyKey_FirstRequest_IsKeptWithItsAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range keyed {
		s := newStand(t)
		paid(s)
		var finished []any
		s.store.Does("FinishRequest", func(args ...any) ([]any, error) {
			finished = args
			return nil, nil
		})
		got := s.send(t, c.route, c.body, "Idempotency-Key", `"a-1"`)
		require.Less(t, got.Status, 300, "%s: %s", c.route, got.body)
		require.Empty(t, got.header.Get("Idempotent-Replayed"), c.route)
		require.Len(t, s.store.Calls("BeginRequest"), 1, c.route)
		require.NotNil(t, finished, c.route)
		request, answer := finished[0].(store.Request), finished[1].(store.Answer)
		require.Equal(t, "BUYER/7", request.Principal, c.route)
		require.Equal(t, c.operation, request.Operation)
		require.Equal(t, "a-1", request.Key, "without its quotes")
		require.Equal(t, got.Status, answer.Status, c.route)
		require.JSONEq(t, got.body, string(answer.Body), c.route)
	}
}

// Nothing is done again.
func TestIdempotencyKey_Repeat_IsAnsweredFromTheStore(t *testing.T) {
	t.Parallel()
	for _, c := range keyed {
		s := newStand(t)
		s.store.Returns("BeginRequest", &store.Answer{Status: 422,
			Body: []byte(`{"success":false,"status":422,"code":"X"}`)})
		got := s.send(t, c.route, c.body, "Idempotency-Key", "k")
		require.Equal(t, 422, got.Status, c.route)
		require.Equal(t, "X", got.Code, c.route)
		require.Equal(t, "true", got.header.Get("Idempotent-Replayed"), c.route)
		require.Empty(t, s.flows.calls, c.route)
		require.Len(t, s.store.Calls(), 1, c.route)
	}
}

func TestIdempotencyKey_OfAnotherRequest_DoesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range keyed {
		s := newStand(t)
		s.store.Fails("BeginRequest", market.Refuse(market.CodeIdempotencyKeyReused))
		got := s.send(t, c.route, c.body, "Idempotency-Key", "k")
		require.Equal(t, 422, got.Status, c.route)
		require.Equal(t, "IDEMPOTENCY_KEY_REUSED", got.Code, c.route)
		require.Empty(t, s.flows.calls, c.route)
	}
}

// The same request may succeed later. A refusal is kept.
func TestIdempotencyKey_TemporaryFailure_IsNotKept(t *testing.T) {
	t.Parallel()
	for code, kept := range map[market.Code]bool{
		market.CodeWorkflowUnavailable: false, market.CodeRequestTimeout: false, market.CodeRedisLockConflict: false,
		market.CodeProductOutOfStock: true, market.CodeInvalidOrderCartItems: true,
	} {
		s := newStand(t)
		s.flows.err = market.Refuse(code)
		got := s.send(t, "POST /orders", keyed[0].body, "Idempotency-Key", "k")
		require.Equal(t, string(code), got.Code)
		require.Len(t, s.store.Calls("FinishRequest"), map[bool]int{true: 1, false: 0}[kept], code)
	}
}

// A key beyond the bounds is refused before the order is placed.
func TestIdempotencyKey_Bounds_AreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	longest := times("k", 255)
	for _, c := range keyed {
		s := newStand(t)
		paid(s)
		for key, ok := range map[string]bool{"k": true, longest: true, longest + "k": false, "": false, `"`: false,
			"한": false} {
			s.flows.calls = nil
			got := s.send(t, c.route, c.body, "Idempotency-Key", key)
			if ok {
				require.Less(t, got.Status, 300, "%s %q: %s", c.route, key, got.body)
				continue
			}
			require.Equal(t, "IDEMPOTENCY_KEY_INVALID", got.Code, "%s %q", c.route, key)
			require.Empty(t, s.flows.calls)
		}
		r := newRequest(t, c.route, c.body)
		r.Header["Idempotency-Key"] = []string{"a", "b"}
		r.Header.Set("Authorization", "Bearer "+s.tokens[market.RoleBuyer])
		require.Equal(t, "IDEMPOTENCY_KEY_INVALID", s.do(t, r).Code, c.route)
	}
}

func TestCreateOrder_Key_NamesTheCheckoutByItsHash(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	paid(s)
	got := s.send(t, "POST /orders", `{"cartItemIds":[2,1],"addressId":4,"expectedTotal":12900}`, "Idempotency-Key",
		"김구매")
	require.Equal(t, "IDEMPOTENCY_KEY_INVALID", got.Code)
	got = s.send(t, "POST /orders", `{"cartItemIds":[2,1],"addressId":4,"expectedTotal":12900}`, "Idempotency-Key",
		"k-1")
	require.Equal(t, 201, got.Status, got.body)
	require.JSONEq(t, `70`, fieldOf(t, got, "orderId"))
	require.Equal(t, []string{fmt.Sprintf(
		`Checkout {"AddressID":4,"BuyerID":7,"CartItemIDs":[1,2],"CheckoutKey":"key:%s","Expected":12900.00}`,
		web.HashedKey("k-1"),
	)}, s.flows.calls)
}

// The fingerprint of a keyed request does not depend on it.
func TestCreateOrder_ItemsInAnotherOrder_AreTheSameRequest(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	paid(s)
	var prints []string
	s.store.Does("BeginRequest", func(args ...any) ([]any, error) {
		prints = append(prints, fmt.Sprintf("%x", args[0].(store.Request).Fingerprint))
		return nil, nil
	})
	for _, body := range []string{
		`{"cartItemIds":[1,2],"addressId":4}`, `{"addressId":4,"cartItemIds":[2,1],"unknown":1}`,
		`{"cartItemIds":[1,2],"addressId":5}`, `{"cartItemIds":[1,2],"addressId":4,"expectedTotal":1}`,
	} {
		require.Equal(t, 201, s.send(t, "POST /orders", body, "Idempotency-Key", "k").Status)
	}
	require.Equal(t, prints[0], prints[1])
	require.NotEqual(t, prints[0], prints[2])
	require.NotEqual(t, prints[0], prints[3])
	require.Len(t, prints[0], 2*sha256.Size)
}

func TestCreateOrder_ItemTwice_IsRefusedWithoutAWorkflow(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	got := s.send(t, "POST /orders", `{"cartItemIds":[1,2,1],"addressId":4}`)
	require.Equal(t, "INVALID_ORDER_CART_ITEMS", got.Code)
	require.Empty(t, s.flows.calls)
}

func TestCreatePayment_EachOutcome_HasItsAnswer(t *testing.T) {
	t.Parallel()
	order := market.Order{ID: 70, BuyerID: buyerID, TotalAmount: 12_900_00, Status: market.OrderCreated}
	for name, c := range map[string]struct {
		set    func(s *stand)
		status int
		code   string
	}{
		"paid": {func(*stand) {}, 201, "CREATE_SUCCESS"},
		"pending": {func(s *stand) {
			s.flows.err = market.Refuse(market.CodeRequestTimeout)
			s.store.Returns("OrderPayment", market.Payment{ID: 8, Status: market.PaymentPending})
		}, 202, "ACCEPTED"},
		"declined":     {func(s *stand) { s.flows.err = market.Refuse(market.CodePaymentFailed) }, 500, "PAYMENT_FAILED"},
		"not an order": {func(s *stand) { s.store.Fails("Order", market.Refuse(market.CodeOrderNotFound)) }, 404, "ORDER_NOT_FOUND"},
		"no workflow":  {func(s *stand) { s.flows.err = market.Refuse(market.CodeWorkflowUnavailable) }, 503, "WORKFLOW_UNAVAILABLE"},
		"paid a moment ago, in a request whose answer was lost": {func(s *stand) { s.flows.exists = true }, 201, "CREATE_SUCCESS"},
		"paid before": {func(s *stand) {
			s.flows.exists, s.flows.payment.PaidAt = true, time.Now().Add(-61*time.Second)
		}, 409, "PAYMENT_ALREADY_EXISTS"},
		"expired": {func(s *stand) {
			order := order
			order.Status = market.OrderFailed
			s.store.Returns("Order", order)
			s.store.Fails("OrderPayment", market.Refuse(market.CodePaymentNotFound))
		}, 400, "ORDER_NOT_PAYABLE"},
	} {
		s := newStand(t)
		paid(s)
		c.set(s)
		got := s.send(t, "POST /payments", `{"orderId":70,"method":"MOCK"}`)
		require.Equal(t, c.status, got.Status, "%s: %s", name, got.body)
		require.Equal(t, c.code, got.Code, name)
	}
}

// Every method that is not configured is refused as an input.
func TestCreatePayment_MethodNotOffered_NamesTheUsableOnes(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	paid(s)
	for _, m := range market.PaymentMethods {
		got := s.send(t, "POST /payments", fmt.Sprintf(`{"orderId":70,"method":%q}`, m.Code))
		if m.Code == market.MethodMock {
			require.Equal(t, 201, got.Status)
			continue
		}
		require.Equal(t, 400, got.Status, m.Code)
		require.Contains(t, got.Message, "MOCK", m.Code)
	}
	require.Len(t, s.flows.calls, 1)
}

func TestListPaymentMethods_OnlyTheConfigured_AreListed(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	require.JSONEq(t, `[{"method":"MOCK","redirects":false,"available":true}]`,
		string(s.send(t, "GET /payment-methods", "").Data))
	s.Storefront.Gateways = gateway.Providers{}
	require.JSONEq(t, `[]`, string(s.send(t, "GET /payment-methods", "").Data))
}

func TestConfirmPayment_EachState_HasItsAnswer(t *testing.T) {
	t.Parallel()
	failed := string(market.CodePaymentFailed)
	for name, c := range map[string]struct {
		after  market.Payment
		body   string
		status int
		code   string
	}{
		"still open":       {market.Payment{ID: 8, OrderID: 70, Status: market.PaymentPending}, ``, 202, "ACCEPTED"},
		"paid":             {market.Payment{ID: 8, OrderID: 70, Status: market.PaymentSuccess}, `{}`, 200, "UPDATE_SUCCESS"},
		"given back":       {market.Payment{ID: 8, OrderID: 70, Status: market.PaymentRefunded}, `{}`, 200, "UPDATE_SUCCESS"},
		"declined":         {market.Payment{ID: 8, OrderID: 70, Status: market.PaymentFailed, FailureCode: &failed}, `{}`, 500, "PAYMENT_FAILED"},
		"longest token":    {market.Payment{ID: 8, Status: market.PaymentPending}, `{"paymentToken":"` + times("x", 1000) + `"}`, 202, "ACCEPTED"},
		"too long a token": {market.Payment{}, `{"paymentToken":"` + times("x", 1001) + `"}`, 400, "INVALID_INPUT"},
		"longest id":       {market.Payment{ID: 8, Status: market.PaymentPending}, `{"transactionId":"` + times("x", 255) + `"}`, 202, "ACCEPTED"},
		"too long an id":   {market.Payment{}, `{"transactionId":"` + times("x", 256) + `"}`, 400, "INVALID_INPUT"},
		"blank in an id":   {market.Payment{}, `{"transactionId":"a b"}`, 400, "INVALID_INPUT"},
		"not ASCII":        {market.Payment{}, `{"transactionId":"거래"}`, 400, "INVALID_INPUT"},
	} {
		s := newStand(t)
		s.store.Returns("Payment", c.after)
		got := s.send(t, "POST /payments/8/confirm", c.body)
		require.Equal(t, c.status, got.Status, "%s: %s", name, got.body)
		require.Equal(t, c.code, got.Code, name)
		if c.status == 400 {
			require.Empty(t, s.store.Calls(), name)
		}
	}
}

// TestConfirmPayment_Pending_PassesOnWhatTheBrowserHas, and asks the workflow no more often than the limit allows.
func TestConfirmPayment_Pending_PassesOnWhatTheBrowserHas(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("Payment", market.Payment{ID: 8, OrderID: 70, Method: market.MethodCard,
		Status: market.PaymentPending})
	for range 30 {
		require.Equal(t, 202, s.send(t, "POST /payments/8/confirm", `{"paymentToken":"t","transactionId":"tx"}`).Status)
	}
	require.Len(t, s.flows.calls, 20, "as many as may be made within a minute")
	require.Equal(t, "ConfirmPayment "+fakestore.Show([]any{
		workflows.PaymentInput{OrderID: 70, BuyerID: 7, Method: market.MethodCard, PaymentID: 8},
		workflows.PaymentChanged{PaymentID: 8, Token: "t", TransactionID: "tx"},
	}), s.flows.calls[0])
}

func TestCreateRefund_Request_IsPassedOn(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	paid(s)
	body := `{"reason":"WRONG_ITEM","description":" 줄 1\n줄 2 ",` +
		`"items":[{"orderItemId":1,"quantity":2},{"orderItemId":3,"quantity":1}]}`
	got := s.send(t, "POST /orders/70/refunds", body)
	require.Equal(t, 201, got.Status, got.body)
	require.JSONEq(t, `9`, fieldOf(t, got, "refundId"))
	require.Equal(t,
		[]string{`RequestRefund {"BuyerID":7,"Items":[{"OrderItemID":1,"Quantity":2},{"OrderItemID":3,"Quantity":1}],` +
			`"OrderID":70,"Reason":"WRONG_ITEM","RefundID":9}`}, s.flows.calls)
	require.Contains(t, s.store.Calls("ReserveRefund")[0], `"줄 1\n줄 2")`)
}

// TestRefundsAndCancellations_OfAnothersOrder_AreNotFound before anything is reserved or started.
func TestRefundsAndCancellations_OfAnothersOrder_AreNotFound(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Fails("Order", market.Refuse(market.CodeOrderNotFound))
	for _, c := range keyed[1:] {
		got := s.send(t, c.route, c.body)
		require.Equal(t, 404, got.Status, c.route)
		require.Equal(t, "ORDER_NOT_FOUND", got.Code, c.route)
	}
	require.Empty(t, s.flows.calls)
	require.Empty(t, s.store.Calls("ReserveRefund", "SetOrderStatus"))
}

func TestCancelOrder_EachState_HasItsAnswer(t *testing.T) {
	t.Parallel()
	for status, c := range map[market.OrderStatus]struct {
		status int
		flows  int
		writes []string
	}{
		market.OrderCreated:   {200, 0, []string{`SetOrderStatus(70, "FAILED", null)`}},
		market.OrderFailed:    {200, 0, nil},
		market.OrderRefunded:  {200, 0, nil},
		market.OrderPaid:      {202, 1, nil},
		market.OrderShipped:   {202, 1, nil}, // the workflow refuses it
		market.OrderDelivered: {202, 1, nil},
	} {
		s := newStand(t)
		s.store.Returns("Order", market.Order{ID: 70, Status: status})
		s.store.Returns("ReserveRefund", int64(9))
		got := s.send(t, "POST /orders/70/cancel", "")
		require.Equal(t, c.status, got.Status, status)
		require.Len(t, s.flows.calls, c.flows, status)
		require.Equal(t, c.writes, s.store.Calls("SetOrderStatus"), status)
		if c.flows > 0 {
			require.Contains(t, s.flows.calls[0], `"Cancel":true`)
		}
	}
}

func TestCancelOrder_AlreadyOnItsWay_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("Order", market.Order{ID: 70, Status: market.OrderShipped})
	s.flows.err = market.Refuse(market.CodeOrderStatusCannotBeChanged)
	got := s.send(t, "POST /orders/70/cancel", "")
	require.Equal(t, "ORDER_STATUS_CANNOT_BE_CHANGED", got.Code)
	require.Equal(t, 400, got.Status)
}

// fieldOf returns a field of an answer's data, as JSON.
func fieldOf(t *testing.T, r *reply, name string) string {
	t.Helper()
	var data map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(r.Data, &data), r.body)
	require.Contains(t, data, name)
	return string(data[name])
}

// Refusals come in Korean unless the client prefers English.
func TestOrders_Language_IsTheReaders(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for header, want := range map[string]string{
		"en-US,en;q=0.9": "quantity must be at least 1.", "ko-KR": "수량은 1 이상이어야 합니다", "": "수량은 1 이상이어야 합니다",
		"fr": "수량은 1 이상이어야 합니다", "ko;q=0.1, en;q=0.9": "quantity must be at least 1.",
	} {
		got := s.send(t, "POST /carts/items", `{"productId":1,"quantity":0}`, "Accept-Language", header)
		require.Equal(t, want, got.Message, header)
		require.Equal(t, http.StatusBadRequest, got.Status)
	}
}

func TestSellerRefunds_WithWhatBuyersWrote_LeaveAnEntry(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	words := "broken"
	s.lists.Returns("SellerRefunds", market.Page[market.SellerRefund]{
		Content: []market.SellerRefund{{RefundID: 9, OrderNumber: "20261130-00048", Description: &words}}, IsLast: true,
	})
	got := s.send(t, "GET /seller/refunds", "")
	require.Equal(t, 200, got.Status)
	require.Contains(t, got.body, `"description":"broken"`)
	require.Equal(t, []string{`NoteRead({"Data":"REFUNDS","Rows":1})`}, s.store.Calls("NoteRead"))
}
