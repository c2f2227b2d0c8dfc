package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// listLedger answers with the entries of everybody, of a seller, or of an account.
func (s *Server) listLedger(w http.ResponseWriter, r *http.Request) error {
	var f store.LedgerFilter
	account, err := web.Enum[market.LedgerAccount](r, "account")
	if err != nil {
		return err
	}
	if account != nil {
		f.Account = *account
	}
	seller, err := web.QueryID(r, "sellerId")
	if err != nil {
		return err
	}
	f.Seller = market.SellerID(seller)
	return reports.Ledger(w, r, s.Replica, s.Store, f)
}

// getTrialBalance answers with every account at the end of a business day; today's without one.
func (s *Server) getTrialBalance(w http.ResponseWriter, r *http.Request) error {
	day, err := web.Day(r, "day")
	if err != nil {
		return err
	}
	if day == nil {
		today := s.Store.Today()
		day = &today
	}
	balance, err := s.Store.TrialBalance(r.Context(), *day)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, balance)
}
