package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/app"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
)

func activityName(ctx context.Context) string { return activity.GetInfo(ctx).ActivityType.Name }

var everyRole = app.Roles{API: true, Admin: true, Worker: true}

// TestKilledBetweenSteps kills the process that runs the API and the workers
// before and after every step of a purchase, starts another, and repeats the
// request as a client would: the purchase ends as if nothing had happened.
func TestKilledBetweenSteps(t *testing.T) {
	for _, c := range []struct {
		step  string
		knobs gateway.Knobs
		end   market.OrderStatus
	}{
		{"PlaceOrder", gateway.Knobs{}, market.OrderPaid},
		{"OpenPayment", gateway.Knobs{}, market.OrderPaid},
		{"Charge", gateway.Knobs{}, market.OrderPaid},
		{"ApprovePayment", gateway.Knobs{}, market.OrderPaid},
		{"FailPayment", gateway.Knobs{Decline: true}, market.OrderFailed},
		{"CancelCharge", gateway.Knobs{AmountOff: 100}, market.OrderFailed},
		{"CompleteRefund", gateway.Knobs{AmountOff: 100}, market.OrderFailed},
	} {
		for _, point := range []string{"before", "after"} {
			t.Run(c.step+"/"+point, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.simulator.Set(c.knobs)
				seller := r.sellerWithoutLogin(t)
				p := r.product(t, seller, 10_000_00, 10)
				b := r.buyers(t, 1)[0]
				body := b.order(r.fill(t, b.id, p.ID, 3))

				doomed := r.spawn(t, everyRole, c.step+":"+point)
				b.base = "http://" + doomed.addrs["api"]
				_, _ = r.purchase(b, body)
				doomed.died(t)

				next := r.spawn(t, everyRole, "")
				b.base = "http://" + next.addrs["api"]
				order, paid := r.purchase(b, body)
				require.NotNil(t, paid)
				require.Equal(t, c.end == market.OrderPaid, paid.Success, paid)
				require.Equal(t, c.end, r.status(t, order))
				r.settleDown(t)

				charges, held := r.charged(t, order)
				require.LessOrEqual(t, charges, 1)
				require.Equal(t, 1, r.count(t, "SELECT count(*) FROM orders"))
				if c.end == market.OrderPaid {
					require.Equal(t, market.Money(30_000_00), held)
					require.EqualValues(t, 7, r.stock(t, p.ID))
				} else {
					require.Zero(t, held)
					require.EqualValues(t, 10, r.stock(t, p.ID))
				}
				r.verify(t)
			})
		}
	}
}

// TestRefundKilledBetweenSteps kills the worker before and after every step of a
// refund: the money goes back once, and the refund ends as if nothing had happened.
func TestRefundKilledBetweenSteps(t *testing.T) {
	for _, c := range []struct {
		step   string
		refuse bool // the gateway refuses the first attempt
	}{{"OpenRefund", false}, {"DecideRefund", false}, {"CancelCharge", false}, {"CompleteRefund", false}, {"FailRefund", true}} {
		for _, point := range []string{"before", "after"} {
			t.Run(c.step+"/"+point, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				frontend := r.serve(t, app.Roles{API: true, Admin: true})
				r.api, r.admin = "http://"+frontend.Addr("api"), "http://"+frontend.Addr("admin")
				p := r.product(t, r.sellerWithoutLogin(t), 10_000_00, 10)
				b, admin := r.buyers(t, 1)[0], r.staff(t)
				order, _ := r.paidOrder(t, b, line{p.ID, 3})

				doomed := r.spawn(t, app.Roles{Worker: true}, c.step+":"+point)
				next := make(chan struct{})
				go func() {
					defer close(next)
					doomed.died(t)
					r.spawn(t, app.Roles{Worker: true}, "")
				}()
				var id int64
				require.Eventually(t, func() bool {
					a, err := b.try("POST", refundsOf(order), whole, "Idempotency-Key", "back")
					if err == nil && a.Status == 201 {
						id = a.id("refundId")
					}
					return id != 0
				}, 2*time.Minute, 200*time.Millisecond)
				r.simulator.Set(gateway.Knobs{RefuseCancel: c.refuse})
				if c.refuse {
					approve(t, admin, id)
					<-next
					require.Eventually(t, func() bool { return r.count(t, "SELECT count(*) FROM refunds WHERE status = 'FAILED'") == 1 }, time.Minute, 50*time.Millisecond)
					r.simulator.Set(gateway.Knobs{})
				}
				approve(t, admin, id)
				require.Eventually(t, func() bool { return r.status(t, order) == market.OrderRefunded }, 2*time.Minute, 50*time.Millisecond)
				<-next
				require.Equal(t, 1, r.cancellations(t, order))
				_, held := r.charged(t, order)
				require.Zero(t, held)
				require.EqualValues(t, 10, r.stock(t, p.ID))
				require.Equal(t, 1, r.count(t, "SELECT count(*) FROM refunds"))
				r.verify(t)
			})
		}
	}
}

