package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// line is what a test orders of a product.
type line struct {
	product  int64
	quantity int32
}

// paidOrder orders and pays over HTTP, and returns the order and the ids of its
// lines in the order of their products.
func (r *rig) paidOrder(t testing.TB, b *person, lines ...line) (orderID int64, items []int64) {
	t.Helper()
	var cart []int64
	for _, l := range lines {
		cart = append(cart, r.fill(t, b.id, l.product, l.quantity))
	}
	a := b.insist(t, "/orders", b.order(cart...))
	require.Equal(t, 201, a.Status, a)
	orderID = a.id("orderId")
	require.Equal(t, 201, b.insist(t, "/payments", payBody(orderID)).Status)
	return orderID, r.lines(t, orderID)
}

func (r *rig) lines(t testing.TB, orderID int64) (items []int64) {
	t.Helper()
	rows, err := r.store.Pool().Query(context.Background(),
		"SELECT id FROM order_items WHERE order_id = $1 ORDER BY product_id", orderID)
	require.NoError(t, err)
	for rows.Next() {
		var id int64
		require.NoError(t, rows.Scan(&id))
		items = append(items, id)
	}
	return items
}

func refundsOf(orderID int64) string { return fmt.Sprintf("/orders/%d/refunds", orderID) }

// pieces is a request for pieces of lines: item, quantity, item, quantity ...
func pieces(items ...int64) map[string]any {
	list := []map[string]int64{}
	for i := 0; i < len(items); i += 2 {
		list = append(list, map[string]int64{"orderItemId": items[i], "quantity": items[i+1]})
	}
	return map[string]any{"reason": "CHANGE_OF_MIND", "items": list}
}

var whole = map[string]any{"reason": "DAMAGED", "description": "상자가 찌그러졌습니다 (김구매)"}

// approve has an admin approve a refund.
func approve(t testing.TB, admin *person, refundID int64) *answer {
	t.Helper()
	return admin.put(t, fmt.Sprintf("/admin/refunds/%d/complete", refundID), nil)
}

// balance is what the ledger holds for a seller in an account.
func (r *rig) balance(t testing.TB, account string, sellerID int64) (m market.Money) {
	t.Helper()
	require.NoError(t,
		r.store.Pool().QueryRow(context.Background(),
			"SELECT coalesce(sum(amount), 0) FROM ledger_entries WHERE account = $1 AND seller_id = $2", account,
			sellerID).Scan(&m))
	return m
}

