package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Mail is an email to the holder of an account. The one-time token in it, if its kind has one, is a
// signature over its id; see auth.MailTokens.
type Mail struct {
	ID        int64
	Kind      market.MailKind
	Role      market.Role
	Recipient market.Email
	Reason    string // of the decision that the mail reports; "" for none

	Notification *market.Notification // of a mail that reports one
	Language     market.Language      // of its account; "" for staff

	// For an invitation: the role of the receiver, and the sender, "" for an operator.
	StaffRole               market.StaffRole
	SenderName, SenderEmail string
}

// MailLimits bound the mails that requests cause. *auth.Limiter implements it.
type MailLimits interface {
	// AdmitMail counts a mail. It fails with MAIL_RATE_LIMITED.
	AdmitMail(ctx context.Context, m market.MailRequest) error
}

// LimitMails sets the limits on mails that requests cause. It must be called before the Store is
// used.
func (s MailStore) LimitMails(limits MailLimits) { s.mails = limits }

// receiver is the address of a mail, and whether it has been verified.
type receiver struct {
	email    market.Email
	verified bool
}

// queueMail stores a mail with the follow-up that sends it. It must run in the transaction that the
// mail reports on, which fails with MAIL_RATE_LIMITED when the limits are exceeded. All mails that
// requests cause are queued here, except those of signups and of refused bank accounts.
func (s *DB) queueMail(
	ctx context.Context, tx db.DBTX, kind market.MailKind, role market.Role, accountID int64, to receiver,
) error {
	if err := s.admitMail(ctx, kind, role, accountID, to); err != nil {
		return err
	}
	return s.writeMail(ctx, tx, kind, role, accountID, to.email)
}

// admitMail applies the limits to a mail. It fails with MAIL_RATE_LIMITED.
func (s *DB) admitMail(
	ctx context.Context, kind market.MailKind, role market.Role, accountID int64, to receiver,
) error {
	client := market.ActorOf(ctx).Address
	if client == "" || s.mails == nil {
		return nil
	}
	return s.mails.AdmitMail(ctx, market.MailRequest{
		Kind: kind, Role: role, AccountID: accountID, Receiver: to.email, Verified: to.verified, Address: client,
	})
}

// queueInvitation queues the mail that invites a member of staff; senderID is 0 for an operator. It fails with
// MAIL_RATE_LIMITED.
func (s *DB) queueInvitation(ctx context.Context, tx db.DBTX, senderID, id int64, email market.Email) error {
	kind := market.MailStaffInvitation
	if err := s.admitMail(ctx, kind, market.RoleAdmin, id, receiver{email, false}); err != nil {
		return err
	}
	return s.q.QueueMail(ctx, tx, db.QueueMailParams{
		Kind: kind, Role: market.RoleAdmin, Recipient: email, AccountID: &id, SenderID: optionalID(senderID),
	})
}

// writeMail is queueMail without limits, for signups: the number of accounts per network is
// limited, and an address has one account of each role.
func (s *DB) writeMail(
	ctx context.Context, tx db.DBTX, kind market.MailKind, role market.Role, accountID int64, recipient market.Email,
) error {
	var account *int64
	if accountID != 0 {
		account = &accountID
	}
	return s.q.QueueMail(ctx, tx, db.QueueMailParams{Kind: kind, Role: role, Recipient: recipient, AccountID: account})
}

// RequestPasswordReset queues a mail with a reset token. The account is looked up when the mail is
// sent, so that the response time does not disclose which addresses have accounts. It fails with
// MAIL_RATE_LIMITED.
func (s MailStore) RequestPasswordReset(ctx context.Context, role market.Role, email market.Email) error {
	return translate(s.queueMail(ctx, s.pool, market.MailPasswordReset, role, 0, receiver{email, false}))
}

// RequestEmailVerification queues the mail for verifying the account's pending address, or else its
// current one. It fails with DATA_CONFLICT when there is nothing to verify, and with
// MAIL_RATE_LIMITED.
func (s MailStore) RequestEmailVerification(ctx context.Context, role market.Role, accountID int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		e, err := s.emailsOf(ctx, tx, role, accountID)
		if err != nil {
			return err
		}
		to := receiver{e.email, false}
		if e.pending != nil {
			to.email = *e.pending
		} else if e.verified {
			return market.Refuse(market.CodeDataConflict)
		}
		return s.queueMail(ctx, tx, market.MailEmailVerification, role, accountID, to)
	})
}

// accountEmails are the addresses of an account.
type accountEmails struct {
	receiver
	pending *market.Email
}

func (s MailStore) emailsOf(
	ctx context.Context, tx pgx.Tx, role market.Role, accountID int64,
) (accountEmails, error) {
	if role == market.RoleSeller {
		r, err := orNotFound(s.q.GetSeller(ctx, tx, accountID))(market.CodeSellerNotFound)
		return accountEmails{receiver{r.Email, r.EmailVerifiedAt != nil}, (*market.Email)(r.PendingEmail)}, err
	}
	b, err := orNotFound(s.q.GetBuyer(ctx, tx, accountID))(market.CodeBuyerNotFound)
	return accountEmails{receiver{b.Email, b.EmailVerifiedAt != nil}, (*market.Email)(b.PendingEmail)}, err
}