// TestRefundKilledWhileItIsDenied denies a refund after an attempt that failed, and
// kills the worker while it asks the gateway whether the money has gone back all the
// same: the refund is denied, and nothing moves.
func TestRefundKilledWhileItIsDenied(t *testing.T) {
	for _, point := range []string{"before", "after"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			frontend := r.serve(t, app.Roles{API: true, Admin: true})
			r.api, r.admin = "http://"+frontend.Addr("api"), "http://"+frontend.Addr("admin")
			p := r.product(t, r.sellerWithoutLogin(t), 10_000_00, 10)
			b, admin := r.buyers(t, 1)[0], r.staff(t)
			order, _ := r.paidOrder(t, b, line{p.ID, 3})
			doomed := r.spawn(t, app.Roles{Worker: true}, "ChargeWasCancelled:"+point)
			r.simulator.Set(gateway.Knobs{RefuseCancel: true})
			id := b.post(t, refundsOf(order), whole).id("refundId")
			require.Equal(t, "FAILED", approve(t, admin, id).field("status"))
			require.Equal(t, "PENDING", b.post(t, refundsOf(order), whole).field("status"), "asked for again")
			admin.put(t, fmt.Sprintf("/admin/refunds/%d/deny", id), map[string]string{"deniedReason": "no"})
			doomed.died(t)
			r.spawn(t, app.Roles{Worker: true}, "")
			r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE status = 'DENIED'")
			require.Zero(t, r.cancellations(t, order))
			require.Equal(t, market.OrderPaid, r.status(t, order))
			r.verify(t)
		})
	}
}

// purchase orders and pays with one Idempotency-Key each, trying again for as
// long as the marketplace says that trying again helps. It returns early when
// the process dies.
func (r *rig) purchase(b *person, body map[string]any) (orderID int64, paid *answer) {
	try := func(path string, body any, key string) *answer {
		for range 60 {
			a, err := b.try("POST", path, body, "Idempotency-Key", key)
			if err != nil {
				return nil
			}
			if a.Status != 503 && a.Status != 202 {
				return a
			}
			time.Sleep(500 * time.Millisecond)
		}
		return nil
	}
	placed := try("/orders", body, fmt.Sprintf("order-of-%d", b.id))
	if placed == nil || !placed.Success {
		return 0, nil
	}
	order := placed.id("orderId")
	return order, try("/payments", payBody(order), fmt.Sprintf("payment-of-%d", order))
}

// sellerWithoutLogin makes an approved seller without a login.
func (r *rig) sellerWithoutLogin(t *testing.T) int64 {
	t.Helper()
	var id int64
	require.NoError(t, r.store.Pool().QueryRow(context.Background(), `INSERT INTO sellers (email, password, name, phone, store_name, biz_number, bank_code, bank_account, status)
		VALUES ('s@example.com', 'x', 's', '1', 's', 'b', 'KOOKMIN', '1', 'APPROVED') RETURNING id`).Scan(&id))
	return id
}
