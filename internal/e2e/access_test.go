package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/admin"
	"github.com/all-in-market/market/console"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// hooks is a webhook endpoint without a server.
var hooks = map[string]any{"url": "https://example.com/hooks", "events": []string{"order.paid"}}

// belongings are things of one buyer and one seller, by the name that routes give
// to their ids.
type belongings map[string]int64

func (r *rig) belongings(t *testing.T, b, s *person) belongings {
	t.Helper()
	p := r.product(t, s.id, 1_000_00, 100)
	order, items := r.paidOrder(t, b, line{p.ID, 2})
	_, others := r.paidOrder(t, b, line{p.ID, 1})
	shipped := s.put(t, fmt.Sprintf("/seller/orderitems/%d/ship", others[0]), parcel)
	require.Equal(t, 200, shipped.Status, shipped)
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
	settlement := int64(r.count(t,
		"INSERT INTO settlements (seller_id, amount, payable, fee, period_start, period_end, status, type) VALUES ($1, 0, 0, 0, '2026-01-01', '2026-01-15', 'COMPLETED', 'MID') RETURNING id",
		s.id))
	return belongings{
		"productId": p.ID, "orderId": order, "orderItemId": items[0], "refundId": refund.id("refundId"),
		"parcelId": r.parcel(t, others[0]), "addressId": b.addressID, "imageId": image.id("imageId"),
		"paymentId":    int64(r.count(t, "SELECT id FROM payments WHERE order_id = $1", order)),
		"settlementId": settlement, "payoutId": int64(r.count(t,
			`INSERT INTO payouts (seller_id, settlement_id, amount, fee, payout_key)
			SELECT seller_id, id, 100, 0, 'belongs-' || id FROM settlements WHERE id = $1 RETURNING id`, settlement)),
		"notificationId": int64(r.count(t, "SELECT max(id) FROM notifications WHERE role = 'BUYER' AND account_id = $1", b.id)),
		"endpointId":     endpoint, "messageId": int64(r.count(t,
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
		"SELECT * FROM parcels WHERE seller_id = $2 ORDER BY id",
		"SELECT p.* FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.buyer_id = $1 ORDER BY p.id",
		"SELECT * FROM refunds WHERE buyer_id = $1 ORDER BY id", "SELECT * FROM addresses WHERE buyer_id = $1 ORDER BY id",
		"SELECT * FROM restock_subscriptions WHERE user_id = $1 ORDER BY id",
		"SELECT * FROM cart_items WHERE cart_id = (SELECT id FROM carts WHERE buyer_id = $1) ORDER BY id",
		"SELECT id, email, password, name, phone FROM buyers WHERE id = $1",
		"SELECT id, email, password, name, status, bank_account FROM sellers WHERE id = $2",
		`SELECT * FROM notifications
		WHERE role = 'BUYER' AND account_id = $1 OR role = 'SELLER' AND account_id = $2 ORDER BY id`,
		"SELECT * FROM settlements WHERE seller_id = $2 ORDER BY id", "SELECT * FROM payouts WHERE seller_id = $2 ORDER BY id",
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

// shipmentOf is a list of one shipment.
func shipmentOf(item int64) map[string]any {
	return map[string]any{"shipments": []map[string]any{{"orderItemId": item, "carrier": "CJ", "trackingNumber": "1"}}}
}

// offerOf is a list of one change of a price.
func offerOf(product int64) map[string]any {
	return map[string]any{"offers": []map[string]any{{"productId": product, "price": 1}}}
}

// public are the routes that may return other users' resources: the public catalogue.
var public = map[string]bool{"GET /products/{productId}": true, "GET /products/{productId}/images": true,
	"GET /products/{productId}/seller": true}

// It walks every route of both servers with the ids of
// one buyer's and seller's things, as everybody else: nothing of theirs is read and
// nothing changed.
func TestAccess_ResourcesOfOthers_CannotBeReadOrChanged(t *testing.T) {
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
		"/seller/orders/{orderId}/cancel": map[string]string{"reason": "none left"},
		"/orders/{orderId}/refunds":       whole, "/payments": payBody(theirs["orderId"]), "/addresses/{addressId}": map[string]any{
			"detail": "elsewhere", "isDefault": true,
		},
		"/payments/{paymentId}/confirm":          map[string]string{"transactionId": "tx"},
		"/admin/products/{productId}/block":      map[string]string{"reason": "it is theirs"},
		"/admin/buyers/{buyerId}/lock":           map[string]string{"reason": "it is them"},
		"/admin/refund-policy":                   refundPolicy(0, nil),
		"/admin/unpaid-limits":                   unpaidLimits(10, 5),
		"/admin/reconciliation/{breakId}/accept": map[string]string{"reason": "it is so"},
		"/admin/disputes/{disputeId}/decide":     map[string]string{"decision": "ACCEPT", "reason": "it is so"},
		"/seller/products/{productId}":           map[string]string{"name": "stolen", "status": "HIDDEN"},
		"/seller/webhooks/{endpointId}":          map[string]string{"url": "https://example.com/stolen"},
		"/admin/webhooks/{endpointId}":           map[string]string{"url": "https://example.com/stolen"},
		"/seller/products/{productId}/images":    map[string][]int64{"imageIds": {1}},
		"/seller/products/{productId}/stock":     map[string]int{"stock": 1},
		"/seller/parcels":                        parcelOf(theirs["orderId"], theirs["orderItemId"], 1),
		"/seller/parcels/{parcelId}":             parcel,
		"/seller/orderitems/{orderItemId}/ship":  parcel, "/admin/orders/{orderId}/status": map[string]string{
			"status": "SHIPPED",
		},
		"/admin/refunds/{refundId}/deny":           map[string]string{"deniedReason": "x"},
		"/admin/refunds/{refundId}/settle":         map[string]string{"reason": "x"},
		"/seller/shipments":                        shipmentOf(theirs["orderItemId"]),
		"/seller/shipments/preview":                shipmentOf(theirs["orderItemId"]),
		"/seller/offers":                           offerOf(theirs["productId"]),
		"/seller/offers/preview":                   offerOf(theirs["productId"]),
		"/admin/refunds/decide":                    map[string]any{"refundIds": []int64{theirs["refundId"]}, "decision": "APPROVE"},
		"/admin/sellers/{sellerId}/status":         map[string]string{"status": "REJECTED"},
		"/admin/sellers/{sellerId}/payout-account": map[string]string{"bankCode": "X", "bankAccount": "1"},
		"/admin/payouts/{payoutId}/retry":          map[string]string{"reason": "x"},
		"/admin/payouts/{payoutId}/abandon":        map[string]string{"reason": "x"},
		"/admin/me/password":                       map[string]string{"currentPassword": password, "password": "new password"},
		"/admin/categories/{categoryId}":           map[string]any{"name": "x", "sortOrder": 1},
	}
	tried := 0
	for _, route := range allRoutes(t) {
		method, path, _ := strings.Cut(route, " ")
		if !strings.Contains(path, "{") && (bodies[path] == nil || method == http.MethodGet) {
			continue // it names no resource of a user
		}
		target := strings.NewReplacer("{date}", "2026-01-01", "{breakId}", "1", "{disputeId}", "1",
			"{day}", "2026-01-01", "{name}", "x.csv", "{staffId}", "1", "{batchId}", "1",
			"{proposalId}", "1").Replace(path)
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
				// Something of the caller's own: a cart, a subscription, a figure; or each line is refused.
				if strings.HasPrefix(path, "/seller/shipments") || strings.HasPrefix(path, "/seller/offers") {
					require.Contains(t, string(a.Data), `"REFUSED"`, "%s %s: %s", name, route, a)
				}
				require.Contains(t,
					[]string{
						"/carts/items/{productId}", "/restock-subscriptions/{productId}", "/restock-subscriptions/me/{productId}",
						"/seller/statistics/daily/{date}", "/seller/shipments", "/seller/shipments/preview", "/seller/offers/preview",
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
		"/restock-notifications/me", "/notifications",
	} {
		require.EqualValues(t, 0, stranger.get(t, path).id("totalElements"), path)
	}
	require.JSONEq(t, "[]", string(ownAddresses(t, stranger)))
	for _, path := range []string{
		"/seller/products", "/seller/orderitems?unpaid=true", "/seller/settlements", "/seller/refunds",
		"/seller/payouts",
	} {
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

// publicStaffRoutes are the routes of the admin server that need no permission.
var publicStaffRoutes = []string{
	"POST /admin/auth/login", "POST /admin/auth/refresh", "POST /admin/auth/password/forgot",
	"POST /admin/auth/password/reset", "GET /login", "POST /login", "GET /reset-password", "POST /reset-password",
	"GET /forgot", "POST /forgot", "GET /assets/",
}

// staffRoute is a route of the admin server, JSON or page, with the permission that it names.
type staffRoute struct {
	method, path string
	permission   market.Permission
}

func (r staffRoute) json() bool { return strings.HasPrefix(r.path, "/admin/") }

// staffRoutes are the routes that are registered, but for the public ones. One that names no permission
// fails the test.
func staffRoutes(t *testing.T) (all []staffRoute) {
	t.Helper()
	noAuth := &login.Auth{}
	none := &store.Store{}
	router := (&admin.Server{
		Auth: noAuth, Store: none, Replica: none,
		Pages: console.New(noAuth, none, none, nil, "", "", market.Business{}).Routes,
	}).Router()
	require.NoError(t, router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil {
			return nil //nolint:nilerr // a subrouter without a path of its own is no route
		}
		methods, err := route.GetMethods()
		if err != nil {
			return nil //nolint:nilerr // what has no methods is no route either
		}
		guarded, ok := route.GetHandler().(login.Guarded)
		for _, method := range methods {
			if slices.Contains(publicStaffRoutes, method+" "+path) {
				require.False(t, ok, path)
				continue
			}
			require.True(t, ok, "%s %s names no permission", method, path)
			all = append(all, staffRoute{method, path, guarded.Permission})
		}
		return nil
	}))
	slices.SortFunc(all, func(a, b staffRoute) int {
		return strings.Compare(a.path+" "+a.method, b.path+" "+b.method)
	})
	require.Greater(t, len(all), 90)
	return all
}

var pathName = regexp.MustCompile(`\{\w+\}`)

// It asks for every route of the admin server as every
// role of staff. What a role may not do is 403; what it may do is never 403.
func TestStaffRoutes_EachRole_MayWhatItsPermissionsSay(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, role := range market.StaffRoles {
		m := r.member(t, role)
		for _, route := range staffRoutes(t) {
			if strings.HasSuffix(route.path, "/logout") {
				continue // it ends the session; all may do it
			}
			path := strings.NewReplacer("{day}", "2026-01-01", "{name}", "x.csv").Replace(route.path)
			path = pathName.ReplaceAllString(path, "999999")
			name := fmt.Sprintf("%s %s %s", role, route.method, route.path)
			var status int
			if route.json() {
				a := m.do(t, route.method, path, map[string]string{})
				if status = a.Status; status == http.StatusForbidden {
					require.Equal(t, "FORBIDDEN", a.Code, name)
				}
			} else {
				status, _, _ = m.page(t, r, route.method, path, url.Values{})
			}
			require.Less(t, status, 500, name)
			require.Equal(t, role.May(route.permission), status != http.StatusForbidden, "%s: %d", name, status)
		}
		require.Equal(t, 1, r.count(t, "SELECT count(*) FROM admins WHERE id = $1 AND role = $2", m.id, role))
	}
}

// It compares docs/staff.md with the routes and permissions that there are.
// UPDATE_DOCS=1 writes it.
func TestStaffRoutes_AreDocumented(t *testing.T) {
	t.Parallel()
	const file, begin = "../../docs/staff.md", "<!-- The list below is written by UPDATE_DOCS=1 " +
		"go test -run TestStaffRoutes_AreDocumented ./internal/e2e -->\n"
	routes := map[market.Permission]map[string][]string{} // paths by method
	for _, route := range staffRoutes(t) {
		if routes[route.permission] == nil {
			routes[route.permission] = map[string][]string{}
		}
		methods := routes[route.permission]
		methods[route.method] = append(methods[route.method], "`"+route.path+"`")
	}
	var list strings.Builder
	list.WriteString("\n## Permissions and routes\n\nOWNER has all permissions; other roles are in parentheses. " +
		"Those marked * need a fresh second factor.\n\n")
	for _, p := range market.Permissions() {
		name, roles := string(p), []string{}
		if p.Fresh() {
			name += "*"
		}
		for _, role := range market.StaffRoles {
			if role != market.StaffOwner && role.May(p) {
				roles = append(roles, string(role))
			}
		}
		switch len(roles) {
		case 0:
		case len(market.StaffRoles) - 1:
			name += " (all)"
		default:
			name += " (" + strings.Join(roles, ", ") + ")"
		}
		var used []string
		for _, method := range slices.Sorted(maps.Keys(routes[p])) {
			used = append(used, method+" "+strings.Join(routes[p][method], " "))
		}
		fmt.Fprintf(&list, "- %s: %s\n", name, strings.Join(used, "; "))
	}
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	text, _, found := strings.Cut(string(content), begin)
	require.True(t, found)
	want := text + begin + list.String()
	if os.Getenv("UPDATE_DOCS") != "" {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o600))
		return
	}
	require.Equal(t, want, string(content), "write it with UPDATE_DOCS=1")
}
