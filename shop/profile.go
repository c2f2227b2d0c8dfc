package shop

import (
	"net/http"

	"github.com/all-in-market/market/internal/login"
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
	mails, err := s.site.Preferences(r)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, profilePage(s.site.Frame(r, pages.TextProfile), buyer, mails))
	return nil
}

// saveProfile saves one of the forms of the profile. A blank field stays as it is.
func (s *Server) saveProfile(w http.ResponseWriter, r *http.Request) error {
	var in login.BuyerUpdate
	if err := pages.DecodeProfile(r, &in); err != nil {
		return err
	}
	buyer, err := s.site.Accounts.UpdateBuyer(r, in)
	if err != nil {
		return err
	}
	s.site.SavedProfile(w, r, buyer.PendingEmail)
	return nil
}
