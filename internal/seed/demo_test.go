package seed_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/all-in-market/market/internal/seed"
	"github.com/all-in-market/market/internal/testrig"
)

// The second time nothing is added, and the books agree.
func TestDemo_Twice_AddsNothing(t *testing.T) {
	s := testrig.Store(t, nil)
	rows := func() map[string]int {
		counts := map[string]int{}
		for _, table := range []string{"sellers", "buyers", "admins", "products", "orders", "payments",
			"ledger_entries"} {
			var n int
			require.NoError(t, s.Pool().QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
			counts[table] = n
		}
		return counts
	}
	require.NoError(t, seed.Demo(t.Context(), s, bcrypt.MinCost))
	first := rows()
	for table, n := range first {
		require.Positive(t, n, table)
	}
	require.NoError(t, seed.Demo(t.Context(), s, bcrypt.MinCost))
	require.Equal(t, first, rows())
	require.NoError(t, s.RollUp(t.Context(), func([]int64) {}))
	findings, err := s.Verify(t.Context(), func(string) {})
	require.NoError(t, err)
	require.Empty(t, findings)
}
