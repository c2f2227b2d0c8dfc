package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func refundPolicy(autoBelow int, secondFrom any) map[string]any {
	return map[string]any{
		"autoApproveBelow": autoBelow, "secondApprovalFrom": secondFrom, "remindAfterHours": 2, "escalateAfterHours": 5,
		"shippingBorneBy": map[string]string{"CHANGE_OF_MIND": "BUYER", "WRONG_ITEM": "SELLER", "DAMAGED": "MARKETPLACE"},
	}
}

// Admins change the refund policy. A small refund of unshipped pieces needs no admin, a large one
// needs two, and a refund keeps the policy under which it was opened.
func TestRefundPolicy(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, one, two, b := r.seller(t), r.staff(t), r.staff(t), r.buyers(t, 1)[0]
	cheap, dear := r.product(t, seller.id, 1_000_00, 100), r.product(t, seller.id, 50_000_00, 100)
	ask := func(product int64) *answer {
		order, _ := r.paidOrder(t, b, line{product, 1})
		a := b.post(t, refundsOf(order), whole)
		require.Equal(t, 201, a.Status, a)
		return a
	}
	status := func(id int64) any { return b.get(t, fmt.Sprintf("/refunds/%d", id)).field("status") }

	require.JSONEq(t, `{"autoApproveBelow":0.00,"secondApprovalFrom":null,"remindAfterHours":24,"escalateAfterHours":72,
		"fourEyes":false,"shippingBorneBy":{"CHANGE_OF_MIND":"BUYER","WRONG_ITEM":"SELLER","DAMAGED":"SELLER"}}`,
		without(t, one.get(t, "/admin/refund-policy"), "adminId", "createdAt"))
	before := ask(dear.ID)
	require.Equal(t, "PENDING", before.field("status"))

	for name, broken := range map[string]map[string]any{
		"escalated before the reminder": {"escalateAfterHours": 2}, "negative": {"autoApproveBelow": -1},
		"a rule for what needs two": {"secondApprovalFrom": 100, "autoApproveBelow": 200},
		"borne by nobody":           {"shippingBorneBy": map[string]string{"CHANGE_OF_MIND": "BUYER"}},
	} {
		p := refundPolicy(0, nil)
		for k, v := range broken {
			p[k] = v
		}
		require.Equal(t, "400 INVALID_INPUT", statusCode(one.put(t, "/admin/refund-policy", p)), name)
	}
	a := one.put(t, "/admin/refund-policy", refundPolicy(2_000, 50_000))
	require.Equal(t, 200, a.Status, a)
	require.EqualValues(t, one.id, a.field("adminId"))
	require.JSONEq(t, `[{"reason":"CHANGE_OF_MIND","shippingBorneBy":"BUYER"},
		{"reason":"WRONG_ITEM","shippingBorneBy":"SELLER"},
		{"reason":"DAMAGED","shippingBorneBy":"MARKETPLACE"}]`,
		string((&caller{base: r.api}).get(t, "/refund-reasons").Data))
	require.Equal(t, 200, approve(t, one, before.id("refundId")).Status, "it was opened when one was enough")

	small := ask(cheap.ID)
	r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE id = $1 AND status = 'SUCCESS'", small.id("refundId"))
	require.Equal(t, 1, r.count(t,
		"SELECT count(*) FROM refund_decisions WHERE sent_by = 'rule: below 2000.00 before shipping' AND applied"))
	order, items := r.paidOrder(t, b, line{cheap.ID, 1})
	require.Equal(t, 200, seller.put(t, fmt.Sprintf("/seller/orderitems/%d/ship", items[0]), parcel).Status)
	require.Equal(t, 200, seller.put(t, fmt.Sprintf("/seller/orderitems/%d/deliver", items[0]), nil).Status)
	shipped := b.post(t, refundsOf(order), whole)
	require.Equal(t, "PENDING", shipped.field("status"), "what was shipped has to come back first: %s", shipped)

	large := ask(dear.ID).id("refundId")
	first := approve(t, one, large)
	require.Equal(t, 202, first.Status, first)
	require.Equal(t, "PENDING", first.field("status"))
	require.Equal(t, true, first.field("needsSecondApproval"))
	require.EqualValues(t, one.id, first.field("firstApproverId"))
	require.Equal(t, "409 REFUND_NEEDS_ANOTHER_ADMIN", statusCode(approve(t, one, large)))
	require.NoError(t, r.temporal.SignalWorkflow(t.Context(), fmt.Sprintf("refund/%d", large), "", "refund-decision",
		map[string]bool{"approve": true}))
	r.eventually(t, 1, "SELECT count(*) FROM refund_decisions WHERE refund_id = $1 AND NOT applied", large)
	require.Equal(t, "PENDING", status(large), "an operator is no second admin")
	second := approve(t, two, large)
	require.Equal(t, 200, second.Status, second)
	require.Equal(t, "SUCCESS", second.field("status"))
	require.EqualValues(t, two.id, second.field("secondApproverId"))

	given := ask(dear.ID).id("refundId")
	require.Equal(t, 202, approve(t, one, given).Status)
	require.Equal(t, 200, two.put(t, fmt.Sprintf("/admin/refunds/%d/deny", given),
		map[string]string{"deniedReason": "it was used"}).Status, "the second may see it otherwise")
	r.settleDown(t)
	r.verify(t)
}

