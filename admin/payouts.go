package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/web"
)

// inquirePayout has the bank asked now what became of a payout.
func (s *Server) inquirePayout(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "payoutId")
	if err != nil {
		return err
	}
	if err := s.Office.InquirePayout(r.Context(), web.Caller(r).ID, id); err != nil {
		return err
	}
	return web.Respond(w, r, web.Accepted, nil)
}
