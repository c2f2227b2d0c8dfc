package backoffice

import (
	"context"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// AcceptBreak has an admin accept a break of reconciliation, and waits up to DecisionWait until its
// workflow has applied that. If it has not, done is false and the break is in its current state. It
// fails with RECONCILIATION_BREAK_NOT_FOUND or RECONCILIATION_BREAK_RESOLVED.
func (o *Service) AcceptBreak(
	ctx context.Context, id, adminID int64, reason string,
) (b market.Discrepancy, done bool, err error) {
	if err := o.Store.DecideBreak(ctx, id, adminID, reason); err != nil {
		return b, false, err
	}
	deadline := time.Now().Add(o.DecisionWait)
	for {
		if b, err = o.Store.Break(ctx, id); err != nil || b.Status != market.DiscrepancyOpen ||
			time.Now().After(deadline) {
			return b, b.Status != market.DiscrepancyOpen, err
		}
		select {
		case <-ctx.Done():
			return b, false, ctx.Err()
		case <-time.After(outcomePoll):
		}
	}
}

// Reconcile starts the reconciliation of a day and returns its workflow's id.
func (o *Service) Reconcile(ctx context.Context, day market.Day) (workflowID string, err error) {
	if err := o.Store.NoteAction(ctx, market.Action{
		Name: "RECONCILIATION_ASKED_FOR", Reason: day.String(),
	}); err != nil {
		return "", err
	}
	return o.Workflows.StartReconciliation(ctx, workflows.ReconciliationInput{Day: day})
}
