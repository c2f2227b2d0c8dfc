package store

import (
	"cmp"
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// SellerSecret returns the hash of a seller's password. It fails with SELLER_NOT_FOUND.
func (s SellerStore) SellerSecret(ctx context.Context, id int64) (string, error) {
	r, err := orNotFound(s.q.GetSeller(ctx, s.pool, id))(market.CodeSellerNotFound)
	return r.Password, err
}

// SellerSignup is the data of a seller's signup.
type SellerSignup struct {
	Email                                                                  market.Email
	PasswordHash, Name, Phone, StoreName, BizNumber, BankCode, BankAccount string
	Language                                                               market.Language // "" for the default
	Consents                                                               []market.Consent
}

// CreateSeller creates a seller who waits for approval. It fails with EMAIL_ALREADY_EXISTS, or with
// DATA_CONFLICT for a business number in use.
func (s SellerStore) CreateSeller(ctx context.Context, n SellerSignup) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		id, err = s.createSeller(ctx, tx, n)
		return err
	})
	return id, err
}

// SignUpSeller is CreateSeller with a mail for verifying the address.
func (s SellerStore) SignUpSeller(ctx context.Context, n SellerSignup) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if id, err = s.createSeller(ctx, tx, n); err != nil {
			return err
		}
		if err := s.recordConsents(ctx, tx, market.RoleSeller, id, n.Consents); err != nil {
			return err
		}
		return s.writeMail(ctx, tx, market.MailEmailVerification, market.RoleSeller, id, n.Email)
	})
	if errors.Is(err, bizNumberTaken) { // PostgreSQL reports either of two violated constraints
		if _, lookup := s.SellerCredentials(ctx, n.Email); lookup == nil {
			err = market.Refuse(market.CodeEmailAlreadyExists)
		}
	}
	return id, err
}

func (s SellerStore) createSeller(ctx context.Context, tx pgx.Tx, n SellerSignup) (id int64, err error) {
	if id, err = s.q.NextSellerID(ctx, tx); err != nil {
		return id, err
	}
	account, err := s.sealAccount(n.BankAccount, ofSeller(id))
	if err != nil {
		return id, err
	}
	return id, s.q.CreateSeller(ctx, tx, db.CreateSellerParams{
		ID: id, Email: n.Email, Password: n.PasswordHash, Name: n.Name, Phone: n.Phone, StoreName: n.StoreName,
		BizNumber: n.BizNumber, BankCode: n.BankCode, BankAccount: account.shown, BankAccountSealed: account.sealed,
		Language: market.Optional(string(n.Language)), Today: market.DayOf(s.now()),
	})
}

// SellerCredentials returns the credentials of an address. It fails with SELLER_NOT_FOUND for an
// unknown address.
func (s SellerStore) SellerCredentials(ctx context.Context, email market.Email) (Credentials, error) {
	r, err := orNotFound(s.q.GetSellerByEmail(ctx, s.pool, email))(market.CodeSellerNotFound)
	c := Credentials{ID: r.ID, PasswordHash: r.Password}
	if err == nil && r.DeletedAt == nil {
		c.Active, c.Refusal = r.Status == market.SellerApproved, refusals[r.Status]
	}
	return c, err
}

// Seller returns a seller. It fails with SELLER_NOT_FOUND or SELLER_ALREADY_DELETED.
func (s SellerStore) Seller(ctx context.Context, id int64) (market.Seller, error) {
	r, err := orNotFound(s.q.GetSeller(ctx, s.pool, id))(market.CodeSellerNotFound)
	if err == nil && r.DeletedAt != nil {
		err = market.Refuse(market.CodeSellerAlreadyDeleted)
	}
	return seller(r), err
}

// SellerAccount returns a seller with the progress of the account. It fails with SELLER_NOT_FOUND.
func (s SellerStore) SellerAccount(ctx context.Context, id int64) (market.SellerAccount, error) {
	r, err := orNotFound(s.q.SellerAccount(ctx, s.pool, id))(market.CodeSellerNotFound)
	if err != nil {
		return market.SellerAccount{}, err
	}
	last, err := s.q.LastPayoutAccount(ctx, s.pool, &id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return market.SellerAccount{}, translate(err)
	}
	account := bankAccount{r.Seller.BankAccount, r.Seller.BankAccountSealed}
	return market.SellerAccount{
		Seller: seller(r.Seller), BankCode: r.Seller.BankCode, BankAccountEnd: account.end(),
		BankAccountPending: last.Status == market.ProposalPending,
		BankAccountRefused: refusedAccount(last, r.Seller),
		MayBePaid:          r.Seller.MayBePaid, PayoutsHeld: r.Seller.PayoutsHeld,
		PayoutsPausedUntil: market.LocalTimeOf(r.Seller.PayoutsPausedUntil), HasProducts: r.HasProducts,
		HasSold:   r.HasSold,
		CreatedAt: market.LocalTime(r.Seller.CreatedAt),
	}, nil
}

