package store

import (
	"context"

	"github.com/all-in-market/market/internal/market"
)

// Overview returns the figures of staff's start page.
func (s *Store) Overview(ctx context.Context) (market.Overview, error) {
	day := s.Today()
	r, err := s.q.Overview(ctx, s.pool, day)
	return market.Overview{
		Day: day, Orders: r.Orders, Sales: r.Sales, Refunded: r.Refunded, Fee: r.Fee, RefundsWaiting: r.RefundsWaiting,
		OldestRefund: market.LocalTime(r.OldestRefund), SellersWaiting: r.SellersWaiting,
	}, translate(err)
}

// AnyOrderDetail returns an order of any buyer with its lines. It fails with ORDER_NOT_FOUND.
func (s *Store) AnyOrderDetail(ctx context.Context, id int64) (market.OrderDetail, error) {
	o, err := s.AnyOrder(ctx, id)
	if err != nil {
		return market.OrderDetail{}, err
	}
	return s.withLines(ctx, o)
}

// OrderTimeline returns the events of an order, the oldest first; none for an unknown order.
func (s *Store) OrderTimeline(ctx context.Context, id int64) ([]market.OrderEvent, error) {
	rows, err := s.q.OrderTimeline(ctx, s.pool, id)
	story := make([]market.OrderEvent, len(rows))
	for i, r := range rows {
		story[i] = market.OrderEvent{At: market.LocalTime(r.At), Kind: r.Kind, Detail: r.Detail, Amount: r.Amount}
	}
	return story, translate(err)
}
