package store

import (
	"context"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// Cart returns a buyer's cart with one page of its items; sorts: createdAt, id, quantity. It fails
// with CART_NOT_FOUND.
func (s CartStore) Cart(ctx context.Context, buyerID market.BuyerID, page market.PageRequest) (market.Cart, error) {
	id, err := orNotFound(s.q.GetCart(ctx, s.pool, int64(buyerID)))(market.CodeCartNotFound)
	if err != nil {
		return market.Cart{}, err
	}
	return s.cart(ctx, id, buyerID, page)
}

// cartRow is a cart item with the displayed fields of its product.
type cartRow struct {
	ID           int64        `db:"id"`
	CartID       int64        `db:"cart_id"`
	ProductID    int64        `db:"product_id"`
	ProductName  string       `db:"p.name"`
	ProductPrice market.Money `db:"p.price"`
	Quantity     int32        `db:"quantity"`

	Status  market.ProductStatus `db:"p.status"`
	Deleted *time.Time           `db:"p.deleted_at"`
	Stock   int32                `db:"p.stock"`

	SellerID  int64  `db:"p.seller_id"`
	StoreName string `db:"s.store_name"`
}

func (r cartRow) item() market.CartItem {
	available, reason := market.CartItemState(r.Status, r.Deleted != nil, r.Stock, r.Quantity)
	return market.CartItem{
		ID: r.ID, CartID: r.CartID, ProductID: r.ProductID, ProductName: r.ProductName, ProductPrice: r.ProductPrice,
		Quantity: r.Quantity, Available: available, Orderable: reason == nil, Reason: reason,
		SellerID: r.SellerID, StoreName: r.StoreName,
	}
}

func (s CartStore) cart(
	ctx context.Context, id int64, buyerID market.BuyerID, page market.PageRequest,
) (market.Cart, error) {
	items, err := list[cartRow, market.CartItem]{
		table: "cart_items", show: cartRow.item,
		join:  "JOIN products p ON p.id = t.product_id JOIN sellers s ON s.id = p.seller_id",
		where: "cart_id = $1", args: []any{id}, few: true,
		ascending: true,
		sorts:     sortsBy(market.CartSorts),
	}.page(ctx, s.DB, page)
	return market.Cart{ID: id, BuyerID: int64(buyerID), Items: items}, err
}

// AddToCart adds a quantity of a product to the quantity in the cart. It fails with CART_NOT_FOUND,
// PRODUCT_NOT_FOUND, or PRODUCT_OUT_OF_STOCK when the total would exceed the stock or
// market.MaxPieces.
func (s CartStore) AddToCart(
	ctx context.Context, buyerID market.BuyerID, productID int64, quantity int32, page market.PageRequest,
) (market.Cart, error) {
	r, err := s.q.AddToCart(ctx, s.pool, int64(buyerID), productID, quantity)
	switch {
	case err != nil:
		return market.Cart{}, translate(err)
	case r.CartID == 0:
		return market.Cart{}, market.Refuse(market.CodeCartNotFound)
	case !r.OnSale:
		return market.Cart{}, market.Refuse(market.CodeProductNotFound)
	case !r.Added:
		return market.Cart{}, market.Refuse(market.CodeProductOutOfStock)
	}
	return s.cart(ctx, r.CartID, buyerID, page)
}

// SetCartQuantity sets the quantity of a product in the cart. It fails like AddToCart, and with
// CART_ITEMS_NOT_FOUND.
func (s CartStore) SetCartQuantity(
	ctx context.Context, buyerID market.BuyerID, productID int64, quantity int32, page market.PageRequest,
) (market.Cart, error) {
	id, err := orNotFound(s.q.GetCart(ctx, s.pool, int64(buyerID)))(market.CodeCartNotFound)
	if err != nil {
		return market.Cart{}, err
	}
	p, err := orNotFound(s.q.GetVisibleProduct(ctx, s.pool, productID))(market.CodeProductNotFound)
	if err != nil {
		return market.Cart{}, err
	}
	if quantity > p.Stock {
		return market.Cart{}, market.Refuse(market.CodeProductOutOfStock)
	}
	_, err = orNotFound(s.q.SetCartItem(ctx, s.pool, id, productID, quantity))(market.CodeCartItemsNotFound)
	if err != nil {
		return market.Cart{}, err
	}
	return s.cart(ctx, id, buyerID, page)
}

// EmptyCart removes all items. It fails with CART_NOT_FOUND.
func (s CartStore) EmptyCart(
	ctx context.Context, buyerID market.BuyerID, page market.PageRequest,
) (market.Cart, error) {
	id, err := orNotFound(s.q.GetCart(ctx, s.pool, int64(buyerID)))(market.CodeCartNotFound)
	if err != nil {
		return market.Cart{}, err
	}
	if err := withRetry(func() error { return s.q.EmptyCart(ctx, s.pool, id) }); err != nil {
		return market.Cart{}, translate(err)
	}
	return s.cart(ctx, id, buyerID, page)
}

// RemoveFromCart removes a product, also one that is no longer sold. It fails with CART_NOT_FOUND
// or CART_ITEMS_NOT_FOUND.
func (s CartStore) RemoveFromCart(
	ctx context.Context, buyerID market.BuyerID, productID int64, page market.PageRequest,
) (market.Cart, error) {
	id, err := orNotFound(s.q.GetCart(ctx, s.pool, int64(buyerID)))(market.CodeCartNotFound)
	if err != nil {
		return market.Cart{}, err
	}
	if _, err := orNotFound(s.q.DeleteCartItem(ctx, s.pool, id, productID))(market.CodeCartItemsNotFound); err != nil {
		if _, missing := orNotFound(s.q.GetProduct(ctx, s.pool,
			productID))(market.CodeProductNotFound); missing != nil {
			return market.Cart{}, missing
		}
		return market.Cart{}, err
	}
	return s.cart(ctx, id, buyerID, page)
}
