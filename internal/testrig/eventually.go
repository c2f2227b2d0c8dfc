package testrig

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Eventually polls, on the test's own goroutine, until something is so, and fails the test
// when that takes longer than d. So that the condition may assert: require.Eventually runs
// it on a goroutine of its own, where a failed assertion ends the polling and not the test.
func Eventually(tb testing.TB, so func() bool, d, tick time.Duration, what ...any) {
	tb.Helper()
	if !Within(so, d, tick) {
		require.Fail(tb, "it has not come to be so", what...)
	}
}

// Within polls until something is so, and is false when that takes longer than d.
func Within(so func() bool, d, tick time.Duration) bool {
	for end := time.Now().Add(d); !so(); time.Sleep(tick) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}
