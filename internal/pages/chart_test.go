package pages

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The highest bar fills the chart, small ones are visible, and a day with more refunds than sales has
// none.
func TestChart_Bars_AreInProportion(t *testing.T) {
	t.Parallel()
	require.Equal(t, []int64{100, 50, 1, 0, 0}, heights([]Bar{
		{Value: 999_999_999_999_00}, {Value: 499_999_999_999_50}, {Value: 1}, {}, {Value: -5},
	}))
	require.Equal(t, []int64{0, 0}, heights(make([]Bar, 2)))
}
