package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// ShipItem marks a seller's line as shipped, or corrects the shipping data before delivery. The
// order becomes SHIPPED when all its lines are. It fails with ORDER_ITEM_NOT_FOUND (also for
// another seller's line), ORDER_ITEM_NOT_SHIPPABLE (the order is not paid, or all pieces have been
// refunded), ORDER_ITEM_UNDER_REFUND (a refund of the line waits for its decision) or
// ORDER_DISPUTED.
func (s *Store) ShipItem(
	ctx context.Context, sellerID market.SellerID, itemID int64, carrier, trackingNumber string,
) (market.SellerOrderItem, error) {
	return s.changeItem(ctx, sellerID, itemID, func(tx pgx.Tx, o db.LockOrderRow, l db.OrderItem) error {
		if err := mayShip(o.Status, l); err != nil {
			return err
		}
		now := s.now()
		if err := s.q.ShipItem(ctx, tx,
			db.ShipItemParams{ID: itemID, Carrier: &carrier, TrackingNumber: &trackingNumber, Now: &now}); err != nil {
			return err
		}
		return s.q.SetTrackingNumber(ctx, tx, &trackingNumber, o.ID)
	})
}

// mayShip returns nil if a line may be shipped, or its shipping data corrected, while its order has
// the status.
func mayShip(status market.OrderStatus, l db.OrderItem) error {
	switch {
	case !status.Paid():
		return market.Refuse(market.CodeOrderItemNotShippable)
	case l.ShippedAt == nil && l.Disputed:
		return market.Refuse(market.CodeOrderDisputed)
	}
	return progressOf(l).MayShip()
}

// ItemToShip is a line with the error that ShipItem would return; nil for none.
type ItemToShip struct {
	market.SellerOrderItem
	Refusal error
}

// ItemsToShip returns the seller's lines among ids, by their ids.
func (s *Store) ItemsToShip(
	ctx context.Context, sellerID market.SellerID, ids []int64,
) (map[int64]ItemToShip, error) {
	rows, err := s.q.GetOwnOrderItems(ctx, s.pool, int64(sellerID), ids)
	own := make(map[int64]ItemToShip, len(rows))
	for _, r := range rows {
		own[r.ID] = ItemToShip{sellerOrderItem(r), mayShip(r.OrderStatus, r)}
	}
	return own, translate(err)
}

// WaitingToShip returns up to limit lines of a seller that are paid and can be shipped, the oldest
// first.
func (s *Store) WaitingToShip(
	ctx context.Context, sellerID market.SellerID, limit int32,
) ([]market.SellerOrderItem, error) {
	rows, err := s.q.ItemsWaitingToShip(ctx, s.pool, limit, int64(sellerID))
	waiting := make([]market.SellerOrderItem, len(rows))
	for i, r := range rows {
		waiting[i] = sellerOrderItem(r)
	}
	return waiting, translate(err)
}

// DeliverItem marks a seller's line as delivered. The order becomes DELIVERED when all its lines
// are. It is idempotent. It fails with ORDER_ITEM_NOT_FOUND or ORDER_ITEM_NOT_SHIPPABLE (the line
// was not shipped, or all pieces have been refunded).
func (s *Store) DeliverItem(
	ctx context.Context, sellerID market.SellerID, itemID int64,
) (market.SellerOrderItem, error) {
	return s.changeItem(ctx, sellerID, itemID, func(tx pgx.Tx, _ db.LockOrderRow, l db.OrderItem) error {
		if err := progressOf(l).MayDeliver(); err != nil {
			return err
		}
		now := s.now()
		return s.q.DeliverItem(ctx, tx, &now, itemID)
	})
}

// changeItem changes a seller's line under the lock of its order, and then updates the order's
// status from its lines.
func (s *Store) changeItem(
	ctx context.Context, sellerID market.SellerID, itemID int64,
	change func(tx pgx.Tx, o db.LockOrderRow, l db.OrderItem) error,
) (item market.SellerOrderItem, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		orderID, err := orNotFound(s.q.GetItemOrder(ctx, tx, itemID, int64(sellerID)))(market.CodeOrderItemNotFound)
		if err != nil {
			return err
		}
		o, err := s.q.LockOrder(ctx, tx, orderID)
		if err != nil {
			return err
		}
		l, err := s.q.GetOrderItem(ctx, tx, itemID)
		if err != nil {
			return err
		}
		if err := change(tx, o, l); err != nil {
			return err
		}
		if err := s.followLines(ctx, tx, o); err != nil {
			return err
		}
		l, err = s.q.GetOrderItem(ctx, tx, itemID)
		item = sellerOrderItem(l)
		return err
	})
	return item, err
}

