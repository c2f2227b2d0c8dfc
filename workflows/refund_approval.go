package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// RefundDecisionSignal carries a RefundDecision to a RefundApproval. Operators may send it from the
// Temporal UI or CLI: {"approve": true}.
const RefundDecisionSignal = "refund-decision"

// RefundOpenedUpdate returns as soon as the refund is open.
const RefundOpenedUpdate = "refund-opened"

// The defaults for the time after which a pending decision is reminded of and escalated, where the
// refund policy sets none.
const (
	remindAfter   = 24 * time.Hour
	escalateAfter = 72 * time.Hour
)

// RefundInput identifies a refund. A Reversal gives back a charge without an order to pay for: it
// is already open and approved. Failed reports that an attempt to pay back failed before this run
// began. Provider is the provider that gives the money back, if known; "" means MOCK.
type RefundInput struct {
	RefundRequest
	Reversal bool            `json:",omitempty"`
	Failed   bool            `json:",omitempty"`
	Provider market.Provider `json:",omitempty"`
}

// RefundRequest is a buyer's request for a refund.
type RefundRequest = activities.OpenRefundInput

// RefundDecision is the payload of RefundDecisionSignal.
type RefundDecision = activities.RefundDecision

// RefundOpened is the refund that a request has led to, or the code of its refusal.
type RefundOpened struct {
	activities.OpenedRefund
	Refusal market.Code  `json:",omitempty"`
	Left    market.Money `json:",omitempty"` // of the payment, when Refusal is REFUND_EXCEEDS_REMAINING
}

// RefundResult is the outcome of a refund.
type RefundResult struct {
	Status  market.RefundStatus `json:",omitempty"`
	Refusal market.Code         `json:",omitempty"`
}

// RefundApproval pays an order back, whole or in part: it opens the refund under a lock on the
// payment, waits without limit for an admin's decision, cancels at the gateway, verifies the
// cancellation, and books it under an optimistic lock. After a failed attempt the same run waits
// for the next decision. A cancelled run records the decisions that have arrived before it ends;
// the next run continues from there.
func RefundApproval(ctx workflow.Context, in RefundInput) (RefundResult, error) {
	r := &refundApproval{RefundInput: in}
	if err := r.listen(ctx); err != nil {
		return RefundResult{}, err
	}
	result, err := r.run(ctx)
	if temporal.IsCanceledError(err) {
		last, stop := workflow.NewDisconnectedContext(ctx)
		defer stop()
		if err := r.recordRest(last, r.settle); err != nil {
			return result, err
		}
	}
	return result, err
}

// run continues the refund from its present state.
func (r *refundApproval) run(ctx workflow.Context) (RefundResult, error) {
	status := market.RefundProcessing
	if r.Failed {
		status, r.attempted = market.RefundFailed, true
	}
	if !r.Reversal {
		done, err := r.open(ctx)
		if err != nil {
			return RefundResult{}, err
		}
		if done {
			return RefundResult{Refusal: r.opened.Refusal}, nil
		}
		status, r.Provider = r.opened.Status, r.opened.Provider // an earlier run may have come further
		r.attempted = status != market.RefundPending
	}
	for {
		var err error
		switch {
		case status.AwaitsDecision():
			status, err = r.decide(ctx, status)
		case status == market.RefundProcessing:
			status, err = r.payBack(ctx)
		default:
			return RefundResult{Status: status}, r.recordRest(ctx, r.record)
		}
		if err != nil {
			return RefundResult{}, err
		}
	}
}

// refundApproval is the state of a run.
type refundApproval struct {
	RefundInput
	opened    *RefundOpened
	signals   int                // signals received
	decisions []incomingDecision // in order of arrival
	seen      int                // how many of them have been recorded
	attempted bool               // a cancellation has been requested at the gateway
}

// incomingDecision is a decision with the number of its signal in the run, from 0.
type incomingDecision struct {
	RefundDecision
	signal   int
	paidBack bool // the gateway has nevertheless given the money back
}

