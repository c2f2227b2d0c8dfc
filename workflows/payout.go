package workflows

import (
	"fmt"
	"strconv"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// The signals that decide about a payout. They carry a PayoutDecision; operators may send them
// without one from the Temporal UI or CLI.
const (
	RetrySignal   = activities.RetryPayoutSignal
	AbandonSignal = activities.AbandonPayoutSignal
	InquireSignal = activities.InquirePayoutSignal
)

// PayoutDecision is the payload of the signals that decide about a payout.
type PayoutDecision = activities.PayoutDecision

const (
	payoutPage   = 100   // payouts started together
	payoutsInRun = 1_000 // then the run continues as new
)

// PayoutsInput is the progress of earlier runs: payouts with ids up to After have been started.
type PayoutsInput struct {
	After   int64
	Started int // by earlier runs
}

// Payouts starts a workflow for each payout that has not begun, and returns their number.
func Payouts(ctx workflow.Context, in PayoutsInput) (started int, err error) {
	for range payoutsInRun / payoutPage {
		var due []activities.DuePayout
		find := activities.DuePayoutsInput{After: in.After, Chunk: payoutPage}
		if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, batch), acts.DuePayouts,
			find).Get(ctx, &due); err != nil {
			return in.Started, err
		}
		children := make([]workflow.ChildWorkflowFuture, len(due))
		for i, p := range due {
			children[i] = startPayout(ctx, p)
		}
		for _, c := range children {
			if err := c.GetChildWorkflowExecution().Get(ctx, nil); err != nil &&
				!temporal.IsWorkflowExecutionAlreadyStartedError(err) {
				return in.Started, err
			}
		}
		in.Started += len(due)
		if len(due) < payoutPage {
			return in.Started, nil
		}
		in.After = due[len(due)-1].PayoutID
	}
	return in.Started, workflow.NewContinueAsNewError(ctx, Payouts, in)
}

func startPayout(ctx workflow.Context, p activities.DuePayout) workflow.ChildWorkflowFuture {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: PayoutWorkflowID(p.SettlementID), TaskQueue: PayoutQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, // a held payout is started again
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         PayoutSummary(p), TypedSearchAttributes: PayoutAttributes(p),
	})
	return workflow.ExecuteChildWorkflow(ctx, Payout, PayoutInput{PayoutID: p.PayoutID})
}

// PayoutSummary returns the summary of a payout's workflow that the Temporal UI shows.
func PayoutSummary(p activities.DuePayout) string {
	return fmt.Sprintf("Settlement %d, %s to seller %d", p.SettlementID, p.Amount, p.SellerID)
}

// PayoutAttributes returns the search attributes of a payout's workflow.
func PayoutAttributes(p activities.DuePayout) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(SellerID.ValueSet(strconv.FormatInt(p.SellerID, 10)))
}

// PayoutInput identifies a payout, and the attempt to resume at: 0 for the first.
type PayoutInput struct {
	PayoutID int64
	Attempt  int32 `json:",omitempty"`
}

// PayoutResult is the outcome of a payout: PAID, HELD (the seller must not be paid at present; the
// next run tries again) or ABANDONED.
type PayoutResult string

// The outcomes of a payout.
const (
	PayoutPaid      PayoutResult = "PAID"
	PayoutHeld      PayoutResult = "HELD"
	PayoutAbandoned PayoutResult = "ABANDONED"
)

// returnChecks are the ages of a transfer at which the bank is queried whether it has returned the
// money.
var returnChecks = []time.Duration{24 * time.Hour, 72 * time.Hour}

