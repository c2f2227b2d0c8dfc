// Package engine starts, signals, lists and operates on the workflows of package workflows through a Temporal client.
//
// Client is for requests and owners of rows, Operator for staff, Answers for the results of workflows whose first task
// has run in this process.
package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// Client starts workflows and waits for their results.
type Client struct {
	temporal client.Client
	answers  *Answers
	admitted chan struct{}

	eager func() bool
}

// NewClient returns a Client. When a worker in this process polls RequestQueue on the same Temporal
// client, the first task of each workflow runs here, and answers returns the results that its
// interceptor has read.
func NewClient(c client.Client, answers *Answers) *Client {
	return &Client{
		temporal: c, answers: answers, admitted: make(chan struct{}, maxAdmitted), eager: func() bool { return true },
	}
}

// StartEagerlyWhile makes this process run the first tasks of workflows only while current reports true. The server
// does not choose the workers' version for these tasks.
func (c *Client) StartEagerlyWhile(current func() bool) { c.eager = current }

const (
	// maxAdmitted is how many requests a process sends to Temporal concurrently; further ones queue
	// here. An overloaded server slows all of them down until the last ones time out.
	maxAdmitted = 32
	// maxHold releases the slot of a request that waits for something slower than Temporal, such as
	// a payment gateway.
	maxHold = 2 * time.Second
	// startTimeout bounds the start of a workflow, without the wait for its result. The SDK gives
	// each attempt half of the remaining time, which covers a server that is busy for some seconds.
	startTimeout = 10 * time.Second
)

// Checkout runs a checkout, or joins the run of the same key. A refusal is an *market.Error.
// WORKFLOW_UNAVAILABLE means that Temporal did not answer, REQUEST_TIMEOUT that the checkout
// continues; in both cases, repeating the request returns the outcome.
func (c *Client) Checkout(ctx context.Context, in workflows.CheckoutInput) (workflows.CheckoutResult, error) {
	var result workflows.CheckoutResult
	release, err := c.admit(ctx)
	if err != nil {
		return result, err
	}
	defer release()
	err = c.run(ctx, client.StartWorkflowOptions{
		ID:            workflows.CheckoutWorkflowID(in.BuyerID, in.CheckoutKey),
		StaticSummary: fmt.Sprintf("Buyer %d orders %d items", in.BuyerID, len(in.CartItemIDs)),
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.BuyerID.ValueSet(strconv.FormatInt(in.BuyerID,
			10))),
	}, &result, workflows.Checkout, in)
	if err == nil && result.Refusal != "" {
		err = market.Refuse(result.Refusal)
	}
	return result, err
}

// ErrPaymentUnderWay is the error of Pay for an order that another request pays at the same time.
var ErrPaymentUnderWay = errors.New("another request pays the order")

// Pay pays an order. It fails with ErrPaymentUnderWay for an order whose PaymentApproval runs; other errors are as with
// Checkout.
func (c *Client) Pay(ctx context.Context, in workflows.PaymentInput) (workflows.PaymentResult, error) {
	var result workflows.PaymentResult
	release, err := c.admit(ctx)
	if err != nil {
		return result, err
	}
	defer release()
	opt, in := paymentStart(in)
	opt.WorkflowIDConflictPolicy = enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL
	opt.WorkflowExecutionErrorWhenAlreadyStarted = true
	err = c.run(ctx, opt, &result, workflows.PaymentApproval, in)
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &running) {
		return result, ErrPaymentUnderWay
	}
	if err == nil && result.Refusal != "" {
		err = market.Refuse(result.Refusal)
	}
	return result, err
}

// OpenPayment opens a payment that its buyer makes in the browser, or finds the open one. It
// returns when the buyer can pay, or when the payment has ended, with its result. Errors are as
// with Checkout.
func (c *Client) OpenPayment(
	ctx context.Context, in workflows.PaymentInput,
) (opened workflows.PaymentOpened, err error) {
	err = c.updatePayment(ctx, in, &opened, workflows.PaymentOpenedUpdate)
	if err == nil && opened.End.Refusal != "" {
		err = market.Refuse(opened.End.Refusal)
	}
	return opened, err
}

