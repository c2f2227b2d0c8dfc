package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// stocked is a marketplace in which every list has two elements or more.
type stocked struct {
	*rig
	buyer, seller, staff *person
	ids                  map[string]int64 // for the names in paths
	ownEndpoint          int64            // of the marketplace
}

func newStocked(t *testing.T) *stocked {
	t.Helper()
	r := start(t)
	s := &stocked{rig: r, buyer: r.buyers(t, 2)[0], seller: r.seller(t), staff: r.staff(t)}
	_, _ = r.seller(t), r.staff(t)
	s.ids = r.belongings(t, s.buyer, s.seller)
	order, product := s.ids["orderId"], s.ids["productId"]
	item := s.ids["orderItemId"]
	require.Equal(t, 201, s.buyer.post(t, refundsOf(order), pieces(item, 1)).Status)
	_, _ = r.paidOrder(t, s.buyer, line{product, 1})
	for range 2 {
		p := r.product(t, s.seller.id, 1_000_00, 0)
		require.Equal(t, 201, s.buyer.post(t, "/restock-subscriptions", map[string]int64{"productId": p.ID}).Status)
		s.ids["soldOutId"] = p.ID
		s.ids["disputeId"] = r.anyDispute(t)
	}
	r.fill(t, s.buyer.id, product, 1)
	r.fill(t, s.buyer.id, r.product(t, s.seller.id, 1_000_00, 10).ID, 1)
	require.Equal(t, 201, s.seller.post(t, "/seller/webhooks", hooks).Status)
	for i := range 2 {
		made := s.staff.post(t, "/admin/webhooks", hooks)
		require.Equal(t, 201, made.Status, made)
		s.ownEndpoint = made.id("endpointId")
		posted := s.staff.post(t, "/admin/adjustments", credit(s.seller.id, 1, "r"))
		require.Equal(t, 201, posted.Status, posted)
		batch, err := r.store.CreateBatch(t.Context(), market.NewBatch{
			Action: market.BatchSignal, Query: "WorkflowId = 'none'", Reason: "r", PerSecond: 1, AdminID: s.staff.id,
			Request: fmt.Sprint(i),
		})
		require.NoError(t, err)
		s.ids["batchId"] = batch
	}
	left := r.seller(t)
	require.NoError(t, r.store.WithdrawSeller(t.Context(), left.id))
	s.ids["withdrawnId"] = left.id
	insert := func(query string, args ...any) {
		t.Helper()
		_, err := r.store.Pool().Exec(t.Context(), query, args...)
		require.NoError(t, err)
	}
	insert(`INSERT INTO payments (order_id, amount, method, provider, status, failure_code, merchant_uid)
		SELECT order_id, amount, method, provider, 'FAILED', 'DECLINED', merchant_uid || '-2' FROM payments WHERE order_id = $1`, order)
	insert(`INSERT INTO settlements (seller_id, amount, payable, fee, period_start, period_end, status, type)
		VALUES ($1, 0, 0, 0, '2026-02-01', '2026-02-15', 'COMPLETED', 'MID')`, s.seller.id)
	insert(`INSERT INTO payouts (seller_id, settlement_id, amount, fee, payout_key)
		SELECT seller_id, id, 100, 0, 'stocked' FROM settlements WHERE period_start = '2026-02-01'`)
	insert(`INSERT INTO seller_daily_statistics (seller_id, stat_date, total_orders, total_items, total_sales, total_refunds,
		refund_amount, net_sales) VALUES ($1, '2026-01-01', 0, 0, 0, 0, 0, 0)`, s.seller.id)
	insert(`INSERT INTO order_status_update_notifications (user_id, order_id, status, message)
		SELECT $1, $2, 'SHIPPED', 'm' FROM generate_series(1, 2)`, s.buyer.id, order)
	insert(`INSERT INTO restock_notifications (user_id, product_id, message, restock_id)
		SELECT $1, $2, 'm', n FROM generate_series(1, 2) n`, s.buyer.id, product)
	for _, endpoint := range []int64{s.ids["endpointId"], s.ownEndpoint} {
		insert(`INSERT INTO webhook_messages (endpoint_id, entry_id, event, happened_at, payload, status)
			SELECT $1, n, 'order.paid', now(), '{}', 'DELIVERED' FROM generate_series(1, 2) n`, endpoint)
	}
	insert(`INSERT INTO reconciliation_breaks (provider, merchant_uid, class, amount, detail, heals, day)
		SELECT 'PORTONE', 'unknown-' || n, 'AMOUNT', 1, '', false, '2026-01-01' FROM generate_series(1, 2) n`)
	insert(`INSERT INTO provider_settlement_files (provider, name)
		SELECT 'PORTONE', 'file-' || n FROM generate_series(1, 2) n`)
	policy := refundPolicy(0, nil)
	policy["fourEyes"] = true
	require.Equal(t, 200, s.staff.put(t, "/admin/refund-policy", policy).Status)
	require.Equal(t, 202, s.staff.put(t, "/admin/refund-policy", refundPolicy(5_000, nil)).Status)
	require.Equal(t, 202, s.staff.post(t, "/admin/adjustments", credit(s.seller.id, 1, "r")).Status)
	return s
}

