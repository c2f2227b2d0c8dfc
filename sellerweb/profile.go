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
	mails, err := s.site.Preferences(r)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, profilePage(s.site.Frame(r, pages.TextProfile), account, mails))
	return nil
}

// saveProfile saves one of the forms of the profile. A blank field stays as it is.
func (s *Server) saveProfile(w http.ResponseWriter, r *http.Request) error {
	var in login.SellerUpdate
	if err := pages.DecodeProfile(r, &in); err != nil {
		return err
	}
	seller, err := s.site.Accounts.UpdateSeller(r, in, s.payoutPause)
	if err != nil {
		return err
	}
	s.site.SavedProfile(w, r, seller.PendingEmail)
	return nil
}

func (s *Server) listRefunds(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	status, err := web.Enum[market.RefundStatus](r, "status")
	if err != nil {
		return err
	}
	l := pages.Listed[market.SellerRefund]{Status: r.URL.Query().Get("status")}
	if l.Page, err = s.replica.SellerRefunds(r.Context(), web.Seller(r), status, page); err != nil {
		return err
	}
	if len(l.Content) > 0 { // with what buyers wrote
		read := market.Access{Data: market.DataRefunds, Rows: len(l.Content)}
		if err := s.store.NoteRead(r.Context(), read); err != nil {
			return err
		}
	}
	pages.Show(w, r, http.StatusOK, refundsPage(s.site.Frame(r, pages.TextRefunds), l))
	return nil
}
