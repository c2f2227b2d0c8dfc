package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Staff returns a member of staff. It fails with ADMIN_NOT_FOUND, or with ADMIN_ALREADY_DELETED.
func (s StaffStore) Staff(ctx context.Context, id int64) (market.StaffMember, error) {
	r, err := orNotFound(s.q.GetStaff(ctx, s.pool, id))(market.CodeAdminNotFound)
	if err == nil && r.Admin.DeletedAt != nil {
		err = market.Refuse(market.CodeAdminAlreadyDeleted)
	}
	return staffMember(r.Admin, r.HasFactor), err
}

func staffMember(a db.Admin, hasFactor bool) market.StaffMember {
	m := market.StaffMember{
		ID: a.ID, Email: a.Email, Name: a.Name, Role: a.Role, Status: market.StaffActive, SecondFactor: hasFactor,
		CreatedAt: market.LocalTime(a.CreatedAt), DisabledAt: market.LocalTimeOf(a.DisabledAt),
	}
	switch {
	case a.DisabledAt != nil:
		m.Status = market.StaffDisabled
	case a.Password == "":
		m.Status = market.StaffInvited
	}
	return m
}

// staffStates are the conditions of the states of staff.
var staffStates = map[market.StaffStatus]string{
	market.StaffActive:   " AND t.disabled_at IS NULL AND t.password <> ''",
	market.StaffInvited:  " AND t.disabled_at IS NULL AND t.password = ''",
	market.StaffDisabled: " AND t.disabled_at IS NOT NULL",
}

// StaffMembers lists the members of staff, of all states or of one; sorts: createdAt, id.
func (s StaffStore) StaffMembers(
	ctx context.Context, status *market.StaffStatus, page market.PageRequest,
) (market.Page[market.StaffMember], error) {
	type row struct {
		db.Admin
		FactorAt *time.Time `db:"f.activated_at"`
	}
	l := list[row, market.StaffMember]{
		table: "admins", join: "LEFT JOIN admin_second_factors f ON f.admin_id = t.id", where: "t.deleted_at IS NULL",
		show:  func(r row) market.StaffMember { return staffMember(r.Admin, r.FactorAt != nil) },
		sorts: byCreation, ascending: true,
	}
	if status != nil {
		l.where += staffStates[*status]
	}
	return l.page(ctx, s.DB, page)
}

// InviteStaff creates an account without a password, and queues a mail with a token for choosing
// one. If the policy requires two-person approval, an admin's invitation is stored as a proposal, which is
// returned; adminID is 0 for an operator. It fails with EMAIL_ALREADY_EXISTS.
func (s StaffStore) InviteStaff(
	ctx context.Context, adminID int64, email market.Email, name string, role market.StaffRole,
) (m market.StaffMember, proposal *market.Proposal, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		fourEyes, err := s.fourEyes(ctx, tx)
		if err != nil {
			return err
		}
		if !fourEyes || adminID == 0 {
			m, err = s.inviteStaff(ctx, tx, adminID, email, name, role)
			return err
		}
		if _, err := s.q.GetAdminByEmail(ctx, tx, email); err == nil {
			return market.Refuse(market.CodeEmailAlreadyExists)
		} else if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		proposal, err = s.proposeByStaff(ctx, tx, proposed{
			kind: market.ProposalStaffAccount, proposerID: adminID,
			change: market.StaffAccountChange{Email: email, Name: name, Role: role},
		})
		return err
	})
	return m, proposal, err
}

func (s *DB) inviteStaff(
	ctx context.Context, tx pgx.Tx, senderID int64, email market.Email, name string, role market.StaffRole,
) (m market.StaffMember, err error) {
	id, err := s.q.InviteStaff(ctx, tx, email, name, role)
	if err != nil {
		return m, err
	}
	if err := s.queueInvitation(ctx, tx, senderID, id, email); err != nil {
		return m, err
	}
	r, err := s.q.GetStaff(ctx, tx, id)
	return staffMember(r.Admin, r.HasFactor), err
}

// inStaffTx runs f in a transaction that holds the lock of a member of staff, and returns the member
// afterwards. It fails with ADMIN_NOT_FOUND, and with LAST_OWNER if no owner who can log in would be
// left.
func (s StaffStore) inStaffTx(
	ctx context.Context, id int64, f func(tx pgx.Tx, a db.Admin) error,
) (m market.StaffMember, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		m, err = s.changeStaff(ctx, tx, id, func(a db.Admin) error { return f(tx, a) })
		return err
	})
	return m, err
}

