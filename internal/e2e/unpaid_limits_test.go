package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// unpaidLimits are limits of orders, pieces and pieces of a product alike.
func unpaidLimits(verified, unverified int) map[string]any {
	all := func(n int) map[string]int { return map[string]int{"orders": n, "pieces": n, "piecesOfProduct": n} }
	return map[string]any{"verified": all(verified), "unverified": all(unverified)}
}

// Staff changes what buyers may hold without paying, and a buyer who would hold
// more is refused until an order has ended.
func TestUnpaidLimits(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin, b, p := r.staff(t), r.buyers(t, 1)[0], r.product(t, r.seller(t).id, 100, 500)

	require.JSONEq(t, `{"verified":{"orders":30,"pieces":500,"piecesOfProduct":100},
		"unverified":{"orders":10,"pieces":100,"piecesOfProduct":20}}`,
		without(t, admin.get(t, "/admin/unpaid-limits"), "adminId", "createdAt"))
	a := b.post(t, "/orders", b.order(r.fill(t, b.id, p.ID, 500)))
	require.Equal(t, "409 TOO_MANY_UNPAID_PIECES", statusCode(a), "one buyer does not take all pieces")
	require.EqualValues(t, 500, r.stock(t, p.ID))

	for name, wrong := range map[string]map[string]any{
		"nothing": {}, "zero": unpaidLimits(5, 0), "more for unverified buyers": unpaidLimits(5, 6),
	} {
		require.Equal(t, "400 INVALID_INPUT", statusCode(admin.put(t, "/admin/unpaid-limits", wrong)), name)
	}
	set := admin.put(t, "/admin/unpaid-limits", unpaidLimits(2, 1))
	require.Equal(t, 200, set.Status, set)
	require.EqualValues(t, admin.id, set.field("adminId"))

	p = r.product(t, p.SellerID, 100, 5)
	first := r.placeOrder(t, b, p.ID)
	again := b.order(r.fill(t, b.id, p.ID, 1))
	require.Equal(t, "409 TOO_MANY_UNPAID_ORDERS", statusCode(b.post(t, "/orders", again)))
	require.Equal(t, 200, b.post(t, cancelPath(first), nil).Status)
	require.Equal(t, 201, b.post(t, "/orders", again).Status)
}