// at returns a path of the document with ids in it, and who reads what is there.
func (s *stocked) at(t *testing.T, path string) (string, *caller) {
	t.Helper()
	ids, c := s.ids, s.buyer.caller
	switch {
	case strings.HasPrefix(path, "/admin/webhooks/"):
		ids, c = map[string]int64{"endpointId": s.ownEndpoint}, s.staff.caller
	case strings.HasPrefix(path, "/admin/withdrawn-sellers/"):
		ids, c = map[string]int64{"sellerId": s.ids["withdrawnId"]}, s.staff.caller
	case strings.HasPrefix(path, "/restock-subscriptions/"):
		ids = map[string]int64{"productId": s.ids["soldOutId"]}
	case strings.HasPrefix(path, "/admin/"):
		c = s.staff.caller
	case strings.HasPrefix(path, "/seller"):
		c = s.seller.caller
	}
	for name, id := range ids {
		path = strings.ReplaceAll(path, "{"+name+"}", fmt.Sprint(id))
	}
	path = strings.ReplaceAll(path, "{date}", "2026-01-01")
	require.NotContains(t, path, "{", "the test has no id for it")
	return path, c
}

// It reads each list as it comes, for the order in which its
// cursor goes on, and sorted by a field that no list has, whose refusal names those that there are.
func TestLists_WithoutParameters_HaveTheDocumentedSizeAndOrder(t *testing.T) {
	t.Parallel()
	doc, err := document()
	require.NoError(t, err)
	s, lists := newStocked(t), 0
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			sort := operation.Parameters.GetByInAndName("query", "sort")
			if sort == nil {
				continue
			}
			size := operation.Parameters.GetByInAndName("query", "size")
			if method != http.MethodGet { // it answers with the cart
				cart := doc.Paths.Value("/carts").Get.Parameters
				require.Same(t, cart.GetByInAndName("query", "sort"), sort, "%s %s", method, path)
				require.Same(t, cart.GetByInAndName("query", "size"), size, "%s %s", method, path)
				continue
			}
			lists++
			target, c := s.at(t, path)
			list := func(query string) (page market.Page[json.RawMessage]) {
				a := c.get(t, target+query)
				require.Equal(t, 200, a.Status, "%s%s: %s", path, query, a)
				data := a.Data
				if path == "/carts" {
					data, err = json.Marshal(a.field("items"))
					require.NoError(t, err)
				}
				require.NoError(t, json.Unmarshal(data, &page))
				return page
			}
			require.EqualValues(t, size.Schema.Value.Default, list("").Size, "the size of %s", path)
			first := list("?size=1")
			require.NotNil(t, first.NextCursor, "%s has two elements", path)
			raw, err := base64.RawURLEncoding.DecodeString(*first.NextCursor)
			require.NoError(t, err)
			var order struct {
				Sort string `json:"s"`
				Desc bool   `json:"d"`
			}
			require.NoError(t, json.Unmarshal(raw, &order))
			direction := map[bool]string{false: "asc", true: "desc"}[order.Desc]
			require.Equal(t, []any{order.Sort + "," + direction}, sort.Schema.Value.Default, "the order of %s", path)
			a := c.get(t, target+"?sort=nothing", "Accept-Language", "en")
			require.Equal(t, 400, a.Status, path)
			_, fields, _ := strings.Cut(a.Message, "Use one of: ")
			require.Equal(t, strings.Split(fields, ", "), texts(sort.Extensions["x-sort-fields"]), "the fields of %s",
				path)
		}
	}
	require.Greater(t, lists, 35)
}

// texts returns the elements of a list in an extension of the document.
func texts(extension any) (all []string) {
	list, _ := extension.([]any)
	for _, e := range list {
		all = append(all, fmt.Sprint(e))
	}
	return all
}

// It sends an If-None-Match that matches any ETag to each GET of the
// document.
func TestDocument_NotModified_IsListedWhereItIsAnswered(t *testing.T) {
	t.Parallel()
	doc, err := document()
	require.NoError(t, err)
	s := newStocked(t)
	answered := 0
	for path, item := range doc.Paths.Map() {
		if item.Get == nil || item.Get.Responses.Value("200").Value.Content["application/json"] == nil {
			continue // a file
		}
		target, c := s.at(t, path)
		if path == "/admin/workflow-runs" {
			target += "?type=RefundApproval&status=Terminated"
		}
		if strings.HasSuffix(path, "/statement") {
			target += "?format=json"
		}
		a := c.get(t, target, "If-None-Match", "*")
		require.Contains(t, []int{http.StatusOK, http.StatusNotModified}, a.Status, "%s: %s", path, a)
		if a.Status == http.StatusNotModified {
			answered++
		}
		listed := item.Get.Responses.Value("304") != nil
		require.Equal(t, a.Status == http.StatusNotModified, listed, "the answer 304 of %s", path)
	}
	require.GreaterOrEqual(t, answered, 6)
}
