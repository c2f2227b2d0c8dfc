package activities

import (
	"context"

	"github.com/all-in-market/market/internal/notify"
	"github.com/all-in-market/market/internal/store"
)

// restockChunk is how many subscribers are notified in one transaction.
const restockChunk = 1_000

// RestockInput names a product that is on hand again, and the occasion: each
// notifies a subscriber once.
type RestockInput struct {
	ProductID, RestockID int64
}

// NotifyRestock tells a product's subscribers: through their inboxes, or, when a
// receiver is configured, by telling it. It returns the number of inboxes.
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

// SendOrderNotification tells the receiver of an order's new state.
func (a *Activities) SendOrderNotification(ctx context.Context, notificationID int64) error {
	notice, err := a.Store.OrderNotice(ctx, notificationID)
	if err != nil || a.Receiver == nil {
		return err
	}
	return a.Receiver.Post(ctx, notify.OrderPath, notice)
}
