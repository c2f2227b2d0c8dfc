package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	sdkworker "go.temporal.io/sdk/worker"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/worker"
	"github.com/all-in-market/market/workflows"
)

// uncut is the limit of a run that is not cut off.
const uncut = 1 << 30

// cutter lets the first so many activities of a run happen, and none after them: as
// for a process that dies, of whose workflow task the server has recorded nothing.
type cutter struct {
	interceptor.WorkerInterceptorBase
	left, done int
}

var errDead = temporal.NewNonRetryableApplicationError("the process is dead", "DEAD", nil)

func (c *cutter) step() error {
	if c.left == 0 {
		return errDead
	}
	c.left--
	c.done++
	return nil
}

func (c *cutter) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	return &cutActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, c}
}

type cutActivity struct {
	interceptor.ActivityInboundInterceptorBase
	cutter *cutter
}

func (a *cutActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if err := a.cutter.step(); err != nil {
		return nil, err
	}
	return a.Next.ExecuteActivity(ctx, in)
}

// chain is a single workflow run, with its real activities on real books.
type chain struct {
	*rig
	acts *activities.Activities
}

func newChain(t *testing.T) *chain {
	t.Helper()
	return newChainOf(t, newRig(t))
}

func newChainOf(t *testing.T, r *rig) *chain {
	t.Helper()
	redis, err := cache.Open(r.cfg.RedisURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = redis.Close() })
	return &chain{rig: r, acts: &activities.Activities{
		Store: r.store, Cache: cache.NewReads(redis, testrig.Log(t)),
		Locks:    cache.NewProductLocks(redis, testrig.Log(t)),
		Gateways: app.Gateways(r.cfg, nil, app.Plain), Bank: simclient.NewBank(r.cfg.BankURL, time.Minute),
	}}
}

// run runs a workflow from the top and cuts it off after so many activities. Runs
// have one id: they are the same task again. It returns the number of activities,
// and an error for a run that was cut off.
func (c *chain) run(
	t *testing.T, cut int, prepare func(e *testsuite.TestWorkflowEnvironment, cut *cutter), workflow any, result any,
	args ...any,
) (activities int, err error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(testrig.Log(t)))
	e := suite.NewTestWorkflowEnvironment()
	e.SetTestTimeout(time.Minute)
	cutting := &cutter{left: cut}
	e.SetWorkerOptions(sdkworker.Options{Interceptors: append(worker.Interceptors(), cutting)})
	e.RegisterActivity(c.acts)
	if prepare != nil {
		prepare(e, cutting)
	}
	e.ExecuteWorkflow(workflow, args...)
	if cutting.done < cut || cut == uncut {
		require.True(t, e.IsWorkflowCompleted())
		require.NoError(t, e.GetWorkflowError())
		require.NoError(t, e.GetWorkflowResult(result))
		return cutting.done, nil
	}
	return cutting.done, errors.New("cut off")
}

// paymentEnd is what of a payment's result does not depend on ids.
type paymentEnd struct {
	Status   market.PaymentStatus
	Existing bool
	Refusal  market.Code
	Order    market.OrderStatus
	Held     market.Money
	Stock    int32
}

// reverse runs the reversals that the outbox calls for.
func (c *chain) reverse(t *testing.T) {
	t.Helper()
	due, err := c.store.ClaimFollowUps(context.Background(), 100)
	require.NoError(t, err)
	for _, f := range due {
		if f.Kind == market.FollowUpReversal {
			var end workflows.RefundResult
			_, err := c.run(t, uncut, nil, workflows.RefundApproval, &end,
				workflows.RefundInput{RefundRequest: workflows.RefundRequest{RefundID: f.SubjectID}, Reversal: true})
			require.NoError(t, err)
			require.Equal(t, market.RefundSuccess, end.Status)
		}
		require.NoError(t, c.store.FollowUpsStarted(context.Background(), f.ID))
	}
}

