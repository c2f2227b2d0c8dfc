package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
)

// SecondFactor is an admin's secret for one-time passwords, sealed; see auth.OneTimePasswords.
type SecondFactor struct {
	Secret []byte
	Active bool // confirmed by a code: logins need one
}

// SecondFactor returns an admin's second factor; the zero value when there is none.
func (s AccountStore) SecondFactor(ctx context.Context, adminID int64) (SecondFactor, error) {
	f, err := s.q.GetSecondFactor(ctx, s.pool, adminID)
	if errors.Is(err, pgx.ErrNoRows) {
		return SecondFactor{}, nil
	}
	return SecondFactor{Secret: f.Secret, Active: f.ActivatedAt != nil}, translate(err)
}

// OfferSecondFactor keeps a secret that a code is to confirm, instead of one that was
// not. It fails with DATA_CONFLICT when the admin has one that is in use.
func (s AccountStore) OfferSecondFactor(ctx context.Context, adminID int64, sealed []byte) error {
	n, err := s.q.OfferSecondFactor(ctx, s.pool, adminID, sealed)
	if err == nil && n == 0 {
		err = market.Refuse(market.CodeDataConflict)
	}
	return translate(err)
}

// OTPStep is the number of the half minute that a one-time password belongs to.
type OTPStep int64

// ActivateSecondFactor activates the offered secret and notifies the admin; step is the step of the
// confirming code. It fails with DATA_CONFLICT when none was offered.
func (s AccountStore) ActivateSecondFactor(ctx context.Context, adminID int64, step OTPStep, keptSession string) error {
	return s.changeSecondFactor(ctx, adminID, keptSession, func(tx pgx.Tx) (int64, error) {
		return s.q.ActivateSecondFactor(ctx, tx, adminID, int64(step))
	})
}

// RemoveSecondFactor deactivates one-time passwords and notifies the admin. It fails with
// DATA_CONFLICT when the admin has none.
func (s AccountStore) RemoveSecondFactor(ctx context.Context, adminID int64, keptSession string) error {
	return s.changeSecondFactor(ctx, adminID, keptSession, func(tx pgx.Tx) (int64, error) {
		return s.q.RemoveSecondFactor(ctx, tx, adminID)
	})
}

// changeSecondFactor changes an admin's second factor, notifies the admin, and ends the admin's other
// sessions.
func (s AccountStore) changeSecondFactor(
	ctx context.Context, adminID int64, keptSession string, change func(tx pgx.Tx) (int64, error),
) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		a, err := orNotFound(s.q.GetAdmin(ctx, tx, adminID))(market.CodeAdminNotFound)
		if err != nil {
			return err
		}
		n, err := change(tx)
		if err == nil && n == 0 {
			err = market.Refuse(market.CodeDataConflict)
		}
		if err != nil {
			return err
		}
		if _, err := s.endSessions(ctx, tx, market.RoleAdmin, adminID, keptSession); err != nil {
			return err
		}
		return s.queueMail(ctx, tx, market.MailSecondFactorChanged, market.RoleAdmin, adminID, receiver{a.Email, true})
	})
}

// UseSecondFactor uses the code of a step up, and keeps the secret as it is sealed now.
// It is false for a code that has been used before.
func (s AccountStore) UseSecondFactor(ctx context.Context, adminID int64, step OTPStep, sealed []byte) (bool, error) {
	n, err := s.q.UseSecondFactor(ctx, s.pool, int64(step), sealed, adminID)
	return n == 1, translate(err)
}
