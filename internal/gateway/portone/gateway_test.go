package portone_test

import (
	"context"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/gateway/portone"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// shop is a gateway whose PortOne is simulated.
type shop struct {
	*portone.Gateway
	client  *portone.Client
	portone *portonesim.Simulator
}

func openShop(t *testing.T) *shop {
	t.Helper()
	s, err := portonesim.New(portonesim.Options{StoreID: "store-test", APISecret: "secret", Live: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	client := portone.NewClient(server.URL, "secret", "store-test")
	channels := map[market.PaymentMethod]string{market.MethodCard: "card", market.MethodKakao: "kakao-manual"}
	return &shop{portone.NewGateway(client, channels, true), client, s}
}

// pay has a buyer decide in the window of a payment of 25,800 won, and returns the browser's
// result.
func (s *shop) pay(t *testing.T, method market.PaymentMethod, decision string) portonesim.Outcome {
	t.Helper()
	w := s.Window(market.Payment{MerchantUID: examplePayment, Amount: 25_800_00, Method: method}, "two things")
	require.NotNil(t, w)
	return s.portone.Pay(portonesim.Window{
		StoreID: w.StoreID, ChannelKey: w.ChannelKey, PaymentID: w.PaymentID, OrderName: w.OrderName,
		TotalAmount: w.TotalAmount, Currency: w.Currency, PayMethod: w.PayMethod,
	}, decision)
}

func TestWindow_Payment_HasItsFields(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	w := s.Window(market.Payment{MerchantUID: "P1X", Amount: 100_00, Method: market.MethodKakao}, "one thing")
	require.Equal(t, &market.PaymentWindow{
		StoreID: "store-test", ChannelKey: "kakao-manual", PaymentID: "P1X", OrderName: "one thing", TotalAmount: 100,
		Currency: "KRW", PayMethod: "EASY_PAY", EasyPay: &market.EasyPayWindow{EasyPayProvider: "KAKAOPAY"},
	}, w)
	fraction := market.Payment{MerchantUID: "P1X", Amount: 100_50, Method: market.MethodCard}
	require.Nil(t, s.Window(fraction, ""), "there are no fractions of a won")
	require.True(t, s.Offers(market.MethodCard))
	require.False(t, s.Offers(market.MethodNaver))
}

func TestSnapshot_EachStatus_HasItsState(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()
	look := func() gateway.PaymentSnapshot {
		t.Helper()
		seen, err := s.FetchPayment(ctx, examplePayment)
		require.NoError(t, err)
		return seen
	}
	require.Equal(t, gateway.SnapshotWaiting, look().State, "the window was never opened")
	require.Error(t, s.Prepare(ctx, "not a payment id", 100_00))
	require.NoError(t, s.Prepare(ctx, examplePayment, 25_800_00))
	s.pay(t, market.MethodCard, portonesim.Leave)
	require.Equal(t, gateway.SnapshotWaiting, look().State)
	s.pay(t, market.MethodCard, portonesim.Decline)
	declined := look()
	require.Equal(t, gateway.SnapshotDeclined, declined.State)
	require.NotEmpty(t, declined.Reason)

	agreed := s.pay(t, market.MethodKakao, portonesim.Approve)
	require.Equal(t, gateway.SnapshotWaiting, look().State, "agreed is not taken")
	request := gateway.ConfirmRequest{
		MerchantUID: examplePayment, Token: "made-up", TransactionID: agreed.TxID, Amount: 25_800_00,
	}
	require.ErrorIs(t, s.Confirm(ctx, request), gateway.ErrDeclined)
	request.Token = agreed.PaymentToken
	request.TransactionID = "" // a key of its own: PortOne answers the one before alike
	for range 2 {
		require.NoError(t, s.Confirm(ctx, request))
	}
	seen := look()
	require.Equal(t, gateway.SnapshotCharged, seen.State)
	require.WithinDuration(t, time.Now(), seen.Charge.At, time.Minute)
	require.Equal(t, gateway.Charge{
		ImpUID: agreed.TxID, MerchantUID: examplePayment, Amount: 25_800_00, At: seen.Charge.At,
	}, seen.Charge)
	require.Empty(t, seen.Mismatch)
}

// Store and channel and currency are looked at, and all of it is
// given back, however long that takes.
func TestFetchPayment_AnotherPayment_IsRefused(t *testing.T) {
	t.Parallel()
	for says, faults := range map[string]portonesim.Faults{
		"its currency is USD": {Currency: "USD"}, "its channel is TEST": {TestMoney: true},
	} {
		s, ctx := openShop(t), t.Context()
		faults.CancelLater = 50 * time.Millisecond
		s.portone.Set(faults)
		s.pay(t, market.MethodCard, portonesim.Approve)
		seen, err := s.FetchPayment(ctx, examplePayment)
		require.NoError(t, err)
		require.Equal(t, says, seen.Mismatch)
		require.Error(t, s.GiveBack(ctx, examplePayment), "taken on is not given back")
		testrig.Eventually(t, func() bool { return s.GiveBack(ctx, examplePayment) == nil }, 10*time.Second,
			10*time.Millisecond)
		p := s.portone.Books().Payments[0]
		require.Equal(t, "CANCELLED", p.Status)
		require.Len(t, p.Cancellations, 1, "once")
		seen, err = s.FetchPayment(ctx, examplePayment)
		require.NoError(t, err)
		require.Equal(t, gateway.SnapshotCancelled, seen.State)
	}
}

// Refunds are found by their reasons after their keys have expired, and are distinguished from
// cancellations that others made.
func TestCancel_Repeated_IsFound(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()
	out := s.pay(t, market.MethodCard, portonesim.Approve)
	cancel := func(refundID int64, attempt int32, won, left market.Money) error {
		return s.Cancel(ctx, gateway.CancelRequest{
			MerchantUID: examplePayment, ImpUID: out.TxID, Key: gateway.CancelKey(out.TxID, refundID),
			Amount: won * 100,
			Reason: "DAMAGED", RefundID: refundID, Attempt: attempt, Cancellable: left * 100,
		})
	}
	require.NoError(t, cancel(7, 0, 800, 25_800))
	require.NoError(t, cancel(7, 0, 800, 25_800), "the same again is the same")
	require.ErrorIs(t, cancel(8, 0, 100, 25_800), gateway.ErrNotNow, "another was faster")
	require.ErrorIs(t, cancel(9, 0, 25_001, 25_000), gateway.ErrNotCancellable)
	require.ErrorIs(t, s.Cancel(ctx, gateway.CancelRequest{MerchantUID: examplePayment, Amount: 50}),
		gateway.ErrNotCancellable, "half a won, however often it is asked for")
	s.portone.Set(portonesim.Faults{CancelFails: true})
	require.ErrorIs(t, cancel(10, 0, 100, 25_000), gateway.ErrNotNow)
	s.portone.Set(portonesim.Faults{CancelFails: true, CancelLater: 50 * time.Millisecond})
	require.NoError(t, cancel(10, 1, 100, 25_000))

	key := gateway.CancelKey(out.TxID, 10)
	c, err := s.Inquire(ctx, examplePayment)
	require.NoError(t, err)
	pending, failed := c.Cancelling(key, 1)
	require.True(t, pending)
	require.False(t, failed)
	require.Equal(t, market.Money(24_900_00), c.Cancellable())
	testrig.Eventually(t, func() bool {
		c, err = s.Inquire(ctx, examplePayment)
		require.NoError(t, err)
		_, failed = c.Cancelling(key, 1)
		return failed
	}, 10*time.Second, 10*time.Millisecond)
	_, before := c.Cancelling(key, 0)
	require.False(t, before, "each attempt by itself")
	require.Equal(t, market.Money(25_000_00), c.Cancellable())
	amount, done := c.Cancelled(gateway.CancelKey(out.TxID, 7))
	require.True(t, done)
	require.Equal(t, market.Money(800_00), amount)
	_, done = c.Cancelled(key)
	require.False(t, done)

	books, next, err := s.Charges(ctx, time.Time{}, "")
	require.NoError(t, err)
	require.Len(t, books, 1)
	books, next, err = s.Charges(ctx, time.Time{}, next)
	require.NoError(t, err)
	require.Empty(t, books)
	require.Empty(t, next)
}

// known is an outage that another process has reported.
type known struct{ away atomic.Bool }

func (k *known) Report(away bool) { k.away.Store(away) }
func (k *known) Reported() bool   { return k.away.Load() }

// The circuit opens when PortOne does not answer, which other processes see, and stays closed when
// PortOne refuses.
func TestCircuit_ProviderFails_OpensAndCloses(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()
	k := &known{}
	s.client.Share(k)
	for range 20 {
		_, err := s.Inquire(ctx, examplePayment)
		require.ErrorIs(t, err, gateway.ErrUnknownPayment)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	for range 20 {
		require.Error(t, s.Prepare(cancelled, examplePayment, 100_00))
	}
	require.True(t, s.Available(), "whoever hangs up says nothing about PortOne")
	s.portone.Set(portonesim.Faults{Down: true})
	testrig.Eventually(t, func() bool { return s.Prepare(ctx, examplePayment, 100_00) != nil && !s.Available() },
		10*time.Second, time.Millisecond)
	require.ErrorIs(t, s.Prepare(ctx, examplePayment, 100_00), gateway.ErrUnavailable)
	testrig.Eventually(t, k.Reported, 10*time.Second, time.Millisecond)

	api := openShop(t)
	api.client.Share(k)
	require.False(t, api.Available(), "another process knows")
}
