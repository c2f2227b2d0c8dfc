package housekeeping

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// temporal is a server that records what is started. It refuses what a test names, or everything.
type temporal struct {
	*mocks.Client
	refuse    map[string]error
	refuseAll error
	meanwhile func(ctx context.Context, id string) // is called within each start; may be nil

	mu      sync.Mutex
	tried   int
	started []string
}

func newTemporal() *temporal {
	t := &temporal{Client: &mocks.Client{}, refuse: map[string]error{}}
	t.On("ExecuteWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(
		func(ctx context.Context, o client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
			return &mocks.WorkflowRun{}, t.start(ctx, o.ID)
		})
	t.On("ExecuteActivity", mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(
		func(ctx context.Context, o client.StartActivityOptions, _ any, _ ...any) (client.ActivityHandle, error) {
			return nil, t.start(ctx, o.ID)
		})
	return t
}

func (t *temporal) start(ctx context.Context, id string) error {
	if t.meanwhile != nil {
		t.meanwhile(ctx, id)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tried++
	if err := cmp.Or(t.refuse[id], t.refuseAll); err != nil {
		return err
	}
	t.started = append(t.started, id)
	return nil
}

// house is a keeper with a shop to keep.
type fixture struct {
	*testrig.Shop
	*Janitor
	temporal *temporal
	now      time.Time
}

func newHouse(t *testing.T) *fixture {
	t.Helper()
	h := &fixture{temporal: newTemporal(), now: time.Now()}
	h.Shop = testrig.NewShop(t, 1, func() time.Time { return h.now })
	redis, _ := testrig.MemoryRedis(t)
	files, err := images.Open(t.Context(), "file://"+t.TempDir(), "", "")
	require.NoError(t, err)
	h.Janitor = &Janitor{
		Store: h.Shop.Store, Cache: cache.NewReads(redis, testrig.Log(t)), Images: files,
		Workflows: engine.NewClient(h.temporal, engine.NewAnswers(nil)), Log: testrig.Log(t),
		Restarted: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "redriven"}, []string{"state"}),
		Retention: store.Retentions(24 * time.Hour),
	}
	return h
}

// expireClaims lets the claims of sweeps expire.
func (h *fixture) expireClaims(t *testing.T) {
	t.Helper()
	_, err := h.Pool().Exec(t.Context(), "UPDATE stuck_row_sweeps SET claimed_until = now()")
	require.NoError(t, err)
}

func (h *fixture) followUps(t *testing.T) int {
	t.Helper()
	return h.Number(t, "SELECT count(*) FROM follow_ups")
}

// fail places an order and fails it, with a notification to its buyer. Its mails are dropped.
func (h *fixture) fail(t *testing.T, key string) {
	t.Helper()
	require.NoError(t, h.SetOrderStatus(t.Context(), h.Place(t, key, h.ProductIDs[0]), market.OrderFailed, nil))
	_, err := h.Pool().Exec(t.Context(), "DELETE FROM follow_ups WHERE kind = 'MAIL'")
	require.NoError(t, err)
}

// A follow-up without a receiver is deleted without a workflow.
func TestFollowUps_Started_AreDeleted(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	h.fail(t, "one")
	require.Positive(t, h.followUps(t), "the order's notification")
	require.NoError(t, h.startFollowUps(ctx))
	require.Zero(t, h.followUps(t))
	require.Empty(t, h.temporal.started, "there is no receiver of notifications")

	h.NotifiesReceiver = true
	h.fail(t, "two")
	n := h.followUps(t)
	require.NoError(t, h.startFollowUps(ctx))
	require.Len(t, h.temporal.started, n)
	require.Zero(t, h.followUps(t))
}

