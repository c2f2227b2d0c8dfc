package e2e

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	grpccodes "google.golang.org/grpc/codes"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/worker"
	"github.com/all-in-market/market/workflows"
)

// documentedCalls returns the calls to Temporal that docs/security.md lists for a role.
func documentedCalls(t *testing.T, role string) (calls []string) {
	t.Helper()
	document, err := os.ReadFile("../../docs/security.md")
	require.NoError(t, err)
	row := regexp.MustCompile(`(?m)^\| ` + role + ` \|[^|]*\|(.*)\|$`).FindSubmatch(document)
	require.NotNil(t, row, role)
	for _, m := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(string(row[1]), -1) {
		calls = append(calls, m[1])
	}
	return calls
}

// TestTemporalRoles_DocumentedCalls_Suffice has each role behind a frontend that refuses every call that
// docs/security.md does not list for it.
func TestTemporalRoles_DocumentedCalls_Suffice(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	frontend := func(role string) *testrig.Frontend {
		calls := documentedCalls(t, role)
		return testrig.NewFrontend(t, grpccodes.PermissionDenied,
			func(method string) bool { return slices.Contains(calls, method) })
	}
	deployer, runtime := frontend("deployer"), frontend("runtime")
	r := newRig(t)
	r.frontend.Redirect(runtime.Addr())
	r.cfg.WorkerBuildID = "build-1"
	r.serveAll(t)

	deploying := r.cfg
	deploying.TemporalAddress = deployer.Addr()
	require.NoError(t, app.WithTemporal(deploying, func(c client.Client) error {
		require.NoError(t, worker.EnsureNamespace(ctx, c, deploying.TemporalNamespace))
		require.NoError(t, worker.EnsureSchedules(ctx, c))
		promoting, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		require.NoError(t, worker.Ramp(promoting, c, r.cfg.WorkerBuildID, 10))
		require.NoError(t, worker.Promote(promoting, c, r.cfg.WorkerBuildID))
		_, err := worker.Versions(ctx, c)
		return err
	}))
	require.Subset(t, []string{"ListSearchAttributes"}, deployer.Refused(), "the namespace is complete")

	product := r.product(t, r.seller(t).id, 10_000_00, 100).ID
	refund, refunded := r.refundToDecide(t, product, "")
	require.True(t, approve(t, r.staff(t), refund).Success)
	require.Equal(t, 1, r.cancellations(t, refunded))
	r.portone.Set(portonesim.Faults{NoWebhooks: true})
	order, window, payment := r.openInBrowser(t, r.buyers(t, 1)[0], product)
	r.buyerOf(t, order).post(t, confirmPath(payment), returned(r.portone.Pay(window, portonesim.Approve)))
	r.eventuallyPaid(t, order)
	order, window, _ = r.openInBrowser(t, r.buyers(t, 1)[0], product)
	require.Empty(t, r.portone.Pay(window, portonesim.Approve).Code)
	require.Equal(t, map[string]int{"DONE": 1}, r.operate(t, market.BatchSignal, "PaymentApproval", "Running", 1))
	r.eventuallyPaid(t, order)
	terminated, _ := r.refundToDecide(t, product, "")
	require.NoError(t, r.temporal.TerminateWorkflow(ctx, workflows.RefundWorkflowID(terminated), "", "by the test"))
	require.Equal(t, map[string]int{"DONE": 1}, r.operate(t, market.BatchRedrive, "RefundApproval", "Terminated", 1))
	require.True(t, approve(t, r.staff(t), terminated).Success)
	require.Equal(t, 200, r.staff(t).get(t, fmt.Sprintf("/admin/orders/%d/timeline", order)).Status)
	r.settleDown(t)
	for _, watched := range []string{"DescribeSchedule", "DescribeWorkerDeploymentVersion"} { // every half minute
		testrig.Eventually(t, func() bool {
			return runtime.Called(watched)
		}, time.Minute, 100*time.Millisecond, watched)
	}
	require.Empty(t, runtime.Refused())
	r.verify(t)
}
