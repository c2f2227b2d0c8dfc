package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// DuePayout identifies a payout, with the fields that operators see.
type DuePayout = activities.DuePayout

// EnsurePayment starts the workflow of an order's payment unless it is open, and reports whether it did.
func (c *Client) EnsurePayment(ctx context.Context, in workflows.PaymentInput) (started bool, err error) {
	opt, in := paymentStart(in)
	return c.ensureRunning(ctx, opt, workflows.PaymentApproval, in)
}

// EnsureRefund starts the workflow of a refund unless it is open, and reports whether it did.
func (c *Client) EnsureRefund(
	ctx context.Context, refundID int64, r activities.RefundCharge,
) (started bool, err error) {
	opt, in := refundOptions(refundID, r)
	return c.ensureRunning(ctx, opt, workflows.RefundApproval, in)
}

// refundOptions are for the start of a workflow for a refund that exists.
func refundOptions(refundID int64, r activities.RefundCharge) (client.StartWorkflowOptions, workflows.RefundInput) {
	in := workflows.RefundInput{
		RefundRequest: workflows.RefundRequest{RefundID: refundID, BuyerID: r.BuyerID, OrderID: r.OrderID},
		Reversal:      r.Reason.Reversal(), Provider: r.Provider.InHistory(),
	}
	in.Failed = in.Reversal && r.Status == market.RefundFailed
	refund, order := strconv.FormatInt(refundID, 10), strconv.FormatInt(r.OrderID, 10)
	summary := "Refund of order " + order
	if in.Reversal {
		summary = "Give back the charge of order " + order
	}
	return client.StartWorkflowOptions{
		ID: workflows.RefundWorkflowID(refundID), TaskQueue: workflows.RefundQueue, StaticSummary: summary,
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.RefundID.ValueSet(refund),
			workflows.PaymentID.ValueSet(strconv.FormatInt(r.PaymentID, 10)), workflows.OrderID.ValueSet(order),
			workflows.BuyerID.ValueSet(strconv.FormatInt(r.BuyerID, 10))),
	}, in
}

// EnsurePayout starts a payout's workflow unless it is open, and reports whether it did. The run
// resumes at the given attempt; 0 means the first.
func (c *Client) EnsurePayout(ctx context.Context, p DuePayout, attempt int32) (started bool, err error) {
	return c.ensureRunning(ctx, payoutOptions(p), workflows.Payout,
		workflows.PayoutInput{PayoutID: p.PayoutID, Attempt: attempt})
}

// DecidePayout sends a signed decision, as RetrySignal, AbandonSignal or InquireSignal, to the
// workflow of a payout, starting the workflow again unless it is open. attempt is the payout's
// latest one.
func (c *Client) DecidePayout(
	ctx context.Context, p DuePayout, attempt int32, signal string, d workflows.PayoutDecision,
) error {
	return c.signalOrStart(ctx, payoutOptions(p), signal, d, workflows.Payout,
		workflows.PayoutInput{PayoutID: p.PayoutID, Attempt: attempt})
}

func payoutOptions(p DuePayout) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: workflows.PayoutWorkflowID(p.SettlementID), TaskQueue: workflows.PayoutQueue,
		StaticSummary:         workflows.PayoutSummary(p),
		TypedSearchAttributes: workflows.PayoutAttributes(p),
	}
}

// StartReconciliation starts the comparison of a day or of a settlement file, or has the running
// one compare again, and returns the workflow's id.
func (c *Client) StartReconciliation(
	ctx context.Context, in workflows.ReconciliationInput,
) (workflowID string, err error) {
	opt := client.StartWorkflowOptions{
		ID: workflows.ReconciliationWorkflowID(in), TaskQueue: workflows.BackOfficeQueue,
		StaticSummary: "Reconciliation with the provider",
	}
	if err := c.signalOrStart(ctx, opt, workflows.ReconcileSignal, nil, workflows.Reconciliation, in); err != nil {
		return "", err
	}
	return opt.ID, nil
}

