package backoffice

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// RefundDecision is an admin's decision about a refund.
type RefundDecision struct {
	AdminID int64
	Large   bool   // the admin may decide refunds that require two approvals
	Key     string // identifies repeats, visible in histories; "" for a decision of its own

	Approve      bool
	Restock      bool   // with an approval: pieces that were shipped are on sale again
	PaidManually bool   // with an approval: the money has gone back from our bank account after the gateway has refused
	Reason       string // reason of a denial, or how a manual refund was paid
}

// id names the decision.
func (d RefundDecision) id() string {
	if d.Key == "" {
		return fmt.Sprintf("%d/%s", d.AdminID, rand.Text())
	}
	return fmt.Sprintf("%d/%s", d.AdminID, d.Key)
}

// waitedFor reports whether a refund waits for such a decision.
func (d RefundDecision) waitedFor(r market.AdminRefund) bool {
	return market.RefundDecision{Approve: d.Approve, PaidManually: d.PaidManually}.Applies(r.Status, r.Reason)
}

// DecideRefund signals a decision to the refund's workflow and waits up to DecisionWait for its
// effect. If there is none yet, done is false and the refund is in its current state. It fails with
// REFUND_NOT_FOUND when the refund does not exist or does not wait for such a decision, and with
// FORBIDDEN when it requires two approvals and this admin may not decide such refunds.
func (o *Service) DecideRefund(
	ctx context.Context, refundID int64, d RefundDecision,
) (refund market.AdminRefund, done bool, err error) {
	if refund, err = o.Store.AdminRefund(ctx, refundID); err != nil {
		return refund, false, err
	}
	decisionID := d.id()
	_, recorded, err := o.Store.DecisionApplied(ctx, refundID, decisionID)
	if err != nil {
		return refund, false, err
	}
	if !recorded {
		if refund.NeedsSecond && !d.Large {
			return refund, false, market.RefuseWith(market.CodeForbidden, market.DetailStaffRole)
		}
		if !d.waitedFor(refund) {
			return refund, false, notWaiting(refund)
		}
		if d.Approve && refund.NeedsSecond && refund.SecondApproverID == nil && refund.FirstApproverID != nil &&
			*refund.FirstApproverID == d.AdminID {
			return refund, false, market.Refuse(market.CodeRefundNeedsAnotherAdmin)
		}
		if err := o.signal(ctx, refundID, decisionID, d); err != nil {
			return refund, false, err
		}
	}
	return o.awaitDecision(ctx, refundID, decisionID, d)
}

// DecisionOutcome is the outcome of a decision on one of several refunds.
type DecisionOutcome string

// The outcomes.
const (
	DecisionDone     DecisionOutcome = "DECIDED"
	DecisionUnderWay DecisionOutcome = "UNDER_WAY" // the refund waits for its provider, or for a second admin
	DecisionRefused  DecisionOutcome = "REFUSED"
	DecisionFailed   DecisionOutcome = "FAILED" // it was approved, and the money has not gone back
)

// DecidedRefund is the outcome of a decision on one of several refunds.
type DecidedRefund struct {
	RefundID int64
	Outcome  DecisionOutcome
	Status   market.RefundStatus // of the refund after the decision; "" for one that is refused
	Refusal  error               // nil unless it is refused
}

// decidedAtOnce bounds the concurrent decisions, so that the request is answered in time even if
// each of them takes long.
const decidedAtOnce = 10

