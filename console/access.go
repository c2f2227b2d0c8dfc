package console

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// monthLength is that of a month in an address, such as 2026-11.
const monthLength = len("2026-11")

// listAccess shows the access log, and the counts of a month.
func (s *Server) listAccess(w http.ResponseWriter, r *http.Request) error {
	filter, err := web.AccessFilter(r)
	if err != nil {
		return err
	}
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	first, next, err := web.Month(r, s.store.Today())
	if err != nil {
		return err
	}
	l := pages.Listed[market.AccessEntry]{Query: r.URL.Query()}
	if l.Page, err = s.replica.AccessLog(r.Context(), filter, page); err != nil {
		return err
	}
	summary, err := s.replica.SummarizeAccess(r.Context(), first, next)
	if err != nil {
		return err
	}
	if err := s.store.NoteRead(r.Context(),
		market.Access{Data: market.DataAccessLog, Rows: len(l.Content)}); err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, accessPage(s.site.Frame(r, textAccessLog), l,
		first.String()[:monthLength], summary))
	return nil
}
