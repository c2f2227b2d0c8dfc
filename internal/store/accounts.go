package store

import (
	"cmp"
	"context"
	"errors"
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

// CreateBuyer creates a buyer with an empty cart. It fails with
// EMAIL_ALREADY_EXISTS.
func (s AccountStore) CreateBuyer(
	ctx context.Context, email market.Email, passwordHash, name, phone string,
) (int64, error) {
	id, err := s.q.CreateBuyer(ctx, s.pool,
		db.CreateBuyerParams{Email: email, Password: passwordHash, Name: name, Phone: phone})
	return id, translate(err)
}

// SignUpBuyer is CreateBuyer with a mail for verifying the address, and with the buyer's consents.
func (s AccountStore) SignUpBuyer(
	ctx context.Context, email market.Email, passwordHash, name, phone string, given ...market.Consent,
) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if id, err = s.q.CreateBuyer(ctx, tx,
			db.CreateBuyerParams{Email: email, Password: passwordHash, Name: name, Phone: phone}); err != nil {
			return err
		}
		if err := s.recordConsents(ctx, tx, market.RoleBuyer, id, given); err != nil {
			return err
		}
		return s.writeMail(ctx, tx, market.MailEmailVerification, market.RoleBuyer, id, email)
	})
	return id, err
}

// recordConsents records the consents given at signup.
func (s AccountStore) recordConsents(
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

// BuyerSecret returns the hash of a buyer's password. It fails with BUYER_NOT_FOUND.
func (s AccountStore) BuyerSecret(ctx context.Context, id int64) (string, error) {
	b, err := orNotFound(s.q.GetBuyer(ctx, s.pool, id))(market.CodeBuyerNotFound)
	return b.Password, err
}

// SellerSecret returns the hash of a seller's password. It fails with SELLER_NOT_FOUND.
func (s AccountStore) SellerSecret(ctx context.Context, id int64) (string, error) {
	r, err := orNotFound(s.q.GetSeller(ctx, s.pool, id))(market.CodeSellerNotFound)
	return r.Password, err
}

// BuyerCredentials returns the credentials of an address. It fails with BUYER_NOT_FOUND for an
// unknown address.
func (s AccountStore) BuyerCredentials(ctx context.Context, email market.Email) (Credentials, error) {
	b, err := orNotFound(s.q.GetBuyerByEmail(ctx, s.pool, email))(market.CodeBuyerNotFound)
	c := Credentials{ID: b.ID, PasswordHash: b.Password, Active: b.DeletedAt == nil && b.LockedAt == nil}
	if b.DeletedAt == nil && b.LockedAt != nil {
		c.Refusal = market.CodeBuyerLocked
	}
	return c, err
}

// Buyer returns a buyer. It fails with BUYER_NOT_FOUND or BUYER_ALREADY_DELETED.
func (s AccountStore) Buyer(ctx context.Context, id int64) (market.Buyer, error) {
	b, err := orNotFound(s.q.GetBuyer(ctx, s.pool, id))(market.CodeBuyerNotFound)
	if err == nil && b.DeletedAt != nil {
		err = market.Refuse(market.CodeBuyerAlreadyDeleted)
	}
	return buyer(b), err
}

// CheckBuyer fails with TOKEN_INVALID for a locked buyer, and otherwise as Buyer does.
func (s AccountStore) CheckBuyer(ctx context.Context, id int64) error {
	b, err := orNotFound(s.q.GetBuyer(ctx, s.pool, id))(market.CodeBuyerNotFound)
	switch {
	case err != nil:
		return err
	case b.DeletedAt != nil:
		return market.Refuse(market.CodeBuyerAlreadyDeleted)
	case b.LockedAt != nil:
		return market.Refuse(market.CodeTokenInvalid)
	}
	return nil
}

// SetBuyerLock locks a buyer out for a reason, or with nil unlocks the account. It fails with
// BUYER_NOT_FOUND.
func (s AccountStore) SetBuyerLock(
	ctx context.Context, id int64, reason *string,
) (changed market.BuyerAccount, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		b, err := orNotFound(s.q.SetBuyerLock(ctx, tx, reason, id))(market.CodeBuyerNotFound)
		changed = buyerAccount(b)
		if err == nil && reason != nil {
			_, err = s.endSessions(ctx, tx, market.RoleBuyer, id, "")
		}
		return err
	})
	return changed, err
}

// BuyerFilter selects among buyers; its zero value means all.
type BuyerFilter struct {
	Status *market.BuyerStatus
	Email  market.Email
}

