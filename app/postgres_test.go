package app

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
)

// It sets some badly for a database of its own.
func TestCheckConfig_ServerSettings_WarnsOfThoseThatAreBad(t *testing.T) {
	t.Parallel()
	ctx, cfg := t.Context(), settings(t)
	cfg.DatabaseURL = testrig.DatabaseURL(t)
	warnings := func(address string) (named []string) {
		t.Helper()
		cfg.DatabaseURL = address
		for _, c := range CheckConfig(ctx, cfg) {
			if c.Name != settingsChecked {
				require.Empty(t, c.Warnings)
				continue
			}
			require.NoError(t, c.Problem)
			for _, w := range c.Warnings {
				name, _, _ := strings.Cut(w, " ")
				named = append(named, name)
			}
		}
		return named
	}
	throwaway := []string{"fsync", "full_page_writes", "synchronous_commit"} // of the stack of `make test`
	require.Subset(t, throwaway, warnings(cfg.DatabaseURL))

	conn, err := pgx.Connect(ctx, cfg.DatabaseURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	database := pgx.Identifier{conn.Config().Database}.Sanitize()
	for _, setting := range []string{
		"jit = on", "wal_compression = off", "random_page_cost = 4", "track_io_timing = off", "lock_timeout = 0",
		"idle_in_transaction_session_timeout = 0",
	} {
		_, err := conn.Exec(ctx, fmt.Sprintf("ALTER DATABASE %s SET %s", database, setting))
		require.NoError(t, err)
	}
	require.Subset(t, warnings(cfg.DatabaseURL), []string{"jit", "random_page_cost", "track_io_timing",
		"wal_compression"})
	require.NotContains(t, warnings(cfg.DatabaseURL), "lock_timeout", "processes set it")
	pooled := cfg.DatabaseURL + "&default_query_exec_mode=cache_describe"
	require.Subset(t, warnings(pooled), []string{"idle_in_transaction_session_timeout", "lock_timeout"})
}

// It compares values in the units of pg_settings.
func TestServerSettings_Limits_AreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][2]string{ // the last that fits, and the first that does not
		"autovacuum": {"on", "off"}, "autovacuum_vacuum_cost_limit": {"1000", "999"}, "checkpoint_timeout": {"900", "899"},
		"fsync": {"on", "off"}, "full_page_writes": {"on", "off"}, "idle_in_transaction_session_timeout": {"1", "0"},
		"jit": {"off", "on"}, "lock_timeout": {"1", "0"}, "max_locks_per_transaction": {"256", "255"},
		"max_wal_size": {"4096", "4095"}, "random_page_cost": {"2", "2.1"}, "synchronous_commit": {"local", "off"},
		"track_io_timing": {"on", "off"}, "wal_compression": {"pglz", "off"},
	} {
		found := false
		for _, s := range serverSettings {
			if s.name == name {
				found = true
				require.True(t, s.fits(values[0]), name)
				require.False(t, s.fits(values[1]), name)
			}
		}
		require.True(t, found, name)
	}
}

// It compares docs/operations.md with the settings that are checked. UPDATE_DOCS=1 writes
// it.
func TestServerSettings_AreDocumented(t *testing.T) {
	t.Parallel()
	const file, end = "../docs/operations.md", "<!-- The end of what is written. -->\n"
	const begin = "<!-- The settings and statements below are written by UPDATE_DOCS=1 " +
		"go test -run TestServerSettings_AreDocumented ./app -->\n"
	var settings, statements strings.Builder
	settings.WriteString("\n")
	for _, s := range serverSettings {
		fmt.Fprintf(&settings, "* `%s`: %s\n", s.name, s.want)
		if s.advice != "" {
			fmt.Fprintf(&statements, "ALTER SYSTEM SET %s = '%s';\n", s.name, s.advice)
		}
	}
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(content), begin)
	require.True(t, found)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found)
	want := before + begin + settings.String() + "\n```sql\n" + statements.String() + "```\n\n" + end + after
	if os.Getenv("UPDATE_DOCS") != "" {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o600))
		return
	}
	require.Equal(t, want, string(content), "write it with UPDATE_DOCS=1")
}
