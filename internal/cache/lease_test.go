package cache

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
)

func TestLease_TwoProcesses_OneHoldsItUntilItStopsRenewing(t *testing.T) {
	t.Parallel()
	r, server := testrig.MemoryRedis(t)
	first, second, other := NewLease(r, "backlog"), NewLease(r, "backlog"), NewLease(r, "another")
	holds := func(l *Lease) bool {
		held, err := l.Hold(t.Context(), time.Minute)
		require.NoError(t, err)
		return held
	}
	require.True(t, holds(first))
	require.False(t, holds(second))
	require.True(t, holds(other))
	server.FastForward(40 * time.Second)
	require.True(t, holds(first), "the holder renews it")
	server.FastForward(40 * time.Second)
	require.False(t, holds(second))
	server.FastForward(30 * time.Second)
	require.True(t, holds(second), "the first one has stopped")
	require.False(t, holds(first))
	server.Close()
	_, err := second.Hold(t.Context(), time.Minute)
	require.Error(t, err)
}
