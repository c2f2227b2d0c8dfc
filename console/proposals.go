package console

import (
	"net/http"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// listProposals shows the changes that wait for a second person, and those that did.
func (s *Server) listProposals(w http.ResponseWriter, r *http.Request) error {
	proposals, err := pages.Read(r, s.store.Proposals, market.ProposalPending)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, proposalsPage(s.site.Frame(r, "변경 제안", "Proposals"), proposals))
	return nil
}

// decideProposal approves, rejects or withdraws a proposal.
func (s *Server) decideProposal(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "proposalId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	reason, err := pages.Reason(r)
	if err != nil {
		return err
	}
	switch do := r.PostForm.Get("do"); do {
	case "approve", "reject":
		_, err = s.office.DecideProposal(r.Context(), backoffice.ProposalDecision{
			ProposalID: id, AdminID: web.Caller(r).ID, Approve: do == "approve", Reason: reason,
			Permit: func(p market.Permission) error { return s.site.Accounts.Permit(r, p) },
		})
	case "withdraw":
		_, err = s.store.WithdrawProposal(r.Context(), id, web.Caller(r).ID)
	default:
		err = market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "do")
	}
	if err != nil {
		return err
	}
	s.site.Back(w, r, "/proposals", noticeProposal)
	return nil
}
