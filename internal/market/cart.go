package market

// Cart is a buyer's cart with one page of its items.
type Cart struct {
	ID      int64          `json:"id"`
	BuyerID int64          `json:"buyerId"`
	Items   Page[CartItem] `json:"items"`
}

// CartItem is a product in a cart, at its current price.
type CartItem struct {
	ID           int64  `json:"id"`
	CartID       int64  `json:"cartId"`
	ProductID    int64  `json:"productId"`
	ProductName  string `json:"productName"`
	ProductPrice Money  `json:"productPrice"`
	Quantity     int32  `json:"quantity"`

	// Additions to the original's contract.
	Available int32       `json:"available"` // pieces that can be ordered; 0 for a product that is off sale
	Orderable bool        `json:"orderable"` // there is no Reason
	Reason    *CartReason `json:"reason"`
	SellerID  int64       `json:"sellerId"`
	StoreName string      `json:"storeName"` // the seller's
}

// CartReason is the reason why a cart item cannot be ordered.
type CartReason string

// The reasons, the first that applies.
const (
	CartProductDeleted CartReason = "DELETED"
	CartProductBlocked CartReason = "BLOCKED" // by staff, or its seller may not sell
	CartProductHidden  CartReason = "HIDDEN"
	CartOutOfStock     CartReason = "OUT_OF_STOCK" // fewer pieces are left than the cart holds
)

// CartItemState returns how many pieces of a product in a cart can be ordered, and why the item cannot be ordered as it
// is; nil when it can.
func CartItemState(status ProductStatus, deleted bool, stock, quantity int32) (available int32, reason *CartReason) {
	var r CartReason
	switch {
	case deleted:
		r = CartProductDeleted
	case status == ProductBlocked, status == ProductSuspended:
		r = CartProductBlocked
	case status != ProductOnSale:
		r = CartProductHidden
	case stock < quantity:
		available, r = stock, CartOutOfStock
	default:
		return stock, nil
	}
	return available, &r
}
