package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

func activityName(ctx context.Context) string { return activity.GetInfo(ctx).ActivityType.Name }

var everyRole = app.Roles{API: true, Admin: true, Worker: true}

// gatewayMoods are what a gateway may do, with the steps of a purchase that come
// about then, and how the purchase ends.
var gatewayMoods = []struct {
	name  string
	knobs simulator.Knobs
	steps []string
	end   market.OrderStatus
}{
	{"charges", simulator.Knobs{}, []string{"PlaceOrder", "OpenPayment", "Charge", "ApprovePayment"}, market.OrderPaid},
	{"declines", simulator.Knobs{Decline: true}, []string{"OpenPayment", "Charge", "FailPayment"}, market.OrderFailed},
	{
		"charges too much", simulator.Knobs{AmountOff: 100},
		[]string{"OpenPayment", "Charge", "ApprovePayment", "CancelCharge", "CompleteRefund"}, market.OrderFailed,
	},
	{
		"charges and hangs", simulator.Knobs{HangAfter: 50 * time.Millisecond},
		[]string{"OpenPayment", "Charge", "ResolveCharge", "ApprovePayment"}, market.OrderPaid,
	},
	{
		"charges too much and hangs", simulator.Knobs{HangAfter: 50 * time.Millisecond, AmountOff: 100},
		[]string{"ResolveCharge", "ApprovePayment", "CancelCharge", "CompleteRefund"}, market.OrderFailed,
	},
	{
		"declines and hangs", simulator.Knobs{HangAfter: 50 * time.Millisecond, Decline: true},
		[]string{"ResolveCharge", "FailPayment"}, market.OrderFailed,
	},
	{
		"fails before", simulator.Knobs{FailFirst: 3},
		[]string{"Charge", "ResolveCharge", "ApprovePayment"}, market.OrderPaid,
	},
	{
		"takes its time", simulator.Knobs{Queue: 2 * time.Second}, []string{"Charge", "ResolveCharge", "ApprovePayment"},
		market.OrderPaid,
	},
	{"handles it twice", simulator.Knobs{DuplicateWork: true}, []string{"Charge", "ApprovePayment"}, market.OrderPaid},
	{
		"refuses to give back", simulator.Knobs{AmountOff: 100, RefuseCancel: true},
		[]string{"CancelCharge", "FailRefund"}, market.OrderFailed,
	},
}

// The process that runs the API and the workers is killed before and after every step of a
// purchase, in each mood of the gateway. Another process is started, and the request is repeated as
// a client would: the purchase ends as if nothing had happened. A kill after a payment's last step
// has its whole task run again.
func TestKilledBetweenSteps(t *testing.T) {
	t.Parallel()
	for _, mood := range gatewayMoods {
		for _, point := range points {
			t.Run(mood.name+"/"+point, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				seller, other := r.sellerWithoutLogin(t), r.sellerWithoutLogin(t)
				running := r.spawn(t, everyRole, "")
				next := func() (err error) {
					running, err = r.trySpawn(t, everyRole, "")
					return err
				}
				eachStep(t, mood.steps, point, func(t *testing.T, at string) {
					t.Helper()
					r.simulator.Set(mood.knobs)
					p, q := r.product(t, seller, 10_000_00, 10), r.product(t, other, 5_000_00, 10)
					b := r.buyers(t, 1)[0]
					body := b.order(r.fill(t, b.id, p.ID, 3), r.fill(t, b.id, q.ID, 1))
					require.NoError(t, running.crashAt(at))
					b.base = "http://" + running.addrs["api"]
					_, _ = r.purchase(b, body)
					running.died(t)

					require.NoError(t, next())
					b.base, r.admin = "http://"+running.addrs["api"], "http://"+running.addrs["admin"]
					order, paid := r.purchase(b, body)
					require.NotNil(t, paid)
					require.Equal(t, mood.end == market.OrderPaid, paid.Success, paid)
					require.Equal(t, mood.end, r.status(t, order))
					if mood.knobs.RefuseCancel {
						r.eventually(t, 1, refundsOfOrder, order, market.RefundFailed)
						r.simulator.Set(simulator.Knobs{})
						approve(t, r.staff(t), r.refundOf(t, order))
						r.eventually(t, 1, refundsOfOrder, order, market.RefundSuccess)
					}
					r.settleDown(t)

					charges, held := r.charged(t, order)
					require.LessOrEqual(t, charges, 1)
					require.Equal(t, 1, r.count(t, "SELECT count(*) FROM orders WHERE buyer_id = $1", b.id))
					if mood.end == market.OrderPaid {
						require.Equal(t, market.Money(35_000_00), held)
						require.EqualValues(t, 7, r.stock(t, p.ID))
						require.EqualValues(t, 9, r.stock(t, q.ID))
					} else {
						require.Zero(t, held)
						require.EqualValues(t, 10, r.stock(t, p.ID))
						require.EqualValues(t, 10, r.stock(t, q.ID))
					}
					r.verify(t)
				})
			})
		}
	}
}

