package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// fourEyes reports whether the policy requires a second person. Until the transaction ends, it
// blocks changes of the policy and changes that depend on it.
func (s *DB) fourEyes(ctx context.Context, tx pgx.Tx) (bool, error) {
	if err := s.q.LockFourEyes(ctx, tx); err != nil {
		return false, err
	}
	p, err := s.q.CurrentRefundPolicy(ctx, tx)
	return p.FourEyes, err
}

// needsSecond reports whether an admin's decision about an amount requires a second person: the
// policy requires two-person approval, and the admin's unapproved decisions of this business day, adjustments
// and disputes, reach the policy's limit with it. It blocks other such decisions until the
// transaction ends.
func (s *DB) needsSecond(ctx context.Context, tx pgx.Tx, adminID int64, amount market.Money) (bool, error) {
	if err := s.q.LockFourEyes(ctx, tx); err != nil {
		return false, err
	}
	policy, err := s.q.CurrentRefundPolicy(ctx, tx)
	if err != nil {
		return false, err
	}
	alone, err := s.q.DecidedAlone(ctx, tx, adminID, market.DayOf(s.now()))
	return policy.FourEyes || refundPolicy(policy).NeedsSecond(alone+amount), err
}

// proposed is a change to store as a proposal.
type proposed struct {
	kind        market.ProposalKind
	subjectID   int64 // 0 for none
	before      any   // the replaced value; nil for none
	change      any
	bankAccount []byte // sealed, of a payout account
	proposer    market.Role
	proposerID  int64
}

// propose stores a proposal, which replaces an earlier one of the same person about the same
// subject. It fails with DATA_CONFLICT while another person's proposal is pending.
func (s *DB) propose(ctx context.Context, tx pgx.Tx, p proposed) (id int64, err error) {
	change, err := json.Marshal(p.change)
	if err != nil {
		return 0, err
	}
	var before []byte
	if p.before != nil {
		if before, err = json.Marshal(p.before); err != nil {
			return 0, err
		}
	}
	now := s.now()
	if err := s.q.WithdrawProposals(ctx, tx, db.WithdrawProposalsParams{
		Now: now, Kind: p.kind, SubjectID: p.subjectID, Proposer: p.proposer, ProposerID: p.proposerID,
	}); err != nil {
		return 0, err
	}
	return s.q.AddProposal(ctx, tx, db.AddProposalParams{
		Kind: p.kind, SubjectID: optionalID(p.subjectID), Before: before, Change: change, BankAccount: p.bankAccount,
		Proposer: p.proposer, ProposerID: p.proposerID, Now: now, ExpiresAt: now.Add(market.ProposalLifetime),
	})
}