// It cuts a payment off after each of its steps, for each
// answer of the gateway, and runs it again from the top: at once, after the order has
// expired meanwhile, and once more after everything has ended. The end is always that
// of a payment that was not cut off, and money that no order stands behind goes back.
func TestPaymentApproval_EachStepRepeated_ChargesOnce(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	seller := c.sellerWithoutLogin(t)
	answers := map[string]simulator.Knobs{
		"charged": {}, "declined": {Decline: true}, "too much": {AmountOff: 100}, "too little": {AmountOff: -100},
		"nothing":     {AmountOff: -1000_00},
		"hangs after": {HangAfter: 10 * time.Millisecond}, "hangs after too much": {
			HangAfter: 10 * time.Millisecond, AmountOff: 100,
		},
		"hangs after declining": {HangAfter: 10 * time.Millisecond, Decline: true}, "twice": {DuplicateWork: true},
		"queued":          {Queue: 50 * time.Millisecond, Latency: 10 * time.Millisecond},
		"queued too much": {Queue: 50 * time.Millisecond, Latency: 10 * time.Millisecond, AmountOff: 100},
	}
	for name, knobs := range answers {
		// pay opens, charges and books one order of one piece, cut off after a number of steps and
		// run again, and returns its end.
		pay := func(t *testing.T, cut int, meanwhile func(orderID int64)) (end paymentEnd, steps int) {
			t.Helper()
			p := c.product(t, seller, 1000_00, 5)
			b := c.buyers(t, 1)[0]
			var placed workflows.CheckoutResult
			checkout := workflows.CheckoutInput{
				BuyerID: b.id, CheckoutKey: "k", CartItemIDs: []int64{c.fill(t, b.id, p.ID, 1)}, AddressID: b.addressID,
			}
			for range 2 {
				_, err := c.run(t, uncut, nil, workflows.Checkout, &placed, checkout)
				require.NoError(t, err)
			}
			require.EqualValues(t, 4, c.stock(t, p.ID), "a checkout that runs again makes no second order")
			in := workflows.PaymentInput{OrderID: placed.OrderID, BuyerID: b.id, Method: market.MethodMock}
			c.simulator.Set(knobs)
			var result workflows.PaymentResult
			run := func(cut int) (steps int, err error) {
				result = workflows.PaymentResult{}
				return c.run(t, cut, nil, workflows.PaymentApproval, &result, in)
			}
			steps, err := run(cut)
			if err != nil {
				if knobs.Queue > 0 {
					time.Sleep(2 * knobs.Queue) //nolint:forbidigo // skipped time does not pass for the gateway
				}
				if meanwhile != nil {
					meanwhile(placed.OrderID)
				}
				_, err = run(uncut)
				require.NoError(t, err)
			}
			first := result
			c.simulator.Set(simulator.Knobs{})
			c.reverse(t)
			_, err = run(uncut)
			require.NoError(t, err)
			require.Equal(t, ends(first), ends(result), "the same answer after everything has ended")
			end = ends(first)
			_, end.Held = c.charged(t, placed.OrderID)
			end.Order, end.Stock = c.status(t, placed.OrderID), c.stock(t, p.ID)
			return end, steps
		}
		want, steps := pay(t, uncut, nil)
		require.GreaterOrEqual(t, steps, 3, name)
		for cut := range steps + 1 {
			t.Run(fmt.Sprintf("%s/after %d", name, cut), func(t *testing.T) {
				got, _ := pay(t, cut, nil)
				require.Equal(t, want, got)
			})
			t.Run(fmt.Sprintf("%s/after %d and expired", name, cut), func(t *testing.T) {
				got, _ := pay(t, cut, func(orderID int64) {
					c.age(t, orderID)
					_, err := c.store.ExpireOrders(context.Background())
					require.NoError(t, err)
				})
				if got.Order == market.OrderPaid {
					require.Equal(t, want, got, "it was paid before it could expire")
					return
				}
				require.Equal(t, market.OrderFailed, got.Order)
				require.Zero(t, got.Held, "charged without an order")
				require.EqualValues(t, 5, got.Stock)
			})
		}
	}
	require.Zero(t, c.count(t, "SELECT count(*) FROM payments WHERE resolved_at IS NULL"))
	require.Zero(t, c.count(t, "SELECT count(*) FROM refunds WHERE status <> 'SUCCESS'"))
	c.verify(t)
}

func ends(r workflows.PaymentResult) paymentEnd {
	end := paymentEnd{Existing: r.Existing, Refusal: r.Refusal}
	if r.Payment != nil {
		end.Status = r.Payment.Status
	}
	return end
}

