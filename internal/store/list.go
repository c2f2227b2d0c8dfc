package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
)

// countLimit bounds the rows that a request counts. A longer list reports countLimit and
// TotalIsMinimum.
const countLimit = 10_000

// sorts maps the sortable fields of a list to their columns. id is always sortable, and breaks
// ties.
type sorts map[string]sortColumn

type sortColumn struct{ column, sqlType string }

// sortColumns are the columns of sortable fields.
var sortColumns = sorts{
	market.SortCreatedAt: {"created_at", "timestamptz"}, market.SortName: {"name", "varchar"},
	market.SortPrice: {"price", "numeric"}, market.SortSoldOut: {"sold_out", "boolean"},
	market.SortQuantity:    {"quantity", "int"},
	market.SortTotalAmount: {"total_amount", "numeric"}, market.SortAmount: {"amount", "numeric"},
	market.SortFee: {"fee", "numeric"}, market.SortStatus: {"status", "varchar"}, market.SortType: {"type", "varchar"},
	market.SortPeriodStart: {"period_start", "date"}, market.SortPeriodEnd: {"period_end", "date"},
	market.SortEmail: {"email", "varchar"}, market.SortStoreName: {"store_name", "varchar"},
}

// sortsBy returns the sorts by fields of market.
func sortsBy(fields []string) sorts {
	s := make(sorts, len(fields))
	for _, f := range fields {
		s[f] = sortColumns[f]
	}
	return s
}

// list describes a list over one table. The SQL in its fields is constant text of this package;
// clients' values are passed as arguments only.
type list[R, T any] struct {
	table string
	show  func(R) T // converts a row; R determines which columns are read, see columns
	join  string    // further tables for columns; may be empty
	where string    // over the table's own columns, with $1... for args
	args  []any
	sorts sorts
	// bespoke has each request planned for its own arguments, for example because the best index
	// depends on the length of a range of days.
	bespoke bool
	// few materializes the rows of where before they are sorted and joined, for a list of a few rows
	// in a table whose statistics may be out of date. The planner may otherwise read a whole index
	// in the order of a join or of the list, including all rows deleted since the oldest snapshot.
	few       bool
	ascending bool                                     // the default order: by id, descending unless this is set
	total     func(ctx context.Context) (int64, error) // exact and cheap; nil: count up to countLimit
}

