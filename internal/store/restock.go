package store

import (
	"context"
	"fmt"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Subscribe subscribes a buyer to a notification when a product is back in stock. A second call
// re-activates the subscription. It fails with PRODUCT_NOT_FOUND.
func (s NotificationStore) Subscribe(
	ctx context.Context, buyerID market.BuyerID, productID int64,
) (market.RestockSubscription, error) {
	if _, err := orNotFound(s.q.GetVisibleProduct(ctx, s.pool, productID))(market.CodeProductNotFound); err != nil {
		return market.RestockSubscription{}, err
	}
	row, err := s.q.Subscribe(ctx, s.pool, int64(buyerID), productID)
	return subscription(row), translate(err)
}

// Subscription fails with RESTOCK_SUBSCRIPTION_NOT_FOUND.
func (s NotificationStore) Subscription(
	ctx context.Context, buyerID market.BuyerID, productID int64,
) (market.RestockSubscription, error) {
	orMissing := orNotFound(s.q.GetSubscription(ctx, s.pool, int64(buyerID), productID))
	row, err := orMissing(market.CodeRestockSubscriptionNotFound)
	return subscription(row), err
}

// Unsubscribe fails with RESTOCK_SUBSCRIPTION_NOT_FOUND.
func (s NotificationStore) Unsubscribe(ctx context.Context, buyerID market.BuyerID, productID int64) error {
	n, err := s.q.DeleteSubscription(ctx, s.pool, int64(buyerID), productID)
	if err == nil && n == 0 {
		return market.Refuse(market.CodeRestockSubscriptionNotFound)
	}
	return translate(err)
}

// Subscriptions lists a buyer's active subscriptions, or all of them, newest first; sorts: createdAt, id.
func (s NotificationStore) Subscriptions(
	ctx context.Context, buyerID market.BuyerID, all bool, page market.PageRequest,
) (market.Page[market.RestockSubscription], error) {
	l := list[db.RestockSubscription, market.RestockSubscription]{
		table: "restock_subscriptions", show: subscription, where: "user_id = $1", args: []any{buyerID},
		sorts: byCreation,
	}
	if !all {
		l.where += " AND status = 'ACTIVE'"
	}
	return l.page(ctx, s.DB, page)
}

func subscription(r db.RestockSubscription) market.RestockSubscription {
	return market.RestockSubscription{ProductID: r.ProductID, Status: r.Status, Message: "재입고 알림이 신청되었습니다."}
}

// Restock names an occasion on which a product came to hand again.
type Restock struct{ ProductID, RestockID int64 }

// NotifyRestock puts a notification into the inboxes of up to chunk subscribers
// of a product, each once for a restock, and returns their number.
func (s NotificationStore) NotifyRestock(ctx context.Context, r Restock, chunk int32) (int, error) {
	now := s.now()
	n, err := s.q.NotifyRestock(ctx, s.pool, db.NotifyRestockParams{
		ProductID: r.ProductID, Chunk: chunk, RestockID: r.RestockID, Now: &now,
		Message: fmt.Sprintf("%d번 상품이 재입고되었습니다.", r.ProductID),
	})
	return int(n), translate(err)
}

// restockNotification is a row of the restock inbox.
type restockNotification struct {
	BuyerID   int64     `db:"user_id"`
	ProductID int64     `db:"product_id"`
	Message   string    `db:"message"`
	IsRead    bool      `db:"is_read"`
	CreatedAt time.Time `db:"created_at"`
}

// inbox returns the condition for a buyer's unread notifications, or for all of them.
func inbox(all bool) string {
	if all {
		return "user_id = $1"
	}
	return "user_id = $1 AND NOT is_read"
}

// RestockNotifications lists a buyer's unread notifications, or all of them, newest first; sorts: createdAt, id.
func (s NotificationStore) RestockNotifications(
	ctx context.Context, buyerID market.BuyerID, all bool, page market.PageRequest,
) (market.Page[market.RestockNotification], error) {
	return list[restockNotification, market.RestockNotification]{
		table: "restock_notifications", show: func(r restockNotification) market.RestockNotification {
			return market.RestockNotification{
				BuyerID: r.BuyerID, ProductID: r.ProductID, Message: r.Message, IsRead: r.IsRead,
				CreatedAt: market.LocalTime(r.CreatedAt),
			}
		},
		where: inbox(all), args: []any{buyerID},
		sorts: byCreation,
	}.page(ctx, s.DB, page)
}

// ReadRestockNotifications marks a buyer's notifications as read: those of one product, failing
// with NOTIFICATION_NOT_FOUND, or, with 0, all of them.
func (s NotificationStore) ReadRestockNotifications(
	ctx context.Context, buyerID market.BuyerID, productID int64,
) error {
	n, err := s.q.ReadRestockNotifications(ctx, s.pool, int64(buyerID), optionalID(productID))
	return readNotifications(n, productID, err)
}

// optionalID returns nil for 0.
func optionalID(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}
