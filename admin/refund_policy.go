package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) getRefundPolicy(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Store.RefundPolicy(r.Context())
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, p)
}

func (s *Server) setRefundPolicy(w http.ResponseWriter, r *http.Request) error {
	var in backoffice.PolicyRequest
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	set, p, err := s.BackOffice.SetRefundPolicy(r.Context(), web.Caller(r).ID, in)
	if err != nil {
		return err
	}
	return respondOrPropose(w, r, web.UpdateSuccess, set, p)
}

func (s *Server) getSellerBalance(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "sellerId")
	if err != nil {
		return err
	}
	balance, err := s.Store.SellerBalance(r.Context(), market.SellerID(id))
	if err == nil {
		err = s.noteSeller(r.Context(), id)
	}
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, balance)
}
