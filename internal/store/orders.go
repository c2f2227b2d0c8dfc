package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Checkout identifies what is ordered. Key identifies the checkout permanently among the buyer's checkouts;
// placing it again returns the same order.
type Checkout struct {
	BuyerID     int64
	Key         string
	CartItemIDs []int64
	AddressID   int64
	// Expected is the total that the buyer has seen; nil for any.
	Expected *market.Money
	// WithLock runs f while it holds the locks of products, whose ids are ascending; nil for no locks.
	WithLock func(ctx context.Context, productIDs []int64, f func() error) error
}

// PlacedOrder is an order that a checkout has placed.
type PlacedOrder struct {
	OrderID int64
	Lines   int
	Total   market.Money
}

// placeAttempts is how often a checkout is read and priced again after a concurrent change.
const placeAttempts = 5

// fingerprint returns the SHA-256 of the cart items and the delivery address.
func (c Checkout) fingerprint() []byte {
	sum := sha256.Sum256(fmt.Append(nil, slices.Sorted(slices.Values(c.CartItemIDs)), c.AddressID))
	return sum[:]
}

// PlaceOrder places the order of a checkout in one transaction: it takes the stock, copies names and prices to the
// lines, and deletes the cart items. It is idempotent. On failure it changes nothing; it fails with
// ADDRESS_NOT_FOUND, INVALID_ORDER_CART_ITEMS (an item missing, used, or another buyer's), INVALID_ORDER_PRODUCT
// (a product hidden or deleted), PRODUCT_OUT_OF_STOCK, PRICE_CHANGED (the total is not c.Expected),
// AMOUNT_OUT_OF_RANGE, TOO_MANY_UNPAID_ORDERS or TOO_MANY_UNPAID_PIECES (from the trigger order_items_unpaid), the
// error of c.WithLock, or market.ErrConflict when carts or products keep changing. It takes two round trips for
// any number of items: one reads, and one statement places the order unless something has changed. A refused
// checkout has taken no lock.
func (s OrderStore) PlaceOrder(ctx context.Context, c Checkout) (PlacedOrder, error) {
	for range placeAttempts {
		draft, placed, err := s.draftOrder(ctx, c)
		if err != nil || placed.OrderID != 0 {
			return placed, err
		}
		var ids []int64
		place := func() error {
			return translate(withRetry(func() (err error) {
				ids, err = s.q.PlaceOrder(ctx, s.pool, draft)
				return err
			}))
		}
		if c.WithLock == nil {
			err = place()
		} else {
			err = c.WithLock(ctx, draft.ProductIds, place)
		}
		if err != nil {
			return placed, err
		}
		if len(ids) == 1 {
			return PlacedOrder{OrderID: ids[0], Lines: len(draft.ProductIds), Total: draft.TotalAmount}, nil
		}
	}
	return PlacedOrder{}, market.ErrConflict
}

// CanOrder returns the error with which PlaceOrder would refuse a checkout now, apart from the limits of unpaid
// orders. It takes no lock and changes nothing.
func (s OrderStore) CanOrder(ctx context.Context, c Checkout) error {
	_, _, err := s.draftOrder(ctx, c)
	return err
}

