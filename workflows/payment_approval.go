package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// PaymentInput names the order to be paid and its buyer. PaymentID identifies an existing payment in the browser, which
// is driven to its end even after the order has expired; Inquiries is how many of its inquiries earlier runs have made.
type PaymentInput struct {
	OrderID, BuyerID int64
	Method           market.PaymentMethod
	PaymentID        int64 `json:",omitempty"`
	Inquiries        int   `json:",omitempty"`
	// FeedPolled means that PaymentPoll finds the charge of a payment whose messages are lost: without a hint the run
	// fetches the status once, at the end. Client sets it; runs that began without it make all inquiries.
	FeedPolled bool `json:",omitempty"`
}

// PaymentResult is how a payment ended: a payment that succeeded, or a refusal that
// says why not.
// Existing says that the order had been paid before.
type PaymentResult struct {
	Payment  *activities.Payment `json:",omitempty"`
	Existing bool                `json:",omitempty"`
	Refusal  market.Code         `json:",omitempty"`
}

// PaymentApproval pays an order: open the payment under a lock on the order,
// charge at the gateway, book the charge under an optimistic lock. When all
// goes well that is one workflow task. A gateway that does not answer is asked
// until it does; a charge that no order stands behind any more goes back, by a
// workflow that the booking itself calls for. A payment that the buyer makes in the
// browser waits for that; see redirectPayment.
//
// A process that dies before the task is recorded has the whole task run again:
// each step then finds what this run has done, whatever has become of it since.
func PaymentApproval(ctx workflow.Context, in PaymentInput) (PaymentResult, error) {
	r := &redirectPayment{PaymentInput: in}
	if err := r.listen(ctx); err != nil {
		return PaymentResult{}, err
	}
	result, err := approve(ctx, in, r)
	if errors.Is(err, errContinue) {
		in.PaymentID, in.Inquiries = r.payment.ID, r.Inquiries
		err = workflow.NewContinueAsNewError(ctx, PaymentApproval, in)
	}
	r.end(result)
	told := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	if err == nil {
		err = told
	}
	return result, err
}

func approve(ctx workflow.Context, in PaymentInput, r *redirectPayment) (PaymentResult, error) {
	var opened activities.OpenedPayment
	open := activities.OpenPaymentInput{
		OrderID: in.OrderID, BuyerID: in.BuyerID, Method: in.Method, PaymentID: in.PaymentID,
	}
	err := workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, inRequest), acts.OpenPayment,
		open).Get(ctx, &opened)
	if code, refused := refusal(err); refused {
		return PaymentResult{Refusal: code}, nil
	}
	if err != nil {
		return PaymentResult{}, err
	}
	if opened.Existing {
		return PaymentResult{Payment: &opened.Payment, Existing: true}, nil
	}
	if opened.Payment.Provider.Redirects() {
		return r.run(ctx, opened)
	}
	r.opened = &PaymentOpened{Ready: true}
	charge, err := chargeAtGateway(ctx, opened.Payment)
	if err != nil {
		return PaymentResult{}, err
	}
	booked, err := book(ctx, opened.Payment, charge)
	return paymentResult(booked.Payment), err
}

// paymentResult is how a payment ended.
func paymentResult(p activities.Payment) PaymentResult {
	if code := PaymentRefusal(p.FailureCode); code != "" {
		return PaymentResult{Refusal: code}
	}
	return PaymentResult{Payment: &p}
}

// chargeAtGateway takes the fast path once, and the slow path until the outcome is
// known. For a payment that has ended meanwhile nothing is charged any more: it is
// only asked what was.
func chargeAtGateway(ctx workflow.Context, p activities.Payment) (charge activities.ChargeOutcome, err error) {
	in := activities.ChargeInput{
		PaymentID: p.ID, MerchantUID: p.MerchantUID, Amount: p.Amount, Method: p.Method, Provider: p.Provider,
	}
	if p.Status == market.PaymentPending {
		if err = workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, gatewayOnce), acts.Charge, in).Get(ctx,
			&charge); err == nil {
			return charge, nil
		}
		workflow.GetLogger(ctx).Warn("the gateway's answer is unknown, asking until it is known", "payment_id", p.ID, "error",
			err)
	}
	workflow.SetCurrentDetails(ctx, "The payment gateway has not answered: asking until it does.")
	for _, wait := range append([]time.Duration{0}, gatewayDelays...) {
		if wait > 0 { // the charge may still be on its way through the gateway
			if err := workflow.Sleep(ctx, wait); err != nil {
				return charge, err
			}
		}
		err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.ResolveCharge, in).Get(ctx, &charge)
		if err != nil || charge.Charged || charge.Declined {
			return charge, err
		}
	}
	return charge, nil
}

// book records what the gateway did. Money that has moved is booked in the end,
// however long the database is away.
func book(
	ctx workflow.Context, p activities.Payment, charge activities.ChargeOutcome,
) (booked activities.BookedPayment, err error) {
	in := activities.BookPaymentInput{
		OrderID: p.OrderID, PaymentID: p.ID, Declined: charge.Declined, ImpUID: charge.ImpUID, Amount: charge.Amount,
		Cancelled: charge.Cancelled,
	}
	step := acts.ApprovePayment
	if !charge.Charged {
		step = acts.FailPayment
	}
	if err = workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, optimistic), step,
		in).Get(ctx, &booked); err == nil {
		return booked, nil
	}
	var app *temporal.ApplicationError
	if charge.Charged && errors.As(err, &app) && app.Type() == market.ErrorTypeConflict {
		step = acts.AbandonPayment // three lost races: the payment has failed, and its money goes back
	}
	workflow.GetLogger(ctx).Error("the payment is not booked, trying until it is", "payment_id", p.ID, "error", err)
	workflow.SetCurrentDetails(ctx, "The gateway has answered and the database has not: booking until it does.")
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), step, in).Get(ctx, &booked)
	return booked, err
}

// PaymentRefusal is what the buyer is told of a payment that has failed with a code; "" for
// one that has not.
func PaymentRefusal(failure market.Code) market.Code {
	if failure == market.CodeOrderExpired {
		return market.CodeOrderNotPayable
	}
	return failure
}