// eachStep runs a test for each step and the point before or after it, one after the other in one
// marketplace, until one fails.
func eachStep(t *testing.T, steps []string, point string, test func(t *testing.T, at string)) {
	t.Helper()
	for _, step := range steps {
		if !t.Run(step, func(t *testing.T) { test(t, step+":"+point) }) {
			return
		}
	}
}

// points are where a process is killed: before a step, or after its effect but before its result is
// recorded.
var points = []string{"before", "after"}

// refundsOfOrder counts an order's refunds with a status.
const refundsOfOrder = `SELECT count(*) FROM refunds r JOIN payments p ON p.id = r.payment_id
	WHERE p.order_id = $1 AND r.status = $2`

// refundOf returns the id of an order's only refund.
func (r *rig) refundOf(t *testing.T, orderID int64) int64 {
	t.Helper()
	return int64(r.count(t, "SELECT r.id FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = $1", orderID))
}

// A refundKind describes a refund of an order of two sellers: the pieces, and the admins who decide it.
type refundKind string

const (
	refundOfAll       refundKind = "refund of an order of two sellers"
	refundOfPieces    refundKind = "refund of two of a seller's three pieces"
	refundByTwo       refundKind = "refund that two admins approve"
	refundDenied      refundKind = "refund that the second of two admins denies"
	refundByTwoAtOnce refundKind = "refund that two admins approve at once"
)

// needsTwo reports whether a refund needs the approval of two admins.
func (k refundKind) needsTwo() bool {
	return k == refundByTwo || k == refundDenied || k == refundByTwoAtOnce
}

// refundMoods are what a gateway may do about a refund, with the steps that come about then.
var refundMoods = []struct {
	kind  refundKind
	name  string
	knobs simulator.Knobs
	steps []string
}{
	{
		refundOfAll, "gives back", simulator.Knobs{},
		[]string{"OpenRefund", "DecideRefund", "CancelCharge", "CompleteRefund"},
	},
	{
		refundOfAll, "gives back and hangs", simulator.Knobs{HangAfter: 50 * time.Millisecond},
		[]string{"CancelCharge", "CompleteRefund"},
	},
	{refundOfAll, "fails before", simulator.Knobs{FailFirst: 3}, []string{"CancelCharge", "CompleteRefund"}},
	{
		refundOfAll, "refuses", simulator.Knobs{RefuseCancel: true},
		[]string{"DecideRefund", "CancelCharge", "FailRefund"},
	},
	{refundOfPieces, "gives back", simulator.Knobs{}, []string{"OpenRefund", "CancelCharge", "CompleteRefund"}},
	{refundByTwo, "gives back", simulator.Knobs{}, []string{"DecideRefund", "CancelCharge", "CompleteRefund"}},
	{refundByTwoAtOnce, "gives back", simulator.Knobs{}, []string{"DecideRefund", "CancelCharge"}},
	{refundDenied, "not called", simulator.Knobs{}, []string{"DecideRefund"}},
}

