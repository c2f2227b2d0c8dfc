package seed_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/seed"
	"github.com/all-in-market/market/internal/testrig"
)

// The second time nothing is added, and the books agree.
func TestDemo_Twice_AddsNothing(t *testing.T) {
	s := testrig.Store(t, nil)
	rows := func() map[string]int {
		counts := map[string]int{}
		for _, table := range []string{"sellers", "buyers", "admins", "products", "orders", "payments",
			"ledger_entries", "product_image"} {
			var n int
			require.NoError(t, s.Pool().QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
			counts[table] = n
		}
		return counts
	}
	folder := t.TempDir()
	objects, err := images.Open(t.Context(), "file://"+folder, "", "")
	require.NoError(t, err)
	t.Cleanup(func() { _ = objects.Close() })
	require.NoError(t, seed.Demo(t.Context(), s, objects, bcrypt.MinCost))
	var bare, days int
	require.NoError(t, s.Pool().QueryRow(t.Context(), `SELECT count(*) FROM products p
		WHERE NOT EXISTS (SELECT FROM product_image i WHERE i.product_id = p.id AND i.representative)`).Scan(&bare))
	require.Zero(t, bare, "products without a picture")
	require.NoError(t, s.Pool().QueryRow(t.Context(), "SELECT count(DISTINCT business_day) FROM ledger_transactions").Scan(
		&days))
	require.GreaterOrEqual(t, days, 13, "days with sales")
	first := rows()
	for table, n := range first {
		require.Positive(t, n, table)
	}
	require.NoError(t, seed.Demo(t.Context(), s, objects, bcrypt.MinCost))
	require.Equal(t, first, rows())
	require.NoError(t, s.RollUp(t.Context(), func([]int64) {}))
	findings, err := s.Verify(t.Context(), func(string) {})
	require.NoError(t, err)
	require.Empty(t, findings)
}

// The pictures are small enough for a repository, and name their source.
func TestDemoPictures_Each_IsSmall(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("pictures/*.webp")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 10)
	for _, name := range files {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Less(t, info.Size(), int64(30<<10), name)
	}
	licence, err := os.ReadFile("pictures/LICENSE")
	require.NoError(t, err)
	require.Contains(t, string(licence), "@lobehub/fluent-emoji-3d")
}
