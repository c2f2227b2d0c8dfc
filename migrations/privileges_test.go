package migrations_test

import (
	"context"
	"os"
	"regexp"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/migrations"
)

var marketRoles = []string{"market_api", "market_admin", "market_worker", "market_read"}

// as connects as a member of a role.
func as(t *testing.T, database, role string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), testrig.As(t, database, role))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// Every table has its privileges.
func TestPrivileges_EachTable_IsListed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, testrig.DatabaseURL(t))
	require.NoError(t, err)
	defer pool.Close()
	rows, err := pool.Query(ctx, `SELECT c.relname FROM pg_class c
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
			AND c.relname NOT LIKE 'goose%' ORDER BY 1`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Greater(t, len(tables), 50)
	list, err := os.ReadFile("privileges.sql")
	require.NoError(t, err)
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^ +\('(\w+)', +'`).FindAllStringSubmatch(string(list), -1) {
		listed = append(listed, m[1])
	}
	require.Equal(t, tables, listed)
}

// The roles have no privilege to change append-only tables, and a trigger refuses the owner.
func TestPrivileges_AppendOnlyTables_CannotBeChanged(t *testing.T) {
	t.Parallel()
	ctx, database := context.Background(), testrig.DatabaseURL(t)
	owner, err := pgxpool.New(ctx, database)
	require.NoError(t, err)
	defer owner.Close()
	for _, role := range marketRoles {
		pool := as(t, database, role)
		for _, table := range []string{"ledger_entries", "stock_movements", "audit_log", "audit_chain"} {
			for _, statement := range []string{
				"UPDATE " + table + " SET " + map[bool]string{true: "hash = ''", false: "id = 1"}[table == "audit_chain"],
				"DELETE FROM " + table, "TRUNCATE " + table + " CASCADE",
				"ALTER TABLE " + table + " DISABLE TRIGGER ALL", "DROP TABLE " + table,
			} {
				_, err := pool.Exec(ctx, statement)
				require.ErrorContains(t, err, "SQLSTATE 42501", "%s: %s", role, statement)
			}
			_, err := owner.Exec(ctx, "DELETE FROM "+table)
			require.ErrorContains(t, err, "append-only", table)
		}
		for _, statement := range []string{
			"CREATE TABLE x (id int)", "ALTER TABLE orders ADD COLUMN x int",
			"INSERT INTO audit_chain (position, entry_id, hash) VALUES (1, 1, '')", "INSERT INTO admins (id) VALUES (1)",
			"SELECT setval(pg_get_serial_sequence('orders', 'id'), 1)", "DELETE FROM orders", "DELETE FROM payments",
		} {
			_, err := pool.Exec(ctx, statement)
			require.ErrorContains(t, err, "SQLSTATE 42501", "%s: %s", role, statement)
		}
	}
}

// It holds the role of the public API against what only the admin API
// writes, and both against entries of actors for whom they do not speak.
func TestPublicAPI_MayNotDoWhatStaffDoes(t *testing.T) {
	t.Parallel()
	ctx, database := context.Background(), testrig.DatabaseURL(t)
	api, staff := as(t, database, "market_api"), as(t, database, "market_admin")
	for _, statement := range []string{
		"UPDATE admins SET password = 'x'", "DELETE FROM admin_second_factors",
		"INSERT INTO refund_policies DEFAULT VALUES", "INSERT INTO unpaid_limits DEFAULT VALUES",
		"UPDATE sellers SET bank_account = 'x'", "UPDATE sellers SET bank_account_sealed = ''",
		"UPDATE sellers SET payouts_paused_until = NULL", "UPDATE sellers SET status = 'APPROVED'",
		"UPDATE buyers SET locked_at = NULL, locked_reason = NULL", "UPDATE payout_attempts SET bank_account = 'x'",
		"INSERT INTO refund_decision_reasons DEFAULT VALUES", "UPDATE reconciliation_breaks SET status = 'ACCEPTED'",
		"DELETE FROM audit_words", "DELETE FROM audit_addresses",
		"INSERT INTO access_log (actor, actor_id, action) VALUES ('ADMIN', 1, 'LOGIN')",
		"UPDATE mails SET recipient = 'thief@example.com'", "UPDATE mails SET account_id = 1",
		"INSERT INTO mails (kind, role, recipient, account_id) VALUES ('STAFF_INVITATION', 'ADMIN', 'thief@example.com', 1)",
		`INSERT INTO proposals (kind, change, proposer, proposer_id, expires_at)
			VALUES ('STAFF_ACCOUNT', '{"email": "thief@example.com", "role": "OWNER"}', 'ADMIN', 1, now())`,
	} {
		_, err := api.Exec(ctx, statement)
		require.ErrorContains(t, err, "SQLSTATE 42501", statement)
	}
	for actor, may := range map[string]struct{ api, staff bool }{
		"BUYER": {api: true}, "SELLER": {api: true}, "ADMIN": {staff: true}, "OPERATOR": {},
		"ANONYMOUS": {true, true}, "SYSTEM": {true, true},
	} {
		const entry = "INSERT INTO audit_log (actor, actor_id, action) VALUES ($1, 1, 'TRIED')"
		for name, by := range map[string]struct {
			pool *pgxpool.Pool
			may  bool
		}{"api": {api, may.api}, "staff": {staff, may.staff}} {
			_, err := by.pool.Exec(ctx, entry, actor)
			if by.may {
				require.NoError(t, err, "%s as %s", name, actor)
			} else {
				require.ErrorContains(t, err, "SQLSTATE 42501", "%s as %s", name, actor)
			}
		}
	}
}

