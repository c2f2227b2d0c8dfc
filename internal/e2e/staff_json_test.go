package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// decode reads the data of an answer that has to be a success.
func decode[T any](t *testing.T, a *answer) (data T) {
	t.Helper()
	require.True(t, a.Success, a)
	require.NoError(t, json.Unmarshal(a.Data, &data), a)
	return data
}

type decidedRefund struct {
	RefundID        int64
	Outcome, Status string
	Code, Message   *string
}

// It decides several refunds in one request, and sends it again.
func TestDecideRefunds_SomeCannotBeDecided_OthersAre(t *testing.T) {
	t.Parallel()
	r := start(t)
	product := r.product(t, r.seller(t).id, 10_000_00, 100).ID
	staff := r.staff(t)
	one, _ := r.refundToDecide(t, product, "")
	two, _ := r.refundToDecide(t, product, "")
	denied, _ := r.refundToDecide(t, product, "")
	deny := map[string]any{"refundIds": []int64{denied}, "decision": "DENY"}
	a := staff.post(t, "/admin/refunds/decide", deny)
	require.Equal(t, "400 INVALID_INPUT", statusCode(a))
	require.Contains(t, string(a.raw), `"field":"reason"`)
	deny["reason"] = "worn"
	require.Equal(t, "DECIDED", decode[[]decidedRefund](t, staff.post(t, "/admin/refunds/decide", deny))[0].Outcome)
	require.Equal(t, "worn", r.text(t, "SELECT denied_reason FROM refunds WHERE id = $1", denied))

	approve := map[string]any{"refundIds": []int64{one, denied, two, 999999}, "decision": "APPROVE"}
	for range 2 {
		decided := decode[[]decidedRefund](t, staff.post(t, "/admin/refunds/decide", approve, "Idempotency-Key",
			"once"))
		require.Len(t, decided, 4)
		for i, want := range []string{"SUCCESS", "", "SUCCESS", ""} {
			require.Equal(t, approve["refundIds"].([]int64)[i], decided[i].RefundID)
			require.Equal(t, want, decided[i].Status)
			if want == "" {
				require.Equal(t, "REFUSED", decided[i].Outcome)
				require.Equal(t, "REFUND_NOT_FOUND", *decided[i].Code)
				require.NotEmpty(t, *decided[i].Message)
			} else {
				require.Equal(t, "DECIDED", decided[i].Outcome)
				require.Nil(t, decided[i].Code)
			}
		}
	}
	require.Equal(t, 2, r.count(t, "SELECT count(*) FROM refund_decisions WHERE refund_id = ANY($1) AND applied",
		[]int64{one, two}), "each is decided once")
	for _, bad := range []map[string]any{
		{"refundIds": []int64{}, "decision": "APPROVE"}, {"refundIds": []int64{one, one}, "decision": "APPROVE"},
		{"refundIds": []int64{0}, "decision": "APPROVE"}, {"refundIds": []int64{one}, "decision": "MAYBE"},
	} {
		require.Equal(t, "400 INVALID_INPUT", statusCode(staff.post(t, "/admin/refunds/decide", bad)), bad)
	}
	r.verify(t)
}

// TestDecideRefunds_StaffWithoutLargeRefunds_IsRefusedThose that two admins have to approve.
func TestDecideRefunds_StaffWithoutLargeRefunds_IsRefusedThose(t *testing.T) {
	t.Parallel()
	r := start(t)
	owner := r.staff(t)
	require.Equal(t, 200, owner.put(t, "/admin/refund-policy", refundPolicy(0, 100)).Status)
	refund, _ := r.refundToDecide(t, r.product(t, r.seller(t).id, 10_000_00, 100).ID, "")
	approve := map[string]any{"refundIds": []int64{refund}, "decision": "APPROVE"}
	decided := decode[[]decidedRefund](t, r.member(t, market.StaffSupport).post(t, "/admin/refunds/decide", approve))
	require.Equal(t, "FORBIDDEN", *decided[0].Code)
	decided = decode[[]decidedRefund](t, owner.post(t, "/admin/refunds/decide", approve))
	require.Equal(t, "UNDER_WAY", decided[0].Outcome, "it waits for a second admin")
	require.Equal(t, "PENDING", decided[0].Status)
}

