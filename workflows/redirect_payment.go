package workflows

import (
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

const (
	// PaymentChangedSignal signals that a payment may have changed. Its content is not trusted: the
	// status is fetched from the provider. An empty one, from the Temporal UI or CLI, has it fetched
	// at once.
	PaymentChangedSignal = "payment-hint"

	// PaymentOpenedUpdate completes when the buyer can pay.
	PaymentOpenedUpdate = "payment-opened"
	// PaymentChangedUpdate is PaymentChangedSignal for senders that wait for the outcome.
	PaymentChangedUpdate = "payment-confirm"
	// PaymentCloseUpdate ends the payment unless the buyer has paid: the buyer pays another way.
	PaymentCloseUpdate = "payment-close"
)

// PaymentChanged identifies a payment that may have changed; PaymentID 0 means the payment of the run.
// Token and TransactionID belong to a buyer's agreement.
type PaymentChanged struct {
	PaymentID     int64  `json:"paymentId,omitempty"`
	Token         string `json:"token,omitempty"`
	TransactionID string `json:"transactionId,omitempty"`
}

// PaymentOpened is the outcome of opening a payment: Ready when its buyer can pay, else its result.
type PaymentOpened struct {
	Ready bool          `json:",omitempty"`
	End   PaymentResult `json:",omitzero"`
}

// inquiries are the ages of a payment at which its status is fetched without a hint. Before the last one the order has
// expired. Later charges are found by messages of the provider, the poll of its feed, or the next reconciliation.
var inquiries = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 35 * time.Minute}

// formerInquiries are the inquiries of runs that reached the third one before the fourth became the
// last.
var formerInquiries = append(inquiries[:3:3], 75*time.Minute, 135*time.Minute, 195*time.Minute)

// errContinue has the run continue as new because its history is long.
var errContinue = errors.New("continue as new")

// redirectPayment is a payment that its buyer makes in the browser, at a provider. Only its
// workflow run fetches the status, confirms, verifies and books. The browser's return, the
// provider's notification and timers all wake that run, so that their order and number do not
// matter.
type redirectPayment struct {
	PaymentInput
	payment activities.Payment
	opened  *PaymentOpened
	hints   []PaymentChanged
	seen    int // hints that have been handled
	ended   bool

	toClose, closed int // requests to end the payment, and those that have been handled

	agreement PaymentChanged // the buyer's last one, until the provider has answered to it

	// unknown are payments that have ended, that there was a hint about, and whose status could not be fetched.
	unknown []int64
}

// listen registers the handlers of updates.
func (r *redirectPayment) listen(ctx workflow.Context) error {
	err := workflow.SetUpdateHandler(ctx, PaymentOpenedUpdate, func(ctx workflow.Context) (PaymentOpened, error) {
		if err := workflow.Await(ctx, func() bool { return r.opened != nil }); err != nil {
			return PaymentOpened{}, err
		}
		return *r.opened, nil
	})
	if err != nil {
		return err
	}
	err = workflow.SetUpdateHandler(ctx, PaymentCloseUpdate, func(ctx workflow.Context) error {
		r.toClose++
		number := r.toClose
		return workflow.Await(ctx, func() bool { return r.closed >= number || r.ended })
	})
	if err != nil {
		return err
	}
	return workflow.SetUpdateHandler(ctx, PaymentChangedUpdate, func(ctx workflow.Context, hint PaymentChanged) error {
		r.hints = append(r.hints, hint)
		number := len(r.hints)
		return workflow.Await(ctx, func() bool { return r.seen >= number || r.ended })
	})
}

// end releases the callers of updates that still wait.
func (r *redirectPayment) end(result PaymentResult) {
	r.ended = true
	if r.opened == nil {
		r.opened = &PaymentOpened{End: result}
	}
}

