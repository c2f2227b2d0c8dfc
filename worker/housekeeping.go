package worker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/workflows"
)

// How often each is looked for: what sellers and buyers wait for, every second.
const (
	rollUpInterval   = time.Second
	followUpInterval = time.Second
	orphanInterval   = 10 * time.Second

	// A chunk's rows are locked while its workflows are started, and dashboards wait
	// for the oldest transaction: it is a short one.
	followUpChunk   = 20
	followUpTimeout = 5 * time.Second
)

// Keep does, until ctx ends, what is too frequent and too small for a workflow: it
// rolls the ledger up into dashboards, starts the workflows that changes call for,
// and removes orphaned objects. Every worker process may run it; the database lets
// one at a time work.
func Keep(ctx context.Context, c client.Client, acts *activities.Activities, log *slog.Logger) {
	var tasks sync.WaitGroup
	every := func(interval time.Duration, problem string, do func(context.Context) error) {
		tasks.Go(func() {
			ticker := time.NewTicker(interval)
			defer ticker.Stop()
			for {
				if err := do(ctx); err != nil && ctx.Err() == nil {
					log.WarnContext(ctx, problem+", trying again", "error", err)
				}
				select {
				case <-ctx.Done():
					return
				case <-ticker.C:
				}
			}
		})
	}
	every(rollUpInterval, "the dashboards are not up to date with the ledger", acts.RollUp)
	every(followUpInterval, "workflows that changes call for are not started", func(ctx context.Context) error { return startFollowUps(ctx, c, acts) })
	every(orphanInterval, "objects that no image uses are not removed", acts.RemoveOrphans)
	tasks.Wait()
}

func startFollowUps(ctx context.Context, c client.Client, acts *activities.Activities) error {
	for {
		n, err := startFollowUpChunk(ctx, c, acts)
		if err != nil || n < followUpChunk {
			return err
		}
	}
}

func startFollowUpChunk(ctx context.Context, c client.Client, acts *activities.Activities) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, followUpTimeout)
	defer cancel()
	return acts.FollowUps(ctx, followUpChunk, func(f activities.FollowUp) error {
		opt := client.StartWorkflowOptions{
			TaskQueue:                workflows.BackOfficeQueue,
			WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
			WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		}
		if f.ProductID != 0 {
			opt.ID = workflows.RestockWorkflowID(f.ProductID, f.ID)
			opt.StaticSummary = fmt.Sprintf("Product %d is on hand again", f.ProductID)
			_, err := c.ExecuteWorkflow(ctx, opt, workflows.Restock, workflows.RestockInput{ProductID: f.ProductID, RestockID: f.ID})
			return ignoreStarted(err)
		}
		opt.ID = workflows.OrderNotificationWorkflowID(f.NotificationID)
		_, err := c.ExecuteWorkflow(ctx, opt, workflows.OrderNotification, f.NotificationID)
		return ignoreStarted(err)
	})
}
