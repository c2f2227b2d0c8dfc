package api

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) createAddress(w http.ResponseWriter, r *http.Request) error {
	var in market.AddressInput
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	address, err := s.Store.CreateAddress(r.Context(), web.Buyer(r), in)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, address)
}

func (s *Server) listAddresses(w http.ResponseWriter, r *http.Request) error {
	addresses, err := s.Store.Addresses(r.Context(), web.Buyer(r))
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, addresses)
}

func (s *Server) updateAddress(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "addressId")
	if err != nil {
		return err
	}
	var in market.AddressUpdate
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	address, err := s.Store.UpdateAddress(r.Context(), web.Buyer(r), id, in.Change())
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, address)
}