// refusedAccount returns a seller's last proposed bank account if it was rejected or has expired,
// and the current account has not changed since.
func refusedAccount(last db.LastPayoutAccountRow, r db.Seller) *market.RefusedAccount {
	changedAt := r.BankAccountChangedAt
	refused := last.Status == market.ProposalRejected || last.Status == market.ProposalExpired
	if !refused || last.EndedAt == nil || changedAt != nil && changedAt.After(*last.EndedAt) {
		return nil
	}
	return &market.RefusedAccount{
		At: market.LocalTime(*last.EndedAt), Status: last.Status, Reason: last.Reason,
		BankCode: cmp.Or(last.BankCode, r.BankCode), BankAccountEnd: last.BankAccountEnd,
	}
}

// CheckSeller fails with TOKEN_INVALID for a seller who is not approved, and otherwise as Seller
// does.
func (s SellerStore) CheckSeller(ctx context.Context, id int64) error {
	seller, err := s.Seller(ctx, id)
	if err == nil && seller.Status != market.SellerApproved {
		err = market.Refuse(market.CodeTokenInvalid)
	}
	return err
}

// UpdateSeller changes a seller's profile. A new bank account pauses payouts for a while, so that
// its owner, who is notified, can object. If the policy requires two-person approval, the new account becomes
// a proposal, waits is true, and payouts continue to the previous account. It fails as UpdateBuyer
// does, with SELLER_NOT_FOUND, or with DATA_CONFLICT.
func (s SellerStore) UpdateSeller(
	ctx context.Context, id int64, c ProfileChange,
) (changed market.Seller, waits bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		c := c
		if c.BankCode != nil || c.BankAccount != nil {
			if c, waits, err = s.payoutAccount(ctx, tx, id, c); err != nil {
				return err
			}
		} else if c.PasswordHash != nil { // the proposed account was requested with the previous password
			if err := s.withdrawPayoutAccount(ctx, tx, id); err != nil {
				return err
			}
		}
		changed, err = s.updateSeller(ctx, tx, id, c)
		return err
	})
	return changed, waits, err
}

// payoutAccount completes a change of a seller's bank or account number with the other field. It
// returns the change without both if nothing changes, or if the account becomes a proposal, which
// waits reports.
func (s SellerStore) payoutAccount(
	ctx context.Context, tx pgx.Tx, id int64, c ProfileChange,
) (change ProfileChange, waits bool, err error) {
	fourEyes, err := s.fourEyes(ctx, tx)
	if err != nil {
		return c, false, err
	}
	seller, err := orNotFound(s.q.LockSeller(ctx, tx, id))(market.CodeSellerNotFound)
	if err != nil {
		return c, false, err
	}
	switch {
	case c.BankCode == nil:
		c.BankCode = &seller.BankCode
	case c.BankAccount == nil && *c.BankCode == seller.BankCode:
		c.BankCode = nil
		return c, false, nil
	case c.BankAccount == nil:
		number, err := s.openAccount(bankAccount{seller.BankAccount, seller.BankAccountSealed}, ofSeller(id))
		if err != nil {
			return c, false, err
		}
		c.BankAccount = &number
	}
	if !fourEyes {
		return c, false, nil
	}
	err = s.proposePayoutAccount(ctx, tx, seller, *c.BankCode, *c.BankAccount)
	c.BankCode, c.BankAccount = nil, nil
	return c, true, err
}

func (s *DB) updateSeller(ctx context.Context, tx pgx.Tx, id int64, c ProfileChange) (market.Seller, error) {
	before, err := orNotFound(s.q.LockSeller(ctx, tx, id))(market.CodeSellerNotFound)
	if err != nil {
		return market.Seller{}, err
	}
	email, pending, c := c.emails(before.Email)
	known := receiver{before.Email, before.EmailVerifiedAt != nil}
	if err := s.notifyOfChange(ctx, tx, market.RoleSeller, id, known, c); err != nil {
		return market.Seller{}, err
	}
	if c.BankAccount != nil {
		account, err := s.sealAccount(*c.BankAccount, ofSeller(id))
		if err != nil {
			return market.Seller{}, err
		}
		err = s.q.ChangeBankAccount(ctx, tx, db.ChangeBankAccountParams{
			SellerID: id, BankCode: c.BankCode, Shown: account.shown, Sealed: account.sealed,
			PausedUntil: s.now().Add(c.PayoutPause),
		})
		if err == nil { // an earlier proposed account is obsolete
			err = s.withdrawPayoutAccount(ctx, tx, id)
		}
		if err != nil {
			return market.Seller{}, err
		}
	}
	r, err := s.q.UpdateSeller(ctx, tx, db.UpdateSellerParams{
		ID: id, Email: email, PendingEmail: pending, Password: c.PasswordHash, Name: c.Name, Phone: c.Phone,
		StoreName: c.StoreName, BizNumber: c.BizNumber, Language: (*string)(c.Language),
	})
	return seller(r), err
}

