package admin

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

// refundApproval: Restock, an addition to the original's contract, puts pieces
// that were shipped on sale again.
type refundApproval struct {
	Restock bool `json:"restock"`
}

func (s *Server) completeRefund(w http.ResponseWriter, r *http.Request) error {
	var in refundApproval
	if r.ContentLength != 0 { // the original's clients send no body
		if err := web.Decode(w, r, "", &in); err != nil {
			return err
		}
	}
	return s.decideRefund(w, r, workflows.RefundDecision{Approve: true, Restock: in.Restock})
}

type refundDenial struct {
	DeniedReason string `json:"deniedReason" validate:"required,notblank,max=255,excludesrune=\x00"`
}

func (s *Server) denyRefund(w http.ResponseWriter, r *http.Request) error {
	var in refundDenial
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	return s.decideRefund(w, r, workflows.RefundDecision{Reason: in.DeniedReason})
}

// refundByHand: Reason says how the money went back, such as the bank's reference.
type refundByHand struct {
	Reason  string `json:"reason" validate:"required,notblank,max=255,excludesrune=\x00"`
	Restock bool   `json:"restock"`
}

// settleRefund ends a refund that the gateway refuses: the money has gone back from
// our bank account.
func (s *Server) settleRefund(w http.ResponseWriter, r *http.Request) error {
	var in refundByHand
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	return s.decideRefund(w, r, workflows.RefundDecision{Approve: true, ByHand: true, Reason: in.Reason, Restock: in.Restock})
}

func (s *Server) decideRefund(w http.ResponseWriter, r *http.Request, d workflows.RefundDecision) error {
	id, err := web.ID(r, "refundId")
	if err != nil {
		return err
	}
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	caller := web.Caller(r)
	d.AdminID = caller.ID
	d.DecisionID = s.decisionID(caller.ID, key)
	request := struct {
		RefundID int64
		Approve  bool
		Reason   string
		Restock  bool
		ByHand   bool
	}{id, d.Approve, d.Reason, d.Restock, d.ByHand}
	return web.Once(w, r, s.Store, caller.String(), "PUT /admin/refunds/{refundId}", key, request, func() (web.Success, any, error) {
		return s.sendDecision(r.Context(), id, d)
	})
}

// decisionID names a decision: by the client's key, which stays out of histories, or
// as one of its own.
func (s *Server) decisionID(adminID int64, key string) string {
	if key == "" {
		return fmt.Sprintf("%d/%s", adminID, rand.Text())
	}
	return fmt.Sprintf("%d/%s", adminID, web.HashedKey(key))
}

// send signs a decision and signals it to the refund's workflow. Its words are kept
// in the database and named by the decision.
func (s *Server) send(ctx context.Context, refundID int64, d workflows.RefundDecision) error {
	if d.Reason != "" {
		if err := s.Store.KeepDecisionReason(ctx, refundID, d.DecisionID, d.Reason); err != nil {
			return err
		}
		d.Reason = ""
	}
	d.Signature = s.Decisions.Sign(auth.Decision{RefundID: refundID, AdminID: d.AdminID, DecisionID: d.DecisionID, Approve: d.Approve, Restock: d.Restock, ByHand: d.ByHand})
	return s.Workflows.DecideRefund(ctx, refundID, d)
}

// sendDecision signals the refund's workflow and waits for what comes of it: for
// a while, then the answer is the refund as it stands.
func (s *Server) sendDecision(ctx context.Context, id int64, d workflows.RefundDecision) (web.Success, any, error) {
	refund, err := s.Store.AdminRefund(ctx, id)
	if err != nil {
		return web.Success{}, nil, err
	}
	_, recorded, err := s.Store.DecisionApplied(ctx, id, d.DecisionID)
	if err != nil {
		return web.Success{}, nil, err
	}
	if !recorded {
		if !waitsFor(refund, d) {
			return web.Success{}, nil, decidedAlready(refund)
		}
		if err := s.send(ctx, id, d); market.CodeOf(err) == market.CodeRefundNotFound {
			return web.Success{}, nil, s.decidedMeanwhile(ctx, id)
		} else if err != nil {
			return web.Success{}, nil, err
		}
	}
	deadline := time.Now().Add(s.DecisionWait)
	for {
		applied, recorded, err := s.Store.DecisionApplied(ctx, id, d.DecisionID)
		if err != nil {
			return web.Success{}, nil, err
		}
		if refund, err = s.Store.AdminRefund(ctx, id); err != nil {
			return web.Success{}, nil, err
		}
		switch {
		case recorded && !applied:
			return web.Success{}, nil, decidedAlready(refund)
		case recorded && refund.Status != market.RefundProcessing:
			return web.UpdateSuccess, refund, nil
		case time.Now().After(deadline) && !recorded && !waitsFor(refund, d) && refund.Status != market.RefundProcessing:
			return web.Success{}, nil, decidedAlready(refund) // it came after another one, and nobody was there to record it
		case time.Now().After(deadline):
			return web.Accepted, refund, nil
		}
		select {
		case <-ctx.Done():
			return web.Success{}, nil, ctx.Err()
		case <-time.After(outcomePoll):
		}
	}
}

// outcomePoll is how often the refund is looked at while an admin waits.
const outcomePoll = 50 * time.Millisecond

func waitsFor(r market.AdminRefund, d workflows.RefundDecision) bool {
	if d.ByHand {
		return r.Status == market.RefundFailed
	}
	return r.Status == market.RefundPending || (r.Status == market.RefundFailed && (d.Approve || !r.Reason.Reversal()))
}

// decidedAlready answers for a decision that came when there was nothing to
// decide: with the contract's code, and the state that the refund is in.
func decidedAlready(r market.AdminRefund) error {
	return market.RefuseWith(market.CodeRefundNotFound, market.DetailRefundNotWaiting, r.Status)
}

func (s *Server) decidedMeanwhile(ctx context.Context, id int64) error {
	refund, err := s.Store.AdminRefund(ctx, id)
	if err != nil {
		return err
	}
	return decidedAlready(refund)
}
