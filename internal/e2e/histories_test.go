package e2e

import (
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

var update = flag.Bool("update", false, "write the recorded histories that the replay tests use anew")

// recorded is where the replay tests find histories.
const recorded = "../../worker/testdata/histories"

func (r *rig) history(workflowID string) (*historypb.History, error) {
	h := &historypb.History{}
	events := r.temporal.GetWorkflowHistory(context.Background(), workflowID, "", false,
		enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return h, err
		}
		h.Events = append(h.Events, e)
	}
	return h, nil
}

// redirectShape are the events of a payment in the browser: two tasks and an activity to open
// it, then it waits, and the same once more, when the buyer comes back, to book it.
var redirectShape = []string{
	"WorkflowExecutionStarted", "WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted",
	"WorkflowExecutionUpdateAccepted", "MarkerRecorded",
	"ActivityTaskScheduled", "ActivityTaskStarted", "ActivityTaskCompleted",
	"WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted",
	"TimerStarted", "WorkflowExecutionUpdateCompleted",
	"WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted", "WorkflowExecutionUpdateAccepted",
	"ActivityTaskScheduled", "ActivityTaskStarted", "ActivityTaskCompleted",
	"WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted",
	"MarkerRecorded", "WorkflowExecutionUpdateCompleted", "WorkflowExecutionCompleted",
}

func eventTypes(h *historypb.History) (names []string) {
	for _, e := range h.Events {
		names = append(names, e.EventType.String())
	}
	return names
}

