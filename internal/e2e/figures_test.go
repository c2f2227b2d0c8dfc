package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

func TestDashboard(t *testing.T) {
	t.Parallel()
	r := start(t)
	one, two, admin := r.seller(t), r.seller(t), r.staff(t)
	p, q := r.product(t, one.id, 1_003_00, 100), r.product(t, two.id, 500_00, 100)
	require.EqualValues(t, 0, one.get(t, "/seller/dashboard").field("totalSales"),
		"a day on which nothing has happened")
	b := r.buyers(t, 1)[0]
	order, items := r.paidOrder(t, b, line{p.ID, 3}, line{q.ID, 1})
	paid := time.Now()
	testrig.Eventually(t, func() bool { return one.get(t, "/seller/dashboard").field("totalSales") == 3009.0 },
		20*time.Second, 20*time.Millisecond, "without a request to refresh, although the day without sales is cached")
	t.Logf("right after %s", time.Since(paid))
	d := one.get(t, "/seller/dashboard")
	require.Equal(t, market.DayOf(time.Now()).String(), d.field("statDate"))
	require.EqualValues(t, 1, d.field("totalOrders"))
	require.EqualValues(t, 3, d.field("totalProductsSold"))
	require.EqualValues(t, 150, d.field("feeAmount"), "in whole won, as in the ledger")
	require.EqualValues(t, 2859, d.field("settlementAmount"))
	etag := d.header.Get("ETag")
	again := one.get(t, "/seller/dashboard", "If-None-Match", etag)
	require.Equal(t, 304, again.Status)
	require.Equal(t, "no-store", again.header.Get("Cache-Control"))
	require.Contains(t, again.header.Values("Vary"), "Authorization")

	// Two refunds of one day: the second does not undo the first's figures.
	for range 2 {
		id := b.post(t, refundsOf(order), pieces(items[0], 1)).id("refundId")
		require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
	}
	testrig.Eventually(t, func() bool {
		d = one.post(t, "/seller/dashboard/refresh", nil)
		return d.field("totalRefunds") == 2.0
	}, 20*time.Second, 20*time.Millisecond,
		"as soon as no transaction on the whole server is older, those of other tests included")
	require.Equal(t, 200, d.Status)
	require.EqualValues(t, 2006, d.field("refundAmount"))
	require.InDelta(t, 1003.0, d.field("feeAmount").(float64)+d.field("settlementAmount").(float64), 0.001)
	require.EqualValues(t, 500, two.post(t, "/seller/dashboard/refresh", nil).field("totalSales"))

	require.Equal(t, "404 STATISTICS_NOT_FOUND",
		statusCode(one.get(t, "/seller/statistics/daily/"+market.DayOf(time.Now()).String())))
	require.Equal(t, "400 INVALID_INPUT", statusCode(one.get(t, "/seller/statistics/daily/20250410")))
	a := one.get(t, "/seller/statistics/summary")
	require.Equal(t, "200 READ_SUCCESS", statusCode(a))
	require.JSONEq(t, "null", string(a.Data))
	for _, q := range []string{"?from=x", "?to=2025-13-01", "?from=2025-02-02&to=2025-02-01", "?groupBy=year"} {
		require.Equal(t, "400 INVALID_INPUT", statusCode(one.get(t, "/seller/statistics/summary"+q)), q)
	}
	require.Equal(t, 200, one.get(t, "/seller/statistics/products?size=5").Status)
	require.Equal(t, "400 INVALID_INPUT", statusCode(one.get(t, "/seller/statistics/products?size=0")))
	r.verify(t)
}
