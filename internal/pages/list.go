package pages

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// Rows is how many rows a list shows.
const Rows = 20

// Listed is a page of a list with its filter.
type Listed[T any] struct {
	market.Page[T]
	Status string     // the status filter; "" for all
	Query  url.Values // the filter, if it is not a status; else nil
}

// Read reads the requested page of a list, the oldest first: of the requested status, else of the
// first one.
func Read[S interface {
	~string
	Valid() bool
}, T any](
	r *http.Request, list func(ctx context.Context, status *S, page market.PageRequest) (market.Page[T], error),
	first S,
) (l Listed[T], err error) {
	page, err := web.Page(r, Rows)
	if err != nil {
		return l, err
	}
	page.Sort = market.SortCreatedAt
	var status *S
	if l.Status, status, err = StatusOf(r, first); err != nil {
		return l, err
	}
	l.Page, err = list(r.Context(), status, page)
	return l, err
}

// StatusOf returns the requested status of a list, or by default the first one; nil, and "", for
// all.
func StatusOf[S interface {
	~string
	Valid() bool
}](r *http.Request, first S) (now string, status *S, err error) {
	if !r.URL.Query().Has("status") {
		return string(first), &first, nil
	}
	if status, err = web.Enum[S](r, "status"); status != nil {
		now = string(*status)
	}
	return now, status, err
}

// at returns the address of another page of the list.
func (l Listed[T]) at(path string, page int) string {
	q := url.Values{"status": {l.Status}}
	if l.Query != nil {
		q = maps.Clone(l.Query)
	}
	q.Set("page", strconv.Itoa(page))
	return path + "?" + q.Encode()
}

// PiecesForm is how many pieces of each line of an order a form names, by the ids of the lines.
type PiecesForm map[int64]int64

// PiecesField returns the name of the field of a line.
func PiecesField(lineID int64) string { return "pieces[" + strconv.FormatInt(lineID, 10) + "]" }

// Of returns the pieces of an order's lines; other lines are ignored. It fails with INVALID_INPUT for more pieces than
// a line has.
func (p PiecesForm) Of(items []market.OrderItem) (pieces []market.Pieces, err error) {
	for _, i := range items {
		n := p[i.ID]
		if n < 0 || n > int64(i.Quantity) {
			return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, PiecesField(i.ID))
		}
		if n > 0 {
			pieces = append(pieces, market.Pieces{OrderItemID: i.ID, Quantity: int32(n)})
		}
	}
	return pieces, nil
}