// It runs every path of every workflow and looks at what is left in
// Temporal: the number of round trips, no personal data, and, with -update, the
// recordings that the replay tests hold new code against.
func TestHistories(t *testing.T) {
	t.Parallel()
	m := &meddler{}
	r := start(t, m)
	seller := r.seller(t)
	p := r.product(t, seller.id, 10_000_00, 1000)

	oneTask := func(markers int) []string {
		events := []string{
			"WorkflowExecutionStarted", "WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted",
		}
		for range markers {
			events = append(events, "MarkerRecorded")
		}
		return append(events, "WorkflowExecutionCompleted")
	}
	pay := func(t *testing.T, k simulator.Knobs) (workflowID string, orderID int64) {
		t.Helper()
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		r.simulator.Set(k)
		defer r.simulator.Set(simulator.Knobs{})
		b.post(t, "/payments", payBody(order))
		return workflows.PaymentWorkflowID(order), order
	}
	paid := func(k simulator.Knobs) func(t *testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			id, _ := pay(t, k)
			return id
		}
	}
	reversal := func(t *testing.T, orderID int64) string {
		t.Helper()
		var id int64
		require.NoError(t,
			r.store.Pool().QueryRow(context.Background(),
				"SELECT r.id FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = $1", orderID).Scan(&id))
		return workflows.RefundWorkflowID(id)
	}
	// inBrowser opens a payment that waits for its buyer, which only the test signals.
	inBrowser := func(t *testing.T) (order int64, w portonesim.Window, paymentID int64) {
		t.Helper()
		r.portone.Set(portonesim.Faults{NoWebhooks: true})
		testrig.Eventually(t, func() bool { // after a row in which it was down
			methods := string((&caller{base: r.api}).get(t, "/payment-methods").Data)
			return strings.Contains(methods, `"method":"CARD","redirects":true,"available":true`)
		}, 30*time.Second, 100*time.Millisecond)
		return r.openInBrowser(t, r.buyers(t, 1)[0], p.ID)
	}
	admin := r.staff(t)
	refund := func(t *testing.T, product int64) int64 {
		t.Helper()
		b := r.buyers(t, 1)[0]
		order, _ := r.paidOrder(t, b, line{product, 1})
		return b.post(t, refundsOf(order), whole).id("refundId")
	}
	for _, c := range []struct {
		name  string
		run   func(t *testing.T) (workflowID string)
		shape []string // nil: not fixed
	}{
		{"checkout-placed", func(t *testing.T) string {
			t.Helper()
			b := r.buyers(t, 1)[0]
			require.Equal(t, 201, b.post(t, "/orders", b.order(r.fill(t, b.id, p.ID, 1)), "Idempotency-Key",
				"placed").Status)
			return workflows.CheckoutWorkflowID(b.id, "key:"+web.HashedKey("placed"))
		}, oneTask(1)},
		{"checkout-refused", func(t *testing.T) string {
			t.Helper()
			b := r.buyers(t, 1)[0]
			require.Equal(t, 404, b.post(t, "/orders", b.order(1<<40), "Idempotency-Key", "refused").Status)
			return workflows.CheckoutWorkflowID(b.id, "key:"+web.HashedKey("refused"))
		}, oneTask(1)},
		{"payment-approved", paid(simulator.Knobs{}), oneTask(3)},
		{"payment-declined", paid(simulator.Knobs{Decline: true}), oneTask(3)},
		{"payment-refused", func(t *testing.T) string {
			t.Helper()
			// An order that expires between the API's look at it and the workflow's.
			b := r.buyers(t, 1)[0]
			order := r.placeOrder(t, b, p.ID)
			r.age(t, order)
			require.Equal(t, 400, b.post(t, "/payments", payBody(order)).Status)
			return workflows.PaymentWorkflowID(order)
		}, oneTask(1)},
		{"payment-mismatch", paid(simulator.Knobs{AmountOff: 100}), nil},
		{"payment-unknown", func(t *testing.T) string {
			t.Helper()
			id, _ := pay(t, simulator.Knobs{HangAfter: 100 * time.Millisecond})
			return id
		}, nil},
		{"redirect-confirmed", func(t *testing.T) string {
			t.Helper()
			order, w, opened := inBrowser(t)
			out := r.portone.Pay(w, portonesim.Approve)
			require.Equal(t, 200, r.buyerOf(t, order).post(t, confirmPath(opened), returned(out)).Status)
			return workflows.PaymentWorkflowID(order)
		}, redirectShape},
		{"redirect-told-after-a-decline", func(t *testing.T) string {
			t.Helper()
			order, w, opened := inBrowser(t)
			out := r.portone.Pay(w, portonesim.Decline)
			require.Equal(t, 202, r.buyerOf(t, order).post(t, confirmPath(opened), returned(out)).Status)
			r.portone.Pay(w, portonesim.Approve)
			require.Equal(t, 200, r.tell(t, paidMessage("msg-"+w.PaymentID, w.PaymentID)))
			return workflows.PaymentWorkflowID(order)
		}, nil},
		{"redirect-not-ours", func(t *testing.T) string {
			t.Helper()
			order, w, opened := inBrowser(t)
			r.portone.Set(portonesim.Faults{NoWebhooks: true, Currency: "USD"})
			out := r.portone.Pay(w, portonesim.Approve)
			require.Equal(t, 400, r.buyerOf(t, order).post(t, confirmPath(opened), returned(out)).Status)
			return workflows.PaymentWorkflowID(order)
		}, nil},
		{"redirect-late-news", func(t *testing.T) string {
			t.Helper()
			order, w, _ := inBrowser(t)
			r.age(t, order)
			_, err := r.store.ExpireOrders(t.Context())
			require.NoError(t, err)
			r.endUnpaid(t, order)
			r.portone.Pay(w, portonesim.Approve)
			require.Equal(t, 200, r.tell(t, paidMessage("msg-"+w.PaymentID, w.PaymentID)))
			return workflows.PaymentWorkflowID(order)
		}, nil},
		{"redirect-refunded", func(t *testing.T) string {
			t.Helper()
			order, w, opened := inBrowser(t)
			out := r.portone.Pay(w, portonesim.Approve)
			b := r.buyerOf(t, order)
			require.Equal(t, 200, b.post(t, confirmPath(opened), returned(out)).Status)
			id := b.post(t, refundsOf(order), whole).id("refundId")
			require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
			return workflows.RefundWorkflowID(id)
		}, nil},
		{"redirect-withdrawn", func(t *testing.T) string {
			t.Helper()
			b := r.buyers(t, 1)[0]
			order := r.placeOrder(t, b, p.ID)
			r.portone.Set(portonesim.Faults{Down: true})
			defer r.portone.Set(portonesim.Faults{})
			require.Equal(t, 503, b.post(t, "/payments", cardBody(order)).Status)
			return workflows.PaymentWorkflowID(order)
		}, nil},
		{"reversal", func(t *testing.T) string {
			t.Helper()
			_, order := pay(t, simulator.Knobs{AmountOff: -100})
			r.eventuallyHeld(t, order, 0)
			r.settleDown(t)
			return reversal(t, order)
		}, nil},
		{"refund-approved", func(t *testing.T) string {
			t.Helper()
			id := refund(t, p.ID)
			require.Equal(t, 200, approve(t, admin, id).Status)
			return workflows.RefundWorkflowID(id)
		}, nil},
		{"refund-denied", func(t *testing.T) string {
			t.Helper()
			id := refund(t, p.ID)
			require.Equal(t, 200,
				admin.put(t, fmt.Sprintf("/admin/refunds/%d/deny", id),
					map[string]string{"deniedReason": "late"}).Status)
			return workflows.RefundWorkflowID(id)
		}, nil},
		{"refund-failed-once", func(t *testing.T) string {
			t.Helper()
			id := refund(t, p.ID)
			r.simulator.Set(simulator.Knobs{RefuseCancel: true})
			approve(t, admin, id)
			r.simulator.Set(simulator.Knobs{})
			require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
			return workflows.RefundWorkflowID(id)
		}, nil},
		{"refund-refused", func(t *testing.T) string {
			t.Helper()
			b := r.buyers(t, 1)[0]
			order, _ := r.paidOrder(t, b, line{p.ID, 1})
			b.post(t, refundsOf(order), whole)
			require.Equal(t, 409, b.post(t, refundsOf(order), whole, "Idempotency-Key", "again").Status)
			var id int64
			require.NoError(t,
				r.store.Pool().QueryRow(context.Background(),
					"SELECT refund_id FROM refund_requests WHERE buyer_id = $1 AND request_key LIKE 'refund/%key:again'", b.id).Scan(&id))
			return workflows.RefundWorkflowID(id)
		}, nil},
		{"refund-reminded", func(t *testing.T) string {
			t.Helper()
			m.hurry.Store(true)
			defer m.hurry.Store(false)
			id := refund(t, p.ID)
			r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE escalated_at IS NOT NULL")
			require.Equal(t, 200, approve(t, admin, id).Status)
			return workflows.RefundWorkflowID(id)
		}, nil},
		{"order-cancelled", func(t *testing.T) string {
			t.Helper()
			b := r.buyers(t, 1)[0]
			order, _ := r.paidOrder(t, b, line{p.ID, 1})
			require.Equal(t, 202, b.post(t, cancelPath(order), nil).Status)
			return reversal(t, order)
		}, nil},
		{"refund-by-hand", func(t *testing.T) string {
			t.Helper()
			id := refund(t, p.ID)
			r.simulator.Set(simulator.Knobs{RefuseCancel: true})
			defer r.simulator.Set(simulator.Knobs{})
			approve(t, admin, id)
			paidBack := map[string]string{"reason": "transfer 7"}
			require.Equal(t, 200, admin.put(t, fmt.Sprintf("/admin/refunds/%d/settle", id), paidBack).Status)
			return workflows.RefundWorkflowID(id)
		}, nil},
		{"payment-abandoned", func(t *testing.T) string {
			t.Helper()
			m.conflict.Store(true)
			defer m.conflict.Store(false)
			id, order := pay(t, simulator.Knobs{})
			r.eventuallyHeld(t, order, 0)
			return id
		}, nil},
		{"order-notification", func(t *testing.T) string {
			t.Helper()
			b := r.buyers(t, 1)[0]
			require.NoError(t,
				r.store.SetOrderStatus(context.Background(), r.placeOrder(t, b, p.ID), market.OrderFailed, nil))
			notice := int64(r.count(t, "SELECT max(id) FROM order_status_update_notifications"))
			return r.asWorkflow(t, "order-notification-by-hand", workflows.OrderNotification, notice)
		}, nil},
		{"account-mail", func(t *testing.T) string {
			t.Helper()
			require.Equal(t, 202, (&caller{base: r.api}).post(t, "/auth/password/forgot",
				map[string]string{"email": "nobody@example.com"}).Status)
			mail := int64(r.count(t, "SELECT max(id) FROM mails"))
			return r.asWorkflow(t, "account-mail-by-hand", workflows.AccountMail, mail)
		}, nil},
		{"reconciliation-heals", func(t *testing.T) string {
			t.Helper()
			order, w, _ := inBrowser(t)
			require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
			r.reconcile(t, admin)
			testrig.Eventually(t, func() bool { return r.status(t, order) == market.OrderPaid }, 20*time.Second,
				20*time.Millisecond)
			r.reconcile(t, admin) // does not wait for a quarter of an hour
			return workflows.ReconciliationWorkflowID(workflows.ReconciliationInput{Day: r.store.Today()})
		}, nil},
		{"cancellation-check", func(t *testing.T) string {
			t.Helper()
			order, w, id := inBrowser(t)
			require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
			r.reconcile(t, admin)
			r.eventually(t, 1, "SELECT count(*) FROM payments WHERE status = 'SUCCESS' AND id = $1", id)
			r.portone.GiveBack(w.PaymentID, 100)
			r.reconcile(t, admin)
			r.disputeOf(t, order)
			r.reconcile(t, admin) // the difference is explained
			return workflows.CancellationCheckWorkflowID(id)
		}, nil},
		{"reconciliation-break-accepted", func(t *testing.T) string {
			t.Helper()
			_, w, id := inBrowser(t)
			require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
			r.reconcile(t, admin)
			r.eventually(t, 1, "SELECT count(*) FROM payments WHERE status = 'SUCCESS' AND id = $1", id)
			w.PaymentID = "SOMEBODYELSES"
			require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
			r.reconcile(t, admin)
			open := admin.get(t, "/admin/reconciliation?status=OPEN").field("content").([]any)[0].(map[string]any)
			require.Equal(t, "MISSING_HERE", open["class"])
			require.Equal(t, 200, admin.put(t, fmt.Sprintf("/admin/reconciliation/%v/accept", open["breakId"]),
				map[string]string{"reason": "a goodwill"}).Status)
			return workflows.BreakWorkflowID(int64(open["breakId"].(float64)))
		}, nil},
		{"batch", func(t *testing.T) string {
			t.Helper()
			id, err := r.store.CreateBatch(context.Background(), market.NewBatch{
				Action: market.BatchSignal, Query: "WorkflowType = 'PaymentApproval'", Reason: "recorded",
				PerSecond: 50,
				AdminID:   admin.id, Request: "recorded",
			})
			require.NoError(t, err)
			r.eventually(t, 1, "SELECT count(*) FROM batches WHERE id = $1 AND status = 'DONE'", id)
			return workflows.BatchWorkflowID(id)
		}, nil},
		{"webhook", func(t *testing.T) string {
			t.Helper()
			at := receive(t)
			endpoint := connect(t, seller, "/seller/webhooks", at)
			_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1})
			at.types(t, 1)
			require.Equal(t, 200, seller.delete(t, endpoint).Status)
			id, err := strconv.ParseInt(path.Base(endpoint), 10, 64)
			require.NoError(t, err)
			return workflows.WebhookWorkflowID(id)
		}, nil},
		{"verification", func(t *testing.T) string {
			t.Helper()
			run, err := r.temporal.ExecuteWorkflow(context.Background(), startOptions("verification-by-hand"),
				workflows.Verification)
			require.NoError(t, err)
			require.NoError(t, run.Get(context.Background(), nil))
			return run.GetID()
		}, nil},
		{"restock", func(t *testing.T) string {
			t.Helper()
			sold := r.product(t, seller.id, 100_00, 0)
			return r.asWorkflow(t, "restock-by-hand", workflows.Restock,
				workflows.RestockInput{ProductID: sold.ID, RestockID: 1})
		}, nil},
		{"day-close", func(t *testing.T) string {
			t.Helper()
			r.soldOn(t, lastPeriod().End)
			r.closeDay(t, lastPeriod().End)
			return "day-close/" + lastPeriod().End.String()
		}, nil},
		{
			"dashboard-reset", func(*testing.T) string { return workflows.DashboardResetWorkflowID(lastPeriod().End.Next()) },
			nil,
		},
		{"daily-statistics", func(*testing.T) string {
			return workflows.DailyStatisticsWorkflowID(lastPeriod().End)
		}, nil},
		{"settlement", func(*testing.T) string { return workflows.SettlementWorkflowID(lastPeriod()) }, nil},
		{"payouts", func(*testing.T) string { return workflows.PayoutsWorkflowID(lastPeriod().End) }, nil},
		{"payout-paid", func(t *testing.T) string {
			t.Helper()
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
			settlement := int64(r.count(t, "SELECT id FROM settlements WHERE amount > 0"))
			r.signal(t, settlement, workflows.InquireSignal)
			r.signal(t, settlement, workflows.InquireSignal)
			return workflows.PayoutWorkflowID(settlement)
		}, nil},
		{"payout-refused-retried-abandoned", func(t *testing.T) string {
			t.Helper()
			r.simulator.Bank.Set(simulator.BankKnobs{Refuse: true})
			defer r.simulator.Bank.Set(simulator.BankKnobs{})
			return r.refusedPayout(t, seller.id)
		}, nil},
		{"payout-decided-by-an-admin", func(t *testing.T) string {
			t.Helper()
			r.simulator.Bank.Set(simulator.BankKnobs{Refuse: true})
			defer r.simulator.Bank.Set(simulator.BankKnobs{})
			settlement, desk := r.payoutByHand(t, seller.id, "decided"), r.clerk(t)
			for attempt, decision := range []string{workflows.RetrySignal, workflows.AbandonSignal} {
				r.eventually(t, attempt+1, `SELECT count(*) FROM payout_attempts a JOIN payouts p ON p.id = a.payout_id
					WHERE a.outcome = 'REFUSED' AND p.settlement_id = $1`, settlement)
				r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED' AND settlement_id = $1", settlement)
				desk.decidePayout(t, settlement, decision, "김구매와 통화함, 010-1111-2222")
			}
			return workflows.PayoutWorkflowID(settlement)
		}, nil},
		{"payout-unknown", func(t *testing.T) string {
			t.Helper()
			r.simulator.Bank.Set(simulator.BankKnobs{HangAfter: time.Millisecond})
			defer r.simulator.Bank.Set(simulator.BankKnobs{})
			settlement := r.payoutByHand(t, seller.id, "unknown")
			r.eventually(t, 1,
				"SELECT count(*) FROM gateway_simulator.transfers t JOIN payout_attempts a ON a.payout_key = t.key JOIN payouts p ON p.id = a.payout_id WHERE p.settlement_id = $1",
				settlement)
			r.simulator.Bank.Set(simulator.BankKnobs{})
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS' AND settlement_id = $1", settlement)
			r.signal(t, settlement, workflows.InquireSignal)
			r.signal(t, settlement, workflows.InquireSignal)
			return workflows.PayoutWorkflowID(settlement)
		}, nil},
		{"expiry", func(t *testing.T) string {
			t.Helper()
			run, err := r.temporal.ExecuteWorkflow(context.Background(), startOptions("order-expiry-by-hand"),
				workflows.OrderExpiry)
			require.NoError(t, err)
			var n int
			require.NoError(t, run.Get(context.Background(), &n))
			return run.GetID()
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := c.run(t)
			var h *historypb.History
			testrig.Eventually(t, func() bool {
				var err error
				h, err = r.history(id)
				return err == nil && h.Events[len(
					h.Events)-1].EventType == enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
			}, 20*time.Second, 50*time.Millisecond)
			if c.shape != nil {
				require.Equal(t, c.shape, eventTypes(h), "an accidental round trip costs every buyer")
			}
			b, err := protojson.MarshalOptions{Indent: "  "}.Marshal(h)
			require.NoError(t, err)
			requireImpersonal(t, string(b))
			if *update {
				require.NoError(t, os.MkdirAll(recorded, 0o755))
				b = identities.ReplaceAll(b, []byte(`$1"recorded"`)) // the process does not matter
				require.NoError(t, os.WriteFile(filepath.Join(recorded, c.name+".json"), b, 0o644))
			}
		})
	}

	t.Run("SearchAttributes", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		b.post(t, "/payments", payBody(order))
		testrig.Eventually(t, func() bool {
			return r.countWorkflows(t, fmt.Sprintf("OrderId = '%d' AND BuyerId = '%d'", order, b.id)) == 1
		}, 20*time.Second, 200*time.Millisecond)
	})
}

