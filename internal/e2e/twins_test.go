package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// twins are the JSON routes that do or show the same as each page, separated by semicolons. "-" is for pages that have
// none to do the same with: they show an empty form, serve a browser's assets, or lead back from a payment.
var twins = map[string]string{
	"GET /":        "GET /admin/overview",
	"GET /access":  "GET /admin/access-log; GET /admin/access-log/summary",
	"GET /account": "GET /admin/me",
	"POST /account": "POST /admin/me/otp; " +
		"PUT /admin/me/otp; " +
		"DELETE /admin/me/otp; " +
		"POST /admin/me/otp/confirmation",
	"GET /adjustments":               "GET /admin/adjustments",
	"POST /adjustments":              "POST /admin/adjustments",
	"GET /alerts":                    "GET /admin/alerts",
	"GET /assets/":                   "-",
	"GET /audit":                     "GET /admin/audit",
	"GET /batches":                   "GET /admin/batches",
	"POST /batches":                  "POST /admin/batches",
	"GET /batches/new":               "GET /admin/workflow-runs",
	"GET /batches/{batchId}":         "GET /admin/batches/{batchId}; GET /admin/batches/{batchId}/runs",
	"POST /batches/{batchId}/cancel": "POST /admin/batches/{batchId}/cancel",
	"GET /breaks":                    "GET /admin/reconciliation",
	"POST /breaks/{breakId}":         "PUT /admin/reconciliation/{breakId}/accept",
	"GET /buyers":                    "GET /admin/buyers",
	"POST /buyers/{buyerId}":         "PUT /admin/buyers/{buyerId}/lock; PUT /admin/buyers/{buyerId}/unlock",
	"GET /categories":                "GET /admin/categories",
	"POST /categories":               "POST /admin/categories",
	"POST /categories/{categoryId}": "PUT /admin/categories/{categoryId}; " +
		"DELETE /admin/categories/{categoryId}",
	"GET /disputes":              "GET /admin/disputes",
	"GET /disputes/{disputeId}":  "GET /admin/disputes/{disputeId}",
	"POST /disputes/{disputeId}": "POST /admin/disputes/{disputeId}/decide",
	"GET /forgot":                "-",
	"POST /forgot":               "POST /admin/auth/password/forgot",
	"GET /login":                 "-",
	"POST /login":                "POST /admin/auth/login",
	"POST /logout":               "POST /admin/auth/logout",
	"GET /orders":                "GET /admin/orders",
	"GET /orders/{orderId}": "GET /admin/orders/{orderId}; GET /admin/orders/{orderId}/timeline; " +
		"GET /admin/orders/{orderId}/notes; GET /admin/orders/{orderId}/trace; GET /admin/payments",
	"POST /orders/{orderId}/status": "PUT /admin/orders/{orderId}/status",
	"POST /orders/{orderId}/notes":  "POST /admin/orders/{orderId}/notes",
	"GET /payouts":                  "GET /admin/payouts",
	"POST /payouts/{payoutId}":      "PUT /admin/payouts/{payoutId}/inquire",
	"POST /payouts/{payoutId}/decision": "POST /admin/payouts/{payoutId}/retry; " +
		"POST /admin/payouts/{payoutId}/abandon",
	"GET /products":             "GET /admin/products",
	"GET /products/{productId}": "GET /admin/products/{productId}",
	"POST /products/{productId}": "PUT /admin/products/{productId}/block; " +
		"PUT /admin/products/{productId}/unblock",
	"GET /proposals": "GET /admin/proposals",
	"POST /proposals/{proposalId}": "POST /admin/proposals/{proposalId}/approve; POST /admin/proposals/{proposalId}/reject; " +
		"POST /admin/proposals/{proposalId}/withdraw",
	"GET /refunds":  "GET /admin/refunds",
	"POST /refunds": "POST /admin/refunds/decide",
	"GET /refunds/{refundId}": "GET /admin/refunds/{refundId}; " +
		"GET /admin/orders/{orderId}/timeline",
	"POST /refunds/{refundId}/settle": "PUT /admin/refunds/{refundId}/settle",

	"GET /reset-password":  "-",
	"POST /reset-password": "POST /admin/auth/password/reset",
	"GET /sellers":         "GET /admin/sellers",
	"GET /sellers/{sellerId}": "GET /admin/sellers/{sellerId}; " +
		"GET /admin/sellers/{sellerId}/balance; " +
		"GET /admin/withdrawn-sellers/{sellerId}",
	"POST /sellers/{sellerId}":                "PUT /admin/sellers/{sellerId}/status",
	"POST /sellers/{sellerId}/payout-account": "PUT /admin/sellers/{sellerId}/payout-account",
	"GET /sellers/{sellerId}/settlements/{settlementId}": "GET /admin/settlements/{settlementId}; " +
		"GET /admin/settlements/{settlementId}/statement",
	"GET /search":                  "GET /admin/orders; GET /admin/sellers; GET /admin/products; GET /admin/buyers",
	"GET /settings":                "GET /admin/refund-policy; GET /admin/unpaid-limits",
	"POST /settings/refund-policy": "PUT /admin/refund-policy",
	"POST /settings/unpaid-limits": "PUT /admin/unpaid-limits",
	"GET /staff":                   "GET /admin/staff",
	"POST /staff":                  "POST /admin/staff",
	"POST /staff/{staffId}": "PUT /admin/staff/{staffId}/role; POST /admin/staff/{staffId}/disable; " +
		"POST /admin/staff/{staffId}/enable; POST /admin/staff/{staffId}/reset",
	"GET /webhooks": "GET /admin/webhook-endpoints",
	"GET /webhooks/{endpointId}": "GET /admin/webhook-endpoints/{endpointId}; " +
		"GET /admin/webhook-endpoints/{endpointId}/messages",
	"POST /webhooks/{endpointId}": "POST /admin/webhook-endpoints/{endpointId}/pause; " +
		"POST /admin/webhook-endpoints/{endpointId}/resume",
	"POST /webhooks/{endpointId}/messages/{messageId}/replay": "POST /admin/webhook-endpoints/{endpointId}/messages/{messageId}/replay",

	"GET /seller-center/": "GET /seller/dashboard; " +
		"GET /seller/balance; " +
		"GET /seller/statistics/products",
	"GET /seller-center/assets/":                 "-",
	"GET /seller-center/forgot":                  "-",
	"POST /seller-center/forgot":                 "POST /seller/auth/password/forgot",
	"GET /seller-center/inbox":                   "GET /seller/notifications; GET /seller/notifications/unread-count",
	"POST /seller-center/inbox":                  "POST /seller/notifications/read-all",
	"POST /seller-center/inbox/{notificationId}": "POST /seller/notifications/{notificationId}/read",
	"POST /seller-center/profile/notifications":  "PUT /seller/notification-preferences",
	"GET /seller-center/ledger":                  "GET /seller/ledger",
	"GET /seller-center/login":                   "-",
	"POST /seller-center/login":                  "POST /seller/auth/login",
	"POST /seller-center/logout":                 "POST /seller/auth/logout",
	"POST /seller-center/offers":                 "POST /seller/offers",
	"POST /seller-center/offers/edits":           "POST /seller/offers/preview",
	"POST /seller-center/offers/preview":         "POST /seller/offers/preview",
	"GET /seller-center/offers/template":         "GET /seller/offers/template",
	"GET /seller-center/orders":                  "GET /seller/orderitems",
	"GET /seller-center/orders/{orderId}":        "GET /seller/orders/{orderId}",
	"GET /seller-center/orders/{orderId}/slip":   "GET /seller/orders/{orderId}",

	"POST /seller-center/orders/{orderId}/cancel":                      "POST /seller/orders/{orderId}/cancel",
	"POST /seller-center/orders/{orderId}/parcels":                     "POST /seller/parcels",
	"POST /seller-center/orders/{orderId}/parcels/{parcelId}":          "PUT /seller/parcels/{parcelId}",
	"POST /seller-center/orders/{orderId}/parcels/{parcelId}/delivery": "POST /seller/parcels/{parcelId}/deliver",
	"GET /seller-center/products":                                      "GET /seller/products",
	"POST /seller-center/products":                                     "POST /seller/products",
	"GET /seller-center/products/new":                                  "-",
	"GET /seller-center/products/{productId}": "GET /seller/products/{productId}; " +
		"GET /seller/products/{productId}/images",
	"POST /seller-center/products/{productId}": "PUT /seller/products/{productId}; " +
		"PUT /seller/products/{productId}/stock",
	"GET /seller-center/products/{productId}/preview": "GET /seller/products/{productId}; " +
		"GET /seller/products/{productId}/images; GET /sellers/me; GET /refund-reasons",
	"POST /seller-center/products/{productId}/images/{imageId}/position": "PUT /seller/products/{productId}/images",
	"POST /seller-center/products/{productId}/images":                    "POST /seller/products/{productId}/images",
	"POST /seller-center/products/{productId}/images/{imageId}":          "DELETE /seller/products/{productId}/images/{imageId}",
	"GET /seller-center/profile": "GET /sellers/me; GET /sellers/me/account; " +
		"GET /seller/notification-preferences",
	"POST /seller-center/profile":                             "PUT /sellers/me",
	"POST /seller-center/profile/verification":                "POST /sellers/me/email-verification",
	"GET /seller-center/profile/withdrawal":                   "-",
	"POST /seller-center/profile/withdrawal":                  "DELETE /sellers/me",
	"GET /seller-center/refunds":                              "GET /seller/refunds",
	"GET /seller-center/reset-password":                       "-",
	"POST /seller-center/reset-password":                      "POST /seller/auth/password/reset",
	"GET /seller-center/settlements":                          "GET /seller/settlements",
	"GET /seller-center/settlements/{settlementId}":           "GET /seller/settlements/{settlementId}",
	"GET /seller-center/settlements/{settlementId}/statement": "GET /seller/settlements/{settlementId}/statement",
	"POST /seller-center/shipments":                           "POST /seller/shipments",
	"POST /seller-center/shipments/preview":                   "POST /seller/shipments/preview",
	"GET /seller-center/shipments/template":                   "GET /seller/shipments/template",
	"GET /seller-center/signup":                               "GET /legal-documents",
	"POST /seller-center/signup":                              "POST /seller/auth/signup",
	"GET /seller-center/signup/applied":                       "-",
	"GET /seller-center/statistics":                           "GET /seller/statistics/summary",
	"GET /seller-center/verify":                               "-",
	"GET /seller-center/webhooks":                             "GET /seller/webhooks",
	"POST /seller-center/webhooks":                            "POST /seller/webhooks",
	"GET /seller-center/webhooks/{endpointId}": "GET /seller/webhooks/{endpointId}; " +
		"GET /seller/webhooks/{endpointId}/messages",
	"POST /seller-center/webhooks/{endpointId}":                             "PUT /seller/webhooks/{endpointId}",
	"POST /seller-center/webhooks/{endpointId}/status":                      "PUT /seller/webhooks/{endpointId}",
	"POST /seller-center/webhooks/{endpointId}/secret":                      "PUT /seller/webhooks/{endpointId}/secret",
	"POST /seller-center/webhooks/{endpointId}/delete":                      "DELETE /seller/webhooks/{endpointId}",
	"POST /seller-center/webhooks/{endpointId}/messages/{messageId}/replay": "PUT /seller/webhooks/{endpointId}/messages/{messageId}/replay",
	"POST /seller-center/verify":                                            "POST /seller/auth/email/verify",

	"GET /shop":                               "-",
	"GET /shop/":                              "GET /products; GET /categories",
	"GET /shop/addresses":                     "GET /addresses",
	"POST /shop/addresses":                    "POST /addresses",
	"GET /shop/addresses/{addressId}":         "GET /addresses",
	"POST /shop/addresses/{addressId}":        "PUT /addresses/{addressId}",
	"POST /shop/addresses/{addressId}/delete": "DELETE /addresses/{addressId}",
	"GET /shop/assets/":                       "-",
	"GET /shop/cart":                          "GET /carts",
	"POST /shop/cart":                         "PUT /carts/items/{productId}; DELETE /carts/items/{productId}",
	"GET /shop/checkout":                      "GET /carts; GET /addresses; GET /payment-methods",
	"POST /shop/checkout":                     "POST /orders; POST /payments",
	"POST /shop/cart/{productId}": "POST /carts/items; " +
		"PUT /carts/items/{productId}; " +
		"DELETE /carts/items/{productId}",
	"GET /shop/forgot":                  "-",
	"POST /shop/forgot":                 "POST /auth/password/forgot",
	"GET /shop/inbox":                   "GET /notifications; GET /notifications/unread-count",
	"POST /shop/inbox":                  "POST /notifications/read-all",
	"POST /shop/inbox/{notificationId}": "POST /notifications/{notificationId}/read",
	"POST /shop/profile/notifications":  "PUT /notification-preferences",
	"GET /shop/login":                   "-",
	"POST /shop/login":                  "POST /auth/login",
	"POST /shop/logout":                 "POST /auth/logout",
	"GET /shop/orders":                  "GET /orders",
	"GET /shop/orders/{orderId}": "GET /orders/{orderId}; " +
		"GET /orders/{orderId}/payments; " +
		"GET /orders/{orderId}/refunds",
	"POST /shop/orders/{orderId}/cancel":                      "POST /orders/{orderId}/cancel",
	"GET /shop/orders/{orderId}/events":                       "GET /orders/{orderId}", // a stream of what this shows
	"GET /shop/orders/{orderId}/paid":                         "-",
	"POST /shop/orders/{orderId}/pay":                         "POST /payments; POST /payments/{paymentId}/confirm",
	"POST /shop/orders/{orderId}/items/{orderItemId}/confirm": "POST /orders/{orderId}/items/{orderItemId}/confirm",
	"GET /shop/orders/{orderId}/refund":                       "GET /refund-reasons",
	"POST /shop/orders/{orderId}/refund":                      "POST /orders/{orderId}/refunds",
	"GET /shop/products/{productId}": "GET /products/{productId}; GET /products/{productId}/images; " +
		"GET /products/{productId}/seller; GET /refund-reasons; GET /restock-subscriptions/me/{productId}",
	"POST /shop/products/{productId}/restock": "POST /restock-subscriptions; DELETE /restock-subscriptions/{productId}",
	"GET /shop/profile":                       "GET /buyers/me; GET /notification-preferences",
	"POST /shop/profile":                      "PUT /buyers/me",
	"POST /shop/profile/verification":         "POST /buyers/me/email-verification",
	"GET /shop/profile/withdrawal":            "-",
	"POST /shop/profile/withdrawal":           "DELETE /buyers/me",
	"GET /shop/reset-password":                "-",
	"POST /shop/reset-password":               "POST /auth/password/reset",
	"GET /shop/signup":                        "GET /legal-documents",
	"POST /shop/signup":                       "POST /auth/signup",
	"GET /shop/verify":                        "-",
	"POST /shop/verify":                       "POST /auth/email/verify",
}

// It compares the routes of pages with those of the API by the table of twins.
func TestPages_EachRoute_HasATwinInJSON(t *testing.T) {
	t.Parallel()
	json := allRoutes(t)
	staff, sellers := pageRoutes(t)
	pages := slices.Concat(staff, sellers)
	for _, route := range shopRoutes(t) {
		if strings.Contains(route, " /shop") {
			pages = append(pages, route)
		}
	}
	for _, page := range pages {
		require.NotEmpty(t, twins[page], "%s has no twin: what can a program do instead?", page)
	}
	for page, routes := range twins {
		require.Contains(t, pages, page, "there is no such page")
		if routes == "-" {
			continue
		}
		for _, route := range strings.Split(routes, "; ") {
			require.Contains(t, json, route, "%s: there is no such route", page)
		}
	}
}