// Every role, including the owner of the schema, is refused a change of a stored proposal.
func TestProposals_StoredOnce_ChangeInNothingButTheirEnd(t *testing.T) {
	t.Parallel()
	ctx, database := context.Background(), testrig.DatabaseURL(t)
	owner, err := pgxpool.New(ctx, database)
	require.NoError(t, err)
	defer owner.Close()
	_, err = owner.Exec(ctx, `INSERT INTO admins (id, email, password, name) VALUES (1, 'a@example.com', 'x', 'a'), (2, 'b@example.com', 'x', 'b');
		INSERT INTO refund_policies (auto_approve_below, remind_after_hours, escalate_after_hours, change_of_mind_by, wrong_item_by,
			damaged_by, four_eyes) VALUES (0, 1, 2, 'BUYER', 'SELLER', 'SELLER', true);
		INSERT INTO proposals (id, kind, change, proposer, proposer_id, expires_at) VALUES (901, 'REFUND_POLICY',
			'{"autoApproveBelow": 5, "secondApprovalFrom": null, "remindAfterHours": 1, "escalateAfterHours": 2,
			"fourEyes": true, "shippingBorneBy": {"CHANGE_OF_MIND": "BUYER", "WRONG_ITEM": "SELLER", "DAMAGED": "SELLER"}}', 'ADMIN', 1, now() + interval '1 day')`)
	require.NoError(t, err)
	api, staff := as(t, database, "market_api"), as(t, database, "market_admin")
	const swap = `UPDATE proposals SET change = change || '{"autoApproveBelow": 99999999, "fourEyes": false}'`
	const pretend = `UPDATE proposals SET before = '{"autoApproveBelow": 5}'`
	for _, pool := range []*pgxpool.Pool{api, staff, owner} {
		for _, statement := range []string{swap, pretend} {
			_, err := pool.Exec(ctx, statement)
			require.Error(t, err, statement)
		}
	}
	const approve = "UPDATE proposals SET status = 'APPROVED', decided_by = 2, ended_at = now(), reason = NULL"
	_, err = api.Exec(ctx, approve)
	require.ErrorContains(t, err, "SQLSTATE 42501")
	_, err = staff.Exec(ctx, `INSERT INTO proposals (kind, change, proposer, proposer_id, decided_by, status, expires_at, ended_at)
		VALUES ('REFUND_POLICY', '{}', 'ADMIN', 1, 2, 'APPROVED', now(), now())`)
	require.ErrorContains(t, err, "PENDING")

	const policy = `INSERT INTO refund_policies (auto_approve_below, remind_after_hours, escalate_after_hours, change_of_mind_by,
		wrong_item_by, damaged_by, four_eyes, proposal_id) VALUES ($1, 1, 2, 'BUYER', 'SELLER', 'SELLER', true, 901)`
	_, err = staff.Exec(ctx, policy, 5)
	require.ErrorContains(t, err, "four eyes", "nothing is approved yet")
	_, err = staff.Exec(ctx, approve)
	require.NoError(t, err)
	_, err = staff.Exec(ctx, policy, 6)
	require.ErrorContains(t, err, "four eyes", "another policy than the one that was approved")
	_, err = staff.Exec(ctx, policy, 5)
	require.NoError(t, err)
	_, err = staff.Exec(ctx, "UPDATE proposals SET status = 'WITHDRAWN', decided_by = NULL")
	require.ErrorContains(t, err, "cannot go from APPROVED")
}

