package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// hooks is an endpoint of webhooks, at which nobody listens.
var hooks = map[string]any{"url": "https://example.com/hooks", "events": []string{"order.paid"}}

// belongings are things of one buyer and one seller, by the name that routes give
// to their ids.
type belongings map[string]int64

func (r *rig) belongings(t *testing.T, b, s *person) belongings {
	t.Helper()
	p := r.product(t, s.id, 1_000_00, 100)
	order, items := r.paidOrder(t, b, line{p.ID, 2})
	refund := b.post(t, refundsOf(order), pieces(items[0], 1))
	require.Equal(t, 201, refund.Status, refund)
	sold := r.product(t, s.id, 1_000_00, 0)
	require.Equal(t, 201, b.post(t, "/restock-subscriptions", map[string]int64{"productId": sold.ID}).Status)
	image := s.upload(t, fmt.Sprintf("/seller/products/%d/images", p.ID), pngImage(t))
	made := s.post(t, "/seller/webhooks", hooks)
	require.Equal(t, 201, made.Status, made)
	endpoint := made.id("endpointId")
	paused := s.put(t, fmt.Sprintf("/seller/webhooks/%d", endpoint), map[string]string{"status": "PAUSED"})
	require.Equal(t, 200, paused.Status, paused)
	return belongings{
		"productId": p.ID, "orderId": order, "orderItemId": items[0], "refundId": refund.id("refundId"),
		"addressId": b.addressID, "imageId": image.id("imageId"),
		"paymentId": int64(r.count(t, "SELECT id FROM payments WHERE order_id = $1", order)),
		"settlementId": int64(r.count(t,
			"INSERT INTO settlements (seller_id, amount, payable, fee, period_start, period_end, status, type) VALUES ($1, 0, 0, 0, '2026-01-01', '2026-01-15', 'COMPLETED', 'MID') RETURNING id",
			s.id)),
		"endpointId": endpoint, "messageId": int64(r.count(t,
			`INSERT INTO webhook_messages (endpoint_id, entry_id, event, happened_at, payload, status)
			VALUES ($1, 0, 'order.paid', now(), '{}', 'DELIVERED') RETURNING id`, endpoint)),
		"categoryId": p.CategoryID, "sellerId": s.id, "buyerId": b.id,
	}
}

// snapshot is all that is recorded of a buyer and a seller.
func (r *rig) snapshot(t *testing.T, b, s *person) (state string) {
	t.Helper()
	for _, q := range []string{
		"SELECT * FROM products WHERE seller_id = $2 ORDER BY id",
		"SELECT * FROM product_image WHERE product_id IN (SELECT id FROM products WHERE seller_id = $2) ORDER BY id",
		"SELECT * FROM orders WHERE buyer_id = $1 ORDER BY id", "SELECT * FROM order_items WHERE seller_id = $2 ORDER BY id",
		"SELECT p.* FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.buyer_id = $1 ORDER BY p.id",
		"SELECT * FROM refunds WHERE buyer_id = $1 ORDER BY id", "SELECT * FROM addresses WHERE buyer_id = $1 ORDER BY id",
		"SELECT * FROM restock_subscriptions WHERE user_id = $1 ORDER BY id",
		"SELECT * FROM cart_items WHERE cart_id = (SELECT id FROM carts WHERE buyer_id = $1) ORDER BY id",
		"SELECT id, email, password, name, phone FROM buyers WHERE id = $1",
		"SELECT id, email, password, name, status, bank_account FROM sellers WHERE id = $2",
		"SELECT * FROM settlements WHERE seller_id = $2 ORDER BY id",
		"SELECT * FROM webhook_endpoints WHERE seller_id = $2 ORDER BY id",
		"SELECT m.* FROM webhook_messages m JOIN webhook_endpoints e ON e.id = m.endpoint_id WHERE e.seller_id = $2 ORDER BY m.id",
	} {
		var rows *string
		require.NoError(t,
			r.store.Pool().QueryRow(context.Background(),
				"SELECT string_agg(x::text, E'\\n') FROM ("+q+") x WHERE $1::bigint IS NOT NULL AND $2::bigint IS NOT NULL", b.id,
				s.id).Scan(&rows))
		if rows != nil {
			state += *rows + "\n"
		}
	}
	return state
}

// public are the routes at which somebody else's things may be read: what a shop
// window shows.
var public = map[string]bool{"GET /products/{productId}": true, "GET /products/{productId}/images": true}

