package workflows_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"github.com/all-in-market/market/workflows"
)

// TestReplay holds the workflows against recorded histories of each of their
// paths. A failure means that runs which are open during a deploy would break:
// keep the old path with workflow.GetVersion. Recordings are made by
//
//	go test ./internal/e2e -run TestHistories -update
func TestReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 21)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			r := worker.NewWorkflowReplayer()
			r.RegisterWorkflow(workflows.Checkout)
			r.RegisterWorkflow(workflows.PaymentApproval)
			r.RegisterWorkflow(workflows.RefundApproval)
			r.RegisterWorkflow(workflows.OrderExpiry)
			r.RegisterWorkflow(workflows.Restock)
			r.RegisterWorkflow(workflows.OrderNotification)
			r.RegisterWorkflow(workflows.DayClose)
			r.RegisterWorkflow(workflows.DashboardReset)
			r.RegisterWorkflow(workflows.DailyStatistics)
			r.RegisterWorkflow(workflows.Settlement)
			r.RegisterWorkflow(workflows.Payouts)
			r.RegisterWorkflow(workflows.Payout)
			require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
}
