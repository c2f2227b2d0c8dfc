package main

import (
	"context"
	"time"
)

const (
	idleSettle = 20 * time.Second // after the start, until nothing follows from it any more
	idleWatch  = time.Minute
)

// idle measures the cost of an unused marketplace.
func (b *bench) idle(ctx context.Context) error {
	p, _, err := b.openMarket(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	names := []string{"API and worker", "Temporal", "PostgreSQL", "Redis"}
	pids := []int{p.pid, stackPID("TEMPORAL"), stackPID("POSTGRES"), stackPID("REDIS")}
	used := make([]float64, len(pids))
	read := func(sign float64) {
		for i, pid := range pids {
			used[i] += sign * cpuSeconds(pid)
		}
	}
	time.Sleep(idleSettle)
	read(-1)
	time.Sleep(idleWatch)
	read(1)
	t := b.table("A marketplace that nobody uses", "part", "percent of a core", "memory MB")
	total := 0.0
	for i, name := range names {
		total += used[i]
		t.row(name, 100*used[i]/idleWatch.Seconds(), residentMemory(pids[i])>>20)
	}
	t.row("all", 100*total/idleWatch.Seconds(), "")
	t.print()
	return ctx.Err()
}
