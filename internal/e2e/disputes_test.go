package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
)

// disputeOf returns the id of the only dispute of an order, as soon as there is one.
func (r *rig) disputeOf(t *testing.T, order int64) int64 {
	t.Helper()
	r.eventually(t, 1, "SELECT count(*) FROM disputes WHERE order_id = $1", order)
	return int64(r.count(t, "SELECT id FROM disputes WHERE order_id = $1", order))
}

// anyDispute opens a dispute of a successful payment, of which no provider has a record, and
// returns its id.
func (r *rig) anyDispute(t *testing.T) int64 {
	t.Helper()
	order, _ := r.paidOrder(t, r.buyers(t, 1)[0], line{r.product(t, r.anotherSeller(t), 10_000_00, 100).ID, 1})
	payment := int64(r.count(t, "SELECT id FROM payments WHERE order_id = $1", order))
	opened, err := r.store.OpenDisputes(t.Context(), payment,
		[]market.ProviderCancellation{{ID: fmt.Sprint(order), Amount: 100_00, Cause: "CHARGEBACK", At: time.Now()}})
	require.NoError(t, err)
	require.Len(t, opened, 1)
	return opened[0]
}

func decideDispute(t *testing.T, admin *person, dispute int64, body map[string]any) *answer {
	t.Helper()
	body["reason"] = "the card issuer has decided"
	if body["decision"] == "WIN" && body["reference"] == nil {
		body["reference"] = fmt.Sprint("recredit-", dispute)
	}
	return admin.post(t, fmt.Sprintf("/admin/disputes/%d/decide", dispute), body)
}

// What was cancelled at the provider's console is taken
// from the provider's account, the order is not shipped, and a decision to accept refunds its pieces.
func TestDispute_OfAWholePayment_BlocksTheOrderUntilItIsDecided(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin, b, seller := r.staff(t), r.buyer(t), r.seller(t)
	p := r.product(t, seller.id, 10_000_00, 100)
	order, w, _ := r.openInBrowser(t, b, p.ID)
	require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
	r.eventuallyPaid(t, order)
	items := r.lines(t, order)

	r.portone.GiveBack(w.PaymentID, 10_000)
	dispute := r.disputeOf(t, order)
	d := admin.get(t, fmt.Sprintf("/admin/disputes/%d", dispute))
	require.Equal(t, 200, d.Status, d)
	require.Equal(t, "OPEN", d.field("status"))
	require.Equal(t, "CONSOLE", d.field("cause"))
	require.EqualValues(t, 10_000, d.field("amount"))
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM mails WHERE kind = 'ORDER_DISPUTED' AND account_id = $1", seller.id))
	alerts, err := r.store.AlertCounts(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, alerts.Disputes)
	require.Contains(t, string(seller.get(t, "/seller/orderitems").Data), `"disputed":true`)
	shipped := seller.put(t, shipPath(items[0]),
		map[string]string{"carrier": "CJ", "trackingNumber": "1"})
	require.Equal(t, "ORDER_DISPUTED", shipped.Code, shipped)
	require.Equal(t, "ORDER_DISPUTED", b.post(t, refundsOf(order), map[string]any{"reason": "DAMAGED"}).Code)
	r.reconcile(t, admin)
	require.EqualValues(t, 0, admin.get(t, "/admin/reconciliation?status=OPEN").field("totalElements"), "it is booked")
	r.verify(t)

	require.Equal(t, 400, decideDispute(t, admin, dispute, map[string]any{"decision": "FORGET"}).Status)
	require.Equal(t, "DISPUTE_NOT_FOUND", decideDispute(t, admin, 99, map[string]any{"decision": "ACCEPT"}).Code)
	require.Equal(t, 200, decideDispute(t, admin, dispute, map[string]any{"decision": "REPRESENT"}).Status)
	require.Equal(t, "DISPUTE_RESOLVED", decideDispute(t, admin, dispute, map[string]any{"decision": "REPRESENT"}).Code)
	accepted := decideDispute(t, admin, dispute, map[string]any{
		"decision": "ACCEPT", "items": []map[string]any{{"orderItemId": items[0], "quantity": 1}},
	})
	require.Equal(t, 200, accepted.Status, accepted)
	require.Equal(t, "ACCEPTED", accepted.field("status"))
	require.EqualValues(t, 10_000, accepted.field("refunded"))
	require.Equal(t, "DISPUTE_RESOLVED", decideDispute(t, admin, dispute, map[string]any{"decision": "WIN"}).Code)
	require.Equal(t, market.OrderRefunded, r.status(t, order))
	require.Equal(t, 0, r.count(t, "SELECT coalesce(sum(amount), 0)::int FROM ledger_entries WHERE account = 'SELLER_PAYABLE'"))
	r.settleDown(t)
	r.reconcile(t, admin)
	require.EqualValues(t, 0, admin.get(t, "/admin/reconciliation?status=OPEN").field("totalElements"))
	r.verify(t)
}

