package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/workflows"
)

const (
	housekeepingInterval = time.Second
	followUpChunk        = 100
	followUpTimeout      = 5 * time.Second
	orphanSeconds        = 10 // between looks for orphaned objects
)

// Keep does, every second until ctx ends, what is too frequent and too small for
// a workflow: it rolls the ledger up into dashboards, starts the workflows that
// changes call for, and removes orphaned objects. Every worker process may run it; the database lets one at
// a time work.
func Keep(ctx context.Context, c client.Client, acts *activities.Activities, log *slog.Logger) {
	ticker := time.NewTicker(housekeepingInterval)
	defer ticker.Stop()
	for second := 0; ; second++ {
		if second%orphanSeconds == 0 {
			if err := acts.RemoveOrphans(ctx); err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "objects that no image uses are not removed, trying again", "error", err)
			}
		}
		if err := acts.RollUp(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "the dashboards are not up to date with the ledger, trying again", "error", err)
		}
		if err := startFollowUps(ctx, c, acts); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "workflows that changes call for are not started, trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func startFollowUps(ctx context.Context, c client.Client, acts *activities.Activities) error {
	ctx, cancel := context.WithTimeout(ctx, followUpTimeout) // rows are locked meanwhile
	defer cancel()
	for {
		n, err := acts.FollowUps(ctx, followUpChunk, func(f activities.FollowUp) error {
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
		if err != nil || n < followUpChunk {
			return err
		}
	}
}
