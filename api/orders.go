package api

import (
	"net/http"
	"slices"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/web"
)

type newOrder struct {
	CartItemIDs []int64 `json:"cartItemIds" validate:"required,min=1,orderlines,dive,gt=0"`
	AddressID   int64   `json:"addressId" validate:"required,gt=0"`
	// an addition to the original's contract: the total that the buyer has seen
	ExpectedTotal *market.Money `json:"expectedTotal" validate:"omitempty,gte=0"`
}

// createOrder runs the checkout workflow. The order is durable when the answer
// is sent; the same request again, with or without a key, finds the same order.
func (s *Server) createOrder(w http.ResponseWriter, r *http.Request) error {
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	var in newOrder
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	slices.Sort(in.CartItemIDs) // the same request, in whichever order
	caller := web.Caller(r)
	return web.Idempotent(w, r, s.Store, caller.String(), "POST /orders", key, in, func() (web.Success, any, error) {
		checkout := ""
		if key != "" {
			checkout = web.HashedKey(key)
		}
		order, err := s.Storefront.Order(r.Context(), web.Buyer(r), checkout, storefront.OrderRequest(in))
		return web.CreateSuccess, order, err
	})
}

// pieces counts pieces of a line; null means all that remain.
type pieces struct {
	Quantity *int32 `json:"quantity" validate:"omitempty,gt=0"`
}

// confirmItem confirms pieces of a line: the seller earns them, and they can no longer be refunded.
func (s *Server) confirmItem(w http.ResponseWriter, r *http.Request) error {
	orderID, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	itemID, err := web.ID(r, "orderItemId")
	if err != nil {
		return err
	}
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	var in pieces
	if err := web.DecodeOptional(w, r, &in); err != nil {
		return err
	}
	const operation = "POST /orders/{orderId}/items/{orderItemId}/confirm"
	request := struct {
		OrderID, ItemID int64
		pieces
	}{orderID, itemID, in}
	return web.Idempotent(w, r, s.Store, web.Caller(r).String(), operation, key, request,
		func() (web.Success, any, error) {
			item, err := s.Store.ConfirmItem(r.Context(), web.Buyer(r), orderID, itemID, in.Quantity)
			return web.UpdateSuccess, item, err
		})
}

func (s *Server) listOrders(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	status, err := web.Enum[market.OrderStatus](r, "status")
	if err != nil {
		return err
	}
	orders, err := s.Replica.Orders(r.Context(), web.Buyer(r), status, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, orders)
}
