package store

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// ConfirmItem confirms pieces of a line of a buyer's order, all that remain if pieces is nil: the seller earns their
// share, and they can no longer be refunded. Parcels with such pieces count as delivered. It has no effect when all
// shipped pieces are confirmed, refunded or claimed already and pieces is nil. It fails with ORDER_NOT_FOUND,
// ORDER_ITEM_NOT_FOUND, ORDER_DISPUTED or ORDER_ITEM_NOT_CONFIRMABLE.
func (s OrderStore) ConfirmItem(
	ctx context.Context, buyerID market.BuyerID, orderID, itemID int64, pieces *int32,
) (item market.OrderItem, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		o, err := orNotFound(s.q.LockOrder(ctx, tx, orderID))(market.CodeOrderNotFound)
		if err != nil {
			return err
		}
		if o.BuyerID != int64(buyerID) {
			return market.Refuse(market.CodeOrderNotFound)
		}
		lines, err := s.q.LinesToConfirm(ctx, tx, []int64{itemID})
		if err != nil {
			return err
		}
		if len(lines) == 0 || lines[0].OrderItem.OrderID != orderID {
			return market.Refuse(market.CodeOrderItemNotFound)
		}
		l := lines[0]
		progress := progressOf(l.OrderItem)
		n := progress.Confirmable()
		if pieces != nil {
			n = *pieces
		} else if n == 0 && progress.Confirmed > 0 {
			item = orderItem(l.OrderItem)
			return nil
		}
		if !o.Status.Paid() {
			return market.Refuse(market.CodeOrderItemNotConfirmable)
		}
		if err := progress.MayConfirm(n); err != nil {
			return err
		}
		if err := s.undisputed(ctx, tx, orderID); err != nil {
			return err
		}
		if err := s.arrived(ctx, tx, o, l.OrderItem, progress.Returned()+progress.Confirmed+n); err != nil {
			return err
		}
		c := confirmation{cause: market.ConfirmedByBuyer}
		c.add(l, n)
		if err := c.post(ctx, s.DB, tx); err != nil {
			return err
		}
		row, err := s.q.GetOrderItem(ctx, tx, itemID)
		item = orderItem(row)
		return err
	})
	return item, err
}

// arrived delivers the parcels with pieces of a line, the oldest first, until so many pieces of it are delivered.
func (s *DB) arrived(ctx context.Context, tx pgx.Tx, o db.LockOrderRow, l db.OrderItem, pieces int32) error {
	if l.Delivered >= pieces {
		return nil
	}
	sh, err := s.shipping(ctx, tx, o, l.SellerID)
	if err != nil {
		return err
	}
	delivered := l.Delivered
	var ids []int64
	for _, p := range sh.onTheWay(l.ID) {
		if delivered < pieces {
			ids = append(ids, p.Parcel.ID)
			delivered += p.Pieces[slices.Index(p.OrderItemIds, l.ID)]
		}
	}
	if err := s.deliver(ctx, tx, market.DeliveredByBuyer, ids...); err != nil {
		return err
	}
	return s.followLines(ctx, tx, o)
}

// confirmation collects the pieces of lines that are confirmed together. The caller has locked their orders.
type confirmation struct {
	db.ConfirmParams
	cause market.ConfirmationCause
}

// add confirms pieces of a line. They come to their share of what is neither claimed nor confirmed of its net amount,
// and of what is neither refunded nor confirmed of its commission.
func (c *confirmation) add(l db.LinesToConfirmRow, pieces int32) {
	i := l.OrderItem
	progress := progressOf(i)
	net := market.ConfirmShare(amountOf(i.Net)-i.ConfirmedNet-l.ClaimedNet, pieces, progress.Unclaimed())
	commission := market.ConfirmShare(amountOf(i.Commission)-i.ConfirmedCommission-l.RefundedCommission, pieces,
		progress.Kept())
	c.append(i.ID, pieces, net, commission)
}

// takeBack takes the confirmation of pieces of a line back, so that they can be refunded.
func (c *confirmation) takeBack(i db.OrderItem, pieces int32) {
	c.append(i.ID, -pieces, -market.ConfirmShare(i.ConfirmedNet, pieces, i.Confirmed),
		-market.ConfirmShare(i.ConfirmedCommission, pieces, i.Confirmed))
}

