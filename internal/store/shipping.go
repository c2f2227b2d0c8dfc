package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// SellerOrderItem returns one of a seller's own lines. It fails with ORDER_ITEM_NOT_FOUND.
func (s ShippingStore) SellerOrderItem(
	ctx context.Context, sellerID market.SellerID, id int64,
) (item market.SellerOrderItem, err error) {
	rows, err := s.q.GetOwnOrderItems(ctx, s.pool, int64(sellerID), []int64{id})
	if err != nil {
		return item, translate(err)
	}
	if len(rows) == 0 {
		return item, market.Refuse(market.CodeOrderItemNotFound)
	}
	items := []market.SellerOrderItem{sellerOrderItem(rows[0])}
	err = s.addRecipients(ctx, sellerID, items)
	return items[0], err
}

// SellerOrder returns a seller's part of an order. It fails with ORDER_NOT_FOUND, also for an order that is not paid.
func (s ShippingStore) SellerOrder(
	ctx context.Context, sellerID market.SellerID, orderID int64,
) (o market.SellerOrder, err error) {
	rows, err := s.q.OwnItemsOfOrder(ctx, s.pool, orderID, int64(sellerID))
	if err != nil {
		return o, translate(err)
	}
	if len(rows) == 0 || !rows[0].OrderStatus.Paid() {
		return o, market.Refuse(market.CodeOrderNotFound)
	}
	o.Items = make([]market.SellerOrderItem, len(rows))
	lines := make([]market.Line, len(rows))
	disputed := false
	for i, r := range rows {
		o.Items[i], lines[i] = sellerOrderItem(r), progressOf(r)
		o.Amount += o.Items[i].Amount
		disputed = disputed || r.Disputed
	}
	o.Actions = rows[0].OrderStatus.SellerActions(lines, disputed)
	if err := s.addRecipients(ctx, sellerID, o.Items); err != nil {
		return o, err
	}
	if o.Parcels, err = s.parcels(ctx, orderID, sellerID); err != nil {
		return o, err
	}
	first := o.Items[0]
	o.OrderID, o.OrderNumber, o.Status = first.OrderID, first.OrderNumber, first.OrderStatus
	o.CreatedAt, o.Recipient = first.CreatedAt, first.Recipient
	return o, nil
}

// addRecipients sets the recipients of a seller's lines, as far as the seller may read them.
func (s ShippingStore) addRecipients(
	ctx context.Context, sellerID market.SellerID, items []market.SellerOrderItem,
) error {
	orders := make([]int64, len(items))
	for i, item := range items {
		orders[i] = item.OrderID
	}
	rows, err := s.q.Recipients(ctx, s.pool, int64(sellerID), orders)
	if err != nil {
		return translate(err)
	}
	of := make(map[int64]market.Recipient, len(rows))
	for _, r := range rows {
		recipient := market.Recipient{Name: &r.Recipient, Phone: &r.Phone, Address: &r.Address, Note: r.DeliveryNote}
		if r.Ended {
			recipient = recipient.After(s.now().Sub(r.EndedAt))
		}
		of[r.ID] = recipient
	}
	for i := range items {
		items[i].Recipient = of[items[i].OrderID]
	}
	return nil
}

// ItemToShip is a line with the error that ShipItem would return; nil for none.
type ItemToShip struct {
	market.SellerOrderItem
	Refusal error
}

// ItemsToShip returns the seller's lines among ids, by their ids.
func (s ShippingStore) ItemsToShip(
	ctx context.Context, sellerID market.SellerID, ids []int64,
) (map[int64]ItemToShip, error) {
	rows, err := s.q.GetOwnOrderItems(ctx, s.pool, int64(sellerID), ids)
	own := make(map[int64]ItemToShip, len(rows))
	for _, r := range rows {
		own[r.ID] = ItemToShip{sellerOrderItem(r), r.OrderStatus.MayShipOrCorrect(progressOf(r), r.Disputed)}
	}
	return own, translate(err)
}

// WaitingToShip returns up to limit lines of a seller that are paid and can be shipped, the oldest
// first.
func (s ShippingStore) WaitingToShip(
	ctx context.Context, sellerID market.SellerID, limit int32,
) ([]market.SellerOrderItem, error) {
	rows, err := s.q.ItemsWaitingToShip(ctx, s.pool, limit, int64(sellerID))
	waiting := make([]market.SellerOrderItem, len(rows))
	for i, r := range rows {
		waiting[i] = sellerOrderItem(r)
	}
	if err != nil {
		return nil, translate(err)
	}
	return waiting, s.addRecipients(ctx, sellerID, waiting)
}

