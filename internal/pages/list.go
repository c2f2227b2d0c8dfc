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

// Rows is the number of rows that a list shows.
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

// filter returns the query of the list without its page.
func (l Listed[T]) filter() url.Values {
	if l.Query == nil {
		return url.Values{"status": {l.Status}}
	}
	q := maps.Clone(l.Query)
	for _, name := range []string{"page", "size", pageField} {
		q.Del(name)
	}
	return q
}

// at returns the address of another page of the list.
func (l Listed[T]) at(path string, page int) string {
	q := l.filter()
	q.Set("page", strconv.Itoa(page))
	if l.Size != 0 && l.Size != Rows {
		q.Set("size", strconv.Itoa(l.Size))
	}
	return path + "?" + q.Encode()
}

// pageSizes are the numbers of rows to choose from.
var pageSizes = []int{Rows, 50, market.MaxPageSize}

// choosable reports whether the list has other pages, or would have in another size.
func (l Listed[T]) choosable() bool { return l.TotalElements > Rows }

// lastPage returns the number of the last page that can be chosen.
func (l Listed[T]) lastPage() int64 {
	if l.TotalIsMinimum {
		return market.MaxPage + 1
	}
	return max(1, l.TotalPages)
}

// pageField is the form field of a page's number, beginning with one.
const pageField = "goto"

// withPageNumber leads from the number of a page that a reader has typed to the page.
func withPageNumber(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.Method != http.MethodGet || !q.Has(pageField) {
			next.ServeHTTP(w, r)
			return
		}
		number, err := strconv.Atoi(q.Get(pageField))
		if err != nil {
			number = 1
		}
		q.Del(pageField)
		q.Set("page", strconv.Itoa(min(max(number, 1)-1, market.MaxPage)))
		http.Redirect(w, r, r.URL.Path+"?"+q.Encode(), http.StatusSeeOther)
	})
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
