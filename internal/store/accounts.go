package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Credentials are what a login is checked against.
type Credentials struct {
	ID           int64
	PasswordHash string
	Active       bool // not deleted and, for a seller, approved
}

// CreateBuyer creates a buyer with an empty cart. It fails with
// EMAIL_ALREADY_EXISTS; mail addresses are compared without regard to case.
func (s *Store) CreateBuyer(ctx context.Context, email, passwordHash, name, phone string) (int64, error) {
	id, err := s.q.CreateBuyer(ctx, s.pool, db.CreateBuyerParams{Email: email, Password: passwordHash, Name: name, Phone: phone})
	return id, translate(err)
}

// BuyerSecret is what a buyer's own password is checked against. It fails with BUYER_NOT_FOUND.
func (s *Store) BuyerSecret(ctx context.Context, id int64) (string, error) {
	b, err := found(s.q.GetBuyer(ctx, s.pool, id))(market.BuyerNotFound)
	return b.Password, err
}

// SellerSecret is the same of a seller. It fails with SELLER_NOT_FOUND.
func (s *Store) SellerSecret(ctx context.Context, id int64) (string, error) {
	r, err := found(s.q.GetSeller(ctx, s.pool, id))(market.SellerNotFound)
	return r.Password, err
}

// BuyerCredentials fails with BUYER_NOT_FOUND for an unknown mail address.
func (s *Store) BuyerCredentials(ctx context.Context, email string) (Credentials, error) {
	b, err := found(s.q.GetBuyerByEmail(ctx, s.pool, email))(market.BuyerNotFound)
	return Credentials{ID: b.ID, PasswordHash: b.Password, Active: b.DeletedAt == nil}, err
}

// Buyer fails with BUYER_NOT_FOUND, or with BUYER_ALREADY_DELETED.
func (s *Store) Buyer(ctx context.Context, id int64) (market.Buyer, error) {
	b, err := found(s.q.GetBuyer(ctx, s.pool, id))(market.BuyerNotFound)
	if err == nil && b.DeletedAt != nil {
		err = market.Refuse(market.BuyerAlreadyDeleted)
	}
	return buyer(b), err
}

// WithdrawBuyer closes a buyer's account for good: what is personal is erased, orders and
// money are kept. It fails with BUYER_NOT_FOUND, or with DATA_CONFLICT while an order or a
// refund is under way.
func (s *Store) WithdrawBuyer(ctx context.Context, id int64) error {
	return s.inAddressTx(ctx, id, func(tx pgx.Tx) error {
		open, err := s.q.BuyerHasOpenOrders(ctx, tx, id)
		if err != nil {
			return err
		}
		if open {
			return market.RefuseWith(market.DataConflict, "진행 중인 주문이나 환불이 끝난 뒤에 탈퇴할 수 있습니다.")
		}
		return s.q.EraseBuyer(ctx, tx, id)
	})
}

// ProfileChange holds what of a profile changes; nil leaves a field as it is.
type ProfileChange struct {
	Email, PasswordHash, Name, Phone  *string
	StoreName, BizNumber, BankAccount *string       // sellers only
	PayoutPause                       time.Duration // after a new bank account
}

// UpdateBuyer fails with BUYER_NOT_FOUND or EMAIL_ALREADY_EXISTS.
func (s *Store) UpdateBuyer(ctx context.Context, id int64, c ProfileChange) (market.Buyer, error) {
	b, err := found(s.q.UpdateBuyer(ctx, s.pool, db.UpdateBuyerParams{ID: id, Email: c.Email, Password: c.PasswordHash, Name: c.Name, Phone: c.Phone}))(market.BuyerNotFound)
	return buyer(b), err
}

func buyer(b db.Buyer) market.Buyer {
	return market.Buyer{ID: b.ID, Email: b.Email, Name: b.Name, Phone: b.Phone, Role: market.RoleBuyer}
}

// SellerSignup is what a seller tells at signup.
type SellerSignup struct {
	Email, PasswordHash, Name, Phone, StoreName, BizNumber, BankCode, BankAccount string
}

// CreateSeller creates a seller that waits for approval. It fails with
// EMAIL_ALREADY_EXISTS, or with DATA_CONFLICT for a business number in use.
func (s *Store) CreateSeller(ctx context.Context, n SellerSignup) (int64, error) {
	id, err := s.q.CreateSeller(ctx, s.pool, db.CreateSellerParams{
		Email: n.Email, Password: n.PasswordHash, Name: n.Name, Phone: n.Phone, StoreName: n.StoreName,
		BizNumber: n.BizNumber, BankCode: n.BankCode, BankAccount: n.BankAccount, Today: market.DayOf(s.now()),
	})
	return id, translate(err)
}

