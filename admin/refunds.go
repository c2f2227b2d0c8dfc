package admin

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// refundApproval: Restock, an addition to the original's contract, puts pieces
// that were shipped on sale again.
type refundApproval struct {
	Restock bool `json:"restock"`
}

func (s *Server) completeRefund(w http.ResponseWriter, r *http.Request) error {
	var in refundApproval
	if err := web.DecodeOptional(w, r, &in); err != nil { // the original's clients send no body
		return err
	}
	return s.decideRefund(w, r, backoffice.RefundDecision{Approve: true, Restock: in.Restock})
}

type refundDenial struct {
	DeniedReason string `json:"deniedReason" validate:"required,max=255" text:"lines"`
}

func (s *Server) denyRefund(w http.ResponseWriter, r *http.Request) error {
	var in refundDenial
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	return s.decideRefund(w, r, backoffice.RefundDecision{Reason: in.DeniedReason})
}

// refundByHand's reason says how the money went back, such as the bank's reference.
type refundByHand struct {
	reason
	Restock bool `json:"restock"`
}

// completeRefundByHand ends a refund that the gateway refuses: the money has gone back from
// our bank account.
func (s *Server) completeRefundByHand(w http.ResponseWriter, r *http.Request) error {
	var in refundByHand
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	return s.decideRefund(w, r,
		backoffice.RefundDecision{Approve: true, ByHand: true, Reason: in.Reason, Restock: in.Restock})
}

func (s *Server) decideRefund(w http.ResponseWriter, r *http.Request, d backoffice.RefundDecision) error {
	id, err := web.ID(r, "refundId")
	if err != nil {
		return err
	}
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	caller := web.Caller(r)
	request := struct {
		RefundID int64
		Decision backoffice.RefundDecision
	}{id, d}
	d.AdminID, d.Large = caller.ID, caller.May(market.PermissionDecideLargeRefunds)
	if key != "" {
		d.Key = web.HashedKey(key)
	}
	requests := replays{s.Store, func(ctx context.Context) error {
		refund, err := s.Store.AdminRefund(ctx, id)
		if err != nil {
			return err
		}
		return s.noteRefund(ctx, refund)
	}}
	return web.Once(w, r, requests, caller.String(), "PUT /admin/refunds/{refundId}", key, request,
		func() (web.Success, any, error) {
			refund, done, err := s.Office.DecideRefund(r.Context(), id, d)
			if err == nil {
				err = s.noteRefund(r.Context(), refund)
			}
			return updated(done), refund, err
		})
}

// updated is the success of a change that is done, or still under way.
func updated(done bool) web.Success {
	if done {
		return web.UpdateSuccess
	}
	return web.Accepted
}
