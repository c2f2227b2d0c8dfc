package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

func payBody(orderID int64) map[string]any {
	return map[string]any{"orderId": orderID, "method": "MOCK"}
}

// charged is what the gateway holds for an order: charges less cancellations.
func (r *rig) charged(t testing.TB, orderID int64) (charges int, held market.Money) {
	t.Helper()
	require.NoError(t, r.store.Pool().QueryRow(context.Background(), `
		SELECT count(DISTINCT c.imp_uid), coalesce(sum(c.amount), 0) - coalesce((SELECT sum(x.amount) FROM gateway_simulator.cancellations x
			JOIN gateway_simulator.charges y USING (imp_uid) JOIN payments q ON q.merchant_uid = y.merchant_uid WHERE q.order_id = $1), 0)
		FROM gateway_simulator.charges c JOIN payments p ON p.merchant_uid = c.merchant_uid WHERE p.order_id = $1 AND NOT c.declined`, orderID).Scan(
		&charges, &held))
	return charges, held
}

// status is the state of an order in the database.
func (r *rig) status(t testing.TB, orderID int64) (status market.OrderStatus) {
	t.Helper()
	require.NoError(t,
		r.store.Pool().QueryRow(context.Background(), "SELECT status FROM orders WHERE id = $1", orderID).Scan(&status))
	return status
}

// eventuallyHeld waits until the gateway holds an amount for an order.
func (r *rig) eventuallyHeld(t testing.TB, orderID int64, want market.Money) {
	t.Helper()
	testrig.Eventually(t, func() bool { _, held := r.charged(t, orderID); return held == want }, time.Minute,
		50*time.Millisecond)
}

// settleDown waits until no workflow is running.
func (r *rig) settleDown(t testing.TB) {
	t.Helper()
	testrig.Eventually(t, func() bool {
		return r.count(t, "SELECT count(*) FROM refunds WHERE status = 'PROCESSING'")+
			r.count(t, "SELECT count(*) FROM payments WHERE resolved_at IS NULL") == 0
	}, 2*time.Minute, 50*time.Millisecond)
}