// The worker is killed before and after every step of a refund, in each mood of the gateway: the
// money goes back once, and the refund ends as if nothing had happened.
func TestRefundKilledBetweenSteps(t *testing.T) {
	t.Parallel()
	for _, mood := range refundMoods {
		for _, point := range points {
			t.Run(fmt.Sprintf("%s/%s/%s", mood.kind, mood.name, point), func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				frontend := r.serve(t, app.Roles{API: true, Admin: true})
				r.api, r.admin = "http://"+frontend.Addr("api"), "http://"+frontend.Addr("admin")
				seller, other := r.sellerWithoutLogin(t), r.sellerWithoutLogin(t)
				admins := [2]*person{r.staff(t), r.staff(t)}
				if mood.kind.needsTwo() {
					require.Equal(t, 200, admins[0].put(t, "/admin/refund-policy", refundPolicy(0, 1_000)).Status)
				}
				running := r.spawn(t, app.Roles{Worker: true}, "")
				next := func() (err error) {
					running, err = r.trySpawn(t, app.Roles{Worker: true}, "")
					return err
				}
				eachStep(t, mood.steps, point, func(t *testing.T, at string) {
					t.Helper()
					r.simulator.Set(simulator.Knobs{})
					p, q := r.product(t, seller, 10_000_00, 10), r.product(t, other, 5_000_00, 10)
					b := r.buyers(t, 1)[0]
					order, items := r.paidOrder(t, b, line{p.ID, 3}, line{q.ID, 1})
					body := whole
					if mood.kind == refundOfPieces {
						body = pieces(items[0], 2)
					}

					require.NoError(t, running.crashAt(at))
					replaced := make(chan error, 1) // the process that takes over is there, or cannot be
					go func() {
						err := running.awaitDeath()
						if err == nil {
							err = next()
						}
						replaced <- err
						close(replaced)
					}()
					var id int64
					testrig.Eventually(t, func() bool {
						a, err := b.try("POST", refundsOf(order), body, "Idempotency-Key", "back")
						if err == nil && a.Status == 201 {
							id = a.id("refundId")
						}
						return id != 0
					}, 2*time.Minute, 200*time.Millisecond)
					r.simulator.Set(mood.knobs)
					r.decide(t, mood.kind, admins, id)
					if mood.knobs.RefuseCancel {
						require.NoError(t, <-replaced)
						r.eventually(t, 1, refundsOfOrder, order, market.RefundFailed)
						r.simulator.Set(simulator.Knobs{})
						approve(t, admins[0], id)
					}
					end := map[refundKind]refundEnd{
						refundOfPieces: {market.RefundSuccess, market.OrderPaid, 1, 15_000_00, 9, 9},
						refundDenied:   {market.RefundDenied, market.OrderPaid, 0, 35_000_00, 7, 9},
					}
					want, listed := end[mood.kind]
					if !listed {
						want = refundEnd{market.RefundSuccess, market.OrderRefunded, 1, 0, 10, 10}
					}
					testrig.Eventually(t, func() bool { return r.count(t, refundsOfOrder, order, want.refund) == 1 },
						2*time.Minute, 50*time.Millisecond)
					require.NoError(t, <-replaced)
					_, held := r.charged(t, order)
					require.Equal(t, want, refundEnd{
						want.refund, r.status(t, order), r.cancellations(t, order), held, r.stock(t, p.ID),
						r.stock(t, q.ID),
					})
					require.Equal(t, 1, r.count(t, "SELECT count(*) FROM refunds WHERE buyer_id = $1", b.id))
					if mood.kind.needsTwo() && want.refund == market.RefundSuccess {
						require.Equal(t, 1, r.count(t, "SELECT count(*) FROM refunds WHERE id = $1 AND second_approver IS NOT NULL", id))
					}
					r.verify(t)
				})
			})
		}
	}
}

// refundEnd is how a refund has ended: its status and its order's, how often and how much the gateway has given back,
// what it still holds, and the stock of both products.
type refundEnd struct {
	refund        market.RefundStatus
	order         market.OrderStatus
	cancellations int
	held          market.Money
	first, second int32
}

// decide has admins decide a refund according to its kind, and repeats requests that a killed
// process did not answer.
func (r *rig) decide(t *testing.T, kind refundKind, admins [2]*person, id int64) {
	t.Helper()
	firstApproved := func() {
		testrig.Eventually(t, func() bool {
			approve(t, admins[0], id)
			return r.count(t, "SELECT count(*) FROM refunds WHERE id = $1 AND first_approver IS NOT NULL", id) == 1
		}, 2*time.Minute, 200*time.Millisecond)
	}
	switch kind {
	case refundOfAll, refundOfPieces:
		approve(t, admins[0], id)
	case refundByTwo:
		firstApproved()
		approve(t, admins[1], id)
	case refundDenied:
		firstApproved()
		admins[1].put(t, fmt.Sprintf("/admin/refunds/%d/deny", id), map[string]string{"deniedReason": "no"})
	case refundByTwoAtOnce:
		together(2, func(i int) *answer { return approve(t, admins[i], id) })
	}
}