// columns returns the columns of a row type, in the order of its fields: the tag db names a column
// of the table t or, with a dot, of a joined table.
func columns[R any]() string {
	var names []string
	for _, f := range fieldsOf(reflect.TypeFor[R]()) {
		name := f.Tag.Get("db")
		if !strings.Contains(name, ".") {
			name = "t." + name
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// targets returns the scan targets of a row's columns.
func targets[R any](row *R) (all []any) {
	v := reflect.ValueOf(row).Elem()
	fields := fieldsOf(v.Type())
	all = make([]any, len(fields), len(fields)+2)
	for i, f := range fields {
		all[i] = v.FieldByIndex(f.Index).Addr().Interface()
	}
	return all
}

// rowFields caches fieldsOf: it is called for each row.
var rowFields sync.Map // by reflect.Type

// fieldsOf returns the fields of a row type that are columns.
func fieldsOf(t reflect.Type) []reflect.StructField {
	if known, ok := rowFields.Load(t); ok {
		return known.([]reflect.StructField) //nolint:forcetypeassert // it holds nothing else
	}
	fields := slices.DeleteFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return f.Anonymous })
	rowFields.Store(t, fields)
	return fields
}

// placeholder returns the placeholder of the n-th argument.
func placeholder(n int) string { return fmt.Sprintf("$%d", n) }

// cursor is the position after an element of a list, in one order.
type cursor struct {
	List string      `json:"l"` // the list's table
	Sort string      `json:"s"`
	Desc bool        `json:"d"`
	Key  string      `json:"k"` // the element's value of the sort column
	ID   int64       `json:"i"`
	Then []cursorKey `json:"t,omitempty"` // for an order by several fields: those after the first
}

// cursorKey is a further field of a cursor's order.
type cursorKey struct {
	Sort string `json:"s"`
	Desc bool   `json:"d"`
	Key  string `json:"k"`
}

func (c cursor) String() string {
	b, _ := json.Marshal(c) // strings, bools and an int: cannot fail
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(s string) (c cursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		return c, market.RefuseWith(market.CodeInvalidInput, market.DetailCursorInvalid)
	}
	return c, nil
}

// orderKey is a column of a list's order, with its value at the start position.
type orderKey struct {
	field string
	sortColumn
	desc  bool
	after string
}

// ordering is a resolved order and its start position. Its last key is the id, which is unique.
type ordering struct {
	list  string // see cursor
	keys  []orderKey
	after *cursor
}

// byID returns the order by id.
func byID(desc bool) ordering {
	return ordering{keys: []orderKey{{field: market.SortID, sortColumn: idColumn, desc: desc}}}
}

var idColumn = sortColumn{"id", "bigint"}

// by returns the ORDER BY terms for table t.
func (o ordering) by(reversed bool) string {
	terms := make([]string, len(o.keys))
	for i, k := range o.keys {
		terms[i] = "t." + k.column + " ASC"
		if k.desc != reversed {
			terms[i] = "t." + k.column + " DESC"
		}
	}
	return strings.Join(terms, ", ")
}

// values returns an expression for the values of all keys but the id, as texts.
func (o ordering) values() string {
	terms := make([]string, len(o.keys)-1)
	for i := range terms {
		terms[i] = "t." + o.keys[i].column + "::text"
	}
	return "ARRAY[" + strings.Join(terms, ", ") + "]::text[]"
}

// seek returns the condition for elements after the cursor, or "".
func (o ordering) seek(args *[]any) string {
	if o.after == nil {
		return ""
	}
	columns, places := make([]string, len(o.keys)), make([]string, len(o.keys))
	for i, k := range o.keys {
		columns[i] = "t." + k.column
		if i == len(o.keys)-1 {
			*args = append(*args, o.after.ID)
			places[i] = placeholder(len(*args))
		} else {
			*args = append(*args, k.after)
			places[i] = placeholder(len(*args)) + "::text::" + k.sqlType
		}
	}
	operator := func(k orderKey) string {
		if k.desc {
			return "<"
		}
		return ">"
	}
	first := o.keys[0]
	if len(o.keys) == 1 {
		return fmt.Sprintf(" AND %s %s %s", columns[0], operator(first), places[0])
	}
	if !slices.ContainsFunc(o.keys, func(k orderKey) bool { return k.desc != first.desc }) {
		return fmt.Sprintf(" AND (%s) %s (%s)", strings.Join(columns, ", "), operator(first),
			strings.Join(places, ", "))
	}
	// With keys of different directions, the first bound limits the index scan, and the others apply
	// to ties.
	last := len(o.keys) - 1
	condition := fmt.Sprintf("%s %s %s", columns[last], operator(o.keys[last]), places[last])
	for i := last - 1; i >= 0; i-- {
		condition = fmt.Sprintf("(%s %s %s OR %[1]s = %[3]s AND %s)", columns[i], operator(o.keys[i]), places[i],
			condition)
	}
	return fmt.Sprintf(" AND %s %s= %s AND %s", columns[0], operator(first), places[0], condition)
}

// resolve returns the order of a page request. It rejects unknown sort fields, and cursors of
// another order.
func (s sorts) resolve(page market.PageRequest, ascending bool) (ordering, error) {
	var wanted []orderKey
	var err error
	if page.Sort != "" {
		if wanted, err = s.keys(append([]cursorKey{{Sort: page.Sort, Desc: page.Desc}},
			thenBy(page.Then)...)); err != nil {
			return ordering{}, err
		}
	}
	switch {
	case page.Cursor == "" && wanted == nil:
		return byID(!ascending), nil
	case page.Cursor == "":
		return ordering{keys: wanted}, nil
	}
	c, err := parseCursor(page.Cursor)
	if err != nil {
		return ordering{}, err
	}
	keys, err := s.keys(append([]cursorKey{{c.Sort, c.Desc, c.Key}}, c.Then...))
	if err == nil && wanted != nil && !slices.EqualFunc(wanted, keys, orderKey.ordersLike) {
		err = market.RefuseWith(market.CodeInvalidInput, market.DetailCursorOrder)
	}
	return ordering{keys: keys, after: &c}, err
}

// keys returns the keys of an order by fields; the last is the id. Repeated fields, and fields
// after the id, have no effect.
func (s sorts) keys(fields []cursorKey) (keys []orderKey, err error) {
	for _, f := range fields {
		column, ok := s[f.Sort]
		if f.Sort == market.SortID {
			column, ok = idColumn, true
		}
		if !ok {
			allowed := append(slices.Collect(maps.Keys(s)), market.SortID)
			slices.Sort(allowed)
			return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailSortUnknown,
				strings.Join(allowed, ", "))
		}
		if !slices.ContainsFunc(keys, func(k orderKey) bool { return k.field == f.Sort || k.field == market.SortID }) {
			keys = append(keys, orderKey{field: f.Sort, sortColumn: column, desc: f.Desc, after: f.Key})
		}
	}
	if last := keys[len(keys)-1]; last.field != market.SortID {
		keys = append(keys, orderKey{field: market.SortID, sortColumn: idColumn, desc: last.desc})
	}
	return keys, nil
}