// SetOrderStatus moves an order to the status that an admin sets, with the effects of the
// transition: FAILED closes open payments and releases the stock, SHIPPED and DELIVERED ship and
// deliver the remaining lines. Setting the current status has no effect. PAID and REFUNDED cannot
// be set, since they result from payments and refunds. It fails with ORDER_NOT_FOUND,
// ORDER_STATUS_IMMUTABLE (REFUNDED or FAILED is final), ORDER_STATUS_CANNOT_BE_CHANGED,
// ORDER_ITEM_UNDER_REFUND or ORDER_DISPUTED.
func (s *Store) SetOrderStatus(
	ctx context.Context, orderID int64, to market.OrderStatus, trackingNumber *string,
) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		o, err := orNotFound(s.q.LockOrder(ctx, tx, orderID))(market.CodeOrderNotFound)
		if err != nil || o.Status == to {
			return err
		}
		now := s.now()
		switch {
		case o.Status == market.OrderRefunded || o.Status == market.OrderFailed:
			return market.Refuse(market.CodeOrderStatusImmutable)
		case o.Status == market.OrderCreated && to == market.OrderFailed:
			if err := s.q.FailOpenPayments(ctx, tx, []int64{orderID}); err != nil {
				return err
			}
			if err := s.notify(ctx, tx, o, to); err != nil {
				return err
			}
			return s.failOrders(ctx, tx, orderID)
		case o.Status == market.OrderPaid && to == market.OrderShipped:
			if err := s.undisputed(ctx, tx, orderID); err != nil {
				return err
			}
			if pending, err := s.q.RefundIsPending(ctx, tx, orderID); err != nil || pending {
				if err == nil {
					err = market.Refuse(market.CodeOrderItemUnderRefund)
				}
				return err
			}
			err = s.q.ShipOrder(ctx, tx, trackingNumber, &now, orderID)
			if err == nil && trackingNumber != nil {
				err = s.q.SetTrackingNumber(ctx, tx, trackingNumber, orderID)
			}
		case o.Status == market.OrderShipped && to == market.OrderDelivered:
			err = s.q.DeliverOrder(ctx, tx, &now, orderID)
		default:
			return market.Refuse(market.CodeOrderStatusCannotBeChanged)
		}
		if err != nil {
			return err
		}
		return s.followLines(ctx, tx, o)
	})
}

// AnyOrder returns an order of any buyer. It fails with ORDER_NOT_FOUND.
func (s *Store) AnyOrder(ctx context.Context, id int64) (market.Order, error) {
	o, err := orNotFound(s.q.ReadOrder(ctx, s.pool, id))(market.CodeOrderNotFound)
	return order(o), err
}