// run completes the payment.
func (r *redirectPayment) run(ctx workflow.Context, opened activities.OpenedPayment) (PaymentResult, error) {
	r.payment = opened.Payment
	if !opened.Prepared && !opened.Resolved {
		if ready, err := r.prepare(ctx); err != nil || !ready {
			return paymentResult(r.payment), err
		}
	}
	r.opened = &PaymentOpened{Ready: true}
	if age := workflow.Now(ctx).Sub(opened.OpenedAt); r.FeedPolled && age < inquiries[0] {
		r.Inquiries = len(inquiries) - 1 // inquiries begin with the first hint
	} else {
		r.skipInquiries(ctx, age)
	}
	for over := opened.Resolved; ; {
		followed := r.seen + r.closed
		ended, err := r.followHints(ctx)
		over = over || ended
		if err == nil && !over && r.closed < r.toClose {
			over, err = r.close(ctx)
		}
		if r.FeedPolled && r.seen+r.closed > followed {
			r.Inquiries = nextInquiry(workflow.Now(ctx).Sub(opened.OpenedAt))
		}
		switch {
		case err != nil:
			return PaymentResult{}, err
		case over && len(r.unknown) > 0:
			if err := r.followUnknown(ctx); err != nil {
				return PaymentResult{}, err
			}
			continue // to hints that have come meanwhile
		case over:
			return paymentResult(r.payment), nil
		case r.Inquiries == len(r.inquiries(ctx)):
			if err := r.giveUp(ctx); err != nil {
				return PaymentResult{}, err
			}
			over = true
			continue
		case workflow.GetInfo(ctx).GetContinueAsNewSuggested():
			return PaymentResult{}, errContinue
		}
		told, err := r.wait(ctx, opened.OpenedAt.Add(r.inquiries(ctx)[r.Inquiries]))
		if err != nil {
			return PaymentResult{}, err
		}
		if told {
			continue
		}
		r.Inquiries++
		if r.Inquiries < len(r.inquiries(ctx)) {
			over, err = r.follow(ctx, PaymentChanged{})
		} else {
			over, err = r.followUntilKnown(ctx, PaymentChanged{})
		}
		if err != nil {
			return PaymentResult{}, err
		}
	}
}

// inquiries returns the schedule of the run's inquiries. A run that ends before the third one has
// no version in its history.
func (r *redirectPayment) inquiries(ctx workflow.Context) []time.Duration {
	if r.Inquiries < 2 || r.FeedPolled {
		return inquiries
	}
	if workflow.GetVersion(ctx, "four inquiries", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return formerInquiries
	}
	return inquiries
}

// nextInquiry returns the index of the first inquiry after a payment's age, or of the last inquiry.
func nextInquiry(age time.Duration) (i int) {
	for i < len(inquiries)-1 && inquiries[i] <= age {
		i++
	}
	return i
}

// skipInquiries skips all overdue inquiries but the latest, for a payment of an earlier run.
func (r *redirectPayment) skipInquiries(ctx workflow.Context, age time.Duration) {
	for {
		all := r.inquiries(ctx)
		if r.Inquiries == len(all)-1 || all[r.Inquiries+1] > age {
			return
		}
		r.Inquiries++
	}
}

// followHints handles all hints that have arrived. ended reports that the run's payment has ended.
func (r *redirectPayment) followHints(ctx workflow.Context) (ended bool, err error) {
	signals := workflow.GetSignalChannel(ctx, PaymentChangedSignal)
	for {
		var hint PaymentChanged
		for signals.ReceiveAsync(&hint) {
			r.hints = append(r.hints, hint)
			hint = PaymentChanged{}
		}
		if r.seen == len(r.hints) {
			return ended, nil
		}
		hint = r.hints[r.seen]
		if r.payment.Status != market.PaymentSuccess || !r.own(hint) {
			over, err := r.follow(ctx, hint)
			if err != nil {
				return ended, err
			}
			ended = ended || over
		}
		r.seen++
	}
}

// own reports whether a hint is about the run's own payment.
func (r *redirectPayment) own(hint PaymentChanged) bool {
	return hint.PaymentID == 0 || hint.PaymentID == r.payment.ID
}