// MailToSend returns a mail to send. It reports false when the mail is no longer kept, or for a
// reset of an address without an account. A verification of another account's address becomes a
// notice to its holder.
func (s MailStore) MailToSend(ctx context.Context, id int64) (Mail, bool, error) {
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
	if m.Kind == market.MailEmailVerification && m.AccountID != nil {
		taken, err := s.q.AddressTaken(ctx, s.pool, string(m.Role), string(m.Recipient), *m.AccountID)
		if err != nil {
			return Mail{}, false, translate(err)
		}
		if taken {
			m.Kind = market.MailAddressInUse
		}
	}
	to := Mail{ID: m.ID, Kind: m.Kind, Role: m.Role, Recipient: m.Recipient}
	if m.Kind != market.MailAddressInUse { // which another account receives than the mail is about
		language, err := s.q.LanguageOfMail(ctx, s.pool, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return Mail{}, false, nil
		}
		if err != nil {
			return Mail{}, false, translate(err)
		}
		to.Language = market.Language(language)
	}
	switch {
	case m.Kind == market.MailStaffInvitation:
		var i db.InvitationOfMailRow
		i, err = s.q.InvitationOfMail(ctx, s.pool, id)
		to.StaffRole, to.SenderName, to.SenderEmail = i.Role, i.SenderName, i.SenderEmail
	case m.NotificationID != nil:
		var n db.NotificationOfMailRow
		n, err = s.q.NotificationOfMail(ctx, s.pool, id)
		to.Language = market.Language(n.Language)
		to.Notification = &market.Notification{Kind: n.Kind, Topic: n.Topic, SubjectID: n.SubjectID, Facts: n.Facts}
	case m.ProposalID != nil:
		to.Reason, err = s.q.ReasonOfMail(ctx, s.pool, id)
	}
	if errors.Is(err, pgx.ErrNoRows) { // the account was erased meanwhile
		return Mail{}, false, nil
	}
	return to, err == nil, translate(err)
}

// ResetPassword sets the password of the account to which a mail of a kind, reset or invitation,
// was sent, and returns the account's id and address. It invalidates the mail's token and those of
// other resets. It fails with TOKEN_INVALID when the token has been used or has expired, or when
// the account's address has changed.
func (s MailStore) ResetPassword(
	ctx context.Context, kind market.MailKind, role market.Role, mailID int64, passwordHash string,
) (accountID int64, email market.Email, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		m, err := s.useMailToken(ctx, tx, kind, role, mailID)
		if err != nil {
			return err
		}
		accountID = m.AccountID
		reset := map[market.Role]func(context.Context, db.DBTX, string, int64, market.Email) (market.Email, error){
			market.RoleBuyer: s.q.ResetBuyerPassword, market.RoleSeller: s.q.ResetSellerPassword,
			market.RoleAdmin: s.q.ResetAdminPassword,
		}[role]
		email, err = orNotFound(reset(ctx, tx, passwordHash, m.AccountID, m.Recipient))(market.CodeTokenInvalid)
		if err != nil {
			return err
		}
		if err := s.q.InvalidateResets(ctx, tx, &m.AccountID, role); err != nil {
			return err
		}
		if role == market.RoleSeller { // the proposed account may be that of an attacker with the old password
			if err := s.withdrawPayoutAccount(ctx, tx, m.AccountID); err != nil {
				return err
			}
		}
		if _, err := s.endSessions(ctx, tx, role, m.AccountID, ""); err != nil {
			return err
		}
		return s.queueMail(ctx, tx, market.MailPasswordChanged, role, m.AccountID, receiver{email, true})
	})
	return accountID, email, err
}

// VerifyEmail marks the address of a mail as verified. A pending address becomes the account's, and
// its holder is notified at the previous address. It fails like ResetPassword, and with
// EMAIL_ALREADY_EXISTS when another account has taken the address.
func (s MailStore) VerifyEmail(ctx context.Context, role market.Role, mailID int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		m, err := s.useMailToken(ctx, tx, market.MailEmailVerification, role, mailID)
		if err != nil {
			return err
		}
		before, err := s.emailsOf(ctx, tx, role, m.AccountID)
		if err != nil {
			return err
		}
		_, err = orNotFound(s.q.VerifyEmail(ctx, tx, m.Recipient, string(role), m.AccountID))(market.CodeTokenInvalid)
		if err != nil || before.email == m.Recipient {
			return err
		}
		return s.queueMail(ctx, tx, market.MailEmailChanged, role, m.AccountID, before.receiver)
	})
}

func (s MailStore) useMailToken(
	ctx context.Context, tx pgx.Tx, kind market.MailKind, role market.Role, mailID int64,
) (db.UseMailTokenRow, error) {
	return orNotFound(s.q.UseMailToken(ctx, tx,
		db.UseMailTokenParams{ID: mailID, Kind: kind, Role: role, SentAfter: s.now().Add(-kind.TokenLifetime())}))(
		market.CodeTokenInvalid)
}
