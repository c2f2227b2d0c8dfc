package login

import (
	"context"
	"net/http"
	"time"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// ProfileUpdate is a change of a buyer's or seller's profile; blank fields stay unchanged.
// CurrentPassword, an addition to the original's contract, is required for a new email address,
// password, bank account or business number, so that a stolen token is not enough to take over the
// account. The current value does not count as new.
type ProfileUpdate struct {
	Email           market.Email    `json:"email" validate:"omitempty,emailaddress"`
	Password        string          `json:"password" validate:"omitempty,newpassword"`
	Name            string          `json:"name" validate:"omitempty,personname"`
	Language        market.Language `json:"language" validate:"omitempty,enum"`
	CurrentPassword string          `json:"currentPassword" validate:"omitempty,currentpassword"`
}

// BuyerUpdate is a change of a buyer's profile.
type BuyerUpdate struct {
	ProfileUpdate
	Phone string `json:"phone" validate:"omitempty,phonenumber,phone"`
}

// SellerUpdate is a change of a seller's profile.
type SellerUpdate struct {
	ProfileUpdate
	Phone       string `json:"phone" validate:"omitempty,phonenumber"`
	StoreName   string `json:"storeName" validate:"omitempty,storename"`
	BizNumber   string `json:"bizNumber" validate:"omitempty,businessnumber"`
	BankCode    string `json:"bankCode" validate:"omitempty,bank"`
	BankAccount string `json:"bankAccount" validate:"omitempty,accountnumber"`
}

// UpdateBuyer changes the caller's profile. With a new address or password the caller's other
// sessions end. A new address is pending until it is verified, if mails are sent. It fails with
// CURRENT_PASSWORD_WRONG, and as the store does.
func (a *Auth) UpdateBuyer(r *http.Request, in BuyerUpdate) (b market.Buyer, err error) {
	if in.Email != "" {
		before, err := a.Store.Buyer(r.Context(), web.Caller(r).ID)
		if err != nil {
			return b, err
		}
		in.dropEmail(before.Email, before.PendingEmail)
	}
	secret := in.Email != "" || in.Password != ""
	if secret {
		if err := a.Confirm(r, in.CurrentPassword, a.Store.BuyerSecret); err != nil {
			return b, err
		}
	}
	change, err := a.profileChange(r, in.ProfileUpdate, secret)
	if err != nil {
		return b, err
	}
	change.Phone = market.Optional(in.Phone)
	if b, err = a.Store.UpdateBuyer(r.Context(), web.Caller(r).ID, change); err == nil && secret {
		err = a.SecretsChanged(r, "CREDENTIALS_CHANGED")
	}
	return b, err
}

// dropEmail leaves the address out if the account has it already. With the current password it stays, and discards an
// address that is pending.
func (in *ProfileUpdate) dropEmail(now market.Email, pending *market.Email) {
	if in.Email == now && (pending == nil || in.CurrentPassword == "") {
		in.Email = ""
	}
}

// UpdateSeller changes the caller's profile, like UpdateBuyer. After a new bank account nothing is
// paid out for a while: payoutPause.
func (a *Auth) UpdateSeller(r *http.Request, in SellerUpdate, payoutPause time.Duration) (s market.Seller, err error) {
	renumbered := false
	if in.Email != "" || in.BankCode != "" || in.BizNumber != "" {
		before, err := a.Store.SellerAccount(r.Context(), web.Caller(r).ID)
		if err != nil {
			return s, err
		}
		in.dropEmail(before.Email, before.PendingEmail)
		if before.BankCode == in.BankCode {
			in.BankCode = ""
		}
		renumbered = in.BizNumber != "" && market.BizNumberKey(in.BizNumber) != market.BizNumberKey(before.BizNumber)
	}
	others := in.Email != "" || in.Password != "" || in.BankCode != "" || renumbered
	if in.BankAccount != "" && !others && in.CurrentPassword == "" {
		same, err := a.guessAccount(r, in.BankAccount)
		if err != nil {
			return s, err
		}
		if same {
			in.BankAccount = ""
		}
	}
	if others || in.BankAccount != "" {
		if err := a.Confirm(r, in.CurrentPassword, a.Store.SellerSecret); err != nil {
			return s, err
		}
	}
	if in.BankAccount != "" && in.BankCode == "" {
		same, err := a.Store.IsBankAccount(r.Context(), web.Caller(r).ID, in.BankAccount)
		if err != nil {
			return s, err
		}
		if same {
			in.BankAccount = ""
		}
	}
	account := in.BankCode != "" || in.BankAccount != ""
	secret := others || account
	change, err := a.profileChange(r, in.ProfileUpdate, secret)
	if err != nil {
		return s, err
	}
	change.Phone, change.StoreName = market.Optional(in.Phone), market.Optional(in.StoreName)
	change.BizNumber = market.Optional(in.BizNumber)
	change.BankCode, change.BankAccount = market.Optional(in.BankCode), market.Optional(in.BankAccount)
	change.PayoutPause = payoutPause
	s, waits, err := a.Store.UpdateSeller(r.Context(), web.Caller(r).ID, change)
	switch {
	case err != nil || !secret:
	case waits:
		err = a.SecretsChanged(r, "BANK_ACCOUNT_PROPOSED")
	case account:
		err = a.SecretsChanged(r, "BANK_ACCOUNT_CHANGED")
	default:
		err = a.SecretsChanged(r, "CREDENTIALS_CHANGED")
	}
	return s, err
}

// guessAccount reports whether a number is that of the seller's bank account. Without the current password this is a
// guess at the number, and limited like guesses at the password.
func (a *Auth) guessAccount(r *http.Request, number string) (bool, error) {
	caller := web.Caller(r)
	attempt := auth.Attempt{
		Secret: auth.CurrentPassword, Role: caller.Role, Name: caller.String() + " bank account",
		Address: web.ClientAddress(r, a.TrustedProxies),
	}
	if err := a.Limiter.Attempt(r.Context(), attempt); err != nil {
		return false, err
	}
	same, err := a.Store.IsBankAccount(r.Context(), caller.ID, number)
	if err == nil && same {
		err = a.Limiter.Succeeded(r.Context(), attempt)
	}
	return same, err
}

func (a *Auth) profileChange(r *http.Request, in ProfileUpdate, secret bool) (store.ProfileChange, error) {
	c := store.ProfileChange{
		Email: market.Optional(in.Email), Name: market.Optional(in.Name), Language: market.Optional(in.Language),
		Unverified: a.MailsSent,
	}
	if secret {
		c.KeptSession = web.Caller(r).Family
	}
	if in.Password == "" {
		return c, nil
	}
	hash, err := a.Passwords.Hash(r.Context(), in.Password)
	c.PasswordHash = &hash
	return c, err
}

// Withdrawal confirms that an account is to be closed.
type Withdrawal struct {
	CurrentPassword string `json:"currentPassword" validate:"required,currentpassword"`
}

// WithdrawBuyer closes the caller's account permanently and ends its sessions. It fails with
// CURRENT_PASSWORD_WRONG, and as store.WithdrawBuyer does.
func (a *Auth) WithdrawBuyer(r *http.Request, in Withdrawal) error {
	return a.withdraw(r, in, a.Store.BuyerSecret, a.Store.WithdrawBuyer)
}

// WithdrawSeller is WithdrawBuyer for a seller, whose products leave the catalogue.
func (a *Auth) WithdrawSeller(r *http.Request, in Withdrawal) error {
	return a.withdraw(r, in, a.Store.SellerSecret, func(ctx context.Context, id int64) error {
		if err := a.Store.WithdrawSeller(ctx, id); err != nil {
			return err
		}
		a.Cache.Changed(ctx, cache.ProductsGroup, cache.SellerProductsGroup(id))
		return nil
	})
}

func (a *Auth) withdraw(
	r *http.Request, in Withdrawal, secret func(ctx context.Context, id int64) (string, error),
	withdraw func(ctx context.Context, id int64) error,
) error {
	if err := a.Confirm(r, in.CurrentPassword, secret); err != nil {
		return err
	}
	caller := web.Caller(r)
	if err := withdraw(r.Context(), caller.ID); err != nil {
		return err
	}
	web.NoteSecurity(r, "ACCOUNT_WITHDRAWN", caller.Role, caller.ID)
	return a.Sessions.EndAccount(r.Context(), caller.Role, caller.ID)
}
