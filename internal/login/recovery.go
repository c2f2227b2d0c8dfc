package login

import (
	"errors"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// ForgottenPassword names the account whose password is to be reset.
type ForgottenPassword struct {
	Email market.Email `json:"email" validate:"required,emailaddress"`
}

// ForgotPassword is RequestReset for API clients.
func (a *Accounts) ForgotPassword(w http.ResponseWriter, r *http.Request) error {
	var in ForgottenPassword
	if err := web.DecodeLogin(w, r, &in); err != nil {
		return err
	}
	if err := a.RequestReset(r, in); err != nil {
		return err
	}
	return web.Respond(w, r, web.Accepted, nil)
}

// RequestReset sends a mail with a token that resets the password. Its outcome and its duration do not
// depend on whether an account has the address. It fails with MAIL_UNAVAILABLE or MAIL_RATE_LIMITED.
func (a *Accounts) RequestReset(r *http.Request, in ForgottenPassword) error {
	if !a.MailsSent {
		return market.Refuse(market.CodeMailUnavailable)
	}
	if err := a.Store.RequestPasswordReset(r.Context(), a.Role, in.Email); err != nil {
		return err
	}
	web.NoteSecurity(r, "PASSWORD_RESET_REQUESTED", a.Role, 0)
	return nil
}

// PasswordReset is a new password with the token of a mail.
type PasswordReset struct {
	Token    string `json:"token" validate:"required,mailtoken"`
	Password string `json:"password" validate:"required,newpassword"`
}

// ResetPassword sets a new password by the token of a mail, and ends all sessions of the account.
// The device becomes known, so that its owner can log in while others guess. It fails with
// TOKEN_INVALID. When Redis is not available it fails with REDIS_UNAVAILABLE before any change.
func (a *Accounts) ResetPassword(w http.ResponseWriter, r *http.Request) error {
	var in PasswordReset
	if err := web.DecodeLogin(w, r, &in); err != nil {
		return err
	}
	if err := a.SetPassword(w, r, in); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

// SetPassword is ResetPassword for a request that has been decoded. Members of staff may also use the
// token of an invitation.
func (a *Accounts) SetPassword(w http.ResponseWriter, r *http.Request, in PasswordReset) error {
	ctx, kind := r.Context(), market.MailPasswordReset
	mailID, err := a.MailTokens.Read(kind, a.Role, in.Token)
	if err != nil && a.Role == market.RoleAdmin {
		kind = market.MailStaffInvitation
		mailID, err = a.MailTokens.Read(kind, a.Role, in.Token)
	}
	if err != nil {
		return aboutToken(err)
	}
	if err := a.Sessions.Ping(ctx); err != nil {
		return err
	}
	hash, err := a.Passwords.Hash(ctx, in.Password)
	if err != nil {
		return err
	}
	id, email, err := a.Store.ResetPassword(ctx, kind, a.Role, mailID, hash)
	if err != nil {
		return aboutToken(err)
	}
	web.NoteSecurity(r, "PASSWORD_RESET", a.Role, id)
	if err := a.Sessions.EndAccount(ctx, a.Role, id); err != nil {
		return err
	}
	a.rememberDevice(w, r, email)
	return nil
}

// aboutToken returns the error of an input whose token is refused.
func aboutToken(err error) error {
	var refused *market.Error
	if errors.As(err, &refused) && refused.Code == market.CodeTokenInvalid {
		refused.Field = "token"
	}
	return err
}

// EmailVerification is the token of a mail that verifies its address.
type EmailVerification struct {
	Token string `json:"token" validate:"required,mailtoken"`
}

// VerifyEmail is ConfirmEmail for API clients.
func (a *Accounts) VerifyEmail(w http.ResponseWriter, r *http.Request) error {
	var in EmailVerification
	if err := web.DecodeLogin(w, r, &in); err != nil {
		return err
	}
	if err := a.ConfirmEmail(r, in); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

// ConfirmEmail marks the address that a token was sent to as verified; a pending address becomes the
// account's. It fails with TOKEN_INVALID, or with EMAIL_ALREADY_EXISTS if another account has the address
// by now.
func (a *Accounts) ConfirmEmail(r *http.Request, in EmailVerification) error {
	mailID, err := a.MailTokens.Read(market.MailEmailVerification, a.Role, in.Token)
	if err == nil {
		err = a.Store.VerifyEmail(r.Context(), a.Role, mailID)
	}
	return aboutToken(err)
}

// SendVerification is RequestVerification for API clients.
func (a *Accounts) SendVerification(w http.ResponseWriter, r *http.Request) error {
	if err := a.RequestVerification(r); err != nil {
		return err
	}
	return web.Respond(w, r, web.Accepted, nil)
}

// RequestVerification sends the mail for verifying the caller's pending address, or else the
// current one, again. It fails with DATA_CONFLICT if there is nothing to verify, with
// MAIL_UNAVAILABLE or with MAIL_RATE_LIMITED.
func (a *Accounts) RequestVerification(r *http.Request) error {
	if !a.MailsSent {
		return market.Refuse(market.CodeMailUnavailable)
	}
	return a.Store.RequestEmailVerification(r.Context(), a.Role, web.Caller(r).ID)
}