func TestRefund_TwoApprovalsAtOnce_PayOnce(t *testing.T) {
	t.Parallel()
	r := start(t)
	one, two, b := r.staff(t), r.staff(t), r.buyers(t, 1)[0]
	p := r.product(t, r.seller(t).id, 50_000_00, 100)
	require.Equal(t, 200, one.put(t, "/admin/refund-policy", refundPolicy(0, 10_000)).Status)
	for range 20 {
		order, _ := r.paidOrder(t, b, line{p.ID, 1})
		id := b.post(t, refundsOf(order), whole).id("refundId")
		together(3, func(i int) *answer {
			a, err := one.try("PUT", fmt.Sprintf("/admin/refunds/%d/complete", id), nil)
			if i == 2 {
				a, err = two.try("PUT", fmt.Sprintf("/admin/refunds/%d/complete", id), nil)
			}
			if err != nil {
				t.Error(err)
			}
			return a
		})
		r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE id = $1 AND status = 'SUCCESS'", id)
		require.Equal(t, 1, r.cancellations(t, order))
	}
	r.verify(t)
}

func TestRefund_AfterThePayout_IsADebt(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, admin, b := r.seller(t), r.staff(t), r.buyers(t, 1)[0]
	p := r.product(t, seller.id, 1_000_00, 100)
	balance := func() string { return string(seller.get(t, "/seller/balance").Data) }
	order, _ := r.paidOrder(t, b, line{p.ID, 2})
	require.JSONEq(t, `{"balance":0.00,"inTransit":0.00,"pending":1900.00}`, balance())
	r.payoutByHand(t, seller.id, "paid-out")
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	require.JSONEq(t, `{"balance":-100.00,"inTransit":0.00,"pending":1900.00}`, balance())
	require.Equal(t, 200, approve(t, admin, b.post(t, refundsOf(order), whole).id("refundId")).Status)
	require.JSONEq(t, `{"balance":-100.00,"inTransit":0.00,"pending":0.00}`, balance())
	seen := admin.get(t, fmt.Sprintf("/admin/sellers/%d/balance", seller.id))
	require.JSONEq(t, balance(), string(seen.Data))
	require.Equal(t, "404 SELLER_NOT_FOUND", statusCode(admin.get(t, "/admin/sellers/99/balance")))
	r.paidOrder(t, b, line{p.ID, 1})
	require.JSONEq(t, `{"balance":-100.00,"inTransit":0.00,"pending":950.00}`, balance())
	require.Equal(t, market.Money(100_00), r.balance(t, "SELLER_PAYABLE", seller.id))
}

// without is the data of an answer without some of its fields.
func without(t *testing.T, a *answer, fields ...string) string {
	t.Helper()
	var data map[string]any
	require.NoError(t, json.Unmarshal(a.Data, &data))
	for _, f := range fields {
		delete(data, f)
	}
	rest, err := json.Marshal(data)
	require.NoError(t, err)
	return string(rest)
}
