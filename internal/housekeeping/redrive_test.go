package housekeeping

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/all-in-market/market/internal/store"
)

// redrive returns a Redrive of the house, and what it reports.
func (h *fixture) redrive(perSecond float64) (Redrive, *[]RedriveProgress, *[]int64) {
	progress, failed := new([]RedriveProgress), new([]int64)
	return Redrive{
		Store: h.Shop.Store, Workflows: h.Workflows, PerSecond: perSecond,
		Report: func(p RedriveProgress) { *progress = append(*progress, p) },
		Failed: func(row store.WaitingRow, _ error) { *failed = append(*failed, row.ID) },
	}, progress, failed
}

func TestRedrive_OneBadRow_StartsTheOthersAndReports(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	ids := h.waitingRefunds(t, 100)
	h.temporal.refuse[ids[0]] = errors.New("bad row")
	h.temporal.refuse[ids[1]] = alreadyStarted
	r, progress, failed := h.redrive(1000)
	done, next, err := r.Run(ctx, RedrivePosition{})
	require.NoError(t, err)
	require.Zero(t, next)
	require.Equal(t, RedriveCounts{Done: 100, Started: 98, Failed: 1}, done)
	require.ElementsMatch(t, ids[2:], h.temporal.started)
	require.Len(t, *failed, 1)
	last := (*progress)[len(*progress)-1]
	require.Equal(t, "refunds PENDING", last.Position.State)
	require.Equal(t, done, last.RedriveCounts)
	require.EqualValues(t, 100, last.Total)
	require.Positive(t, last.Elapsed)
}

func TestRedrive_Rate_IsKept(t *testing.T) {
	h := newHouse(t)
	h.waitingRefunds(t, 101)
	r, progress, _ := h.redrive(100)
	began := time.Now()
	_, _, err := r.Run(t.Context(), RedrivePosition{})
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(began), time.Second)
	require.NotEmpty(t, *progress)
}

// A pass is interrupted, and continued from the position that it has returned.
func TestRedrive_Interrupted_ContinuesFromItsPosition(t *testing.T) {
	h := newHouse(t)
	ids := h.waitingRefunds(t, 200)
	ctx, cancel := context.WithCancel(t.Context())
	var starts, stopped atomic.Int32
	h.temporal.meanwhile = func(start context.Context, _ string) {
		if starts.Add(1) == 70 {
			cancel()
		}
		if start.Err() != nil {
			stopped.Add(1)
		}
	}
	r, _, failed := h.redrive(1000)
	done, next, err := r.Run(ctx, RedrivePosition{})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "refunds PENDING", next.State)
	require.Positive(t, next.ID)
	require.GreaterOrEqual(t, done.Done, int64(70-maxStarts))
	require.Less(t, len(h.temporal.started), len(ids))
	require.Empty(t, *failed)
	require.Zero(t, stopped.Load(), "a start that has begun is completed")

	parsed, err := ParseRedrivePosition(next.String())
	require.NoError(t, err)
	require.Equal(t, next, parsed)
	h.temporal.meanwhile = nil
	rest, _, err := r.Run(t.Context(), parsed)
	require.NoError(t, err)
	require.EqualValues(t, len(ids), done.Done+rest.Done)
	require.Subset(t, h.temporal.started, ids)
}

// Temporal is away: the rows that have met the outage are left to the next pass.
func TestRedrive_Outage_StopsBeforeTheRows(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	ids := h.waitingRefunds(t, 100)
	h.temporal.refuseAll = serviceerror.NewUnavailable("away")
	r, _, failed := h.redrive(1000)
	done, next, err := r.Run(ctx, RedrivePosition{})
	require.ErrorContains(t, err, "away")
	require.Zero(t, done)
	require.Equal(t, "refunds PENDING:0", next.String())
	require.Empty(t, *failed)
	h.temporal.refuseAll = nil
	_, _, err = r.Run(ctx, next)
	require.NoError(t, err)
	require.ElementsMatch(t, ids, h.temporal.started)
}

// Workers leave the rows to a pass, whose rate they would exceed.
func TestRedrive_Workers_LeaveTheRowsToIt(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	h.waitingRefunds(t, 40)
	worker, elsewhere := h.anotherWorker(t)
	meanwhile := sync.OnceValue(func() error { return worker.EnsureRunning(ctx) })
	h.temporal.meanwhile = func(context.Context, string) { _ = meanwhile() }
	r, _, _ := h.redrive(1000)
	_, _, err := r.Run(ctx, RedrivePosition{})
	require.NoError(t, err)
	require.NoError(t, meanwhile())
	require.Zero(t, elsewhere.tried)
	h.expireClaims(t)
	require.NoError(t, worker.EnsureRunning(ctx))
	require.Equal(t, 40, elsewhere.tried)
}

func TestParseRedrivePosition_Malformed_IsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"17", "refunds PENDING", "refunds PENDING:", "refunds PENDING:x",
		"refunds PENDING:-1",
		"orders PAID:1", ":1"} {
		_, err := ParseRedrivePosition(text)
		require.ErrorContains(t, err, fmt.Sprintf("%q", text))
	}
}
