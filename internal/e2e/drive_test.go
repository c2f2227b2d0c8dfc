package e2e

import (
	"context"
	"path"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/housekeeping"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// TestWhatNothingDrivesIsDrivenAgain ends workflows by hand, as an operator might or a
// lost Temporal database would, and sees what they drove come to its end.
func TestWhatNothingDrivesIsDrivenAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := start(t)
	seller := r.seller(t)
	p := r.product(t, seller.id, 1000_00, 100)
	house := &housekeeping.Keeper{
		Store: r.store, Workflows: workflows.NewClient(r.temporal, workflows.NewAnswers()), Log: testrig.Log(t),
		Redriven: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "redriven"}, []string{"state"}),
	}
	terminate := func(id string) {
		t.Helper()
		require.NoError(t, r.temporal.TerminateWorkflow(ctx, id, "", "the test ends it"))
	}
	// longAgo lets the rows of a table have waited for long.
	longAgo := func(table string) {
		t.Helper()
		_, err := r.store.Pool().Exec(ctx,
			"UPDATE "+table+
				" SET created_at = created_at - interval '10 minutes', updated_at = updated_at - interval '10 minutes'")
		require.NoError(t, err)
	}
	redriven := func(state string, n float64) {
		t.Helper()
		require.NoError(t, house.Drive(ctx))
		require.Equal(t, n, testutil.ToFloat64(house.Redriven.WithLabelValues(state)))
		require.NoError(t, house.Drive(ctx))
		require.Equal(t, n, testutil.ToFloat64(house.Redriven.WithLabelValues(state)), "what is driven is left alone")
	}

	t.Run("Payment", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		r.simulator.Set(simulator.Knobs{FailBefore: true})
		go func() { _, _ = b.try("POST", "/payments", payBody(order)) }()
		r.eventually(t, 1, "SELECT count(*) FROM payments WHERE order_id = $1", order)
		terminate(workflows.PaymentWorkflowID(order))
		longAgo("payments")
		redriven("payments PENDING", 1)
		r.simulator.Set(simulator.Knobs{})
		testrig.Eventually(t, func() bool { return r.status(t, order) == market.OrderPaid }, time.Minute, 50*time.Millisecond)
		charges, _ := r.charged(t, order)
		require.Equal(t, 1, charges)
	})
	t.Run("ChargeOfAnOrderThatFailedMeanwhile", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		r.simulator.Set(simulator.Knobs{HangAfter: time.Hour})
		go func() { _, _ = b.try("POST", "/payments", payBody(order)) }()
		testrig.Eventually(t, func() bool { charges, _ := r.charged(t, order); return charges == 1 }, time.Minute,
			50*time.Millisecond)
		terminate(workflows.PaymentWorkflowID(order))
		r.simulator.Set(simulator.Knobs{})
		r.age(t, order)
		_, err := r.store.ExpireOrders(ctx)
		require.NoError(t, err)
		longAgo("payments")
		redriven("payments FAILED", 1)
		r.eventuallyHeld(t, order, 0)
		require.Equal(t, market.OrderFailed, r.status(t, order))
	})
	t.Run("Refund", func(t *testing.T) {
		b, admin := r.buyers(t, 1)[0], r.staff(t)
		order, _ := r.paidOrder(t, b, line{p.ID, 1})
		id := b.post(t, refundsOf(order), whole).id("refundId")
		terminate(workflows.RefundWorkflowID(id))
		longAgo("refunds")
		redriven("refunds PENDING", 1)
		require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
	})
	t.Run("Reversal", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		r.simulator.Set(simulator.Knobs{AmountOff: 100})
		require.Equal(t, "PAYMENT_AMOUNT_MISMATCH", b.post(t, "/payments", payBody(order)).Code)
		r.simulator.Set(simulator.Knobs{RefuseCancel: true})
		var id int64
		testrig.Eventually(t, func() bool {
			return r.store.Pool().QueryRow(ctx,
				"SELECT r.id FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = $1 AND r.status = 'FAILED'",
				order).Scan(&id) == nil
		}, time.Minute, 50*time.Millisecond)
		terminate(workflows.RefundWorkflowID(id))
		longAgo("refunds")
		redriven("refunds FAILED", 1)
		r.simulator.Set(simulator.Knobs{})
		require.Equal(t, "SUCCESS", approve(t, r.staff(t), id).field("status"))
		r.eventuallyHeld(t, order, 0)
	})
	t.Run("Webhook", func(t *testing.T) {
		away := receive(t)
		away.answers(500)
		endpoint := connect(t, seller, "/seller/webhooks", away)
		id, err := strconv.ParseInt(path.Base(endpoint), 10, 64)
		require.NoError(t, err)
		_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1})
		r.eventually(t, 1, "SELECT count(*) FROM webhook_messages WHERE attempts > 0")
		terminate(workflows.WebhookWorkflowID(id))
		away.answers(200)
		longAgo("webhook_messages")
		redriven("webhook_messages PENDING", 1)
		away.types(t, 1)
	})
	r.settleDown(t)
	r.verify(t)
}

// TestAReversalThatIsStillToBeStartedIsDriven has a charge that goes back while no worker
// is there to start it: that is late in the end, and nothing that the sweep must mend.
func TestAReversalThatIsStillToBeStartedIsDriven(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := newChain(t)
	b := c.buyers(t, 1)[0]
	p := c.product(t, c.sellerWithoutLogin(t), 1000_00, 5)
	o, err := c.store.PlaceOrder(ctx,
		store.Checkout{BuyerID: b.id, Key: "k", CartItemIDs: []int64{c.fill(t, b.id, p.ID, 1)}, AddressID: b.addressID})
	require.NoError(t, err)
	c.simulator.Set(simulator.Knobs{AmountOff: 100})
	var result workflows.PaymentResult
	_, err = c.run(t, uncut, nil, workflows.PaymentApproval, &result,
		workflows.PaymentInput{OrderID: o.OrderID, BuyerID: b.id, Method: market.MethodMock})
	require.NoError(t, err)
	_, err = c.store.Pool().Exec(ctx, "UPDATE refunds SET updated_at = updated_at - interval '10 minutes'")
	require.NoError(t, err)
	_, err = c.store.Pool().Exec(ctx, "UPDATE follow_ups SET created_at = created_at - interval '10 minutes'")
	require.NoError(t, err)

	house := &housekeeping.Keeper{
		Store: c.store, Workflows: workflows.NewClient(c.temporal, workflows.NewAnswers()), Log: testrig.Log(t),
		Redriven: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "redriven"}, []string{"state"}),
	}
	redriven := func() float64 {
		require.NoError(t, house.Drive(ctx))
		return testutil.ToFloat64(house.Redriven.WithLabelValues("refunds PROCESSING"))
	}
	require.Zero(t, redriven(), "its follow-up drives it")
	late, err := c.store.LateRows(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, late["follow_ups"], "and is late itself")
	_, err = c.store.Pool().Exec(ctx, "DELETE FROM follow_ups")
	require.NoError(t, err)
	require.EqualValues(t, 1, redriven(), "without it, nothing does")
}