// SellerCredentials fails with SELLER_NOT_FOUND for an unknown mail address.
func (s *Store) SellerCredentials(ctx context.Context, email string) (Credentials, error) {
	r, err := found(s.q.GetSellerByEmail(ctx, s.pool, email))(market.SellerNotFound)
	return Credentials{ID: r.ID, PasswordHash: r.Password, Active: r.DeletedAt == nil && r.Status == market.SellerApproved}, err
}

// Seller fails with SELLER_NOT_FOUND, or with SELLER_ALREADY_DELETED.
func (s *Store) Seller(ctx context.Context, id int64) (market.Seller, error) {
	r, err := found(s.q.GetSeller(ctx, s.pool, id))(market.SellerNotFound)
	if err == nil && r.DeletedAt != nil {
		err = market.Refuse(market.SellerAlreadyDeleted)
	}
	return seller(r), err
}

// UpdateSeller changes a seller's profile. A new bank account pauses payouts for a
// while, so that its owner can object. It fails with SELLER_NOT_FOUND, EMAIL_ALREADY_EXISTS, or DATA_CONFLICT.
func (s *Store) UpdateSeller(ctx context.Context, id int64, c ProfileChange) (market.Seller, error) {
	var pausedUntil *time.Time
	if c.BankAccount != nil {
		until := s.now().Add(c.PayoutPause)
		pausedUntil = &until
	}
	r, err := found(s.q.UpdateSeller(ctx, s.pool, db.UpdateSellerParams{
		ID: id, Email: c.Email, Password: c.PasswordHash, Name: c.Name, Phone: c.Phone,
		StoreName: c.StoreName, BizNumber: c.BizNumber, BankAccount: c.BankAccount, PayoutsPausedUntil: pausedUntil,
	}))(market.SellerNotFound)
	return seller(r), err
}

// SetSellerStatus says what a seller may do from now on, and takes its products off
// sale, or puts them back. holdPayouts keeps a suspended seller from being paid. It
// fails with SELLER_NOT_FOUND.
func (s *Store) SetSellerStatus(ctx context.Context, id int64, status market.SellerStatus, holdPayouts bool) (changed market.Seller, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		r, err := found(s.q.SetSellerStatus(ctx, tx, status, holdPayouts, id))(market.SellerNotFound)
		if err != nil {
			return err
		}
		changed = seller(r)
		return s.q.SuspendProducts(ctx, tx, status != market.SellerApproved, id)
	})
	return changed, err
}

func seller(r db.Seller) market.Seller {
	return market.Seller{ID: r.ID, Email: r.Email, Name: r.Name, Phone: r.Phone, StoreName: r.StoreName, BizNumber: r.BizNumber, Status: r.Status, Role: market.RoleSeller}
}

// Sellers lists sellers, of all states or of one; sorts: createdAt, id.
func (s *Store) Sellers(ctx context.Context, status *market.SellerStatus, page market.PageRequest) (market.Page[market.Seller], error) {
	l := list[market.Seller]{
		table: "sellers", columns: "t.id, t.email, t.name, t.phone, t.store_name, t.biz_number, t.status",
		where: "deleted_at IS NULL", sorts: sorts{"createdAt": {"created_at", "timestamptz"}},
		scan: func(row pgx.CollectableRow, extra ...any) (market.Seller, error) {
			r := market.Seller{Role: market.RoleSeller}
			return r, row.Scan(append([]any{&r.ID, &r.Email, &r.Name, &r.Phone, &r.StoreName, &r.BizNumber, &r.Status}, extra...)...)
		},
	}
	if status != nil {
		l.where, l.args = "deleted_at IS NULL AND status = $1", []any{*status}
	}
	return l.page(ctx, s, page)
}

// CreateAdmin creates an admin unless the mail address has one, and says
// whether it did.
func (s *Store) CreateAdmin(ctx context.Context, email, passwordHash, name string) (bool, error) {
	_, err := s.q.CreateAdmin(ctx, s.pool, email, passwordHash, name)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, translate(err)
}

// AdminCredentials fails with ADMIN_NOT_FOUND for an unknown mail address.
func (s *Store) AdminCredentials(ctx context.Context, email string) (Credentials, error) {
	a, err := found(s.q.GetAdminByEmail(ctx, s.pool, email))(market.AdminNotFound)
	return Credentials{ID: a.ID, PasswordHash: a.Password, Active: a.DeletedAt == nil}, err
}

