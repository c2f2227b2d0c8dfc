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
	f := s.site.Frame(r, textApplyAsASeller)
	pages.Show(w, r, http.StatusOK, signUpPage(f, s.site.Accounts.Documents))
	return nil
}

// signUp creates a seller, who waits for approval.
func (s *Server) signUp(w http.ResponseWriter, r *http.Request) error {
	var in login.SellerSignUp
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if _, err := s.site.Accounts.SignUpSeller(r, in, true); err != nil {
		return err
	}
	http.Redirect(w, r, base+appliedPath, http.StatusSeeOther)
	return nil
}

func (s *Server) showApplied(w http.ResponseWriter, r *http.Request) error {
	pages.Show(w, r, http.StatusOK, appliedPage(s.site.Frame(r, textApplicationReceived)))
	return nil
}