func TestPayment(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	p := r.product(t, seller.id, 10_033_00, 100_000)

	t.Run("Approved", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		a := b.post(t, "/payments", payBody(order))
		require.Equal(t, "201 SUCCESS", fmt.Sprint(a.Status, " ", a.field("status")))
		require.Equal(t, market.OrderPaid, r.status(t, order))
		require.Equal(t, 1,
			r.count(t,
				"SELECT count(*) FROM ledger_transactions t JOIN payments p ON t.source_id = p.id AND t.source_type = 'PAYMENT' WHERE p.order_id = $1",
				order))
		var commission market.Money
		require.NoError(t,
			r.store.Pool().QueryRow(context.Background(), "SELECT commission FROM order_items WHERE order_id = $1", order).Scan(
				&commission))
		require.Equal(t, market.Money(501_00), commission, "5 % of 10,033, in whole won")
		require.Equal(t, 2,
			r.count(t, "SELECT count(*) FROM transaction_histories WHERE type = 'PAYMENT' AND transaction_id = $1",
				a.id("paymentId")))
		require.Equal(t, a.field("impUid"), b.get(t, fmt.Sprintf("/payments/%d", a.id("paymentId"))).field("impUid"))
		require.Len(t, b.get(t, "/payments").field("content"), 1)

		again := b.post(t, "/payments", payBody(order))
		require.Equal(t, "201 CREATE_SUCCESS", statusCode(again), "the answer to the first may have been lost")
		require.Equal(t, a.id("paymentId"), again.id("paymentId"))
		_, err := r.store.Pool().Exec(t.Context(), "UPDATE payments SET paid_at = paid_at - interval '2 minutes' WHERE id = $1",
			a.id("paymentId"))
		require.NoError(t, err)
		require.Equal(t, "409 PAYMENT_ALREADY_EXISTS", statusCode(b.post(t, "/payments", payBody(order))))

		stranger := r.buyers(t, 1)[0]
		require.Equal(t, "ORDER_NOT_FOUND", stranger.post(t, "/payments", payBody(order)).Code)
		require.Equal(t, "PAYMENT_NOT_FOUND", stranger.get(t, fmt.Sprintf("/payments/%d", a.id("paymentId"))).Code)
	})

	t.Run("FiftyAtOnce", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		answers := together(50, func(int) *answer { return b.post(t, "/payments", payBody(order)) })
		for _, a := range answers {
			require.True(t, a.Success, a)
			require.Equal(t, answers[0].id("paymentId"), a.id("paymentId"))
		}
		charges, held := r.charged(t, order)
		require.Equal(t, 1, charges)
		require.Equal(t, p.Price, held)
		require.Equal(t, 1, r.count(t, "SELECT count(*) FROM payments WHERE order_id = $1 AND status = 'SUCCESS'", order))
		require.Equal(t, 1, r.count(t, "SELECT count(*) FROM payments WHERE order_id = $1", order))
	})

	t.Run("KeyIsReplayed", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		first := b.post(t, "/payments", payBody(order), "Idempotency-Key", `"pay-1"`)
		again := b.post(t, "/payments", payBody(order), "Idempotency-Key", "pay-1")
		require.Equal(t, string(first.raw), string(again.raw))
		require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
		require.Equal(t, 422, b.post(t, "/payments", payBody(order+1), "Idempotency-Key", "pay-1").Status)
		require.Equal(t, "IDEMPOTENCY_KEY_INVALID",
			b.post(t, "/payments", payBody(order), "Idempotency-Key", "a b").Code)
	})

	// fault pays an order while the gateway misbehaves.
	fault := func(t *testing.T, k simulator.Knobs) (order int64, a *answer, before int32) {
		t.Helper()
		b := r.buyers(t, 1)[0]
		before = r.stock(t, p.ID)
		order = r.placeOrder(t, b, p.ID)
		r.simulator.Set(k)
		defer r.simulator.Set(simulator.Knobs{})
		a = b.post(t, "/payments", payBody(order))
		return order, a, before
	}

	t.Run("Declined", func(t *testing.T) {
		order, a, before := fault(t, simulator.Knobs{Decline: true})
		require.Equal(t, "400 PAYMENT_NOT_COMPLETED", fmt.Sprint(a.Status, " ", a.Code))
		require.Equal(t, market.OrderFailed, r.status(t, order))
		require.Equal(t, before, r.stock(t, p.ID))
		_, held := r.charged(t, order)
		require.Zero(t, held)
	})

	t.Run("WrongAmountGoesBack", func(t *testing.T) {
		for _, off := range []market.Money{1, -1, 5_000_00} {
			order, a, before := fault(t, simulator.Knobs{AmountOff: off})
			require.Equal(t, "400 PAYMENT_AMOUNT_MISMATCH", fmt.Sprint(a.Status, " ", a.Code))
			require.Equal(t, market.OrderFailed, r.status(t, order))
			require.Equal(t, before, r.stock(t, p.ID))
			var refunded market.Money
			require.NoError(t,
				r.store.Pool().QueryRow(context.Background(), `SELECT r.amount FROM refunds r JOIN payments p ON p.id = r.payment_id
				WHERE p.order_id = $1 AND r.reason = 'PAYMENT_AMOUNT_MISMATCH'`, order).Scan(&refunded))
			require.Equal(t, p.Price+off, refunded, "what was really charged goes back")
			r.eventuallyHeld(t, order, 0)
		}
	})

	t.Run("WrongAmountGoesBackThroughAnOutage", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		r.simulator.Set(simulator.Knobs{AmountOff: 100})
		require.Equal(t, "PAYMENT_AMOUNT_MISMATCH", b.post(t, "/payments", payBody(order)).Code)
		r.simulator.Set(simulator.Knobs{HangAfter: 300 * time.Millisecond}) // cancels, and the answer is lost
		r.eventuallyHeld(t, order, 0)
		r.simulator.Set(simulator.Knobs{})
		r.settleDown(t)
		r.eventuallyHeld(t, order, 0)
		require.Equal(t, 1,
			r.count(t,
				"SELECT count(*) FROM gateway_simulator.cancellations x JOIN gateway_simulator.charges y USING (imp_uid) JOIN payments q ON q.merchant_uid = y.merchant_uid WHERE q.order_id = $1",
				order))
	})

	t.Run("TimesOutAfterItCharged", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		r.simulator.Set(simulator.Knobs{HangAfter: time.Minute})
		defer r.simulator.Set(simulator.Knobs{})
		a := b.post(t, "/payments", payBody(order))
		require.Equal(t, "201 SUCCESS", fmt.Sprint(a.Status, " ", a.field("status")))
		charges, held := r.charged(t, order)
		require.Equal(t, 1, charges)
		require.Equal(t, p.Price, held)
	})

	t.Run("UnreachableThenBack", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		r.simulator.Set(simulator.Knobs{FailBefore: true})
		timer := time.AfterFunc(2*time.Second, func() { r.simulator.Set(simulator.Knobs{}) })
		defer timer.Stop()
		started := time.Now()
		a := b.post(t, "/payments", payBody(order))
		require.Equal(t, "201 SUCCESS", fmt.Sprint(a.Status, " ", a.field("status")))
		require.Greater(t, time.Since(started), 2*time.Second, "the gateway was away for two seconds")
	})

	t.Run("HandledTwiceByTheGateway", func(t *testing.T) {
		order, a, _ := fault(t, simulator.Knobs{DuplicateWork: true})
		require.Equal(t, 201, a.Status)
		charges, held := r.charged(t, order)
		require.Equal(t, 1, charges)
		require.Equal(t, p.Price, held)
	})

	t.Run("ExpiryDuringTheCharge", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		before := r.stock(t, p.ID)
		order := r.placeOrder(t, b, p.ID)
		r.simulator.Set(simulator.Knobs{Latency: 2500 * time.Millisecond})
		defer r.simulator.Set(simulator.Knobs{})
		answered := make(chan *answer, 1)
		go func() { a, _ := b.try("POST", "/payments", payBody(order)); answered <- a }()
		r.eventually(t, 1, "SELECT count(*) FROM payments WHERE order_id = $1", order)
		r.age(t, order)
		_, err := r.store.ExpireOrders(context.Background())
		require.NoError(t, err)
		a := <-answered
		require.Equal(t, "400 ORDER_NOT_PAYABLE", fmt.Sprint(a.Status, " ", a.Code))
		require.Equal(t, market.OrderFailed, r.status(t, order))
		require.Equal(t, before, r.stock(t, p.ID))
		r.eventuallyHeld(t, order, 0)
	})

	t.Run("ExpiryAndPaymentRace", func(t *testing.T) {
		const rounds = 200
		before := r.stock(t, p.ID)
		buyers := r.buyers(t, rounds)
		orders := make([]int64, rounds)
		for i, b := range buyers {
			orders[i] = r.placeOrder(t, b, p.ID)
		}
		var expire sync.WaitGroup
		paid := make([]bool, rounds)
		for i, b := range buyers {
			expire.Add(1)
			go func() {
				defer expire.Done()
				time.Sleep(time.Duration(i%20) * 2 * time.Millisecond) //nolint:forbidigo // spreads the races
				r.age(t, orders[i])
				_, _ = r.store.ExpireOrders(context.Background())
			}()
			a := b.post(t, "/payments", payBody(orders[i]))
			require.Less(t, a.Status, 500, a)
			paid[i] = a.Success
		}
		expire.Wait()
		r.settleDown(t)
		var sold int32
		for i, order := range orders {
			charges, held := r.charged(t, order)
			require.LessOrEqual(t, charges, 1)
			if paid[i] {
				sold++
				require.Equal(t, market.OrderPaid, r.status(t, order))
				require.Equal(t, p.Price, held)
			} else {
				require.Equal(t, market.OrderFailed, r.status(t, order))
				require.Zero(t, held, "charged without an order")
			}
		}
		require.Equal(t, before-sold, r.stock(t, p.ID), "paid without stock, or stock lost")
		t.Logf("%d of %d were paid", sold, rounds)
	})

	r.settleDown(t)
	r.verify(t)
}