// TestAdminBatches_JSON_AreThoseOfTheConsole begins, follows and cancels batches.
func TestAdminBatches_JSON_AreThoseOfTheConsole(t *testing.T) {
	t.Parallel()
	r := start(t)
	staff := r.staff(t)
	product := r.product(t, r.seller(t).id, 10_000_00, 100).ID
	var refunds []int64
	for range 8 {
		refund, _ := r.refundToDecide(t, product, "")
		refunds = append(refunds, refund)
		require.NoError(t, r.temporal.TerminateWorkflow(t.Context(), workflows.RefundWorkflowID(refund), "",
			"by the test"))
	}
	testrig.Eventually(t, func() bool { // visibility lags behind
		found := staff.get(t, "/admin/workflow-runs?type=RefundApproval&status=Terminated")
		return found.id("total") == 8
	}, 20*time.Second, 200*time.Millisecond)
	body := map[string]any{
		"type": "RefundApproval", "status": "Terminated", "action": "REDRIVE", "perSecond": 20, "reason": "by the test",
	}
	begun := staff.post(t, "/admin/batches", body, "Idempotency-Key", "batch")
	require.Equal(t, 201, begun.Status, begun)
	id := begun.id("batchId")
	require.Equal(t, id, staff.post(t, "/admin/batches", body, "Idempotency-Key", "batch").id("batchId"))
	testrig.Eventually(t, func() bool {
		return staff.get(t, fmt.Sprintf("/admin/batches/%d", id)).field("status") == "DONE"
	}, 30*time.Second, 100*time.Millisecond)
	done := staff.get(t, fmt.Sprintf("/admin/batches/%d", id))
	require.EqualValues(t, 8, done.id("done"), done)
	require.NotNil(t, done.field("endedAt"))
	runs := decode[[]struct {
		WorkflowID string
		Outcome    *string
	}](t, staff.get(t, fmt.Sprintf("/admin/batches/%d/runs", id)))
	require.Len(t, runs, 8)
	for _, run := range runs {
		require.Equal(t, "DONE", *run.Outcome)
	}
	require.EqualValues(t, 1, staff.get(t, "/admin/batches?status=DONE").id("totalElements"))
	for _, refund := range refunds {
		require.Equal(t, "PENDING", r.text(t, "SELECT status FROM refunds WHERE id = $1", refund))
	}

	slow := map[string]any{"type": "RefundApproval", "action": "RETRY", "perSecond": 1, "reason": "slowly"}
	id = staff.post(t, "/admin/batches", slow).id("batchId")
	r.eventually(t, 1, "SELECT least(1, count(outcome)) FROM batch_runs WHERE batch_id = $1", id)
	require.Equal(t, 202, staff.post(t, fmt.Sprintf("/admin/batches/%d/cancel", id), nil).Status)
	r.eventually(t, 1, "SELECT count(*) FROM batches WHERE id = $1 AND status = 'CANCELLED'", id)
	require.Equal(t, 1, r.count(t, `SELECT count(*) FROM audit_log WHERE action = 'BATCH_TO_BE_CANCELLED' AND actor = 'ADMIN'
		AND actor_id = $1 AND subject_id = $2`, staff.id, id))
	require.Equal(t, "404 NOT_FOUND", statusCode(staff.post(t, "/admin/batches/999999/cancel", nil)))

	for field, bad := range map[string]any{
		"type": "Checkout' OR 1=1", "action": "SIGNAL", "perSecond": 51, "reason": " ", "from": "x", "status": "'", "orderId": -1,
	} {
		changed := map[string]any{}
		for name, value := range body {
			changed[name] = value
		}
		changed[field] = bad
		a := staff.post(t, "/admin/batches", changed)
		require.Equal(t, "400 INVALID_INPUT", statusCode(a), field)
		require.Contains(t, string(a.raw), `"field":"`+field+`"`)
	}
	for _, bad := range []string{"", "?type=x", "?type=Payout&status=x", "?type=Payout&from=x",
		"?type=Payout&orderId=x"} {
		require.Equal(t, "400 INVALID_INPUT", statusCode(staff.get(t, "/admin/workflow-runs"+bad)), bad)
	}
}

// It endpoints of a seller and of the marketplace.
func TestAllWebhooks_Staff_PausesResumesAndReplays(t *testing.T) {
	t.Parallel()
	r := start(t)
	staff, seller := r.staff(t), r.seller(t)
	sellers := seller.post(t, "/seller/webhooks", hooks).id("endpointId")
	own := staff.post(t, "/admin/webhooks", hooks).id("endpointId")
	require.EqualValues(t, 2, staff.get(t, "/admin/webhook-endpoints").id("totalElements"))
	for _, id := range []int64{sellers, own} {
		path := fmt.Sprintf("/admin/webhook-endpoints/%d", id)
		for range 2 {
			require.Equal(t, "PAUSED", staff.post(t, path+"/pause", nil).field("status"))
		}
		message := r.count(t, `INSERT INTO webhook_messages (endpoint_id, entry_id, event, happened_at, payload, status)
			VALUES ($1, 0, 'order.paid', now(), '{}', 'DELIVERED') RETURNING id`, id)
		require.EqualValues(t, 1, staff.get(t, path+"/messages?status=DELIVERED").id("totalElements"))
		require.EqualValues(t, 1, staff.get(t, "/admin/webhook-endpoints?status=PAUSED").id("totalElements"))
		replayed := staff.post(t, fmt.Sprintf("%s/messages/%d/replay", path, message), nil)
		require.Equal(t, "PENDING", replayed.field("status"), replayed)
		require.Equal(t, "ACTIVE", staff.post(t, path+"/resume", nil).field("status"))
	}
	require.Equal(t, "404 WEBHOOK_ENDPOINT_NOT_FOUND",
		statusCode(staff.post(t, "/admin/webhook-endpoints/999999/pause", nil)))
	require.Equal(t, "404 WEBHOOK_ENDPOINT_NOT_FOUND",
		statusCode(staff.get(t, fmt.Sprintf("/admin/webhooks/%d", sellers))), "it is a seller's")
}

