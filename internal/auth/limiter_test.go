package auth

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
)

// TestConfirmationsAreBounded for each payment by itself, and only for a while.
func TestConfirmationsAreBounded(t *testing.T) {
	t.Parallel()
	r, server := testrig.MemoryRedis(t)
	l := NewLimiter(r)
	for range confirmationsOfPayment.most {
		require.True(t, l.MayConfirm(t.Context(), 1))
	}
	require.False(t, l.MayConfirm(t.Context(), 1))
	require.True(t, l.MayConfirm(t.Context(), 2))
	server.FastForward(confirmationsOfPayment.window)
	require.True(t, l.MayConfirm(t.Context(), 1))
	server.FastForward(time.Second)
	require.True(t, l.MayConfirm(t.Context(), 1))
}