// ordersLike reports whether two keys order by the same field in the same direction.
func (k orderKey) ordersLike(other orderKey) bool {
	return k.field == other.field && k.desc == other.desc
}

func thenBy(fields []market.SortField) []cursorKey {
	keys := make([]cursorKey, len(fields))
	for i, f := range fields {
		keys[i] = cursorKey{Sort: f.Field, Desc: f.Desc}
	}
	return keys
}

// next returns the cursor after an element with the given values of the keys but the id.
func (o ordering) next(values []string, id int64) cursor {
	c := cursor{List: o.list, ID: id}
	for i, k := range o.keys {
		key := cursorKey{Sort: k.field, Desc: k.desc, Key: strconv.FormatInt(id, 10)}
		if i < len(values) {
			key.Key = values[i]
		}
		switch implied := i > 0 && k.field == market.SortID && k.desc == o.keys[i-1].desc; {
		case i == 0:
			c.Sort, c.Desc, c.Key = key.Sort, key.Desc, key.Key
		case !implied:
			c.Then = append(c.Then, key)
		}
	}
	return c
}

// resolve returns the order of a page request. It also rejects a cursor of another list.
func (l list[R, T]) resolve(req market.PageRequest) (ordering, error) {
	order, err := l.sorts.resolve(req, l.ascending)
	if order.list = l.table; err == nil && order.after != nil && order.after.List != l.table {
		err = market.RefuseWith(market.CodeInvalidInput, market.DetailCursorInvalid)
	}
	return order, err
}

// refuseForgery translates the error of reading a page from a cursor: invalid input means a cursor
// with forged values.
func refuseForgery(err error) error {
	if err != nil && market.CodeOf(err) == market.CodeInvalidInput {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailCursorInvalid)
	}
	return err
}

// page reads one page: in one round trip if it is the only page, else in two, for the total and for
// the rows. It locates the rows on the order's index and reads only those it returns; a page in the
// second half is counted from the list's end.
func (l list[R, T]) page(
	ctx context.Context, s *DB, req market.PageRequest,
) (found market.Page[T], err error) {
	order, err := l.resolve(req)
	if err != nil {
		return market.Page[T]{}, err
	}
	if order.after != nil {
		defer func() { err = refuseForgery(err) }()
	}
	if req.Page == 0 && order.after == nil && l.total == nil {
		elements, err := l.rows(ctx, s, order, 0, int64(req.Size)+1, false)
		if err != nil {
			return market.Page[T]{}, err
		}
		total, atLeast := int64(len(elements)), false
		if len(elements) > req.Size {
			total, atLeast, err = l.count(ctx, s)
		}
		return result(req, order, elements, total, atLeast), err
	}
	total, atLeast, err := l.count(ctx, s)
	if err != nil {
		return market.Page[T]{}, err
	}
	offset, limit, reversed := int64(req.Page)*int64(req.Size), int64(req.Size)+1, false
	switch {
	case order.after != nil:
		offset = 0
	case !atLeast && offset >= total:
		return result(req, order, []element[T]{}, total, atLeast), nil
	case !atLeast && offset > total/2:
		limit = min(limit, total-offset)
		offset, reversed = total-offset-limit, true
	}
	elements, err := l.rows(ctx, s, order, offset, limit, reversed)
	if err != nil {
		return market.Page[T]{}, err
	}
	return result(req, order, elements, total, atLeast), nil
}

// eachChunk is how many elements a download reads at a time, so that a slow client holds no
// connection.
const eachChunk = 1000

// each calls do with every element, by ascending id, until it fails.
func (l list[R, T]) each(ctx context.Context, s *DB, do func(T) error) error {
	order := byID(false)
	for {
		elements, err := l.rows(ctx, s, order, 0, eachChunk, false)
		if err != nil {
			return err
		}
		for _, e := range elements {
			if err := do(e.value); err != nil {
				return err
			}
			order.after = &cursor{ID: e.id}
		}
		if len(elements) < eachChunk {
			return nil
		}
	}
}