// draftOrder reads and prices a checkout, or returns the order that it has placed.
func (s OrderStore) draftOrder(ctx context.Context, c Checkout) (d db.PlaceOrderParams, placed PlacedOrder, err error) {
	rows, err := s.q.ReadCheckout(ctx, s.pool, db.ReadCheckoutParams{
		BuyerID: c.BuyerID, CheckoutKey: c.Key, AddressID: c.AddressID, CartItemIds: c.CartItemIDs,
	})
	if err != nil {
		return d, placed, translate(err)
	}
	first, fingerprint := rows[0], c.fingerprint()
	switch {
	case first.OrderID != 0 && first.Fingerprint != nil && !bytes.Equal(first.Fingerprint, fingerprint):
		return d, placed, market.Refuse(market.CodeIdempotencyKeyReused)
	case first.OrderID != 0:
		o, err := s.q.PlacedOrder(ctx, s.pool, first.OrderID)
		return d, PlacedOrder{OrderID: o.ID, Lines: int(o.Lines), Total: o.TotalAmount}, translate(err)
	case first.CartItemID == 0 || len(rows) != len(c.CartItemIDs):
		return d, placed, market.Refuse(market.CodeInvalidOrderCartItems)
	case first.AddressID == 0:
		return d, placed, market.Refuse(market.CodeAddressNotFound)
	}
	d = db.PlaceOrderParams{
		BuyerID: c.BuyerID, CheckoutKey: c.Key, Recipient: first.Recipient, Phone: first.Phone, Address: first.Address,
		Fingerprint: fingerprint, DeliveryNote: first.DeliveryNote,
	}
	var lines []market.PricedLine
	for _, r := range rows {
		if !r.OnSale {
			return d, placed, market.RefuseWith(market.CodeInvalidOrderProduct, market.DetailProductOffSale,
				r.ProductName)
		}
		if r.Stock < r.Quantity {
			return d, placed,
				market.RefuseWith(market.CodeProductOutOfStock, market.DetailProductShort, r.ProductName, r.Stock)
		}
		lines = append(lines, market.PricedLine{UnitPrice: r.Price, Quantity: r.Quantity})
		d.CartItemIds = append(d.CartItemIds, r.CartItemID)
		d.ProductIds = append(d.ProductIds, r.ProductID)
		d.Quantities = append(d.Quantities, r.Quantity)
		d.UnitPrices = append(d.UnitPrices, r.Price)
	}
	priced, err := market.PriceOrder(lines, market.CurrentTerms())
	if err != nil {
		return d, placed, err
	}
	d.TotalAmount = priced.Total
	for _, a := range priced.Lines {
		d.Gross = append(d.Gross, a.Gross)
		d.Discounts = append(d.Discounts, a.Discount)
		d.Nets = append(d.Nets, a.Net)
		d.Taxes = append(d.Taxes, a.Tax)
		d.Commissions = append(d.Commissions, a.Commission)
		d.CommissionPercents = append(d.CommissionPercents, a.CommissionPercent)
	}
	if c.Expected != nil && *c.Expected != d.TotalAmount {
		return d, placed,
			market.RefuseWith(market.CodePriceChanged, market.DetailPriceChanged, *c.Expected, d.TotalAmount)
	}
	return d, placed, nil
}

// Order returns a buyer's own order. It fails with ORDER_NOT_FOUND.
func (s OrderStore) Order(ctx context.Context, buyerID market.BuyerID, id int64) (market.Order, error) {
	o, err := orNotFound(s.q.GetOrder(ctx, s.pool, id, int64(buyerID)))(market.CodeOrderNotFound)
	return order(o), err
}

// OrderDetail returns a buyer's own order with its lines. It fails with ORDER_NOT_FOUND.
func (s OrderStore) OrderDetail(ctx context.Context, buyerID market.BuyerID, id int64) (market.OrderDetail, error) {
	o, err := s.Order(ctx, buyerID, id)
	if err != nil {
		return market.OrderDetail{}, err
	}
	return s.withLines(ctx, o)
}

func (s OrderStore) withLines(ctx context.Context, o market.Order) (market.OrderDetail, error) {
	rows, err := s.q.ListOrderItems(ctx, s.pool, o.ID)
	detail := market.OrderDetail{Order: o, Items: make([]market.OrderItem, len(rows)), Parcels: []market.Parcel{}}
	lines := make([]market.Line, len(rows))
	shipped, disputed := false, false
	for i, r := range rows {
		detail.Items[i], lines[i] = orderItem(r), progressOf(r)
		shipped, disputed = shipped || r.Shipped > 0, disputed || r.Disputed
	}
	detail.Actions = o.Status.BuyerActions(lines, disputed)
	if err == nil && shipped {
		detail.Parcels, err = s.parcels(ctx, o.ID, 0)
	}
	return detail, translate(err)
}