// asWorkflow runs a message as the workflow that it is on a server without standalone activities.
func (r *rig) asWorkflow(t *testing.T, id string, workflow, in any) string {
	t.Helper()
	r.runs(t, id, nil, workflow, in)
	return id
}

// meddler has what happens once in a blue moon happen at once.
type meddler struct {
	interceptor.WorkerInterceptorBase
	hurry    atomic.Bool // days pass in half a second
	conflict atomic.Bool // another change always wins the race to approve a payment
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (m *meddler) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	return &meddledWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}, m}
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (m *meddler) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	return &meddledActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, m}
}

type meddledActivity struct {
	interceptor.ActivityInboundInterceptorBase
	*meddler
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (a *meddledActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if a.conflict.Load() && activity.GetInfo(ctx).ActivityType.Name == "ApprovePayment" {
		return nil, temporal.NewApplicationError("somebody else was faster", market.ErrorTypeConflict)
	}
	return a.Next.ExecuteActivity(ctx, in)
}

type meddledWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
	*meddler
}

// Init implements interceptor.WorkflowInboundInterceptor.
func (w *meddledWorkflow) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return w.Next.Init(&meddledCalls{interceptor.WorkflowOutboundInterceptorBase{Next: out}, w.meddler})
}

type meddledCalls struct {
	interceptor.WorkflowOutboundInterceptorBase
	*meddler
}