// prepare registers the payment with the provider while the buyer waits. If that fails, or the
// payment can no longer be made, the payment is withdrawn: the buyer has not received the payment
// page yet.
func (r *redirectPayment) prepare(ctx workflow.Context) (ready bool, err error) {
	if r.payment.Status == market.PaymentPending {
		err = workflow.ExecuteActivity(atProvider(ctx, ProviderQueue, r.BuyerID, prepareAtProvider),
			acts.PreparePayment,
			r.payment.ID).Get(ctx, nil)
		if err == nil || temporal.IsCanceledError(err) {
			return err == nil, err
		}
		workflow.GetLogger(ctx).Warn("payment not registered with provider", "payment_id", r.payment.ID, "error",
			err)
	}
	in := activities.BookPaymentInput{OrderID: r.OrderID, PaymentID: r.payment.ID}
	var withdrawn activities.WithdrawnPayment
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.WithdrawPayment, in).Get(ctx,
		&withdrawn)
	r.payment = withdrawn.Payment
	return withdrawn.Ready, err
}

// wait waits until a hint arrives or a time is reached.
func (r *redirectPayment) wait(ctx workflow.Context, until time.Time) (hinted bool, err error) {
	left := until.Sub(workflow.Now(ctx))
	if left <= 0 {
		return false, nil
	}
	workflow.SetCurrentDetails(ctx, "Waiting for the buyer to pay in the browser.")
	return workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
		Timeout: left, TimerOptions: workflow.TimerOptions{Summary: "Next poll of the payment provider"},
	}, func() bool {
		return r.seen < len(r.hints) || r.closed < r.toClose ||
			workflow.GetSignalChannel(ctx, PaymentChangedSignal).Len() > 0
	})
}

// follow fetches a payment's status and books it. over reports that the run's payment has ended.
// After a failed fetch, the next hint or inquiry repeats it.
func (r *redirectPayment) follow(ctx workflow.Context, hint PaymentChanged) (over bool, err error) {
	in, seen, err := r.fetchStatus(ctx, hint, fetchPayment)
	if temporal.IsCanceledError(err) {
		return false, err
	}
	if err != nil {
		workflow.GetLogger(ctx).Warn("payment status not fetched", "payment_id", in.PaymentID, "error",
			err)
		if ended := !r.own(hint) || r.payment.Status != market.PaymentPending; ended {
			r.unknown = append(r.unknown, in.PaymentID)
		}
		return false, nil
	}
	return r.book(ctx, in.PaymentID, seen)
}

// followUnknown fetches and books the status of the payments that have no inquiries: the provider's feed signals a
// charge once.
func (r *redirectPayment) followUnknown(ctx workflow.Context) error {
	slices.Sort(r.unknown)
	unknown := slices.Compact(r.unknown)
	r.unknown = nil
	for _, id := range unknown {
		if _, err := r.followUntilKnown(ctx, PaymentChanged{PaymentID: id}); err != nil {
			return err
		}
	}
	return nil
}

// followUntilKnown is follow for the last occasion.
func (r *redirectPayment) followUntilKnown(ctx workflow.Context, hint PaymentChanged) (over bool, err error) {
	in, seen, err := r.fetchStatus(ctx, hint, untilDone)
	if err != nil {
		return false, err
	}
	return r.book(ctx, in.PaymentID, seen)
}

func (r *redirectPayment) fetchStatus(
	ctx workflow.Context, hint PaymentChanged, policy workflow.ActivityOptions,
) (in activities.LookAtPaymentInput, seen activities.PaymentSnapshot, err error) {
	if r.own(hint) {
		hint.PaymentID = r.payment.ID
		if hint.Token != "" {
			r.agreement = hint
		}
		if r.agreement.Token != "" {
			if hint, err = r.confirm(ctx); err != nil {
				return in, seen, err
			}
		}
	}
	in = activities.LookAtPaymentInput{
		PaymentID: hint.PaymentID, Token: hint.Token, TransactionID: hint.TransactionID, Apart: true,
	}
	err = workflow.ExecuteActivity(atProvider(ctx, ProviderQueue, r.BuyerID, policy), acts.LookAtPayment, in).Get(ctx,
		&seen)
	return in, seen, err
}