// withdrawPayoutAccount ends the proposal of a seller's new bank account, if one waits.
func (s *DB) withdrawPayoutAccount(ctx context.Context, tx pgx.Tx, sellerID int64) error {
	return s.q.WithdrawProposalsOf(ctx, tx, s.now(), market.RoleSeller, sellerID)
}

// proposePayoutAccount stores the new bank account of a seller, whose row is locked, as a proposal,
// and notifies the seller.
func (s SellerStore) proposePayoutAccount(
	ctx context.Context, tx pgx.Tx, seller db.Seller, bankCode, account string,
) error {
	sealed, err := s.sealAccount(account, ofSeller(seller.ID))
	if err != nil {
		return err
	}
	since := seller.CreatedAt
	if seller.BankAccountChangedAt != nil {
		since = *seller.BankAccountChangedAt
	}
	if _, err := s.propose(ctx, tx, proposed{
		kind: market.ProposalPayoutAccount, subjectID: seller.ID, proposer: market.RoleSeller, proposerID: seller.ID,
		before: market.PayoutAccountBefore{
			BankCode: seller.BankCode, BankAccountEnd: bankAccount{seller.BankAccount, seller.BankAccountSealed}.end(),
			ChangedAt: market.LocalTime(since),
		},
		change:      market.PayoutAccountChange{BankCode: bankCode, BankAccountEnd: sealed.end()},
		bankAccount: sealed.sealed,
	}); err != nil {
		return err
	}
	to := receiver{seller.Email, seller.EmailVerifiedAt != nil}
	return s.queueMail(ctx, tx, market.MailBankAccountRequested, market.RoleSeller, seller.ID, to)
}

// WithdrawSeller closes a seller's account permanently: its products are deleted, personal data is
// erased, sales and settlements are kept. It fails with SELLER_NOT_FOUND, or with DATA_CONFLICT
// while an order, a refund, a payout or a balance is open.
func (s SellerStore) WithdrawSeller(ctx context.Context, id int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := orNotFound(s.q.LockSeller(ctx, tx, id))(market.CodeSellerNotFound); err != nil {
			return err
		}
		if err := s.q.DeleteProductsOf(ctx, tx, id); err != nil { // no new orders from here on
			return err
		}
		open, err := s.q.SellerHasOpenBusiness(ctx, tx, id)
		if err != nil {
			return err
		}
		if open {
			return market.RefuseWith(market.CodeDataConflict, market.DetailSalesOpen)
		}
		if _, err := s.endSessions(ctx, tx, market.RoleSeller, id, ""); err != nil {
			return err
		}
		if err := s.withdrawPayoutAccount(ctx, tx, id); err != nil {
			return err
		}
		if err := s.q.EraseProposalsOf(ctx, tx, id); err != nil {
			return err
		}
		return s.q.EraseSeller(ctx, tx, id)
	})
}

// SetSellerStatus sets a seller's status, and takes the seller's products off sale or puts them
// back. holdPayouts stops payouts to a suspended seller. The seller is notified of the reason of a rejection; "" for
// none. It fails with SELLER_NOT_FOUND.
func (s SellerStore) SetSellerStatus(
	ctx context.Context, id int64, status market.SellerStatus, holdPayouts bool, reason string,
) (changed market.Seller, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		r, err := orNotFound(s.q.SetSellerStatus(ctx, tx, db.SetSellerStatusParams{
			ID: id, Status: status, PayoutsHeld: holdPayouts, Reason: market.Optional(reason),
		}))(market.CodeSellerNotFound)
		if err != nil {
			return err
		}
		changed = seller(r)
		if status != market.SellerApproved {
			if _, err := s.endSessions(ctx, tx, market.RoleSeller, id, ""); err != nil {
				return err
			}
			if err := s.withdrawPayoutAccount(ctx, tx, id); err != nil {
				return err
			}
		}
		return s.q.SuspendProducts(ctx, tx, status != market.SellerApproved, id)
	})
	return changed, err
}

func seller(r db.Seller) market.Seller {
	return market.Seller{
		ID: r.ID, Email: r.Email, Name: r.Name, Phone: r.Phone, StoreName: r.StoreName, BizNumber: r.BizNumber,
		Status: r.Status, Role: market.RoleSeller, EmailVerified: r.EmailVerifiedAt != nil,
		PendingEmail: (*market.Email)(r.PendingEmail), Language: r.Language,
	}
}

// Sellers lists sellers, of all states or of one; sorts: createdAt, id, email, name, storeName.
func (s SellerStore) Sellers(
	ctx context.Context, status *market.SellerStatus, page market.PageRequest,
) (market.Page[market.Seller], error) {
	l := list[db.Seller, market.Seller]{
		table: "sellers", show: seller,
		where: "deleted_at IS NULL", sorts: sortsBy(market.SellerSorts),
	}
	if status != nil {
		l.where, l.args = "deleted_at IS NULL AND status = $1", []any{*status}
	}
	return l.page(ctx, s.DB, page)
}