// age makes an order old enough to expire.
func (r *rig) age(t testing.TB, orderID int64) {
	t.Helper()
	_, err := r.store.Pool().Exec(context.Background(),
		"UPDATE orders SET created_at = created_at - interval '31 minutes' WHERE id = $1", orderID)
	if err != nil {
		t.Error(err)
	}
}

func TestOrderExpiryBySchedule(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	p := r.product(t, seller.id, 100, 1000)
	b := r.buyers(t, 1)[0]
	var orders []int64
	for range 5 {
		orders = append(orders, r.placeOrder(t, b, p.ID))
	}
	for _, o := range orders[:3] {
		r.age(t, o)
	}
	handle := r.temporal.ScheduleClient().GetHandle(context.Background(), workflows.OrderExpiryWorkflowID)
	description, err := handle.Describe(context.Background())
	require.NoError(t, err)
	require.Equal(t, enums.SCHEDULE_OVERLAP_POLICY_SKIP, description.Schedule.Policy.Overlap)
	testrig.Eventually(t, func() bool { return r.status(t, orders[0]) == market.OrderFailed }, 90*time.Second,
		100*time.Millisecond)
	require.Equal(t, market.OrderFailed, r.status(t, orders[2]))
	require.Equal(t, market.OrderCreated, r.status(t, orders[3]))
	require.EqualValues(t, 998, r.stock(t, p.ID))
	require.Equal(t, "ORDER_NOT_PAYABLE", b.post(t, "/payments", payBody(orders[0])).Code)
	r.verify(t)
}
