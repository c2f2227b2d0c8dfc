package login

import (
	"net/http"
	"strconv"

	"github.com/pquerna/otp"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// checkOTP checks a one-time password against the second factor of an admin, who may have
// none: then used is false. Guesses are counted. It fails with OTP_REQUIRED when there is no code to
// check, with OTP_WRONG, or with OTP_RATE_LIMITED.
func (a *Auth) checkOTP(r *http.Request, adminID int64, code string) (used bool, err error) {
	ctx, attempt := r.Context(), a.otpAttempt(r, adminID)
	f, err := a.Store.SecondFactor(ctx, adminID)
	if err != nil || !f.Active {
		return false, err
	}
	if code == "" {
		return false, market.Refuse(market.CodeOTPRequired)
	}
	if err := a.Limiter.Attempt(ctx, attempt); err != nil {
		return false, err
	}
	step, resealed, ok, err := a.OneTimePasswords.Matches(f.Secret, code)
	if err == nil && ok {
		ok, err = a.Store.UseSecondFactor(ctx, adminID, store.OTPStep(step), resealed)
	}
	if err != nil {
		return false, err
	}
	if !ok {
		return false, market.Refuse(market.CodeOTPWrong)
	}
	return true, a.Limiter.Succeeded(ctx, attempt)
}

// otpAttempt names a guess at the one-time passwords of an admin.
func (a *Auth) otpAttempt(r *http.Request, adminID int64) auth.Attempt {
	return auth.Attempt{
		Secret: auth.OneTimePassword, Role: market.RoleAdmin, Name: strconv.FormatInt(adminID, 10),
		Address: web.ClientAddress(r, a.TrustedProxies),
	}
}

// offeredOTP is the data for an authenticator app: the address is that of a QR code.
type offeredOTP struct {
	Secret string `json:"secret"`
	URL    string `json:"url"`
}

type otpOffer struct {
	CurrentPassword string `json:"currentPassword" validate:"required,currentpassword"`
}

// OfferOTP makes a secret for one-time passwords, which takes effect when ActivateOTP is
// given one. It fails with CURRENT_PASSWORD_WRONG, or with DATA_CONFLICT when the caller
// uses one already.
func (a *Accounts) OfferOTP(w http.ResponseWriter, r *http.Request) error {
	var in otpOffer
	if err := web.DecodeLogin(w, r, &in); err != nil {
		return err
	}
	key, err := a.OfferFactor(r, in.CurrentPassword)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, offeredOTP{Secret: key.Secret(), URL: key.URL()})
}

// OfferFactor is OfferOTP for a password that has been read.
func (a *Auth) OfferFactor(r *http.Request, currentPassword string) (*otp.Key, error) {
	if err := a.Confirm(r, currentPassword, a.Store.AdminSecret); err != nil {
		return nil, err
	}
	caller := web.Caller(r)
	sealed, key, err := a.OneTimePasswords.New(caller.String())
	if err != nil {
		return nil, err
	}
	return key, a.Store.OfferSecondFactor(r.Context(), caller.ID, sealed)
}

type otpActivation struct {
	OTP string `json:"otp" validate:"required,onetimepassword"`
}

// ActivateOTP activates the offered secret: from now on a login requires a one-time password. The
// caller's other sessions end. It fails with OTP_WRONG, or with DATA_CONFLICT when none was
// offered.
func (a *Accounts) ActivateOTP(w http.ResponseWriter, r *http.Request) error {
	var in otpActivation
	if err := web.DecodeLogin(w, r, &in); err != nil {
		return err
	}
	if err := a.ActivateFactor(r, in.OTP); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

// ActivateFactor is ActivateOTP for a code that has been read.
func (a *Auth) ActivateFactor(r *http.Request, code string) error {
	ctx, caller := r.Context(), web.Caller(r)
	f, err := a.Store.SecondFactor(ctx, caller.ID)
	if err != nil {
		return err
	}
	if f.Secret == nil || f.Active {
		return market.Refuse(market.CodeDataConflict)
	}
	attempt := a.otpAttempt(r, caller.ID)
	if err := a.Limiter.Attempt(ctx, attempt); err != nil {
		return err
	}
	step, _, ok, err := a.OneTimePasswords.Matches(f.Secret, code)
	if err == nil && !ok {
		err = market.Refuse(market.CodeOTPWrong)
	}
	if err == nil {
		err = a.Limiter.Succeeded(ctx, attempt)
	}
	if err == nil {
		err = a.Store.ActivateSecondFactor(ctx, caller.ID, store.OTPStep(step), caller.Family)
	}
	if err == nil {
		err = a.SecretsChanged(r, "SECOND_FACTOR_CHANGED")
	}
	if err == nil {
		err = a.Sessions.GiveFactor(ctx, caller.Family)
	}
	return err
}

type otpRemoval struct {
	CurrentPassword string `json:"currentPassword" validate:"required,currentpassword"`
	OTP             string `json:"otp" validate:"required,onetimepassword"`
}

// RemoveOTP ends the use of one-time passwords. It fails with CURRENT_PASSWORD_WRONG,
// OTP_WRONG, or with DATA_CONFLICT when the caller uses none.
func (a *Accounts) RemoveOTP(w http.ResponseWriter, r *http.Request) error {
	var in otpRemoval
	if err := web.DecodeLogin(w, r, &in); err != nil {
		return err
	}
	if err := a.RemoveFactor(r, in.CurrentPassword, in.OTP); err != nil {
		return err
	}
	return web.Respond(w, r, web.DeleteSuccess, nil)
}

// RemoveFactor is RemoveOTP for a password and a code that have been read.
func (a *Auth) RemoveFactor(r *http.Request, currentPassword, code string) error {
	ctx, caller := r.Context(), web.Caller(r)
	if err := a.Confirm(r, currentPassword, a.Store.AdminSecret); err != nil {
		return err
	}
	if _, err := a.checkOTP(r, caller.ID, code); err != nil {
		return err
	}
	if err := a.Store.RemoveSecondFactor(ctx, caller.ID, caller.Family); err != nil {
		return err
	}
	return a.SecretsChanged(r, "SECOND_FACTOR_CHANGED")
}