func (s StaffStore) changeStaff(
	ctx context.Context, tx pgx.Tx, id int64, change func(a db.Admin) error,
) (m market.StaffMember, err error) {
	a, err := orNotFound(s.q.LockStaff(ctx, tx, id))(market.CodeAdminNotFound)
	if err != nil {
		return m, err
	}
	if err := change(a); err != nil {
		return m, err
	}
	r, err := s.q.GetStaff(ctx, tx, id)
	return staffMember(r.Admin, r.HasFactor), err
}

// SetStaffRole sets a member's role, which applies from the next request. It withdraws the member's
// proposals that the role does not permit. If the policy requires two-person approval, an admin's change is
// stored as a proposal, which is returned; adminID is 0 for an operator. It fails with
// ADMIN_NOT_FOUND or LAST_OWNER.
func (s StaffStore) SetStaffRole(
	ctx context.Context, adminID, id int64, role market.StaffRole,
) (m market.StaffMember, proposal *market.Proposal, err error) {
	if adminID == id {
		return m, nil, market.RefuseWith(market.CodeDataConflict, market.DetailStaffSelf)
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		fourEyes, err := s.fourEyes(ctx, tx)
		if err != nil {
			return err
		}
		m, err = s.changeStaff(ctx, tx, id, func(a db.Admin) error {
			if a.Role == role {
				return nil
			}
			if !fourEyes || adminID == 0 {
				return s.setStaffRole(ctx, tx, id, role)
			}
			proposal, err = s.proposeByStaff(ctx, tx, proposed{
				kind: market.ProposalStaffRole, subjectID: id, proposerID: adminID,
				before: market.StaffRoleBefore{Role: a.Role}, change: market.StaffRoleChange{Role: role, From: a.Role},
			})
			return err
		})
		return err
	})
	return m, proposal, err
}

// DisableStaff ends the access of a member of staff: its sessions, and the tokens that mails carry.
// It fails with ADMIN_NOT_FOUND or LAST_OWNER.
func (s StaffStore) DisableStaff(ctx context.Context, id int64) (market.StaffMember, error) {
	return s.inStaffTx(ctx, id, func(tx pgx.Tx, a db.Admin) error {
		if a.DisabledAt != nil {
			return nil
		}
		if err := s.q.SetStaffDisabled(ctx, tx, s.clock(), id); err != nil {
			return err
		}
		if err := s.q.InvalidateResets(ctx, tx, &id, market.RoleAdmin); err != nil {
			return err
		}
		if err := s.q.WithdrawProposalsOf(ctx, tx, s.now(), market.RoleAdmin, id); err != nil {
			return err
		}
		_, err := s.endSessions(ctx, tx, market.RoleAdmin, id, "")
		return err
	})
}

// EnableStaff lets a disabled member of staff log in again. It fails with ADMIN_NOT_FOUND.
func (s StaffStore) EnableStaff(ctx context.Context, id int64) (market.StaffMember, error) {
	return s.inStaffTx(ctx, id, func(tx pgx.Tx, a db.Admin) error {
		if a.DisabledAt == nil {
			return nil
		}
		return s.q.SetStaffDisabled(ctx, tx, nil, id)
	})
}

// ResetStaff removes the second factor of a member of staff, notifies the member, and ends the
// member's sessions. It fails with ADMIN_NOT_FOUND.
func (s StaffStore) ResetStaff(ctx context.Context, id int64) (market.StaffMember, error) {
	return s.inStaffTx(ctx, id, func(tx pgx.Tx, a db.Admin) error {
		n, err := s.q.RemoveSecondFactor(ctx, tx, id)
		if err != nil {
			return err
		}
		if n > 0 {
			to := receiver{a.Email, true}
			if err := s.queueMail(ctx, tx, market.MailSecondFactorChanged, market.RoleAdmin, id, to); err != nil {
				return err
			}
		}
		_, err = s.endSessions(ctx, tx, market.RoleAdmin, id, "")
		return err
	})
}

// StaffByEmail returns the member of staff with an address. It fails with ADMIN_NOT_FOUND.
func (s StaffStore) StaffByEmail(ctx context.Context, email market.Email) (market.StaffMember, error) {
	a, err := orNotFound(s.q.GetAdminByEmail(ctx, s.pool, email))(market.CodeAdminNotFound)
	if err != nil {
		return market.StaffMember{}, err
	}
	return s.Staff(ctx, a.ID)
}
