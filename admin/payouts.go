package admin

import (
	"cmp"
	"crypto/rand"
	"net/http"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/web"
)

// inquirePayout has the bank queried for the outcome of a payout.
func (s *Server) inquirePayout(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "payoutId")
	if err != nil {
		return err
	}
	if err := s.BackOffice.InquirePayout(r.Context(), web.Caller(r).ID, id); err != nil {
		return err
	}
	return web.Respond(w, r, web.Accepted, nil)
}

// decidePayout makes a handler that has a payout which has failed paid again, or abandoned. The decision is carried out
// by the payout's workflow.
func (s *Server) decidePayout(retry bool) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.ID(r, "payoutId")
		if err != nil {
			return err
		}
		var in reason
		if err := web.Decode(w, r, "", &in); err != nil {
			return err
		}
		key, err := web.IdempotencyKey(r)
		if err != nil {
			return err
		}
		if err := s.BackOffice.DecidePayout(r.Context(), backoffice.PayoutDecision{
			PayoutID: id, Retry: retry, AdminID: web.Caller(r).ID, Reason: in.Reason,
			Key: web.HashedKey(cmp.Or(key, rand.Text())),
		}); err != nil {
			return err
		}
		return web.Respond(w, r, web.Accepted, nil)
	}
}
