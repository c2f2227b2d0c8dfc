package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/market"
)

// ID returns a positive id from the path. It fails with INVALID_INPUT.
func ID(r *http.Request, name string) (int64, error) {
	id, err := strconv.ParseInt(mux.Vars(r)[name], 10, 64)
	if err != nil || id <= 0 {
		return 0, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, name)
	}
	return id, nil
}

// PathText returns a text from the path, such as the name of a file. It fails with INVALID_INPUT.
func PathText(r *http.Request, name string) (string, error) {
	text, err := market.CanonicalText(name, mux.Vars(r)[name], market.TextLine)
	if err == nil && text == "" {
		err = market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, name)
	}
	return text, err
}

// Keyword returns what a request searches for in the parameter keyword; "" for nothing. It fails with INVALID_INPUT.
func Keyword(r *http.Request) (string, error) {
	keyword := r.URL.Query().Get("keyword")
	if utf8.RuneCountInString(keyword) > market.MaxKeyword {
		return "", market.RefuseWith(market.CodeInvalidInput, market.DetailKeywordTooLong, market.MaxKeyword)
	}
	return keyword, nil
}

// QueryID reads an optional id from the query; 0 when it is not given.
func QueryID(r *http.Request, name string) (int64, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 {
		return 0, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, name)
	}
	return id, nil
}

// Prices reads the optional bounds of a price from the query, priceFrom and priceTo. It fails with INVALID_INPUT.
func Prices(r *http.Request) (from, to *market.Money, err error) {
	if from, err = price(r, "priceFrom"); err != nil {
		return nil, nil, err
	}
	to, err = price(r, "priceTo")
	return from, to, err
}

func price(r *http.Request, name string) (*market.Money, error) {
	typed := r.URL.Query().Get(name)
	if typed == "" {
		return nil, nil //nolint:nilnil // it is optional
	}
	p, err := market.ParseMoney(market.Ungroup(typed))
	if err != nil || market.CheckPrice(p) != nil {
		return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, name)
	}
	return &p, nil
}

// QueryEmail reads an optional e-mail address from the query; "" when it is not given.
func QueryEmail(r *http.Request, name string) (market.Email, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return "", nil
	}
	email, err := market.ParseEmail(s)
	if err != nil {
		return "", market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, name)
	}
	return email, nil
}

// Page reads page, size, sort and cursor from the query. It fails with
// INVALID_INPUT. The list refuses fields that it cannot be sorted by.
func Page(r *http.Request, defaultSize int) (market.PageRequest, error) {
	q := r.URL.Query()
	p := market.PageRequest{Size: defaultSize, Cursor: q.Get("cursor")}
	var err error
	if p.Page, err = number(q.Get("page"), 0, 0, market.MaxPage); err != nil {
		return p, market.RefuseWith(market.CodeInvalidInput, market.DetailPageOutOfRange, market.MaxPage)
	}
	if p.Page > 0 && p.Cursor != "" {
		return p, market.RefuseWith(market.CodeInvalidInput, market.DetailNotTogether, "page", "cursor")
	}
	if p.Size, err = number(q.Get("size"), defaultSize, 1, market.MaxPageSize); err != nil {
		return p, market.RefuseWith(market.CodeInvalidInput, market.DetailSizeOutOfRange, market.MaxPageSize)
	}
	for _, f := range sortFields(q["sort"]) {
		if p.Sort == "" {
			p.Sort, p.Desc = f.Field, f.Desc
		} else {
			p.Then = append(p.Then, f)
		}
	}
	return p, nil
}

// sortFields reads the values of the parameter sort as Spring does: each names fields, separated by commas, and may
// end with their direction, which is ascending without one.
func sortFields(values []string) (all []market.SortField) {
	for _, v := range values {
		names, desc := strings.Split(v, ","), false
		switch last := len(names) - 1; strings.ToLower(names[last]) {
		case "desc":
			names, desc = names[:last], true
		case "asc":
			names = names[:last]
		}
		for _, name := range names {
			if name != "" {
				all = append(all, market.SortField{Field: name, Desc: desc})
			}
		}
	}
	return all
}

// OldestFirst is Page for a list that is sorted by createdAt, the oldest first, unless the query
// has a sort.
func OldestFirst(r *http.Request, defaultSize int) (market.PageRequest, error) {
	p, err := Page(r, defaultSize)
	if p.Sort == "" && p.Cursor == "" { // a cursor has its list's order
		p.Sort = market.SortCreatedAt
	}
	return p, err
}

func number(s string, missing, least, most int) (int, error) {
	if s == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, errors.New("out of range")
	}
	return n, nil
}

// Days reads the optional dates from and to, both inclusive, from the query.
func Days(r *http.Request) (from, to *market.Day, err error) {
	if from, err = Day(r, "from"); err != nil {
		return nil, nil, err
	}
	if to, err = Day(r, "to"); err != nil {
		return nil, nil, err
	}
	if from != nil && to != nil && to.Before(*from) {
		return nil, nil, market.RefuseWith(market.CodeInvalidInput, market.DetailDaysReversed)
	}
	return from, to, nil
}

// maxSpan is the maximum number of days, both inclusive, in a response.
const maxSpan = 366

// Span returns the dates from and to, both inclusive; to defaults to today, and from to the given
// number of days. A span of more than a leap year fails with INVALID_INPUT.
func Span(r *http.Request, today market.Day, days int) (from, to market.Day, err error) {
	first, last, err := Days(r)
	if err != nil {
		return from, to, err
	}
	to = today
	if last != nil {
		to = *last
	}
	from = to.Add(1 - days)
	if first != nil {
		from = *first
	}
	if from.Before(to.Add(1 - maxSpan)) {
		err = market.RefuseWith(market.CodeInvalidInput, market.DetailSpanTooLong, maxSpan)
	}
	return from, to, err
}

// Day reads an optional date from the query; nil when it is not given.
func Day(r *http.Request, name string) (*market.Day, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return nil, nil
	}
	d, err := parseDay(name, s)
	return &d, err
}

// PathDay returns a date from the path. It fails with INVALID_INPUT.
func PathDay(r *http.Request, name string) (market.Day, error) {
	return parseDay(name, mux.Vars(r)[name])
}

func parseDay(name, s string) (market.Day, error) {
	d, err := market.ParseDay(s)
	if err != nil {
		return d, market.RefuseWith(market.CodeInvalidInput, market.DetailNotDay, name)
	}
	return d, nil
}

// OrZero returns an optional value, or the zero value for nil.
func OrZero[T any](v *T) (value T) {
	if v != nil {
		value = *v
	}
	return value
}

// Bool reads an optional true or false from the query; false when it is not given.
func Bool(r *http.Request, name string) (bool, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return false, nil
	}
	b, err := strconv.ParseBool(s)
	if err != nil {
		return false, market.RefuseWith(market.CodeInvalidInput, market.DetailNotBool, name)
	}
	return b, nil
}

// Enum reads an optional value from the query; nil when it is not given.
func Enum[T interface {
	~string
	Valid() bool
}](r *http.Request, name string) (*T, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return nil, nil
	}
	v := T(s)
	if !v.Valid() {
		return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, name)
	}
	return &v, nil
}
