package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// OpenRefundInput is a buyer's request for a refund; see store.RefundRequest.
type OpenRefundInput struct {
	RefundID, BuyerID, OrderID int64
	Reason                     market.RefundReason
	Items                      []RefundPieces `json:",omitempty"`
	Cancel                     bool           `json:",omitempty"`
	SellerID                   int64          `json:",omitempty"` // that cancels its part
}

// RefundPieces are market.Pieces in workflow histories.
type RefundPieces struct {
	OrderItemID int64
	Quantity    int32
}

// Add adds pieces to the request; a request without pieces covers all that remains of the order.
func (in *OpenRefundInput) Add(p market.Pieces) { in.Items = append(in.Items, RefundPieces(p)) }

// OpenedRefund is the refund that a request has led to: a new one, or an earlier one that had
// failed and waits for a decision again.
type OpenedRefund struct {
	RefundID int64
	Amount   market.Money
	Status   market.RefundStatus // PENDING, or the status of an earlier run
	Provider market.Provider     `json:",omitempty"` // that gives the money back; "" for MOCK

	// Reminder and escalation of a decision that takes longer than this.
	RemindAfter   time.Duration `json:",omitempty"`
	EscalateAfter time.Duration `json:",omitempty"`
}

// OpenRefund opens a refund; see store.OpenRefund.
func (a *Activities) OpenRefund(ctx context.Context, in OpenRefundInput) (OpenedRefund, error) {
	request := store.RefundRequest{
		RefundID: in.RefundID, BuyerID: in.BuyerID, OrderID: in.OrderID, Reason: in.Reason, Cancel: in.Cancel,
		SellerID: in.SellerID,
	}
	for _, p := range in.Items {
		request.Items = append(request.Items, market.Pieces(p))
	}
	r, err := a.Store.OpenRefund(ctx, request)
	if err != nil {
		return OpenedRefund{}, err
	}
	policy, err := a.Store.RefundPolicy(ctx)
	if err != nil {
		return OpenedRefund{}, err
	}
	c, err := a.Store.RefundCharge(ctx, r.ID)
	opened := OpenedRefund{
		RefundID: r.ID, Amount: r.Amount, Status: r.Status,
		RemindAfter:   time.Duration(policy.RemindAfterHours) * time.Hour,
		EscalateAfter: time.Duration(policy.EscalateAfterHours) * time.Hour,
	}
	opened.Provider = c.Provider.InHistory()
	return opened, err
}

// RefundCharge is the charge that a refund gives back.
type RefundCharge = store.RefundCharge

// RefundDecision is the payload of the signal that decides a refund. From the Temporal UI or CLI,
// {"approve": true} approves and {"reason": "..."} denies. The admin API signs its decisions, and
// stores their reasons in the database.
type RefundDecision struct {
	DecisionID string `json:"decisionId,omitempty"` // identifies repeats of a decision; "" for a new one
	AdminID    int64  `json:"adminId,omitempty"`    // set by the admin API
	Signature  string `json:"signature,omitempty"`  // by the admin API, over all but the reason; see auth.Decisions
	Approve    bool   `json:"approve"`
	Reason     string `json:"reason,omitempty"`  // for the denial; required then
	Restock    bool   `json:"restock,omitempty"` // put shipped pieces back on sale
	// PaidManually approves a payment from our bank account, after the gateway has refused.
	PaidManually bool `json:"byHand,omitempty"`
}

// DecideRefundInput is a decision on a refund. Signal is its number among the signals of the
// workflow run, from 0. PaidBack reports that the gateway has given the money back nevertheless:
// then the refund is booked, regardless of the decision.
type DecideRefundInput struct {
	RefundID int64
	Signal   int
	Name     string // of the signal
	Decision RefundDecision
	PaidBack bool `json:",omitempty"`
}

// DecidedRefund is the state of a refund after a decision.
type DecidedRefund struct {
	Status  market.RefundStatus
	Applied bool // by this decision
}

// DecideRefund records a decision and its sender, and applies it if the refund waits for one; see
// store.DecideRefund.
func (a *Activities) DecideRefund(ctx context.Context, in DecideRefundInput) (d DecidedRefund, err error) {
	s := in.Decision
	decision := store.RefundDecision{
		RefundID: in.RefundID, DecisionID: s.DecisionID, AdminID: s.AdminID, SentBy: sentByAdminAPI,
		Approve: s.Approve || in.PaidBack, Reason: s.Reason, Restock: s.Restock, PaidManually: s.PaidManually &&
			!in.PaidBack,
	}
	signed := auth.Decision{
		RefundID: in.RefundID, AdminID: s.AdminID, DecisionID: s.DecisionID, Approve: s.Approve, Restock: s.Restock,
		PaidManually: s.PaidManually,
	}
	if s.AdminID == 0 || !a.Decisions.Verified(signed, s.Signature) {
		identity, err := signalSender(ctx, in.Name, in.Signal)
		if err != nil {
			return d, err
		}
		decision.AdminID, decision.SentBy = 0, unverified+identity
	}
	d.Status, d.Applied, err = a.Store.DecideRefund(ctx, decision)
	return d, err
}

const (
	// sentByAdminAPI is recorded as the sender of a decision with a valid signature.
	sentByAdminAPI = "admin API"
	// unverified marks an identity chosen by the sender of any other decision.
	unverified = "operator, unverified: "
)

// signalSender returns the identity that the sender of a signal chose. The signal belongs to the
// workflow that runs this activity.
func signalSender(ctx context.Context, name string, number int) (string, error) {
	w := activity.GetInfo(ctx).WorkflowExecution
	events := activity.GetClient(ctx).GetWorkflowHistory(ctx, w.ID, w.RunID, false,
		enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return "", err
		}
		if s := e.GetWorkflowExecutionSignaledEventAttributes(); s.GetSignalName() == name && s != nil {
			if number == 0 {
				return s.GetIdentity(), nil
			}
			number--
		}
	}
	return "", fmt.Errorf("the history of %s has no such signal %s", w.ID, name)
}

