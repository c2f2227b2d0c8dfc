package workflows

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// It pins what other people's money hangs on: what may never end,
// and the three tries that the contract promises.
func TestPolicies(t *testing.T) {
	t.Parallel()
	require.Zero(t, untilDone.RetryPolicy.MaximumAttempts, "for ever")
	require.Zero(t, untilDone.ScheduleToCloseTimeout, "for ever")
	require.Zero(t, gatewayUntilKnown.RetryPolicy.MaximumAttempts)
	require.Equal(t, 24*time.Hour, gatewayUntilKnown.ScheduleToCloseTimeout)
	require.EqualValues(t, 3, optimistic.RetryPolicy.MaximumAttempts)
	require.Equal(t, 100*time.Millisecond, optimistic.RetryPolicy.InitialInterval)
	require.InDelta(t, 2, optimistic.RetryPolicy.BackoffCoefficient, 0)
	require.EqualValues(t, 1, gatewayOnce.RetryPolicy.MaximumAttempts)
	require.Less(t, gatewayOnce.StartToCloseTimeout, RequestTaskTimeout,
		"the fast path must end within its workflow task")
}

// TestOperations_PaymentInTheBrowser_NamesItsLastInquiry as the end of its workflow.
func TestOperations_PaymentInTheBrowser_NamesItsLastInquiry(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	require.Contains(t, string(text),
		fmt.Sprintf("in the browser %.0f minutes", inquiries[len(inquiries)-1].Minutes()))
}
