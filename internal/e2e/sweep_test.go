package e2e

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/housekeeping"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// sweep checks all waiting rows, although a worker may have checked them a moment ago.
func (r *rig) sweep(t *testing.T, house *housekeeping.Janitor) {
	t.Helper()
	_, err := r.store.Pool().Exec(t.Context(), "UPDATE stuck_row_sweeps SET claimed_until = now()")
	require.NoError(t, err)
	require.NoError(t, house.EnsureRunning(t.Context()))
}

// Workflows are ended by hand, as an operator might or a lost Temporal database would: the sweep starts them again, and
// the rows come to their ends.
func TestEnsureRunning_StuckRows_ComeToTheirEnds(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := start(t)
	seller := r.seller(t)
	p := r.product(t, seller.id, 1000_00, 100)
	house := &housekeeping.Janitor{
		Store: r.store, Workflows: engine.NewClient(r.temporal, engine.NewAnswers(nil)), Log: testrig.Log(t),
		Restarted: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "redriven"}, []string{"state"}),
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
	restarted := func(state string, n float64) {
		t.Helper()
		r.sweep(t, house)
		require.Equal(t, n, testutil.ToFloat64(house.Restarted.WithLabelValues(state)))
		r.sweep(t, house)
		require.Equal(t, n, testutil.ToFloat64(house.Restarted.WithLabelValues(state)),
			"running workflows are left alone")
	}

	t.Run("Payment", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		r.simulator.Set(simulator.Knobs{FailBefore: true})
		go func() { _, _ = b.try("POST", "/payments", payBody(order)) }()
		r.eventually(t, 1, "SELECT count(*) FROM payments WHERE order_id = $1", order)
		terminate(workflows.PaymentWorkflowID(order))
		longAgo("payments")
		restarted("payments PENDING", 1)
		r.simulator.Set(simulator.Knobs{})
		testrig.Eventually(t, func() bool {
			return r.status(t, order) == market.OrderPaid
		}, time.Minute, 50*time.Millisecond)
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
		restarted("payments FAILED", 1)
		r.eventuallyHeld(t, order, 0)
		require.Equal(t, market.OrderFailed, r.status(t, order))
	})
	t.Run("Refund", func(t *testing.T) {
		b, admin := r.buyers(t, 1)[0], r.staff(t)
		order, _ := r.paidOrder(t, b, line{p.ID, 1})
		id := b.post(t, refundsOf(order), whole).id("refundId")
		terminate(workflows.RefundWorkflowID(id))
		longAgo("refunds")
		restarted("refunds PENDING", 1)
		require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
	})
	t.Run("Reversal", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		r.simulator.Set(simulator.Knobs{AmountOff: 100, RefuseCancel: true})
		require.Equal(t, "PAYMENT_AMOUNT_MISMATCH", b.post(t, "/payments", payBody(order)).Code)
		var id int64
		testrig.Eventually(t, func() bool {
			return r.store.Pool().QueryRow(ctx,
				"SELECT r.id FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = $1 AND r.status = 'FAILED'",
				order).Scan(&id) == nil
		}, time.Minute, 50*time.Millisecond)
		terminate(workflows.RefundWorkflowID(id))
		longAgo("refunds")
		restarted("refunds FAILED", 1)
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
		restarted("webhook_messages PENDING", 1)
		away.types(t, 1)
	})
	r.settleDown(t)
	r.verify(t)
}

// A charge goes back while no worker is there to start its reversal: its follow-up is late, and the sweep leaves the
// row to it.
func TestEnsureRunning_ReversalWithAFollowUp_IsLeftToIt(t *testing.T) {
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
	_, err = c.store.Pool().Exec(ctx, "DELETE FROM follow_ups WHERE kind = 'MAIL'")
	require.NoError(t, err)
	_, err = c.store.Pool().Exec(ctx, "UPDATE follow_ups SET created_at = created_at - interval '10 minutes'")
	require.NoError(t, err)

	house := &housekeeping.Janitor{
		Store: c.store, Workflows: engine.NewClient(c.temporal, engine.NewAnswers(nil)), Log: testrig.Log(t),
		Restarted: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "redriven"}, []string{"state"}),
	}
	restarted := func() float64 {
		c.sweep(t, house)
		return testutil.ToFloat64(house.Restarted.WithLabelValues("refunds PROCESSING"))
	}
	require.Zero(t, restarted(), "its follow-up starts it")
	late, err := c.store.LateRows(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, late["follow_ups"], "and is late itself")
	_, err = c.store.Pool().Exec(ctx, "DELETE FROM follow_ups")
	require.NoError(t, err)
	require.EqualValues(t, 1, restarted(), "without it, nothing does")
}

