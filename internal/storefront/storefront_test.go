package storefront

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// town is all that the storefront works with, in memory: one order and its payment.
type fixture struct {
	Store     // what is not called here
	Workflows // likewise

	status  market.OrderStatus
	total   market.Money
	payment *market.Payment
	paidAs  error // how the payment's workflow ends
	paidNow bool  // the order is paid between two looks at it
	keys    []string
	refunds []workflows.RefundRequest
	asked   int
}

func (s *fixture) Order(context.Context, market.BuyerID, int64) (market.Order, error) {
	return market.Order{ID: 7, Status: s.status, TotalAmount: s.total}, nil
}

func (s *fixture) AnyOrder(context.Context, int64) (market.Order, error) {
	return market.Order{ID: 7, BuyerID: 5, Status: s.status}, nil
}

func (s *fixture) SellerOrder(_ context.Context, seller market.SellerID, _ int64) (market.SellerOrder, error) {
	if seller != 3 {
		return market.SellerOrder{}, market.Refuse(market.CodeOrderNotFound)
	}
	return market.SellerOrder{OrderID: 7}, nil
}

func (s *fixture) SetOrderStatus(_ context.Context, _ int64, to market.OrderStatus, _ *string) error {
	if s.paidNow {
		return market.Refuse(market.CodeOrderStatusCannotBeChanged)
	}
	s.status = to
	return nil
}

func (s *fixture) OrderPayment(context.Context, int64) (market.Payment, error) {
	if s.payment == nil {
		return market.Payment{}, market.Refuse(market.CodePaymentNotFound)
	}
	return *s.payment, nil
}

func (s *fixture) Payment(ctx context.Context, _ market.BuyerID, _ int64) (market.Payment, error) {
	return s.OrderPayment(ctx, 7)
}

func (s *fixture) ReserveRefund(
	_ context.Context, _ market.BuyerID, key string, _ []byte, _ *string,
) (int64, error) {
	s.keys = append(s.keys, key)
	return 9, nil
}

func (s *fixture) Refund(context.Context, market.BuyerID, int64) (market.RefundDetail, error) {
	return market.RefundDetail{}, nil
}

func (s *fixture) Checkout(_ context.Context, in workflows.CheckoutInput) (workflows.CheckoutResult, error) {
	s.keys = append(s.keys, in.CheckoutKey)
	return workflows.CheckoutResult{OrderID: 7}, nil
}

func (s *fixture) Pay(context.Context, workflows.PaymentInput) (workflows.PaymentResult, error) {
	if s.paidAs != nil {
		return workflows.PaymentResult{}, s.paidAs
	}
	return workflows.PaymentResult{Payment: &activities.Payment{ID: 8, Status: market.PaymentSuccess}}, nil
}

func (s *fixture) ConfirmPayment(context.Context, workflows.PaymentInput, workflows.PaymentChanged) error {
	s.asked++
	return s.paidAs
}

func (s *fixture) RequestRefund(_ context.Context, in workflows.RefundRequest) (workflows.RefundOpened, error) {
	s.refunds = append(s.refunds, in)
	return workflows.RefundOpened{}, nil
}

type limiter bool

func (l limiter) MayConfirm(context.Context, int64) bool { return bool(l) }

// mock is a provider that is there; its charges are the workflow's business.
type mock struct{ gateway.Payments }

func of(s *fixture) *Service {
	return &Service{
		Store: s, Workflows: s, Gateways: gateway.Providers{Mock: mock{}}, Limiter: limiter(true),
		PaymentWait: time.Second,
	}
}

// The order in which items are named does not matter; a request's own key goes
// before them.
func TestOrder_SameItems_HaveTheSameKey(t *testing.T) {
	t.Parallel()
	s := &fixture{}
	for _, items := range [][]int64{{1, 2}, {2, 1}, {1, 3}} {
		_, err := of(s).Order(t.Context(), 1, "", OrderRequest{CartItemIDs: items, AddressID: 4})
		require.NoError(t, err)
	}
	_, err := of(s).Order(t.Context(), 1, "k", OrderRequest{CartItemIDs: []int64{1, 2}, AddressID: 4})
	require.NoError(t, err)
	require.Equal(t, s.keys[0], s.keys[1])
	require.NotEqual(t, s.keys[0], s.keys[2])
	require.Equal(t, "key:k", s.keys[3])
	_, err = of(s).Order(t.Context(), 1, "", OrderRequest{CartItemIDs: []int64{1, 1}, AddressID: 4})
	require.Equal(t, market.CodeInvalidOrderCartItems, market.CodeOf(err))
}