// TestNobodyTouchesWhatIsAnothers walks every route of both servers with the ids of
// one buyer's and seller's things, as everybody else: nothing of theirs is read and
// nothing changed.
func TestNobodyTouchesWhatIsAnothers(t *testing.T) {
	t.Parallel()
	r := start(t)
	victim, owner := r.buyers(t, 1)[0], r.seller(t)
	theirs := r.belongings(t, victim, owner)
	before := r.snapshot(t, victim, owner)

	stranger, rival := r.buyers(t, 1)[0], r.seller(t)
	at := func(c *caller) map[string]*caller {
		return map[string]*caller{"api": {base: r.api, token: c.token}, "admin": {base: r.admin, token: c.token}}
	}
	callers := map[string]map[string]*caller{
		"nobody": at(&caller{}), "another buyer": at(stranger.caller), "another seller": at(rival.caller),
		"the seller's buyer": at(victim.caller), "the buyer's seller": at(owner.caller),
	}
	bodies := map[string]any{
		"/carts/items/{productId}": map[string]int{"quantity": 2}, "/orders": map[string]any{
			"cartItemIds": []int64{1}, "addressId": theirs["addressId"],
		},
		"/orders/{orderId}/refunds": whole, "/payments": payBody(theirs["orderId"]), "/addresses/{addressId}": map[string]any{
			"detail": "elsewhere", "isDefault": true,
		},
		"/payments/{paymentId}/confirm":          map[string]string{"transactionId": "tx"},
		"/admin/products/{productId}/block":      map[string]string{"reason": "it is theirs"},
		"/admin/buyers/{buyerId}/lock":           map[string]string{"reason": "it is them"},
		"/admin/refund-policy":                   refundPolicy(0, nil),
		"/admin/unpaid-limits":                   unpaidLimits(10, 5),
		"/admin/reconciliation/{breakId}/accept": map[string]string{"reason": "it is so"},
		"/seller/products/{productId}":           map[string]string{"name": "stolen", "status": "HIDDEN"},
		"/seller/webhooks/{endpointId}":          map[string]string{"url": "https://example.com/stolen"},
		"/admin/webhooks/{endpointId}":           map[string]string{"url": "https://example.com/stolen"},
		"/seller/products/{productId}/stock":     map[string]int{"stock": 1},
		"/seller/orderitems/{orderItemId}/ship":  parcel, "/admin/orders/{orderId}/status": map[string]string{
			"status": "SHIPPED",
		},
		"/admin/refunds/{refundId}/deny":   map[string]string{"deniedReason": "x"},
		"/admin/refunds/{refundId}/settle": map[string]string{"reason": "x"},
		"/admin/sellers/{sellerId}/status": map[string]string{"status": "REJECTED"},
		"/admin/me/password":               map[string]string{"currentPassword": password, "password": "new password"},
		"/admin/categories/{categoryId}":   map[string]any{"name": "x", "sortOrder": 1},
	}
	tried := 0
	for _, route := range allRoutes(t) {
		method, path, _ := strings.Cut(route, " ")
		if !strings.Contains(path, "{") && (bodies[path] == nil || method == http.MethodGet) {
			continue // it names nothing of anybody's
		}
		target := strings.NewReplacer("{date}", "2026-01-01", "{payoutId}", "1", "{breakId}", "1", "{day}", "2026-01-01",
			"{name}", "x.csv").Replace(path)
		for name, id := range theirs {
			target = strings.ReplaceAll(target, "{"+name+"}", fmt.Sprint(id))
		}
		require.NotContains(t, target, "{", "the test has nothing for %s", route)
		server := "api"
		if strings.HasPrefix(path, "/admin") {
			server = "admin"
		}
		for name, c := range callers {
			mine := (name == "the seller's buyer" && !strings.HasPrefix(path, "/seller") && server == "api") ||
				(name == "the buyer's seller" && strings.HasPrefix(path, "/seller"))
			if mine || public[route] {
				continue // the owners themselves, at their own routes
			}
			tried++
			a := c[server].do(t, method, target, bodies[path])
			if a.Success {
				// Something of the caller's own: a cart, a subscription, a figure.
				require.Contains(t,
					[]string{
						"/carts/items/{productId}", "/restock-subscriptions/{productId}", "/restock-subscriptions/me/{productId}",
						"/seller/statistics/daily/{date}",
					},
					path, "%s %s: %s", name, route, a)
			} else {
				require.Contains(t, []int{401, 403, 404, 405}, a.Status, "%s %s: %s", name, route, a)
			}
		}
	}
	require.Greater(t, tried, 100)
	require.Equal(t, before, r.snapshot(t, victim, owner), "nothing has changed")

	// Lists show the caller's own only.
	for _, path := range []string{
		"/orders", "/payments", "/refunds", "/order-notifications/me", "/restock-subscriptions/me",
		"/restock-notifications/me",
	} {
		require.EqualValues(t, 0, stranger.get(t, path).id("totalElements"), path)
	}
	require.JSONEq(t, "[]", string(ownAddresses(t, stranger)))
	for _, path := range []string{"/seller/products", "/seller/orderitems?unpaid=true", "/seller/settlements"} {
		require.EqualValues(t, 0, rival.get(t, path).id("totalElements"), path)
	}
	require.EqualValues(t, 0, rival.post(t, "/seller/dashboard/refresh", nil).field("totalSales"))
	require.JSONEq(t, "[]", string(rival.get(t, "/seller/statistics/products").Data))
}

// ownAddresses are those of a buyer, after the one that every test's buyer has is gone.
func ownAddresses(t *testing.T, p *person) []byte {
	t.Helper()
	require.Equal(t, http.StatusOK, p.delete(t, fmt.Sprintf("/addresses/%d", p.addressID)).Status)
	return p.get(t, "/addresses").Data
}
