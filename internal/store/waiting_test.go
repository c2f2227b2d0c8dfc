package store_test

import (
	"context"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// It holds the lists of states against the schema: a state that
// a column may have either waits for something that moves it on, or is final.
func TestWaitingStates_EachState_IsListed(t *testing.T) {
	ctx := context.Background()
	s := testrig.Store(t, nil)
	rows, err := s.Pool().Query(ctx, `SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
		WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND pg_get_constraintdef(oid) ~ '\(\((status|state)\)::text = ANY'`)
	require.NoError(t, err)
	defer rows.Close()
	value := regexp.MustCompile(`'([A-Z_]+)'::character varying`)
	schema := map[string][]string{}
	for rows.Next() {
		var table, definition string
		require.NoError(t, rows.Scan(&table, &definition))
		for _, m := range value.FindAllStringSubmatch(definition, -1) {
			if !slices.Contains(schema[table], m[1]) {
				schema[table] = append(schema[table], m[1])
			}
		}
	}
	require.NoError(t, rows.Err())
	require.Greater(t, len(schema), 6)

	known := map[string][]string{}
	for _, w := range store.WaitingStates {
		require.NotEmpty(t, w.For, w)
		if w.State != "" {
			known[w.Table] = append(known[w.Table], w.State)
		}
	}
	for table, states := range store.FinalStates {
		known[table] = append(known[table], states...)
	}
	for table := range known {
		slices.Sort(known[table])
		slices.Sort(schema[table])
		require.Equal(t, schema[table], slices.Compact(known[table]), "the states of %s", table)
	}
	for table := range schema {
		require.Contains(t, known, table, "a table with states that nobody has thought of")
	}
}

// It runs every state's query.
func TestWaitingStates_Rows_AreRead(t *testing.T) {
	ctx := context.Background()
	s := testrig.NewShop(t, 1, nil)
	for _, w := range store.WaitingStates {
		if w.Owner != "" {
			rows, err := s.WaitingRows(ctx, w, 0, 10)
			require.NoError(t, err, w)
			require.Empty(t, rows)
		}
	}
	_, err := s.Pool().Exec(ctx, "DELETE FROM follow_ups") // of the seller's notifications
	require.NoError(t, err)
	late, err := s.LateRows(ctx)
	require.NoError(t, err)
	for state, n := range late {
		require.Zero(t, n, state)
	}
	later := s.At(time.Now().Add(100 * time.Hour))
	_, err = s.Pool().Exec(ctx, "INSERT INTO follow_ups (kind, subject_id) VALUES ('RESTOCK', 1)")
	require.NoError(t, err)
	late, err = later.LateRows(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, late["follow_ups"])
}
