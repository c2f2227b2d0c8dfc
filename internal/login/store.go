package login

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// Store is the database of accounts; *store.Store implements it.
type Store interface {
	ActivateSecondFactor(ctx context.Context, adminID int64, step store.OTPStep, keptSession string) error
	AdminSecret(ctx context.Context, id int64) (string, error)
	Buyer(ctx context.Context, id int64) (market.Buyer, error)
	BuyerSecret(ctx context.Context, id int64) (string, error)
	IsBankAccount(ctx context.Context, sellerID int64, number string) (bool, error)
	OfferSecondFactor(ctx context.Context, adminID int64, sealed []byte) error
	RemoveSecondFactor(ctx context.Context, adminID int64, keptSession string) error
	RequestEmailVerification(ctx context.Context, role market.Role, accountID int64) error
	RequestPasswordReset(ctx context.Context, role market.Role, email market.Email) error
	ResetPassword(
		ctx context.Context, kind market.MailKind, role market.Role, mailID int64, passwordHash string,
	) (accountID int64, email market.Email, err error)
	SecondFactor(ctx context.Context, adminID int64) (store.SecondFactor, error)
	SellerAccount(ctx context.Context, id int64) (market.SellerAccount, error)
	SellerSecret(ctx context.Context, id int64) (string, error)
	SignUpBuyer(ctx context.Context, n store.BuyerSignup) (id int64, err error)
	SignUpSeller(ctx context.Context, n store.SellerSignup) (id int64, err error)
	Staff(ctx context.Context, id int64) (market.StaffMember, error)
	UpdateBuyer(ctx context.Context, id int64, c store.ProfileChange) (changed market.Buyer, err error)
	UpdateSeller(ctx context.Context, id int64, c store.ProfileChange) (changed market.Seller, waits bool, err error)
	UseSecondFactor(ctx context.Context, adminID int64, step store.OTPStep, sealed []byte) (bool, error)
	VerifyEmail(ctx context.Context, role market.Role, mailID int64) error
	WithdrawBuyer(ctx context.Context, id int64) error
	WithdrawSeller(ctx context.Context, id int64) error
}