// TestRefundDecision_OfAnOperatorInASecondRun_TakesEffect although the first run has had one under the same number.
func TestRefundDecision_OfAnOperatorInASecondRun_TakesEffect(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := start(t)
	id, _ := r.refundToDecide(t, r.product(t, r.seller(t).id, 10_000_00, 10).ID, "")
	workflowID := workflows.RefundWorkflowID(id)
	approve := func() {
		t.Helper()
		require.NoError(t, r.temporal.SignalWorkflow(ctx, workflowID, "", workflows.RefundDecisionSignal,
			map[string]bool{"approve": true}))
	}
	r.simulator.Set(simulator.Knobs{RefuseCancel: true})
	approve()
	r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE status = 'FAILED'")
	require.NoError(t, r.temporal.TerminateWorkflow(ctx, workflowID, "", "the test ends it"))
	charge, err := r.store.RefundCharge(ctx, id)
	require.NoError(t, err)
	started, err := engine.NewClient(r.temporal, engine.NewAnswers(nil)).EnsureRefund(ctx, id, charge)
	require.NoError(t, err)
	require.True(t, started)
	r.simulator.Set(simulator.Knobs{})
	approve()
	r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE status = 'SUCCESS'")
	require.Equal(t, 2, r.count(t, "SELECT count(*) FROM refund_decisions WHERE applied"))
	r.verify(t)
}

// What staff decides does not depend on whether a workflow runs.
func TestDecisions_WithoutAnOpenRun_StartOne(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := start(t)
	admin := r.staff(t)
	product := r.product(t, r.seller(t).id, 10_000_00, 10).ID
	t.Run("Refund", func(t *testing.T) {
		id, _ := r.refundToDecide(t, product, "")
		require.NoError(t, r.temporal.TerminateWorkflow(ctx, workflows.RefundWorkflowID(id), "", "the test ends it"))
		answer := approve(t, admin, id)
		require.Equal(t, 200, answer.Status, answer.Code)
		require.Equal(t, "SUCCESS", answer.field("status"))
	})
	t.Run("Payout", func(t *testing.T) {
		r.simulator.Bank.Set(simulator.BankKnobs{Refuse: true})
		settlement := r.payoutByHand(t, r.anotherSeller(t), "lost")
		r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE settlement_id = $1 AND status = 'FAILED'", settlement)
		r.simulator.Bank.Set(simulator.BankKnobs{})
		id := r.count(t, "SELECT id FROM payouts WHERE settlement_id = $1", settlement)
		require.NoError(t, r.temporal.TerminateWorkflow(ctx, workflows.PayoutWorkflowID(settlement), "",
			"the test ends it"))
		answer := admin.post(t, fmt.Sprintf("/admin/payouts/%d/retry", id), map[string]string{"reason": "open again"})
		require.Equal(t, 202, answer.Status, answer.Code)
		r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE id = $1 AND status = 'SUCCESS'", id)
	})
	t.Run("Batch", func(t *testing.T) {
		for range 3 {
			r.refundToDecide(t, product, "")
		}
		query := engine.RunQuery{Type: "RefundApproval"}.Until(time.Now())
		testrig.Eventually(t, func() bool {
			return r.countWorkflows(t, query) >= 4
		}, 20*time.Second, 200*time.Millisecond)
		id, err := r.store.CreateBatch(ctx, market.NewBatch{
			Action: market.BatchRetry, Query: query, Reason: "slowly", PerSecond: 1, Request: "lost", AdminID: admin.id,
		})
		require.NoError(t, err)
		r.eventually(t, 1, "SELECT least(1, count(outcome)) FROM batch_runs WHERE batch_id = $1", id)
		require.NoError(t, r.temporal.TerminateWorkflow(ctx, workflows.BatchWorkflowID(id), "", "the test ends it"))
		cancel := fmt.Sprintf("/admin/batches/%d/cancel", id)
		require.Equal(t, 202, admin.post(t, cancel, nil).Status)
		r.eventually(t, 1, "SELECT count(*) FROM batches WHERE id = $1 AND status = 'CANCELLED'", id)
		require.Equal(t, 404, admin.post(t, cancel, nil).Status, "it does not run any more")
	})
}

// TestPayout_CancelledByABatch_EndsAndTakesTheNextDecision in a new run.
func TestPayout_CancelledByABatch_EndsAndTakesTheNextDecision(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := start(t)
	admin := r.staff(t)
	r.simulator.Bank.Set(simulator.BankKnobs{Refuse: true})
	settlement := r.payoutByHand(t, r.anotherSeller(t), "cancelled")
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
	r.simulator.Bank.Set(simulator.BankKnobs{})
	query := fmt.Sprintf("WorkflowId = '%s'", workflows.PayoutWorkflowID(settlement))
	testrig.Eventually(t, func() bool { return r.countWorkflows(t, query) == 1 }, 20*time.Second, 200*time.Millisecond)
	id, err := r.store.CreateBatch(ctx, market.NewBatch{
		Action: market.BatchCancel, Query: query, Reason: "by mistake", PerSecond: 50, AdminID: admin.id, Request: "b",
	})
	require.NoError(t, err)
	r.eventually(t, 1, "SELECT count(*) FROM batch_runs WHERE batch_id = $1 AND outcome = 'DONE'", id)
	starter := engine.NewClient(r.temporal, engine.NewAnswers(nil))
	testrig.Eventually(t, func() bool {
		open, err := starter.IsOpen(ctx, workflows.PayoutWorkflowID(settlement))
		return err == nil && !open
	}, 20*time.Second, 50*time.Millisecond)
	payout := r.count(t, "SELECT id FROM payouts")
	require.Equal(t, 202, admin.post(t, fmt.Sprintf("/admin/payouts/%d/retry", payout),
		map[string]string{"reason": "open again"}).Status)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM payout_decisions WHERE signal = 'retry' AND applied"))
}
