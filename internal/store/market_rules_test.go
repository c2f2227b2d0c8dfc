package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// literals returns the different texts in quotes of an SQL text, sorted.
func literals(sql string) []string {
	sql = regexp.MustCompile(`--.*`).ReplaceAllString(sql, "") // comments have apostrophes
	all := regexp.MustCompile(`'[^']*'`).FindAllString(sql, -1)
	for i := range all {
		all[i] = strings.Trim(all[i], "'")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func readFile(t *testing.T, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	require.NoError(t, err)
	return string(content)
}

// The SQL that makes webhook messages, and the rules that verify them, have the events of market.
func TestWebhookEvents_InSQL_AreThoseOfMarket(t *testing.T) {
	t.Parallel()
	want := slices.Sorted(slices.Values(market.WebhookEvents))
	for _, sql := range []string{
		readFile(t, "queries", "webhooks.sql"), readFile(t, "..", "verify", "rules", "shared", "webhook_events.sql"),
	} {
		events := slices.DeleteFunc(literals(sql), func(text string) bool { return !strings.Contains(text, ".") })
		require.Equal(t, want, events)
	}
}

// The queries for refunds that wait for a decision, and the index that they use, have the states of
// market.
func TestUndecidedRefunds_InSQL_AwaitADecision(t *testing.T) {
	t.Parallel()
	var want []string
	for s := range market.RefundStates {
		if s.AwaitsDecision() {
			want = append(want, string(s))
		}
	}
	slices.Sort(want)
	states := regexp.MustCompile(`(?i)status IN (\([^)]*\))`)
	for file, query := range map[string]string{
		"backoffice.sql": "Overview", "refunds.sql": "RemindOfRefund", "settlements.sql": "CountAlerts",
	} {
		_, text, found := strings.Cut(readFile(t, "queries", file), "-- name: "+query+" ")
		require.True(t, found, query)
		text, _, _ = strings.Cut(text, "-- name: ")
		m := states.FindStringSubmatch(text)
		require.NotNil(t, m, query)
		require.Equal(t, want, literals(m[1]), query)
	}
	s := testrig.NewShop(t, 1, nil)
	var index string
	require.NoError(t, s.Pool().QueryRow(t.Context(),
		"SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'refunds_undecided_idx'::regclass").Scan(&index))
	require.Equal(t, want, literals(index))
}