// ConfirmPayment signals the buyer's return from the browser to the payment's workflow, and returns
// when the workflow has fetched the status from the provider. Errors are as with Checkout.
func (c *Client) ConfirmPayment(ctx context.Context, in workflows.PaymentInput, hint workflows.PaymentChanged) error {
	return c.updatePayment(ctx, in, nil, workflows.PaymentChangedUpdate, hint)
}

// ClosePayment ends a payment in the browser unless the buyer has paid, and returns when its
// workflow has fetched the status. Errors are as with Checkout.
func (c *Client) ClosePayment(ctx context.Context, in workflows.PaymentInput) error {
	return c.updatePayment(ctx, in, nil, workflows.PaymentCloseUpdate)
}

// updatePayment sends an update to a payment's workflow, starting the workflow unless it runs, and
// waits for the update's result.
func (c *Client) updatePayment(
	ctx context.Context, in workflows.PaymentInput, answer any, name string, args ...any,
) error {
	release, err := c.admit(ctx)
	if err != nil {
		return err
	}
	defer release()
	opt, in := paymentStart(in)
	opt.WorkflowIDConflictPolicy = enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	handle, err := c.temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: c.temporal.NewWithStartWorkflowOperation(opt, workflows.PaymentApproval, in),
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: name, Args: args, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return market.Failed(market.CodeRequestTimeout, err)
		}
		return startError(ctx, err)
	}
	if err := handle.Get(ctx, answer); err != nil {
		return resultError(ctx, err)
	}
	return nil
}

// SignalPayment signals to a payment's workflow that the payment may have changed at its provider. It
// starts the workflow unless it runs.
func (c *Client) SignalPayment(ctx context.Context, in workflows.PaymentInput) error {
	opt, in := paymentStart(in)
	return c.signalOrStart(ctx, opt, workflows.PaymentChangedSignal, workflows.PaymentChanged{PaymentID: in.PaymentID},
		workflows.PaymentApproval, in)
}

// paymentStart returns the options and the input of the start of a payment's workflow.
func paymentStart(in workflows.PaymentInput) (client.StartWorkflowOptions, workflows.PaymentInput) {
	in.FeedPolled = true
	order := strconv.FormatInt(in.OrderID, 10)
	return client.StartWorkflowOptions{
		ID: workflows.PaymentWorkflowID(in.OrderID), TaskQueue: workflows.RequestQueue,
		WorkflowTaskTimeout: workflows.RequestTaskTimeout,
		StaticSummary:       fmt.Sprintf("Order %s paid by %s", order, in.Method),
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.OrderID.ValueSet(order),
			workflows.BuyerID.ValueSet(strconv.FormatInt(in.BuyerID, 10))),
	}, in
}

// RequestRefund opens a refund, or finds the one that the same request opened before, and returns
// when it is open; the workflow then waits for a decision. Errors are as with Checkout.
func (c *Client) RequestRefund(ctx context.Context, in workflows.RefundRequest) (workflows.RefundOpened, error) {
	var opened workflows.RefundOpened
	refund, order := strconv.FormatInt(in.RefundID, 10), strconv.FormatInt(in.OrderID, 10)
	start := c.temporal.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: workflows.RefundWorkflowID(in.RefundID), TaskQueue: workflows.RefundQueue,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "Refund of order " + order,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.RefundID.ValueSet(refund),
			workflows.OrderID.ValueSet(order),
			workflows.BuyerID.ValueSet(strconv.FormatInt(in.BuyerID, 10)),
		),
	}, workflows.RefundApproval, workflows.RefundInput{RefundRequest: in})
	release, err := c.admit(ctx)
	if err != nil {
		return opened, err
	}
	defer release()
	handle, err := c.temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: workflows.RefundOpenedUpdate, UpdateID: workflows.RefundOpenedUpdate,
			WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		return opened, startError(ctx, err)
	}
	if err := handle.Get(ctx, &opened); err != nil {
		return opened, resultError(ctx, err)
	}
	switch opened.Refusal {
	case "":
		return opened, nil
	case market.CodeRefundExceedsRemaining:
		return opened, market.RefuseWith(opened.Refusal, market.DetailRefundRemaining, opened.Left)
	}
	return opened, market.Refuse(opened.Refusal)
}

