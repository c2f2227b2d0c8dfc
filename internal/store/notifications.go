package store

import (
	"context"
	"slices"
	"time"

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

// notification is a row of an inbox.
type notification struct {
	ID        int64                    `db:"id"`
	Kind      market.NotificationKind  `db:"kind"`
	Topic     market.Topic             `db:"topic"`
	SubjectID int64                    `db:"subject_id"`
	Facts     market.NotificationFacts `db:"facts"`
	CreatedAt time.Time                `db:"created_at"`
	ReadAt    *time.Time               `db:"read_at"`
}

func (n notification) show() market.Notification {
	return market.Notification{
		ID: n.ID, Kind: n.Kind, Topic: n.Topic, SubjectID: n.SubjectID, Facts: n.Facts,
		CreatedAt: market.LocalTime(n.CreatedAt), ReadAt: market.LocalTimeOf(n.ReadAt),
	}
}

// Notifications lists the notifications of a buyer or seller, or the unread ones, newest first; sorts: id.
func (s NotificationStore) Notifications(
	ctx context.Context, role market.Role, accountID int64, unread bool, page market.PageRequest,
) (market.Page[market.Notification], error) {
	l := list[notification, market.Notification]{
		table: "notifications", show: notification.show, where: "account_id = $1 AND role = $2",
		args: []any{accountID, role}, sorts: sortsBy(market.SortsByID),
	}
	if unread {
		l.where += " AND read_at IS NULL"
	}
	return l.page(ctx, s.DB, page)
}

// MaxUnread is the largest number that UnreadNotifications returns.
const MaxUnread = 100

// UnreadNotifications returns the number of an account's unread notifications, at most MaxUnread.
func (s NotificationStore) UnreadNotifications(
	ctx context.Context, role market.Role, accountID int64,
) (int64, error) {
	n, err := s.q.UnreadNotifications(ctx, s.pool, accountID, role, MaxUnread)
	return n, translate(err)
}

// ReadNotification marks one of an account's notifications as read. It is idempotent. It fails with
// NOTIFICATION_NOT_FOUND.
func (s NotificationStore) ReadNotification(
	ctx context.Context, role market.Role, accountID, notificationID int64,
) error {
	n, err := s.q.ReadNotification(ctx, s.pool, notificationID, accountID, role)
	return readNotifications(n, notificationID, err)
}

// ReadAllNotifications marks all notifications of an account as read.
func (s NotificationStore) ReadAllNotifications(ctx context.Context, role market.Role, accountID int64) error {
	return translate(s.q.ReadAllNotifications(ctx, s.pool, accountID, role))
}

// NotificationPreferences returns the mails that an account gets. It fails with BUYER_NOT_FOUND or
// SELLER_NOT_FOUND.
func (s NotificationStore) NotificationPreferences(
	ctx context.Context, role market.Role, accountID int64,
) (market.NotificationPreferences, error) {
	if role == market.RoleSeller {
		r, err := orNotFound(s.q.SellerPreferences(ctx, s.pool, accountID))(market.CodeSellerNotFound)
		return preferences(role, r.Language, r.MutedTopics), err
	}
	r, err := orNotFound(s.q.BuyerPreferences(ctx, s.pool, accountID))(market.CodeBuyerNotFound)
	return preferences(role, r.Language, r.MutedTopics), err
}

func preferences(role market.Role, l market.Language, muted []string) market.NotificationPreferences {
	p := market.NotificationPreferences{Language: l, Mails: map[market.Topic]bool{}}
	for _, t := range market.Topics(role) {
		p.Mails[t] = !slices.Contains(muted, string(t))
	}
	return p
}

// SetNotificationPreferences changes the mails that an account gets: an empty language and topics that are not in
// change.Mails stay as they are. It returns the preferences. It fails like NotificationPreferences, and with
// INVALID_INPUT for a topic whose mails the role cannot turn off.
func (s NotificationStore) SetNotificationPreferences(
	ctx context.Context, role market.Role, accountID int64, change market.NotificationPreferences,
) (p market.NotificationPreferences, err error) {
	muted, wanted := []string{}, []string{}
	for t, mails := range change.Mails {
		switch {
		case !slices.Contains(market.Topics(role), t):
			return p, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, t.Field())
		case mails:
			wanted = append(wanted, string(t))
		default:
			muted = append(muted, string(t))
		}
	}
	language := market.Optional(string(change.Language))
	if role == market.RoleSeller {
		r, err := orNotFound(s.q.SetSellerPreferences(ctx, s.pool, db.SetSellerPreferencesParams{
			Language: language, MutedNow: muted, Wanted: wanted, ID: accountID,
		}))(market.CodeSellerNotFound)
		return preferences(role, r.Language, r.MutedTopics), err
	}
	r, err := orNotFound(s.q.SetBuyerPreferences(ctx, s.pool, db.SetBuyerPreferencesParams{
		Language: language, MutedNow: muted, Wanted: wanted, ID: accountID,
	}))(market.CodeBuyerNotFound)
	return preferences(role, r.Language, r.MutedTopics), err
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