// followLines updates the status of a paid order, which the caller has locked, from its lines, and
// that of its payment when everything has been refunded.
func (s *Store) followLines(ctx context.Context, tx pgx.Tx, o db.LockOrderRow) error {
	rows, err := s.q.ListOrderItems(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	lines := make([]market.Line, len(rows))
	for i, l := range rows {
		lines[i] = progressOf(l)
	}
	status := market.PaidStatus(lines)
	if status == o.Status {
		return nil
	}
	if status == market.OrderRefunded {
		payment, err := s.q.LockSuccessfulPayment(ctx, tx, o.ID)
		if err == nil {
			err = s.q.RefundPayment(ctx, tx, payment.ID)
		}
		if err != nil {
			return err
		}
	}
	return s.moveOrder(ctx, tx, o, status)
}

func progressOf(l db.OrderItem) market.Line {
	return market.Line{
		Quantity: l.Quantity, Claimed: l.RefundClaimed, Refunded: l.Refunded,
		Shipped: l.ShippedAt != nil, Delivered: l.DeliveredAt != nil,
	}
}

// orderMessages are the notification texts of the original marketplace.
var orderMessages = map[market.OrderStatus]string{
	market.OrderCreated:   "주문이 생성되었습니다.",
	market.OrderPaid:      "결제가 완료되었습니다.",
	market.OrderShipped:   "배송이 시작되었습니다.",
	market.OrderDelivered: "배송이 완료되었습니다.",
	market.OrderRefunded:  "환불 완료된 주문입니다.",
	market.OrderFailed:    "실패 처리된 주문입니다.",
}

// moveOrder sets an order's status and notifies the buyer.
func (s *Store) moveOrder(ctx context.Context, tx pgx.Tx, o db.LockOrderRow, to market.OrderStatus) error {
	if err := s.q.SetOrderStatus(ctx, tx, o.ID, to); err != nil {
		return err
	}
	return s.notify(ctx, tx, o, to)
}

// notify adds an order's new status to the buyer's inbox.
func (s *Store) notify(ctx context.Context, tx pgx.Tx, o db.LockOrderRow, to market.OrderStatus) error {
	return s.q.NotifyOrderStatus(ctx, tx,
		db.NotifyOrderStatusParams{UserID: o.BuyerID, OrderID: o.ID, Status: string(to), Message: orderMessages[to]})
}

// SellerItemFilter selects among a seller's lines; its zero value means all lines of paid orders.
type SellerItemFilter struct {
	Status   *market.OrderStatus // of the order
	From, To *market.Day         // of the order, both inclusive
	Unpaid   bool                // include those of unpaid and failed orders
}

// SellerOrderItems lists a seller's lines, newest first; sorts: createdAt, id.
func (s *Store) SellerOrderItems(
	ctx context.Context, sellerID market.SellerID, f SellerItemFilter, page market.PageRequest,
) (market.Page[market.SellerOrderItem], error) {
	l := list[db.OrderItem, market.SellerOrderItem]{
		show: sellerOrderItem, table: "order_items", where: "seller_id = $1", args: []any{sellerID},
		sorts: byCreation, bespoke: f.From != nil || f.To != nil,
	}
	and := func(condition string, arg any) {
		l.args = append(l.args, arg)
		l.where += " AND " + condition + placeholder(len(l.args))
	}
	if !f.Unpaid && f.Status == nil {
		l.where += " AND order_status NOT IN ('CREATED', 'FAILED')"
	}
	if f.Status != nil {
		and("order_status = ", *f.Status)
	}
	if f.From != nil {
		and("t.created_at >= ", f.From.Start())
	}
	if f.To != nil {
		and("t.created_at < ", f.To.Next().Start())
	}
	return l.page(ctx, s, page)
}

func sellerOrderItem(i db.OrderItem) market.SellerOrderItem {
	return market.SellerOrderItem{
		OrderItem: orderItem(i), OrderStatus: i.OrderStatus, Disputed: i.Disputed, CreatedAt: market.LocalTime(i.CreatedAt),
	}
}

// OrderNotifications lists a buyer's unread notifications about orders, or all of them, newest first; sorts:
// createdAt, id.
func (s *Store) OrderNotifications(
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
	}.page(ctx, s, page)
}

// ReadOrderNotifications marks a buyer's notifications as read: those of one order, failing with
// NOTIFICATION_NOT_FOUND, or, with 0, all of them.
func (s *Store) ReadOrderNotifications(ctx context.Context, buyerID market.BuyerID, orderID int64) error {
	n, err := s.q.ReadOrderNotifications(ctx, s.pool, int64(buyerID), optionalID(orderID))
	return readNotifications(n, orderID, err)
}

func readNotifications(n, id int64, err error) error {
	if err == nil && n == 0 && id != 0 {
		return market.Refuse(market.CodeNotificationNotFound)
	}
	return translate(err)
}

// OrderNotice is the message to a receiver of order notifications.
type OrderNotice struct {
	BuyerID int64  `json:"buyerId"`
	OrderID int64  `json:"orderId"`
	Status  string `json:"status"`
}

// OrderNotice returns a notification's message. It fails with NOTIFICATION_NOT_FOUND.
func (s *Store) OrderNotice(ctx context.Context, notificationID int64) (OrderNotice, error) {
	n, err := orNotFound(s.q.GetOrderNotification(ctx, s.pool, notificationID))(market.CodeNotificationNotFound)
	return OrderNotice{BuyerID: n.UserID, OrderID: n.OrderID, Status: n.Status}, err
}