// AwaitWithOptions implements interceptor.WorkflowOutboundInterceptor.
func (c *meddledCalls) AwaitWithOptions(
	ctx workflow.Context, options workflow.AwaitOptions, condition func() bool,
) (bool, error) {
	if c.hurry.Load() {
		options.Timeout = 500 * time.Millisecond
	}
	return c.Next.AwaitWithOptions(ctx, options, condition)
}

// payoutByHand makes a settlement of a seller and starts its payout.
func (r *rig) payoutByHand(t *testing.T, seller int64, name string) (settlement int64) {
	t.Helper()
	settlement = int64(r.count(t,
		`INSERT INTO settlements (seller_id, amount, payable, fee, period_start, period_end, status, type)
		SELECT $1, 100, 100, 0, start, start + 14, 'COMPLETED', 'MID'
		FROM (SELECT date '2020-01-01' + 31 * count(*)::int AS start FROM settlements WHERE seller_id = $1) d RETURNING id`,
		seller))
	_, err := r.store.CreatePayouts(context.Background(), 0, 10)
	require.NoError(t, err)
	run, err := r.temporal.ExecuteWorkflow(context.Background(), startOptions("payouts-by-hand-"+name),
		workflows.Payouts,
		workflows.PayoutsInput{})
	require.NoError(t, err)
	require.NoError(t, run.Get(context.Background(), nil))
	return settlement
}

