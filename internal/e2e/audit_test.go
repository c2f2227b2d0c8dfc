package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// It does each thing that the API of admins can do, and looks for who
// has done it. A route that changes something and is not here fails the test.
func TestAudit_EachAdminAction_IsRecorded(t *testing.T) {
	t.Parallel()
	r := start(t)
	staff, seller, buyer := r.staff(t), r.seller(t), r.buyers(t, 1)[0]
	product := r.product(t, seller.id, 10_000_00, 100).ID
	refund := func() int64 { opened, _ := r.refundToDecide(t, product, ""); return opened }
	order, _ := r.paidOrder(t, r.buyers(t, 1)[0], line{product, 1})
	category := r.count(t, "INSERT INTO categories (name, sort_order) VALUES ('empty', 9) RETURNING id")
	difference := r.count(t, `INSERT INTO reconciliation_breaks (provider, merchant_uid, class, amount, detail, heals, day)
		VALUES ('PORTONE', 'nobody''s', 'AMOUNT', 1, '', false, '2026-01-01') RETURNING id`)
	_ = r.payoutByHand(t, seller.id, "audited")
	payout := r.count(t, "SELECT max(id) FROM payouts")

	endpoint := staff.post(t, "/admin/webhooks", hooks).id("endpointId")
	delivered := func(entry int) int {
		return r.count(t, `INSERT INTO webhook_messages (endpoint_id, entry_id, event, happened_at, payload, status)
			VALUES ($1, $2, 'order.paid', now(), '{}', 'DELIVERED') RETURNING id`, endpoint, entry)
	}
	message, other := delivered(0), delivered(-1)

	colleague := r.member(t, market.StaffSupport)
	colleague.enrol(t, r)
	member := colleague.id

	reason := map[string]string{"reason": "because"}
	tries := []struct {
		route  string
		id     any // of what the route's path names
		body   any
		action string // that the log has afterwards, by this admin
	}{
		{"POST /admin/categories", nil, map[string]any{"name": "audited", "sortOrder": 9}, "CATEGORY_CREATED"},
		{"PUT /admin/categories/{categoryId}", category, map[string]any{"name": "x", "sortOrder": 8},
			"CATEGORY_CHANGED"},
		{"DELETE /admin/categories/{categoryId}", category, nil, "CATEGORY_REMOVED"},
		{"PUT /admin/products/{productId}/block", product, reason, "PRODUCT_BLOCKED"},
		{"PUT /admin/products/{productId}/unblock", product, nil, "PRODUCT_HIDDEN"},
		{"PUT /admin/buyers/{buyerId}/lock", buyer.id, reason, "BUYER_LOCKED"},
		{"PUT /admin/buyers/{buyerId}/unlock", buyer.id, nil, "BUYER_UNLOCKED"},
		{"PUT /admin/orders/{orderId}/status", order, map[string]string{"status": "SHIPPED"}, "ORDER_SHIPPED"},
		{"POST /admin/orders/{orderId}/notes", order, map[string]string{"note": "n"}, "ORDER_NOTED"},
		{"PUT /admin/refunds/{refundId}/complete", refund(), nil, "REFUND_DECISION_CREATED"},
		{"PUT /admin/refunds/{refundId}/deny", refund(), map[string]string{"deniedReason": "x"},
			"REFUND_DECISION_CREATED"},
		{
			"POST /admin/refunds/decide", nil, map[string]any{"refundIds": []int64{refund()}, "decision": "APPROVE"},
			"REFUND_DECISION_CREATED",
		},
		{
			"POST /admin/batches", nil, map[string]any{"type": "Payout", "action": "SIGNAL", "reason": "r"}, "BATCH_RUNNING",
		},
		{"POST /admin/webhook-endpoints/{endpointId}/pause", endpoint, nil, "WEBHOOK_ENDPOINT_PAUSED"},
		{"POST /admin/webhook-endpoints/{endpointId}/resume", endpoint, nil, "WEBHOOK_ENDPOINT_ACTIVE"},
		{
			"POST /admin/webhook-endpoints/{endpointId}/messages/{messageId}/replay",
			fmt.Sprintf("%d/messages/%d", endpoint, other), nil, "WEBHOOK_MESSAGE_PENDING",
		},
		{"PUT /admin/refund-policy", nil, refundPolicy(0, nil), "REFUND_POLICY_CREATED"},
		{"PUT /admin/unpaid-limits", nil, unpaidLimits(1000, 1000), "UNPAID_LIMITS_CREATED"},
		{"PUT /admin/reconciliation/days/{day}", r.store.Today().Add(-1), nil, "RECONCILIATION_ASKED_FOR"},
		{"PUT /admin/reconciliation/{breakId}/accept", difference, reason, "RECONCILIATION_BREAK_CHANGED"},
		{
			"POST /admin/disputes/{disputeId}/decide", r.anyDispute(t), map[string]string{"decision": "WIN", "reason": "r", "reference": "c"},
			"DISPUTE_WON",
		},
		{
			"POST /admin/adjustments", nil, map[string]any{
				"kind": "CORRECTION", "debitAccount": "SUSPENSE", "creditAccount": "BANK", "amount": 1, "reason": "a fee",
			}, "ADJUSTMENT_CREATED",
		},
		{"PUT /admin/payouts/{payoutId}/inquire", payout, nil, "PAYOUT_INQUIRED"},
		{"POST /admin/webhooks", nil, hooks, "WEBHOOK_ENDPOINT_ACTIVE"},
		{"PUT /admin/webhooks/{endpointId}", endpoint, map[string]string{"status": "PAUSED"},
			"WEBHOOK_ENDPOINT_PAUSED"},
		{"PUT /admin/webhooks/{endpointId}/secret", endpoint, nil, "WEBHOOK_ENDPOINT_CHANGED"},
		{
			"PUT /admin/webhooks/{endpointId}/messages/{messageId}/replay", fmt.Sprintf("%d/messages/%d", endpoint, message), nil,
			"WEBHOOK_MESSAGE_PENDING",
		},
		{"DELETE /admin/webhooks/{endpointId}", endpoint, nil, "WEBHOOK_ENDPOINT_REMOVED"},
		{"PUT /admin/sellers/{sellerId}/status", seller.id, map[string]any{"status": "SUSPENDED"}, "SELLER_SUSPENDED"},
		{
			"POST /admin/staff", nil, map[string]string{"email": anAddress(), "name": "New", "role": "SUPPORT"}, "ADMIN_CREATED",
		},
		{"PUT /admin/staff/{staffId}/role", member, map[string]string{"role": "AUDITOR"}, "ADMIN_ROLE_CHANGED"},
		{"POST /admin/staff/{staffId}/reset", member, nil, "SECOND_FACTOR_REMOVED"},
		{"POST /admin/staff/{staffId}/disable", member, nil, "ADMIN_DISABLED"},
		{"POST /admin/staff/{staffId}/enable", member, nil, "ADMIN_ENABLED"},
		{
			"PUT /admin/me/password", nil, map[string]string{"currentPassword": password, "password": "new password"},
			"ADMIN_CHANGED",
		},
	}
	// The same triggers record these; tests of their own create the rows.
	known := map[string]bool{
		"POST /admin/me/otp/confirmation": true, "POST /admin/proposals/{proposalId}/approve": true,
		"POST /admin/proposals/{proposalId}/reject": true, "POST /admin/proposals/{proposalId}/withdraw": true,
		"PUT /admin/settlement-files/{name}": true, "PUT /admin/refunds/{refundId}/settle": true,
		"POST /admin/payouts/{payoutId}/retry": true, "POST /admin/payouts/{payoutId}/abandon": true,
		"PUT /admin/sellers/{sellerId}/payout-account": true, "POST /admin/batches/{batchId}/cancel": true,
		"POST /admin/me/otp": true, "PUT /admin/me/otp": true, "DELETE /admin/me/otp": true,
	}
	for _, c := range tries {
		known[c.route] = true
		method, path, _ := strings.Cut(c.route, " ")
		if before, rest, named := strings.Cut(path, "{"); named {
			after := rest[strings.LastIndex(rest, "}")+1:]
			path = fmt.Sprint(before, c.id, after)
		}
		from := r.count(t, "SELECT coalesce(max(id), 0) FROM audit_log")
		a := staff.do(t, method, path, c.body)
		require.True(t, a.Success, "%s: %s", c.route, a)
		testrig.Eventually(t, func() bool {
			return r.count(t,
				"SELECT count(*) FROM audit_log WHERE id > $1 AND actor = 'ADMIN' AND actor_id = $2 AND action = $3", from,
				staff.id, c.action) > 0
		}, 10*time.Second, 50*time.Millisecond, "%s is not in the audit log as %s", c.route, c.action)
	}
	for _, route := range allRoutes(t) {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet && strings.HasPrefix(path, "/admin/") && !strings.HasPrefix(path, "/admin/auth/") {
			require.True(t, known[route], "%s: is what it does audited?", route)
		}
	}

	staff = r.staff(t)
	found := staff.get(t, "/admin/audit?action=PRODUCT_BLOCKED&subject=PRODUCT&subjectId="+fmt.Sprint(product))
	require.EqualValues(t, 1, found.id("totalElements"))
	var page market.Page[market.AuditEntry]
	require.NoError(t, json.Unmarshal(found.Data, &page))
	e := page.Content[0]
	require.JSONEq(t, `{"status": "ON_SALE", "blocked_reason": null}`, string(e.Before))
	require.NotNil(t, e.RequestID)
	require.Equal(t, "127.0.0.1", *e.Address)
	require.Greater(t, len(staff.download(t, "/admin/audit?format=csv&reason=asked&actor=ADMIN")), 10)
	for _, bad := range []string{"actor=GOD", "action=x", "subject=%00", "actorId=x", "from=2026-02-30", "format=pdf"} {
		require.Equal(t, 400, staff.get(t, "/admin/audit?"+bad).Status, bad)
	}
	testrig.Eventually(t, func() bool { return r.count(t, "SELECT count(*) FROM audit_unchained") == 0 }, 10*time.Second,
		50*time.Millisecond, "a worker gives every entry its place in the chain")
}