// DecideRefund sends a decision to the workflow of a refund, starting the workflow again unless it
// is open.
func (c *Client) DecideRefund(
	ctx context.Context, refundID int64, r activities.RefundCharge, d workflows.RefundDecision,
) error {
	opt, in := refundOptions(refundID, r)
	return c.signalOrStart(ctx, opt, workflows.RefundDecisionSignal, d, workflows.RefundApproval, in)
}

// signalOrStart signals a workflow, and starts it first unless it runs. Errors are as with Checkout.
func (c *Client) signalOrStart(
	ctx context.Context, opt client.StartWorkflowOptions, signal string, content, workflow, in any,
) error {
	if _, err := c.temporal.SignalWithStartWorkflow(ctx, opt.ID, signal, content, opt, workflow, in); err != nil {
		return startError(ctx, err)
	}
	return nil
}

// run starts a workflow for an admitted request and waits for its result until ctx ends. It joins
// the run of the same id, unless opt has another conflict policy.
func (c *Client) run(
	ctx context.Context, opt client.StartWorkflowOptions, result any, workflow any, args ...any,
) error {
	opt.TaskQueue = workflows.RequestQueue
	opt.WorkflowTaskTimeout = workflows.RequestTaskTimeout
	opt.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	if opt.WorkflowIDConflictPolicy == enums.WORKFLOW_ID_CONFLICT_POLICY_UNSPECIFIED {
		opt.WorkflowIDConflictPolicy = enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	}
	opt.EnableEagerStart = c.eager()
	start, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	run, err := c.temporal.ExecuteWorkflow(start, opt, workflow, args...)
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &running):
		return err
	case err != nil:
		return startError(ctx, err)
	}
	if known, err := c.answers.wait(ctx, run.GetRunID(), result); known {
		return err
	}
	return resultError(ctx, run.Get(ctx, result))
}

// admit waits for a slot, and returns a function that releases it.
func (c *Client) admit(ctx context.Context) (release func(), err error) {
	select {
	case c.admitted <- struct{}{}:
		free := sync.OnceFunc(func() { <-c.admitted })
		limit := time.AfterFunc(maxHold, free)
		return func() { limit.Stop(); free() }, nil
	case <-ctx.Done():
		return nil, market.Failed(market.CodeWorkflowUnavailable, ctx.Err())
	}
}

func startError(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) {
		return err
	}
	return market.Failed(market.CodeWorkflowUnavailable, err)
}

func resultError(ctx context.Context, err error) error {
	var failed *temporal.WorkflowExecutionError
	var deadline *serviceerror.DeadlineExceeded // the server measures the same deadline and may report it first
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.As(err, &failed):
		return market.Failed(failureCode(err), err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &deadline):
		return market.Failed(market.CodeRequestTimeout, err)
	}
	return market.Failed(market.CodeWorkflowUnavailable, err)
}

// failureCode returns the code of a failed workflow's cause, if clients act on that code.
func failureCode(err error) market.Code {
	var app *temporal.ApplicationError
	var timeout *temporal.TimeoutError
	if errors.As(err, &app) {
		switch code := market.Code(app.Type()); code {
		case market.CodeDatabaseUnavailable, market.CodeRequestTimeout:
			return code
		}
	} else if errors.As(err, &timeout) { // no attempt of a step has ended in time
		return market.CodeWorkflowUnavailable
	}
	return market.CodeInternalServerError
}
