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
	if f.Search, err = web.Keyword(r); err != nil {
		return err
	}
	items, err := s.Replica.SellerOrderItems(r.Context(), web.Seller(r), f, page)
	if err != nil {
		return err
	}
	if err := s.noteRead(r, market.Access{Data: market.DataOrders, Rows: len(items.Content)}); err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, items)
}

func (s *Server) showOrderItem(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderItemId")
	if err != nil {
		return err
	}
	item, err := s.Store.SellerOrderItem(r.Context(), web.Seller(r), id)
	if err != nil {
		return err
	}
	if err := s.noteRead(r, market.Access{Data: market.DataOrder, DataID: item.OrderID, Rows: 1}); err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, item)
}

// showSellerOrder responds with the seller's part of an order, with the recipient.
func (s *Server) showSellerOrder(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	order, err := s.Store.SellerOrder(r.Context(), web.Seller(r), id)
	if err != nil {
		return err
	}
	if err := s.noteRead(r, market.Access{Data: market.DataOrder, DataID: id, Rows: 1}); err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, order)
}

// noteRead writes the access log's entry of a seller who reads data of buyers.
func (s *Server) noteRead(r *http.Request, a market.Access) error {
	if a.Rows == 0 {
		return nil
	}
	return s.Store.NoteRead(r.Context(), a)
}

// listCouriers responds with the couriers whose parcels can be tracked.
func (s *Server) listCouriers(w http.ResponseWriter, r *http.Request) error {
	return web.Respond(w, r, web.ReadSuccess, market.Couriers)
}

func (s *Server) shipItem(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderItemId")
	if err != nil {
		return err
	}
	var in market.ParcelInput
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	item, err := s.Store.ShipItem(r.Context(), web.Seller(r), id, in.Carrier, in.TrackingNumber)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, item)
}