// rows reads the elements from an offset, which counts from the list's end if reversed.
func (l list[R, T]) rows(
	ctx context.Context, s *DB, order ordering, offset, limit int64, reversed bool,
) ([]element[T], error) {
	args := slices.Clone(l.args)
	where := l.where + order.seek(&args)
	args = append(args, limit, offset)
	table, with := l.table, ""
	if l.few {
		table, with = "few", fmt.Sprintf("WITH few AS MATERIALIZED (SELECT * FROM %s t WHERE %s) ", l.table, l.where)
	}
	query := fmt.Sprintf(
		`%sSELECT %s, %s, t.id FROM (SELECT t.id FROM %s t WHERE %s ORDER BY %s LIMIT $%d OFFSET $%d) k
		JOIN %s t ON t.id = k.id %s ORDER BY %s`, with, columns[R](), order.values(), table, where, order.by(reversed),
		len(args)-1, len(args), table, l.join, order.by(false))
	return l.read(ctx, s.pool, query, l.mode(args))
}

// mode prepends the execution mode to the arguments.
func (l list[R, T]) mode(args []any) []any {
	if l.bespoke {
		return append([]any{pgx.QueryExecModeDescribeExec}, args...)
	}
	return args
}

// count returns the number of elements, or countLimit with atLeast set.
func (l list[R, T]) count(ctx context.Context, s *DB) (n int64, atLeast bool, err error) {
	if l.total != nil {
		n, err = l.total(ctx)
		return n, false, err
	}
	err = withRetry(func() error { // a standby cancels statements
		return s.pool.QueryRow(ctx,
			fmt.Sprintf(`SELECT count(*) FROM (SELECT 1 FROM %s t WHERE %s ORDER BY t.id LIMIT %d) c`, l.table, l.where,
				countLimit+1),
			l.mode(l.args)...).Scan(&n)
	})
	return min(n, countLimit), n > countLimit, translate(err)
}

// element is a converted row with the values of its cursor.
type element[T any] struct {
	value T
	keys  []string // the values of the order's keys but the id
	id    int64
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (l list[R, T]) read(
	ctx context.Context, q querier, query string, args []any,
) (elements []element[T], err error) {
	err = withRetry(func() error { // a standby cancels statements
		rows, err := q.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		elements, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e element[T], err error) {
			var r R
			err = row.Scan(append(targets(&r), &e.keys, &e.id)...)
			e.value = l.show(r)
			return e, err
		})
		return err
	})
	return elements, translate(err)
}

// result returns the page for the elements found, which are one more than the page's size if there
// are more.
func result[T any](
	req market.PageRequest, order ordering, elements []element[T], total int64, atLeast bool,
) market.Page[T] {
	p := market.Page[T]{
		Content: make([]T, 0, req.Size), CurrentPage: req.Page + 1, Size: req.Size, TotalElements: total,
		TotalPages: (total + int64(req.Size) - 1) / int64(req.Size), TotalIsMinimum: atLeast,
		IsLast: len(elements) <= req.Size,
	}
	if order.after != nil {
		p.CurrentPage = 0
	}
	for _, e := range elements[:min(len(elements), req.Size)] {
		p.Content = append(p.Content, e.value)
	}
	if !p.IsLast {
		last := elements[req.Size-1]
		next := order.next(last.keys, last.id).String()
		p.NextCursor = &next
	}
	return p
}

// withStatus restricts a list to a status; nil leaves it unchanged.
func withStatus[S ~string, R, T any](l list[R, T], status *S) list[R, T] {
	if status == nil {
		return l
	}
	l.args = append(l.args, *status)
	l.where += " AND t.status = " + placeholder(len(l.args))
	l.bespoke = true // how many rows have the status decides which index is the right one
	return l
}

// createdInOrder returns the sorts by fields of a list whose ids ascend in the order of creation, so that
// createdAt needs no index of its own.
func createdInOrder(fields []string) sorts {
	s := sortsBy(fields)
	s[market.SortCreatedAt] = idColumn
	return s
}

var inOrderOfCreation = createdInOrder(market.SortsByCreation)

// byCreation are the sorts of lists that can be sorted only by createdAt and id.
var byCreation = sortsBy(market.SortsByCreation)
