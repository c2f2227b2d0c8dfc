package migrations_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/migrations"
)

// settled is the last migration from before the first release, which could not block a running
// marketplace.
const settled = "00034"

// A locking is a shape of statement that keeps others waiting, or that the release before cannot
// live with.
type locking struct {
	statement *regexp.Regexp
	unless    string // what makes it harmless; "" for nothing
	instead   string
	since     string // the last migration from before the rule; "" for settled
}

var lockings = []locking{
	{
		statement: regexp.MustCompile(`^CREATE (UNIQUE )?INDEX\b`), unless: "CONCURRENTLY",
		instead: "build it CONCURRENTLY, in a file with -- +goose NO TRANSACTION",
	},
	{
		statement: regexp.MustCompile(`^ALTER TABLE .*\bVALIDATE CONSTRAINT\b`), unless: noTransaction, since: "00120",
		instead: "it reads the table under the lock that ADD CONSTRAINT has taken, in a file without -- +goose NO TRANSACTION",
	},
	{
		statement: regexp.MustCompile(`^(DROP TABLE|ALTER TABLE .*\bDROP COLUMN\b)`), unless: contract,
		instead: "the release before still uses it: stop using it in one release, and drop it in the next, in a file named *" + contract,
	},
	{
		statement: regexp.MustCompile(`^ALTER (TABLE|INDEX|TYPE) .*\bRENAME\b`),
		instead:   "the previous release uses the old name: add the new one beside it",
	},
	{
		statement: regexp.MustCompile(`^ALTER TABLE .*\bALTER COLUMN \w+ (SET DATA )?TYPE\b`),
		instead:   "it writes the table anew under a lock: add a column, fill it in chunks, and use it",
	},
	{
		statement: regexp.MustCompile(`^ALTER TABLE .*\bADD COLUMN (IF NOT EXISTS )?\w+ [^,]*\bNOT NULL\b`), unless: "DEFAULT",
		instead: "the release before does not write it: give it a constant DEFAULT",
	},
	{
		statement: regexp.MustCompile(`^ALTER TABLE .*\bADD COLUMN (IF NOT EXISTS )?\w+ [^,]*` +
			`\b(GENERATED|DEFAULT (clock_timestamp|gen_random_uuid|random)\b)`),
		instead: "it writes the table anew under a lock: add the column, fill it in chunks, then set the default",
	},
	{
		statement: regexp.MustCompile(`^ALTER TABLE .*\bALTER COLUMN \w+ SET NOT NULL\b`),
		instead:   "it reads the table under a lock: add CHECK (column IS NOT NULL) NOT VALID, and validate it in the next statement",
	},
	{
		statement: regexp.MustCompile(`^ALTER TABLE .*\bADD CONSTRAINT \w+ (CHECK|FOREIGN KEY)\b`), unless: "NOT VALID",
		instead: "it reads the table under a lock: add it NOT VALID, and VALIDATE CONSTRAINT in a statement of its own",
	},
	{
		statement: regexp.MustCompile(`^ALTER TABLE .*\bADD (CONSTRAINT \w+ )?(UNIQUE|PRIMARY KEY) \(`),
		instead:   "it builds an index under a lock: CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT ... USING INDEX",
	},
	{
		statement: regexp.MustCompile(`^(VACUUM FULL|CLUSTER|LOCK TABLE|TRUNCATE|REINDEX)\b`), unless: "CONCURRENTLY",
		instead: "it locks the table for as long as it takes",
	},
}

// noTransaction has each statement of a file commit on its own.
const noTransaction = "-- +goose NO TRANSACTION"

// contract ends the name of a file that drops what the release before has stopped using.
const contract = "_contract.sql"