// Payout pays a settlement to its seller. A transfer is sent once under a key; an unknown outcome
// is queried until it is known, and only a transfer that is known to have failed is repeated, by an
// operator, under a new key. A payout fails also when the bank returns the money or pays another
// amount: an operator then abandons the payout, which leaves the seller the amount received, or
// queries the bank for a return.
func Payout(ctx workflow.Context, in PayoutInput) (PayoutResult, error) {
	p := &payout{PayoutInput: in, signals: map[string]int{}}
	attempt := activities.AttemptInput{PayoutID: in.PayoutID, Attempt: max(in.Attempt, 1), Signal: -1}
	recording, stop := workflow.NewDisconnectedContext(ctx) // a cancelled run records a decision as well
	defer stop()
	for starting := ctx; ; starting = recording {
		var started activities.StartedPayout
		if err := workflow.ExecuteActivity(workflow.WithActivityOptions(starting, inTurn), acts.StartPayout,
			attempt).Get(
			starting, &started); err != nil {
			return "", err
		}
		switch {
		case started.Held && attempt.Attempt == 1:
			return PayoutHeld, nil
		case started.Held: // the seller must not be paid at present: the operator's next signal decides
		default:
			attempt.Decision = PayoutDecision{} // it has been recorded
			if paid, err := p.pay(ctx, attempt, started); paid || err != nil {
				return PayoutPaid, err
			}
			attempt.Attempt++
		}
		if started.Abandoned {
			return PayoutAbandoned, p.inquireAbandoned(ctx, attempt)
		}
		var err error
		if attempt, err = p.wait(ctx, attempt); err != nil {
			return "", err
		}
		if attempt.Name == AbandonSignal {
			return PayoutAbandoned, workflow.ExecuteActivity(workflow.WithActivityOptions(recording, untilDone),
				acts.AbandonPayout, attempt).Get(recording, nil)
		}
	}
}

type payout struct {
	PayoutInput
	signals map[string]int // how many signals of each name have been received
	mispaid bool           // the bank has paid another amount in the last attempt
}

// pay makes one attempt, or resumes an earlier run's attempt, and then checks for a return of the
// money. paid reports that there was none.
func (p *payout) pay(
	ctx workflow.Context, attempt activities.AttemptInput, started activities.StartedPayout,
) (paid bool, err error) {
	out, paidAt := activities.PayoutOutcome{Outcome: started.Outcome}, started.PaidAt
	if out.Outcome == "" {
		if out, err = p.askBank(ctx, attempt, started.Begun); err != nil {
			return false, err
		}
		if err := p.end(ctx, attempt, out); err != nil {
			return false, err
		}
		paidAt = workflow.Now(ctx)
	}
	p.mispaid = out.Outcome == market.OutcomeMispaid
	if out.Outcome != market.OutcomeSuccess {
		return false, nil
	}
	for i, check := range returnChecks {
		wait := paidAt.Add(check).Sub(workflow.Now(ctx))
		if wait <= 0 && i < len(returnChecks)-1 {
			continue // the last check is always made, even late
		}
		workflow.SetCurrentDetails(ctx, "Paid; checking whether the bank returns the money.")
		inquiry := p.sleep(ctx, wait, attempt)
		if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, bankUntilKnown), acts.InquirePayout,
			inquiry).Get(ctx, &out); err != nil {
			return false, err
		}
		if out.Outcome != market.OutcomeSuccess {
			p.mispaid = out.Outcome == market.OutcomeMispaid
			return false, p.end(ctx, attempt, out)
		}
	}
	return true, workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.FinishPayout,
		p.PayoutID).Get(
		ctx, nil)
}

// askBank sends the transfer unless an earlier run may have, and queries the bank until the outcome
// is known.
func (p *payout) askBank(
	ctx workflow.Context, attempt activities.AttemptInput, begun bool,
) (out activities.PayoutOutcome, err error) {
	workflow.SetCurrentDetails(ctx, "Sending the transfer to the bank.")
	if !begun {
		if err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, bankOnce), acts.SendPayout,
			attempt).Get(ctx,
			&out); err == nil {
			return out, nil
		}
	}
	workflow.SetCurrentDetails(ctx, "Transfer outcome unknown; querying the bank.")
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, bankUntilKnown), acts.ResolvePayout,
		attempt).Get(ctx,
		&out)
	return out, err
}

func (p *payout) end(ctx workflow.Context, attempt activities.AttemptInput, out activities.PayoutOutcome) error {
	if out.Outcome != market.OutcomeSuccess {
		p.ignoreEarly(ctx)
	}
	in := activities.EndPayoutInput{AttemptInput: attempt, PayoutOutcome: out}
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.EndPayout, in).Get(ctx, nil)
}

