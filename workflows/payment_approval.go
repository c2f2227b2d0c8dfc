package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// PaymentInput identifies the order to pay and its buyer. PaymentID identifies an existing payment
// in the browser, which the run completes even after the order has expired; Inquiries is the number
// of its inquiries in earlier runs.
type PaymentInput struct {
	OrderID, BuyerID int64
	Method           market.PaymentMethod
	PaymentID        int64 `json:",omitempty"`
	Inquiries        int   `json:",omitempty"`
	// FeedPolled means that PaymentPoll finds the charge of a payment whose notifications are lost:
	// without a hint, the run fetches the status once, at the end. Client sets it; runs that began
	// without it make all inquiries.
	FeedPolled bool `json:",omitempty"`
}

// PaymentResult is the outcome of a payment: the successful payment or the code of a refusal.
// Existing reports that the order had been paid before.
type PaymentResult struct {
	Payment  *activities.Payment `json:",omitempty"`
	Existing bool                `json:",omitempty"`
	Refusal  market.Code         `json:",omitempty"`
}

// PaymentApproval pays an order: it opens the payment under a lock on the order, charges at the
// gateway, and books the charge under an optimistic lock. In the normal case that is one workflow
// task. While the gateway does not answer, the charge is resolved with retries. A charge whose
// order can no longer take it is given back by a refund workflow, which the booking requests. A
// payment in the browser waits for its buyer; see redirectPayment.
//
// If a process dies before the task is recorded, the whole task runs again: each step is idempotent
// and returns the result of this run's earlier attempt.
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

// paymentResult returns the outcome of a payment that has ended.
func paymentResult(p activities.Payment) PaymentResult {
	if code := PaymentRefusal(p.FailureCode); code != "" {
		return PaymentResult{Refusal: code}
	}
	return PaymentResult{Payment: &p}
}

// chargeAtGateway charges with one short attempt, and resolves an unknown outcome with retries. For
// a payment that has ended it charges nothing and only determines the outcome of earlier attempts.
func chargeAtGateway(ctx workflow.Context, p activities.Payment) (charge activities.ChargeOutcome, err error) {
	in := activities.ChargeInput{
		PaymentID: p.ID, MerchantUID: p.MerchantUID, Amount: p.Amount, Method: p.Method, Provider: p.Provider,
	}
	if p.Status == market.PaymentPending {
		if err = workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, gatewayOnce), acts.Charge,
			in).Get(ctx,
			&charge); err == nil {
			return charge, nil
		}
		workflow.GetLogger(ctx).Warn("charge outcome unknown; resolving", "payment_id", p.ID, "error",
			err)
	}
	workflow.SetCurrentDetails(ctx, "Charge outcome unknown; querying the payment gateway.")
	for _, wait := range append([]time.Duration{0}, gatewayDelays...) {
		if wait > 0 { // the gateway may still be processing the charge
			if err := workflow.Sleep(ctx, wait); err != nil {
				return charge, err
			}
		}
		err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), acts.ResolveCharge, in).Get(ctx,
			&charge)
		if err != nil || charge.Charged || charge.Declined {
			return charge, err
		}
	}
	return charge, nil
}

// book records the gateway's outcome. Money that has moved is booked with retries until done.
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
		step = acts.AbandonPayment // lost three races: the payment has failed, and its money goes back
	}
	workflow.GetLogger(ctx).Error("payment not booked; retrying", "payment_id", p.ID, "error", err)
	workflow.SetCurrentDetails(ctx, "The gateway has answered; retrying the booking.")
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, untilDone), step, in).Get(ctx, &booked)
	return booked, err
}

// PaymentRefusal returns the code that a buyer receives for a payment that has failed with a code;
// "" for a payment that has not failed.
func PaymentRefusal(failure market.Code) market.Code {
	if failure == market.CodeOrderExpired {
		return market.CodeOrderNotPayable
	}
	return failure
}