// proposeByStaff is propose for a proposal of an admin, and returns it.
func (s *DB) proposeByStaff(ctx context.Context, tx pgx.Tx, p proposed) (*market.Proposal, error) {
	p.proposer = market.RoleAdmin
	id, err := s.propose(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	made, err := proposalOf(ctx, tx, id)
	return &made, err
}

// proposalRow is a proposal with the names of its subject, proposer and decider. A withdrawn
// proposal was replaced by the one of the same person about the same subject that was created at
// the instant when it ended.
type proposalRow struct {
	db.Proposal
	StaffName     *string       `db:"subject_admin.name"`
	StoreName     *string       `db:"subject_seller.store_name"`
	AdminName     *string       `db:"proposer_admin.name"`
	AdminEmail    *market.Email `db:"proposer_admin.email"`
	SellerName    *string       `db:"subject_seller.name"`
	SellerEmail   *market.Email `db:"subject_seller.email"`
	DeciderName   *string       `db:"decider.name"`
	DeciderEmail  *market.Email `db:"decider.email"`
	ReplacementID *int64        `db:"replacement.id"`
}

const proposalJoin = `LEFT JOIN admins subject_admin ON t.kind = 'STAFF_ROLE' AND subject_admin.id = t.subject_id
	LEFT JOIN sellers subject_seller ON t.kind IN ('PAYOUT_ACCOUNT', 'WITHDRAWN_ACCOUNT') AND subject_seller.id = t.subject_id
	LEFT JOIN admins proposer_admin ON t.proposer = 'ADMIN' AND proposer_admin.id = t.proposer_id
	LEFT JOIN admins decider ON decider.id = t.decided_by
	LEFT JOIN LATERAL (SELECT min(r.id) AS id FROM proposals r WHERE t.status = 'WITHDRAWN' AND r.created_at = t.ended_at
		AND r.id > t.id AND r.kind = t.kind AND r.subject_id IS NOT DISTINCT FROM t.subject_id
		AND r.proposer = t.proposer AND r.proposer_id = t.proposer_id) replacement ON true`

func proposal(p proposalRow) market.Proposal {
	shown := market.Proposal{
		ID: p.ID, Kind: p.Kind, SubjectID: p.SubjectID, SubjectName: p.StaffName, Before: p.Before, Change: p.Change,
		Status: p.Status, Proposer: p.Proposer, ProposerID: p.ProposerID, DecidedBy: p.DecidedBy, Reason: p.Reason,
		ReplacedBy: p.ReplacementID, CreatedAt: market.LocalTime(p.CreatedAt), ExpiresAt: market.LocalTime(p.ExpiresAt),
		EndedAt: market.LocalTimeOf(p.EndedAt), DeciderName: p.DeciderName, DeciderEmail: p.DeciderEmail,
	}
	if p.StoreName != nil {
		shown.SubjectName = p.StoreName
	}
	name, email := p.AdminName, p.AdminEmail
	if p.Proposer == market.RoleSeller {
		name, email = p.SellerName, p.SellerEmail
	}
	if name != nil && email != nil {
		shown.ProposerName, shown.ProposerEmail = *name, *email
	}
	return shown
}

// proposalOf returns a proposal. It fails with PROPOSAL_NOT_FOUND.
func proposalOf(ctx context.Context, tx db.DBTX, id int64) (market.Proposal, error) {
	var row proposalRow
	query := "SELECT " + columns[proposalRow]() + " FROM proposals t " + proposalJoin + " WHERE t.id = $1"
	err := tx.QueryRow(ctx, query, id).Scan(targets(&row)...)
	row, err = orNotFound(row, err)(market.CodeProposalNotFound)
	return proposal(row), err
}

// Proposal returns a proposal. It fails with PROPOSAL_NOT_FOUND.
func (s ProposalStore) Proposal(ctx context.Context, id int64) (market.Proposal, error) {
	return proposalOf(ctx, s.pool, id)
}

// Proposals lists proposals, of all states or of one; sorts: createdAt, id.
func (s ProposalStore) Proposals(
	ctx context.Context, status *market.ProposalStatus, page market.PageRequest,
) (market.Page[market.Proposal], error) {
	l := list[proposalRow, market.Proposal]{
		table: "proposals", show: proposal, join: proposalJoin, where: "true",
		sorts: byCreation,
	}
	if status != nil {
		l.where, l.args = "t.status = $1", []any{*status}
	}
	return l.page(ctx, s.DB, page)
}

// StaffTasks counts the tasks of a member of staff with the role. Of proposals these are the pending ones of the
// role's kinds, except for the member's own.
func (s ProposalStore) StaffTasks(
	ctx context.Context, adminID int64, role market.StaffRole,
) (market.StaffTasks, error) {
	row, err := s.q.StaffTasks(ctx, s.pool, s.now(), names(role.DecidableKinds()), adminID)
	return market.StaffTasks(row), translate(err)
}

// ProposalDecision is the second person's decision about a proposal.
type ProposalDecision struct {
	ProposalID  int64
	AdminID     int64
	Approve     bool
	Reason      string        // "" for none
	PayoutPause time.Duration // after a new bank account
}

// DecideProposal decides a proposal, and applies an approved change in the same transaction. It
// fails with PROPOSAL_NOT_FOUND, PROPOSAL_NOT_PENDING, PROPOSAL_NEEDS_ANOTHER_ADMIN for the
// proposer, PROPOSAL_NOT_PERMITTED for an approval if the proposer no longer has the permission, or
// as the change does.
func (s ProposalStore) DecideProposal(ctx context.Context, d ProposalDecision) (decided market.Proposal, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.q.LockFourEyes(ctx, tx); err != nil {
			return err
		}
		if err := s.lockSubject(ctx, tx, d.ProposalID); err != nil {
			return err
		}
		p, err := orNotFound(s.q.LockProposal(ctx, tx, d.ProposalID))(market.CodeProposalNotFound)
		switch {
		case err != nil:
			return err
		case p.Status != market.ProposalPending || !s.now().Before(p.ExpiresAt):
			return market.Refuse(market.CodeProposalNotPending)
		case p.Proposer == market.RoleAdmin && p.ProposerID == d.AdminID:
			return market.Refuse(market.CodeProposalNeedsAnotherAdmin)
		}
		if d.Approve {
			if err := s.checkProposer(ctx, tx, p); err != nil {
				return err
			}
		}
		status := market.ProposalRejected
		if d.Approve {
			status = market.ProposalApproved
		}
		if err := s.q.EndProposal(ctx, tx, db.EndProposalParams{
			ID: p.ID, Status: status, DecidedBy: &d.AdminID, Reason: market.Optional(d.Reason), Now: s.clock(),
		}); err != nil {
			return err
		}
		switch {
		case d.Approve:
			err = s.carryOut(ctx, tx, p, d)
		case p.Kind == market.ProposalPayoutAccount:
			err = s.notifyOfRefusal(ctx, tx, market.MailBankAccountRejected, *p.SubjectID, p.ID)
		}
		if err != nil {
			return err
		}
		decided, err = proposalOf(ctx, tx, p.ID)
		return err
	})
	return decided, err
}