// Who tried, from where, and on which account.
func TestAudit_SecurityEvents_AreRecorded(t *testing.T) {
	t.Parallel()
	r := start(t)
	buyer := r.buyers(t, 1)[0]
	mail := r.text(t, "SELECT email FROM buyers WHERE id = $1", buyer.id)
	nobody := &caller{base: r.api}
	guess := map[string]string{"email": mail, "password": "wrong password"}
	require.Equal(t, 401, nobody.post(t, "/auth/login", guess).Status)
	require.Equal(t, 1, r.count(t, `SELECT count(*) FROM audit_log WHERE action = 'LOGIN_FAILED' AND actor = 'ANONYMOUS'
		AND subject = 'BUYER' AND subject_id = $1 AND EXISTS (SELECT FROM audit_addresses x WHERE x.entry_id = audit_log.id AND x.address = '127.0.0.1') AND request_id IS NOT NULL`, buyer.id))
	change := map[string]string{"currentPassword": password, "password": "another one"}
	require.Equal(t, 200, buyer.put(t, "/buyers/me", change).Status)
	require.Equal(t, 2, r.count(t, `SELECT count(*) FROM audit_log WHERE action IN ('CREDENTIALS_CHANGED', 'BUYER_CHANGED')
		AND actor = 'BUYER' AND actor_id = $1`, buyer.id))
}

