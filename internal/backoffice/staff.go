package backoffice

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// DisableStaff ends the access of a member of staff at once. It fails with ADMIN_NOT_FOUND or
// LAST_OWNER, with DATA_CONFLICT for the admin's own account, or with REDIS_UNAVAILABLE: the same
// call again then ends the sessions.
func (o *Service) DisableStaff(ctx context.Context, adminID, id int64) (market.StaffMember, error) {
	return o.endStaff(ctx, adminID, id, o.Store.DisableStaff)
}

// ResetStaff removes the second factor of a member of staff and ends the member's sessions. It fails as
// DisableStaff does: an admin's own second factor is changed with the password.
func (o *Service) ResetStaff(ctx context.Context, adminID, id int64) (market.StaffMember, error) {
	return o.endStaff(ctx, adminID, id, o.Store.ResetStaff)
}

func (o *Service) endStaff(
	ctx context.Context, adminID, id int64, end func(ctx context.Context, id int64) (market.StaffMember, error),
) (m market.StaffMember, err error) {
	if adminID == id {
		return m, market.RefuseWith(market.CodeDataConflict, market.DetailStaffSelf)
	}
	if m, err = end(ctx, id); err != nil {
		return m, err
	}
	return m, o.Sessions.EndAccount(ctx, market.RoleAdmin, id)
}

// ProposalDecision is the second person's decision about a proposal. Permit returns an error if
// that person does not have a permission.
type ProposalDecision struct {
	ProposalID, AdminID int64
	Approve             bool
	Reason              string // required for a rejection
	Permit              func(p market.Permission) error
}

// DecideProposal decides a proposal, and makes the change that it approves. It fails with
// PROPOSAL_NOT_FOUND, PROPOSAL_NOT_PENDING or PROPOSAL_NEEDS_ANOTHER_ADMIN, with what Permit fails with,
// or as the change does.
func (o *Service) DecideProposal(ctx context.Context, d ProposalDecision) (p market.Proposal, err error) {
	if p, err = o.Store.Proposal(ctx, d.ProposalID); err != nil {
		return p, err
	}
	if err := d.Permit(p.Kind.Permission()); err != nil {
		return p, err
	}
	if !d.Approve && d.Reason == "" {
		return p, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "reason")
	}
	return o.Store.DecideProposal(ctx, store.ProposalDecision{
		ProposalID: d.ProposalID, AdminID: d.AdminID, Approve: d.Approve, Reason: d.Reason, PayoutPause: o.PayoutPause,
	})
}
