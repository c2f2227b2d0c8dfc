package api

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// shipParcel ships pieces of a seller's part of an order.
func (s *Server) shipParcel(w http.ResponseWriter, r *http.Request) error {
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	var in market.ParcelShipment
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	return web.Idempotent(w, r, s.Store, web.Caller(r).String(), "POST /seller/parcels", key, in,
		func() (web.Success, any, error) {
			parcel, err := s.Store.ShipParcel(r.Context(), web.Seller(r), in)
			return web.CreateSuccess, parcel, err
		})
}

// correctParcel corrects the carrier and tracking number of a parcel.
func (s *Server) correctParcel(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "parcelId")
	if err != nil {
		return err
	}
	var in market.ParcelInput
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	parcel, err := s.Store.CorrectParcel(r.Context(), web.Seller(r), id, in)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, parcel)
}