// payoutMoods are what a bank may do about a payout, with the steps that come about then.
var payoutMoods = []struct {
	name  string
	knobs simulator.BankKnobs
	steps []string
}{
	{"pays", simulator.BankKnobs{}, []string{"StartPayout", "SendPayout", "EndPayout"}},
	{
		"pays and hangs", simulator.BankKnobs{HangAfter: 50 * time.Millisecond},
		[]string{"SendPayout", "ResolvePayout", "EndPayout"},
	},
	{
		"fails before", simulator.BankKnobs{FailFirst: 3},
		[]string{"SendPayout", "ResolvePayout", "EndPayout"},
	},
	{"refuses", simulator.BankKnobs{Refuse: true}, []string{"StartPayout", "SendPayout", "EndPayout"}},
	{
		"returns", simulator.BankKnobs{Return: true, HangAfter: 50 * time.Millisecond},
		[]string{"ResolvePayout", "EndPayout"},
	},
}

// The worker is killed before and after every step of a payout, in each mood of the bank: the
// seller is paid once, or not at all, and an operator's retry pays once. The payouts of one
// marketplace run one after the other.
func TestPayoutKilledBetweenSteps(t *testing.T) {
	t.Parallel()
	for _, mood := range payoutMoods {
		for _, point := range points {
			t.Run(mood.name+"/"+point, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				var sellers []int64
				var paid market.Money
				for range mood.steps {
					seller := r.sellerWithoutLogin(t)
					sellers = append(sellers, seller)
					r.pay(t, r.buyers(t, 1)[0], r.product(t, seller, 10_000_00, 100).ID)
				}
				r.soldOn(t, lastPeriod().End)
				pause := func(seller []int64, until *time.Time) {
					_, err := r.store.Pool().Exec(context.Background(),
						"UPDATE sellers SET payouts_paused_until = $1 WHERE id = ANY ($2)", until, seller)
					require.NoError(t, err)
				}
				tomorrow := time.Now().Add(24 * time.Hour)
				pause(sellers, &tomorrow)
				running := r.spawn(t, app.Roles{Worker: true}, "")
				next := func() (err error) {
					running, err = r.trySpawn(t, app.Roles{Worker: true}, "")
					return err
				}
				require.Zero(t, r.closeDay(t, lastPeriod().End).Payouts)
				eachStep(t, mood.steps, point, func(t *testing.T, at string) {
					t.Helper()
					seller := sellers[0]
					sellers = sellers[1:]
					pause([]int64{seller}, nil)
					r.runs(t, workflows.SettlementWorkflowID(lastPeriod()), nil, workflows.Settlement, lastPeriod())
					r.simulator.Bank.Set(mood.knobs)
					require.NoError(t, running.crashAt(at))
					_, err := r.temporal.ExecuteWorkflow(context.Background(),
						startOptions(workflows.PayoutsWorkflowID(lastPeriod().End)), workflows.Payouts,
						workflows.PayoutsInput{})
					require.NoError(t, err)
					running.died(t)
					require.NoError(t, next())
					const inStatus = "SELECT count(*) FROM payouts WHERE seller_id = $1 AND status = $2"
					if mood.knobs.Refuse || mood.knobs.Return {
						r.eventually(t, 1, inStatus, seller, market.PayoutFailed)
						require.Equal(t, paid, r.transferred(t))
						r.simulator.Bank.Set(simulator.BankKnobs{})
						r.signal(t, int64(r.count(t, "SELECT id FROM settlements WHERE seller_id = $1", seller)), workflows.RetrySignal)
					}
					r.eventually(t, 1, inStatus, seller, market.PayoutSuccess)
					paid += 9_500_00
					require.Equal(t, paid, r.transferred(t))
					r.verify(t)
				})
			})
		}
	}
}

// It denies a refund after an attempt that failed, and
// kills the worker while it asks the gateway whether the money has gone back all the
// same: the refund is denied, and nothing moves.
func TestRefundDenialKilledBetweenSteps(t *testing.T) {
	t.Parallel()
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			frontend := r.serve(t, app.Roles{API: true, Admin: true})
			r.api, r.admin = "http://"+frontend.Addr("api"), "http://"+frontend.Addr("admin")
			p := r.product(t, r.sellerWithoutLogin(t), 10_000_00, 10)
			b, admin := r.buyers(t, 1)[0], r.staff(t)
			order, _ := r.paidOrder(t, b, line{p.ID, 3})
			doomed := r.spawn(t, app.Roles{Worker: true}, "ChargeWasCancelled:"+point)
			r.simulator.Set(simulator.Knobs{RefuseCancel: true})
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

// purchase orders and pays with one Idempotency-Key each, and retries while the responses ask for
// it. It returns early when the process dies.
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
			time.Sleep(500 * time.Millisecond) //nolint:forbidigo // as a client that retries
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
	require.NoError(t,
		r.store.Pool().QueryRow(context.Background(),
			`INSERT INTO sellers (email, password, name, phone, store_name, biz_number, bank_code, bank_account, status)
		VALUES (gen_random_uuid() || '@example.com', 'x', 's', '1', 's', left(gen_random_uuid()::text, 20), 'KOOKMIN', '1', 'APPROVED') RETURNING id`).Scan(&id))
	return id
}

