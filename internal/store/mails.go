package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Mail is something that the holder of an account is told by email. The one-time token
// in it, if its kind carries one, is a signature over its id; see auth.MailTokens.
type Mail struct {
	ID        int64
	Kind      market.MailKind
	Role      market.Role
	Recipient market.Email
}

// queueMail writes a mail with the follow-up that sends it. It belongs into the
// transaction that decides what the mail tells.
func (s *Store) queueMail(
	ctx context.Context, tx db.DBTX, kind market.MailKind, role market.Role, accountID int64, recipient market.Email,
) error {
	return s.q.QueueMail(ctx, tx, db.QueueMailParams{Kind: kind, Role: role, Recipient: recipient, AccountID: &accountID})
}

// RequestPasswordReset queues a mail with a reset token. The account is looked up when the mail is
// sent, so that the duration of a request does not disclose which addresses have accounts.
func (s *Store) RequestPasswordReset(ctx context.Context, role market.Role, email market.Email) error {
	return translate(s.q.QueueMail(ctx, s.pool,
		db.QueueMailParams{Kind: market.MailPasswordReset, Role: role, Recipient: email}))
}

// RequestEmailVerification writes the mail by which an account's holder shows that the
// address is theirs. It fails with DATA_CONFLICT when that has been done.
func (s *Store) RequestEmailVerification(ctx context.Context, role market.Role, accountID int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		email, verified, err := s.emailOf(ctx, tx, role, accountID)
		if err != nil {
			return err
		}
		if verified {
			return market.Refuse(market.CodeDataConflict)
		}
		return s.queueMail(ctx, tx, market.MailEmailVerification, role, accountID, email)
	})
}

func (s *Store) emailOf(
	ctx context.Context, tx pgx.Tx, role market.Role, accountID int64,
) (email market.Email, verified bool, err error) {
	if role == market.RoleSeller {
		r, err := found(s.q.GetSeller(ctx, tx, accountID))(market.CodeSellerNotFound)
		return r.Email, r.EmailVerifiedAt != nil, err
	}
	b, err := found(s.q.GetBuyer(ctx, tx, accountID))(market.CodeBuyerNotFound)
	return b.Email, b.EmailVerifiedAt != nil, err
}

// MailToSend is a mail that is to be sent; false when it is kept no longer, or when a
// reset was asked for an address that no account has.
func (s *Store) MailToSend(ctx context.Context, id int64) (Mail, bool, error) {
	m, err := s.q.GetMail(ctx, s.pool, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Mail{}, false, nil
	}
	if err != nil {
		return Mail{}, false, translate(err)
	}
	if m.AccountID == nil {
		m.Recipient, err = s.q.AddressResetMail(ctx, s.pool, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return Mail{}, false, translate(s.q.DeleteMail(ctx, s.pool, id))
		}
		if err != nil {
			return Mail{}, false, translate(err)
		}
	}
	return Mail{ID: m.ID, Kind: m.Kind, Role: m.Role, Recipient: m.Recipient}, true, nil
}

// ResetPassword sets the password of the account that a mail of a kind, a reset's or an invitation's,
// was sent to, and returns the account's id. The mail's token is used up, and so are those of other
// resets. It fails with TOKEN_INVALID when the token has been used, is too old, or the
// account has another address by now.
func (s *Store) ResetPassword(
	ctx context.Context, kind market.MailKind, role market.Role, mailID int64, passwordHash string,
) (accountID int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		m, err := s.useMailToken(ctx, tx, kind, role, mailID)
		if err != nil {
			return err
		}
		accountID = m.AccountID
		email, err := found(s.q.ResetPassword(ctx, tx, db.ResetPasswordParams{
			Password: passwordHash, Role: string(role), ID: m.AccountID, Recipient: m.Recipient,
		}))(market.CodeTokenInvalid)
		if err != nil {
			return err
		}
		if err := s.q.InvalidateResets(ctx, tx, &m.AccountID, role); err != nil {
			return err
		}
		if _, err := s.endSessions(ctx, tx, role, m.AccountID, ""); err != nil {
			return err
		}
		return s.queueMail(ctx, tx, market.MailPasswordChanged, role, m.AccountID, market.Email(email))
	})
	return accountID, err
}

// VerifyEmail notes that the address to which a mail was sent is its account's. It fails
// like ResetPassword.
func (s *Store) VerifyEmail(ctx context.Context, role market.Role, mailID int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		m, err := s.useMailToken(ctx, tx, market.MailEmailVerification, role, mailID)
		if err != nil {
			return err
		}
		_, err = found(s.q.VerifyEmail(ctx, tx, string(role), m.AccountID, m.Recipient))(market.CodeTokenInvalid)
		return err
	})
}

func (s *Store) useMailToken(
	ctx context.Context, tx pgx.Tx, kind market.MailKind, role market.Role, mailID int64,
) (db.UseMailTokenRow, error) {
	return found(s.q.UseMailToken(ctx, tx,
		db.UseMailTokenParams{ID: mailID, Kind: kind, Role: role, SentAfter: s.now().Add(-kind.TokenLifetime())}))(
		market.CodeTokenInvalid)
}