func order(o db.Order) market.Order {
	return market.Order{
		ID: o.ID, BuyerID: o.BuyerID, TotalAmount: o.TotalAmount, Status: o.Status, TrackingNumber: o.TrackingNumber,
		Recipient: o.Recipient, Address: o.Address, CreatedAt: market.LocalTime(o.CreatedAt),
		OrderNumber: market.OrderNumber(o.ID, market.DayOf(o.CreatedAt)), DeliveryNote: o.DeliveryNote,
		FailureReason: (*market.OrderFailure)(o.Failure), ExpiresAt: expiresAt(o),
	}
}

// expiresAt returns until when an order can be paid; nil for none that waits for its payment.
func expiresAt(o db.Order) *market.LocalTime {
	if o.Status != market.OrderCreated {
		return nil
	}
	at := o.CreatedAt.Add(market.OrderLifetime)
	return market.LocalTimeOf(&at)
}

func orderItem(i db.OrderItem) market.OrderItem {
	return market.OrderItem{
		ID: i.ID, OrderID: i.OrderID, ProductID: i.ProductID, SellerID: i.SellerID, ProductName: i.ProductName,
		UnitPrice: i.UnitPrice, Quantity: i.Quantity, RefundedQuantity: i.Refunded,
		ClaimedQuantity: i.RefundClaimed - i.Refunded, Carrier: i.Carrier,
		TrackingNumber: i.TrackingNumber, TrackingURL: market.TrackingURL(i.Carrier, i.TrackingNumber),
		ShippedAt: market.LocalTimeOf(i.ShippedAt), DeliveredAt: market.LocalTimeOf(i.DeliveredAt),
		CancelledQuantity: i.Cancelled, ShippedQuantity: i.Shipped, DeliveredQuantity: i.Delivered,
		ConfirmedQuantity: i.Confirmed, ConfirmBy: confirmBy(i),
	}
}

// confirmBy returns when the delivered pieces of a line count as confirmed; nil for none.
func confirmBy(i db.OrderItem) *market.LocalTime {
	if i.Delivered < i.Shipped {
		return nil
	}
	return market.LocalTimeOf(i.DueAt)
}

// Orders lists a buyer's orders, of all states or of one, newest first; sorts:
// createdAt, id, totalAmount.
func (s OrderStore) Orders(
	ctx context.Context, buyerID market.BuyerID, status *market.OrderStatus, page market.PageRequest,
) (market.Page[market.Order], error) {
	l := orderList
	l.where, l.args = "buyer_id = $1", []any{buyerID}
	l.sorts = createdInOrder(market.BuyerOrderSorts)
	if status != nil {
		l.where, l.args = "buyer_id = $1 AND status = $2", []any{buyerID, *status}
	}
	return l.page(ctx, s.DB, page)
}

// OrderTitle names an order for its buyer: its first product, and the number of its lines.
type OrderTitle struct {
	ProductID int64
	Product   string
	Lines     int64
}

// OrderTitles returns the titles of orders, by their ids.
func (s OrderStore) OrderTitles(ctx context.Context, ids []int64) (map[int64]OrderTitle, error) {
	rows, err := s.q.OrderTitles(ctx, s.pool, ids)
	titles := make(map[int64]OrderTitle, len(rows))
	for _, r := range rows {
		titles[r.ID] = OrderTitle{r.ProductID, r.ProductName, r.Lines}
	}
	return titles, translate(err)
}

var orderList = list[db.Order, market.Order]{table: "orders", show: order}

// expiryChunk is the number of orders that expire in one transaction.
const expiryChunk = 100

// ExpireOrders fails the orders that have waited for their payment longer than market.OrderLifetime, releases
// their stock and closes their open payments, in chunks of one transaction each. It returns their number. Locked
// orders are left for the next call; an order that the database refuses is set aside.
func (s OrderStore) ExpireOrders(ctx context.Context) (expired int, err error) {
	for ctx.Err() == nil {
		n, err := s.expireChunk(ctx, expiryChunk)
		expired += n
		if err != nil || n < expiryChunk {
			return expired, err
		}
	}
	return expired, ctx.Err()
}

func (s OrderStore) expireChunk(ctx context.Context, chunk int32) (expired int, err error) {
	expired, _, err = s.expireOrders(ctx, chunk)
	if !violated(err) {
		return expired, translate(err)
	}
	for range chunk {
		switch n, last, err := s.expireOrders(ctx, 1); {
		case violated(err):
			expired++ // so that the caller goes on
			if err := s.q.SetAside(ctx, s.pool, setAsideExpiry, last, err.Error()); err != nil {
				return expired, translate(err)
			}
		case err != nil || n == 0:
			return expired, translate(err)
		default:
			expired++
		}
	}
	return expired, nil
}

