package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// What a proposal is to change, as it is stored.
type (
	staffAccountChange struct {
		Email market.Email     `json:"email"`
		Name  string           `json:"name"`
		Role  market.StaffRole `json:"role"`
	}
	staffRoleChange struct {
		Role market.StaffRole `json:"role"`
		From market.StaffRole `json:"from"`
	}
	payoutAccountChange struct {
		BankAccountEnd string `json:"bankAccountEnd"`
	}
	policyChange struct {
		AutoApproveBelow   market.Money          `json:"autoApproveBelow"`
		SecondApprovalFrom *market.Money         `json:"secondApprovalFrom"`
		RemindAfterHours   int32                 `json:"remindAfterHours"`
		EscalateAfterHours int32                 `json:"escalateAfterHours"`
		ShippingBorneBy    market.ShippingPolicy `json:"shippingBorneBy"`
		FourEyes           bool                  `json:"fourEyes"`
	}
)

// fourEyes reports whether the policy asks for a second person. Until the transaction ends no other
// one changes that, or makes a change that depends on it.
func (s *Store) fourEyes(ctx context.Context, tx pgx.Tx) (bool, error) {
	if err := s.q.LockFourEyes(ctx, tx); err != nil {
		return false, err
	}
	p, err := s.q.CurrentRefundPolicy(ctx, tx)
	return p.FourEyes, err
}

// proposed is a change to be stored as a proposal.
type proposed struct {
	kind        market.ProposalKind
	subjectID   int64 // 0 for none
	change      any
	bankAccount []byte // sealed, of a payout account
	proposer    market.Role
	proposerID  int64
}

// propose writes a proposal, which replaces an earlier one of the same person about the same thing. It
// fails with DATA_CONFLICT while one of another person waits.
func (s *Store) propose(ctx context.Context, tx pgx.Tx, p proposed) (*market.Proposal, error) {
	change, err := json.Marshal(p.change)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if err := s.q.WithdrawProposals(ctx, tx, db.WithdrawProposalsParams{
		Now: now, Kind: p.kind, SubjectID: p.subjectID, Proposer: p.proposer, ProposerID: p.proposerID,
	}); err != nil {
		return nil, err
	}
	row, err := s.q.AddProposal(ctx, tx, db.AddProposalParams{
		Kind: p.kind, SubjectID: optionalID(p.subjectID), Change: change, BankAccount: p.bankAccount, Proposer: p.proposer,
		ProposerID: p.proposerID, Now: now, ExpiresAt: now.Add(market.ProposalLifetime),
	})
	if err != nil {
		return nil, err
	}
	made := proposal(row)
	return &made, nil
}

func proposal(p db.Proposal) market.Proposal {
	return market.Proposal{
		ID: p.ID, Kind: p.Kind, SubjectID: p.SubjectID, Change: p.Change, Status: p.Status, Proposer: p.Proposer,
		ProposerID: p.ProposerID, DecidedBy: p.DecidedBy, Reason: p.Reason, CreatedAt: market.LocalTime(p.CreatedAt),
		ExpiresAt: market.LocalTime(p.ExpiresAt), EndedAt: market.LocalTimeOf(p.EndedAt),
	}
}

// Proposal returns a proposal. It fails with PROPOSAL_NOT_FOUND.
func (s *Store) Proposal(ctx context.Context, id int64) (market.Proposal, error) {
	p, err := found(s.q.GetProposal(ctx, s.pool, id))(market.CodeProposalNotFound)
	return proposal(p), err
}

// Proposals lists proposals, of all states or of one; sorts: createdAt, id.
func (s *Store) Proposals(
	ctx context.Context, status *market.ProposalStatus, page market.PageRequest,
) (market.Page[market.Proposal], error) {
	l := list[db.Proposal, market.Proposal]{
		table: "proposals", show: proposal, where: "true", sorts: sorts{"createdAt": {"created_at", "timestamptz"}},
	}
	if status != nil {
		l.where, l.args = "status = $1", []any{*status}
	}
	return l.page(ctx, s, page)
}

// ProposalDecision is what the second person decides about a proposal.
type ProposalDecision struct {
	ProposalID  int64
	AdminID     int64
	Approve     bool
	Reason      string        // "" for none
	PayoutPause time.Duration // after a new bank account
}