var (
	comment = regexp.MustCompile(`(?m)--.*$`)
	body    = regexp.MustCompile(`(?s)\$(\w*)\$.*?\$(\w*)\$`)
	created = regexp.MustCompile(`CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)
	changed = regexp.MustCompile(`^ALTER TABLE (?:ONLY )?(\w+)|^CREATE (?:UNIQUE )?INDEX .*? ON (\w+)`)
	blanks  = regexp.MustCompile(`\s+`)
)

// refused returns the problems of a migration's statements. Statements on a table that the same
// file creates block no other session.
func refused(name, sql string) (problems []string) {
	file := name
	if strings.Contains(sql, noTransaction) {
		file += noTransaction
	}
	sql = body.ReplaceAllString(comment.ReplaceAllString(sql, ""), "''")
	own := map[string]bool{}
	for _, m := range created.FindAllStringSubmatch(sql, -1) {
		own[m[1]] = true
	}
	for statement := range strings.SplitSeq(sql, ";") {
		statement = strings.TrimSpace(blanks.ReplaceAllString(statement, " "))
		if m := changed.FindStringSubmatch(statement); m != nil && own[m[1]+m[2]] {
			continue
		}
		for _, l := range lockings {
			harmless := name[:5] <= l.since || l.unless != "" && strings.Contains(statement+" "+file, l.unless)
			if l.statement.MatchString(statement) && !harmless {
				problems = append(problems, statement+": "+l.instead)
			}
		}
	}
	return problems
}

func TestMigrations_New_LockNoTable(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(migrations.Files(), "*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		if name[:5] <= settled {
			continue
		}
		content, err := fs.ReadFile(migrations.Files(), name)
		require.NoError(t, err)
		require.Empty(t, refused(name, string(content)), name)
	}
}

// It applies the rules to statements that must be refused, and to others.
func TestLint_LockingStatements_AreRefused(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		"CREATE INDEX x ON orders (id)",
		"CREATE UNIQUE INDEX x ON orders (id)",
		"ALTER TABLE orders DROP COLUMN address",
		"DROP TABLE orders",
		"ALTER TABLE orders RENAME COLUMN address TO place",
		"ALTER TABLE orders RENAME TO purchases",
		"ALTER TABLE orders ALTER COLUMN id TYPE text",
		"ALTER TABLE orders ADD COLUMN x int NOT NULL",
		"ALTER TABLE orders ADD COLUMN x bigint GENERATED BY DEFAULT AS IDENTITY",
		"ALTER TABLE orders ADD COLUMN x uuid DEFAULT gen_random_uuid()",
		"ALTER TABLE orders ALTER COLUMN x SET NOT NULL",
		"ALTER TABLE orders\n  ADD CONSTRAINT c CHECK (x > 0)",
		"ALTER TABLE orders ADD CONSTRAINT c FOREIGN KEY (x) REFERENCES buyers",
		"ALTER TABLE orders ADD CONSTRAINT c UNIQUE (x)",
		"LOCK TABLE orders",
		"TRUNCATE orders",
		"ALTER TABLE orders VALIDATE CONSTRAINT c",
	} {
		require.Len(t, refused("00999_x.sql", "-- +goose Up\n"+sql+";\n"), 1, sql)
	}
	for _, sql := range []string{
		"CREATE INDEX CONCURRENTLY x ON orders (id)",
		"CREATE TABLE things (id bigint NOT NULL); CREATE INDEX x ON things (id); ALTER TABLE things ADD CONSTRAINT c CHECK (id > 0)",
		"ALTER TABLE orders ADD COLUMN x int",
		"ALTER TABLE orders ADD COLUMN x int NOT NULL DEFAULT 0",
		"ALTER TABLE orders ADD CONSTRAINT c CHECK (x > 0) NOT VALID",
		"ALTER TABLE orders ADD CONSTRAINT c UNIQUE USING INDEX x",
		"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DROP TABLE orders; $$",
		"-- DROP TABLE orders",
		"INSERT INTO categories (name) VALUES ('x')",
	} {
		require.Empty(t, refused("00999_x.sql", "-- +goose Up\n"+sql+";\n"), sql)
	}
	require.Empty(t, refused("00999_contract.sql", "ALTER TABLE orders DROP COLUMN x;"))
	require.NotEmpty(t, refused("00999_contract.sql", "ALTER TABLE orders RENAME TO purchases;"))
	require.Empty(t, refused("00999_x.sql", noTransaction+"\nALTER TABLE orders VALIDATE CONSTRAINT c;"))
}