func TestRefund(t *testing.T) {
	t.Parallel()
	r := start(t)
	ctx := context.Background()
	one, two, admin := r.seller(t), r.seller(t), r.staff(t)
	p, q := r.product(t, one.id, 3_333_00, 1000), r.product(t, two.id, 11_00, 1000)

	t.Run("WholeOrder", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		before := r.stock(t, p.ID)
		order, _ := r.paidOrder(t, b, line{p.ID, 2})
		a := b.post(t, refundsOf(order), whole, "Idempotency-Key", "broken")
		require.Equal(t, "201 CREATE_SUCCESS", statusCode(a))
		require.Equal(t, "PENDING", a.field("status"))
		id := a.id("refundId")
		again := b.post(t, refundsOf(order), whole, "Idempotency-Key", "broken")
		require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
		require.Equal(t, id, again.id("refundId"))
		require.Equal(t, "409 REFUND_ALREADY_EXISTS", statusCode(b.post(t, refundsOf(order), whole)))
		require.Equal(t, 200, b.get(t, fmt.Sprintf("/refunds/%d", id)).Status)
		require.Equal(t, before-2, r.stock(t, p.ID))

		done := approve(t, admin, id)
		require.Equal(t, "200 UPDATE_SUCCESS", statusCode(done))
		require.Equal(t, "SUCCESS", done.field("status"))
		require.Equal(t, market.OrderRefunded, r.status(t, order))
		require.Equal(t, before, r.stock(t, p.ID), "unshipped pieces are on sale again")
		_, held := r.charged(t, order)
		require.Zero(t, held)
		require.Equal(t, "404 REFUND_NOT_FOUND", statusCode(approve(t, admin, id)))
		require.Equal(t, "409 ORDER_NOT_REFUNDABLE", statusCode(b.post(t, refundsOf(order), whole)))
		require.Equal(t, 3,
			r.count(t, "SELECT count(*) FROM transaction_histories WHERE type = 'REFUND' AND transaction_id = $1", id))
		require.Equal(t, 1,
			r.count(t, "SELECT count(*) FROM order_status_update_notifications WHERE order_id = $1 AND status = 'REFUNDED'",
				order))
	})
	t.Run("Denied", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order, _ := r.paidOrder(t, b, line{p.ID, 1})
		id := b.post(t, refundsOf(order), whole).id("refundId")
		path := fmt.Sprintf("/admin/refunds/%d/deny", id)
		for _, reason := range []string{"", " ", "\x00", strings.Repeat("가", 256)} {
			require.Equal(t, "400 INVALID_INPUT", statusCode(admin.put(t, path,
				map[string]string{"deniedReason": reason})))
		}
		a := admin.put(t, path, map[string]string{"deniedReason": "사용한 흔적"})
		require.Equal(t, "200 UPDATE_SUCCESS", statusCode(a))
		require.Equal(t, "사용한 흔적", a.field("deniedReason"))
		require.Equal(t, "DENIED", b.get(t, fmt.Sprintf("/refunds/%d", id)).field("status"))
		require.Equal(t, market.OrderPaid, r.status(t, order))
		// Unlike in the original, a denial is not the end: the buyer may ask again.
		require.Equal(t, 201, b.post(t, refundsOf(order), whole).Status)
	})
	t.Run("BuyersCannotGiveTheSystemsReasons", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order, items := r.paidOrder(t, b, line{p.ID, 1})
		for _, reason := range []string{"PAYMENT_AMOUNT_MISMATCH", "ORDER_EXPIRED", "ADMIN_DECISION", ""} {
			require.Equal(t, "400 INVALID_INPUT", statusCode(b.post(t, refundsOf(order),
				map[string]string{"reason": reason})))
		}
		require.Equal(t, "400 INVALID_INPUT", statusCode(b.post(t, refundsOf(order), pieces())),
			"no pieces are not all pieces")
		require.Equal(t, "400 REFUND_ITEMS_INVALID",
			statusCode(b.post(t, refundsOf(order), pieces(items[0], 1, items[0], 1))))
		require.Equal(t, "400 REFUND_ITEMS_INVALID", statusCode(b.post(t, refundsOf(order), pieces(1<<40, 1))))
		require.Equal(t, "409 REFUND_QUANTITY_TOO_LARGE", statusCode(b.post(t, refundsOf(order), pieces(items[0], 2))))
	})
	t.Run("PartsOfTwoSellersNetToZero", func(t *testing.T) {
		payable, commission := r.balance(t, "SELLER_PENDING", one.id), r.balance(t, "COMMISSION_PENDING", one.id)
		payable2, commission2 := r.balance(t, "SELLER_PENDING", two.id), r.balance(t, "COMMISSION_PENDING", two.id)
		b := r.buyers(t, 1)[0]
		order, items := r.paidOrder(t, b, line{p.ID, 3}, line{q.ID, 2})
		require.NotEqual(t, payable, r.balance(t, "SELLER_PENDING", one.id))
		var ids []int64
		for _, body := range []any{
			pieces(items[0], 1), pieces(items[0], 1, items[1], 1), map[string]string{"reason": "WRONG_ITEM"},
		} {
			a := b.post(t, refundsOf(order), body)
			require.Equal(t, 201, a.Status, a)
			ids = append(ids, a.id("refundId"))
		}
		require.Equal(t, "409 REFUND_ALREADY_EXISTS", statusCode(b.post(t, refundsOf(order), whole)),
			"nothing remains for a fourth")
		for i, id := range ids {
			require.Equal(t, market.OrderPaid, r.status(t, order), "until all of it has gone back, before %d", i)
			require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
		}
		require.Equal(t, market.OrderRefunded, r.status(t, order))
		_, held := r.charged(t, order)
		require.Zero(t, held)
		require.Equal(t, payable, r.balance(t, "SELLER_PENDING", one.id))
		require.Equal(t, commission, r.balance(t, "COMMISSION_PENDING", one.id))
		require.Equal(t, payable2, r.balance(t, "SELLER_PENDING", two.id))
		require.Equal(t, commission2, r.balance(t, "COMMISSION_PENDING", two.id))
	})
	t.Run("TwentyAtOnceNeverExceedTheCharge", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order, items := r.paidOrder(t, b, line{p.ID, 7})
		answers := together(20, func(int) *answer {
			a, err := b.try("POST", refundsOf(order), pieces(items[0], 2))
			if err != nil {
				t.Error(err)
			}
			return a
		})
		require.Equal(t, map[string]int{"201 CREATE_SUCCESS": 3, "409 REFUND_QUANTITY_TOO_LARGE": 17}, codes(answers))
		for _, a := range answers {
			if a.Success {
				approve(t, admin, a.id("refundId"))
			}
		}
		_, held := r.charged(t, order)
		require.Equal(t, market.Money(3_333_00), held)
		require.Equal(t, market.OrderPaid, r.status(t, order))
	})
	t.Run("RefusedByTheGatewayThenApprovedAgain", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order, _ := r.paidOrder(t, b, line{p.ID, 1})
		id := b.post(t, refundsOf(order), whole).id("refundId")
		r.simulator.Set(simulator.Knobs{RefuseCancel: true})
		a := approve(t, admin, id)
		r.simulator.Set(simulator.Knobs{})
		require.Equal(t, "FAILED", a.field("status"))
		require.Equal(t, "PAYMENT_NOT_REFUNDABLE", a.field("failure"))
		require.Equal(t, market.OrderPaid, r.status(t, order))
		// The buyer asks again: the same refund waits for a decision again.
		asked := b.post(t, refundsOf(order), whole)
		require.Equal(t, id, asked.id("refundId"))
		require.Equal(t, "PENDING", asked.field("status"))
		require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
		require.Equal(t, market.OrderRefunded, r.status(t, order))
	})
	t.Run("TimesOutAfterItPaidBack", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order, _ := r.paidOrder(t, b, line{p.ID, 1})
		id := b.post(t, refundsOf(order), whole).id("refundId")
		r.simulator.Set(simulator.Knobs{HangAfter: 50 * time.Millisecond})
		require.Equal(t, "SUCCESS", approve(t, admin, id).field("status"))
		r.simulator.Set(simulator.Knobs{})
		require.Equal(t, 1, r.cancellations(t, order))
	})
	t.Run("AGatewayThatIsAway", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order, _ := r.paidOrder(t, b, line{p.ID, 1})
		id := b.post(t, refundsOf(order), whole).id("refundId")
		r.simulator.Set(simulator.Knobs{FailBefore: true})
		r.cfg.DecisionWait = time.Second
		office := *admin.caller
		office.base = "http://" + r.serve(t, app.Roles{Admin: true}).Addr("admin")
		a := approve(t, &person{caller: &office, id: admin.id}, id)
		require.Equal(t, "202 ACCEPTED", statusCode(a), "after DECISION_WAIT the row answers")
		require.Equal(t, "PROCESSING", a.field("status"))
		r.simulator.Set(simulator.Knobs{})
		testrig.Eventually(t, func() bool { return r.status(t, order) == market.OrderRefunded }, time.Minute,
			50*time.Millisecond)
		require.Equal(t, 1, r.cancellations(t, order))
	})
	t.Run("AnOperatorsSignal", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		order, _ := r.paidOrder(t, b, line{p.ID, 1})
		id := b.post(t, refundsOf(order), whole).id("refundId")
		operator, err := client.Dial(client.Options{
			HostPort: testrig.Env(t, "TEMPORAL_ADDRESS"), Namespace: r.cfg.TemporalNamespace, Identity: "ops@laptop",
			Logger: quiet{},
		})
		require.NoError(t, err)
		defer operator.Close()
		for _, d := range []map[string]any{{"reason": strings.Repeat("no",
			200)}, {"approve": true}} { // the first does not fit
			require.NoError(t,
				operator.SignalWorkflow(ctx, workflows.RefundWorkflowID(id), "", workflows.RefundDecisionSignal, d))
		}
		testrig.Eventually(t, func() bool { return r.status(t, order) == market.OrderRefunded }, 30*time.Second,
			50*time.Millisecond)
		require.Equal(t, 1,
			r.count(t,
				"SELECT count(*) FROM refund_decisions WHERE refund_id = $1 AND sent_by = 'operator, unverified: ops@laptop' AND admin_id IS NULL AND applied",
				id))
	})
	t.Run("ShippedPiecesComeBackOnlyWhenTheAdminSaysSo", func(t *testing.T) {
		for _, restock := range []bool{false, true} {
			b := r.buyers(t, 1)[0]
			order, items := r.paidOrder(t, b, line{p.ID, 2})
			_, err := r.store.ShipItem(ctx, market.SellerID(p.SellerID), items[0], "CJ", "1")
			require.NoError(t, err)
			_, err = r.store.DeliverItem(ctx, market.SellerID(p.SellerID), items[0])
			require.NoError(t, err)
			before := r.stock(t, p.ID)
			id := b.post(t, refundsOf(order), whole).id("refundId")
			a := admin.put(t, fmt.Sprintf("/admin/refunds/%d/complete", id), map[string]bool{"restock": restock})
			require.Equal(t, "SUCCESS", a.field("status"))
			if restock {
				before += 2
			}
			require.Equal(t, before, r.stock(t, p.ID))
		}
	})
	t.Run("Lists", func(t *testing.T) {
		a := admin.get(t, "/admin/refunds?status=SUCCESS&size=3")
		require.Equal(t, 200, a.Status)
		b := r.buyers(t, 1)[0]
		require.Equal(t, "400 INVALID_INPUT", statusCode(b.get(t, "/refunds?sort=secret")))
		require.EqualValues(t, 0, b.get(t, "/refunds").id("totalElements"))
	})
	r.verify(t)
}

