package uploads

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

func TestEnter_SellerWithManyUploads_WaitsAndIsLimitedAlone(t *testing.T) {
	g := newGates(Limits{AtOnce: 2, PerMinute: 1000})
	var leaves []func()
	for range 2 {
		leave, err := g.enter(t.Context(), 1, smallBody)
		require.NoError(t, err)
		leaves = append(leaves, leave)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error)
	for range queuePerSeller {
		go func() {
			_, err := g.enter(ctx, 1, smallBody)
			waited <- err
		}()
	}
	testrig.Eventually(t, func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.sellers[1].present == 2+queuePerSeller
	}, time.Minute, time.Millisecond, "all of them wait")
	_, err := g.enter(t.Context(), 1, 1)
	require.Equal(t, market.CodeUploadRateLimited, market.CodeOf(err))
	other, err := g.enter(t.Context(), 2, 1)
	require.NoError(t, err, "another seller does not wait")
	other()
	cancel()
	for range queuePerSeller {
		require.ErrorIs(t, <-waited, context.Canceled)
	}
	for _, leave := range leaves {
		leave()
	}
	require.Zero(t, g.sellers[1].present)
	leave, err := g.enter(t.Context(), 1, maxUpload)
	require.NoError(t, err)
	leave()
}

func TestEnter_PeriodUsedUp_NamesTheDelay(t *testing.T) {
	g := newGates(Limits{AtOnce: 2, PerMinute: 3})
	for range 3 {
		leave, err := g.enter(t.Context(), 1, 1)
		require.NoError(t, err)
		leave()
	}
	_, err := g.enter(t.Context(), 1, 1)
	require.Equal(t, market.CodeUploadRateLimited, market.CodeOf(err))
	var refused *market.Error
	require.ErrorAs(t, err, &refused)
	require.InDelta(t, 20, refused.RetryAfter.Seconds(), 1, "one in twenty seconds")
}

func TestEnter_LargeBodies_AreBoundedAndLeaveRoomForSmallOnes(t *testing.T) {
	g := newGates(Limits{AtOnce: 10, PerMinute: 1000})
	var leaves []func()
	for seller := range market.SellerID(largeBodies / maxUpload) {
		leave, err := g.enter(t.Context(), seller, -1)
		require.NoError(t, err)
		leaves = append(leaves, leave)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := g.enter(ctx, 100, smallBody+1)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	leave, err := g.enter(t.Context(), 100, smallBody)
	require.NoError(t, err)
	leave()
	for _, leave := range leaves {
		leave()
	}
	leave, err = g.enter(t.Context(), 100, smallBody+1)
	require.NoError(t, err)
	leave()
}

func TestEnter_OneSellerWithLargeBodies_LeavesRoomForOthers(t *testing.T) {
	g := newGates(Limits{AtOnce: 2, PerMinute: 1000})
	first, err := g.enter(t.Context(), 1, -1)
	require.NoError(t, err)
	defer first()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = g.enter(ctx, 1, maxUpload)
	require.ErrorIs(t, err, context.DeadlineExceeded, "its second one waits")
	other, err := g.enter(t.Context(), 2, maxUpload)
	require.NoError(t, err)
	other()
}
