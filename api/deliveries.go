package api

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// listOrderItems responds with a seller's lines: those of paid orders, unless the request includes
// unpaid ones.
func (s *Server) listOrderItems(w http.ResponseWriter, r *http.Request) error {
	page, err := web.OldestFirst(r, 10)
	if err != nil {
		return err
	}
	var f store.SellerItemFilter
	if f.Status, err = web.Enum[market.OrderStatus](r, "status"); err != nil {
		return err
	}
	if f.From, f.To, err = web.Days(r); err != nil {
		return err
	}
	if f.Unpaid, err = web.Bool(r, "unpaid"); err != nil {
		return err
	}
	items, err := s.Replica.SellerOrderItems(r.Context(), web.Seller(r), f, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, items)
}

type shipment struct {
	Carrier        string `json:"carrier" validate:"required,carrier"`
	TrackingNumber string `json:"trackingNumber" validate:"required,trackingnumber"`
}

func (s *Server) shipItem(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderItemId")
	if err != nil {
		return err
	}
	var in shipment
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	item, err := s.Store.ShipItem(r.Context(), web.Seller(r), id, in.Carrier, in.TrackingNumber)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, item)
}
