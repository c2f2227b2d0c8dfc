package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// ofOne matches a route that reads one thing, or a list of what belongs to it, by one id in the path.
var ofOne = regexp.MustCompile(`^GET (/[^{]*)\{(\w+Id)\}(/[a-z-]+)?$`)

// detailsOtherwise are such routes that answer in another way: what is public, subscriptions, which are named by the
// product, files, and routes of the original contract that answer a stranger with 403.
var detailsOtherwise = []string{
	"GET /products/{productId}", "GET /products/{productId}/images", "GET /products/{productId}/seller",
	"GET /restock-subscriptions/me/{productId}",
	"GET /seller/settlements/{settlementId}/statement", "GET /seller/products/{productId}/stock-movements",
	"GET /seller/products/{productId}/images", "GET /admin/settlements/{settlementId}/statement",
}

// It asks for every detail as its owner, as a stranger of the same
// role, and for an id that does not exist.
func TestDetails_OwnerStrangerAndMissingId_AreAnsweredApart(t *testing.T) {
	t.Parallel()
	r := start(t)
	buyer, seller, staff := r.buyers(t, 1)[0], r.seller(t), r.staff(t)
	ids := r.belongings(t, buyer, seller)
	ids["disputeId"] = r.anyDispute(t)
	batch, err := r.store.CreateBatch(t.Context(), market.NewBatch{
		Action: market.BatchSignal, Query: "WorkflowId = 'none'", Reason: "r", PerSecond: 1, AdminID: staff.id,
		Request: "r",
	})
	require.NoError(t, err)
	ids["batchId"] = batch
	left := r.seller(t)
	require.NoError(t, r.store.WithdrawSeller(t.Context(), left.id))
	made := staff.post(t, "/admin/webhooks", hooks)
	require.Equal(t, 201, made.Status, made)
	stranger, rival := r.buyers(t, 1)[0], r.seller(t)
	tried := 0
	for _, route := range allRoutes(t) {
		m := ofOne.FindStringSubmatch(route)
		if m == nil || slices.Contains(detailsOtherwise, route) {
			continue
		}
		id := ids[m[2]]
		owner, other := buyer.caller, stranger.caller
		switch {
		case strings.HasPrefix(m[1], "/admin/webhooks/"):
			owner, other, id = staff.caller, nil, made.id("endpointId")
		case strings.HasPrefix(m[1], "/admin/withdrawn-sellers/"):
			owner, other, id = staff.caller, nil, left.id
		case strings.HasPrefix(m[1], "/admin/"):
			owner, other = staff.caller, nil
		case strings.HasPrefix(m[1], "/seller/"):
			owner, other = seller.caller, rival.caller
		}
		require.NotZero(t, id, "the test has no id for %s", route)
		tried++
		path := fmt.Sprintf("%s%d%s", m[1], id, m[3])
		own := owner.get(t, path)
		require.Equal(t, 200, own.Status, "%s: %s", route, own)
		if m[3] == "" {
			shown := own.id(m[2])
			if shown == 0 {
				shown = own.id("id")
			}
			require.Equal(t, id, shown, "%s: %s", route, own)
		}
		missing := owner.get(t, fmt.Sprintf("%s%d%s", m[1], int64(1)<<40, m[3]))
		require.Equal(t, 404, missing.Status, "%s: %s", route, missing)
		if other != nil {
			refused := other.get(t, path)
			require.Equal(t, 404, refused.Status, "%s: %s", route, refused)
			require.Equal(t, missing.Code, refused.Code, "%s: a stranger must not learn that it exists", route)
		}
	}
	require.Greater(t, tried, 20)
}

// successOf returns the schema of the data of an operation's answer, or nil.
func successOf(operation *openapi3.Operation) *openapi3.Schema {
	response := operation.Responses.Value("200")
	if response == nil || response.Value.Content["application/json"] == nil {
		return nil
	}
	return property(response.Value.Content["application/json"].Schema.Value, "data")
}

// property returns the schema of a property of an object, also of one that is composed of others; nil for none.
func property(s *openapi3.Schema, name string) *openapi3.Schema {
	if p := s.Properties[name]; p != nil {
		return p.Value
	}
	for _, part := range s.AllOf {
		if p := property(part.Value, name); p != nil {
			return p
		}
	}
	return nil
}

// listsWithStatus returns the lists whose elements have a status, with the values of the filter by it; nil for none.
func listsWithStatus(t *testing.T) map[string][]any {
	t.Helper()
	doc, err := document()
	require.NoError(t, err)
	lists := map[string][]any{}
	for path, item := range doc.Paths.Map() {
		if item.Get == nil {
			continue
		}
		data := successOf(item.Get)
		if data == nil {
			continue
		}
		content := property(data, "content")
		if content == nil || content.Items == nil || property(content.Items.Value, "status") == nil {
			continue
		}
		lists[path] = nil
		if p := item.Get.Parameters.GetByInAndName("query", "status"); p != nil {
			lists[path] = p.Schema.Value.Enum
		}
	}
	return lists
}

