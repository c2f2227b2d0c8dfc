package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/workflows"
)

// messageCount is the number of messages of each kind that are measured.
const messageCount = 300

// messages measures what a message, such as a mail, costs as a standalone activity and as a workflow with one activity.
// The message is the restock of a product without subscribers, which costs the marketplace itself next to nothing.
func (b *bench) messages(ctx context.Context) error {
	c, err := b.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	p, err := b.startMarket(ctx, "worker")
	if err != nil {
		return err
	}
	defer p.stop()
	if _, err := b.store.Pool().Exec(ctx, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"); err != nil {
		return fmt.Errorf("statements are counted by PostgreSQL's contributed module pg_stat_statements: %w", err)
	}
	time.Sleep(idleSettle)
	messages := engine.NewClient(c, engine.NewAnswers(nil))
	t := b.table(fmt.Sprintf("What one of %d messages costs Temporal", messageCount), "as", "statements",
		"bytes of log",
		"ms until it was sent")
	idle, err := b.engine(ctx, func() error { time.Sleep(idleWatch / 4); return nil })
	if err != nil {
		return err
	}
	for _, as := range []struct {
		name string
		send func(id int64) error
	}{
		{"a standalone activity", func(id int64) error {
			in := workflows.RestockInput{ProductID: id, RestockID: 1}
			if err := messages.StartRestock(ctx, in); err != nil {
				return err
			}
			return c.GetActivityHandle(client.GetActivityHandleOptions{
				ActivityID: workflows.RestockWorkflowID(in.ProductID, in.RestockID),
			}).Get(ctx, nil)
		}},
		{"a workflow", func(id int64) error {
			run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
				ID: fmt.Sprint("bench-message/", id), TaskQueue: workflows.BackOfficeQueue,
			}, workflows.Restock, workflows.RestockInput{ProductID: id, RestockID: 2})
			if err != nil {
				return err
			}
			return run.Get(ctx, nil)
		}},
	} {
		used, err := b.engine(ctx, func() error {
			for id := range int64(messageCount) {
				if err := as.send(1 + id); err != nil {
					return err
				}
			}
			time.Sleep(2 * time.Second) // its tasks after the end, such as those of visibility
			return nil
		})
		if err != nil {
			return err
		}
		share := used.seconds / idle.seconds // of what the server does without messages
		t.row(as.name, (used.statements-share*idle.statements)/messageCount,
			(used.bytes-share*idle.bytes)/messageCount, 1000*(used.seconds-2)/messageCount)
	}
	t.print()
	return ctx.Err()
}

// engineUse is the work of Temporal's databases in a period.
type engineUse struct{ statements, bytes, seconds float64 }

// engine returns what Temporal asks of its databases while do runs.
func (b *bench) engine(ctx context.Context, do func() error) (used engineUse, err error) {
	if _, err := b.store.Pool().Exec(ctx, "SELECT pg_stat_statements_reset()"); err != nil {
		return used, err
	}
	started := time.Now()
	if err := do(); err != nil {
		return used, err
	}
	used.seconds = time.Since(started).Seconds()
	err = b.store.Pool().QueryRow(ctx, `SELECT coalesce(sum(s.calls), 0)::float8, coalesce(sum(s.wal_bytes), 0)::float8
		FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname LIKE 'temporal%'`).Scan(
		&used.statements, &used.bytes)
	return used, err
}
