package sellerweb

import (
	"net/http"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) showProfile(w http.ResponseWriter, r *http.Request) error {
	return s.profile(w, r, http.StatusOK, login.SellerUpdate{}, "")
}

// profile shows the form of the profile, with what was typed and why that was refused.
func (s *Server) profile(
	w http.ResponseWriter, r *http.Request, status int, in login.SellerUpdate, problem string,
) error {
	account, err := s.store.SellerAccount(r.Context(), web.Caller(r).ID)
	if err != nil {
		return err
	}
	pages.Show(w, r, status, profilePage(s.site.Frame(r, "내 정보", "Profile"), account, in, problem))
	return nil
}

// saveProfile changes what is not blank in the form.
func (s *Server) saveProfile(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in login.SellerUpdate
	err := web.DecodeForm(r.PostForm, &in)
	if err == nil {
		_, err = s.site.Accounts.UpdateSeller(r, in, s.payoutPause)
	}
	if err != nil {
		status, message := web.Explain(w, r, err)
		if status >= http.StatusInternalServerError {
			return err
		}
		return s.profile(w, r, status, in, message)
	}
	s.site.Back(w, r, "/profile", noticeProfile)
	return nil
}

func (s *Server) listRefunds(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	refunds, err := s.lists.SellerRefunds(r.Context(), web.Seller(r), page)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, refundsPage(s.site.Frame(r, "환불", "Refunds"),
		pages.Listed[market.SellerRefund]{Page: refunds}))
	return nil
}
