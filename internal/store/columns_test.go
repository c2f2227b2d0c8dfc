package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// A row type determines the columns to read and their targets.
func TestLists_Columns_AreThoseOfTheRow(t *testing.T) {
	t.Parallel()
	type parcel struct {
		ID     int64     `db:"id"`
		SentAt time.Time `db:"sent_at"`
	}
	type row struct {
		parcel
		Status market.OrderStatus `db:"o.status"`
	}
	require.Equal(t, "t.id, t.sent_at, o.status", columns[row]())
	var r row
	to := targets(&r)
	require.Len(t, to, 3)
	*to[0].(*int64), *to[2].(*market.OrderStatus) = 7, market.OrderPaid
	require.EqualValues(t, 7, r.ID)
	require.Equal(t, market.OrderPaid, r.Status)
}

// TestCursors survive the way to the client and back; what is none is refused.
func TestCursors(t *testing.T) {
	t.Parallel()
	c := cursor{Sort: "price", Desc: true, Key: "12.50", ID: 7}
	back, err := parseCursor(c.String())
	require.NoError(t, err)
	require.Equal(t, c, back)
	for _, bad := range []string{"x", "eyJ", "e30=", "%00"} {
		_, err := parseCursor(bad)
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(err), bad)
	}
}

// TestOrders of lists: only what a list allows reaches SQL.
func TestOrders(t *testing.T) {
	t.Parallel()
	allowed := sorts{"price": {"price", "numeric"}}
	o, err := allowed.resolve(market.PageRequest{Sort: "price", Desc: true}, false)
	require.NoError(t, err)
	require.Equal(t, "t.price DESC, t.id DESC", o.by(false))
	require.Equal(t, "t.price ASC, t.id ASC", o.by(true))
	o, err = allowed.resolve(market.PageRequest{}, false)
	require.NoError(t, err)
	require.Equal(t, "t.id DESC", o.by(false), "newest first")
	o, err = allowed.resolve(market.PageRequest{}, true)
	require.NoError(t, err)
	require.Equal(t, "t.id ASC", o.by(false))
	for _, field := range []string{"password", "price; DROP TABLE orders", "PRICE"} {
		_, err = allowed.resolve(market.PageRequest{Sort: field}, false)
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(err), field)
	}

	cursor := cursor{Sort: "price", Key: "12.50", ID: 7}.String()
	o, err = allowed.resolve(market.PageRequest{Cursor: cursor}, false)
	require.NoError(t, err)
	args := []any{"first"}
	require.Equal(t, " AND (t.price, t.id) > ($2::text::numeric, $3)", o.seek(&args))
	require.Equal(t, []any{"first", "12.50", int64(7)}, args)
	several := market.PageRequest{Sort: "price", Then: []market.SortField{{Field: "name", Desc: true},
		{Field: "price"}}}
	allowed["name"] = sortColumn{"name", "varchar"}
	o, err = allowed.resolve(several, false)
	require.NoError(t, err)
	require.Equal(t, "t.price ASC, t.name DESC, t.id DESC", o.by(false), "a field that is named again orders nothing")
	require.Equal(t, "t.price DESC, t.name ASC, t.id ASC", o.by(true))
	several.Then = []market.SortField{{Field: "secret"}}
	_, err = allowed.resolve(several, false)
	require.Equal(t, market.CodeInvalidInput, market.CodeOf(err))
	forged := "eyJzIjoicGFzc3dvcmQifQ" // {"s":"password"}
	_, err = allowed.resolve(market.PageRequest{Cursor: forged}, false)
	require.Equal(t, market.CodeInvalidInput, market.CodeOf(err))
}

// One element more than the page size means that there is a next page.
func TestLists_Pages_AreComplete(t *testing.T) {
	t.Parallel()
	elements := []element[int]{
		{value: 1, keys: []string{"a"}, id: 1}, {value: 2, keys: []string{"b"}, id: 2},
		{value: 3, keys: []string{"c"}, id: 3},
	}
	byName, err := sorts{"name": {"name", "varchar"}}.resolve(market.PageRequest{Sort: "name"}, false)
	require.NoError(t, err)
	p := result(market.PageRequest{Size: 2}, byName, elements, 5, false)
	require.Equal(t, []int{1, 2}, p.Content)
	require.Equal(t, 1, p.CurrentPage)
	require.EqualValues(t, 3, p.TotalPages)
	require.False(t, p.IsLast)
	next, err := parseCursor(*p.NextCursor)
	require.NoError(t, err)
	require.Equal(t, cursor{Sort: "name", Key: "b", ID: 2}, next)

	p = result(market.PageRequest{Size: 3}, ordering{after: &next}, elements, 3, true)
	require.True(t, p.IsLast)
	require.Nil(t, p.NextCursor)
	require.Zero(t, p.CurrentPage, "behind a cursor nobody counts pages")
	require.NotNil(t, result(market.PageRequest{Size: 1}, ordering{}, []element[int](nil), 0, false).Content,
		"empty, not null")
}