// browserMoods are what may happen to a payment in the browser, with the steps that come about then.
var browserMoods = []struct {
	name   string
	method string
	faults portonesim.Faults
	end    string // the end in the report
	steps  []string
}{
	{
		"charges", "CARD", portonesim.Faults{}, "paid",
		[]string{"OpenPayment", "PreparePayment", "LookAtPayment", "ApprovePayment"},
	},
	{"charges upon confirmation", "KAKAO", portonesim.Faults{}, "paid", []string{"ConfirmPayment", "LookAtPayment"}},
	{
		"charges in another currency", "CARD", portonesim.Faults{Currency: "USD"}, "failed, given back",
		[]string{"GiveBack", "FailPayment"},
	},
	{
		"charges too much", "CARD", portonesim.Faults{AmountOff: 100}, "failed, given back",
		[]string{"ApprovePayment", "CancelCharge"},
	},
	{chargesBack, "CARD", portonesim.Faults{}, "paid, with a dispute", []string{"CheckCancellations"}},
}

const chargesBack = "charges, and gives back on its own"

// It kills the worker before and after every step of a payment in the browser, and of
// what the provider does with it: the buyer is charged once or not at all, and what went back is booked once.
func TestBrowserPaymentKilledBetweenSteps(t *testing.T) {
	t.Parallel()
	for _, mood := range browserMoods {
		for _, point := range points {
			t.Run(mood.name+"/"+point, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				seller := r.sellerWithoutLogin(t)
				running := r.spawn(t, everyRole, "")
				next := func() (err error) {
					running, err = r.trySpawn(t, everyRole, "")
					return err
				}
				serve := func(b *person) {
					b.base, r.admin = "http://"+running.addrs["api"], "http://"+running.addrs["admin"]
					r.webhooksTo.Store(b.base)
				}
				eachStep(t, mood.steps, point, func(t *testing.T, at string) {
					t.Helper()
					p := r.product(t, seller, 10_000_00, 10)
					b := r.buyers(t, 1)[0]
					serve(b)
					order := r.placeOrder(t, b, p.ID)
					require.NoError(t, running.crashAt(at))
					replace := func() {
						running.died(t)
						require.NoError(t, next())
						serve(b)
					}
					killed := running
					// insist sends a request until it is answered, if need be by the process that takes over.
					insist := func(path string, body any) (a *answer) {
						testrig.Eventually(t, func() bool {
							var err error
							if a, err = b.try("POST", path, body); err != nil && killed == running {
								replace()
							}
							return err == nil && a.Status < 500
						}, 2*time.Minute, 200*time.Millisecond)
						return a
					}
					opened := insist("/payments", map[string]any{"orderId": order, "method": mood.method})
					require.Equal(t, 202, opened.Status, opened)
					w := window(t, opened)
					r.portone.Set(mood.faults)
					out := r.portone.Pay(w, portonesim.Approve)
					r.portone.Set(portonesim.Faults{})
					require.Empty(t, out.Code)
					insist(confirmPath(opened.id("paymentId")), returned(out))
					if mood.name == chargesBack {
						r.eventuallyPaid(t, order)
						r.portone.GiveBack(w.PaymentID, 10_000)
					}
					if killed == running {
						replace()
					}
					if mood.name == chargesBack {
						r.disputeOf(t, order)
					}
					r.settleDown(t)
					seen := r.atPortOne(t, w).Amount
					if mood.faults == (portonesim.Faults{}) {
						require.Equal(t, market.OrderPaid, r.status(t, order))
						require.EqualValues(t, 10_000, seen.Total)
					} else {
						require.NotEqual(t, market.OrderPaid, r.status(t, order))
						require.Equal(t, seen.Total, seen.Cancelled)
					}
					charged := slices.DeleteFunc(r.portone.Books().Payments, func(p portonesim.Payment) bool {
						return p.PaidAt == nil || r.count(t, "SELECT count(*) FROM payments WHERE merchant_uid = $1 AND order_id = $2",
							p.ID, order) == 0
					})
					require.Len(t, charged, 1) // a request that was refused when PortOne was slow left another payment
					r.verify(t)
				})
			})
		}
	}
}
