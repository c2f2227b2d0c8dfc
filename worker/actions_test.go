package worker

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// billedActions counts what Temporal Cloud bills for a history: all markers of a workflow task
// together, and every other action separately.
func billedActions(t *testing.T, file string) (actions int) {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	h, err := client.HistoryFromJSON(f, client.HistoryJSONOptions{})
	require.NoError(t, err)
	marked := false // by the latest workflow task
	for _, e := range h.GetEvents() {
		switch e.GetEventType() { //nolint:exhaustive // the others are not billed
		case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			marked = false
		case enums.EVENT_TYPE_MARKER_RECORDED:
			if !marked {
				actions++
			}
			marked = true
		case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED: // the first attempt is billed when it is scheduled
			actions += int(e.GetActivityTaskStartedEventAttributes().GetAttempt()) - 1
		case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
			enums.EVENT_TYPE_TIMER_STARTED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
			enums.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED, enums.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
			enums.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
			actions++
		}
	}
	return actions
}

// TestActions_OfRecordedHistories has the figures of docs/scale.md.
func TestActions_OfRecordedHistories(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{
		"checkout-placed": 2, "payment-approved": 2, "redirect-confirmed": 8, "refund-approved": 8,
	} {
		require.Equal(t, want, billedActions(t, filepath.Join("testdata/histories", name+".json")), name)
	}
}