// refusedPayout has a payout refused, tried again and given up. It returns the payout's
// workflow.
func (r *rig) refusedPayout(t *testing.T, seller int64) string {
	t.Helper()
	settlement := r.payoutByHand(t, seller, "refused")
	for attempt := 1; attempt <= 2; attempt++ {
		r.eventually(t, attempt, "SELECT count(*) FROM payout_attempts WHERE outcome = 'REFUSED'")
		r.signal(t, settlement, []string{workflows.RetrySignal, workflows.AbandonSignal}[attempt-1])
	}
	return workflows.PayoutWorkflowID(settlement)
}

var identities = regexp.MustCompile(`("identity":\s*)"[^"]*"`)

var payloadData = regexp.MustCompile(`"data":\s*"([A-Za-z0-9+/=]+)"`)

// requireImpersonal fails for a history with a name, a place or an address.
func requireImpersonal(t *testing.T, history string) {
	t.Helper()
	text := history
	for _, m := range payloadData.FindAllStringSubmatch(history, -1) {
		decoded, err := base64.StdEncoding.DecodeString(m[1])
		require.NoError(t, err)
		text += "\n" + string(decoded)
	}
	for _, personal := range []string{
		"김수령", "김구매", "010-9999-8888", "010-1111-2222", "테헤란로", "@example.com", "찌그러", "recipient", "phone",
	} {
		require.NotContains(t, text, personal, "the history holds personal data: %s", personal)
	}
}
