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

// ProductInput holds the fields of a product form, for a new product or for all values of an existing one. Requests
// embed it. The price is a pointer, since 0 is a price.
type ProductInput struct {
	Name        string `json:"name" validate:"required,productname"`
	Price       *Money `json:"price" validate:"required,price"`
	Description string `json:"description" validate:"required,description" text:"lines"`
}

// Product returns the product that a seller creates with the input.
func (in ProductInput) Product(seller SellerID, category int64, stock int32) Product {
	return Product{
		SellerID: int64(seller), CategoryID: category, Stock: stock,
		Name: in.Name, Price: *in.Price, Description: in.Description,
	}
}

// Change returns the change that replaces all values of the input.
func (in ProductInput) Change() ProductChange {
	return ProductChange{Name: &in.Name, Price: in.Price, Description: &in.Description}
}

// ProductUpdate is a partial update of a product. A field that is missing or blank stays unchanged.
type ProductUpdate struct {
	CategoryID  *int64 `json:"categoryId" validate:"omitempty,gt=0"`
	Name        string `json:"name" validate:"omitempty,productname"`
	Price       *Money `json:"price" validate:"omitempty,price"`
	Status      string `json:"status" validate:"omitempty,sellersstatus"`
	Description string `json:"description" validate:"omitempty,description" text:"lines"`
}

// Change returns the change that the update requests.
func (in ProductUpdate) Change() ProductChange {
	return ProductChange{
		CategoryID: in.CategoryID, Name: Optional(in.Name), Price: in.Price, Status: Optional(in.Status),
		Description: Optional(in.Description),
	}
}

// ProductChange is a partial update of a product; nil fields stay unchanged. The stock is set under
// a lock on the product, so that a concurrent order is serialized before or after the change. If a
// product is no longer sold out, a Restock follows.
type ProductChange struct {
	CategoryID  *int64
	Name        *string
	Price       *Money
	Status      *string
	Description *string

	// Stock is the number of pieces available for orders. OnHand, an alternative, includes pieces
	// reserved for unshipped orders, and must not be below them; the stock becomes the difference.
	Stock, OnHand *int32
	// If set, the change fails with DATA_CONFLICT unless stock and reserved pieces have these
	// values.
	ExpectedStock, ExpectedReserved *int32
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
