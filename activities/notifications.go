package activities

import (
	"context"

	"github.com/all-in-market/market/internal/notify"
	"github.com/all-in-market/market/internal/store"
)

// restockChunk is how many subscribers are notified in one transaction.
const restockChunk = 1_000

// RestockInput identifies a product that is back in stock, and the occasion: a subscriber is
// notified once per occasion.
type RestockInput struct {
	ProductID, RestockID int64
}

// NotifyRestock notifies a product's subscribers through their inboxes, and returns the number of
// inboxes written to. If a receiver is configured, it notifies the receiver instead.
func (a *Activities) NotifyRestock(ctx context.Context, in RestockInput) (notified int, err error) {
	if a.Receiver != nil {
		return 0, a.Receiver.Post(ctx, notify.RestockPath, map[string]int64{"productId": in.ProductID})
	}
	for ctx.Err() == nil {
		n, err := a.Store.NotifyRestock(ctx, store.Restock(in), restockChunk)
		notified += n
		if err != nil || n < restockChunk {
			return notified, err
		}
	}
	return notified, ctx.Err()
}

// SendOrderNotification notifies the receiver of an order's new state.
func (a *Activities) SendOrderNotification(ctx context.Context, notificationID int64) error {
	notice, err := a.Store.OrderNotice(ctx, notificationID)
	if err != nil || a.Receiver == nil {
		return err
	}
	return a.Receiver.Post(ctx, notify.OrderPath, notice)
}