// The API only adds entries; workers only delete them.
func TestAccessLog_IsAddedToByTheAPI_AndEndsByAge(t *testing.T) {
	t.Parallel()
	ctx, database := context.Background(), testrig.DatabaseURL(t)
	api, worker := as(t, database, "market_api"), as(t, database, "market_worker")
	const entry = "INSERT INTO access_log (actor, actor_id, action, data) VALUES ('SELLER', 1, 'EXPORT', 'LEDGER') RETURNING id"
	const rows = "INSERT INTO access_log_exports (entry_id, row_count) VALUES ($1, 7)"
	var id int64
	require.NoError(t, api.QueryRow(ctx, entry).Scan(&id))
	_, err := api.Exec(ctx, rows, id)
	require.NoError(t, err)
	for _, table := range []string{"access_log", "access_log_exports"} {
		for _, statement := range []string{"DELETE FROM ", "TRUNCATE "} {
			_, err := api.Exec(ctx, statement+table)
			require.ErrorContains(t, err, "SQLSTATE 42501", statement+table)
		}
		for _, role := range []*pgxpool.Pool{api, worker} {
			_, err := role.Exec(ctx, "UPDATE "+table+" SET row_count = 1")
			require.ErrorContains(t, err, "SQLSTATE 42501", table)
		}
	}
	_, err = worker.Exec(ctx, entry)
	require.ErrorContains(t, err, "SQLSTATE 42501")
	deleted, err := worker.Exec(ctx, "DELETE FROM access_log")
	require.NoError(t, err)
	require.EqualValues(t, 1, deleted.RowsAffected())
	var left int
	require.NoError(t, api.QueryRow(ctx, "SELECT count(*) FROM access_log_exports").Scan(&left))
	require.Zero(t, left, "they go with their entry")
}

// It holds the role of reports and of `market verify`.
func TestPrivileges_Reader_CannotWriteOrSeeSecrets(t *testing.T) {
	t.Parallel()
	ctx, database := context.Background(), testrig.DatabaseURL(t)
	pool := as(t, database, "market_read")
	var writable, columns int
	require.NoError(t, pool.QueryRow(ctx, `SELECT
		count(*) FILTER (WHERE has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES')),
		count(*) FILTER (WHERE has_any_column_privilege(c.oid, 'SELECT'))
		FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')`).Scan(&writable, &columns))
	require.Zero(t, writable)
	require.Greater(t, columns, 50)
	for _, secret := range []string{
		"SELECT password FROM buyers", "SELECT bank_account FROM sellers", "SELECT password FROM admins",
		"SELECT phone FROM buyers", "SELECT address FROM orders", "SELECT detail FROM addresses",
		"SELECT * FROM admin_second_factors", "SELECT * FROM idempotency_keys", "SELECT * FROM mails",
		"SELECT * FROM audit_words", "SELECT * FROM audit_addresses",
		"SELECT extend_partitions('orders')", "SELECT extend_audit_chain(1)",
	} {
		_, err := pool.Exec(ctx, secret)
		require.ErrorContains(t, err, "SQLSTATE 42501", secret)
	}
}

// Other roles cannot migrate, and receive a hint.
func TestPrivileges_OtherRoles_CannotMigrate(t *testing.T) {
	t.Parallel()
	_, err := migrations.Up(context.Background(), testrig.As(t, testrig.DatabaseURL(t), "market_api"))
	require.ErrorContains(t, err, "log in as the owner of the schema")
}

// The next migration revokes privileges that are not listed.
func TestPrivileges_Removed_AreRevoked(t *testing.T) {
	t.Parallel()
	ctx, database := context.Background(), testrig.DatabaseURL(t)
	owner, err := pgxpool.New(ctx, database)
	require.NoError(t, err)
	defer owner.Close()
	_, err = owner.Exec(ctx, "GRANT DELETE ON payments TO market_api")
	require.NoError(t, err)
	api := as(t, database, "market_api")
	_, err = api.Exec(ctx, "DELETE FROM payments")
	require.NoError(t, err)
	_, err = migrations.Up(ctx, database)
	require.NoError(t, err)
	_, err = api.Exec(ctx, "DELETE FROM payments")
	require.ErrorContains(t, err, "SQLSTATE 42501")
}