// It stays, keeps no other, and is due again later.
func TestFollowUps_OneFails_OthersAreStarted(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	h.NotifiesReceiver = true
	h.fail(t, "one")
	h.fail(t, "two")
	var first int64
	require.NoError(t, h.Pool().QueryRow(ctx, "SELECT subject_id FROM follow_ups ORDER BY id LIMIT 1").Scan(&first))
	all := h.followUps(t)
	h.temporal.refuse[workflows.OrderNotificationWorkflowID(first)] = errors.New("no room")
	require.ErrorContains(t, h.startFollowUps(ctx), "no room")
	require.Equal(t, 1, h.followUps(t), "the others are started")
	require.Len(t, h.temporal.started, all-1)

	clear(h.temporal.refuse)
	require.NoError(t, h.startFollowUps(ctx))
	require.Equal(t, 1, h.followUps(t), "another process may be about to start it")
	_, err := h.Pool().Exec(ctx, "UPDATE follow_ups SET claimed_until = NULL")
	require.NoError(t, err)
	require.NoError(t, h.startFollowUps(ctx))
	require.Zero(t, h.followUps(t))

	_, err = h.Pool().Exec(ctx, "ALTER TABLE follow_ups DROP CONSTRAINT IF EXISTS follow_ups_kind_check")
	require.NoError(t, err)
	_, err = h.Pool().Exec(ctx, "INSERT INTO follow_ups (kind, subject_id) VALUES ('FROM_THE_FUTURE', 1)")
	require.NoError(t, err)
	require.ErrorContains(t, h.startFollowUps(ctx), "unknown kind of follow-up")
	require.Equal(t, 1, h.followUps(t), "a newer version will")
}

// Several follow-ups are started at the same time, of which one fails and another one is slow.
func TestStartFollowUps_Chunk_IsStartedConcurrently(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	h.NotifiesReceiver = true
	for i := range maxStarts {
		h.fail(t, fmt.Sprint("order", i))
	}
	n := h.followUps(t)
	require.GreaterOrEqual(t, n, maxStarts)
	var first int64
	require.NoError(t, h.Pool().QueryRow(ctx, "SELECT subject_id FROM follow_ups ORDER BY id LIMIT 1").Scan(&first))
	h.temporal.refuse[workflows.OrderNotificationWorkflowID(first)] = errors.New("no room")
	var arrived atomic.Int32
	all := make(chan struct{})
	h.temporal.meanwhile = func(ctx context.Context, _ string) {
		if arrived.Add(1) == maxStarts {
			close(all)
		}
		select {
		case <-all:
		case <-ctx.Done():
		}
	}
	require.ErrorContains(t, h.startFollowUps(ctx), "no room")
	require.GreaterOrEqual(t, arrived.Load(), int32(maxStarts))
	require.Len(t, h.temporal.started, n-1)
	require.Equal(t, 1, h.followUps(t), "the one that failed")
}

// Temporal is away: the first starts find that out, and the follow-ups stay.
func TestStartFollowUps_Outage_TriesFew(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	h.NotifiesReceiver = true
	h.fail(t, "one")
	_, err := h.Pool().Exec(ctx, `INSERT INTO follow_ups (kind, subject_id)
		SELECT f.kind, f.subject_id FROM follow_ups f, generate_series(1, 100)`)
	require.NoError(t, err)
	n := h.followUps(t)
	h.temporal.refuseAll = serviceerror.NewUnavailable("away")
	require.ErrorContains(t, h.startFollowUps(ctx), "away")
	require.Less(t, h.temporal.tried, 2*maxStarts)
	require.Equal(t, n, h.followUps(t))
}