// unfiltered are the public list, of products that are all on sale, and lists of messages to buyers, whose status is
// that of what they are about.
var unfiltered = []string{"/products", "/order-notifications/me", "/restock-subscriptions/me"}

// It asks every list whose elements have a status for each of its values, and for
// one that does not exist.
func TestLists_WithAStatus_CanBeFilteredByIt(t *testing.T) {
	t.Parallel()
	r := start(t)
	buyer, seller, staff := r.buyers(t, 1)[0], r.seller(t), r.staff(t)
	ids := r.belongings(t, buyer, seller)
	shown := 0
	lists := listsWithStatus(t)
	require.Greater(t, len(lists), 15)
	paths := make([]string, 0, len(lists))
	for path := range lists {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		if slices.Contains(unfiltered, path) {
			continue
		}
		require.NotEmpty(t, lists[path], "%s has no filter by status", path)
		target := path
		for name, id := range ids {
			target = strings.ReplaceAll(target, "{"+name+"}", fmt.Sprint(id))
		}
		c := buyer.caller
		switch {
		case strings.HasPrefix(path, "/admin/webhooks/"):
			endpoint := staff.post(t, "/admin/webhooks", hooks).id("endpointId")
			target = strings.ReplaceAll(path, "{endpointId}", fmt.Sprint(endpoint))
			c = staff.caller
		case strings.HasPrefix(path, "/admin/"):
			c = staff.caller
		case strings.HasPrefix(path, "/seller/"):
			c = seller.caller
		}
		all := c.get(t, target+"?size=100").id("totalElements")
		var sum int64
		for _, status := range lists[path] {
			for _, sort := range []string{"", "&sort=id,desc"} {
				a := c.get(t, fmt.Sprintf("%s?size=100&status=%s%s", target, status, sort))
				require.Equal(t, 200, a.Status, "%s of %s: %s", path, status, a)
				var page market.Page[struct{ Status string }]
				require.NoError(t, json.Unmarshal(a.Data, &page))
				for _, e := range page.Content {
					require.Equal(t, status, e.Status, path)
				}
				if sort == "" {
					sum += page.TotalElements
				}
			}
		}
		if path != "/admin/staff" { // which shows itself
			require.Equal(t, all, sum, "%s: each element has one of the states", path)
		}
		if all > 0 {
			shown++
		}
		bad := c.get(t, target+"?status=NOPE")
		require.Equal(t, "400 INVALID_INPUT", statusCode(bad), path)
		require.Contains(t, string(bad.raw), `"field":"status"`, path)
	}
	require.Greater(t, shown, 12, "lists that are not empty")
}

// TestEmptyCart_Twice_AnswersWithTheEmptyCart also while there is nothing to remove, and leaves other carts alone.
func TestEmptyCart_Twice_AnswersWithTheEmptyCart(t *testing.T) {
	t.Parallel()
	r := start(t)
	people, seller := r.buyers(t, 2), r.seller(t)
	p, other := r.product(t, seller.id, 100_00, 10), r.product(t, seller.id, 200_00, 10)
	for _, b := range people {
		r.fill(t, b.id, p.ID, 2)
		r.fill(t, b.id, other.ID, 1)
	}
	for range 2 {
		a := people[0].delete(t, "/carts")
		require.Equal(t, "200 DELETE_SUCCESS", statusCode(a))
		var cart market.Cart
		require.NoError(t, json.Unmarshal(a.Data, &cart))
		require.Equal(t, people[0].id, cart.BuyerID)
		require.Zero(t, cart.Items.TotalElements)
		require.Empty(t, cart.Items.Content)
	}
	require.Equal(t, 2, r.count(t, "SELECT count(*) FROM cart_items i JOIN carts c ON c.id = i.cart_id WHERE c.buyer_id = $1",
		people[1].id))
	require.Equal(t, 403, seller.delete(t, "/carts").Status)
}

// TestSellerRefund_OfTwoSellers_ShowsEachItsOwnLines only.
func TestSellerRefund_OfTwoSellers_ShowsEachItsOwnLines(t *testing.T) {
	t.Parallel()
	r := start(t)
	b, one, two := r.buyers(t, 1)[0], r.seller(t), r.seller(t)
	cheap, dear := r.product(t, one.id, 1_000_00, 10), r.product(t, two.id, 5_000_00, 10)
	order, _ := r.paidOrder(t, b, line{cheap.ID, 2}, line{dear.ID, 1})
	refund := b.post(t, refundsOf(order), whole)
	require.Equal(t, 201, refund.Status, refund)
	for seller, p := range map[*person]market.Product{one: cheap, two: dear} {
		a := seller.get(t, fmt.Sprintf("/seller/refunds/%d", refund.id("refundId")))
		require.Equal(t, 200, a.Status, a)
		var d market.SellerRefundDetail
		require.NoError(t, json.Unmarshal(a.Data, &d))
		require.Len(t, d.Items, 1)
		require.Equal(t, p.Name, d.Items[0].ProductName)
		require.Equal(t, d.Items[0].Amount, d.Amount)
		require.Nil(t, d.Commission, "it waits for a decision")
		require.Equal(t, market.RefundPending, d.Status)
		list := seller.get(t, "/seller/refunds")
		require.EqualValues(t, 1, list.id("totalElements"), list)
	}
}

