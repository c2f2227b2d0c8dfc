package market

// PageRequest names one page of a list: by number, or by the cursor that the
// page before it gave.
type PageRequest struct {
	Page   int    // zero-based; ignored when Cursor is set
	Size   int    // 1 to 100
	Sort   string // a field of the list's allow-list; "" means the list's default order
	Desc   bool
	Then   []SortField // what elements with the same value of Sort are ordered by
	Cursor string      // opaque; "" means by number
}

// SortField is a field that a list is ordered by.
type SortField struct {
	Field string
	Desc  bool
}

// The fields that lists are sorted by.
const (
	SortID          = "id"
	SortCreatedAt   = "createdAt"
	SortName        = "name"
	SortPrice       = "price"
	SortSoldOut     = "soldOut" // false before true
	SortQuantity    = "quantity"
	SortTotalAmount = "totalAmount"
	SortAmount      = "amount"
	SortFee         = "fee"
	SortStatus      = "status"
	SortType        = "type"
	SortPeriodStart = "periodStart"
	SortPeriodEnd   = "periodEnd"
	SortEmail       = "email"
	SortStoreName   = "storeName"
)

// The fields by which each list can be sorted, besides SortID. Each has an index, or the list is
// short. Staff sorts the same orders and payments by less than their buyers: there are more of them.
var (
	SortsByCreation   = []string{SortCreatedAt} // of all other lists
	SortsByID         = []string{}              // of logs and files
	ProductSorts      = []string{SortCreatedAt, SortName, SortPrice, SortSoldOut}
	CategorySorts     = []string{SortCreatedAt, SortPrice, SortSoldOut} // of the products of a category
	CartSorts         = []string{SortCreatedAt, SortQuantity}
	BuyerOrderSorts   = []string{SortCreatedAt, SortTotalAmount}
	BuyerPaymentSorts = []string{SortAmount, SortCreatedAt}
	SellerSorts       = []string{SortCreatedAt, SortEmail, SortName, SortStoreName}
	// SettlementSorts are those of a seller's own settlements.
	SettlementSorts = []string{
		SortAmount, SortCreatedAt, SortFee, SortPeriodEnd, SortPeriodStart, SortStatus, SortType,
	}
)

// Page is one page of a list.
type Page[T any] struct {
	Content       []T   `json:"content"`
	CurrentPage   int   `json:"currentPage"` // one-based; 0 for a page that a cursor named
	TotalPages    int64 `json:"totalPages"`
	TotalElements int64 `json:"totalElements"`
	Size          int   `json:"size"`
	IsLast        bool  `json:"isLast"`

	// TotalIsMinimum means that there are more elements than TotalElements, because counting them
	// all would cost more than reading the page.
	TotalIsMinimum bool `json:"totalIsMinimum"`
	// NextCursor names the page after this one; null on the last page. Unlike
	// numbers, cursors cost the same however deep the page lies.
	NextCursor *string `json:"nextCursor"`
}

// WithContent returns the page with other elements.
func WithContent[A, B any](p Page[A], content []B) Page[B] {
	return Page[B]{
		Content: content, CurrentPage: p.CurrentPage, TotalPages: p.TotalPages, TotalElements: p.TotalElements,
		Size: p.Size, IsLast: p.IsLast, TotalIsMinimum: p.TotalIsMinimum, NextCursor: p.NextCursor,
	}
}

// MapPage returns a page with the results of applying show to each element.
func MapPage[A, B any](p Page[A], show func(A) B) Page[B] {
	content := make([]B, len(p.Content))
	for i, e := range p.Content {
		content[i] = show(e)
	}
	return WithContent(p, content)
}
