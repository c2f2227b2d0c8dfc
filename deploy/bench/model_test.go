package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What is known of a closed network without any computing.
func TestModel(t *testing.T) {
	n := calibrate(2, 20, 50)
	require.InDelta(t, 0.04, n.demand, 1e-9)
	require.InDelta(t, 0.01, n.delay, 1e-9)
	require.InDelta(t, 20, n.throughput(1), 1e-9, "alone nobody queues")
	require.InDelta(t, 50, n.throughput(1000), 0.5, "a crowd keeps all servers busy")
	for buyers := 2; buyers < 100; buyers++ {
		x := n.throughput(buyers)
		require.GreaterOrEqual(t, x+1e-9, n.throughput(buyers-1))
		require.LessOrEqual(t, x, min(50, 20*float64(buyers))+1e-9,
			"no more than the servers do, or than all apart would")
	}
	require.Zero(t, calibrate(1, 50, 50).delay, "what a single buyer reaches already is all there is")
}

// Figures are shown as they are.
func TestPercentileAndCells(t *testing.T) {
	require.Zero(t, percentile(nil, 0.5))
	require.Equal(t, "0.85", cell(0.849))
	require.Equal(t, "12.3", cell(12.34))
	require.Equal(t, "1235", cell(1234.6))
	require.Equal(t, "many", cell("many"))
	require.Equal(t, "PlaceOrder", statementName("-- name: PlaceOrder :many\nWITH x"))
	require.Equal(t, "SELECT 1", statementName("  SELECT\n 1 "))
}
