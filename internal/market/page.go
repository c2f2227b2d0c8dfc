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
