package api

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// listLedger answers with what a seller has earned and what was deducted, entry by entry.
func (s *Server) listLedger(w http.ResponseWriter, r *http.Request) error {
	return reports.Ledger(w, r, s.Replica, s.Store,
		store.LedgerFilter{Seller: web.Seller(r), Account: market.AccountSellerPayable})
}

// summarizeLedger answers with each day on which something has moved; without a span, of
// the last thirty days.
func (s *Server) summarizeLedger(w http.ResponseWriter, r *http.Request) error {
	from, to, err := web.Span(r, s.Store.Today(), 30)
	if err != nil {
		return err
	}
	days, err := s.Replica.PayableDays(r.Context(), web.Seller(r), from, to)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, days)
}

// getBalance answers with what the seller is owed, or owes.
func (s *Server) getBalance(w http.ResponseWriter, r *http.Request) error {
	balance, err := s.Store.SellerBalance(r.Context(), web.Seller(r))
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, balance)
}