// It does the same with a refund that is approved, that
// the gateway refuses at first, and whose answer is lost.
func TestRefundApproval_EachStepRepeated_PaysBackOnce(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	seller := c.sellerWithoutLogin(t)
	for name, knobs := range map[string]simulator.Knobs{
		"given back": {}, "hangs after": {HangAfter: 10 * time.Millisecond}, "refused": {RefuseCancel: true},
	} {
		refund := func(t *testing.T, cut int) (steps int) {
			t.Helper()
			p := c.product(t, seller, 1000_00, 5)
			b := c.buyers(t, 1)[0]
			order := c.pay(t, b, p.ID)
			id, err := c.store.ReserveRefund(context.Background(), market.BuyerID(b.id), "k", nil, nil)
			require.NoError(t, err)
			in := workflows.RefundInput{
				RefundRequest: workflows.RefundRequest{RefundID: id, BuyerID: b.id, OrderID: order,
					Reason: market.ReasonDamaged},
			}
			c.simulator.Set(knobs)
			defer c.simulator.Set(simulator.Knobs{})
			prepare := func(e *testsuite.TestWorkflowEnvironment, cut *cutter) {
				// The step that reads the history from a server is done at the store.
				e.OnActivity(c.acts.DecideRefund, mock.Anything, mock.Anything).Return(func(
					ctx context.Context, in activities.DecideRefundInput,
				) (d activities.DecidedRefund, err error) {
					if err := cut.step(); err != nil {
						return d, err
					}
					d.Status, d.Applied, err = c.store.DecideRefund(ctx,
						store.RefundDecision{
							RefundID: in.RefundID, DecisionID: in.Decision.DecisionID, SentBy: "test",
							Approve: in.Decision.Approve,
							Reason:  in.Decision.Reason,
						})
					return d, err
				})
				for i := range 3 {
					e.RegisterDelayedCallback(func() {
						e.SignalWorkflow(workflows.RefundDecisionSignal,
							workflows.RefundDecision{DecisionID: fmt.Sprint("d", i), Approve: true})
					}, time.Duration(i+1)*time.Hour)
				}
				e.RegisterDelayedCallback(func() { c.simulator.Set(simulator.Knobs{}) }, 90*time.Minute)
			}
			var end workflows.RefundResult
			steps, err = c.run(t, cut, prepare, workflows.RefundApproval, &end, in)
			if err != nil {
				_, err = c.run(t, uncut, prepare, workflows.RefundApproval, &end, in)
				require.NoError(t, err)
			}
			require.Equal(t, market.RefundSuccess, end.Status)
			_, err = c.run(t, uncut, prepare, workflows.RefundApproval, &end, in)
			require.NoError(t, err)
			require.Equal(t, market.RefundSuccess, end.Status)
			require.Equal(t, 1, c.cancellations(t, order))
			_, held := c.charged(t, order)
			require.Zero(t, held)
			require.Equal(t, market.OrderRefunded, c.status(t, order))
			require.EqualValues(t, 5, c.stock(t, p.ID))
			return steps
		}
		for cut := range refund(t, uncut) + 1 {
			t.Run(fmt.Sprintf("%s/after %d", name, cut), func(t *testing.T) { refund(t, cut) })
		}
	}
	c.verify(t)
}

// pay pays an order of one piece at the store, with a charge in the gateway's books.
func (r *rig) pay(t *testing.T, b *person, productID int64) (orderID int64) {
	t.Helper()
	ctx := context.Background()
	o, err := r.store.PlaceOrder(ctx,
		store.Checkout{BuyerID: b.id, Key: "k", CartItemIDs: []int64{r.fill(t, b.id, productID, 1)},
			AddressID: b.addressID})
	require.NoError(t, err)
	opened, err := r.store.OpenPayment(ctx, store.PaymentToOpen{
		OrderID: o.OrderID, BuyerID: market.BuyerID(b.id), Method: market.MethodMock, RunID: "run",
	})
	require.NoError(t, err)
	impUID, err := r.simulator.Record(ctx, opened.Payment.MerchantUID, opened.Payment.Amount)
	require.NoError(t, err)
	_, err = r.store.ApprovePayment(ctx, store.OrderPayment{OrderID: o.OrderID, PaymentID: opened.Payment.ID},
		store.Charge{ImpUID: impUID, Amount: opened.Payment.Amount})
	require.NoError(t, err)
	return o.OrderID
}
