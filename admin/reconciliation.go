package admin

import (
	"net/http"
	"unicode/utf8"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reconcile"
	"github.com/all-in-market/market/internal/web"
)

// reconciledDays is the default number of listed days.
const reconciledDays = 31

// listReconciledDays answers with the days that have been reconciled, the latest first.
func (s *Server) listReconciledDays(w http.ResponseWriter, r *http.Request) error {
	from, to, err := web.Span(r, s.Store.Today(), reconciledDays)
	if err != nil {
		return err
	}
	days, err := s.Store.ReconciledDays(r.Context(), from, to)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, days)
}

// reconcile starts the reconciliation of a day and does not wait for it.
func (s *Server) reconcile(w http.ResponseWriter, r *http.Request) error {
	day, err := web.PathDay(r, "day")
	if err != nil {
		return err
	}
	if s.Store.Today().Before(day) {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailDayInFuture, "day")
	}
	id, err := s.BackOffice.Reconcile(r.Context(), day)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.Accepted, map[string]string{"workflowId": id})
}

// acceptBreak accepts a break. Its reason states why provider and books differ, and what was done
// about it.
func (s *Server) acceptBreak(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "breakId")
	if err != nil {
		return err
	}
	var in reason
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	b, done, err := s.BackOffice.AcceptBreak(r.Context(), id, web.Caller(r).ID, in.Reason)
	if err != nil {
		return err
	}
	return web.Respond(w, r, updated(done), b)
}

func (s *Server) listSettlementFiles(w http.ResponseWriter, r *http.Request) error {
	p, err := web.Page(r, 10)
	if err != nil {
		return err
	}
	files, err := s.Store.SettlementFiles(r.Context(), p)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, files)
}

// maxSettlementFile bounds a file, in bytes: about four million lines.
const maxSettlementFile = 256 << 20

// importSettlementFile imports a file of text/csv while it arrives; see reconcile.Import.
func (s *Server) importSettlementFile(w http.ResponseWriter, r *http.Request) error {
	name, err := web.PathText(r, "name")
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(name) > market.MaxFileName {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldTooLong, "name")
	}
	body := web.Upload{Reader: http.MaxBytesReader(w, r.Body, maxSettlementFile)}
	f, err := reconcile.Import(r.Context(), s.Store, name, body)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, f)
}
