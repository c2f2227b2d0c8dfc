package activities

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// town has some pages of runs, and refuses to operate on the one that is its turn to fail.
type fixture struct {
	pages  int
	listed int
	fails  string // the workflow on whose turn Temporal is away
	done   map[string]int
}

const runsOfAPage = 3

func (r *fixture) ListRuns(_ context.Context, _ string, page []byte) (runs []market.Run, next []byte, err error) {
	n := len(page)
	r.listed++
	for i := range runsOfAPage {
		runs = append(runs, market.Run{WorkflowID: fmt.Sprintf("payment/%d%d", n, i), RunID: "r",
			Type: "PaymentApproval"})
	}
	if n+1 < r.pages {
		next = make([]byte, n+1)
	}
	return runs, next, nil
}

func (r *fixture) Operate(_ context.Context, _ market.Batch, run market.Run) (market.BatchRun, error) {
	if run.WorkflowID == r.fails {
		return market.BatchRun{}, errors.New("Temporal is away")
	}
	r.done[run.WorkflowID]++
	if run.WorkflowID == "payment/00" {
		return market.BatchRun{Run: run, Outcome: market.RunSkipped, Problem: "it has ended"}, nil
	}
	return market.BatchRun{Run: run, Outcome: market.RunDone}, nil
}

// An attempt after a crash resumes the batch: each run is processed, and its outcome stored once;
// runs that began after the list are not included.
func TestOperateOnBatch_Restarted_ResumesAtItsHeartbeat(t *testing.T) {
	t.Parallel()
	ctx, shop := context.Background(), testrig.NewShop(t, 1, time.Now)
	_, err := shop.CreateAdmin(ctx, "batch@example.com", "hash", "Admin")
	require.NoError(t, err)
	b := market.NewBatch{
		Action: market.BatchSignal, Query: "q", Reason: "why", PerSecond: 50, Request: "form",
		AdminID: int64(shop.Number(t, "SELECT max(id) FROM admins")),
	}
	id, err := shop.CreateBatch(ctx, b)
	require.NoError(t, err)
	again, err := shop.CreateBatch(ctx, b)
	require.NoError(t, err)
	require.Equal(t, id, again, "a form that is sent twice begins one")
	require.Equal(t, 1, shop.Number(t, "SELECT count(*) FROM follow_ups WHERE kind = 'BATCH'"))

	runs := &fixture{pages: 3, fails: "payment/11", done: map[string]int{}}
	a := &Activities{Store: shop.Store, Runs: runs}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(a)
	for range 2 { // the second finds it done
		_, err = env.ExecuteActivity(a.ListBatch, id)
		require.NoError(t, err)
	}
	require.Equal(t, 3, runs.listed)
	_, err = env.ExecuteActivity(a.OperateOnBatch, id)
	require.Error(t, err)
	require.Len(t, runs.done, 4)
	runs.fails = ""
	for range 2 {
		done, err := env.ExecuteActivity(a.OperateOnBatch, id)
		require.NoError(t, err)
		var p BatchProgress
		require.NoError(t, done.Get(&p))
		require.Equal(t, BatchProgress{9, 9}, p)
	}
	require.Len(t, runs.done, 9)
	for workflow, n := range runs.done {
		require.Equal(t, 1, n, workflow)
	}
	for range 2 {
		_, err = env.ExecuteActivity(a.EndBatch, EndBatchInput{id, market.BatchDone})
		require.NoError(t, err)
	}
	ended, err := shop.Batch(ctx, id)
	require.NoError(t, err)
	require.Equal(t, market.BatchDone, ended.Status)
	require.Equal(t, [4]int64{9, 8, 1, 0}, [4]int64{ended.Runs, ended.Done, ended.Skipped, ended.Failed})
	told, err := shop.BatchRuns(ctx, id, 2)
	require.NoError(t, err)
	require.Equal(t, "it has ended", told[0].Problem, "those with a problem come first")
}