// cancellations is how often the gateway has given back anything of an order.
func (r *rig) cancellations(t testing.TB, orderID int64) int {
	t.Helper()
	return r.count(t,
		`SELECT count(*) FROM gateway_simulator.cancellations x JOIN payments p ON p.imp_uid = x.imp_uid WHERE p.order_id = $1`,
		orderID)
}

// It approves and denies the same refund at the same moment.
func TestRefund_TwoAdmins_Decide(t *testing.T) {
	t.Parallel()
	r := start(t)
	p := r.product(t, r.seller(t).id, 1_000_00, 1_000)
	one, two := r.staff(t), r.staff(t)
	approvals, late := 0, 0
	for range 100 {
		b := r.buyers(t, 1)[0]
		order, _ := r.paidOrder(t, b, line{p.ID, 1})
		id := b.post(t, refundsOf(order), whole).id("refundId")
		answers := together(2, func(i int) *answer {
			var a *answer
			var err error
			if i == 0 {
				a, err = one.try("PUT", fmt.Sprintf("/admin/refunds/%d/complete", id), nil)
			} else {
				a, err = two.try("PUT", fmt.Sprintf("/admin/refunds/%d/deny", id),
					map[string]string{"deniedReason": "늦었습니다"})
			}
			if err != nil {
				t.Error(err)
			}
			return a
		})
		if answers[0].Status == 202 || answers[1].Status == 202 { // the machine is busy
			late++
			r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE id = $1 AND status IN ('SUCCESS', 'DENIED')", id)
			require.LessOrEqual(t, r.cancellations(t, order), 1)
			require.Equal(t, 1, r.count(t, "SELECT count(*) FROM refund_decisions WHERE refund_id = $1 AND applied", id))
			continue
		}
		require.NotEqual(t, answers[0].Success, answers[1].Success, "%s %s", answers[0], answers[1])
		winner, loser, state := answers[0], answers[1], "SUCCESS"
		if answers[1].Success {
			winner, loser, state = answers[1], answers[0], "DENIED"
		}
		require.Equal(t, state, winner.field("status"))
		require.Equal(t, "404 REFUND_NOT_FOUND", statusCode(loser))
		cancels := r.cancellations(t, order)
		if state == "SUCCESS" {
			approvals++
			require.Equal(t, 1, cancels)
			require.Equal(t, market.OrderRefunded, r.status(t, order))
		} else {
			require.Zero(t, cancels)
			require.Equal(t, market.OrderPaid, r.status(t, order))
		}
		require.Equal(t, 1, r.count(t, "SELECT count(*) FROM refund_decisions WHERE refund_id = $1 AND applied", id))
	}
	t.Logf("%d of 100 were approved, %d answered late", approvals, late)
	require.Less(t, late, 50)
	r.verify(t)
}
