package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// listPayouts shows what is paid to sellers. One that has FAILED waits for an
// operator, who sends its workflow the signal retry or abandon.
func (s *Server) listPayouts(w http.ResponseWriter, r *http.Request) error {
	p, err := page(r)
	if err != nil {
		return err
	}
	status, err := web.Enum[market.PayoutStatus](r, "status")
	if err != nil {
		return err
	}
	payouts, err := s.Store.Payouts(r.Context(), status, p)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, payouts)
}
