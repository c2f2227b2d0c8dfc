package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/store"
)

// serverSetting is a setting of the PostgreSQL server that CheckConfig checks. docs/operations.md
// lists them.
type serverSetting struct {
	name   string
	want   string // the required value, in words
	advice string // the value to set; "" if the default suffices, or if processes set it themselves
	why    string
	fits   func(value string) bool // whether the value in pg_settings, in the setting's unit, is acceptable
}

var serverSettings = []serverSetting{
	{"fsync", "`on`", "", "without it a crash of the machine destroys the database", is("on")},
	{
		"full_page_writes", "`on`", "", "without it a crash in the middle of a page's write destroys the page", is("on"),
	},
	{
		"synchronous_commit", "not `off`", "",
		"a crash would lose purchases that buyers have seen, and their charges would be unknown", isNot("off"),
	},
	{
		"autovacuum", "`on`", "", "without it queues grow with what was deleted from them, and statistics are old", is("on"),
	},
	{
		"autovacuum_vacuum_cost_limit", "1000 or more; -1 stands for `vacuum_cost_limit`", "2000",
		"200, the default, slows the vacuum of a large table down so much that it falls behind", atLeast(1000),
	},
	{
		"checkpoint_timeout", "15 minutes or more", "30min",
		"the first change of a page after a checkpoint writes the whole page to the log", atLeast(15 * 60),
	},
	{
		"max_wal_size", "4 GB or more", "16GB",
		"a smaller log forces checkpoints before their time; raise it when the server logs that they are too frequent",
		atLeast(4096),
	},
	{
		"wal_compression", "not `off`", "lz4", "it makes whole pages in the log smaller; `lz4` costs little", isNot("off"),
	},
	{
		"max_locks_per_transaction", "256 or more", "256",
		"a statement locks each partition that it may read, with its indexes", atLeast(256),
	},
	{
		"jit", "`off`", "off", "compiling a statement over many partitions takes longer than running it", is("off"),
	},
	{
		"random_page_cost", "2 or less", "1.1",
		"the default is that of rotating disks, and has whole tables scanned where an index would do", atMost(2),
	},
	{
		"track_io_timing", "`on`", "on", "plans and statistics then show whether a statement waits for the disk", is("on"),
	},
	{
		"idle_in_transaction_session_timeout", "more than 0", "",
		"a frozen process would hold its locks for ever; processes set it, except through a pooler", atLeast(1),
	},
	{
		"lock_timeout", "more than 0", "",
		"a statement would wait for the locks of another for ever; processes set it, except through a pooler", atLeast(1),
	},
}

func is(wanted string) func(string) bool { return func(value string) bool { return value == wanted } }

func isNot(refused string) func(string) bool {
	return func(value string) bool { return value != refused }
}

func atLeast(least float64) func(string) bool {
	return func(value string) bool { n, err := strconv.ParseFloat(value, 64); return err == nil && n >= least }
}

func atMost(most float64) func(string) bool {
	return func(value string) bool { n, err := strconv.ParseFloat(value, 64); return err == nil && n <= most }
}

// checkServerSettings returns a warning for each setting of the server that differs from the
// requirement.
func checkServerSettings(ctx context.Context, address string) (warnings []string, err error) {
	s, err := store.Open(ctx, address, store.Options{MaxConns: 1})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	names := make([]string, len(serverSettings))
	for i, setting := range serverSettings {
		names[i] = setting.name
	}
	rows, err := s.Pool().Query(ctx, `
		SELECT s.name, coalesce(shared.setting, s.setting), current_setting(s.name) FROM pg_settings s
		LEFT JOIN pg_settings shared
			ON s.name = 'autovacuum_vacuum_cost_limit' AND s.setting = '-1' AND shared.name = 'vacuum_cost_limit'
		WHERE s.name = ANY ($1)`, names)
	if err != nil {
		return nil, err
	}
	var name, value, shown string
	found := map[string]bool{}
	_, err = pgx.ForEachRow(rows, []any{&name, &value, &shown}, func() error {
		setting := serverSettings[slices.Index(names, name)]
		if found[name] = true; !setting.fits(value) {
			warnings = append(warnings,
				fmt.Sprintf("%s is %s, and should be %s: %s", name, shown, setting.want, setting.why))
		}
		return nil
	})
	for _, n := range names {
		if err == nil && !found[n] {
			err = fmt.Errorf("the server does not have the setting %s", n)
		}
	}
	slices.Sort(warnings)
	return warnings, err
}
