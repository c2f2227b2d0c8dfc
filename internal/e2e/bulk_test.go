package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

type bulkLine struct {
	Line                   int
	Outcome                string
	Code, Message          *string
	OrderItemID, ProductID *int64
	ProductName            *string
}

// outcomes returns the outcomes of lines with their codes, such as "1 DONE" or "2 REFUSED ORDER_ITEM_NOT_FOUND".
func outcomes(lines []bulkLine) (all []string) {
	for _, l := range lines {
		text := fmt.Sprint(l.Line, " ", l.Outcome)
		if l.Code != nil {
			text += " " + *l.Code
		}
		all = append(all, text)
	}
	return all
}

// It sends several shipments as JSON and as a file, and previews them.
func TestShipments_SomeCannotBeShipped_OthersAre(t *testing.T) {
	t.Parallel()
	r := start(t)
	b, seller, rival := r.buyers(t, 1)[0], r.seller(t), r.seller(t)
	p, theirs := r.product(t, seller.id, 1_000_00, 100), r.product(t, rival.id, 1_000_00, 100)
	_, items := r.paidOrder(t, b, line{p.ID, 2}, line{theirs.ID, 1})
	_, more := r.paidOrder(t, b, line{p.ID, 1})
	own, foreign := items[0], items[1]
	if r.count(t, "SELECT seller_id FROM order_items WHERE id = $1", own) != int(seller.id) {
		own, foreign = foreign, own
	}
	list := func(ids ...int64) map[string]any {
		var all []map[string]any
		for _, id := range ids {
			all = append(all, map[string]any{"orderItemId": id, "carrier": "CJ",
				"trackingNumber": fmt.Sprint("00", id)})
		}
		return map[string]any{"shipments": all}
	}
	want := func(done string) []string {
		return []string{
			"1 " + done, "2 REFUSED ORDER_ITEM_NOT_FOUND", "3 REFUSED ORDER_ITEM_NOT_FOUND", "4 REFUSED INVALID_INPUT",
		}
	}
	preview := seller.post(t, "/seller/shipments/preview", list(own, foreign, 999999, own))
	lines := decode[[]bulkLine](t, preview)
	require.Equal(t, want("READY"), outcomes(lines))
	require.Equal(t, p.Name, *lines[0].ProductName)
	require.NotContains(t, string(preview.raw), theirs.Name)
	require.Zero(t, r.count(t, "SELECT count(*) FROM order_items WHERE shipped_at IS NOT NULL"))

	shipped := seller.post(t, "/seller/shipments", list(own, foreign, 999999, own))
	require.Equal(t, want("DONE"), outcomes(decode[[]bulkLine](t, shipped)))
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM order_items WHERE shipped_at IS NOT NULL"))
	require.Equal(t, want("UNCHANGED"),
		outcomes(decode[[]bulkLine](t, seller.post(t, "/seller/shipments", list(own, foreign, 999999, own)))))
	require.Equal(t, []string{"1 UNCHANGED"},
		outcomes(decode[[]bulkLine](t, seller.post(t, "/seller/shipments/preview", list(own)))))

	v := visitor{base: r.api, token: seller.token}.visit(t, http.MethodGet, "/seller/shipments/template", nil)
	require.Equal(t, "text/csv", v.kind, v.body)
	require.Contains(t, v.body, fmt.Sprint(more[0]))
	file := fmt.Sprintf("택배사,상품주문번호,송장번호\nCJ,%d,=\"000123\"\n,%d,\nCJ,x,1\nCJ,%d,6.00012E+11\n", more[0], own, own)
	a := seller.post(t, "/seller/shipments", file, "Content-Type", "text/csv")
	require.Equal(t, []string{"2 DONE", "3 UNCHANGED", "4 REFUSED INVALID_INPUT", "5 REFUSED INVALID_INPUT"},
		outcomes(decode[[]bulkLine](t, a)))
	require.Equal(t, "000123", r.text(t, "SELECT tracking_number FROM order_items WHERE id = $1", more[0]))

	for field, bad := range map[string]any{
		"shipments": map[string]any{"shipments": []int{}}, "carrier": map[string]any{"shipments": []map[string]any{
			{"orderItemId": own, "carrier": " ", "trackingNumber": "1"},
		}},
	} {
		a := seller.post(t, "/seller/shipments", bad)
		require.Equal(t, "400 INVALID_INPUT", statusCode(a), a)
		require.Contains(t, string(a.raw), field)
	}
	tooMany := list(slices.Repeat([]int64{own}, 1001)...)
	require.Equal(t, "400 INVALID_INPUT", statusCode(seller.post(t, "/seller/shipments", tooMany)))
	require.Equal(t, "413 PAYLOAD_TOO_LARGE",
		statusCode(seller.post(t, "/seller/shipments", strings.Repeat("x", 1<<20+1), "Content-Type", "text/csv")))
	require.Equal(t, "400 INVALID_INPUT",
		statusCode(seller.post(t, "/seller/shipments", "a,b\n1,2\n", "Content-Type", "text/csv")))
	require.Equal(t, 403, b.post(t, "/seller/shipments", list(own)).Status)
	r.verify(t)
}

