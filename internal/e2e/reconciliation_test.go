package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// reconcile has a day reconciled, today for none, and waits until it is.
func (r *rig) reconcile(t *testing.T, admin *person) {
	t.Helper()
	const done = "SELECT coalesce(max(reconciled_at), 'epoch')::text FROM reconciliations"
	before := r.text(t, done)
	a := admin.do(t, http.MethodPut, "/admin/reconciliation/days/"+r.store.Today().String(), nil)
	require.Equal(t, 202, a.Status, a)
	testrig.Eventually(t, func() bool { return r.text(t, done) != before }, 30*time.Second, 20*time.Millisecond)
}

// eventuallyPaid waits until an order is PAID.
func (r *rig) eventuallyPaid(t *testing.T, order int64) {
	t.Helper()
	testrig.Eventually(t, func() bool { return r.status(t, order) == market.OrderPaid }, 20*time.Second,
		20*time.Millisecond)
}

// Each difference between PortOne's books and ours is a break, those
// that can heal do, and an admin accepts the others.
func TestReconciliation(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin, b := r.staff(t), r.buyer(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 100)
	pay := func() (order int64, w portonesim.Window) {
		order, w, _ = r.openInBrowser(t, b, p.ID)
		require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
		return order, w
	}
	good, _ := pay()
	r.eventuallyPaid(t, good)
	r.reconcile(t, admin)
	require.EqualValues(t, 0, admin.get(t, "/admin/reconciliation").field("totalElements"), "all agrees")
	days := admin.get(t, "/admin/reconciliation/days")
	require.Contains(t, string(days.Data), `"providerNet":10000.00,"bookedNet":10000.00,"ledgerNet":10000.00,"breaks":0`)

	// A charge without a notification is found, signalled and resolved.
	r.portone.Set(portonesim.Faults{NoWebhooks: true})
	missed, _ := pay()
	r.reconcile(t, admin)
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM reconciliation_breaks WHERE class = 'STATE' AND heals"))
	r.eventuallyPaid(t, missed)
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM reconciliation_breaks WHERE status = 'OPEN'"))
	r.reconcile(t, admin) // signals the waiting reconciliation
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM reconciliation_breaks WHERE status = 'AGREED'"))

	// A payment that is not ours is a break; a cancellation at PortOne's console, which is notified,
	// is a dispute.
	r.portone.Set(portonesim.Faults{})
	_, w := pay()
	r.eventually(t, 0, "SELECT count(*) FROM payments WHERE resolved_at IS NULL")
	r.portone.GiveBack(w.PaymentID, 3000)
	r.eventually(t, 1, "SELECT count(*) FROM disputes")
	foreign := w
	foreign.PaymentID, foreign.TotalAmount = "SOMEBODYELSES", 5000
	require.Empty(t, r.portone.Pay(foreign, portonesim.Approve).Code)
	r.reconcile(t, admin)
	open := admin.get(t, "/admin/reconciliation?status=OPEN")
	require.EqualValues(t, 1, open.field("totalElements"), open)
	require.Contains(t, string(open.Data), `"class":"MISSING_HERE","amount":5000.00`)
	unreconciled, err := r.store.Unreconciled(t.Context())
	require.NoError(t, err)
	require.Equal(t, market.Money(5_000_00), unreconciled.Amount)
	require.Positive(t, unreconciled.Age)

	var ids []int64
	for _, c := range open.field("content").([]any) {
		ids = append(ids, int64(c.(map[string]any)["breakId"].(float64)))
	}
	accept := func(id int64) *answer {
		return admin.do(t, http.MethodPut, fmt.Sprintf("/admin/reconciliation/%d/accept", id),
			map[string]string{"reason": "a goodwill, given by hand"})
	}
	for _, id := range ids {
		a := accept(id)
		require.Equal(t, 200, a.Status, a)
		require.Equal(t, "ACCEPTED", a.field("status"))
		require.EqualValues(t, admin.id, a.field("adminId"))
		require.Equal(t, "RECONCILIATION_BREAK_RESOLVED", accept(id).Code)
	}
	require.Equal(t, "RECONCILIATION_BREAK_NOT_FOUND", accept(99).Code)
	r.reconcile(t, admin)
	require.EqualValues(t, 0, admin.get(t, "/admin/reconciliation?status=OPEN").field("totalElements"),
		"what was accepted is no break again")
	// A break that was resolved before its workflow looked at it may have two runs: the news of its
	// end comes after the first.
	require.Equal(t, 2, r.count(t, "SELECT count(*) FROM reconciliation_breaks WHERE status <> 'OPEN'"))
	for id := 1; id <= 2; id++ {
		run := r.temporal.GetWorkflow(t.Context(), fmt.Sprintf("reconciliation-break/%d", id), "")
		var status market.DiscrepancyStatus
		testrig.Eventually(t, func() bool {
			return run.Get(t.Context(), &status) == nil
		}, 3*time.Minute, 50*time.Millisecond)
		require.NotEqual(t, market.DiscrepancyOpen, status)
	}
}