// CancelOutcome is the outcome of a cancellation at the gateway: Refusal is "" when the money has
// gone back, else the reason why this attempt failed permanently.
type CancelOutcome struct {
	Refusal market.Code `json:",omitempty"`
}

// CancelCharge cancels a refund's part of the charge at the provider. It is idempotent: it checks
// whether the cancellation exists, requests it, and verifies it. Refunds that are paid manually or
// cost nothing need no request. An error means that the outcome is unknown or still pending at the
// provider.
func (a *Activities) CancelCharge(ctx context.Context, refundID int64) (CancelOutcome, error) {
	c, done, err := a.cancelled(ctx, refundID)
	if err == nil && (c.ByHand || c.Amount == 0) {
		return CancelOutcome{}, nil
	}
	if err != nil || done || c.Refusal != "" {
		return c.CancelOutcome, err
	}
	err = c.provider.Cancel(ctx,
		gateway.CancelRequest{
			MerchantUID: c.MerchantUID, ImpUID: c.ImpUID, Key: gateway.CancelKey(c.ImpUID, refundID), Amount: c.Amount,
			Reason: string(c.Reason), RefundID: refundID, Attempt: c.CancelAttempts,
			Cancellable: c.charge.Cancellable(),
		})
	switch {
	case errors.Is(err, gateway.ErrNotCancellable), errors.Is(err, gateway.ErrUnknownPayment):
		return CancelOutcome{Refusal: market.CodePaymentNotRefundable}, a.Store.CountCancelAttempt(ctx, refundID,
			c.CancelAttempts)
	case errors.Is(err, gateway.ErrNotNow):
		return CancelOutcome{}, errors.Join(err, a.Store.CountCancelAttempt(ctx, refundID, c.CancelAttempts))
	case err != nil:
		return CancelOutcome{}, err
	}
	c, done, err = a.cancelled(ctx, refundID)
	if err == nil && !done && c.Refusal == "" {
		err = errors.New("payment provider accepted the cancellation but does not list it yet")
	}
	return c.CancelOutcome, err
}

// ChargeWasCancelled reports whether the provider has given a refund's money back.
func (a *Activities) ChargeWasCancelled(ctx context.Context, refundID int64) (bool, error) {
	_, done, err := a.cancelled(ctx, refundID)
	return done, err
}

type refundAtProvider struct {
	store.RefundCharge
	CancelOutcome
	provider gateway.Provider
	charge   gateway.Charge
}

// cancelled fetches the charge of a refund and verifies its id and amount. done reports that the
// refund's part of the charge has gone back.
func (a *Activities) cancelled(ctx context.Context, refundID int64) (c refundAtProvider, done bool, err error) {
	if c.RefundCharge, err = a.Store.RefundCharge(ctx, refundID); err != nil || c.ByHand || c.Amount == 0 {
		return c, false, err
	}
	if c.provider, err = a.Gateways.Of(c.Provider); err != nil {
		return c, false, err
	}
	c.charge, err = c.provider.Inquire(ctx, c.MerchantUID)
	switch {
	case errors.Is(err, gateway.ErrUnknownPayment), errors.Is(err, gateway.ErrDeclined):
		c.Refusal = market.CodePaymentNotRefundable
		return c, false, nil
	case err != nil:
		return c, false, err
	}
	key := gateway.CancelKey(c.ImpUID, refundID)
	amount, done := c.charge.Cancelled(key)
	pending, failed := c.charge.Cancelling(key, c.CancelAttempts)
	switch {
	case c.charge.ImpUID != c.ImpUID, c.charge.Amount != c.Captured, done && amount != c.Amount:
		c.Refusal = market.CodePaymentNotRefundable
		return c, false, nil
	case done:
		return c, true, nil
	case pending:
		return c, false, errors.New("payment provider has not completed the cancellation yet")
	case failed: // the provider accepted the request and then failed to execute it
		c.Refusal = market.CodePaymentNotRefundable
		return c, false, a.Store.CountCancelAttempt(ctx, refundID, c.CancelAttempts)
	case c.charge.Cancellable() < c.Amount: // the money was given back elsewhere
		c.Refusal = market.CodePaymentNotRefundable
	}
	return c, false, nil
}

// CompleteRefund books that the money has gone back; see store.CompleteRefund.
func (a *Activities) CompleteRefund(ctx context.Context, refundID int64) error {
	_, err := a.Store.CompleteRefund(ctx, refundID)
	return err
}

// FailRefundInput is the reason why an attempt to pay back failed.
type FailRefundInput struct {
	RefundID int64
	Why      market.Code
}

// FailRefund records that an attempt to pay back failed.
func (a *Activities) FailRefund(ctx context.Context, in FailRefundInput) error {
	return a.Store.FailRefund(ctx, in.RefundID, in.Why)
}

// RemindOfRefundInput identifies a refund with an overdue decision. Escalate means that the
// reminder was not enough.
type RemindOfRefundInput struct {
	RefundID int64
	Escalate bool
}

// RemindOfRefund marks the decision on a refund as overdue, for admins and alerts.
func (a *Activities) RemindOfRefund(ctx context.Context, in RemindOfRefundInput) error {
	activity.GetLogger(ctx).Warn("refund decision overdue", "refund_id", in.RefundID, "escalated", in.Escalate)
	return a.Store.RemindOfRefund(ctx, in.RefundID, in.Escalate)
}
