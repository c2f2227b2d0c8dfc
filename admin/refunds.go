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
	DeniedReason string `json:"deniedReason" validate:"required,reason" text:"lines"`
}

func (s *Server) denyRefund(w http.ResponseWriter, r *http.Request) error {
	var in refundDenial
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	return s.decideRefund(w, r, backoffice.RefundDecision{Reason: in.DeniedReason})
}

// manualRefund is the request to record a manual refund. Its reason states how the money went back,
// such as the bank's reference.
type manualRefund struct {
	reason
	Restock bool `json:"restock"`
}

// completeRefundManually ends a refund that the gateway refuses: the money has gone back from
// our bank account.
func (s *Server) completeRefundManually(w http.ResponseWriter, r *http.Request) error {
	var in manualRefund
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	return s.decideRefund(w, r,
		backoffice.RefundDecision{Approve: true, PaidManually: true, Reason: in.Reason, Restock: in.Restock})
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
	return web.Idempotent(w, r, requests, caller.String(), "PUT /admin/refunds/{refundId}", key, request,
		func() (web.Success, any, error) {
			refund, done, err := s.BackOffice.DecideRefund(r.Context(), id, d)
			if err == nil {
				err = s.noteRefund(r.Context(), refund)
			}
			return updated(done), refund, err
		})
}

// updated returns the success of a change that is completed, or still in progress.
func updated(done bool) web.Success {
	if done {
		return web.UpdateSuccess
	}
	return web.Accepted
}

// bulkDecision is one decision on several refunds. Reason is for a denial, Restock for an approval.
type bulkDecision struct {
	RefundIDs []int64 `json:"refundIds" validate:"required,min=1,decisions,unique,dive,gt=0"`
	Decision  string  `json:"decision" validate:"required,oneof=APPROVE DENY"`
	Reason    string  `json:"reason" validate:"reason,required_if=Decision DENY" text:"lines"`
	Restock   bool    `json:"restock"`
}

// decidedRefund is the outcome of a decision on one of several refunds.
type decidedRefund struct {
	RefundID int64                      `json:"refundId"`
	Outcome  backoffice.DecisionOutcome `json:"outcome"`
	Status   *market.RefundStatus       `json:"status"`  // nil for one that is refused
	Code     *market.Code               `json:"code"`    // of the refusal
	Message  *string                    `json:"message"` // of the refusal, in the reader's language
}

// decideRefunds makes one decision on several refunds. One refusal does not affect the others. It
// is idempotent by the Idempotency-Key.
func (s *Server) decideRefunds(w http.ResponseWriter, r *http.Request) error {
	var in bulkDecision
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	caller := web.Caller(r)
	d := backoffice.RefundDecision{
		AdminID: caller.ID, Large: caller.May(market.PermissionDecideLargeRefunds), Key: web.HashedKey("bulk:" + key),
		Approve: in.Decision == "APPROVE",
	}
	if key == "" {
		d.Key = ""
	}
	if d.Approve {
		d.Restock = in.Restock
	} else {
		d.Reason = in.Reason
	}
	decided, err := s.BackOffice.DecideRefunds(r.Context(), in.RefundIDs, d)
	if err != nil {
		return err
	}
	shown := make([]decidedRefund, len(decided))
	for i, one := range decided {
		shown[i] = decidedRefund{RefundID: one.RefundID, Outcome: one.Outcome, Status: market.Optional(one.Status)}
		if one.Refusal != nil {
			code := market.CodeOf(one.Refusal)
			_, message := web.Explain(w, r, one.Refusal)
			shown[i].Code, shown[i].Message = &code, &message
		}
	}
	return web.Respond(w, r, web.UpdateSuccess, shown)
}