// It changes prices and stocks as JSON and as a file, and previews them.
func TestOffers_OneCannotBeChanged_NoneOrTheOthersAre(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, rival := r.seller(t), r.seller(t)
	one, two := r.product(t, seller.id, 1_000_00, 5), r.product(t, seller.id, 2_000_00, 5)
	theirs := r.product(t, rival.id, 3_000_00, 5)
	state := func() string {
		return r.text(t, "SELECT string_agg(price || ' ' || stock, ', ' ORDER BY id) FROM products")
	}
	before := state()
	change := func(id int64, price float64, onHand int) map[string]any {
		return map[string]any{"productId": id, "price": price, "onHand": onHand}
	}
	offers := func(all ...map[string]any) map[string]any { return map[string]any{"offers": all} }
	stale := change(two.ID, 2_500, 9)
	stale["expectedStock"] = 4

	preview := seller.post(t, "/seller/offers/preview", offers(change(one.ID, 1_500, 7), change(two.ID, 2_000, 5),
		change(theirs.ID, 1, 1), change(one.ID, 1, 1)))
	require.Equal(t, []string{
		"1 READY", "2 UNCHANGED", "3 REFUSED PRODUCT_NOT_FOUND", "4 REFUSED INVALID_INPUT",
	}, outcomes(decode[[]bulkLine](t, preview)))
	require.Contains(t, string(preview.raw), `"priceBefore":1000.00`)
	require.NotContains(t, string(preview.raw), theirs.Name)

	for _, c := range []struct {
		with map[string]any
		want string
	}{
		{change(theirs.ID, 1, 1), "404 PRODUCT_NOT_FOUND"}, {change(999999, 1, 1), "404 PRODUCT_NOT_FOUND"},
		{stale, "409 DATA_CONFLICT"}, {change(one.ID, 1, 1), "400 INVALID_INPUT"},
	} {
		a := seller.post(t, "/seller/offers", offers(change(one.ID, 1_500, 7), c.with))
		require.Equal(t, c.want, statusCode(a))
		if a.Status != 400 {
			require.Contains(t, a.Message, fmt.Sprint(c.with["productId"]), "the product is named")
		}
		require.Equal(t, before, state(), "nothing is changed")
	}
	a := seller.post(t, "/seller/offers?partial=true", offers(change(one.ID, 1_500, 7), stale, change(theirs.ID, 1, 1)))
	require.Equal(t, []string{"1 DONE", "2 REFUSED DATA_CONFLICT", "3 REFUSED PRODUCT_NOT_FOUND"},
		outcomes(decode[[]bulkLine](t, a)))
	require.Equal(t, "1500.00 7, 2000.00 5, 3000.00 5", state())
	require.EqualValues(t, 1_500, seller.get(t, fmt.Sprintf("/products/%d", one.ID)).field("price"),
		"whatever is cached")

	v := visitor{base: r.api, token: seller.token}.visit(t, http.MethodGet, "/seller/offers/template", nil)
	require.Equal(t, "text/csv", v.kind, v.body)
	again := seller.post(t, "/seller/offers/preview", v.body, "Content-Type", "text/csv")
	require.Equal(t, []string{"2 UNCHANGED", "3 UNCHANGED"}, outcomes(decode[[]bulkLine](t, again)))
	file := fmt.Sprintf("productId,onHand,price\n%d,8,\n%d,,\"2,600\"\n", one.ID, two.ID)
	whole := seller.post(t, "/seller/offers", file, "Content-Type", "application/vnd.ms-excel")
	require.Equal(t, "400 INVALID_INPUT", statusCode(whole))
	require.Contains(t, whole.Message, "3번째 줄: 가격은", "the line that stands in the way")
	none := seller.post(t, "/seller/offers", file, "Content-Type", "application/zip")
	require.Contains(t, none.Message, "text/csv")
	a = seller.post(t, "/seller/offers?partial=true", file, "Content-Type", "text/csv")
	require.Equal(t, []string{"2 DONE", "3 REFUSED INVALID_INPUT"}, outcomes(decode[[]bulkLine](t, a)))
	require.Equal(t, "1500.00 8, 2000.00 5, 3000.00 5", state())
	for _, bad := range []map[string]any{
		offers(), offers(map[string]any{"productId": one.ID}), offers(change(0, 1, 1)), offers(change(one.ID, -1, 1)),
	} {
		require.Equal(t, "400 INVALID_INPUT", statusCode(seller.post(t, "/seller/offers", bad)), bad)
	}
	require.Equal(t, market.ProductOnSale, market.ProductStatus(r.text(t, "SELECT status FROM products WHERE id = $1", one.ID)))
	r.verify(t)
}
