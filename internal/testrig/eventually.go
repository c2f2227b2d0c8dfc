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
	for end := time.Now().Add(d); !so(); time.Sleep(tick) {
		if time.Now().After(end) {
			require.Fail(tb, "it has not come to be so", what...)
		}
	}
}
