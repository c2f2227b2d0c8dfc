package worker

import (
	"os"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// TestOperations_WhatDrains_NamesEveryWorkflow with what becomes of its runs.
func TestOperations_WhatDrains_NamesEveryWorkflow(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(text), "**What drains, and when.**")
	documented := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`.+`) \\| (.+?) \\|").FindAllStringSubmatch(table, -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			documented[strings.Trim(name, "`")] = row[2]
		}
		if strings.Contains(row[1], "WebhookDelivery") {
			break // the last row
		}
	}
	registered := map[string]string{}
	for _, queue := range Queues() {
		for _, w := range WorkflowsOf(queue) {
			name := runtime.FuncForPC(reflect.ValueOf(w).Pointer()).Name()
			behavior := "ends with its build"
			if versioning(w).VersioningBehavior == workflow.VersioningBehaviorAutoUpgrade {
				behavior = "moves"
			}
			registered[name[strings.LastIndex(name, ".")+1:]] = behavior
		}
	}
	require.Equal(t, registered, documented)
}

func TestHold_NamedChanges_KeepTheLowestVersion(t *testing.T) {
	t.Parallel()
	require.Nil(t, hold(nil))
	prefer := hold([]string{"a change"})
	require.Nil(t, prefer(worker.PreferredVersionProviderInput{ChangeID: "another", MinSupported: -1, MaxSupported: 1}))
	require.Equal(t, &worker.VersionPreference{Version: 2},
		prefer(worker.PreferredVersionProviderInput{ChangeID: "a change", MinSupported: 2, MaxSupported: 4}))
}
