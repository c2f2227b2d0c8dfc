package workflows_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	marketworker "github.com/all-in-market/market/worker"
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
			for _, queue := range marketworker.Queues() {
				for _, workflow := range marketworker.WorkflowsOf(queue) {
					r.RegisterWorkflow(workflow)
				}
			}
			require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
}