func TestModeration_LockedBuyerAndBlockedProduct_CannotTrade(t *testing.T) {
	t.Parallel()
	r := start(t)
	staff, seller, buyer := r.staff(t), r.seller(t), r.buyers(t, 1)[0]
	product := r.product(t, seller.id, 10_000_00, 100).ID
	shown := fmt.Sprintf("/products/%d", product)
	order, _ := r.paidOrder(t, buyer, line{product, 1})

	require.Equal(t, 200, buyer.get(t, shown).Status)
	blocked := staff.put(t, "/admin"+shown+"/block", map[string]string{"reason": "a fake"})
	require.Equal(t, 200, blocked.Status, blocked)
	require.Equal(t, "BLOCKED", blocked.field("status"))
	require.Equal(t, 404, buyer.get(t, shown).Status, "at once, whatever is cached")
	require.Contains(t, string(seller.get(t, "/seller/products").Data), `"blockedReason":"a fake"`,
		"its seller reads why")
	refused := seller.put(t, "/seller"+shown, map[string]string{"status": "ON_SALE"})
	require.Equal(t, 409, refused.Status, refused)
	require.Equal(t, 200, seller.put(t, "/seller"+shown, map[string]string{"name": "a real one"}).Status)
	for _, status := range []string{"SUSPENDED", "APPROVED"} {
		to := map[string]string{"status": status}
		require.Equal(t, 200, staff.put(t, fmt.Sprintf("/admin/sellers/%d/status", seller.id), to).Status)
	}
	require.Equal(t, 404, buyer.get(t, shown).Status, "it does not come back with its seller")
	require.EqualValues(t, 1, staff.get(t, "/admin/products?status=BLOCKED").id("totalElements"))
	freed := staff.put(t, "/admin"+shown+"/unblock", nil)
	require.Equal(t, "HIDDEN", freed.field("status"))
	require.Equal(t, "HIDDEN", staff.put(t, "/admin"+shown+"/unblock", nil).field("status"), "twice is once")
	require.Equal(t, 404, staff.put(t, "/admin/products/999999/block", map[string]string{"reason": "x"}).Status)
	require.Equal(t, 400, staff.put(t, "/admin"+shown+"/block", map[string]string{"reason": " "}).Status)

	at := fmt.Sprintf("/admin/buyers/%d", buyer.id)
	mail := r.text(t, "SELECT email FROM buyers WHERE id = $1", buyer.id)
	locked := staff.put(t, at+"/lock", map[string]string{"reason": "stolen cards"})
	require.Equal(t, 200, locked.Status, locked)
	require.Equal(t, "LOCKED", locked.field("status"))
	require.Equal(t, 401, buyer.get(t, "/orders").Status, "sessions end at once")
	nobody := &caller{base: r.api}
	credentials := map[string]string{"email": mail, "password": password}
	require.Equal(t, "401 BUYER_LOCKED", statusCode(nobody.post(t, "/auth/login", credentials)))
	wrong := map[string]string{"email": mail, "password": "a wrong password"}
	require.Equal(t, "401 LOGIN_FAILED", statusCode(nobody.post(t, "/auth/login", wrong)), "strangers learn nothing")
	require.EqualValues(t, 1, staff.get(t, "/admin/buyers?status=LOCKED").id("totalElements"))
	require.Equal(t, market.OrderPaid, r.status(t, order), "what is paid goes on")
	require.Equal(t, 200, staff.put(t, at+"/unlock", nil).Status)
	require.Equal(t, 200, nobody.post(t, "/auth/login", credentials).Status)
	require.EqualValues(t, 1, staff.get(t, "/admin/buyers?email="+mail).id("totalElements"))
	require.Equal(t, 404, staff.put(t, "/admin/buyers/999999/lock", map[string]string{"reason": "x"}).Status)
	r.verify(t)
}
