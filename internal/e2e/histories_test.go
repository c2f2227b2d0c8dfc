package e2e

import (
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

var update = flag.Bool("update", false, "write the recorded histories that the replay tests use anew")

// recorded is where the replay tests find histories.
const recorded = "../../worker/testdata/histories"

func (r *rig) history(t *testing.T, workflowID string) *historypb.History {
	t.Helper()
	h := &historypb.History{}
	events := r.temporal.GetWorkflowHistory(context.Background(), workflowID, "", false,
		enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(t, err)
		h.Events = append(h.Events, e)
	}
	return h
}

func eventTypes(h *historypb.History) (names []string) {
	for _, e := range h.Events {
		names = append(names, e.EventType.String())
	}
	return names
}

// TestHistories runs every path of every workflow and looks at what is left in
// Temporal: the number of round trips, no personal data, and, with -update, the
// recordings that the replay tests hold new code against.
func TestHistories(t *testing.T) {
	r := start(t)
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
			require.Equal(t, 201, b.post(t, "/orders", b.order(r.fill(t, b.id, p.ID, 1)), "Idempotency-Key", "placed").Status)
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
				admin.put(t, fmt.Sprintf("/admin/refunds/%d/deny", id), map[string]string{"deniedReason": "late"}).Status)
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
					"SELECT refund_id FROM refund_requests WHERE buyer_id = $1 AND request_key = 'key:again'", b.id).Scan(&id))
			return workflows.RefundWorkflowID(id)
		}, nil},
		{"restock", func(t *testing.T) string {
			t.Helper()
			sold := r.product(t, seller.id, 100_00, 0)
			require.Equal(t, 200, seller.put(t, stockPath(sold.ID), map[string]int{"stock": 1}).Status)
			var id string
			require.Eventually(t, func() bool {
				found, err := r.temporal.ListWorkflow(context.Background(),
					&workflowservice.ListWorkflowExecutionsRequest{
						Namespace: r.cfg.TemporalNamespace, Query: "WorkflowType = 'Restock'",
					})
				if err != nil || len(found.GetExecutions()) == 0 {
					return false
				}
				id = found.GetExecutions()[0].GetExecution().GetWorkflowId()
				return true
			}, 20*time.Second, 100*time.Millisecond)
			return id
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
		{"daily-statistics", func(*testing.T) string { return workflows.DailyStatisticsWorkflowID(lastPeriod().End) }, nil},
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
			require.Eventually(t, func() bool {
				h = r.history(t, id)
				return h.Events[len(h.Events)-1].EventType == enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
			}, 20*time.Second, 50*time.Millisecond)
			if c.shape != nil {
				require.Equal(t, c.shape, eventTypes(h), "an accidental round trip costs every buyer")
			}
			b, err := protojson.MarshalOptions{Indent: "  "}.Marshal(h)
			require.NoError(t, err)
			requireImpersonal(t, string(b))
			if *update {
				require.NoError(t, os.MkdirAll(recorded, 0o755))
				b = identities.ReplaceAll(b, []byte(`$1"recorded"`)) // which process it was says nothing
				require.NoError(t, os.WriteFile(filepath.Join(recorded, c.name+".json"), b, 0o644))
			}
		})
	}

	t.Run("SearchAttributes", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order := r.placeOrder(t, b, p.ID)
		b.post(t, "/payments", payBody(order))
		require.Eventually(t, func() bool {
			return r.countWorkflows(t, fmt.Sprintf("OrderId = '%d' AND BuyerId = '%d'", order, b.id)) == 1
		}, 20*time.Second, 200*time.Millisecond)
	})
}

// refusedPayout makes a settlement of a seller by hand and has its payout refused,
// tried again and given up. It returns the payout's workflow.
func (r *rig) refusedPayout(t *testing.T, seller int64) string {
	t.Helper()
	settlement := int64(r.count(t,
		`INSERT INTO settlements (seller_id, amount, payable, fee, period_start, period_end, status, type)
		VALUES ($1, 100, 100, 0, '2020-01-01', '2020-01-15', 'COMPLETED', 'MID') RETURNING id`, seller))
	_, err := r.store.CreatePayouts(context.Background(), 0, 10)
	require.NoError(t, err)
	run, err := r.temporal.ExecuteWorkflow(context.Background(), startOptions("payouts-by-hand"), workflows.Payouts,
		workflows.PayoutsInput{})
	require.NoError(t, err)
	require.NoError(t, run.Get(context.Background(), nil))
	for attempt := 1; attempt <= 2; attempt++ {
		r.eventually(t, attempt, "SELECT count(*) FROM payout_attempts WHERE outcome = 'REFUSED'")
		r.signal(t, settlement, []string{workflows.RetrySignal, workflows.AbandonSignal}[attempt-1])
	}
	return workflows.PayoutWorkflowID(settlement)
}

var identities = regexp.MustCompile(`("identity":\s*)"[^"]*"`)

var payloadData = regexp.MustCompile(`"data":\s*"([A-Za-z0-9+/=]+)"`)

// requireImpersonal fails for a history that names, places or addresses anybody.
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
