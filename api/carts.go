package api

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

type newCartItem struct {
	ProductID int64 `json:"productId" validate:"required,gt=0"`
	Quantity  int32 `json:"quantity" validate:"pieces"`
}

type cartItemUpdate struct {
	Quantity int32 `json:"quantity" validate:"pieces"`
}

const cartPageSize = 10

func (s *Server) getCart(w http.ResponseWriter, r *http.Request) error {
	page, err := web.OldestFirst(r, cartPageSize)
	if err != nil {
		return err
	}
	cart, err := s.Store.Cart(r.Context(), web.Buyer(r), page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, cart)
}

func (s *Server) addCartItem(w http.ResponseWriter, r *http.Request) error {
	page, err := web.OldestFirst(r, cartPageSize)
	if err != nil {
		return err
	}
	var in newCartItem
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	cart, err := s.Store.AddToCart(r.Context(), web.Buyer(r), in.ProductID, in.Quantity, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, cart)
}

func (s *Server) setCartItem(w http.ResponseWriter, r *http.Request) error {
	var in cartItemUpdate
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	return s.changeCartItem(w, r, web.UpdateSuccess,
		func(
			ctx context.Context, buyerID market.BuyerID, productID int64, page market.PageRequest,
		) (market.Cart, error) {
			return s.Store.SetCartQuantity(ctx, buyerID, productID, in.Quantity, page)
		})
}

func (s *Server) deleteCartItem(w http.ResponseWriter, r *http.Request) error {
	return s.changeCartItem(w, r, web.DeleteSuccess, s.Store.RemoveFromCart)
}

// emptyCart removes all items and answers with the cart.
func (s *Server) emptyCart(w http.ResponseWriter, r *http.Request) error {
	page, err := web.OldestFirst(r, cartPageSize)
	if err != nil {
		return err
	}
	cart, err := s.Store.EmptyCart(r.Context(), web.Buyer(r), page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.DeleteSuccess, cart)
}

// changeCartItem changes the item of the product that the path names, and
// answers with the cart.
func (s *Server) changeCartItem(
	w http.ResponseWriter, r *http.Request, success web.Success,
	change func(
		ctx context.Context, buyerID market.BuyerID, productID int64, page market.PageRequest,
	) (market.Cart, error),
) error {
	productID, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	page, err := web.OldestFirst(r, cartPageSize)
	if err != nil {
		return err
	}
	cart, err := change(r.Context(), web.Buyer(r), productID, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, success, cart)
}
