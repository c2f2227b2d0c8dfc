package e2e

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/worker"
	"github.com/all-in-market/market/workflows"
)

const nextBuild = "build-2"

// changer is the next version of the marketplace: each workflow begins with a timer, which no history of the version
// before has. Those that move to a new version call GetVersion first, as every change of them must; the others do not,
// and would fail on a history of the version before.
type changer struct {
	interceptor.WorkerInterceptorBase
}

func (*changer) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	return &changed{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

type changed struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (c *changed) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	pause := true
	switch workflow.GetInfo(ctx).WorkflowType.Name {
	case "RefundApproval", "Payout", "ReconciliationBreak", "WebhookDelivery":
		pause = workflow.GetVersion(ctx, "a pause", workflow.DefaultVersion, 1) == 1
	}
	if pause { // beside the workflow, whose updates must be known by the end of its first task
		workflow.Go(ctx, func(ctx workflow.Context) { _ = workflow.Sleep(ctx, time.Millisecond) })
	}
	return c.Next.ExecuteWorkflow(ctx, in)
}

// builds are the versions whose workers have run a workflow's tasks, in their order.
func (r *rig) builds(t *testing.T, workflowID string) (builds []string) {
	t.Helper()
	h, err := r.history(workflowID)
	require.NoError(t, err)
	for _, e := range h.Events {
		build := e.GetWorkflowTaskCompletedEventAttributes().GetDeploymentVersion().GetBuildId()
		if build != "" && (len(builds) == 0 || builds[len(builds)-1] != build) {
			builds = append(builds, build)
		}
	}
	return builds
}

// deploy starts all processes of a build, and has requests go to them.
func (r *rig) deploy(t *testing.T, build string) *child {
	t.Helper()
	r.cfg.WorkerBuildID = build
	c := r.spawn(t, app.Roles{API: true, Admin: true, Worker: true}, "")
	r.api, r.admin = "http://"+c.addrs["api"], "http://"+c.addrs["admin"]
	r.webhooksTo.Store(r.api)
	return c
}

func (r *rig) promote(t *testing.T, build string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	require.NoError(t, worker.Promote(ctx, r.temporal, build))
}

// openRuns are runs that wait: a refund for an admin, a payout for an operator, and a payment for its buyer.
type openRuns struct {
	seller, staff, payer *person
	product              int64
	refund, refunded     int64
	settlement           int64
	order, payment       int64
	browser              portonesim.Window
}

func (r *rig) openRuns(t *testing.T) (o openRuns) {
	t.Helper()
	o.seller, o.staff = r.seller(t), r.staff(t)
	o.product = r.product(t, o.seller.id, 10_000_00, 100).ID
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{o.product, 2})
	r.soldOn(t, lastPeriod().End)
	r.simulator.Bank.Set(simulator.BankKnobs{Refuse: true})
	r.closeDay(t, lastPeriod().End)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
	r.simulator.Bank.Set(simulator.BankKnobs{})
	o.settlement = int64(r.count(t, "SELECT settlement_id FROM payouts"))
	o.refund, o.refunded = r.refundToDecide(t, o.product, "")
	o.payer = r.buyers(t, 1)[0]
	o.order, o.browser, o.payment = r.openInBrowser(t, o.payer, o.product)
	return o
}

// end has each run end: the refund is approved, the payout retried, the payment made.
func (o openRuns) end(t *testing.T, r *rig) {
	t.Helper()
	o.staff.base, o.payer.base = r.admin, r.api
	require.True(t, approve(t, o.staff, o.refund).Success)
	r.signal(t, o.settlement, workflows.RetrySignal)
	r.portone.Set(portonesim.Faults{NoWebhooks: true}) // the run must not end before the buyer comes back to it
	out := r.portone.Pay(o.browser, portonesim.Approve)
	o.payer.post(t, confirmPath(o.payment), returned(out))

	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	testrig.Eventually(t, func() bool { return r.cancellations(t, o.refunded) == 1 }, 30*time.Second,
		200*time.Millisecond)
	testrig.Eventually(t, func() bool { return r.status(t, o.order) == market.OrderPaid }, 30*time.Second,
		200*time.Millisecond)
	r.settleDown(t)
}

// paidWith returns the builds that run the payment of a new order.
func (r *rig) paidWith(t *testing.T, product int64) []string {
	t.Helper()
	order, _ := r.paidOrder(t, r.buyers(t, 1)[0], line{product, 1})
	var builds []string
	testrig.Eventually(t, func() bool { // the payment is answered before the server has recorded its first task
		builds = r.builds(t, workflows.PaymentWorkflowID(order))
		return len(builds) > 0
	}, 10*time.Second, 10*time.Millisecond)
	return builds
}

