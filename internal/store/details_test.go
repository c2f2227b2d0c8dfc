package store_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
)

// It explains the statements of lists of staff with a filter by status and
// without: where no sort is needed, an index has the order.
func TestLists_ByStatus_AreReadInTheOrderOfAnIndex(t *testing.T) {
	t.Parallel()
	s := testrig.Store(t, nil)
	for _, table := range []string{"orders", "payments", "refunds", "payouts", "settlements", "sellers", "disputes"} {
		keys := []string{"created_at", "id"}
		if table == "payments" { // inOrderOfCreation
			keys = []string{"id"}
		}
		for _, where := range []string{"true", "status = 'X'"} {
			for _, direction := range []string{"ASC", "DESC"} {
				tx, err := s.Pool().Begin(t.Context())
				require.NoError(t, err)
				_, err = tx.Exec(t.Context(), "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
				require.NoError(t, err)
				query := "SELECT id FROM " + table + " WHERE " + where + " ORDER BY " +
					strings.Join(keys, " "+direction+", ") + " " + direction + " LIMIT 20"
				rows, err := tx.Query(t.Context(), "EXPLAIN "+query)
				require.NoError(t, err)
				lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
				require.NoError(t, err)
				require.NoError(t, tx.Rollback(t.Context()))
				plan := strings.Join(lines, "\n")
				require.NotContains(t, plan, "Sort", query+"\n"+plan)
				require.NotContains(t, plan, "Filter", query+"\n"+plan)
			}
		}
	}
}
