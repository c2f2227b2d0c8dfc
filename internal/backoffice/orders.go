package backoffice

import (
	"context"

	"github.com/all-in-market/market/internal/market"
)

// OrderChange is the state that an admin wants an order to be in.
type OrderChange struct {
	AdminID, OrderID int64
	Status           market.OrderStatus
	TrackingNumber   *string // with SHIPPED; may be nil
}

// SetOrderStatus moves an order as the state machine allows, with what the transition
// means; see store.SetOrderStatus. REFUNDED pays the order back: done is false while
// the money is on its way, and the order is as it stands.
func (o *Office) SetOrderStatus(ctx context.Context, c OrderChange) (order market.Order, done bool, err error) {
	done = true
	if c.Status == market.OrderRefunded {
		done, err = o.refundOrder(ctx, c)
	} else {
		err = o.Store.SetOrderStatus(ctx, c.OrderID, c.Status, c.TrackingNumber)
	}
	if err != nil {
		return order, false, err
	}
	order, err = o.Store.AnyOrder(ctx, c.OrderID)
	return order, done, err
}