// listen registers the handlers of signals and updates; call it before anything blocks.
func (r *refundApproval) listen(ctx workflow.Context) error {
	workflow.GoNamed(ctx, "decisions", func(ctx workflow.Context) {
		signals := workflow.GetSignalChannel(ctx, RefundDecisionSignal)
		for {
			var d RefundDecision
			valid := receive(ctx, signals, &d)
			r.takeIn(ctx, d, valid)
		}
	})
	return workflow.SetUpdateHandler(ctx, RefundOpenedUpdate, func(ctx workflow.Context) (RefundOpened, error) {
		err := workflow.Await(ctx, func() bool { return r.opened != nil })
		if err != nil {
			return RefundOpened{}, err
		}
		return *r.opened, nil
	})
}

// takeIn queues the decision of a signal. An unsigned denial without a reason is ignored, since a
// denial must have one.
func (r *refundApproval) takeIn(ctx workflow.Context, decision RefundDecision, valid bool) {
	d := incomingDecision{RefundDecision: decision, signal: r.signals}
	r.signals++
	if !valid || (!d.Approve && d.Reason == "" && d.Signature == "") {
		workflow.GetLogger(ctx).Warn("invalid refund decision ignored", "refund_id", r.RefundID)
		return
	}
	if d.DecisionID == "" {
		// The number of a signal counts from 0 in each run. A reset run receives the same signals,
		// and keeps their ids.
		d.DecisionID = fmt.Sprintf("signal-%s-%d", workflow.GetInfo(ctx).OriginalRunID, d.signal)
	}
	r.decisions = append(r.decisions, d)
}

// open opens the refund. done reports that there is nothing to decide in this run: the request was
// refused, or an earlier refund takes it up.
func (r *refundApproval) open(ctx workflow.Context) (done bool, err error) {
	var opened activities.OpenedRefund
	err = workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, inRequest), acts.OpenRefund,
		r.RefundRequest).Get(ctx, &opened)
	code, refused := refusal(err)
	if err != nil && !refused {
		return false, err
	}
	r.opened = &RefundOpened{OpenedRefund: opened, Refusal: code}
	var app *temporal.ApplicationError
	if code == market.CodeRefundExceedsRemaining && errors.As(err, &app) && app.HasDetails() {
		if err := app.Details(&r.opened.Left); err != nil {
			return false, err
		}
	}
	if refused || opened.RefundID != r.RefundID {
		return true, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	}
	return false, nil
}

// decide waits for the decision that advances the refund, and returns the new status.
func (r *refundApproval) decide(ctx workflow.Context, status market.RefundStatus) (market.RefundStatus, error) {
	details := "Waiting for an admin's decision."
	if status == market.RefundFailed {
		details = "The refund has failed; waiting for the next decision."
	}
	workflow.SetCurrentDetails(ctx, details)
	arrived := func() bool { return r.seen < len(r.decisions) }
	remind, escalate := remindAfter, escalateAfter
	if r.opened != nil && r.opened.RemindAfter > 0 {
		remind, escalate = r.opened.RemindAfter, r.opened.EscalateAfter
	}
	for _, wait := range []struct {
		after    time.Duration
		escalate bool
	}{{remind, false}, {escalate - remind, true}} {
		ok, err := workflow.AwaitWithOptions(ctx,
			workflow.AwaitOptions{
				Timeout: wait.after, TimerOptions: workflow.TimerOptions{Summary: "Decision deadline"},
			},
			arrived)
		if err != nil {
			return status, err
		}
		if ok {
			break
		}
		workflow.SetCurrentDetails(ctx, details+" It is overdue.")
		in := activities.RemindOfRefundInput{RefundID: r.RefundID, Escalate: wait.escalate}
		if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.RemindOfRefund,
			in).Get(ctx,
			nil); err != nil {
			return status, err
		}
	}
	if err := workflow.Await(ctx, arrived); err != nil {
		return status, err
	}
	return r.settle(ctx, status)
}

