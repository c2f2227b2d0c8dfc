package pages

import (
	"maps"
	"net/http"
	"slices"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// ProfilePath is the page of a buyer's or a seller's own account, and the target of its forms.
const (
	ProfilePath      = "/profile"
	verificationPath = ProfilePath + "/verification"
	withdrawalPath   = ProfilePath + "/withdrawal"
)

// The forms of a profile.
const (
	FormDetails  = "details"
	FormBank     = "bank"
	FormEmail    = "email"
	FormPassword = "password"
)

// profileForm returns which form of a profile was sent.
func profileForm(r *http.Request) (form string, err error) {
	var in struct {
		Form string `json:"form" validate:"required,oneof=details bank email password"`
	}
	err = web.DecodeForm(r.PostForm, &in)
	return in.Form, err
}

// DecodeProfile fills a struct from a form of a profile, as web.DecodeForm does. All fields of the form that was sent
// are required, while those of the others stay as they are.
func DecodeProfile(r *http.Request, into any) error {
	form, err := profileForm(r)
	if err != nil {
		return err
	}
	for _, name := range append([]string{form}, slices.Sorted(maps.Keys(r.PostForm))...) {
		// The forms of the address and of the password are named after their fields.
		named := name != form || form == FormEmail || form == FormPassword
		if named && r.PostForm.Get(name) == "" {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, name)
		}
	}
	return web.DecodeForm(r.PostForm, into)
}

// SavedProfile leads back to a profile whose form was saved. pending is the address that waits for its
// verification; nil for none.
func (s *Site) SavedProfile(w http.ResponseWriter, r *http.Request, pending *market.Email) {
	notice := noticeProfile
	switch form, _ := profileForm(r); {
	case form == FormEmail && pending != nil:
		notice = noticeEmailPending
	case form == FormPassword:
		notice = noticePasswordChanged
	}
	s.Back(w, r, ProfilePath, notice)
}

// addProfilePages adds what the profiles of buyers and sellers have in common.
func (s *Site) addProfilePages(route func(method, path string, h web.Handler)) {
	route(http.MethodPost, verificationPath, s.sendVerification)
	route(http.MethodGet, withdrawalPath, s.showWithdrawal)
	route(http.MethodPost, withdrawalPath, s.Submit(s.showWithdrawal, s.withdraw))
}

// sendVerification sends the mail again by which the reader verifies an address.
func (s *Site) sendVerification(w http.ResponseWriter, r *http.Request) error {
	if err := Form(w, r); err != nil {
		return err
	}
	notice := noticeVerificationSent
	err := s.Accounts.RequestVerification(r)
	switch {
	case market.CodeOf(err) == market.CodeDataConflict:
		notice = noticeVerified // in another tab
	case err != nil:
		return err
	}
	s.Back(w, r, VerifyPath, notice)
	return nil
}

func (s *Site) showWithdrawal(w http.ResponseWriter, r *http.Request) error {
	f := s.Frame(r, textCloseAccount)
	Show(w, r, http.StatusOK, withdrawalPage(f, s.Lost(f)))
	return nil
}

// withdraw closes the reader's account and ends the browser's session.
func (s *Site) withdraw(w http.ResponseWriter, r *http.Request) error {
	var in login.Withdrawal
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if err := s.Withdraw(r, in); err != nil {
		return err
	}
	s.setCookie(w, "", -1)
	s.Back(w, r, "/login", noticeWithdrawn)
	return nil
}
