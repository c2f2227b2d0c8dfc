package e2e

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/workflowservice/v1"
	sdkworker "go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/proto"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/payloads"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/worker"
	"github.com/all-in-market/market/workflows"
)

func payloadKey(id string) string {
	return id + ":" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(id, 32)[:32]))
}

// visitPayloads calls f with the payloads of a history, which it may replace.
func visitPayloads(
	t *testing.T, h *historypb.History, f func([]*commonpb.Payload) ([]*commonpb.Payload, error),
) {
	t.Helper()
	require.NoError(t, proxy.VisitPayloads(t.Context(), h, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, p []*commonpb.Payload) ([]*commonpb.Payload, error) {
			return f(p)
		},
	}))
}

// keysOf returns the ids of the keys that have encrypted the payloads of a history, sorted; "" for what is not
// encrypted.
func keysOf(t *testing.T, h *historypb.History) (ids []string) {
	t.Helper()
	visitPayloads(t, h, func(all []*commonpb.Payload) ([]*commonpb.Payload, error) {
		for _, p := range all {
			ids = append(ids, string(p.GetMetadata()["encryption-key-id"]))
		}
		return all, nil
	})
	slices.Sort(ids)
	return slices.Compact(ids)
}

// requireReplay replays a history as it is, and decrypted.
func requireReplay(t *testing.T, codec *payloads.Codec, h *historypb.History) {
	t.Helper()
	encrypted, err := sdkworker.NewWorkflowReplayerWithOptions(sdkworker.WorkflowReplayerOptions{
		DataConverter: codec.DataConverter(),
	})
	require.NoError(t, err)
	decrypted := sdkworker.NewWorkflowReplayer()
	for _, queue := range worker.Queues() {
		for _, w := range worker.WorkflowsOf(queue) {
			encrypted.RegisterWorkflow(w)
			decrypted.RegisterWorkflow(w)
		}
	}
	require.NoError(t, encrypted.ReplayWorkflowHistory(nil, proto.CloneOf(h)))
	visitPayloads(t, h, codec.Decode)
	require.Equal(t, []string{""}, keysOf(t, h))
	require.NoError(t, decrypted.ReplayWorkflowHistory(nil, h))
}

// It sets TEMPORAL_PAYLOAD_KEYS while a refund is open, and rotates the key
// while others are, before the workers have the new one. New histories hold nothing in clear. What a worker cannot
// decrypt, a decision of an open run or the input of a new one, waits for a worker that can.
func TestPayloadKeys_SetAndRotated_OpenRunsGoOn(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := newRig(t)
	r.cfg.DecisionWait = 2 * time.Second
	deploy := func(roles app.Roles, keys ...string) *child {
		r.cfg.TemporalPayloadKeys = strings.Join(keys, ",")
		c := r.spawn(t, roles, "")
		if roles.API {
			r.api, r.admin = "http://"+c.addrs["api"], "http://"+c.addrs["admin"]
			r.webhooksTo.Store(r.api)
		}
		return c
	}
	history := func(id string) *historypb.History {
		h, err := r.history(id)
		require.NoError(t, err)
		return h
	}
	// started returns the workflows of some types that were started after an instant, once there are so many.
	started := func(after time.Time, types map[string]int) (ids []string) {
		t.Helper()
		testrig.Eventually(t, func() bool { // visibility lags behind
			runs, err := r.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
				Query: fmt.Sprintf("StartTime > '%s'", after.UTC().Format(time.RFC3339Nano)),
			})
			require.NoError(t, err)
			ids = nil
			found := map[string]int{}
			for _, run := range runs.GetExecutions() {
				if name := run.GetType().GetName(); types[name] > 0 {
					ids = append(ids, run.GetExecution().GetWorkflowId())
					found[name]++
				}
			}
			return maps.Equal(found, types)
		}, 30*time.Second, 100*time.Millisecond)
		return ids
	}
	refunded := func(refund int64) {
		t.Helper()
		r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE id = $1 AND status = 'SUCCESS'", refund)
	}
	all, servers := app.Roles{API: true, Admin: true, Worker: true}, app.Roles{API: true, Admin: true}
	first, second := payloadKey("2026"), payloadKey("2027")

	before := deploy(all)
	product := r.product(t, r.seller(t).id, 10_000_00, 100).ID
	early, _ := r.refundToDecide(t, product, "")
	before.kill()

	on := deploy(all, first)
	since := time.Now()
	require.True(t, approve(t, r.staff(t), early).Success)
	refunded(early)
	require.Equal(t, []string{"", "2026"}, keysOf(t, history(workflows.RefundWorkflowID(early))))

	refund, order := r.refundToDecide(t, product, "")
	r.simulator.Set(simulator.Knobs{FailBefore: true})
	staff := r.staff(t)
	require.Equal(t, 202, approve(t, staff, refund).Status)
	var timeline string
	testrig.Eventually(t, func() bool {
		timeline = string(staff.get(t, fmt.Sprintf("/admin/orders/%d/timeline", order)).raw)
		return strings.Contains(timeline, "STEP_TRIED_AGAIN")
	}, 30*time.Second, 100*time.Millisecond)
	require.NotContains(t, timeline, "Encoded failure", "staff reads what has failed")
	d, err := r.temporal.DescribeWorkflow(ctx, workflows.RefundWorkflowID(refund), "")
	require.NoError(t, err)
	for _, a := range d.RawResponse.GetPendingActivities() {
		require.Equal(t, "Encoded failure", a.GetLastFailure().GetMessage())
	}
	r.simulator.Set(simulator.Knobs{})
	refunded(refund)

	// The key is rotated before the workers have it.
	late, lateOrder := r.refundToDecide(t, product, "")
	on.kill()
	behind := deploy(app.Roles{Worker: true}, first)
	deploy(servers, second, first)
	require.Equal(t, 202, approve(t, r.staff(t), late).Status)
	b := r.buyers(t, 1)[0]
	asked, items := r.paidOrder(t, b, line{product, 1})
	rotated, opened := time.Now(), make(chan *answer, 1)
	go func() {
		a, err := b.try(http.MethodPost, refundsOf(asked), pieces(items[0], 1))
		if err != nil {
			t.Error(err)
		}
		opened <- a
	}()
	fails := func(workflowID string) {
		t.Helper()
		testrig.Eventually(t, func() bool {
			return slices.Contains(eventTypes(history(workflowID)), "WorkflowTaskFailed")
		}, 30*time.Second, 100*time.Millisecond)
	}
	fails(workflows.RefundWorkflowID(late))
	fails(started(rotated, map[string]int{"RefundApproval": 1})[0])
	behind.kill()
	deploy(app.Roles{Worker: true}, second, first)
	if a := <-opened; a == nil || a.Status != 201 {
		t.Fatal(a)
	}
	refunded(late)
	require.Equal(t, 1, r.cancellations(t, lateOrder))

	codec, err := payloads.Parse(second + "," + first)
	require.NoError(t, err)
	require.Equal(t, []string{"2026", "2027"}, keysOf(t, history(workflows.RefundWorkflowID(late))))
	requireReplay(t, codec, history(workflows.RefundWorkflowID(early)))
	for _, id := range started(since, map[string]int{"Checkout": 3, "PaymentApproval": 3, "RefundApproval": 3}) {
		h := history(id)
		require.NotContains(t, keysOf(t, h), "", "%s holds something in clear:\n%s", id, h)
		requireReplay(t, codec, h)
	}
	r.settleDown(t)
	r.verify(t)
}