// The workflow of one row cannot be started; EnsureRunning starts that of the other.
func TestEnsureRunning_ARowThatFails_HoldsUpNoOther(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	var ids []string
	for _, key := range []string{"one", "two"} {
		order := h.Place(t, key, h.ProductIDs[0])
		var buyer int64
		require.NoError(t, h.Pool().QueryRow(ctx, "SELECT buyer_id FROM orders WHERE id = $1", order).Scan(&buyer))
		_, err := h.OpenPayment(ctx, store.PaymentToOpen{
			OrderID: order, BuyerID: market.BuyerID(buyer), Method: market.MethodMock, RunID: "run " + key,
		})
		require.NoError(t, err)
		ids = append(ids, workflows.PaymentWorkflowID(order))
	}
	h.now = h.now.Add(24 * time.Hour)
	h.temporal.refuse[ids[0]] = serviceerror.NewInvalidArgument("it cannot be started")
	require.ErrorContains(t, h.EnsureRunning(ctx), "it cannot be started")
	require.Equal(t, ids[1:], h.temporal.started)

	h.temporal.started = nil
	h.temporal.refuse[ids[0]] = serviceerror.NewUnavailable("away")
	h.temporal.refuse[ids[1]] = serviceerror.NewUnavailable("away")
	h.expireClaims(t)
	require.Error(t, h.EnsureRunning(ctx))
	clear(h.temporal.refuse)
	h.expireClaims(t)
	require.NoError(t, h.EnsureRunning(ctx))
	require.ElementsMatch(t, ids, h.temporal.started, "an outage leaves the rows to the next call")
}

// A row's workflow is left alone while it runs, and started and counted when it does not.
func TestEnsureRunning_StuckRow_IsRestartedAndCounted(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	order := h.Place(t, "one", h.ProductIDs[0])
	var buyer int64
	require.NoError(t, h.Pool().QueryRow(ctx, "SELECT buyer_id FROM orders WHERE id = $1", order).Scan(&buyer))
	_, err := h.OpenPayment(ctx, store.PaymentToOpen{
		OrderID: order, BuyerID: market.BuyerID(buyer), Method: market.MethodMock, RunID: "run",
	})
	require.NoError(t, err)
	require.NoError(t, h.EnsureRunning(ctx))
	require.Empty(t, h.temporal.started, "its workflow has had no time yet")

	h.now = h.now.Add(24 * time.Hour)
	id := workflows.PaymentWorkflowID(order)
	h.temporal.refuse[id] = serviceerror.NewWorkflowExecutionAlreadyStarted("open", "", "")
	h.expireClaims(t)
	require.NoError(t, h.EnsureRunning(ctx))
	require.Zero(t, testutil.CollectAndCount(h.Restarted))

	clear(h.temporal.refuse)
	h.expireClaims(t)
	require.NoError(t, h.EnsureRunning(ctx))
	require.Equal(t, []string{id}, h.temporal.started)
	require.Equal(t, 1, testutil.CollectAndCount(h.Restarted))
	_, err = ensureOwner(ctx, h.Workflows, h.Shop.Store, "CAROUSEL", 1)
	require.ErrorContains(t, err, `unknown owner workflow "CAROUSEL"`)
}

func TestImages_WithoutARow_AreDeleted(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	require.NoError(t, h.AnnounceObject(ctx, "key"))
	require.NoError(t, h.Images.Put(ctx, "key", "image/png", []byte("x")))
	require.NoError(t, h.removeOrphans(ctx))
	require.Equal(t, 1, h.Number(t, "SELECT count(*) FROM image_uploads"))
	h.now = h.now.Add(48 * time.Hour)
	require.NoError(t, h.removeOrphans(ctx))
	require.Zero(t, h.Number(t, "SELECT count(*) FROM image_uploads"))
}

func TestRun_ContextEnds_Returns(t *testing.T) {
	h := newHouse(t)
	h.Sell(t, "one", h.ProductIDs[0])
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { h.Run(ctx); close(ended) }()
	testrig.Eventually(t, func() bool {
		d, err := h.Dashboard(t.Context(), market.SellerID(h.SellerIDs[0]), h.Today())
		return err == nil && d.TotalOrders == 1
	}, 30*time.Second, 50*time.Millisecond)
	cancel()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("it keeps on keeping house")
	}
}

// A service that has gone without a word stops no task for ever.
func TestRun_TaskHangs_IsRetried(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tries := 0
	(&Janitor{Log: testrig.Log(t)}).every(ctx, time.Millisecond, time.Millisecond, "it hangs",
		func(ctx context.Context) error {
			<-ctx.Done()
			if tries++; tries == 3 {
				cancel()
			}
			return ctx.Err()
		})
	require.Equal(t, 3, tries)
}
