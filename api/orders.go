package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

type newOrder struct {
	CartItemIDs []int64 `json:"cartItemIds" validate:"required,min=1,max=100,dive,gt=0"`
	AddressID   int64   `json:"addressId" validate:"required,gt=0"`
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
	slices.Sort(in.CartItemIDs)
	if len(slices.Compact(slices.Clone(in.CartItemIDs))) != len(in.CartItemIDs) {
		return market.Refuse(market.CodeInvalidOrderCartItems)
	}
	caller := web.Caller(r)
	return web.Once(w, r, s.Store, caller.String(), "POST /orders", key, in, func() (web.Success, any, error) {
		result, err := s.Workflows.Checkout(r.Context(), workflows.CheckoutInput{
			BuyerID: caller.ID, CheckoutKey: checkoutKey(key, in), CartItemIDs: in.CartItemIDs, AddressID: in.AddressID,
		})
		if err != nil {
			return web.Success{}, nil, err
		}
		order, err := s.Store.Order(r.Context(), web.Buyer(r), result.OrderID)
		return web.CreateSuccess, order, err
	})
}

// checkoutKey identifies a checkout for ever: by the client's key, else by what
// is ordered, since a cart item is used up by one order.
func checkoutKey(key string, in newOrder) string {
	if key != "" {
		return "key:" + web.HashedKey(key)
	}
	sum := sha256.Sum256(fmt.Append(nil, in.CartItemIDs, in.AddressID))
	return "items:" + hex.EncodeToString(sum[:16])
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
	orders, err := s.Lists.Orders(r.Context(), web.Buyer(r), status, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, orders)
}