// DecideRefunds makes the same decision on several refunds and returns the outcome of each. A
// refund that does not wait for such a decision, or that requires another admin, is refused without
// affecting the others.
func (o *Service) DecideRefunds(ctx context.Context, ids []int64, d RefundDecision) ([]DecidedRefund, error) {
	decided := make([]DecidedRefund, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(decidedAtOnce)
	for i, id := range ids {
		group.Go(func() error {
			refund, done, err := o.DecideRefund(ctx, id, d)
			decided[i] = DecidedRefund{RefundID: id, Outcome: DecisionUnderWay, Status: refund.Status}
			switch code := market.CodeOf(err); {
			case err == nil && done && refund.Status == market.RefundFailed:
				decided[i].Outcome = DecisionFailed
			case err == nil && done:
				decided[i].Outcome = DecisionDone
			case err == nil:
			case code == market.CodeRefundNotFound || code == market.CodeRefundNeedsAnotherAdmin ||
				code == market.CodeForbidden: // two admins have to approve it, and this one may not be one of them
				decided[i] = DecidedRefund{RefundID: id, Outcome: DecisionRefused, Refusal: err}
			default:
				return err
			}
			return nil
		})
	}
	return decided, group.Wait()
}

// signal signs a decision and sends it. Its words are kept in the database and named
// by the decision.
func (o *Service) signal(ctx context.Context, refundID int64, decisionID string, d RefundDecision) error {
	charge, err := o.Store.RefundCharge(ctx, refundID)
	if err != nil {
		return err
	}
	if d.Reason != "" {
		if err := o.Store.KeepDecisionReason(ctx, refundID, decisionID, d.Reason); err != nil {
			return err
		}
	}
	signature := o.Decisions.Sign(auth.Decision{
		RefundID: refundID, AdminID: d.AdminID, DecisionID: decisionID, Approve: d.Approve, Restock: d.Restock,
		PaidManually: d.PaidManually,
	})
	return o.Workflows.DecideRefund(ctx, refundID, charge, workflows.RefundDecision{
		DecisionID: decisionID, AdminID: d.AdminID, Approve: d.Approve, Restock: d.Restock,
		PaidManually: d.PaidManually,
		Signature:    signature,
	})
}

// outcomePoll is how often the refund is read while an admin waits.
const outcomePoll = 50 * time.Millisecond

func (o *Service) awaitDecision(
	ctx context.Context, refundID int64, decisionID string, d RefundDecision,
) (refund market.AdminRefund, done bool, err error) {
	deadline := time.Now().Add(o.DecisionWait)
	for {
		applied, recorded, err := o.Store.DecisionApplied(ctx, refundID, decisionID)
		if err != nil {
			return refund, false, err
		}
		if refund, err = o.Store.AdminRefund(ctx, refundID); err != nil {
			return refund, false, err
		}
		late, processing := time.Now().After(deadline), refund.Status == market.RefundProcessing
		switch {
		case recorded && !applied:
			return refund, false, notWaiting(refund)
		case recorded && !processing: // the first of two approvals is not the end
			return refund, !d.Approve || refund.Status != market.RefundPending, nil
		case late && !recorded && !processing && !d.waitedFor(refund):
			return refund, false, notWaiting(refund) // it arrived after another one, and no run recorded it
		case late:
			return refund, false, nil
		}
		select {
		case <-ctx.Done():
			return refund, false, ctx.Err()
		case <-time.After(outcomePoll):
		}
	}
}

// notWaiting answers for a decision that came when there was nothing to decide: with
// the contract's code, and the state that the refund is in.
func notWaiting(r market.AdminRefund) error {
	return market.RefuseWith(market.CodeRefundNotFound, market.DetailRefundNotWaiting, r.Status)
}

// refundOrder opens a refund of all that remains of an order, and approves it. It is
// not done when the money is still on its way back.
func (o *Service) refundOrder(ctx context.Context, c OrderChange) (done bool, err error) {
	order, err := o.Store.AnyOrder(ctx, c.OrderID)
	switch {
	case err != nil:
		return false, err
	case order.Status == market.OrderRefunded:
		return true, nil
	case order.Status == market.OrderFailed:
		return false, market.Refuse(market.CodeOrderStatusImmutable)
	case !order.Status.Refundable():
		return false, market.Refuse(market.CodeOrderStatusCannotBeChanged)
	}
	refundID, err := o.Store.ReserveRefund(ctx, market.BuyerID(order.BuyerID), "admin:"+rand.Text(), nil, nil)
	if err != nil {
		return false, err
	}
	opened, err := o.Workflows.RequestRefund(ctx, workflows.RefundRequest{
		RefundID: refundID, BuyerID: order.BuyerID, OrderID: c.OrderID, Reason: market.ReasonAdminDecision,
	})
	if err != nil {
		return false, err
	}
	refund, _, err := o.DecideRefund(ctx, opened.RefundID,
		RefundDecision{AdminID: c.AdminID, Large: true, Approve: true})
	return refund.Status == market.RefundSuccess, err
}