// BuyerAccounts lists buyers, newest first; sorts: createdAt, id.
func (s AccountStore) BuyerAccounts(
	ctx context.Context, f BuyerFilter, page market.PageRequest,
) (market.Page[market.BuyerAccount], error) {
	l := list[db.Buyer, market.BuyerAccount]{
		table: "buyers", show: buyerAccount, where: "deleted_at IS NULL", sorts: inOrderOfCreation,
	}
	if f.Status != nil && *f.Status == market.BuyerLocked {
		l.where += " AND locked_at IS NOT NULL"
	} else if f.Status != nil {
		l.where += " AND locked_at IS NULL"
	}
	if f.Email != "" {
		l.where, l.args = l.where+" AND email = $1", []any{f.Email}
	}
	return l.page(ctx, s.DB, page)
}

func buyerAccount(b db.Buyer) market.BuyerAccount {
	a := market.BuyerAccount{
		Buyer: buyer(b), Status: market.BuyerActive, LockedAt: market.LocalTimeOf(b.LockedAt), LockedReason: b.LockedReason,
		CreatedAt: market.LocalTime(b.CreatedAt),
	}
	if b.LockedAt != nil {
		a.Status = market.BuyerLocked
	}
	return a
}

// WithdrawBuyer closes a buyer's account permanently: personal data is erased, orders and money are
// kept. It fails with BUYER_NOT_FOUND, or with DATA_CONFLICT while an order or a refund is in
// progress.
func (s AccountStore) WithdrawBuyer(ctx context.Context, id int64) error {
	return s.inBuyerTx(ctx, market.BuyerID(id), func(tx pgx.Tx) error {
		// An order that is being placed has locked its cart items: it either completes first or finds
		// them deleted.
		if err := s.q.LockCartItems(ctx, tx, id); err != nil {
			return err
		}
		open, err := s.q.BuyerHasOpenOrders(ctx, tx, id)
		if err != nil {
			return err
		}
		if open {
			return market.RefuseWith(market.CodeDataConflict, market.DetailOrdersOpen)
		}
		if _, err := s.endSessions(ctx, tx, market.RoleBuyer, id, ""); err != nil {
			return err
		}
		return s.q.EraseBuyer(ctx, tx, id)
	})
}

// ProfileChange is a partial update of a profile; nil fields stay unchanged.
type ProfileChange struct {
	Email                     *market.Email
	PasswordHash, Name, Phone *string
	StoreName, BizNumber      *string       // sellers only
	BankCode, BankAccount     *string       // likewise
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

// UpdateBuyer changes a buyer's profile, and queues the mails about the change. It fails with
// BUYER_NOT_FOUND, MAIL_RATE_LIMITED, or, when a new address applies at once, EMAIL_ALREADY_EXISTS.
func (s AccountStore) UpdateBuyer(ctx context.Context, id int64, c ProfileChange) (changed market.Buyer, err error) {
	err = s.inBuyerTx(ctx, market.BuyerID(id), func(tx pgx.Tx) error {
		before, err := orNotFound(s.q.GetBuyer(ctx, tx, id))(market.CodeBuyerNotFound)
		if err != nil {
			return err
		}
		email, pending, c := c.emails(before.Email)
		// Before the change, so that a rejected address counts against the mail limits as well.
		known := receiver{before.Email, before.EmailVerifiedAt != nil}
		if err := s.notifyOfChange(ctx, tx, market.RoleBuyer, id, known, c); err != nil {
			return err
		}
		b, err := orNotFound(s.q.UpdateBuyer(ctx, tx, db.UpdateBuyerParams{
			ID: id, Email: email, PendingEmail: pending, Password: c.PasswordHash, Name: c.Name, Phone: c.Phone,
		}))(market.CodeBuyerNotFound)
		changed = buyer(b)
		return err
	})
	return changed, err
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

func buyer(b db.Buyer) market.Buyer {
	return market.Buyer{
		ID: b.ID, Email: b.Email, Name: b.Name, Phone: b.Phone, Role: market.RoleBuyer,
		EmailVerified: b.EmailVerifiedAt != nil, PendingEmail: (*market.Email)(b.PendingEmail),
	}
}

// SellerSignup is the data of a seller's signup.
type SellerSignup struct {
	Email                                                                  market.Email
	PasswordHash, Name, Phone, StoreName, BizNumber, BankCode, BankAccount string
	Consents                                                               []market.Consent
}

// CreateSeller creates a seller who waits for approval. It fails with EMAIL_ALREADY_EXISTS, or with
// DATA_CONFLICT for a business number in use.
func (s AccountStore) CreateSeller(ctx context.Context, n SellerSignup) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		id, err = s.insertSeller(ctx, tx, n)
		return err
	})
	return id, err
}

// SignUpSeller is CreateSeller with a mail for verifying the address.
func (s AccountStore) SignUpSeller(ctx context.Context, n SellerSignup) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if id, err = s.insertSeller(ctx, tx, n); err != nil {
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

func (s AccountStore) insertSeller(ctx context.Context, tx pgx.Tx, n SellerSignup) (id int64, err error) {
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
		Today: market.DayOf(s.now()),
	})
}

