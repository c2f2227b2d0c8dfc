package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
)

// CreateAdmin creates an owner unless a staff account has the email address, and reports whether it
// did. Other members of staff are invited; see InviteStaff.
func (s StaffStore) CreateAdmin(ctx context.Context, email market.Email, passwordHash, name string) (bool, error) {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := s.q.CreateAdmin(ctx, tx, email, passwordHash, name)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// AdminCredentials returns the credentials of an address. It fails with ADMIN_NOT_FOUND for an
// unknown address.
func (s StaffStore) AdminCredentials(ctx context.Context, email market.Email) (Credentials, error) {
	a, err := orNotFound(s.q.GetAdminByEmail(ctx, s.pool, email))(market.CodeAdminNotFound)
	return Credentials{
		ID: a.ID, PasswordHash: a.Password, Active: a.DeletedAt == nil && a.DisabledAt == nil,
	}, err
}

// AdminSecret returns the hash of an admin's password. It fails with ADMIN_NOT_FOUND.
func (s StaffStore) AdminSecret(ctx context.Context, id int64) (string, error) {
	a, err := orNotFound(s.q.GetAdmin(ctx, s.pool, id))(market.CodeAdminNotFound)
	return a.Password, err
}

// SetAdminPassword changes an admin's password, notifies the admin, and ends the admin's sessions
// except keptSession. It fails with ADMIN_NOT_FOUND.
func (s StaffStore) SetAdminPassword(ctx context.Context, id int64, hash, keptSession string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		email, err := orNotFound(s.q.SetAdminPassword(ctx, tx, id, hash))(market.CodeAdminNotFound)
		if err != nil {
			return err
		}
		if err := s.q.InvalidateResets(ctx, tx, &id, market.RoleAdmin); err != nil {
			return err
		}
		if _, err := s.endSessions(ctx, tx, market.RoleAdmin, id, keptSession); err != nil {
			return err
		}
		return s.queueMail(ctx, tx, market.MailPasswordChanged, market.RoleAdmin, id, receiver{email, true})
	})
}

// CheckAdmin fails with TOKEN_INVALID for a disabled member of staff, and otherwise as Staff does.
func (s StaffStore) CheckAdmin(ctx context.Context, id int64) error {
	m, err := s.Staff(ctx, id)
	if err == nil && m.Status == market.StaffDisabled {
		err = market.Refuse(market.CodeTokenInvalid)
	}
	return err
}