// lockSubject locks the subject of a proposal, if its changes end proposals, before the proposal
// itself: the order of a dispute, or a break of reconciliation.
func (s ProposalStore) lockSubject(ctx context.Context, tx pgx.Tx, proposalID int64) error {
	subject, err := s.q.SubjectOfProposal(ctx, tx, proposalID)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err == nil && subject.OrderID != nil:
		_, err = s.q.LockOrder(ctx, tx, *subject.OrderID)
	case err == nil && subject.BreakID != 0:
		_, err = s.q.LockBreak(ctx, tx, subject.BreakID)
	}
	return err
}

// checkProposer fails with PROPOSAL_NOT_PERMITTED unless the proposer still has the permission for
// a proposal. A change of role withdraws proposals, but those of an earlier version may remain.
func (s ProposalStore) checkProposer(ctx context.Context, tx pgx.Tx, p db.Proposal) error {
	if p.Proposer != market.RoleAdmin {
		return nil
	}
	a, err := s.q.GetAdmin(ctx, tx, p.ProposerID)
	if err == nil && (a.DisabledAt != nil || a.DeletedAt != nil || !a.Role.May(p.Kind.Permission())) {
		err = market.Refuse(market.CodeProposalNotPermitted)
	}
	return err
}

// setStaffRole sets the role of a member of staff, and withdraws the member's proposals that the
// role does not permit.
func (s *DB) setStaffRole(ctx context.Context, tx pgx.Tx, id int64, role market.StaffRole) error {
	if err := s.q.SetStaffRole(ctx, tx, id, role); err != nil {
		return err
	}
	return s.q.WithdrawForbiddenProposals(ctx, tx, s.now(), id, names(role.Forbidden()))
}

// names returns kinds of proposals as texts.
func names(kinds []market.ProposalKind) []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return names
}

// notifyOfRefusal queues the mail to a seller whose proposed bank account was rejected or has
// expired. It is not limited: the mail about the proposal was, and staff's decision must not fail
// because of limits.
func (s ProposalStore) notifyOfRefusal(
	ctx context.Context, tx pgx.Tx, kind market.MailKind, sellerID, proposalID int64,
) error {
	seller, err := s.q.GetSeller(ctx, tx, sellerID)
	if err != nil {
		return err
	}
	return s.q.QueueMail(ctx, tx, db.QueueMailParams{
		Kind: kind, Role: market.RoleSeller, Recipient: seller.Email, AccountID: &sellerID, ProposalID: &proposalID,
	})
}