// setAsideExpiry and setAsideRollUp are kinds of rows that were set aside.
const (
	setAsideExpiry = "EXPIRY"
	setAsideRollUp = "ROLL_UP"
)

// expireOrders expires a chunk, and returns the last order that it tried.
func (s OrderStore) expireOrders(ctx context.Context, chunk int32) (expired int, last int64, err error) {
	err = s.transact(ctx, func(tx pgx.Tx) error {
		ids, err := s.q.ClaimExpiredOrders(ctx, tx, s.now().Add(-market.OrderLifetime), chunk)
		if err != nil || len(ids) == 0 {
			return err
		}
		expired, last = len(ids), ids[len(ids)-1]
		if err := s.q.FailOpenPayments(ctx, tx, ids); err != nil {
			return err
		}
		return s.failOrders(ctx, tx, market.OrderExpired, ids...)
	})
	if err != nil {
		expired = 0
	}
	return expired, last, err
}

// failOrders moves orders, which the caller has locked in state CREATED, to FAILED and releases their stock.
func (s *DB) failOrders(ctx context.Context, tx pgx.Tx, why market.OrderFailure, ids ...int64) error {
	if err := s.q.FailOrders(ctx, tx, string(why), ids); err != nil {
		return err
	}
	return s.q.ReleaseStock(ctx, tx, ids)
}

// AnyOrderDetail returns an order of any buyer with its lines. It fails with ORDER_NOT_FOUND.
func (s OrderStore) AnyOrderDetail(ctx context.Context, id int64) (market.OrderDetail, error) {
	o, err := s.AnyOrder(ctx, id)
	if err != nil {
		return market.OrderDetail{}, err
	}
	return s.withLines(ctx, o)
}

// OrderTimeline returns the events of an order, the oldest first; none for an unknown order.
func (s OrderStore) OrderTimeline(ctx context.Context, id int64) ([]market.OrderEvent, error) {
	rows, err := s.q.OrderTimeline(ctx, s.pool, id)
	story := make([]market.OrderEvent, len(rows))
	for i, r := range rows {
		story[i] = market.OrderEvent{At: market.LocalTime(r.At), Kind: r.Kind, Detail: r.Detail, Amount: r.Amount}
	}
	return story, translate(err)
}

// SetOrderStatus moves an order to the status that an admin sets, with the effects of the
// transition: FAILED closes open payments and releases the stock, SHIPPED and DELIVERED ship and
// deliver the remaining lines. Setting the current status has no effect. PAID and REFUNDED cannot
// be set, since they result from payments and refunds. It fails with ORDER_NOT_FOUND,
// ORDER_STATUS_IMMUTABLE (REFUNDED or FAILED is final), ORDER_STATUS_CANNOT_BE_CHANGED,
// ORDER_ITEM_UNDER_REFUND or ORDER_DISPUTED.
func (s OrderStore) SetOrderStatus(
	ctx context.Context, orderID int64, to market.OrderStatus, trackingNumber *string,
) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		o, err := orNotFound(s.q.LockOrder(ctx, tx, orderID))(market.CodeOrderNotFound)
		if err != nil || o.Status == to {
			return err
		}
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
			return s.failOrders(ctx, tx, market.OrderCancelled, orderID)
		case o.Status == market.OrderPaid && to == market.OrderShipped:
			if err := s.undisputed(ctx, tx, orderID); err != nil {
				return err
			}
			err = s.shipOrder(ctx, tx, o, trackingNumber)
		case o.Status == market.OrderShipped && to == market.OrderDelivered:
			err = s.deliverOrder(ctx, tx, o)
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
func (s OrderStore) AnyOrder(ctx context.Context, id int64) (market.Order, error) {
	o, err := orNotFound(s.q.ReadOrder(ctx, s.pool, id))(market.CodeOrderNotFound)
	return order(o), err
}
