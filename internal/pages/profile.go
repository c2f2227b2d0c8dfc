package pages

import (
	"net/http"
	"net/url"

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

// profileFields are the fields of each form of a profile.
var profileFields = map[string][]string{
	FormDetails: {"name", "phone", "storeName"}, FormBank: {"bankCode", "bankAccount", "currentPassword"},
	FormEmail: {"email", "currentPassword"}, FormPassword: {"password", "currentPassword"},
}

// profileForm returns which form of a profile was sent.
func profileForm(r *http.Request) string {
	form := r.PostForm.Get("form")
	if profileFields[form] == nil {
		return FormDetails
	}
	return form
}

// DecodeProfile fills a struct from a form of a profile, as web.DecodeForm does. The new address or password
// is required in the form that changes it.
func DecodeProfile(r *http.Request, into any) error {
	if form := profileForm(r); form == FormEmail || form == FormPassword {
		if r.PostForm.Get(form) == "" { // the forms are named after their fields
			return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, form)
		}
	}
	return web.DecodeForm(r.PostForm, into)
}

// RefusedProfile is Refused for a form of a profile.
func RefusedProfile(w http.ResponseWriter, r *http.Request, err error) (status int, p Problem, failed error) {
	form := profileForm(r)
	status, p, failed = Refused(w, r, err, profileFields[form]...)
	p.Form = form
	return status, p, failed
}

// SavedProfile leads back to a profile whose form was saved. pending is the address that waits for its
// verification; nil for none.
func (s *Site) SavedProfile(w http.ResponseWriter, r *http.Request, pending *market.Email) {
	notice := noticeProfile
	switch form := profileForm(r); {
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
	route(http.MethodPost, withdrawalPath, s.withdraw)
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
	s.withdrawalForm(w, r, http.StatusOK, Problem{})
	return nil
}

func (s *Site) withdrawalForm(w http.ResponseWriter, r *http.Request, status int, p Problem) {
	f := s.Frame(r, textCloseAccount)
	Show(w, r, status, withdrawalPage(f, s.Lost(f), p))
}

// withdraw closes the reader's account and ends the browser's session.
func (s *Site) withdraw(w http.ResponseWriter, r *http.Request) error {
	if err := Form(w, r); err != nil {
		return err
	}
	var in login.Withdrawal
	err := web.DecodeForm(r.PostForm, &in)
	if err == nil {
		err = s.Withdraw(r, in)
	}
	if err != nil {
		status, problem, failed := Refused(w, r, err, "currentPassword")
		if failed == nil {
			s.withdrawalForm(w, r, status, problem)
		}
		return failed
	}
	s.setCookie(w, "", -1)
	http.Redirect(w, r, s.Base+"/login?"+url.Values{"notice": {noticeWithdrawn}}.Encode(), http.StatusSeeOther)
	return nil
}