// AdminSecret is what an admin's own password is checked against. It fails with ADMIN_NOT_FOUND.
func (s *Store) AdminSecret(ctx context.Context, id int64) (string, error) {
	a, err := found(s.q.GetAdmin(ctx, s.pool, id))(market.AdminNotFound)
	return a.Password, err
}

// SetAdminPassword fails with ADMIN_NOT_FOUND.
func (s *Store) SetAdminPassword(ctx context.Context, id int64, hash string) error {
	n, err := s.q.SetAdminPassword(ctx, s.pool, id, hash)
	if err == nil && n == 0 {
		return market.Refuse(market.AdminNotFound)
	}
	return translate(err)
}

// CheckAdmin fails with ADMIN_NOT_FOUND, or with ADMIN_ALREADY_DELETED.
func (s *Store) CheckAdmin(ctx context.Context, id int64) error {
	a, err := found(s.q.GetAdmin(ctx, s.pool, id))(market.AdminNotFound)
	if err == nil && a.DeletedAt != nil {
		err = market.Refuse(market.AdminAlreadyDeleted)
	}
	return err
}

// Addresses lists a buyer's addresses, the oldest first.
func (s *Store) Addresses(ctx context.Context, buyerID int64) ([]market.Address, error) {
	rows, err := s.q.ListAddresses(ctx, s.pool, buyerID)
	addresses := make([]market.Address, len(rows))
	for i, r := range rows {
		addresses[i] = address(r)
	}
	return addresses, translate(err)
}

// maxAddresses is how many addresses a buyer may have.
const maxAddresses = 50

// CreateAddress adds an address; a buyer's first one becomes the default. It fails with
// DATA_CONFLICT when there are too many.
func (s *Store) CreateAddress(ctx context.Context, buyerID int64, recipient, phone, detail string) (a market.Address, err error) {
	err = s.inAddressTx(ctx, buyerID, func(tx pgx.Tx) error {
		if n, err := s.q.CountAddresses(ctx, tx, buyerID); err != nil {
			return err
		} else if n >= maxAddresses {
			return market.RefuseWith(market.DataConflict, "배송지는 최대 %d개까지 등록할 수 있습니다.", maxAddresses)
		}
		row, err := s.q.CreateAddress(ctx, tx, db.CreateAddressParams{BuyerID: buyerID, Recipient: recipient, Phone: phone, Detail: detail})
		a = address(row)
		return err
	})
	return a, err
}

// AddressChange holds what of an address changes; nil leaves a field as it is.
type AddressChange struct {
	Recipient, Phone, Detail *string
	IsDefault                *bool
}

// UpdateAddress fails with ADDRESS_NOT_FOUND, also for another buyer's address.
func (s *Store) UpdateAddress(ctx context.Context, buyerID, id int64, c AddressChange) (a market.Address, err error) {
	err = s.inAddressTx(ctx, buyerID, func(tx pgx.Tx) error {
		if c.IsDefault != nil && *c.IsDefault {
			if err := s.q.UnsetDefaultAddress(ctx, tx, buyerID, id); err != nil {
				return err
			}
		}
		row, err := found(s.q.UpdateAddress(ctx, tx, db.UpdateAddressParams{ID: id, BuyerID: buyerID, Recipient: c.Recipient, Phone: c.Phone, Detail: c.Detail, IsDefault: c.IsDefault}))(market.AddressNotFound)
		a = address(row)
		return err
	})
	return a, err
}

// DeleteAddress returns the deleted address, or fails with ADDRESS_NOT_FOUND.
// When it was the default one, the oldest that is left becomes the default.
func (s *Store) DeleteAddress(ctx context.Context, buyerID, id int64) (a market.Address, err error) {
	err = s.inAddressTx(ctx, buyerID, func(tx pgx.Tx) error {
		row, err := found(s.q.DeleteAddress(ctx, tx, id, buyerID))(market.AddressNotFound)
		if err != nil {
			return err
		}
		a = address(row)
		if !a.IsDefault {
			return nil
		}
		return s.q.PromoteOldestAddress(ctx, tx, buyerID)
	})
	return a, err
}

// inAddressTx runs f while no other change of the buyer's addresses can run.
func (s *Store) inAddressTx(ctx context.Context, buyerID int64, f func(tx pgx.Tx) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := found(s.q.LockBuyer(ctx, tx, buyerID))(market.BuyerNotFound); err != nil {
			return err
		}
		return f(tx)
	})
}

func address(a db.Address) market.Address {
	return market.Address{ID: a.ID, BuyerID: a.BuyerID, Recipient: a.Recipient, Phone: a.Phone, Detail: a.Detail, IsDefault: a.IsDefault}
}
