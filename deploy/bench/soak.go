package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// soakShare is how much of the most that the machine can do a soak asks for.
const soakShare = 0.7

// soak lets buyers buy for a long time at a steady rate, and shows for each minute what must
// not grow, and what grows with what is kept.
func (b *bench) soak(ctx context.Context) error {
	p, sh, err := b.openMarket(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	most := sh.closedLoop(ctx, budgetBuyers, 15*time.Second)
	if len(most.errors) > 0 {
		return most.errors[0]
	}
	rate := max(1, int(soakShare*most.rate()))
	t := b.table(fmt.Sprintf("%d purchases/s for %d minutes, of the %.0f that are possible", rate, b.minutes,
		most.rate()),
		"minute", "purchases/s", "p50 ms", "p95 ms", "errors", "memory MB", "goroutines", "connections", "market MB",
		"temporal MB", "visibility MB")
	for minute := 1; minute <= b.minutes && ctx.Err() == nil; minute++ {
		r := sh.openLoop(ctx, rate, time.Minute)
		metrics, err := scrape()
		if err != nil {
			return err
		}
		var connections int
		var market, temporal, visibility float64
		if err := b.store.Pool().QueryRow(ctx,
			`SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL), pg_database_size(current_database()) / 1e6,
			pg_database_size('temporal') / 1e6, pg_database_size('temporal_visibility') / 1e6`).Scan(&connections,
			&market,
			&temporal, &visibility); err != nil {
			return err
		}
		t.row(minute, r.rate(), percentile(r.took, 0.5), percentile(r.took, 0.95), len(r.errors),
			residentMemory(p.pid)>>20, int(metrics["go_goroutines"]), connections, market, temporal, visibility)
		fmt.Fprintf(os.Stderr, "minute %d of %d: %.1f purchases/s, %d errors\n", minute, b.minutes, r.rate(),
			len(r.errors))
	}
	t.print()
	return ctx.Err()
}

// residentMemory is what a process has in memory now, in bytes.
func residentMemory(pid int) int64 {
	statm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
