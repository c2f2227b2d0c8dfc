package store

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// OrderNotifications lists a buyer's unread notifications about orders, or all of them, newest first; sorts:
// createdAt, id.
func (s NotificationStore) OrderNotifications(
	ctx context.Context, buyerID market.BuyerID, all bool, page market.PageRequest,
) (market.Page[market.OrderNotification], error) {
	return list[db.OrderStatusUpdateNotification, market.OrderNotification]{
		table: "order_status_update_notifications",
		show: func(r db.OrderStatusUpdateNotification) market.OrderNotification {
			return market.OrderNotification{
				ID: r.ID, BuyerID: r.UserID, OrderID: r.OrderID, Status: r.Status, Message: r.Message, IsRead: r.IsRead,
				CreatedAt: market.LocalTime(r.CreatedAt), UpdatedAt: market.LocalTime(r.UpdatedAt),
			}
		},
		where: inbox(all), args: []any{buyerID}, sorts: byCreation,
	}.page(ctx, s.DB, page)
}

// ReadOrderNotifications marks a buyer's notifications as read: those of one order, failing with
// NOTIFICATION_NOT_FOUND, or, with 0, all of them.
func (s NotificationStore) ReadOrderNotifications(ctx context.Context, buyerID market.BuyerID, orderID int64) error {
	n, err := s.q.ReadOrderNotifications(ctx, s.pool, int64(buyerID), optionalID(orderID))
	return readNotifications(n, orderID, err)
}

// OrderNotice is the message to a receiver of order notifications.
type OrderNotice struct {
	BuyerID int64  `json:"buyerId"`
	OrderID int64  `json:"orderId"`
	Status  string `json:"status"`
}

// OrderNotice returns a notification's message. It fails with NOTIFICATION_NOT_FOUND.
func (s NotificationStore) OrderNotice(ctx context.Context, notificationID int64) (OrderNotice, error) {
	n, err := orNotFound(s.q.GetOrderNotification(ctx, s.pool, notificationID))(market.CodeNotificationNotFound)
	return OrderNotice{BuyerID: n.UserID, OrderID: n.OrderID, Status: n.Status}, err
}

func readNotifications(n, id int64, err error) error {
	if err == nil && n == 0 && id != 0 {
		return market.Refuse(market.CodeNotificationNotFound)
	}
	return translate(err)
}
