package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// respondOrPropose answers with what was changed or, when the change waits for a second person, with the
// proposal.
func respondOrPropose(w http.ResponseWriter, r *http.Request, s web.Success, changed any, p *market.Proposal) error {
	if p != nil {
		return web.Respond(w, r, web.Accepted, p)
	}
	return web.Respond(w, r, s, changed)
}

// proposalDecision's reason is required for a rejection.
type proposalDecision struct {
	Reason string `json:"reason" validate:"reason" text:"lines"`
}

// decideProposal makes a handler that approves proposals, or rejects them.
func (s *Server) decideProposal(approve bool) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.ID(r, "proposalId")
		if err != nil {
			return err
		}
		var in proposalDecision
		if err := web.DecodeOptional(w, r, &in); err != nil {
			return err
		}
		p, err := s.BackOffice.DecideProposal(r.Context(), backoffice.ProposalDecision{
			ProposalID: id, AdminID: web.Caller(r).ID, Approve: approve, Reason: in.Reason,
			Permit: func(p market.Permission) error { return s.Auth.Permit(r, p) },
		})
		if err != nil {
			return err
		}
		web.NoteDecision(r, p)
		return web.Respond(w, r, web.UpdateSuccess, p)
	}
}

// withdrawProposal ends a proposal of the caller.
func (s *Server) withdrawProposal(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "proposalId")
	if err != nil {
		return err
	}
	p, err := s.Store.WithdrawProposal(r.Context(), id, web.Caller(r).ID)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, p)
}
