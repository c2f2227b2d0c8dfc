package testrig

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// minTimeout is the minimum time that a test waits for a condition. It only decides how long a
// test takes that fails: no test asserts time, and a loaded machine is slow.
const minTimeout = 3 * time.Minute

// Eventually polls, on the test's own goroutine, until so returns true, and fails the test when that takes
// longer than d, or longer than patience if d is shorter. So that the condition may assert:
// require.Eventually runs it on a goroutine of its own, where a failed assertion ends the polling and not
// the test.
func Eventually(tb testing.TB, so func() bool, d, tick time.Duration, what ...any) {
	tb.Helper()
	if !Within(so, max(d, minTimeout), tick) {
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