// carryOut applies the change of an approved proposal.
func (s ProposalStore) carryOut(ctx context.Context, tx pgx.Tx, p db.Proposal, d ProposalDecision) error {
	switch p.Kind {
	case market.ProposalRefundPolicy:
		var c market.PolicyChange
		if err := json.Unmarshal(p.Change, &c); err != nil {
			return err
		}
		policy := market.RefundPolicy{
			AutoApproveBelow: c.AutoApproveBelow, SecondApprovalFrom: c.SecondApprovalFrom,
			RemindAfterHours:   c.RemindAfterHours,
			EscalateAfterHours: c.EscalateAfterHours, ShippingBorneBy: c.ShippingBorneBy, FourEyes: c.FourEyes,
		}
		_, err := s.addRefundPolicy(ctx, tx, p.ProposerID, policy, &p.ID)
		return err
	case market.ProposalUnpaidLimits:
		var c market.LimitsChange
		if err := json.Unmarshal(p.Change, &c); err != nil {
			return err
		}
		_, err := s.addUnpaidLimits(ctx, tx, p.ProposerID, c, &p.ID)
		return err
	case market.ProposalStaffAccount:
		var c market.StaffAccountChange
		if err := json.Unmarshal(p.Change, &c); err != nil {
			return err
		}
		_, err := s.inviteStaff(ctx, tx, p.ProposerID, c.Email, c.Name, c.Role)
		return err
	case market.ProposalStaffRole:
		var c market.StaffRoleChange
		if err := json.Unmarshal(p.Change, &c); err != nil {
			return err
		}
		a, err := orNotFound(s.q.LockStaff(ctx, tx, *p.SubjectID))(market.CodeAdminNotFound)
		if err != nil {
			return err
		}
		if a.Role != c.From { // the role has changed since the proposal
			return market.Refuse(market.CodeDataConflict)
		}
		return s.setStaffRole(ctx, tx, *p.SubjectID, c.Role)
	case market.ProposalPayoutAccount:
		var c market.PayoutAccountChange
		if err := json.Unmarshal(p.Change, &c); err != nil {
			return err
		}
		number, err := s.openAccount(bankAccount{sealed: p.BankAccount}, ofSeller(*p.SubjectID))
		if err != nil {
			return err
		}
		_, err = s.updateSeller(ctx, tx, *p.SubjectID,
			ProfileChange{BankCode: market.Optional(c.BankCode), BankAccount: &number, PayoutPause: d.PayoutPause})
		return err
	case market.ProposalWithdrawnAccount:
		var c market.WithdrawnAccountChange
		if err := json.Unmarshal(p.Change, &c); err != nil {
			return err
		}
		number, err := s.openAccount(bankAccount{sealed: p.BankAccount}, ofSeller(*p.SubjectID))
		if err != nil {
			return err
		}
		_, err = s.setWithdrawnAccount(ctx, tx, *p.SubjectID, c.BankCode, number,
			adjustedBy{adminID: p.ProposerID, approverID: d.AdminID, proposalID: p.ID})
		return err
	case market.ProposalAdjustment:
		var c market.NewAdjustment
		if err := json.Unmarshal(p.Change, &c); err != nil {
			return err
		}
		_, err := s.postAdjustment(ctx, tx, c, adjustedBy{adminID: p.ProposerID, approverID: d.AdminID,
			proposalID: p.ID})
		return err
	case market.ProposalDispute:
		var c market.DisputeChange
		if err := json.Unmarshal(p.Change, &c); err != nil {
			return err
		}
		_, err := s.decideDispute(ctx, tx, DecidedDispute{
			DisputeID: *p.SubjectID, AdminID: p.ProposerID, Decision: c.Decision, Items: c.Items,
			Reference: c.Reference,
			Reason:    c.Reason, approverID: d.AdminID, proposalID: p.ID,
		})
		return err
	}
	return fmt.Errorf("proposal %d has unknown kind %q", p.ID, p.Kind)
}

// WithdrawProposal ends an admin's proposal. It fails with PROPOSAL_NOT_FOUND, or with
// PROPOSAL_NOT_PENDING for one that has ended or belongs to another admin.
func (s ProposalStore) WithdrawProposal(ctx context.Context, id, adminID int64) (p market.Proposal, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := orNotFound(s.q.LockProposal(ctx, tx, id))(market.CodeProposalNotFound); err != nil {
			return err
		}
		_, err := orNotFound(s.q.WithdrawProposal(ctx, tx, db.WithdrawProposalParams{
			ID: id, Now: s.now(), Proposer: market.RoleAdmin, ProposerID: adminID,
		}))(market.CodeProposalNotPending)
		if err != nil {
			return err
		}
		p, err = proposalOf(ctx, tx, id)
		return err
	})
	return p, err
}

// ExpireProposals ends the proposals that are older than market.ProposalLifetime, notifies the
// sellers whose bank accounts are among them, and returns their number. One failure does not affect
// the others; errors are returned at the end.
func (s ProposalStore) ExpireProposals(ctx context.Context) (expired int, err error) {
	ids, err := s.q.ListExpiredProposals(ctx, s.pool, s.now())
	if err != nil {
		return 0, translate(err)
	}
	var failed []error
	for _, id := range ids {
		err := s.inTx(ctx, func(tx pgx.Tx) error {
			p, err := s.q.ExpireProposal(ctx, tx, s.now(), id)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil // it has ended concurrently
			}
			if err != nil || p.Kind != market.ProposalPayoutAccount {
				return err
			}
			return s.notifyOfRefusal(ctx, tx, market.MailBankAccountExpired, *p.SubjectID, id)
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("expire proposal %d: %w", id, err))
			continue
		}
		expired++
	}
	return expired, errors.Join(failed...)
}
