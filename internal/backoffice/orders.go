package backoffice

import (
	"context"
	"slices"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// OrderChange is a request to set an order's status.
type OrderChange struct {
	AdminID, OrderID int64
	Status           market.OrderStatus
	TrackingNumber   *string // with SHIPPED; may be nil
}

// SetOrderStatus moves an order as the state machine allows, with the effects of the transition;
// see store.SetOrderStatus. REFUNDED pays the order back: done is false while the refund is in
// progress, and the order is then in its current state.
func (o *Service) SetOrderStatus(ctx context.Context, c OrderChange) (order market.Order, done bool, err error) {
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

// AddOrderNote adds a note to an order for other staff, and returns the order. It fails with ORDER_NOT_FOUND.
func (o *Service) AddOrderNote(ctx context.Context, orderID int64, note string) (market.Order, error) {
	order, err := o.Store.AnyOrder(ctx, orderID)
	if err != nil {
		return order, err
	}
	return order, o.Store.NoteAction(ctx, market.Action{
		Name: market.ActionOrderNoted, Subject: market.SubjectOrder, SubjectID: orderID, Reason: note,
	})
}

// OrderTimeline returns the events of an order, the oldest first: from the database, and from the
// histories of its workflows. whole is false when Temporal does not answer: then the histories are
// missing.
func (o *Service) OrderTimeline(ctx context.Context, orderID int64) (story []market.OrderEvent, whole bool, err error) {
	if story, err = o.Store.OrderTimeline(ctx, orderID); err != nil {
		return nil, false, err
	}
	limited, cancel := context.WithTimeout(ctx, timelineTimeout)
	defer cancel()
	events, err := o.Runs.OrderTimeline(limited, orderID)
	if err != nil {
		return story, false, nil
	}
	story = append(story, events...)
	slices.SortStableFunc(story, func(a, b market.OrderEvent) int { return time.Time(a.At).Compare(time.Time(b.At)) })
	return story, true, nil
}

// timelineTimeout bounds the reading of workflow histories for a page.
const timelineTimeout = 2 * time.Second
