package sellerweb

import (
	"net/http"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// appliedPath is the page after a signup.
const appliedPath = "/signup/applied"

func (s *Server) showSignUp(w http.ResponseWriter, r *http.Request) error {
	s.signUpForm(w, r, http.StatusOK, login.SellerSignUp{}, pages.Problem{})
	return nil
}

// signUpForm shows the form, with what was typed and why it was refused.
func (s *Server) signUpForm(
	w http.ResponseWriter, r *http.Request, status int, in login.SellerSignUp, p pages.Problem,
) {
	f := s.site.Frame(r, textApplyAsASeller)
	pages.Show(w, r, status, signUpPage(f, s.site.Accounts.Documents, in, p))
}

// signUp creates a seller, who waits for approval.
func (s *Server) signUp(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in login.SellerSignUp
	err := web.DecodeForm(r.PostForm, &in)
	if err == nil {
		_, err = s.site.Accounts.SignUpSeller(r, in, true)
	}
	if err == nil {
		http.Redirect(w, r, base+appliedPath, http.StatusSeeOther)
		return nil
	}
	status, problem, failed := pages.Refused(w, r, err,
		"email", "password", "name", "phone", "storeName", "bizNumber", "bankCode", "bankAccount")
	if failed != nil {
		return failed
	}
	s.signUpForm(w, r, status, in, problem)
	return nil
}

func (s *Server) showApplied(w http.ResponseWriter, r *http.Request) error {
	pages.Show(w, r, http.StatusOK, appliedPage(s.site.Frame(r, textApplicationReceived)))
	return nil
}
