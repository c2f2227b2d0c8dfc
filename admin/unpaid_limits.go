package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) getUnpaidLimits(w http.ResponseWriter, r *http.Request) error {
	l, err := s.Store.UnpaidLimits(r.Context())
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, l)
}

func (s *Server) setUnpaidLimits(w http.ResponseWriter, r *http.Request) error {
	var in backoffice.UnpaidLimitsRequest
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	l, p, err := s.BackOffice.SetUnpaidLimits(r.Context(), web.Caller(r).ID, in)
	if err != nil {
		return err
	}
	return respondOrPropose(w, r, web.UpdateSuccess, l, p)
}
