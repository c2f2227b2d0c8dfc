package market

// Category groups products; lists show them by ascending SortOrder.
type Category struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	SortOrder int32  `json:"sortOrder"`
}

// Product is a seller's offer; Stock counts pieces available for orders. Reserved, an addition to
// the original's contract that only the seller sees, counts pieces that are ordered and not
// shipped; the sum of both is on hand.
type Product struct {
	ID          int64         `json:"id"`
	SellerID    int64         `json:"sellerId"`
	CategoryID  int64         `json:"categoryId"`
	Name        string        `json:"name"`
	Price       Money         `json:"price"`
	Stock       int32         `json:"stock"`
	Status      ProductStatus `json:"status"`
	Description string        `json:"description"`
	Reserved    *int32        `json:"reserved,omitempty"` // for its seller and staff, like the next two
	OnHand      *int32        `json:"onHand,omitempty"`   // stock and reserved pieces

	BlockedReason *string `json:"blockedReason,omitempty"` // why staff has blocked it
}

// StockMovement is a change of a product's stock or of its reserved pieces. CauseID is the order;
// for REFUNDED and RESTOCKED the refund.
type StockMovement struct {
	ID        int64     `json:"id"`
	Kind      string    `json:"kind"` // INITIAL, SET, ORDERED, RELEASED, SHIPPED, REFUNDED or RESTOCKED
	Stock     int32     `json:"stock"`
	Reserved  int32     `json:"reserved"`
	CauseID   *int64    `json:"causeId"`
	CreatedAt LocalTime `json:"createdAt"`
}

// ProductStatus determines whether buyers see a product.
type ProductStatus string

// The states of a product. A suspended one would be on sale, and its seller may not sell. A
// blocked one is off sale by staff's decision.
const (
	ProductOnSale    ProductStatus = "ON_SALE"
	ProductHidden    ProductStatus = "HIDDEN"
	ProductSuspended ProductStatus = "SUSPENDED"
	ProductBlocked   ProductStatus = "BLOCKED"
)

// SellersProductStatuses are the states that a seller may choose.
var SellersProductStatuses = []ProductStatus{ProductOnSale, ProductHidden}

// Valid reports whether s is a known status.
func (s ProductStatus) Valid() bool {
	return s == ProductOnSale || s == ProductHidden || s == ProductSuspended || s == ProductBlocked
}