// The marketplace bears the part of a dispute without refunded pieces, and a won part is the
// provider's debt again; the order is shipped afterwards. A cancellation without a notification is
// orNotFound by the nightly reconciliation.
func TestDispute_OfAPart_IsWrittenOffOrWon(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin, b, seller := r.staff(t), r.buyer(t), r.seller(t)
	p := r.product(t, seller.id, 10_000_00, 100)
	balance := func(account string) int {
		return r.count(t, "SELECT coalesce(sum(amount), 0)::int FROM ledger_entries WHERE account = $1", account)
	}
	var orders []int64
	var payments []string
	for _, decision := range []string{"ACCEPT", "WIN"} {
		order, w, _ := r.openInBrowser(t, b, p.ID)
		require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
		r.eventuallyPaid(t, order)
		r.portone.Set(portonesim.Faults{NoWebhooks: true})
		r.portone.GiveBack(w.PaymentID, 3000)
		r.reconcile(t, admin)
		dispute := r.disputeOf(t, order)
		r.portone.Set(portonesim.Faults{})
		require.Equal(t, 3000, balance("DISPUTED"))
		tooMuch := decideDispute(t, admin, dispute, map[string]any{
			"decision": "ACCEPT", "items": []map[string]any{{"orderItemId": r.lines(t, order)[0], "quantity": 1}},
		})
		require.Equal(t, "DISPUTE_ITEMS_EXCEED", tooMuch.Code, tooMuch)
		decided := decideDispute(t, admin, dispute, map[string]any{"decision": decision})
		require.Equal(t, 200, decided.Status, decided)
		orders, payments = append(orders, order), append(payments, w.PaymentID)
		if decision == "ACCEPT" {
			whole := b.post(t, refundsOf(order), map[string]any{"reason": "DAMAGED"})
			require.Equal(t, "409 REFUND_EXCEEDS_REMAINING", statusCode(whole),
				"a part of it is with the buyer already")
			require.Contains(t, whole.Message, "7000", "what is left")
		}
	}
	require.Equal(t, 0, balance("DISPUTED"))
	require.Equal(t, 3000, balance("WRITE_OFF"))
	require.Equal(t, 17_000, balance("PSP_CLEARING"))
	file := fmt.Sprintf("merchantUid,amount,fee,payoutDay\n%[1]s,10000,0,2026-11-27\n%[1]s,-3000,0,2026-11-27\n"+
		"%[2]s,10000,0,2026-11-27\n%[2]s,-3000,0,2026-11-27\n%[2]s,3000,0,2026-11-28\n", payments[0], payments[1])
	require.Equal(t, 200, admin.put(t, "/admin/settlement-files/won.csv", file, "Content-Type", "text/csv").Status)
	for _, order := range orders {
		shipped := seller.put(t, shipPath(r.lines(t, order)[0]),
			map[string]string{"carrier": "CJ", "trackingNumber": "1"})
		require.Equal(t, 200, shipped.Status, shipped)
	}
	r.settleDown(t)
	r.reconcile(t, admin)
	require.EqualValues(t, 0, admin.get(t, "/admin/reconciliation?status=OPEN").field("totalElements"))
	require.Equal(t, 0, r.count(t, "SELECT count(*) FROM reconciliation_breaks WHERE class <> 'STATE'"),
		"a line about what is paid again is a movement of the dispute that was won")
	r.verify(t)
}