// SellerCredentials returns the credentials of an address. It fails with SELLER_NOT_FOUND for an
// unknown address.
func (s AccountStore) SellerCredentials(ctx context.Context, email market.Email) (Credentials, error) {
	r, err := orNotFound(s.q.GetSellerByEmail(ctx, s.pool, email))(market.CodeSellerNotFound)
	c := Credentials{ID: r.ID, PasswordHash: r.Password}
	if err == nil && r.DeletedAt == nil {
		c.Active, c.Refusal = r.Status == market.SellerApproved, refusals[r.Status]
	}
	return c, err
}

// Seller returns a seller. It fails with SELLER_NOT_FOUND or SELLER_ALREADY_DELETED.
func (s AccountStore) Seller(ctx context.Context, id int64) (market.Seller, error) {
	r, err := orNotFound(s.q.GetSeller(ctx, s.pool, id))(market.CodeSellerNotFound)
	if err == nil && r.DeletedAt != nil {
		err = market.Refuse(market.CodeSellerAlreadyDeleted)
	}
	return seller(r), err
}

// SellerAccount returns a seller with the progress of the account. It fails with SELLER_NOT_FOUND.
func (s AccountStore) SellerAccount(ctx context.Context, id int64) (market.SellerAccount, error) {
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
		PayoutsPausedUntil: market.LocalTimeOf(r.Seller.PayoutsPausedUntil), HasProducts: r.HasProducts, HasSold: r.HasSold,
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
func (s AccountStore) CheckSeller(ctx context.Context, id int64) error {
	seller, err := s.Seller(ctx, id)
	if err == nil && seller.Status != market.SellerApproved {
		err = market.Refuse(market.CodeTokenInvalid)
	}
	return err
}

// UpdateSeller changes a seller's profile. A new bank account pauses payouts for a while, so that
// its owner, who is notified, can object. If the policy requires four eyes, the new account becomes
// a proposal, waits is true, and payouts continue to the previous account. It fails as UpdateBuyer
// does, with SELLER_NOT_FOUND, or with DATA_CONFLICT.
func (s AccountStore) UpdateSeller(
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
func (s AccountStore) payoutAccount(
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
		StoreName: c.StoreName, BizNumber: c.BizNumber,
	})
	return seller(r), err
}

// withdrawPayoutAccount ends the proposal of a seller's new bank account, if one waits.
func (s *DB) withdrawPayoutAccount(ctx context.Context, tx pgx.Tx, sellerID int64) error {
	return s.q.WithdrawProposalsOf(ctx, tx, s.now(), market.RoleSeller, sellerID)
}

