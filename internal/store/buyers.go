package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// BuyerSignup is the data of a new buyer.
type BuyerSignup struct {
	Email        market.Email
	PasswordHash string
	Name, Phone  string
	Language     market.Language // of mails; "" for the default
	Consents     []market.Consent
}

// CreateBuyer creates a buyer with an empty cart, and records the consents. It fails with
// EMAIL_ALREADY_EXISTS.
func (s BuyerStore) CreateBuyer(ctx context.Context, n BuyerSignup) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		id, err = s.createBuyer(ctx, tx, n)
		return err
	})
	return id, err
}

// SignUpBuyer is CreateBuyer with a mail for verifying the address.
func (s BuyerStore) SignUpBuyer(ctx context.Context, n BuyerSignup) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if id, err = s.createBuyer(ctx, tx, n); err != nil {
			return err
		}
		return s.writeMail(ctx, tx, market.MailEmailVerification, market.RoleBuyer, id, n.Email)
	})
	return id, err
}

func (s BuyerStore) createBuyer(ctx context.Context, tx pgx.Tx, n BuyerSignup) (int64, error) {
	id, err := s.q.CreateBuyer(ctx, tx, db.CreateBuyerParams{
		Email: n.Email, Password: n.PasswordHash, Name: n.Name, Phone: n.Phone,
		Language: market.Optional(string(n.Language)),
	})
	if err != nil {
		return 0, err
	}
	return id, s.recordConsents(ctx, tx, market.RoleBuyer, id, n.Consents)
}

// BuyerSecret returns the hash of a buyer's password. It fails with BUYER_NOT_FOUND.
func (s BuyerStore) BuyerSecret(ctx context.Context, id int64) (string, error) {
	b, err := orNotFound(s.q.GetBuyer(ctx, s.pool, id))(market.CodeBuyerNotFound)
	return b.Password, err
}

// BuyerCredentials returns the credentials of an address. It fails with BUYER_NOT_FOUND for an
// unknown address.
func (s BuyerStore) BuyerCredentials(ctx context.Context, email market.Email) (Credentials, error) {
	b, err := orNotFound(s.q.GetBuyerByEmail(ctx, s.pool, email))(market.CodeBuyerNotFound)
	c := Credentials{ID: b.ID, PasswordHash: b.Password, Active: b.DeletedAt == nil && b.LockedAt == nil}
	if b.DeletedAt == nil && b.LockedAt != nil {
		c.Refusal = market.CodeBuyerLocked
	}
	return c, err
}

// Buyer returns a buyer. It fails with BUYER_NOT_FOUND or BUYER_ALREADY_DELETED.
func (s BuyerStore) Buyer(ctx context.Context, id int64) (market.Buyer, error) {
	b, err := orNotFound(s.q.GetBuyer(ctx, s.pool, id))(market.CodeBuyerNotFound)
	if err == nil && b.DeletedAt != nil {
		err = market.Refuse(market.CodeBuyerAlreadyDeleted)
	}
	return buyer(b), err
}

// CheckBuyer fails with TOKEN_INVALID for a locked buyer, and otherwise as Buyer does.
func (s BuyerStore) CheckBuyer(ctx context.Context, id int64) error {
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
func (s BuyerStore) SetBuyerLock(
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
	ID     int64 // 0 for all
}

// BuyerAccounts lists buyers, newest first; sorts: createdAt, id.
func (s BuyerStore) BuyerAccounts(
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
	if f.ID != 0 {
		l.args = append(l.args, f.ID)
		l.where += " AND id = " + placeholder(len(l.args))
	}
	return l.page(ctx, s.DB, page)
}

// BuyerNames returns the names of buyers by their ids, without those whose accounts are closed.
func (s BuyerStore) BuyerNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	rows, err := s.q.BuyerNames(ctx, s.pool, ids)
	names := make(map[int64]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, translate(err)
}

func buyerAccount(b db.Buyer) market.BuyerAccount {
	a := market.BuyerAccount{
		Buyer: buyer(b), Status: market.BuyerActive, LockedAt: market.LocalTimeOf(b.LockedAt),
		LockedReason: b.LockedReason,
		CreatedAt:    market.LocalTime(b.CreatedAt),
	}
	if b.LockedAt != nil {
		a.Status = market.BuyerLocked
	}
	return a
}

// WithdrawBuyer closes a buyer's account permanently: personal data is erased, orders and money are
// kept. It fails with BUYER_NOT_FOUND, or with DATA_CONFLICT while an order or a refund is in
// progress.
func (s BuyerStore) WithdrawBuyer(ctx context.Context, id int64) error {
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

// UpdateBuyer changes a buyer's profile, and queues the mails about the change. It fails with
// BUYER_NOT_FOUND, MAIL_RATE_LIMITED, or, when a new address applies at once, EMAIL_ALREADY_EXISTS.
func (s BuyerStore) UpdateBuyer(ctx context.Context, id int64, c ProfileChange) (changed market.Buyer, err error) {
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
			Language: (*string)(c.Language),
		}))(market.CodeBuyerNotFound)
		changed = buyer(b)
		return err
	})
	return changed, err
}

func buyer(b db.Buyer) market.Buyer {
	return market.Buyer{
		ID: b.ID, Email: b.Email, Name: b.Name, Phone: b.Phone, Role: market.RoleBuyer,
		EmailVerified: b.EmailVerifiedAt != nil, PendingEmail: (*market.Email)(b.PendingEmail),
		Language: b.Language,
	}
}

// BuyerAccount returns a buyer as staff sees it. It fails with BUYER_NOT_FOUND, also for one who has left.
func (s BuyerStore) BuyerAccount(ctx context.Context, id int64) (market.BuyerAccount, error) {
	b, err := orNotFound(s.q.GetBuyer(ctx, s.pool, id))(market.CodeBuyerNotFound)
	if err == nil && b.DeletedAt != nil {
		err = market.Refuse(market.CodeBuyerNotFound)
	}
	if err != nil {
		return market.BuyerAccount{}, err
	}
	return buyerAccount(b), nil
}