// A part goes back before the payment is booked, and the webhook
// about that is lost.
func TestDispute_BeforeThePaymentIsBooked_IsOpenedWithIt(t *testing.T) {
	t.Parallel()
	r := start(t)
	b := r.buyer(t)
	order, w, opened := r.openInBrowser(t, b, r.product(t, r.anotherSeller(t), 10_000_00, 100).ID)
	r.portone.Set(portonesim.Faults{NoWebhooks: true})
	out := r.portone.Pay(w, portonesim.Approve)
	require.Empty(t, out.Code)
	r.portone.GiveBack(w.PaymentID, 3000)
	require.Equal(t, 0, r.count(t, "SELECT count(*) FROM payments WHERE status = 'SUCCESS'"))
	b.post(t, confirmPath(opened), returned(out))
	r.eventuallyPaid(t, order)
	d := r.staff(t).get(t, fmt.Sprintf("/admin/disputes/%d", r.disputeOf(t, order)))
	require.EqualValues(t, 3000, d.field("amount"))
	r.settleDown(t)
	r.verify(t)
}

// What staff has cancelled at the provider's console instead of approving
// the refund is what the refund is settled from.
func TestDispute_WhileARefundWaits_PaysTheRefund(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin, b := r.staff(t), r.buyer(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 100)
	order, w, _ := r.openInBrowser(t, b, p.ID)
	require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
	r.eventuallyPaid(t, order)
	asked := b.post(t, refundsOf(order), map[string]any{"reason": "DAMAGED"})
	require.Equal(t, 201, asked.Status, asked)
	refund := asked.id("refundId")
	r.portone.GiveBack(w.PaymentID, 10_000)
	dispute := r.disputeOf(t, order)
	admin.put(t, fmt.Sprintf("/admin/refunds/%d/complete", refund), map[string]any{})
	r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE status = 'FAILED'")
	settled := admin.put(t, fmt.Sprintf("/admin/refunds/%d/settle", refund),
		map[string]any{"reason": "see the dispute"})
	require.Contains(t, []int{200, 202}, settled.Status, settled)
	r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE status = 'SUCCESS' AND dispute_id = $1", dispute)
	d := admin.get(t, fmt.Sprintf("/admin/disputes/%d", dispute))
	require.Equal(t, "ACCEPTED", d.field("status"))
	require.Equal(t, market.OrderRefunded, r.status(t, order))
	r.settleDown(t)
	r.verify(t)
}