// confirm sends the buyer's agreement to the provider and returns the hint for fetching the status. An agreement that
// the provider accepted or refused is not sent again. A failed confirmation is not an error: the status decides.
func (r *redirectPayment) confirm(ctx workflow.Context) (PaymentChanged, error) {
	if workflow.GetVersion(ctx, "confirm apart from looking", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return r.agreement, nil
	}
	look := PaymentChanged{PaymentID: r.agreement.PaymentID}
	err := workflow.ExecuteActivity(atProvider(ctx, ConfirmationQueue, r.BuyerID, confirmAgreement),
		acts.ConfirmPayment,
		activities.LookAtPaymentInput{
			PaymentID: r.agreement.PaymentID, Token: r.agreement.Token, TransactionID: r.agreement.TransactionID,
		}).Get(ctx, nil)
	switch {
	case temporal.IsCanceledError(err):
		return look, err
	case err != nil:
		workflow.GetLogger(ctx).Warn("payment not confirmed by provider", "payment_id", r.payment.ID,
			"error", err)
	default:
		r.agreement = PaymentChanged{}
	}
	return look, nil
}

// book books the charge or the end of a payment of the order. over reports that it was the run's
// own payment, which has ended.
func (r *redirectPayment) book(
	ctx workflow.Context, paymentID int64, seen activities.PaymentSnapshot,
) (over bool, err error) {
	if !seen.Charged && seen.End == "" || seen.OrderID != r.OrderID {
		return false, nil
	}
	if seen.ToGiveBack {
		back := atProvider(ctx, CancellationQueue, r.BuyerID, untilDone)
		if err := workflow.ExecuteActivity(back, acts.GiveBack, paymentID).Get(ctx, nil); err != nil {
			return false, err
		}
	}
	p := activities.Payment{ID: paymentID, OrderID: r.OrderID}
	var booked activities.BookedPayment
	if seen.Charged {
		charge := activities.ChargeOutcome{
			Charged: true, ImpUID: seen.ImpUID, Amount: seen.Amount, Cancelled: seen.Cancelled,
		}
		booked, err = book(ctx, p, charge)
	} else {
		booked, err = r.fail(ctx, p, seen.End, seen.Reason)
	}
	if err != nil || paymentID != r.payment.ID {
		return false, err
	}
	r.payment = booked.Payment
	return true, nil
}

// close ends the payment for a buyer who pays another way, and reports whether it has ended. If the
// buyer has paid, the payment is booked instead. If the provider does not answer, the payment stays
// open.
func (r *redirectPayment) close(ctx workflow.Context) (over bool, err error) {
	asked := r.toClose
	defer func() { r.closed = asked }()
	in, seen, err := r.fetchStatus(ctx, PaymentChanged{}, fetchPayment)
	if temporal.IsCanceledError(err) {
		return false, err
	}
	if err != nil {
		workflow.GetLogger(ctx).Warn("payment not closed: provider does not answer", "payment_id", r.payment.ID,
			"error",
			err)
		return false, nil
	}
	if seen.Charged || seen.End != "" {
		return r.book(ctx, in.PaymentID, seen)
	}
	var booked activities.BookedPayment
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.ClosePayment,
		activities.BookPaymentInput{OrderID: r.OrderID, PaymentID: r.payment.ID}).Get(ctx, &booked)
	if err != nil {
		return false, err
	}
	r.payment = booked.Payment
	return true, nil
}

// giveUp fails a payment that its buyer has not made.
func (r *redirectPayment) giveUp(ctx workflow.Context) error {
	booked, err := r.fail(ctx, r.payment, market.EndNotCharged, "")
	r.payment = booked.Payment
	return err
}

func (r *redirectPayment) fail(
	ctx workflow.Context, p activities.Payment, end market.PaymentEnd, reason string,
) (booked activities.BookedPayment, err error) {
	in := activities.BookPaymentInput{OrderID: p.OrderID, PaymentID: p.ID, End: end, Reason: reason}
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.FailPayment, in).Get(ctx, &booked)
	return booked, err
}
