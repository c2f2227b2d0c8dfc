package auth

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestParseEnd_EachValue_IsReadOrFails(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_700_000_000_123)
	for cached, want := range map[string]market.SessionEnd{
		"0 0 0 ":                             {},
		"3 1700000000123 0 ":                 {Version: 3, All: at},
		"4 1700000000123 1700000000123 FAM1": {Version: 4, All: at, Others: at, Kept: "FAM1"},
	} {
		end, err := parseEnd(cached)
		require.NoError(t, err, cached)
		require.Equal(t, want, end, cached)
	}
	for _, cached := range []string{" ", "1", "1 2", "1 2 ", "1 x 3 FAM1", "x 2 3 FAM1"} {
		_, err := parseEnd(cached)
		require.ErrorContains(t, err, "cached session end", cached)
	}
}
