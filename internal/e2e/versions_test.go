package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/app"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/worker"
	"github.com/all-in-market/market/workflows"
)

const nextBuild = "build-2"

// changer is the next version of the marketplace: each workflow begins with a pause, which no
// history of the version before has. Those that move to a new version ask for theirs first, as
// every change of them must; the others do not, and would fail on a history of the version before.
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
	if pause {
		if err := workflow.Sleep(ctx, time.Millisecond); err != nil {
			return nil, err
		}
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

// TestAChangedWorkflowIsDeployed while a refund waits for an admin, a payout for an operator and
// a payment for its buyer. What waits for people goes on with the new version, what began with the
// old one ends with it, new requests begin with the new one, and then the old one may go.
func TestAChangedWorkflowIsDeployed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t)
	deploy := func(build string, meanwhile func()) *child {
		r.cfg.WorkerBuildID = build
		c := r.spawn(t, app.Roles{API: true, Admin: true, Worker: true}, "")
		r.api, r.admin = "http://"+c.addrs["api"], "http://"+c.addrs["admin"]
		r.webhooksTo.Store(r.api)
		meanwhile()
		promoting, cancel := context.WithTimeout(ctx, 3*time.Minute)
		defer cancel()
		require.NoError(t, worker.Promote(promoting, r.temporal, build))
		return c
	}
	old := deploy("build-1", func() {})
	seller, staff := r.seller(t), r.staff(t)
	product := r.product(t, seller.id, 10_000_00, 100).ID
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{product, 2})
	r.soldOn(t, lastPeriod().End)
	r.simulator.Bank.Set(simulator.BankKnobs{Refuse: true})
	r.closeDay(t, lastPeriod().End)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
	r.simulator.Bank.Set(simulator.BankKnobs{})
	settlement := int64(r.count(t, "SELECT settlement_id FROM payouts"))
	refund, refunded := r.refundToDecide(t, product, "")
	payer := r.buyers(t, 1)[0]
	order, browser, payment := r.openInBrowser(t, payer, product)

	var early int64
	deploy(nextBuild, func() { early, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{product, 1}) })
	fresh, _ := r.paidOrder(t, r.buyers(t, 1)[0], line{product, 1})
	staff.base, payer.base = r.admin, r.api
	require.True(t, approve(t, staff, refund).Success)
	r.signal(t, settlement, workflows.RetrySignal)
	r.portone.Set(portonesim.Faults{NoWebhooks: true}) // the run must not end before the buyer comes back to it
	out := r.portone.Pay(browser, portonesim.Approve)
	payer.post(t, confirmPath(payment), returned(out))

	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	testrig.Eventually(t, func() bool { return r.cancellations(t, refunded) == 1 }, 30*time.Second, 200*time.Millisecond)
	testrig.Eventually(t, func() bool { return r.status(t, order) == market.OrderPaid }, 30*time.Second,
		200*time.Millisecond)
	r.settleDown(t)
	require.Equal(t, []string{"build-1", nextBuild}, r.builds(t, workflows.RefundWorkflowID(refund)))
	require.Equal(t, []string{"build-1", nextBuild}, r.builds(t, workflows.PayoutWorkflowID(settlement)))
	require.Equal(t, []string{"build-1"}, r.builds(t, workflows.PaymentWorkflowID(order)))
	require.Equal(t, []string{nextBuild}, r.builds(t, workflows.PaymentWorkflowID(fresh)))
	require.Equal(t, []string{nextBuild}, r.builds(t, workflows.PaymentWorkflowID(early)),
		"what an API process begins it does itself, before its build is the current one, too")

	versions, err := worker.Versions(ctx, r.temporal)
	require.NoError(t, err)
	require.ElementsMatch(t, []worker.Version{
		{BuildID: "build-1", State: "DRAINING"}, {BuildID: nextBuild, State: "CURRENT"},
	}, versions)
	old.kill()
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{product, 1})
	r.verify(t)
}

// TestABuildWithoutWorkersIsNotPromoted: nothing would be done any more.
func TestABuildWithoutWorkersIsNotPromoted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	require.ErrorContains(t, worker.Promote(ctx, r.temporal, "build-9"), "WORKER_BUILD_ID=build-9")
}
