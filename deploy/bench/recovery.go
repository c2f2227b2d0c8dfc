package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// recoveryRows is the number of refunds that wait for a decision when Temporal's database is lost.
var recoveryRows = 20_000

// recovery measures how fast market redrive starts the workflows of waiting rows in an empty namespace: beside a
// worker, which runs the first tasks of the workflows meanwhile, and alone.
func (b *bench) recovery(ctx context.Context) error {
	c, err := b.connect(ctx)
	if err != nil {
		return err
	}
	c.Close()
	t := b.table(fmt.Sprintf("market redrive of %d refunds that wait, without a limit of its rate", recoveryRows),
		"beside", "seconds", "rows/s", "Temporal CPU ms", "PostgreSQL CPU ms")
	worker, err := b.startMarket(ctx, "worker")
	if err != nil {
		return err
	}
	err = b.redrive(ctx, t, "a worker")
	worker.stop()
	if err != nil {
		return err
	}
	if err := b.redrive(ctx, t, "nothing"); err != nil {
		return err
	}
	t.print()
	return nil
}

// redrive adds refunds that wait, and measures market redrive of them.
func (b *bench) redrive(ctx context.Context, t *table, beside string) error {
	last, err := b.addWaitingRefunds(ctx)
	if err != nil {
		return err
	}
	bin, err := build(ctx)
	if err != nil {
		return err
	}
	defer os.RemoveAll(filepath.Dir(bin))
	cmd := exec.CommandContext(ctx, bin, "redrive", "--per-second", "100000",
		"--from", fmt.Sprint("refunds PENDING:", last))
	cmd.Env = append(append(os.Environ(), "MARKET_PROFILE=local", "JWT_SECRET="+secret), b.environment()...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	temporal, postgres := cpuSeconds(stackPID("TEMPORAL")), cpuSeconds(stackPID("POSTGRES"))
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("market redrive: %w", err)
	}
	took, n := time.Since(began).Seconds(), float64(recoveryRows)
	t.row(beside, took, n/took, 1000*(cpuSeconds(stackPID("TEMPORAL"))-temporal)/n,
		1000*(cpuSeconds(stackPID("POSTGRES"))-postgres)/n)
	return nil
}

// addWaitingRefunds adds refunds of paid orders that have waited for a day, and returns the last id before theirs.
func (b *bench) addWaitingRefunds(ctx context.Context) (last int64, err error) {
	pool := b.store.Pool()
	if err := pool.QueryRow(ctx, "SELECT coalesce(max(id), 0) FROM refunds").Scan(&last); err != nil {
		return 0, err
	}
	for _, q := range []string{
		`INSERT INTO buyers (id, email, password, name, phone) VALUES (1, 'b@test.com', 'x', 'b', '1') ON CONFLICT DO NOTHING`,
		fmt.Sprintf(`WITH placed AS (
				INSERT INTO orders (buyer_id, total_amount, status, recipient, phone, address)
				SELECT 1, 1000, 'PAID', 'r', '1', 'a' FROM generate_series(1, %d) RETURNING id
			), paid AS (
				INSERT INTO payments (order_id, amount, method, provider, merchant_uid, imp_uid, status, paid_at, resolved_at)
				SELECT id, 1000, 'MOCK', 'MOCK', 'recovery_' || id, 'recovery_' || id, 'SUCCESS', now(), now() FROM placed RETURNING id
			)
			INSERT INTO refunds (buyer_id, payment_id, amount, reason, created_at, updated_at)
			SELECT 1, id, 1000, 'DAMAGED', now() - interval '1 day', now() - interval '1 day' FROM paid`, recoveryRows),
		`ANALYZE`,
	} {
		if _, err := pool.Exec(ctx, q); err != nil {
			return 0, fmt.Errorf("%.60s: %w", q, err)
		}
	}
	var waiting int
	err = pool.QueryRow(ctx, "SELECT count(*) FROM refunds WHERE status = 'PENDING' AND id > $1", last).Scan(&waiting)
	if err == nil && waiting != recoveryRows {
		err = errors.New("the refunds do not wait")
	}
	return last, err
}
