package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Checkout names what is ordered. Key identifies the checkout among the buyer's
// own for ever: placing it again gives the same order again.
type Checkout struct {
	BuyerID     int64
	Key         string
	CartItemIDs []int64
	AddressID   int64
}

// PlacedOrder is an order that a checkout has made.
type PlacedOrder struct {
	OrderID int64
	Lines   int
	Total   market.Money
}

// CartProducts are the ids of the products behind cart items, ascending.
func (s *Store) CartProducts(ctx context.Context, buyerID market.BuyerID, cartItemIDs []int64) ([]int64, error) {
	ids, err := s.q.CartProducts(ctx, s.pool, int64(buyerID), cartItemIDs)
	return ids, translate(err)
}

// PlaceOrder makes the order of a checkout in one transaction: the pieces are
// taken from stock, the lines keep name and price of now, the cart items are
// used up. It makes nothing and fails with ADDRESS_NOT_FOUND,
// INVALID_ORDER_CART_ITEMS (an item missing, used, or another buyer's),
// INVALID_ORDER_PRODUCT (a product hidden or deleted), PRODUCT_OUT_OF_STOCK or
// AMOUNT_OUT_OF_RANGE. Seven round trips, whatever the number of items.
func (s *Store) PlaceOrder(ctx context.Context, c Checkout) (placed PlacedOrder, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		placed, err = s.placeOrder(ctx, tx, c)
		return err
	})
	return placed, err
}

func (s *Store) placeOrder(ctx context.Context, tx pgx.Tx, c Checkout) (PlacedOrder, error) {
	open, err := s.q.OpenCheckout(ctx, tx, c.BuyerID, c.Key, c.AddressID)
	if err != nil {
		return PlacedOrder{}, err
	}
	if open.OrderID != 0 {
		return s.placedOrder(ctx, tx, market.BuyerID(c.BuyerID), open.OrderID)
	}
	items, err := s.q.LockCartItems(ctx, tx, c.BuyerID, c.CartItemIDs)
	if err != nil {
		return PlacedOrder{}, err
	}
	if len(items) != len(c.CartItemIDs) {
		// The same checkout may have used them up while this one waited for their locks.
		if id, err := found(s.q.GetCheckoutOrder(ctx, tx, c.BuyerID, c.Key))(market.CodeInvalidOrderCartItems); err != nil {
			return PlacedOrder{}, err
		} else {
			return s.placedOrder(ctx, tx, market.BuyerID(c.BuyerID), id)
		}
	}
	if open.Recipient == nil {
		return PlacedOrder{}, market.Refuse(market.CodeAddressNotFound)
	}
	lines, total, err := s.takeLines(ctx, tx, items)
	if err != nil {
		return PlacedOrder{}, err
	}
	lines.BuyerID, lines.TotalAmount, lines.CheckoutKey, lines.CartItemIds = c.BuyerID, total, c.Key, c.CartItemIDs
	lines.Recipient, lines.Phone, lines.Address = *open.Recipient, *open.Phone, *open.Detail
	id, err := s.q.CreateOrder(ctx, tx, lines)
	return PlacedOrder{OrderID: id, Lines: len(items), Total: total}, err
}

// takeLines locks the products of cart items in ascending order, takes their
// pieces from stock, and returns the order's lines and their total.
func (s *Store) takeLines(
	ctx context.Context, tx pgx.Tx, items []db.LockCartItemsRow,
) (o db.CreateOrderParams, total market.Money, err error) {
	quantities := make(map[int64]int32, len(items)) // a product stands in a cart once
	ids := make([]int64, len(items))
	for i, item := range items {
		ids[i], quantities[item.ProductID] = item.ProductID, item.Quantity
	}
	products, err := s.q.LockProducts(ctx, tx, ids)
	if err != nil {
		return o, 0, err
	}
	for _, p := range products {
		quantity := quantities[p.ID]
		if p.DeletedAt != nil || p.Status != market.ProductOnSale {
			return o, 0, market.Refuse(market.CodeInvalidOrderProduct)
		}
		if p.Stock < quantity {
			return o, 0, market.Refuse(market.CodeProductOutOfStock)
		}
		amounts, err := market.PriceLine(p.Price, quantity)
		if err == nil {
			total, err = total.Plus(amounts.Net)
		}
		if err != nil {
			return o, 0, err
		}
		o.ProductIds = append(o.ProductIds, p.ID)
		o.SellerIds = append(o.SellerIds, p.SellerID)
		o.ProductNames = append(o.ProductNames, p.Name)
		o.UnitPrices = append(o.UnitPrices, p.Price.String())
		o.Quantities = append(o.Quantities, quantity)
	}
	taken, err := s.q.TakeStock(ctx, tx, o.ProductIds, o.Quantities)
	if err == nil && taken != int64(len(items)) {
		err = market.Refuse(market.CodeProductOutOfStock) // the statement itself is the proof, not the read above
	}
	return o, total, err
}

func (s *Store) placedOrder(
	ctx context.Context, tx pgx.Tx, buyerID market.BuyerID, orderID int64,
) (PlacedOrder, error) {
	o, err := found(s.q.GetOrder(ctx, tx, orderID, int64(buyerID)))(market.CodeOrderNotFound)
	if err != nil {
		return PlacedOrder{}, err
	}
	items, err := s.q.ListOrderItems(ctx, tx, orderID)
	return PlacedOrder{OrderID: orderID, Lines: len(items), Total: o.TotalAmount}, err
}