// SellerTasks counts what a seller has to do.
func (s ShippingStore) SellerTasks(ctx context.Context, sellerID market.SellerID) (market.SellerTasks, error) {
	row, err := s.q.SellerTasks(ctx, s.pool, db.SellerTasksParams{
		LateBefore: s.now().Add(-market.ShippingTime), SellerID: int64(sellerID), LowStock: market.LowStock,
		MostUnread: MaxUnread,
	})
	return market.SellerTasks(row), translate(err)
}

// followLines updates the status of a paid order, which the caller has locked, from its lines, and
// that of its payment when everything has been refunded.
func (s *DB) followLines(ctx context.Context, tx pgx.Tx, o db.LockOrderRow) error {
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
		Quantity: l.Quantity, Cancelled: l.Cancelled, Shipped: l.Shipped, Delivered: l.Delivered,
		Claimed: l.RefundClaimed, Refunded: l.Refunded, Confirmed: l.Confirmed,
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
func (s *DB) moveOrder(ctx context.Context, tx pgx.Tx, o db.LockOrderRow, to market.OrderStatus) error {
	if err := s.q.SetOrderStatus(ctx, tx, o.ID, to); err != nil {
		return err
	}
	return s.notify(ctx, tx, o, to)
}

// notify adds an order's new status to the buyer's inbox.
func (s *DB) notify(ctx context.Context, tx pgx.Tx, o db.LockOrderRow, to market.OrderStatus) error {
	return s.q.NotifyOrderStatus(ctx, tx,
		db.NotifyOrderStatusParams{UserID: o.BuyerID, OrderID: o.ID, Status: string(to), Message: orderMessages[to]})
}

// SellerItemFilter selects among a seller's lines; its zero value means all lines of paid orders.
type SellerItemFilter struct {
	Status   *market.OrderStatus // of the order
	From, To *market.Day         // of the order, both inclusive
	Unpaid   bool                // include those of unpaid and failed orders
	Search   string              // see market.Search; "" for all. It finds lines of paid orders only
}

// SellerOrderItems lists a seller's lines, newest first; sorts: createdAt, id.
func (s ShippingStore) SellerOrderItems(
	ctx context.Context, sellerID market.SellerID, f SellerItemFilter, page market.PageRequest,
) (market.Page[market.SellerOrderItem], error) {
	l := list[db.OrderItem, market.SellerOrderItem]{
		show: sellerOrderItem, table: "order_items", where: "seller_id = $1", args: []any{sellerID},
		sorts: byCreation, bespoke: f.From != nil || f.To != nil || f.Search != "",
	}
	and := func(condition string, arg any) {
		l.args = append(l.args, arg)
		l.where += " AND " + condition + placeholder(len(l.args))
	}
	if f.Search != "" || !f.Unpaid && f.Status == nil {
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
	switch by := market.Search(f.Search); {
	case by.OrderID != 0:
		and("t.order_id = ", by.OrderID)
	case by.Phone != "":
		and("t.order_id IN (SELECT o.id FROM orders o WHERE phone_digits(o.phone) = ", by.Phone)
		l.where += ")"
	case by.Text != "":
		and("(t.order_id = ANY (ARRAY(SELECT o.id FROM orders o WHERE o.recipient = ", by.Text)
		named := "SELECT p.id FROM products p WHERE p.seller_id = $1 AND strpos(lower(p.name), lower(" +
			placeholder(len(l.args)) + ")) > 0 AND p.deleted_at"
		l.where += ")) OR t.product_id = ANY (ARRAY(" + named + " IS NULL UNION ALL " + named + " IS NOT NULL)))"
	}
	items, err := l.page(ctx, s.DB, page)
	if err != nil {
		return items, err
	}
	return items, s.addRecipients(ctx, sellerID, items.Content)
}

func sellerOrderItem(i db.OrderItem) market.SellerOrderItem {
	amount := i.UnitPrice * market.Money(i.Quantity) // of an order from before amounts were stored
	if i.Net != nil {
		amount = *i.Net
	}
	return market.SellerOrderItem{
		OrderItem: orderItem(i), OrderStatus: i.OrderStatus, Disputed: i.Disputed,
		OrderNumber: market.OrderNumber(i.OrderID, market.DayOf(i.CreatedAt)), Amount: amount,
		CreatedAt: market.LocalTime(i.CreatedAt),
	}
}
