package pages

import (
	"net/http"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// The pages of people who are not logged in. Mails link to PasswordPath and VerifyPath with a token.
const (
	ForgotPath   = "/forgot"         // requests the mail that resets a password
	PasswordPath = "/reset-password" // sets a password with the token of a mail
	VerifyPath   = "/verify"         // verifies an address with the token of a mail
)

// The notices that all sites have.
const (
	noticeResetSent   = "reset-sent"
	noticePasswordSet = "password"
	noticeVerified    = "verified"

	noticeProfile          = "profile"
	noticeEmailPending     = "email-pending"
	noticePasswordChanged  = "password-changed"
	noticeVerificationSent = "verification-sent"
	noticeWithdrawn        = "withdrawn"
)

// accountNotice returns the text of a notice that all sites have; "" for another.
func accountNotice(f Frame, name string) string {
	switch name {
	case noticeResetSent:
		return f.T(textResetCodeSent)
	case noticePasswordSet:
		return f.T(textPasswordSet)
	case noticeVerified:
		return f.T(textEmailAddressConfirmed)
	case noticeProfile:
		return f.T(textProfileSaved)
	case noticeEmailPending:
		return f.T(textCodeSentToNewAddress)
	case noticePasswordChanged:
		return f.T(textPasswordChanged)
	case noticeVerificationSent:
		return f.T(textCodeSent)
	case noticeWithdrawn:
		return f.T(textAccountClosed)
	}
	return ""
}

// addAccountPages adds the pages of people who are not logged in. Addresses of staff need no verification:
// invitations are sent to them.
func (s *Site) addAccountPages(everybody func(method, path string, h web.Handler)) {
	everybody(http.MethodGet, ForgotPath, s.showForgot)
	everybody(http.MethodPost, ForgotPath, s.Submit(s.showForgot, s.requestReset))
	everybody(http.MethodGet, PasswordPath, s.showPassword)
	everybody(http.MethodPost, PasswordPath, s.Submit(s.showPassword, s.setPassword))
	if s.Accounts.Role != market.RoleAdmin {
		everybody(http.MethodGet, VerifyPath, s.showVerify)
		everybody(http.MethodPost, VerifyPath, s.Submit(s.showVerify, s.verify))
	}
}

func (s *Site) showForgot(w http.ResponseWriter, r *http.Request) error {
	Show(w, r, http.StatusOK, forgotPage(s.Frame(r, TextForgotPassword)))
	return nil
}

// requestReset sends the mail that resets a password, and leads to the page that takes its code.
func (s *Site) requestReset(w http.ResponseWriter, r *http.Request) error {
	var in login.ForgottenPassword
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if err := s.Accounts.RequestReset(r, in); err != nil {
		return err
	}
	s.Back(w, r, PasswordPath, noticeResetSent)
	return nil
}

// tokenScript fills in the token that a link has in its fragment.
const tokenScript = "token.js"

func (s *Site) showPassword(w http.ResponseWriter, r *http.Request) error {
	f := s.Scripted(w, r, textSetAPassword, "", tokenScript)
	Show(w, r, http.StatusOK, passwordPage(f))
	return nil
}

// setPassword sets the password of the account that the token of a mail was sent to.
func (s *Site) setPassword(w http.ResponseWriter, r *http.Request) error {
	var in login.PasswordReset
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if err := s.Accounts.SetPassword(w, r, in); err != nil {
		return err
	}
	s.Back(w, r, "/login", noticePasswordSet)
	return nil
}

// showVerify shows the form that verifies an address. Opening a link of a mail uses no token, since
// programs that check mails open links, too.
func (s *Site) showVerify(w http.ResponseWriter, r *http.Request) error {
	f := s.Scripted(w, r, TextConfirmEmailAddress, "", tokenScript)
	Show(w, r, http.StatusOK, verifyPage(f))
	return nil
}

// verify verifies the address that the token of a mail was sent to.
func (s *Site) verify(w http.ResponseWriter, r *http.Request) error {
	var in login.EmailVerification
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if err := s.Accounts.ConfirmEmail(r, in); err != nil {
		return err
	}
	next := "/login"
	if web.Caller(r).ID != 0 {
		next = "/profile"
	}
	s.Back(w, r, next, noticeVerified)
	return nil
}