// It holds the lists of an order against another one.
func TestOrderPaymentsAndRefunds_OfOneOfTwoOrders_AreThatOrdersOnly(t *testing.T) {
	t.Parallel()
	r := start(t)
	b, seller := r.buyers(t, 1)[0], r.seller(t)
	p := r.product(t, seller.id, 1_000_00, 10)
	order, items := r.paidOrder(t, b, line{p.ID, 2})
	_, _ = r.paidOrder(t, b, line{p.ID, 1})
	refund := b.post(t, refundsOf(order), pieces(items[0], 1))
	require.Equal(t, 201, refund.Status, refund)
	var payments market.Page[market.Payment]
	a := b.get(t, fmt.Sprintf("/orders/%d/payments", order))
	require.NoError(t, json.Unmarshal(a.Data, &payments))
	require.Len(t, payments.Content, 1)
	require.Equal(t, order, payments.Content[0].OrderID)
	var refunds market.Page[market.Refund]
	a = b.get(t, fmt.Sprintf("/orders/%d/refunds", order))
	require.NoError(t, json.Unmarshal(a.Data, &refunds))
	require.Len(t, refunds.Content, 1)
	require.Equal(t, refund.id("refundId"), refunds.Content[0].ID)
	require.Equal(t, http.StatusOK, b.get(t, fmt.Sprintf("/orders/%d/refunds?status=DENIED", order)).Status)
}

// It filters the payments of staff by order and its settlements by seller.
func TestAdminLists_OfOneOrderOrSeller_ShowNoOthers(t *testing.T) {
	t.Parallel()
	r := start(t)
	b, one, two, staff := r.buyers(t, 1)[0], r.seller(t), r.seller(t), r.staff(t)
	p := r.product(t, one.id, 1_000_00, 10)
	order, _ := r.paidOrder(t, b, line{p.ID, 1})
	_, _ = r.paidOrder(t, b, line{p.ID, 1})
	var payments market.Page[market.AdminPayment]
	a := staff.get(t, fmt.Sprintf("/admin/payments?orderId=%d", order))
	require.NoError(t, json.Unmarshal(a.Data, &payments))
	require.Len(t, payments.Content, 1, a)
	require.Equal(t, b.id, payments.Content[0].BuyerID)
	require.EqualValues(t, 2, staff.get(t, "/admin/payments").id("totalElements"))
	r.payoutByHand(t, one.id, "one")
	r.payoutByHand(t, two.id, "two")
	require.EqualValues(t, 2, staff.get(t, "/admin/settlements").id("totalElements"))
	require.EqualValues(t, 1, staff.get(t, fmt.Sprintf("/admin/settlements?sellerId=%d", one.id)).id("totalElements"))
	for _, path := range []string{"/admin/settlements?sellerId=0", "/admin/payments?orderId=x"} {
		require.Equal(t, "400 INVALID_INPUT", statusCode(staff.get(t, path)), path)
	}
	require.EqualValues(t, 1, one.get(t, "/seller/payouts").id("totalElements"))
}

// It filters the public list.
func TestProducts_OfACategory_ShowsNoOthers(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	first := r.product(t, seller.id, 1_000_00, 1)
	other, err := r.store.CreateCategory(t.Context(), "가구", 2)
	require.NoError(t, err)
	second := r.product(t, seller.id, 1_000_00, 1)
	moved := seller.put(t, fmt.Sprintf("/seller/products/%d", second.ID), map[string]int64{"categoryId": other.ID})
	require.Equal(t, 200, moved.Status, moved)
	anybody := &caller{base: r.api}
	for category, want := range map[int64]int64{first.CategoryID: first.ID, other.ID: second.ID} {
		page := decode[market.Page[market.Product]](t, anybody.get(t, fmt.Sprintf("/products?categoryId=%d", category)))
		require.Len(t, page.Content, 1)
		require.Equal(t, want, page.Content[0].ID)
	}
	require.Zero(t, anybody.get(t, "/products?categoryId=999999").id("totalElements"))
	require.Equal(t, 200, anybody.get(t, fmt.Sprintf("/products?categoryId=%d&sort=createdAt", other.ID)).Status)
	for _, bad := range []string{"categoryId=x", "categoryId=0", "categoryId=1&sort=name"} {
		require.Equal(t, "400 INVALID_INPUT", statusCode(anybody.get(t, "/products?"+bad)), bad)
	}
}

// It shows the payout account by permission.
func TestAdminSeller_StaffWithoutPayouts_SeesNoBankAccount(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	path := fmt.Sprintf("/admin/sellers/%d", seller.id)
	a := r.member(t, market.StaffFinance).get(t, path)
	require.Equal(t, 200, a.Status, a)
	require.Contains(t, string(a.Data), `"bankAccountEnd":`)
	a = r.member(t, market.StaffCatalogue).get(t, path)
	require.Equal(t, 200, a.Status, a)
	require.Nil(t, a.field("payoutAccount"))
	require.NotContains(t, string(a.raw), "KOOKMIN")
}