// EnsureBreak starts the workflow of a break unless it is open, and reports whether it did.
func (c *Client) EnsureBreak(ctx context.Context, breakID int64) (started bool, err error) {
	return c.ensureRunning(ctx, breakOptions(breakID), workflows.ReconciliationBreak, breakID)
}

// SignalBreak signals to the workflow of a break that the break may have been resolved. It starts the
// workflow unless it runs.
func (c *Client) SignalBreak(ctx context.Context, breakID int64) error {
	return c.signalOrStart(ctx, breakOptions(breakID), workflows.BreakSignal, nil, workflows.ReconciliationBreak,
		breakID)
}

func breakOptions(breakID int64) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: workflows.BreakWorkflowID(breakID), TaskQueue: workflows.BackOfficeQueue,
		StaticSummary: "Discrepancy between provider and books",
	}
}

// EnsureWebhooks starts the workflow of an endpoint unless it is open, and reports whether it did.
func (c *Client) EnsureWebhooks(ctx context.Context, endpointID int64) (started bool, err error) {
	return c.ensureRunning(ctx, webhookOptions(endpointID), workflows.WebhookDelivery, endpointID)
}

// SignalWebhooks signals to the workflow of an endpoint that messages are due, starting the workflow
// unless it runs. With retry, a message that waits for its next attempt is sent now.
func (c *Client) SignalWebhooks(ctx context.Context, endpointID int64, retry bool) error {
	signal := workflows.WebhookSignal
	if retry {
		signal = workflows.WebhookRetrySignal
	}
	return c.signalOrStart(ctx, webhookOptions(endpointID), signal, nil, workflows.WebhookDelivery, endpointID)
}

func webhookOptions(endpointID int64) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: workflows.WebhookWorkflowID(endpointID), TaskQueue: workflows.BackOfficeQueue,
		StaticSummary: fmt.Sprintf("Webhook deliveries to endpoint %d", endpointID),
	}
}

// CheckCancellations starts a check of a payment's cancellations, or has the open run check again.
func (c *Client) CheckCancellations(ctx context.Context, paymentID int64) error {
	opt := client.StartWorkflowOptions{
		ID: workflows.CancellationCheckWorkflowID(paymentID), TaskQueue: workflows.BackOfficeQueue,
		StaticSummary: fmt.Sprintf("Check of the cancellations of payment %d", paymentID),
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.PaymentID.ValueSet(strconv.FormatInt(paymentID,
			10))),
	}
	return c.signalOrStart(ctx, opt, workflows.CancellationSignal, nil, workflows.CancellationCheck, paymentID)
}

// startOnce starts a back-office workflow unless it runs or has completed.
func (c *Client) startOnce(ctx context.Context, opt client.StartWorkflowOptions, workflow any, args ...any) error {
	opt.TaskQueue = workflows.BackOfficeQueue
	opt.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
	opt.WorkflowIDConflictPolicy = enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	_, err := c.temporal.ExecuteWorkflow(ctx, opt, workflow, args...)
	_, err = unlessStarted(err)
	return err
}

// ensureRunning starts a workflow unless it is open, and reports whether it did. It starts one also
// when an earlier run has completed: the caller has read in the database that the workflow is
// needed.
func (c *Client) ensureRunning(
	ctx context.Context, opt client.StartWorkflowOptions, workflow any, args ...any,
) (started bool, err error) {
	opt.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	opt.WorkflowIDConflictPolicy = enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL
	opt.WorkflowExecutionErrorWhenAlreadyStarted = true
	_, err = c.temporal.ExecuteWorkflow(ctx, opt, workflow, args...)
	return unlessStarted(err)
}

// unlessStarted reports whether a start has succeeded. It is false without an error when the
// workflow was started before.
func unlessStarted(err error) (started bool, _ error) {
	var before *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &before) {
		return false, nil
	}
	return err == nil, err
}

// IsOpen reports whether a workflow is running.
func (c *Client) IsOpen(ctx context.Context, workflowID string) (bool, error) {
	d, err := c.temporal.DescribeWorkflow(ctx, workflowID, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return d.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}
