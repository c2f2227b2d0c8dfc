package migrations_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/migrations"
)

// It migrates a database of the release before.
func TestUp_AddressesAsTyped_BecomeCanonicalOrAreReported(t *testing.T) {
	url, ctx := testrig.EmptyDatabaseURL(t), context.Background()
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer db.Close()
	old, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files())
	require.NoError(t, err)
	_, err = old.UpTo(ctx, 37)
	require.NoError(t, err)
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, `
		INSERT INTO buyers (id, email, password, name, phone) SELECT id, email, 'x', 'b', '1' FROM (VALUES
			(1, 'Kim@Example.com'), (2, 'lee@bücher.example'), (3, 'park@example.com'), (4, 'jeong@BÜCHER.example'),
			(5, 'jeong@xn--bcher-kva.example'), (6, 'adm' || chr(304) || 'n@example.com'),
			(7, 'no address')) v (id, email);
		INSERT INTO mails (id, kind, role, recipient, account_id) VALUES
			(1, 'EMAIL_VERIFICATION', 'BUYER', 'Kim@Example.com', 1),
			(2, 'PASSWORD_RESET', 'BUYER', 'Kim@Example.com', 1),
			(3, 'PASSWORD_RESET', 'BUYER', 'KIM@example.com', 1);
		INSERT INTO admins (id, email, password, name) VALUES (1, 'Root@Example.com', 'x', 'a')`)
	require.NoError(t, err)
	_, err = migrations.Up(ctx, url)
	require.NoError(t, err)

	require.Equal(t, []string{
		"1 kim@example.com", "2 lee@xn--bcher-kva.example", "3 park@example.com", "4 conflict-4@conflict.invalid",
		"5 jeong@xn--bcher-kva.example", "6 conflict-6@conflict.invalid", "7 conflict-7@conflict.invalid",
	}, texts(t, conn, "SELECT id || ' ' || email FROM buyers ORDER BY id"))
	require.Equal(t, []string{"root@example.com"}, texts(t, conn, "SELECT email FROM admins"))
	require.Equal(t, []string{
		"BUYER 4 jeong@BÜCHER.example jeong@xn--bcher-kva.example", "BUYER 6 admİn@example.com none", "BUYER 7 no address none",
	}, texts(t, conn, `SELECT role || ' ' || account_id || ' ' || email || ' ' || coalesce(canonical, 'none')
		FROM email_conflicts ORDER BY account_id`))

	require.Equal(t, []string{"1 kim@example.com", "2 kim@example.com"},
		texts(t, conn, "SELECT id || ' ' || recipient FROM mails ORDER BY id"))

	_, err = conn.Exec(ctx, "UPDATE buyers SET email = 'Kim.2@Example.com' WHERE id = 1")
	require.NoError(t, err, "the release before writes addresses as they were typed")
	require.Equal(t, []string{"kim.2@example.com"}, texts(t, conn, "SELECT email FROM buyers WHERE id = 1"))
	for _, bad := range []string{"kım@example.com", "kim@example.com ", "kim", "kim@bücher.example"} {
		_, err = conn.Exec(ctx, "UPDATE buyers SET email = $1 WHERE id = 1", bad)
		require.ErrorContains(t, err, "buyers_email_canonical", bad)
	}
}

func texts(t *testing.T, conn *pgx.Conn, query string) []string {
	t.Helper()
	rows, err := conn.Query(context.Background(), query)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return all
}