// DecideProposal decides a proposal, and makes the change that it approves in the same transaction. It
// fails with PROPOSAL_NOT_FOUND, PROPOSAL_NOT_PENDING, PROPOSAL_NEEDS_ANOTHER_ADMIN for the proposer, or
// as the change does.
func (s *Store) DecideProposal(ctx context.Context, d ProposalDecision) (decided market.Proposal, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.q.LockFourEyes(ctx, tx); err != nil {
			return err
		}
		p, err := found(s.q.LockProposal(ctx, tx, d.ProposalID))(market.CodeProposalNotFound)
		switch {
		case err != nil:
			return err
		case p.Status != market.ProposalPending || !s.now().Before(p.ExpiresAt):
			return market.Refuse(market.CodeProposalNotPending)
		case proposal(p).ProposedBy(d.AdminID):
			return market.Refuse(market.CodeProposalNeedsAnotherAdmin)
		}
		status := market.ProposalRejected
		if d.Approve {
			status = market.ProposalApproved
		}
		row, err := s.q.EndProposal(ctx, tx, db.EndProposalParams{
			ID: p.ID, Status: status, DecidedBy: &d.AdminID, Reason: optional(d.Reason), Now: s.clock(),
		})
		decided = proposal(row)
		if err != nil || !d.Approve {
			return err
		}
		return s.carryOut(ctx, tx, p, d.PayoutPause)
	})
	return decided, err
}

// carryOut makes the change of a proposal that has been approved.
func (s *Store) carryOut(ctx context.Context, tx pgx.Tx, p db.Proposal, payoutPause time.Duration) error {
	switch p.Kind {
	case market.ProposalRefundPolicy:
		var c policyChange
		if err := json.Unmarshal(p.Change, &c); err != nil {
			return err
		}
		policy := market.RefundPolicy{
			AutoApproveBelow: c.AutoApproveBelow, SecondApprovalFrom: c.SecondApprovalFrom, RemindAfterHours: c.RemindAfterHours,
			EscalateAfterHours: c.EscalateAfterHours, ShippingBorneBy: c.ShippingBorneBy, FourEyes: c.FourEyes,
		}
		_, err := s.addRefundPolicy(ctx, tx, p.ProposerID, policy, &p.ID)
		return err
	case market.ProposalStaffAccount:
		var c staffAccountChange
		if err := json.Unmarshal(p.Change, &c); err != nil {
			return err
		}
		_, err := s.inviteStaff(ctx, tx, c.Email, c.Name, c.Role)
		return err
	case market.ProposalStaffRole:
		var c staffRoleChange
		if err := json.Unmarshal(p.Change, &c); err != nil {
			return err
		}
		a, err := found(s.q.LockStaff(ctx, tx, *p.SubjectID))(market.CodeAdminNotFound)
		if err != nil {
			return err
		}
		if a.Role != c.From { // it is another change than the one that was proposed
			return market.Refuse(market.CodeDataConflict)
		}
		return s.q.SetStaffRole(ctx, tx, *p.SubjectID, c.Role)
	case market.ProposalPayoutAccount:
		number, err := s.openAccount(bankAccount{sealed: p.BankAccount}, ofSeller(*p.SubjectID))
		if err != nil {
			return err
		}
		_, err = s.updateSeller(ctx, tx, *p.SubjectID, ProfileChange{BankAccount: &number, PayoutPause: payoutPause})
		return err
	}
	return fmt.Errorf("proposal %d is of an unknown kind %q", p.ID, p.Kind)
}

// WithdrawProposal ends a proposal of an admin. It fails with PROPOSAL_NOT_PENDING for one that has
// ended or is another's.
func (s *Store) WithdrawProposal(ctx context.Context, id, adminID int64) (p market.Proposal, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := found(s.q.WithdrawProposal(ctx, tx, db.WithdrawProposalParams{
			ID: id, Now: s.now(), Proposer: market.RoleAdmin, ProposerID: adminID,
		}))(market.CodeProposalNotPending)
		p = proposal(row)
		return err
	})
	return p, err
}

// ExpireProposals ends the proposals that have waited for longer than market.ProposalLifetime, and
// returns their number.
func (s *Store) ExpireProposals(ctx context.Context) (expired int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		expired, err = s.q.ExpireProposals(ctx, tx, s.now())
		return err
	})
	return expired, err
}