// proposePayoutAccount stores the new bank account of a seller, whose row is locked, as a proposal,
// and notifies the seller.
func (s AccountStore) proposePayoutAccount(
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
func (s AccountStore) WithdrawSeller(ctx context.Context, id int64) error {
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
// back. holdPayouts stops payouts to a suspended seller. It fails with SELLER_NOT_FOUND.
func (s AccountStore) SetSellerStatus(
	ctx context.Context, id int64, status market.SellerStatus, holdPayouts bool,
) (changed market.Seller, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		r, err := orNotFound(s.q.SetSellerStatus(ctx, tx, status, holdPayouts, id))(market.CodeSellerNotFound)
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
		PendingEmail: (*market.Email)(r.PendingEmail),
	}
}

// Sellers lists sellers, of all states or of one; sorts: createdAt, id, email, name, storeName.
func (s AccountStore) Sellers(
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

// CreateAdmin creates an owner unless a staff account has the email address, and reports whether it
// did. Other members of staff are invited; see InviteStaff.
func (s AccountStore) CreateAdmin(ctx context.Context, email market.Email, passwordHash, name string) (bool, error) {
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
func (s AccountStore) AdminCredentials(ctx context.Context, email market.Email) (Credentials, error) {
	a, err := orNotFound(s.q.GetAdminByEmail(ctx, s.pool, email))(market.CodeAdminNotFound)
	return Credentials{
		ID: a.ID, PasswordHash: a.Password, Active: a.DeletedAt == nil && a.DisabledAt == nil,
	}, err
}

// AdminSecret returns the hash of an admin's password. It fails with ADMIN_NOT_FOUND.
func (s AccountStore) AdminSecret(ctx context.Context, id int64) (string, error) {
	a, err := orNotFound(s.q.GetAdmin(ctx, s.pool, id))(market.CodeAdminNotFound)
	return a.Password, err
}

// SetAdminPassword changes an admin's password, notifies the admin, and ends the admin's sessions
// except keptSession. It fails with ADMIN_NOT_FOUND.
func (s AccountStore) SetAdminPassword(ctx context.Context, id int64, hash, keptSession string) error {
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
func (s AccountStore) CheckAdmin(ctx context.Context, id int64) error {
	m, err := StaffStore(s).Staff(ctx, id)
	if err == nil && m.Status == market.StaffDisabled {
		err = market.Refuse(market.CodeTokenInvalid)
	}
	return err
}

// Addresses lists a buyer's addresses, the oldest first.
func (s AccountStore) Addresses(ctx context.Context, buyerID market.BuyerID) ([]market.Address, error) {
	rows, err := s.q.ListAddresses(ctx, s.pool, int64(buyerID))
	addresses := make([]market.Address, len(rows))
	for i, r := range rows {
		addresses[i] = address(r)
	}
	return addresses, translate(err)
}

// maxAddresses is the maximum number of addresses of a buyer.
const maxAddresses = 50

// CreateAddress adds an address; a buyer's first one becomes the default. It fails with
// DATA_CONFLICT when there are too many.
func (s AccountStore) CreateAddress(
	ctx context.Context, buyerID market.BuyerID, recipient, phone, detail string,
) (a market.Address, err error) {
	err = s.inBuyerTx(ctx, buyerID, func(tx pgx.Tx) error {
		if n, err := s.q.CountAddresses(ctx, tx, int64(buyerID)); err != nil {
			return err
		} else if n >= maxAddresses {
			return market.RefuseWith(market.CodeDataConflict, market.DetailTooManyAddresses, maxAddresses)
		}
		row, err := s.q.CreateAddress(ctx, tx,
			db.CreateAddressParams{BuyerID: int64(buyerID), Recipient: recipient, Phone: phone, Detail: detail})
		a = address(row)
		return err
	})
	return a, err
}

// AddressChange is a partial update of an address; nil fields stay unchanged.
type AddressChange struct {
	Recipient, Phone, Detail *string
	IsDefault                *bool
}

// UpdateAddress changes an address. It fails with ADDRESS_NOT_FOUND, also for another buyer's
// address.
func (s AccountStore) UpdateAddress(
	ctx context.Context, buyerID market.BuyerID, id int64, c AddressChange,
) (a market.Address, err error) {
	err = s.inBuyerTx(ctx, buyerID, func(tx pgx.Tx) error {
		if c.IsDefault != nil && *c.IsDefault {
			if err := s.q.UnsetDefaultAddress(ctx, tx, int64(buyerID), id); err != nil {
				return err
			}
		}
		row, err := orNotFound(s.q.UpdateAddress(ctx, tx,
			db.UpdateAddressParams{
				ID: id, BuyerID: int64(buyerID), Recipient: c.Recipient, Phone: c.Phone, Detail: c.Detail, IsDefault: c.IsDefault,
			}))(market.CodeAddressNotFound)
		a = address(row)
		return err
	})
	return a, err
}

// DeleteAddress deletes an address and returns it, or fails with ADDRESS_NOT_FOUND. If it was the
// default address, the oldest remaining one becomes the default.
func (s AccountStore) DeleteAddress(
	ctx context.Context, buyerID market.BuyerID, id int64,
) (a market.Address, err error) {
	err = s.inBuyerTx(ctx, buyerID, func(tx pgx.Tx) error {
		row, err := orNotFound(s.q.DeleteAddress(ctx, tx, id, int64(buyerID)))(market.CodeAddressNotFound)
		if err != nil {
			return err
		}
		a = address(row)
		if !a.IsDefault {
			return nil
		}
		return s.q.PromoteOldestAddress(ctx, tx, int64(buyerID))
	})
	return a, err
}

// inBuyerTx runs f in a transaction that excludes other changes of the buyer and of its addresses.
// It fails with BUYER_NOT_FOUND.
func (s AccountStore) inBuyerTx(ctx context.Context, buyerID market.BuyerID, f func(tx pgx.Tx) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := orNotFound(s.q.LockBuyer(ctx, tx, int64(buyerID)))(market.CodeBuyerNotFound); err != nil {
			return err
		}
		return f(tx)
	})
}

func address(a db.Address) market.Address {
	return market.Address{
		ID: a.ID, BuyerID: a.BuyerID, Recipient: a.Recipient, Phone: a.Phone, Detail: a.Detail, IsDefault: a.IsDefault,
	}
}

// BuyerAccount returns a buyer as staff sees it. It fails with BUYER_NOT_FOUND, also for one who has left.
func (s AccountStore) BuyerAccount(ctx context.Context, id int64) (market.BuyerAccount, error) {
	b, err := orNotFound(s.q.GetBuyer(ctx, s.pool, id))(market.CodeBuyerNotFound)
	if err == nil && b.DeletedAt != nil {
		err = market.Refuse(market.CodeBuyerNotFound)
	}
	if err != nil {
		return market.BuyerAccount{}, err
	}
	return buyerAccount(b), nil
}