// settle records the next decision on a refund that waits for one, and returns the refund's new
// status.
func (r *refundApproval) settle(ctx workflow.Context, status market.RefundStatus) (market.RefundStatus, error) {
	if d := r.decisions[r.seen]; (!d.Approve || d.PaidManually) && r.attempted {
		// An earlier attempt may have given the money back although its answer was lost: then there
		// is nothing left to deny, or to pay manually.
		var gone bool
		if err := workflow.ExecuteActivity(r.atProvider(ctx, untilDone), acts.ChargeWasCancelled, r.RefundID).Get(ctx,
			&gone); err != nil {
			return status, err
		}
		r.decisions[r.seen].paidBack = gone
	}
	return r.record(ctx, status)
}

// record stores the next decision, which takes effect if the refund waits for one, and returns the
// refund's new status.
func (r *refundApproval) record(ctx workflow.Context, status market.RefundStatus) (market.RefundStatus, error) {
	next := r.decisions[r.seen]
	in := activities.DecideRefundInput{
		RefundID: r.RefundID, Signal: next.signal, Name: RefundDecisionSignal, Decision: next.RefundDecision,
		PaidBack: next.paidBack,
	}
	var d activities.DecidedRefund
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.DecideRefund, in).Get(ctx, &d)
	if temporal.IsCanceledError(err) {
		return status, err
	}
	r.seen++
	if code, _ := refusal(err); code == market.CodeInvalidInput {
		// For example, the reason is too long: the refund continues to wait for a decision.
		workflow.GetLogger(ctx).Warn("unrecordable refund decision ignored", "refund_id", r.RefundID, "error", err)
		return status, nil
	}
	return d.Status, err
}

// recordRest records the remaining decisions, up to one that arrives together with the answer of the last step.
func (r *refundApproval) recordRest(
	ctx workflow.Context, record func(workflow.Context, market.RefundStatus) (market.RefundStatus, error),
) error {
	signals := workflow.GetSignalChannel(ctx, RefundDecisionSignal)
	for {
		for {
			var d RefundDecision
			ok, valid := receiveAsync(signals, &d)
			if !ok {
				break
			}
			r.takeIn(ctx, d, valid)
		}
		if r.seen == len(r.decisions) {
			return nil
		}
		if _, err := record(ctx, ""); err != nil {
			return err
		}
	}
}

// atProvider returns a context that runs activities on the task queue of the refund's provider.
func (r *refundApproval) atProvider(ctx workflow.Context, policy workflow.ActivityOptions) workflow.Context {
	if r.Provider.Redirects() {
		return atProvider(ctx, CancellationQueue, r.BuyerID, policy)
	}
	return workflow.WithActivityOptions(ctx, policy)
}

// payBack gives the money back and books it.
func (r *refundApproval) payBack(ctx workflow.Context) (market.RefundStatus, error) {
	r.attempted = true
	workflow.SetCurrentDetails(ctx, "Approved; refunding at the payment gateway.")
	policy := gatewayUntilKnown
	if r.Reversal {
		policy = untilDone // a reversal is retried without limit
	}
	var c activities.CancelOutcome
	err := workflow.ExecuteActivity(r.atProvider(ctx, policy), acts.CancelCharge, r.RefundID).Get(ctx, &c)
	var failed *temporal.ActivityError
	if errors.As(err, &failed) && !temporal.IsCanceledError(err) {
		c.Refusal = market.CodePaymentGatewayError // no answer for a day
	} else if err != nil {
		return "", err
	}
	if c.Refusal != "" {
		in := activities.FailRefundInput{RefundID: r.RefundID, Why: c.Refusal}
		return market.RefundFailed, workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone),
			acts.FailRefund,
			in).Get(ctx, nil)
	}
	err = workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, optimistic), acts.CompleteRefund,
		r.RefundID).Get(ctx, nil)
	if err != nil {
		// Money that has moved is booked with retries until done.
		workflow.SetCurrentDetails(ctx, "Refunded at the gateway; retrying the booking.")
		err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.CompleteRefund,
			r.RefundID).Get(ctx,
			nil)
	}
	return market.RefundSuccess, err
}