// The responses to a buyer: paid, in progress, or not offered.
func TestPaying(t *testing.T) {
	t.Parallel()
	paid := &market.Payment{ID: 8, Status: market.PaymentSuccess}
	pending := &market.Payment{ID: 8, Status: market.PaymentPending}
	for name, c := range map[string]struct {
		town     fixture
		method   market.PaymentMethod
		status   market.PaymentStatus
		existing bool
		code     market.Code
	}{
		"now":          {fixture{status: market.OrderCreated}, market.MethodMock, market.PaymentSuccess, false, ""},
		"paid already": {fixture{status: market.OrderPaid, payment: paid}, market.MethodMock, market.PaymentSuccess, true, ""},
		"not any more": {fixture{status: market.OrderFailed}, market.MethodMock, "", true, market.CodeOrderNotPayable},
		"under way": {
			fixture{status: market.OrderCreated, payment: pending, paidAs: market.Refuse(market.CodeRequestTimeout)},
			market.MethodMock, market.PaymentPending, false, "",
		},
		"nothing known": {
			fixture{status: market.OrderCreated, paidAs: market.Refuse(market.CodeRequestTimeout)}, market.MethodMock,
			"", false,
			market.CodeRequestTimeout,
		},
		"declined": {
			fixture{status: market.OrderCreated, paidAs: market.Refuse(market.CodePaymentFailed)}, market.MethodMock,
			"", false,
			market.CodePaymentFailed,
		},
		"not offered": {fixture{status: market.OrderCreated, total: 100}, market.MethodCard, "", false, market.CodeInvalidInput},
		"for nothing": {fixture{status: market.OrderCreated}, market.MethodCard, market.PaymentSuccess, false, ""},
	} {
		payment, existing, err := of(&c.town).Pay(t.Context(), 1, 7, c.method)
		require.Equal(t, c.code, market.CodeOf(err), name)
		if c.code == "" {
			require.Equal(t, c.status, payment.Status, name)
			require.Equal(t, c.existing, existing, name)
		}
	}
}

// The status of an ended payment is not fetched, and beyond the rate limit the known status is
// returned.
func TestConfirm_EachOutcome_IsAnswered(t *testing.T) {
	t.Parallel()
	s := &fixture{payment: &market.Payment{ID: 8, Status: market.PaymentPending}}
	f := of(s)
	f.Limiter = limiter(false)
	payment, err := f.Confirm(t.Context(), 1, 8, "", "")
	require.NoError(t, err)
	require.Equal(t, market.PaymentPending, payment.Status)
	require.Zero(t, s.asked)
	_, err = of(s).Confirm(t.Context(), 1, 8, "", "")
	require.NoError(t, err)
	require.Equal(t, 1, s.asked)
	s.paidAs = errors.New("Temporal is away")
	_, err = of(s).Confirm(t.Context(), 1, 8, "", "")
	require.ErrorIs(t, err, s.paidAs)
	code := string(market.CodePaymentFailed)
	s.payment = &market.Payment{ID: 8, Status: market.PaymentFailed, FailureCode: &code}
	_, err = of(s).Confirm(t.Context(), 1, 8, "", "")
	require.Equal(t, market.CodePaymentFailed, market.CodeOf(err))
	require.Equal(t, 2, s.asked)
}

// What is not paid fails at once, what is paid goes back without a decision, also
// when it is paid at the last moment, and what is over stays so.
func TestCancelling(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		town    fixture
		done    bool
		refunds int
	}{
		"not paid":                {fixture{status: market.OrderCreated}, true, 0},
		"paid":                    {fixture{status: market.OrderPaid}, false, 1},
		"paid at the last moment": {fixture{status: market.OrderCreated, paidNow: true}, false, 1},
		"given back":              {fixture{status: market.OrderRefunded}, true, 0},
		"failed":                  {fixture{status: market.OrderFailed}, true, 0},
	} {
		done, err := of(&c.town).Cancel(t.Context(), 1, 7, "k")
		require.NoError(t, err, name)
		require.Equal(t, c.done, done, name)
		require.Len(t, c.town.refunds, c.refunds, name)
		for _, r := range c.town.refunds {
			require.True(t, r.Cancel, name)
			require.Equal(t, []string{"cancel/7/key:k"}, c.town.keys, name)
		}
	}
}

// A seller cancels pieces of an order that it has a part in.
func TestCancelForSeller_OwnOrder_IsRefunded(t *testing.T) {
	t.Parallel()
	s := &fixture{status: market.OrderPaid}
	in := SellerCancellation{
		OrderID: 7, Key: "k", Reason: "none left", Items: []market.Pieces{{OrderItemID: 3, Quantity: 2}},
	}
	require.Equal(t, market.CodeOrderNotFound, market.CodeOf(of(s).CancelForSeller(t.Context(), 4, in)))
	require.Empty(t, s.keys)
	require.NoError(t, of(s).CancelForSeller(t.Context(), 3, in))
	require.Equal(t, []string{"seller/3/7/key:k"}, s.keys)
	require.Equal(t, []workflows.RefundRequest{{
		RefundID: 9, BuyerID: 5, OrderID: 7, Reason: market.ReasonSellerCannot, SellerID: 3,
		Items: []activities.RefundPieces{{OrderItemID: 3, Quantity: 2}},
	}}, s.refunds)
}

// The same key names the same refund, and none a new one each time.
func TestRequestRefund_SameKey_HasTheSameID(t *testing.T) {
	t.Parallel()
	s := &fixture{status: market.OrderPaid}
	for _, key := range []string{"k", "k", "", ""} {
		_, err := of(s).RequestRefund(t.Context(), 1, RefundRequest{
			OrderID: 7, Key: key, Reason: market.ReasonDamaged, Items: []market.Pieces{{OrderItemID: 3, Quantity: 2}},
		})
		require.NoError(t, err)
	}
	require.Equal(t, []string{"refund/7/key:k", "refund/7/key:k"}, s.keys[:2])
	require.NotEqual(t, s.keys[2], s.keys[3])
	require.Len(t, s.refunds, 4)
	require.False(t, s.refunds[0].Cancel)
}
