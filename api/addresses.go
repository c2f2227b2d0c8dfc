package api

import (
	"net/http"

	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

type newAddress struct {
	Recipient string `json:"recipient" validate:"required,personname"`
	Phone     string `json:"phone" validate:"required,phonenumber"`
	Detail    string `json:"detail" validate:"required,addressdetail"`

	DeliveryNote string `json:"deliveryNote" validate:"deliverynote"` // an addition to the original's contract
}

func (s *Server) createAddress(w http.ResponseWriter, r *http.Request) error {
	var in newAddress
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	address, err := s.Store.CreateAddress(r.Context(), web.Buyer(r), in.Recipient, in.Phone, in.Detail,
		in.DeliveryNote)
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

type addressUpdate struct {
	Recipient string `json:"recipient" validate:"omitempty,personname"`
	Phone     string `json:"phone" validate:"omitempty,phonenumber"`
	Detail    string `json:"detail" validate:"omitempty,addressdetail"`
	IsDefault *bool  `json:"isDefault"`

	DeliveryNote *string `json:"deliveryNote" validate:"omitempty,deliverynote"` // "" removes it
}

func (s *Server) updateAddress(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "addressId")
	if err != nil {
		return err
	}
	var in addressUpdate
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	address, err := s.Store.UpdateAddress(r.Context(), web.Buyer(r), id, store.AddressChange{
		Recipient: web.Optional(in.Recipient), Phone: web.Optional(in.Phone), Detail: web.Optional(in.Detail),
		IsDefault: in.IsDefault, DeliveryNote: in.DeliveryNote,
	})
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, address)
}
