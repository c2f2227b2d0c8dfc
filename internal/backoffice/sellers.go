package backoffice

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// SetSellerStatus approves, suspends or rejects a seller, who is notified of a rejection with its reason. One who
// loses approval loses all sessions at once, and its products are off sale. It fails with SELLER_NOT_FOUND,
// or with REDIS_UNAVAILABLE: the same call again then ends the sessions.
func (o *Service) SetSellerStatus(
	ctx context.Context, sellerID int64, status market.SellerStatus, holdPayouts bool, reason string,
) (market.Seller, error) {
	seller, err := o.Store.SetSellerStatus(ctx, sellerID, status, holdPayouts, reason)
	if err != nil {
		return seller, err
	}
	o.Cache.Changed(ctx, cache.ProductsGroup, cache.SellerProductsGroup(sellerID))
	if status != market.SellerApproved {
		err = o.Sessions.EndAccount(ctx, market.RoleSeller, sellerID)
	}
	return seller, err
}

// InquirePayout has the bank queried for the outcome of a payout of any age: a return that is
// detected late makes the payout fail. It fails with PAYOUT_NOT_FOUND.
func (o *Service) InquirePayout(ctx context.Context, adminID, payoutID int64) error {
	p, err := o.Store.StandingPayout(ctx, payoutID)
	if err == nil {
		err = o.Store.NoteAction(ctx, market.Action{Name: "PAYOUT_INQUIRED", Subject: "PAYOUT", SubjectID: payoutID})
	}
	if err != nil {
		return err
	}
	d := engine.SignPayoutDecision(o.Decisions, p.SettlementID, workflows.InquireSignal, workflows.PayoutDecision{
		DecisionID: fmt.Sprintf("%d/%s", adminID, rand.Text()), AdminID: adminID,
	})
	return o.Workflows.DecidePayout(ctx, engine.DuePayout(p.DuePayout), p.Attempt, workflows.InquireSignal, d)
}

// PayoutDecision is an admin's decision about a failed payout.
type PayoutDecision struct {
	PayoutID int64
	Retry    bool // pay again; else the unpaid amount moves to the next settlement
	AdminID  int64
	Reason   string
	Key      string // makes one decision of a form that is sent twice
}

// DecidePayout signs an admin's decision and sends it to the payout's workflow. The reason is kept
// in the database, under the id of the decision. It fails with PAYOUT_NOT_FOUND, or with
// DATA_CONFLICT when the payout waits for no decision, or is to be paid again while the bank has paid another amount.
func (o *Service) DecidePayout(ctx context.Context, d PayoutDecision) error {
	p, err := o.Store.StandingPayout(ctx, d.PayoutID)
	if err != nil {
		return err
	}
	switch {
	case !p.Waits:
		return market.Refuse(market.CodeDataConflict)
	case d.Retry && p.Mispaid:
		return market.RefuseWith(market.CodeDataConflict, market.DetailPayoutMispaid)
	}
	signal, noted := workflows.AbandonSignal, "PAYOUT_TO_BE_ABANDONED"
	if d.Retry {
		signal, noted = workflows.RetrySignal, "PAYOUT_TO_BE_RETRIED"
	}
	if err := o.Store.NoteAction(ctx, market.Action{
		Name: noted, Subject: "PAYOUT", SubjectID: d.PayoutID, Reason: d.Reason,
	}); err != nil {
		return err
	}
	decision := workflows.PayoutDecision{DecisionID: fmt.Sprintf("%d/%s", d.AdminID, d.Key), AdminID: d.AdminID}
	if err := o.Store.KeepPayoutDecisionReason(ctx, d.PayoutID, decision.DecisionID, d.Reason); err != nil {
		return err
	}
	return o.Workflows.DecidePayout(ctx, engine.DuePayout(p.DuePayout), p.Attempt, signal,
		engine.SignPayoutDecision(o.Decisions, p.SettlementID, signal, decision))
}
