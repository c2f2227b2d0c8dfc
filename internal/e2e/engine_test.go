package e2e

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
)

// engineCalls counts this process's calls to Temporal, by operation, without those that wait
// for work.
func (r *rig) engineCalls(t *testing.T) map[string]int {
	t.Helper()
	_, body := get(r.metrics + "/metrics")
	calls := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^temporal_(?:long_)?request_total\{.*operation="(\w+)".*\} (\d+)$`).
		FindAllStringSubmatch(body, -1) {
		n, err := strconv.Atoi(m[2])
		require.NoError(t, err)
		calls[m[1]] += n
	}
	return calls
}

// Two workflows, each started and completed by one call. The
// answers come from this process, which has computed them.
func TestPurchase_EngineCalls_AreCounted(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 1_000_00, 100)
	b := r.buyers(t, 1)[0]
	r.paidOrder(t, b, line{p.ID, 1}) // all other activity
	before := r.engineCalls(t)
	const purchases = 20
	for range purchases {
		r.paidOrder(t, b, line{p.ID, 1})
	}
	testrig.Eventually(t, func() bool {
		after := r.engineCalls(t)
		return after["StartWorkflowExecution"] == before["StartWorkflowExecution"]+2*purchases &&
			after["RespondWorkflowTaskCompleted"] == before["RespondWorkflowTaskCompleted"]+2*purchases
	}, 10*time.Second, 100*time.Millisecond)
	require.Equal(t, before["GetWorkflowExecutionHistory"], r.engineCalls(t)["GetWorkflowExecutionHistory"],
		"nobody waits at the server for what is known here")
}