// sleep waits until a time has passed or a signal requests an inquiry, and returns the attempt to
// inquire about.
func (p *payout) sleep(
	ctx workflow.Context, d time.Duration, attempt activities.AttemptInput,
) activities.AttemptInput {
	if d <= 0 {
		return attempt
	}
	timer := workflow.NewTimerWithOptions(ctx, d,
		workflow.TimerOptions{Summary: "Next check for a returned transfer"})
	s := workflow.NewSelector(ctx)
	s.AddFuture(timer, func(workflow.Future) {})
	s.AddReceive(workflow.GetSignalChannel(ctx, InquireSignal), p.take(ctx, &attempt))
	s.Select(ctx)
	return attempt
}

// take returns a function that receives a signal and stores its decision in an attempt.
func (p *payout) take(
	ctx workflow.Context, attempt *activities.AttemptInput,
) func(workflow.ReceiveChannel, bool) {
	return func(c workflow.ReceiveChannel, _ bool) {
		var decision PayoutDecision
		if !receive(ctx, c, &decision) {
			decision = PayoutDecision{} // unsigned, from an operator
		}
		attempt.Name, attempt.Signal, attempt.Decision = c.Name(), p.signals[c.Name()], decision
		p.signals[c.Name()]++
	}
}

// decisions returns the channels of the signals that a failed payout waits for.
func decisions(ctx workflow.Context) []workflow.ReceiveChannel {
	return []workflow.ReceiveChannel{
		workflow.GetSignalChannel(ctx, RetrySignal), workflow.GetSignalChannel(ctx, AbandonSignal),
	}
}

// ignoreEarly drops decisions that were sent before the payout failed, since their senders decided
// without knowledge of the failure.
func (p *payout) ignoreEarly(ctx workflow.Context) {
	for _, c := range decisions(ctx) {
		for ; c.ReceiveAsync(nil); p.signals[c.Name()]++ {
			workflow.GetLogger(ctx).Warn("early payout decision ignored", "signal", c.Name(), "payout_id", p.PayoutID)
		}
	}
}

// wait waits for the decision about a failed payout, and returns the next attempt with it. After
// the bank has paid another amount, it also handles inquiries about the previous attempt. A
// cancelled run returns a decision that has arrived, and otherwise an error.
func (p *payout) wait(ctx workflow.Context, attempt activities.AttemptInput) (activities.AttemptInput, error) {
	for {
		s := workflow.NewSelector(ctx)
		channels, details := decisions(ctx), "Failed; waiting for an operator's signal: retry or abandon."
		if p.mispaid {
			channels = append(channels, workflow.GetSignalChannel(ctx, InquireSignal))
			details = "The bank paid another amount; waiting for an operator's signal: abandon or inquire."
		}
		workflow.SetCurrentDetails(ctx, details)
		for _, c := range channels {
			s.AddReceive(c, p.take(ctx, &attempt))
		}
		if err := awaitSignal(ctx, channels...); err != nil {
			return attempt, err
		}
		s.Select(ctx)
		if attempt.Name != InquireSignal {
			return attempt, nil
		}
		if err := p.inquireMispaid(ctx, attempt); err != nil {
			return attempt, err
		}
	}
}

// inquireMispaid queries whether the bank has returned the wrong amount that it paid. attempt is
// the next one.
func (p *payout) inquireMispaid(ctx workflow.Context, attempt activities.AttemptInput) error {
	attempt.Attempt--
	var out activities.PayoutOutcome
	if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, bankUntilKnown), acts.InquirePayout,
		attempt).Get(ctx, &out); err != nil || out.Outcome != market.OutcomeReturned {
		return err
	}
	p.mispaid = false
	return p.end(ctx, attempt, out)
}

// inquireAbandoned handles the pending inquiries about an abandoned payout if the bank has paid
// another amount.
func (p *payout) inquireAbandoned(ctx workflow.Context, attempt activities.AttemptInput) error {
	for c := workflow.GetSignalChannel(ctx, InquireSignal); p.mispaid && c.Len() > 0; {
		p.take(ctx, &attempt)(c, true)
		if err := p.inquireMispaid(ctx, attempt); err != nil {
			return err
		}
	}
	return nil
}
