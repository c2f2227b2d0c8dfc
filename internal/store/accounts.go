package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Credentials are the data for checking a login.
type Credentials struct {
	ID           int64
	PasswordHash string
	Active       bool // not deleted, not locked out and, for a seller, approved
	// Refusal is the code returned for the right password when the account is not active; "" if it
	// is the same as for a wrong password.
	Refusal market.Code
}

// refusals are the codes for logins of unapproved sellers with the right password.
var refusals = map[market.SellerStatus]market.Code{
	market.SellerPending: market.CodeSellerPending, market.SellerRejected: market.CodeSellerRejected,
	market.SellerSuspended: market.CodeSellerSuspended,
}

// recordConsents records the consents given at signup.
func (s *DB) recordConsents(
	ctx context.Context, tx pgx.Tx, role market.Role, id int64, given []market.Consent,
) error {
	for _, c := range given {
		if err := s.q.RecordConsent(ctx, tx, db.RecordConsentParams{
			Role: role, AccountID: id, Document: string(c.Document), Version: c.Version,
		}); err != nil {
			return err
		}
	}
	return nil
}

// ProfileChange is a partial update of a profile; nil fields stay unchanged.
type ProfileChange struct {
	Email                     *market.Email
	PasswordHash, Name, Phone *string
	StoreName, BizNumber      *string // sellers only
	BankCode, BankAccount     *string // likewise
	Language                  *market.Language
	PayoutPause               time.Duration // after a new bank account
	KeptSession               string        // the only session that continues; "" if none end

	// Unverified keeps a new address pending until it is verified, even if another account has it.
	// Without it a new address applies at once.
	Unverified bool
}

// emails returns the new values of the columns email and pending_email, and the change without an
// address that the account already has. A new password discards a pending address.
func (c ProfileChange) emails(before market.Email) (email, pending *string, change ProfileChange) {
	none := ""
	switch {
	case c.Email == nil && c.PasswordHash != nil: // the pending address was requested with the previous password
		return nil, &none, c
	case c.Email == nil:
		return nil, nil, c
	case *c.Email == before:
		c.Email = nil
		return nil, &none, c
	case c.Unverified:
		return nil, (*string)(c.Email), c
	}
	return (*string)(c.Email), &none, c
}

// notifyOfChange queues mails about a changed password, a changed bank account, and a changed or
// requested address, to the account's previous address, and the verification of a new address. A
// changed password invalidates earlier password resets.
func (s *DB) notifyOfChange(
	ctx context.Context, tx pgx.Tx, role market.Role, id int64, before receiver, c ProfileChange,
) error {
	for _, m := range []struct {
		kind market.MailKind
		due  bool
	}{
		{market.MailPasswordChanged, c.PasswordHash != nil}, {market.MailBankAccountChanged, c.BankAccount != nil},
		{market.MailEmailChanged, c.Email != nil && !c.Unverified},
		{market.MailEmailChangeRequested, c.Email != nil && c.Unverified},
	} {
		if m.due {
			if err := s.queueMail(ctx, tx, m.kind, role, id, before); err != nil {
				return err
			}
		}
	}
	if c.KeptSession != "" {
		if _, err := s.endSessions(ctx, tx, role, id, c.KeptSession); err != nil {
			return err
		}
	}
	if c.PasswordHash != nil {
		if err := s.q.InvalidateResets(ctx, tx, &id, role); err != nil {
			return err
		}
	}
	if c.Email == nil {
		return nil
	}
	return s.queueMail(ctx, tx, market.MailEmailVerification, role, id, receiver{*c.Email, false})
}

// SetEmail changes an account's address at an operator's request, ends the account's sessions, and
// resolves a conflict reported by the migration of addresses. It fails with BUYER_NOT_FOUND,
// SELLER_NOT_FOUND or ADMIN_NOT_FOUND, or with EMAIL_ALREADY_EXISTS.
func (s AccountStore) SetEmail(ctx context.Context, role market.Role, id int64, email market.Email) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		n, err := s.q.SetEmail(ctx, tx, string(role), id, string(email))
		if err == nil && n == 0 {
			err = market.Refuse(map[market.Role]market.Code{
				market.RoleBuyer: market.CodeBuyerNotFound, market.RoleSeller: market.CodeSellerNotFound,
				market.RoleAdmin: market.CodeAdminNotFound,
			}[role])
		}
		if err == nil {
			_, err = s.endSessions(ctx, tx, role, id, "")
		}
		return err
	})
}

// inBuyerTx runs f in a transaction that excludes other changes of the buyer and of its addresses.
// It fails with BUYER_NOT_FOUND.
func (s *DB) inBuyerTx(ctx context.Context, buyerID market.BuyerID, f func(tx pgx.Tx) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := orNotFound(s.q.LockBuyer(ctx, tx, int64(buyerID)))(market.CodeBuyerNotFound); err != nil {
			return err
		}
		return f(tx)
	})
}
