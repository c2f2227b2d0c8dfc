package store_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

func TestOrderWritten_OnlyWritesToOrders_AreNoted(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	var written atomic.Int64
	watched, err := store.Open(ctx, s.Pool().Config().ConnString(),
		store.Options{MaxConns: 4, OrderWritten: func() { written.Add(1) }})
	require.NoError(t, err)
	defer watched.Close()
	order := s.Place(t, "stamped", s.ProductIDs[0])
	stamp := func() string {
		stamps, err := watched.OrderStamps(ctx, []int64{order, 1 << 40})
		require.NoError(t, err)
		require.Len(t, stamps, 1)
		return stamps[order]
	}
	before := stamp()
	_, err = watched.OrderPayment(ctx, order)
	require.Equal(t, market.CodePaymentNotFound, market.CodeOf(err))
	_, err = watched.CreateAddress(ctx, market.BuyerID(s.BuyerID), market.AddressInput{
		Recipient: "r", Phone: "p", Detail: "d",
	})
	require.NoError(t, err)
	_, err = watched.Pool().Exec(ctx, "UPDATE orders SET updated_at = now() WHERE id = $1", -order)
	require.NoError(t, err)
	require.Zero(t, written.Load(), "no row was written")
	require.Equal(t, before, stamp())

	for i, write := range []string{
		"UPDATE order_items SET updated_at = now() WHERE order_id = $1",
		`INSERT INTO payments (order_id, amount, method, provider, merchant_uid)
			SELECT id, total_amount, 'MOCK', 'MOCK', 'm' FROM orders WHERE id = $1`,
		"UPDATE payments SET version = version + 1 WHERE order_id = $1",
	} {
		tx, err := watched.Pool().Begin(ctx)
		require.NoError(t, err)
		defer func() { _ = tx.Rollback(ctx) }() // of a failed test
		_, err = tx.Exec(ctx, write, order)
		require.NoError(t, err)
		require.EqualValues(t, i, written.Load(), "it is not committed: %s", write)
		require.NoError(t, tx.Commit(ctx))
		require.EqualValues(t, i+1, written.Load(), write)
		require.NotEqual(t, before, stamp(), write)
		before = stamp()
	}
	require.NoError(t, watched.SetOrderStatus(ctx, order, market.OrderFailed, nil))
	require.Greater(t, written.Load(), int64(3))
	require.NotEqual(t, before, stamp())
}