// TestOverviewAndAlerts_JSON_ShowWhatWaits for staff.
func TestOverviewAndAlerts_JSON_ShowWhatWaits(t *testing.T) {
	t.Parallel()
	r := start(t)
	staff := r.staff(t)
	empty := staff.get(t, "/admin/overview")
	require.Equal(t, 200, empty.Status, empty)
	require.Nil(t, empty.field("oldestRefundAt"))
	refund, order := r.refundToDecide(t, r.product(t, r.seller(t).id, 10_000_00, 100).ID, "")
	_, err := r.store.Pool().Exec(t.Context(),
		"INSERT INTO set_aside (kind, subject_id, problem) VALUES ('EXPIRY', 7, 'it cannot be')")
	require.NoError(t, err)
	require.NoError(t, r.store.RollUp(t.Context(), func([]int64) {}))
	shown := staff.get(t, "/admin/overview")
	require.EqualValues(t, 1, shown.id("orders"), shown)
	require.EqualValues(t, 20_000, shown.id("sales"))
	require.EqualValues(t, 1, shown.id("refundsWaiting"))
	require.NotNil(t, shown.field("oldestRefundAt"))
	require.Contains(t, string(shown.Data), `{"kind":"SET_ASIDE","state":"","count":1}`)
	alerts := decode[struct {
		Alerts  []market.Alert
		Details []struct {
			Kind            market.AlertKind
			Subject, Detail string
		}
	}](t, staff.get(t, "/admin/alerts"))
	require.Contains(t, alerts.Alerts, market.Alert{Kind: market.AlertSetAside, Count: 1})
	require.Equal(t, "it cannot be", alerts.Details[0].Detail)
	require.Equal(t, market.AlertSetAside, alerts.Details[0].Kind)

	timeline := decode[struct {
		Events   []struct{ Kind string }
		Complete bool
	}](t, staff.get(t, fmt.Sprintf("/admin/orders/%d/timeline", order)))
	require.True(t, timeline.Complete)
	var kinds []string
	for _, e := range timeline.Events {
		kinds = append(kinds, e.Kind)
	}
	require.Subset(t, kinds, []string{"ORDERED", "PAYMENT_SUCCESS", "REFUND_PENDING"})
	require.NotZero(t, refund)
	require.Equal(t, 403, r.member(t, market.StaffSupport).get(t, "/admin/overview").Status)
}

// It shows staff what is kept of a seller who has left.
func TestWithdrawnSellerAndStatement_JSON(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, finance := r.seller(t), r.member(t, market.StaffFinance)
	path := fmt.Sprintf("/admin/withdrawn-sellers/%d", seller.id)
	require.Equal(t, "404 SELLER_NOT_FOUND", statusCode(finance.get(t, path)))
	settlement := r.payoutByHand(t, r.seller(t).id, "paid")
	for query, kind := range map[string]string{"": "text/html", "?format=csv": "text/csv", "?format=orders": "text/csv",
		"?format=json": "application/json"} {
		v := visitor{base: r.admin, token: finance.token}.visit(t, http.MethodGet,
			fmt.Sprintf("/admin/settlements/%d/statement%s", settlement, query), nil)
		require.Equal(t, 200, v.status, v.body)
		require.True(t, strings.HasPrefix(v.kind, kind), v.kind)
	}
	require.Equal(t, "404 SETTLEMENT_NOT_FOUND",
		statusCode(finance.get(t, "/admin/settlements/999999/statement")))
	require.NoError(t, r.store.WithdrawSeller(t.Context(), seller.id))
	a := finance.get(t, path)
	require.Equal(t, "store", a.field("storeName"), a)
	require.Equal(t, "404 SELLER_NOT_FOUND", statusCode(finance.get(t, fmt.Sprintf("/admin/sellers/%d", seller.id))))
	require.Equal(t, 200, finance.put(t, fmt.Sprintf("/admin/sellers/%d/payout-account", seller.id),
		map[string]string{"bankCode": "KOOKMIN", "bankAccount": "123-456-7890"}).Status)
	require.Contains(t, string(finance.get(t, path).Data), `"bankAccountEnd":"`)
	require.Nil(t, r.member(t, market.StaffCatalogue).get(t, path).field("account"))
}