// Order is a buyer's own order, else ORDER_NOT_FOUND.
func (s *Store) Order(ctx context.Context, buyerID market.BuyerID, id int64) (market.Order, error) {
	o, err := found(s.q.GetOrder(ctx, s.pool, id, int64(buyerID)))(market.CodeOrderNotFound)
	return order(o), err
}

// OrderDetail is a buyer's own order with its lines, else ORDER_NOT_FOUND.
func (s *Store) OrderDetail(ctx context.Context, buyerID market.BuyerID, id int64) (market.OrderDetail, error) {
	o, err := s.Order(ctx, buyerID, id)
	if err != nil {
		return market.OrderDetail{}, err
	}
	rows, err := s.q.ListOrderItems(ctx, s.pool, id)
	detail := market.OrderDetail{Order: o, Items: make([]market.OrderItem, len(rows))}
	for i, r := range rows {
		detail.Items[i] = orderItem(r)
	}
	return detail, translate(err)
}

func order(o db.Order) market.Order {
	return market.Order{
		ID: o.ID, BuyerID: o.BuyerID, TotalAmount: o.TotalAmount, Status: o.Status, TrackingNumber: o.TrackingNumber,
		Recipient: o.Recipient, Address: o.Address, CreatedAt: market.LocalTime(o.CreatedAt),
	}
}

func orderItem(i db.OrderItem) market.OrderItem {
	return market.OrderItem{
		ID: i.ID, OrderID: i.OrderID, ProductID: i.ProductID, SellerID: i.SellerID, ProductName: i.ProductName,
		UnitPrice: i.UnitPrice, Quantity: i.Quantity, RefundedQuantity: i.Refunded, Carrier: i.Carrier,
		TrackingNumber: i.TrackingNumber,
		ShippedAt:      market.LocalTimeOf(i.ShippedAt), DeliveredAt: market.LocalTimeOf(i.DeliveredAt),
	}
}

// Orders lists a buyer's orders, of all states or of one, newest first; sorts:
// createdAt, id.
func (s *Store) Orders(
	ctx context.Context, buyerID market.BuyerID, status *market.OrderStatus, page market.PageRequest,
) (market.Page[market.Order], error) {
	l := orderList
	l.where, l.args = "buyer_id = $1", []any{buyerID}
	l.sorts = sorts{"createdAt": {"created_at", "timestamptz"}}
	if status != nil {
		l.where, l.args = "buyer_id = $1 AND status = $2", []any{buyerID, *status}
	}
	return l.page(ctx, s, page)
}

// AllOrders lists everybody's orders, the oldest first; sorts: createdAt, id.
func (s *Store) AllOrders(ctx context.Context, page market.PageRequest) (market.Page[market.Order], error) {
	l := orderList
	l.where, l.sorts, l.ascending = "true", sorts{"createdAt": {"created_at", "timestamptz"}}, true
	return l.page(ctx, s, page)
}

var orderList = list[db.Order, market.Order]{table: "orders", show: order}

// expiryChunk is how many orders expire in one transaction.
const expiryChunk = 100

// ExpireOrders fails the orders that have waited for their payment longer than
// market.OrderLifetime, gives their pieces back and closes their open payments, chunk by
// chunk, each in one transaction. It returns their number. Orders that somebody else
// holds just now are left for the next call; one that the database refuses is set aside,
// for somebody to look at.
func (s *Store) ExpireOrders(ctx context.Context) (expired int, err error) {
	for ctx.Err() == nil {
		n, err := s.expireChunk(ctx, expiryChunk)
		expired += n
		if err != nil || n < expiryChunk {
			return expired, err
		}
	}
	return expired, ctx.Err()
}

func (s *Store) expireChunk(ctx context.Context, chunk int32) (expired int, err error) {
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

// setAsideExpiry and setAsideRollUp are the kinds of what is set aside.
const (
	setAsideExpiry = "EXPIRY"
	setAsideRollUp = "ROLL_UP"
)

// expireOrders expires a chunk, and says which order was the last one that it tried.
func (s *Store) expireOrders(ctx context.Context, chunk int32) (expired int, last int64, err error) {
	err = s.transact(ctx, func(tx pgx.Tx) error {
		ids, err := s.q.ClaimExpiredOrders(ctx, tx, s.now().Add(-market.OrderLifetime), chunk)
		if err != nil || len(ids) == 0 {
			return err
		}
		expired, last = len(ids), ids[len(ids)-1]
		if err := s.q.FailOpenPayments(ctx, tx, ids); err != nil {
			return err
		}
		return s.failOrders(ctx, tx, ids...)
	})
	if err != nil {
		expired = 0
	}
	return expired, last, err
}

// failOrders moves orders, which the caller has locked in state CREATED, to
// FAILED and gives their pieces back.
func (s *Store) failOrders(ctx context.Context, tx pgx.Tx, ids ...int64) error {
	if err := s.q.FailOrders(ctx, tx, ids); err != nil {
		return err
	}
	return s.q.ReleaseStock(ctx, tx, ids)
}
