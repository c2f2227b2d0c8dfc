package web

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBudgets_OneNetworkOrEventFloods_OthersAreRecorded(t *testing.T) {
	t.Parallel()
	var b budgets
	allowed := 0
	for range 1000 {
		if b.allow("LOGIN_FAILED", "192.0.2.1") {
			allowed++
		}
	}
	require.InDelta(t, ofOneBurst, allowed, 3)
	require.True(t, b.allow("LOGIN_FAILED", "192.0.2.2"), "another network")
	require.False(t, b.allow("LOGIN_FAILED", "::ffff:192.0.2.1"), "the same one")
	require.True(t, b.allow("CROSS_ORIGIN_REFUSED", "192.0.2.1"), "another event")
	for i := range 2 * eventBurst {
		b.allow("LOGIN_FAILED", fmt.Sprintf("2001:db8:%x::1", i))
	}
	require.False(t, b.allow("LOGIN_FAILED", "192.0.2.3"), "an event has a budget of its own")
	require.True(t, b.allow("CROSS_ORIGIN_REFUSED", "192.0.2.3"))
}