// TestDeployment_Promoted_OpenRunsMoveOrEnd with a build whose workflows have changed. What waits for people continues
// with the new version, what began with the old one ends with it, and new requests begin with the new one from its
// promotion on.
func TestDeployment_Promoted_OpenRunsMoveOrEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	old := r.deploy(t, "build-1")
	r.promote(t, "build-1")
	o := r.openRuns(t)

	r.deploy(t, nextBuild)
	require.Equal(t, []string{"build-1"}, r.paidWith(t, o.product), "through the API of a build that is not current")
	r.promote(t, nextBuild)
	testrig.Eventually(t, func() bool { return slices.Equal(r.paidWith(t, o.product), []string{nextBuild}) },
		time.Minute, 200*time.Millisecond)
	o.end(t, r)
	require.Equal(t, []string{"build-1", nextBuild}, r.builds(t, workflows.RefundWorkflowID(o.refund)))
	require.Equal(t, []string{"build-1", nextBuild}, r.builds(t, workflows.PayoutWorkflowID(o.settlement)))
	require.Equal(t, []string{"build-1"}, r.builds(t, workflows.PaymentWorkflowID(o.order)))

	versions, err := worker.Versions(context.Background(), r.temporal)
	require.NoError(t, err)
	require.ElementsMatch(t, []worker.Version{
		{BuildID: "build-1", State: "DRAINING"}, {BuildID: nextBuild, State: "CURRENT"},
	}, versions)
	old.kill()
	require.Equal(t, []string{nextBuild}, r.paidWith(t, o.product))
	r.verify(t)
}

// TestDeployment_RolledBack_OpenRunsMoveBack to a build that does not have a change, because the new one holds it.
func TestDeployment_RolledBack_OpenRunsMoveBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deploy(t, "build-1")
	r.promote(t, "build-1")
	r.cfg.WorkerHeldChanges = []string{"a pause"}
	r.deploy(t, nextBuild)
	r.promote(t, nextBuild)
	o := r.openRuns(t)
	r.promote(t, "build-1")
	testrig.Eventually(t, func() bool { return slices.Equal(r.paidWith(t, o.product), []string{"build-1"}) },
		time.Minute, 200*time.Millisecond)
	o.end(t, r)
	require.Equal(t, []string{nextBuild, "build-1"}, r.builds(t, workflows.RefundWorkflowID(o.refund)))
	require.Equal(t, []string{nextBuild, "build-1"}, r.builds(t, workflows.PayoutWorkflowID(o.settlement)))
	require.Equal(t, []string{nextBuild}, r.builds(t, workflows.PaymentWorkflowID(o.order)))
	r.verify(t)
}

// TestDeployment_Ramp_BeginsItsShare of the payments, through the API of either build, until the ramp ends.
func TestDeployment_Ramp_BeginsItsShare(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t)
	r.deploy(t, "build-1")
	r.promote(t, "build-1")
	r.deploy(t, nextBuild)
	product := r.product(t, r.seller(t).id, 10_000_00, 1000).ID
	require.NoError(t, worker.Ramp(ctx, r.temporal, nextBuild, 50))
	versions, err := worker.Versions(ctx, r.temporal)
	require.NoError(t, err)
	require.Contains(t, versions, worker.Version{BuildID: nextBuild, State: "RAMPING", Percentage: 50})
	seen := map[string]bool{}
	testrig.Eventually(t, func() bool {
		seen[r.paidWith(t, product)[0]] = true
		return len(seen) == 2
	}, time.Minute, 10*time.Millisecond)

	testrig.Eventually(t, func() bool { // the server learns of a build's queues one by one, and describes none before
		waiting, err := worker.Backlog(ctx, r.temporal, r.cfg.TemporalNamespace)
		if err != nil {
			return false
		}
		for _, build := range []string{"build-1", nextBuild} {
			for _, queue := range worker.Queues() {
				if _, ok := waiting[worker.Waiting{Queue: queue, BuildID: build}]; !ok {
					return false
				}
			}
		}
		return true
	}, time.Minute, 100*time.Millisecond)

	require.NoError(t, worker.Ramp(ctx, r.temporal, "build-1", 0), "ends the ramp of any build")
	inARow := 0
	testrig.Eventually(t, func() bool {
		if inARow++; !slices.Equal(r.paidWith(t, product), []string{"build-1"}) {
			inARow = 0
		}
		return inARow == 10
	}, time.Minute, 10*time.Millisecond)
	require.Error(t, worker.Ramp(ctx, r.temporal, nextBuild, 101))
}

// Nothing would be done any more.
func TestPromote_BuildWithoutWorkers_Fails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	require.ErrorContains(t, worker.Promote(ctx, r.temporal, "build-9"), "WORKER_BUILD_ID=build-9")
}
