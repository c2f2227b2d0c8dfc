package gateway

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each refund of a charge has a key of its own.
func TestCancelled(t *testing.T) {
	t.Parallel()
	require.Equal(t, "imp_1:7", CancelKey("imp_1", 7))
	c := Charge{Cancellations: []Cancellation{
		{Key: CancelKey("imp_1", 7), Amount: 100}, {Key: CancelKey("imp_1", 77), Amount: 200},
	}}
	amount, done := c.Cancelled(CancelKey("imp_1", 77))
	require.True(t, done)
	require.EqualValues(t, 200, amount)
	_, done = c.Cancelled(CancelKey("imp_1", 70))
	require.False(t, done)
	_, done = Charge{}.Cancelled("")
	require.False(t, done)
}
