package backoffice

import (
	"context"
	"slices"
	"time"

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

// OrderStory is what has happened to an order, the oldest first: from the database, and from the
// histories of its workflows. whole is false when Temporal does not answer: then the histories are
// left out.
func (o *Office) OrderStory(ctx context.Context, orderID int64) (story []market.OrderEvent, whole bool, err error) {
	if story, err = o.Store.OrderStory(ctx, orderID); err != nil {
		return nil, false, err
	}
	patience, cancel := context.WithTimeout(ctx, storyPatience)
	defer cancel()
	told, err := o.Runs.OrderStory(patience, orderID)
	if err != nil {
		return story, false, nil
	}
	story = append(story, told...)
	slices.SortStableFunc(story, func(a, b market.OrderEvent) int { return time.Time(a.At).Compare(time.Time(b.At)) })
	return story, true, nil
}

// storyPatience is how long a page waits for the histories of workflows.
const storyPatience = 2 * time.Second
