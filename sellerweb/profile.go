package sellerweb

import (
	"net/http"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// lost lists what a seller loses by closing the account.
func lost(f pages.Frame) []string {
	return []string{
		f.T(textYourProductsAreDeleted),
		f.T(textYourDataIsDeleted),
		f.T(textSalesRecordsAreKept),
		f.T(textWhenAccountCanBeClosed),
	}
}

func (s *Server) showProfile(w http.ResponseWriter, r *http.Request) error {
	account, err := s.store.SellerAccount(r.Context(), web.Caller(r).ID)
	if err != nil {
		return err
	}
	in := login.SellerUpdate{
		ProfileUpdate: login.ProfileUpdate{Name: account.Name}, Phone: account.Phone, StoreName: account.StoreName,
	}
	s.profile(w, r, http.StatusOK, account, in, pages.Problem{})
	return nil
}

// profile shows the forms of the profile, with what was typed and why one was refused.
func (s *Server) profile(
	w http.ResponseWriter, r *http.Request, status int, a market.SellerAccount, in login.SellerUpdate, p pages.Problem,
) {
	pages.Show(w, r, status, profilePage(s.site.Frame(r, pages.TextProfile), a, in, p))
}

// saveProfile saves one of the forms of the profile. A blank field stays as it is.
func (s *Server) saveProfile(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in login.SellerUpdate
	var seller market.Seller
	err := pages.DecodeProfile(r, &in)
	if err == nil {
		seller, err = s.site.Accounts.UpdateSeller(r, in, s.payoutPause)
	}
	if err == nil {
		s.site.SavedProfile(w, r, seller.PendingEmail)
		return nil
	}
	status, problem, failed := pages.RefusedProfile(w, r, err)
	if failed != nil {
		return failed
	}
	account, err := s.store.SellerAccount(r.Context(), web.Caller(r).ID)
	if err != nil {
		return err
	}
	if problem.Form != pages.FormDetails {
		in.Name, in.Phone, in.StoreName = account.Name, account.Phone, account.StoreName
	}
	s.profile(w, r, status, account, in, problem)
	return nil
}

func (s *Server) listRefunds(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	refunds, err := s.replica.SellerRefunds(r.Context(), web.Seller(r), nil, page)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, refundsPage(s.site.Frame(r, pages.TextRefunds),
		pages.Listed[market.SellerRefund]{Page: refunds}))
	return nil
}
