package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
)

// TestAlert_NoVerificationEnds_SoundsAfterThirtyHours, and not before there is anything to verify.
func TestAlert_NoVerificationEnds_SoundsAfterThirtyHours(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := testrig.NewShop(t, 1, func() time.Time { return now })
	stale := func() int64 {
		a, err := s.AlertCounts(t.Context())
		require.NoError(t, err)
		details, err := s.AlertDetails(t.Context())
		require.NoError(t, err)
		var shown int64
		for _, d := range details {
			if d.Kind == "VERIFICATION_STALE" {
				shown++
			}
		}
		require.Equal(t, a.VerificationStale, shown)
		return shown
	}
	now = now.Add(40 * time.Hour)
	require.Zero(t, stale(), "nothing has been paid")
	now = now.Add(-40 * time.Hour)
	s.Sell(t, "one", s.ProductIDs[0])
	require.Zero(t, stale())
	now = now.Add(31 * time.Hour)
	require.EqualValues(t, 1, stale())
	_, err := s.Pool().Exec(t.Context(),
		"INSERT INTO verifications (started_at, ended_at, findings, report) VALUES ($1, $1, 0, '[]')", now)
	require.NoError(t, err)
	require.Zero(t, stale())
	now = now.Add(31 * time.Hour)
	require.EqualValues(t, 1, stale())
}
