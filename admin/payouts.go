package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

// inquirePayout has the bank asked now what became of a payout, however long ago it
// was: a return that is noticed late makes it a failed one.
func (s *Server) inquirePayout(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "payoutId")
	if err != nil {
		return err
	}
	p, err := s.Store.StandingPayout(r.Context(), id)
	if err != nil {
		return err
	}
	if err := s.Workflows.InquirePayout(r.Context(), workflows.DuePayout(p.DuePayout), p.Attempt); err != nil {
		return err
	}
	return web.Respond(w, r, web.Accepted, nil)
}