// TestDispute_AboveTheLimit_WaitsForASecondPerson_InAPIAndConsole.
func TestDispute_AboveTheLimit_WaitsForASecondPerson_InAPIAndConsole(t *testing.T) {
	t.Parallel()
	r := start(t)
	owner, finance, auditor := r.member(t, market.StaffOwner), r.member(t, market.StaffFinance),
		r.member(t, market.StaffAuditor)
	require.Equal(t, 200, owner.put(t, "/admin/refund-policy", refundPolicy(0, 100)).Status)
	b, product := r.buyer(t), r.product(t, r.anotherSeller(t), 10_000_00, 100).ID
	open := func() int64 {
		order, w, _ := r.openInBrowser(t, b, product)
		require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
		r.eventuallyPaid(t, order)
		r.portone.GiveBack(w.PaymentID, 100)
		return r.disputeOf(t, order)
	}
	accepted, won := open(), open()

	waits := decideDispute(t, finance.person, accepted, map[string]any{"decision": "ACCEPT"})
	require.Equal(t, 202, waits.Status, waits)
	require.Equal(t, "DISPUTE", waits.field("kind"))
	require.EqualValues(t, accepted, waits.field("subjectId"))
	path := fmt.Sprintf("/admin/proposals/%d/approve", waits.id("proposalId"))
	require.Equal(t, "409 PROPOSAL_NEEDS_ANOTHER_ADMIN", statusCode(finance.post(t, path, nil)))
	require.Equal(t, "403 FORBIDDEN", statusCode(auditor.post(t, path, nil)))
	require.Equal(t, "409 DATA_CONFLICT",
		statusCode(decideDispute(t, owner.person, accepted, map[string]any{"decision": "WIN"})),
		"another person's waits")
	require.Equal(t, "200 UPDATE_SUCCESS", statusCode(owner.post(t, path, nil)))
	d := auditor.get(t, fmt.Sprintf("/admin/disputes/%d", accepted))
	require.Equal(t, "ACCEPTED", d.field("status"))
	require.EqualValues(t, finance.id, d.field("adminId"))
	require.EqualValues(t, owner.id, d.field("approvedBy"))

	page := fmt.Sprintf("/disputes/%d", won)
	form := url.Values{"decision": {"WIN"}, "reason": {"<b>won</b>"}}
	status, _, body := finance.page(t, r, http.MethodPost, page, form)
	require.Equal(t, 400, status)
	require.Contains(t, body, "reference is required")
	form.Set("reference", "<i>REF-1</i>")
	status, location, _ := finance.page(t, r, http.MethodPost, page, form)
	require.Equal(t, 303, status)
	require.Contains(t, location, "notice=waits")
	_, _, body = owner.page(t, r, http.MethodGet, "/proposals", nil)
	require.Contains(t, body, fmt.Sprintf(`href="/disputes/%d"`, won))
	require.Contains(t, body, "&lt;i&gt;REF-1&lt;/i&gt;")
	id := r.count(t, "SELECT id FROM proposals WHERE status = 'PENDING'")
	status, _, _ = owner.page(t, r, http.MethodPost, fmt.Sprintf("/proposals/%d", id), url.Values{"do": {"approve"}})
	require.Equal(t, 303, status)
	_, _, body = auditor.page(t, r, http.MethodGet, page, nil)
	require.Contains(t, body, "&lt;i&gt;REF-1&lt;/i&gt;")
	require.Equal(t, "409 DISPUTE_RESOLVED",
		statusCode(decideDispute(t, owner.person, won, map[string]any{"decision": "ACCEPT"})))

	// The dispute of a proposal is resolved meanwhile, here by a policy without a limit.
	third := open()
	waits = decideDispute(t, finance.person, third, map[string]any{"decision": "ACCEPT"})
	require.Equal(t, 200, owner.put(t, "/admin/refund-policy", refundPolicy(0, nil)).Status)
	require.Equal(t, 200,
		decideDispute(t, owner.person, third, map[string]any{"decision": "WIN", "reference": "REF-2"}).Status)
	require.Equal(t, "409 PROPOSAL_NOT_PENDING",
		statusCode(owner.post(t, fmt.Sprintf("/admin/proposals/%d/approve", waits.id("proposalId")), nil)))
	_, _, body = owner.page(t, r, http.MethodGet, "/proposals?status=WITHDRAWN", nil)
	require.Contains(t, body, "The dispute was resolved in the meantime")
	again := decideDispute(t, owner.person, open(), map[string]any{"decision": "WIN", "reference": "REF-2"})
	require.Equal(t, "409 DISPUTE_REFERENCE_USED", statusCode(again))
	require.Equal(t, "400 INVALID_INPUT", statusCode(decideDispute(t, owner.person, third,
		map[string]any{"decision": "WIN", "reference": strings.Repeat("x", 256)})))
	r.verify(t)
}