// takeBackConfirmed takes the confirmation of as many pieces back as a dispute refunds beside those that are neither
// confirmed nor claimed. What the seller has earned for them is deducted from the next settlement.
func (s *DB) takeBackConfirmed(ctx context.Context, tx pgx.Tx, orderID int64, asked []market.Pieces) error {
	lines, err := s.q.ListOrderItems(ctx, tx, orderID)
	if err != nil {
		return err
	}
	c := confirmation{cause: market.DisputedPieces}
	for _, l := range lines {
		i := slices.IndexFunc(asked, func(p market.Pieces) bool { return p.OrderItemID == l.ID })
		if i < 0 {
			continue
		}
		if n := min(asked[i].Quantity-progressOf(l).Unclaimed(), l.Confirmed); n > 0 {
			c.takeBack(l, n)
		}
	}
	return c.post(ctx, s, tx)
}

func (c *confirmation) append(itemID int64, pieces int32, net, commission market.Money) {
	c.OrderItemIds = append(c.OrderItemIds, itemID)
	c.Pieces = append(c.Pieces, pieces)
	c.Nets = append(c.Nets, net)
	c.Commissions = append(c.Commissions, commission)
}

func (c *confirmation) post(ctx context.Context, s *DB, tx pgx.Tx) error {
	if len(c.OrderItemIds) == 0 {
		return nil
	}
	c.Cause, c.BusinessDay = string(c.cause), market.DayOf(s.now())
	return s.q.Confirm(ctx, tx, c.ConfirmParams)
}

func amountOf(m *market.Money) market.Money {
	if m == nil {
		return 0
	}
	return *m
}

// DueLine is a place in the list of lines that count as delivered or confirmed; its zero value is the beginning.
type DueLine struct {
	At time.Time
	ID int64
}

// setAsideConfirmation is the kind of lines whose confirmation the database refuses.
const setAsideConfirmation = "CONFIRMATION"

// AdvanceDueLines advances the next page of up to limit lines that are due: a line that was shipped counts as
// delivered, and a delivered one as confirmed, as far as no refund claims its pieces. Lines of disputed orders wait.
// It returns the last line of the page, and how many there were; 0 at the end of the list. A line that the database
// refuses is set aside.
func (s ShippingStore) AdvanceDueLines(
	ctx context.Context, after DueLine, limit int32,
) (last DueLine, lines int, err error) {
	now := s.now()
	last = after
	ids, err := s.orSetAside(ctx, setAsideConfirmation, limit, func(tx pgx.Tx, limit int32) ([]int64, error) {
		due, err := s.q.DueLines(ctx, tx, db.DueLinesParams{
			Now: &now, AfterDue: after.At, AfterID: after.ID, Chunk: limit,
		})
		if err != nil || len(due) == 0 {
			return nil, err
		}
		ids, orders := make([]int64, len(due)), make([]int64, len(due))
		for i, d := range due {
			ids[i], orders[i] = d.ID, d.OrderID
		}
		last = DueLine{At: due[len(due)-1].DueAt, ID: ids[len(ids)-1]}
		return ids, s.advance(ctx, tx, orders, ids, now)
	})
	return last, len(ids), err
}

// advance delivers or confirms lines of orders, if they are still due under the locks of the orders.
func (s *DB) advance(ctx context.Context, tx pgx.Tx, orderIDs, itemIDs []int64, now time.Time) error {
	slices.Sort(orderIDs)
	orders, err := s.q.LockOrders(ctx, tx, slices.Compact(orderIDs))
	if err != nil {
		return err
	}
	lines, err := s.q.LinesToConfirm(ctx, tx, itemIDs)
	if err != nil {
		return err
	}
	c := confirmation{cause: market.ConfirmedByTime}
	var arrived []db.OrderItem // those that count as delivered now
	for _, l := range lines {
		switch i := l.OrderItem; {
		case i.DueAt == nil || i.DueAt.After(now) || i.Disputed:
		case i.Delivered < i.Shipped:
			arrived = append(arrived, i)
		default:
			if n := progressOf(i).Confirmable(); n > 0 {
				c.add(l, n)
			}
		}
	}
	for _, o := range orders {
		if err := s.assumeDelivered(ctx, tx, db.LockOrderRow(o), arrived); err != nil {
			return err
		}
	}
	return c.post(ctx, s, tx)
}

// assumeDelivered delivers the parcels of an order with pieces of lines.
func (s *DB) assumeDelivered(ctx context.Context, tx pgx.Tx, o db.LockOrderRow, lines []db.OrderItem) error {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l db.OrderItem) bool { return l.OrderID != o.ID })
	if len(lines) == 0 {
		return nil
	}
	sh, err := s.shipping(ctx, tx, o, 0)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if err := s.deliverLine(ctx, tx, &sh, l.ID, market.DeliveredByTime); err != nil {
			return err
		}
	}
	return s.followLines(ctx, tx, o)
}