// The order has expired and the charge has no notification: the charge goes back nevertheless.
func TestReconciliation_LateCharge_IsFound(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin, b := r.staff(t), r.buyer(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 100)
	r.portone.Set(portonesim.Faults{NoWebhooks: true})
	order, w, _ := r.openInBrowser(t, b, p.ID)
	r.endUnpaid(t, order)
	require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
	r.reconcile(t, admin)
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM reconciliation_breaks WHERE class = 'LATE' AND heals"))
	testrig.Eventually(t, func() bool { return r.atPortOne(t, w).Amount.Cancelled == 10_000 }, 30*time.Second,
		50*time.Millisecond)
	r.eventually(t, 0, "SELECT count(*) FROM refunds WHERE status <> 'SUCCESS'")
	r.reconcile(t, admin)
	require.Equal(t, 0, r.count(t, "SELECT count(*) FROM reconciliation_breaks WHERE status = 'OPEN'"))
	r.settleDown(t)
	r.verify(t)
}

// TestSettlementFiles are imported by the admin API, compared, and can be sent again.
func TestSettlementFiles(t *testing.T) {
	t.Parallel()
	r := start(t)
	admin, b := r.staff(t), r.buyer(t)
	p := r.product(t, r.seller(t).id, 10_000_00, 100)
	order, w, _ := r.openInBrowser(t, b, p.ID)
	require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
	r.eventuallyPaid(t, order)
	send := func(name, lines string) *answer {
		return admin.put(t, "/admin/settlement-files/"+name, "merchantUid,amount,fee,payoutDay\n"+lines,
			"Content-Type", "text/csv")
	}
	a := send("2026-11.csv", w.PaymentID+",10000,330,2026-11-27\n")
	require.Equal(t, 200, a.Status, a)
	require.EqualValues(t, 330, a.field("fee"))
	require.Equal(t, 200, send("2026-11.csv", w.PaymentID+",10000,330,2026-11-27\n").Status)
	r.eventually(t, 0, "SELECT count(*) FROM follow_ups")
	r.eventually(t, 0, "SELECT count(*) FROM reconciliation_breaks")
	require.Equal(t, "SETTLEMENT_FILE_CHANGED", send("2026-11.csv", w.PaymentID+",9000,330,2026-11-27\n").Code)
	a = send("twice.csv", w.PaymentID+",10000,330,2026-11-27\nUNKNOWN,7000,0,2026-11-27\n")
	require.Equal(t, 200, a.Status, a)
	r.eventually(t, 2, "SELECT count(*) FROM reconciliation_breaks WHERE class IN ('DUPLICATE', 'MISSING_HERE')")
	wrong := send("wrong.csv", "x,y,z,2026-11-27\n")
	require.Equal(t, 400, wrong.Status)
	require.Equal(t, "SETTLEMENT_FILE_INVALID", wrong.Code)
	files := admin.get(t, "/admin/settlement-files")
	require.EqualValues(t, 2, files.field("totalElements"), files)
	require.NotContains(t, string(files.Data), "wrong.csv", "a file that is refused leaves nothing behind")
}
