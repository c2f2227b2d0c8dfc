package login

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

type forgottenPassword struct {
	Email market.Email `json:"email" validate:"required,email,max=100"`
}

// ForgotPassword has a mail sent by which the password can be reset. The answer is the
// same, and takes as long, whether an account has the address or not.
func (a *Accounts) ForgotPassword(w http.ResponseWriter, r *http.Request) error {
	var in forgottenPassword
	if err := web.DecodeLogin(w, r, &in); err != nil {
		return err
	}
	if !a.MailsSent {
		return market.Refuse(market.CodeMailUnavailable)
	}
	if err := a.Store.RequestPasswordReset(r.Context(), a.Role, in.Email); err != nil {
		return err
	}
	web.NoteSecurity(r, "PASSWORD_RESET_REQUESTED", a.Role, 0)
	return web.Respond(w, r, web.Accepted, nil)
}

type passwordReset struct {
	Token    string `json:"token" validate:"required,max=200"`
	Password string `json:"password" validate:"required,min=8,maxbytes=72,uncommon"`
}

// ResetPassword sets a new password by the token of a mail, and ends all sessions of the
// account. The device is known from then on, so that its owner can log in while others guess. It
// fails with TOKEN_INVALID. When Redis is away it fails with
// REDIS_UNAVAILABLE before anything has changed.
func (a *Accounts) ResetPassword(w http.ResponseWriter, r *http.Request) error {
	var in passwordReset
	if err := web.DecodeLogin(w, r, &in); err != nil {
		return err
	}
	if err := a.SetPassword(w, r, in.Token, in.Password); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

// SetPassword is ResetPassword for a token and a password that have been checked for their form. The
// token of an invitation counts for members of staff.
func (a *Accounts) SetPassword(w http.ResponseWriter, r *http.Request, token, password string) error {
	ctx, kind := r.Context(), market.MailPasswordReset
	mailID, err := a.MailTokens.Read(kind, a.Role, token)
	if err != nil && a.Role == market.RoleAdmin {
		kind = market.MailStaffInvitation
		mailID, err = a.MailTokens.Read(kind, a.Role, token)
	}
	if err != nil {
		return err
	}
	if err := a.Sessions.Ping(ctx); err != nil {
		return err
	}
	hash, err := a.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	id, email, err := a.Store.ResetPassword(ctx, kind, a.Role, mailID, hash)
	if err != nil {
		return err
	}
	web.NoteSecurity(r, "PASSWORD_RESET", a.Role, id)
	if err := a.Sessions.EndAccount(ctx, a.Role, id); err != nil {
		return err
	}
	a.rememberDevice(w, r, email)
	return nil
}

type emailVerification struct {
	Token string `json:"token" validate:"required,max=200"`
}

// VerifyEmail notes by the token of a mail that its address is its holder's. It fails
// with TOKEN_INVALID.
func (a *Accounts) VerifyEmail(w http.ResponseWriter, r *http.Request) error {
	var in emailVerification
	if err := web.DecodeLogin(w, r, &in); err != nil {
		return err
	}
	mailID, err := a.MailTokens.Read(market.MailEmailVerification, a.Role, in.Token)
	if err != nil {
		return err
	}
	if err := a.Store.VerifyEmail(r.Context(), a.Role, mailID); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

// SendVerification has the mail sent again by which the caller verifies its address. It
// fails with DATA_CONFLICT when that has been done, and with MAIL_RATE_LIMITED.
func (a *Accounts) SendVerification(w http.ResponseWriter, r *http.Request) error {
	if !a.MailsSent {
		return market.Refuse(market.CodeMailUnavailable)
	}
	if err := a.Store.RequestEmailVerification(r.Context(), a.Role, web.Caller(r).ID); err != nil {
		return err
	}
	return web.Respond(w, r, web.Accepted, nil)
}
