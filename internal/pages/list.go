package pages

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

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

// Reason returns the words of a decision in a form; "" for none. It fails with INVALID_INPUT.
func Reason(r *http.Request) (string, error) { return ReasonField(r, "reason") }

// ReasonField returns the text of a reason in a field of a form; "" for nothing. It fails with INVALID_INPUT.
func ReasonField(r *http.Request, field string) (string, error) {
	words := r.PostForm.Get(field)
	if utf8.RuneCountInString(words) > market.MaxReason {
		return "", market.RefuseWith(market.CodeInvalidInput, market.DetailFieldTooLong, field)
	}
	return words, nil
}

// Pieces returns how many pieces of an order's lines a form names, in the fields pieces-<id of the line>.
func Pieces(r *http.Request, items []market.OrderItem) (pieces []market.Pieces, err error) {
	for _, i := range items {
		name := "pieces-" + strconv.FormatInt(i.ID, 10)
		if !r.PostForm.Has(name) {
			continue
		}
		n, err := strconv.ParseInt(r.PostForm.Get(name), 10, 64)
		if err != nil || n < 0 || n > int64(i.Quantity) {
			return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, name)
		}
		if n > 0 {
			pieces = append(pieces, market.Pieces{OrderItemID: i.ID, Quantity: int32(n)})
		}
	}
	return pieces, nil
}

// Chosen returns the ids of the selected rows of a list.
func Chosen(r *http.Request, field string) ([]int64, error) {
	values := r.PostForm[field]
	if len(values) == 0 || len(values) > Rows {
		return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, field)
	}
	ids := make([]int64, len(values))
	for i, v := range values {
		id, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, field)
		}
		ids[i] = id
	}
	return ids, nil
}
