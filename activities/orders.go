package activities

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// PlaceOrderInput identifies a checkout; see store.Checkout.
type PlaceOrderInput struct {
	BuyerID     int64
	CheckoutKey string
	CartItemIDs []int64 // ascending, without duplicates
	AddressID   int64
	// Expected is the total that the buyer has confirmed; nil accepts any.
	Expected *market.Money `json:",omitempty"`
}

// Checkout converts the input for the store.
func (in PlaceOrderInput) Checkout() store.Checkout {
	return store.Checkout{
		BuyerID: in.BuyerID, Key: in.CheckoutKey, CartItemIDs: in.CartItemIDs, AddressID: in.AddressID,
		Expected: in.Expected,
	}
}

// PlacedOrder is the order that a checkout placed.
type PlacedOrder struct {
	OrderID int64
	Lines   int
	Total   market.Money
}

// PlaceOrder places the order of a checkout while holding the locks of its products. It is
// idempotent. It fails with the refusals of store.PlaceOrder or with REDIS_LOCK_CONFLICT.
func (a *Activities) PlaceOrder(ctx context.Context, in PlaceOrderInput) (PlacedOrder, error) {
	c := in.Checkout()
	c.WithLock = a.Locks.With
	o, err := a.Store.PlaceOrder(ctx, c)
	return PlacedOrder(o), err
}

// ExpireOrders expires the orders whose payment is overdue, and returns their number.
func (a *Activities) ExpireOrders(ctx context.Context) (int, error) {
	return a.Store.ExpireOrders(ctx)
}
