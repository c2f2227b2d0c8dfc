package housekeeping

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

var alreadyStarted = serviceerror.NewWorkflowExecutionAlreadyStarted("open", "", "")

// waitingRefunds adds refunds that have waited for a day, and returns the ids of their workflows.
func (h *fixture) waitingRefunds(t *testing.T, n int) (ids []string) {
	t.Helper()
	h.Sell(t, "refunded", h.ProductIDs[0])
	rows, err := h.Pool().Query(t.Context(), `INSERT INTO refunds (buyer_id, payment_id, amount, reason, created_at, updated_at)
		SELECT o.buyer_id, p.id, 1, 'DAMAGED', now() - interval '1 day', now() - interval '1 day'
		FROM payments p JOIN orders o ON o.id = p.order_id, generate_series(1, $1) RETURNING id`, n)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var id int64
		require.NoError(t, rows.Scan(&id))
		ids = append(ids, workflows.RefundWorkflowID(id))
	}
	require.NoError(t, rows.Err())
	require.Len(t, ids, n)
	return ids
}

// anotherWorker returns the Janitor of another worker, with a client of its own.
func (h *fixture) anotherWorker(t *testing.T) (*Janitor, *temporal) {
	t.Helper()
	server := newTemporal()
	k := *h.Janitor
	k.Workflows = engine.NewClient(server, engine.NewAnswers(nil))
	return &k, server
}

func refundsPending(t *testing.T) store.WaitingState {
	t.Helper()
	for _, w := range store.OwnedStates() {
		if w.String() == "refunds PENDING" {
			return w
		}
	}
	t.Fatal("no such state")
	return store.WaitingState{}
}

// A worker is in the middle of a page while another one sweeps, too.
func TestEnsureRunning_TwoWorkers_CheckEachRowOnce(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	ids := h.waitingRefunds(t, 3*maxStarts)
	other, elsewhere := h.anotherWorker(t)
	meanwhile := sync.OnceValue(func() error { return other.EnsureRunning(ctx) })
	h.temporal.meanwhile = func(context.Context, string) { _ = meanwhile() }
	require.NoError(t, h.EnsureRunning(ctx))
	require.NoError(t, meanwhile())
	require.ElementsMatch(t, ids, h.temporal.started)
	require.Zero(t, elsewhere.tried, "the other worker leaves the page to the first one")

	require.NoError(t, other.EnsureRunning(ctx))
	require.Zero(t, elsewhere.tried, "the page was checked a moment ago")
	h.expireClaims(t)
	require.NoError(t, other.EnsureRunning(ctx))
	require.Equal(t, len(ids), elsewhere.tried)
}

// A worker claims a page and is frozen.
func TestEnsureRunning_FrozenWorker_ItsClaimExpires(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	ids := h.waitingRefunds(t, 3)
	w := refundsPending(t)
	frozen, claimed, err := h.ClaimSweep(ctx, w)
	require.NoError(t, err)
	require.True(t, claimed)
	require.NoError(t, h.EnsureRunning(ctx))
	require.Empty(t, h.temporal.started)

	h.expireClaims(t)
	require.NoError(t, h.EnsureRunning(ctx))
	require.ElementsMatch(t, ids, h.temporal.started)

	require.NoError(t, h.MoveSweep(ctx, frozen, 1_000_000, true))
	_, claimed, err = h.ClaimSweep(ctx, w)
	require.NoError(t, err)
	require.False(t, claimed, "the frozen worker does not release the claim of another one")
	h.expireClaims(t)
	again, claimed, err := h.ClaimSweep(ctx, w)
	require.NoError(t, err)
	require.True(t, claimed)
	require.Zero(t, again.Position, "nor does it move the sweep past rows that it has not checked")
}

// In peace a call checks a page; after the loss of Temporal's database it checks all pages.
func TestEnsureRunning_MostlyStopped_ContinuesAtOnce(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	ids := h.waitingRefunds(t, 2*sweepPage+50)
	h.temporal.refuseAll = alreadyStarted
	require.NoError(t, h.EnsureRunning(ctx))
	require.Equal(t, sweepPage, h.temporal.tried)
	for i := range sweepPage / 2 { // half of a page are not most of it
		h.temporal.refuse[ids[sweepPage+i]] = alreadyStarted
	}
	h.temporal.refuseAll = nil
	h.expireClaims(t)
	require.NoError(t, h.EnsureRunning(ctx))
	require.Equal(t, 2*sweepPage, h.temporal.tried, "the next page")

	clear(h.temporal.refuse)
	h.temporal.tried = 0
	h.expireClaims(t)
	require.NoError(t, h.EnsureRunning(ctx))
	require.Equal(t, 50, h.temporal.tried, "the rest of the pass")
	h.temporal.started = nil
	h.expireClaims(t)
	require.NoError(t, h.EnsureRunning(ctx))
	require.ElementsMatch(t, ids, h.temporal.started, "the whole next pass")
}

// One row is stopped by an error that looks like an outage, such as a timeout; then all rows are.
func TestEnsureRunning_Outage_RepeatsThePage(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	ids := h.waitingRefunds(t, sweepPage+1)
	h.temporal.refuseAll = serviceerror.NewUnavailable("away")
	require.ErrorContains(t, h.EnsureRunning(ctx), "away")
	require.Less(t, h.temporal.tried, 3*maxStarts)

	h.temporal.refuseAll = nil
	h.temporal.refuse[ids[1]] = serviceerror.NewDeadlineExceeded("this row alone")
	h.expireClaims(t)
	require.ErrorContains(t, h.EnsureRunning(ctx), "this row alone")
	require.ElementsMatch(t, append(ids[:1:1], ids[2:]...), h.temporal.started)
}

// Buyers wait for payments: the newest are started first.
func TestWaitingRows_Payments_NewestFirst(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	var orders []int64
	for _, key := range []string{"one", "two", "three"} {
		orders = append(orders, h.Place(t, key, h.ProductIDs[0]))
	}
	_, err := h.Pool().Exec(ctx, `INSERT INTO payments (order_id, amount, method, provider, merchant_uid, created_at, updated_at)
		SELECT id, total_amount, 'MOCK', 'MOCK', 'm' || id, now() - interval '1 day', now() - interval '1 day' FROM orders`)
	require.NoError(t, err)
	pending := store.OwnedStates()[0]
	require.Equal(t, "payments PENDING", pending.String())
	var read []int64
	for after := int64(0); ; {
		rows, err := h.WaitingRows(ctx, pending, after, 2)
		require.NoError(t, err)
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			read = append(read, r.ID)
		}
		after = read[len(read)-1]
	}
	require.Equal(t, []int64{orders[2], orders[1], orders[0]}, read)
	n, err := h.CountWaiting(ctx, pending, orders[1])
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}
