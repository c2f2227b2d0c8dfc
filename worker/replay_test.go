package worker

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	sdkworker "go.temporal.io/sdk/worker"
)

// It holds the workflows against recorded histories of each of their
// paths. A failure means that runs which are open during a deploy would break:
// keep the old path with workflow.GetVersion. Recordings are made by
//
//	go test ./internal/e2e -run TestHistories -update
func TestReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 40)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			r := sdkworker.NewWorkflowReplayer()
			for _, queue := range Queues() {
				for _, workflow := range WorkflowsOf(queue) {
					r.RegisterWorkflow(workflow)
				}
			}
			require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
}
