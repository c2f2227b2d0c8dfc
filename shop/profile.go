package shop

import (
	"net/http"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// lost lists what a buyer loses by closing the account.
func lost(f pages.Frame) []string {
	return []string{
		f.T(textYourDataIsDeleted),
		f.T(textCartAndAlertsAreDeleted),
		f.T(textOrderRecordsAreKept),
		f.T(textWhenAccountCanBeClosed),
	}
}

func (s *Server) showProfile(w http.ResponseWriter, r *http.Request) error {
	buyer, err := s.Store.Buyer(r.Context(), web.Caller(r).ID)
	if err != nil {
		return err
	}
	in := login.BuyerUpdate{ProfileUpdate: login.ProfileUpdate{Name: buyer.Name}, Phone: buyer.Phone}
	s.profile(w, r, http.StatusOK, buyer, in, pages.Problem{})
	return nil
}

// profile shows the forms of the profile, with what was typed and why one was refused.
func (s *Server) profile(
	w http.ResponseWriter, r *http.Request, status int, b market.Buyer, in login.BuyerUpdate, p pages.Problem,
) {
	pages.Show(w, r, status, profilePage(s.site.Frame(r, pages.TextProfile), b, in, p))
}

// saveProfile saves one of the forms of the profile. A blank field stays as it is.
func (s *Server) saveProfile(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in login.BuyerUpdate
	var buyer market.Buyer
	err := pages.DecodeProfile(r, &in)
	if err == nil {
		buyer, err = s.site.Accounts.UpdateBuyer(r, in)
	}
	if err == nil {
		s.site.SavedProfile(w, r, buyer.PendingEmail)
		return nil
	}
	status, problem, failed := pages.RefusedProfile(w, r, err)
	if failed != nil {
		return failed
	}
	if buyer, err = s.Store.Buyer(r.Context(), web.Caller(r).ID); err != nil {
		return err
	}
	if problem.Form != pages.FormDetails {
		in.Name, in.Phone = buyer.Name, buyer.Phone
	}
	s.profile(w, r, status, buyer, in, problem)
	return nil
}
