package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// budgetBuyers buy while the budget is taken.
const budgetBuyers = 16

// budget counts what one purchase costs: the calls to Temporal, the statements and bytes of
// each database, and what the API's process allocates.
func (b *bench) budget(ctx context.Context, sh *shop) error {
	if _, err := b.store.Pool().Exec(ctx, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"); err != nil {
		return fmt.Errorf("statements are counted by PostgreSQL's contributed module pg_stat_statements: %w", err)
	}
	before, err := scrape()
	if err != nil {
		return err
	}
	if _, err := b.store.Pool().Exec(ctx,
		"SELECT pg_stat_statements_reset(), pg_stat_reset_shared('wal')"); err != nil {
		return err
	}
	r := sh.closedLoop(ctx, budgetBuyers, b.duration)
	n := float64(len(r.took))
	after, err := scrape()
	if err != nil {
		return err
	}
	each := func(name string) float64 { return (after[name] - before[name]) / n }
	t := b.table(fmt.Sprintf("What one purchase costs, of %d by %d buyers", len(r.took), budgetBuyers), "part",
		"number")
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if call, ok := strings.CutPrefix(name, "gRPC "); ok && each(name) >= 0.005 {
			t.row("call to Temporal: "+call, each(name))
		}
	}
	t.row("allocations of the API's process", each("go_memstats_mallocs_total"))
	t.row("bytes that it allocates", each("go_memstats_alloc_bytes_total"))
	var walBytes, syncs float64
	if err := b.store.Pool().QueryRow(ctx, "SELECT wal_bytes::float8, wal_sync::float8 FROM pg_stat_wal").Scan(&walBytes,
		&syncs); err != nil {
		return err
	}
	t.row("bytes of write-ahead log", walBytes/n)
	t.row("flushes of it to the disk", syncs/n)
	t.print()
	return b.statements(ctx, n)
}

// statements prints PostgreSQL's statement statistics since their last reset, per purchase of n.
func (b *bench) statements(ctx context.Context, n float64) error {
	byName, err := b.counted(ctx)
	if err != nil {
		return err
	}
	byDatabase := map[string]statement{}
	for _, s := range byName {
		byDatabase[s.Database] = s.plus(byDatabase[s.Database])
	}
	t := b.table("The statements of one purchase", append([]string{"database", "statement"}, statementColumns...)...)
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if s := byName[name]; s.Calls/n >= 0.02 {
			t.row(append([]any{s.Database, s.Query}, s.per(n)...)...)
		}
	}
	t.print()
	t = b.table("Statements of one purchase by database", append([]string{"database"}, statementColumns...)...)
	for _, name := range slices.Sorted(maps.Keys(byDatabase)) {
		t.row(append([]any{name}, byDatabase[name].per(n)...)...)
	}
	t.print()
	return nil
}

// counted returns what PostgreSQL has counted of each statement since the last reset, by database and name.
func (b *bench) counted(ctx context.Context) (map[string]statement, error) {
	rows, err := b.store.Pool().Query(ctx,
		`SELECT d.datname, s.query, s.calls::float8, s.total_exec_time, s.wal_bytes::float8, s.plans::float8, s.total_plan_time
		FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid ORDER BY d.datname, s.calls DESC`)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[statement])
	if err != nil {
		return nil, err
	}
	byName := map[string]statement{}
	for _, s := range all { // PostgreSQL may count the same text more than once
		s.Query = statementName(s.Query)
		name := s.Database + " " + s.Query
		byName[name] = s.plus(byName[name])
	}
	return byName, nil
}

// statement is what PostgreSQL has counted of one.
type statement struct {
	Database, Query                            string
	Calls, Millis, WALBytes, Plans, PlanMillis float64
}

var statementColumns = []string{"calls", "ms", "plans", "planning ms", "bytes of log"}

func (s statement) plus(o statement) statement {
	s.Calls, s.Millis, s.WALBytes = s.Calls+o.Calls, s.Millis+o.Millis, s.WALBytes+o.WALBytes
	s.Plans, s.PlanMillis = s.Plans+o.Plans, s.PlanMillis+o.PlanMillis
	return s
}

// per is a statement's share of one of n purchases, in the order of statementColumns.
func (s statement) per(n float64) []any {
	return []any{s.Calls / n, s.Millis / n, s.Plans / n, s.PlanMillis / n, s.WALBytes / n}
}

var (
	queryName = regexp.MustCompile(`^-- name: (\w+)`)
	spaces    = regexp.MustCompile(`\s+`)
)

// statementName is the name that a query has in the source, or else how it begins.
func statementName(query string) string {
	if m := queryName.FindStringSubmatch(query); m != nil {
		return m[1]
	}
	short := spaces.ReplaceAllString(strings.TrimSpace(query), " ")
	return short[:min(len(short), 60)]
}

// scrape reads the marketplace's metrics: the sum of each, and of each kind of call to
// Temporal under "gRPC" and its name.
func scrape() (map[string]float64, error) {
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Get("http://" + healthAddr + "/metrics")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		return nil, err
	}
	sums := map[string]float64{}
	for name, f := range families {
		for _, m := range f.GetMetric() {
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetUntyped().GetValue()
			sums[name] += value
			if name == "temporal_request_total" || name == "temporal_long_request_total" {
				for _, l := range m.GetLabel() {
					if l.GetName() == "operation" {
						sums["gRPC "+l.GetValue()] += value
					}
				}
			}
		}
	}
	return sums, nil
}
