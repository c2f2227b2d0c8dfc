package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/verify"
	"github.com/all-in-market/market/workflows"
)

// It runs random histories of orders of several sellers: each step is a request of a buyer, a seller or an
// admin, something that a provider does, or a fault of one, and some steps run together with the next. Afterwards the
// faults end, the marketplace comes to rest, and all books must agree. A history that fails is shrunk, and printed as a
// test of TestStorm_Histories. STORM is how long it runs; `make storm MINUTES=30` sets it.
func TestStorm(t *testing.T) {
	t.Parallel()
	d := 10 * time.Second
	if s := os.Getenv("STORM"); s != "" {
		var err error
		d, err = time.ParseDuration(s)
		require.NoError(t, err)
	}
	var until time.Time
	var mu sync.Mutex
	histories, taken := 0, map[string]int{}
	t.Run("markets", func(t *testing.T) {
		for i := range 2 {
			t.Run(fmt.Sprint(i), func(market *testing.T) {
				market.Parallel()
				s := openStorm(market)
				mu.Lock()
				if until.IsZero() {
					until = time.Now().Add(d)
				}
				mu.Unlock()
				rapid.Check(market, func(t *rapid.T) {
					if time.Now().After(until) {
						return
					}
					history := rapid.SliceOfN(stormSteps, 15, 60).Draw(t, "history")
					if err := s.run(market, history); err != nil {
						t.Fatalf("%v\n%s", err, asTest(history))
					}
					mu.Lock()
					defer mu.Unlock()
					histories++
					for step, n := range s.taken {
						taken[step] += n
					}
				})
			})
		}
	})
	t.Logf("%d histories; steps that were done: %v", histories, taken)
}

// It replays histories that once failed.
func TestStorm_Histories(t *testing.T) {
	t.Parallel()
	s := openStorm(t)
	for name, history := range map[string][]stormStep{
		"a part is disputed while the rest is refunded": {
			{"order", 6, 1, false}, {"open", 0, 0, false}, {"approve", 0, 0, false}, {"confirm", 0, 0, false},
			{"claim", 0, 1, false}, {"give back", 0, 1, true}, {"complete", 0, 1, false}, {"accept", 0, 1, false},
		},
	} {
		require.NoError(t, s.run(t, history), name)
		require.NotZero(t, s.taken["complete"]+s.taken["accept"], name)
	}
}

// stormStep is a step of a history. A selects its subject, such as an order, from those that exist when it runs; B
// selects a variant. A step without a subject does nothing. One that is AtOnce runs together with the next step.
type stormStep struct {
	Do     string
	A, B   int
	AtOnce bool
}

// stormDoings are the names of the steps. A name that is repeated is drawn more often. Shrinking turns the steps that a
// failing history does not need into the first one.
var stormDoings = []string{
	"nothing", "order", "order", "order",
	"mock", "mock", "mock", "card", "card", "card", "open", "open", "approve", "approve", "decline", "confirm", "confirm",
	"expire", "cancel", "claim", "claim", "claim", "complete", "complete", "deny", "ship", "ship", "deliver",
	"keep", "wait",
	"give back", "give back", "give back", "accept", "accept", "accept", "win", "win",
	"set stock", "set price", "adjust", "second", "settle", "provider", "gateway", "bank",
}

var stormSteps = rapid.Custom(func(t *rapid.T) stormStep {
	return stormStep{
		rapid.SampledFrom(stormDoings).Draw(t, "do"), rapid.IntRange(0, 7).Draw(t, "a"),
		rapid.IntRange(0, 5).Draw(t, "b"),
		rapid.IntRange(0, 4).Draw(t, "at once") == 4,
	}
})

// asTest prints a history as TestStorm_Histories has it.
func asTest(history []stormStep) string {
	var b strings.Builder
	b.WriteString("add to TestStorm_Histories:\n\"…\": {\n")
	for _, s := range history {
		if s.Do == "nothing" {
			continue
		}
		fmt.Fprintf(&b, "\t{%q, %d, %d, %v},\n", s.Do, s.A, s.B, s.AtOnce)
	}
	b.WriteString("},\n")
	return b.String()
}

// storm is a marketplace with two sellers, three products and two admins. Each history has a buyer of its own.
type storm struct {
	*rig
	sellers  []*person
	products []market.Product
	admins   []*person
	compared verify.Books
	known    map[store.Finding]bool // of histories before
	settled  market.Day             // the last day of the last period that was settled

	buyer *person
	mu    sync.Mutex // guards what follows, which belongs to the history
	taken map[string]int
	order []*stormOrder
}

// stormOrder is an order in the view of its buyer's client.
type stormOrder struct {
	id      int64
	items   []int64 // of its lines
	seller  map[int64]*person
	payment int64              // of one in the browser
	window  *portonesim.Window // nil: none was opened
	outcome portonesim.Outcome
	paid    bool // or about to be
}

func openStorm(t *testing.T) *storm {
	t.Helper()
	s := &storm{rig: newRig(t), known: map[store.Finding]bool{}, settled: market.DayOf(time.Now())}
	s.cfg.PaymentWait, s.cfg.DecisionWait = 5*time.Second, 2*time.Second // a request that takes longer is repeated
	s.serveAll(t)
	one, two := s.seller(t), s.seller(t)
	s.sellers = []*person{one, two, two}
	for i, price := range []market.Money{10_000_00, 3_333_00, 990_00} {
		s.products = append(s.products, s.product(t, s.sellers[i].id, price, 50))
	}
	s.admins = []*person{s.staff(t), s.staff(t)}
	require.Equal(t, 200, s.admins[0].put(t, "/admin/refund-policy", refundPolicy(0, 5_000)).Status)
	s.compared = s.books(t)
	return s
}

// run runs a history, waits until the marketplace is at rest, and returns the findings.
func (s *storm) run(t *testing.T, history []stormStep) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	s.buyer, s.taken, s.order = s.buyers(t, 1)[0], map[string]int{}, nil
	for i, p := range s.products {
		body := map[string]any{"stock": 30}
		if _, err := s.did(s.sellers[i], http.MethodPut, stockPath(p.ID), body); err != nil {
			return err
		}
	}
	for i := 0; i < len(history); {
		together := 1
		for history[i+together-1].AtOnce && i+together < len(history) {
			together++
		}
		errs := make([]error, together)
		var wg sync.WaitGroup
		for n, step := range history[i : i+together] {
			wg.Go(func() {
				if err := s.step(ctx, step); err != nil {
					errs[n] = fmt.Errorf("step %d, %v: %w", i+n, step, err)
				}
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
		i += together
	}
	s.misbehave(portonesim.Faults{}, simulator.Knobs{}, simulator.BankKnobs{})
	if err := s.rest(ctx); err != nil {
		return fmt.Errorf("at the end: %w", err)
	}
	var wrong []store.Finding
	var err error
	testrig.Within(func() bool { // what the reconciliation has found may still be on its way into the books
		wrong, err = verify.Run(ctx, s.compared, func(verify.Progress) {})
		wrong = slices.DeleteFunc(wrong, func(f store.Finding) bool { return s.known[f] })
		return err != nil || len(wrong) == 0
	}, 20*time.Second, 100*time.Millisecond)
	for _, f := range wrong {
		s.known[f] = true
		err = errors.Join(err, errors.New("verify: "+f.String()))
	}
	return err
}

// request sends a request, again while the answer asks for that, and fails with an answer that no client may get.
func (s *storm) request(who *person, method, path string, body any) (a *answer, err error) {
	testrig.Within(func() bool {
		a, err = who.try(method, path, body)
		return err != nil || a.Status != http.StatusServiceUnavailable && a.Code != string(market.CodeRedisLockConflict)
	}, time.Minute, 50*time.Millisecond)
	if err == nil &&
		(a.Status >= 500 || a.Status == http.StatusUnauthorized || a.Code == string(market.CodeInvalidInput)) {
		err = fmt.Errorf("%s %s is answered with %v", method, path, a)
	}
	return a, err
}

func (s *storm) misbehave(provider portonesim.Faults, gateway simulator.Knobs, bank simulator.BankKnobs) {
	s.portone.Set(provider)
	s.simulator.Set(gateway)
	s.simulator.Bank.Set(bank)
}

// anOrder returns the order of the history that a step is done to, or nil when there is none: what cannot be done to an
// unpaid order is done to a paid one, if there is one.
func (s *storm) anOrder(step stormStep) *stormOrder {
	s.mu.Lock()
	defer s.mu.Unlock()
	among := s.order
	switch step.Do {
	case "claim", "ship", "deliver", "keep", "give back":
		paid := slices.DeleteFunc(slices.Clone(s.order), func(o *stormOrder) bool { return !o.paid })
		if step.Do == "give back" {
			paid = slices.DeleteFunc(paid, func(o *stormOrder) bool { return o.window == nil })
		}
		if len(paid) > 0 {
			among = paid
		}
	}
	if len(among) == 0 {
		return nil
	}
	return among[step.A%len(among)]
}

// ids returns a column of ids.
func (s *storm) ids(ctx context.Context, query string, args ...any) (ids []int64, err error) {
	rows, err := s.store.Pool().Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// step does one step, when there is something to do it to.
func (s *storm) step(ctx context.Context, step stormStep) error {
	done, err := s.take(ctx, step)
	if done {
		s.tally(step.Do)
	}
	return err
}

// take does a step, and reports whether it was done: there was something to do it to, and it was not refused.
func (s *storm) take(ctx context.Context, step stormStep) (done bool, err error) {
	switch step.Do {
	case "nothing":
		return false, nil
	case "order":
		return s.placeSome(ctx, 1+step.A%7, int32(1+step.B%3))
	case "set stock", "set price":
		p := s.products[step.A%3]
		path, value := stockPath(p.ID), map[string]any{"stock": 20 * step.B}
		if step.Do == "set price" {
			path = fmt.Sprintf("/seller/products/%d", p.ID)
			value = map[string]any{"price": []float64{500, 9_999, 10, 333, 1_001, 3_333}[step.B]}
		}
		return s.did(s.sellers[step.A%3], http.MethodPut, path, value)
	case "adjust":
		return s.did(s.admins[step.A%2], http.MethodPost, "/admin/adjustments",
			credit(s.sellers[step.A%2].id, 2_500*float64(1+step.B), "storm"))
	case "wait": // until lines count as delivered or confirmed
		if _, err := s.store.Pool().Exec(ctx, "UPDATE order_items SET due_at = now() WHERE due_at > now()"); err != nil {
			return false, err
		}
		for after := (store.DueLine{}); ; {
			last, lines, err := s.store.AdvanceDueLines(ctx, after, 3)
			if err != nil || lines == 0 {
				return after.ID != 0, err
			}
			after = last
		}
	case "settle":
		return true, s.settle(ctx)
	case "provider":
		s.portone.Set([]portonesim.Faults{
			{}, {NoWebhooks: true}, {DuplicateWebhooks: true, WebhookDelay: 30 * time.Millisecond},
			{CancelLater: 100 * time.Millisecond}, {CancelFails: true}, {AmountOff: -100},
		}[step.B])
		return true, nil
	case "gateway":
		s.simulator.Set([]simulator.Knobs{
			{}, {Decline: true}, {FailFirst: 2}, {RefuseCancel: true}, {DuplicateWork: true}, {AmountOff: 100},
		}[step.B])
		return true, nil
	case "bank":
		s.simulator.Bank.Set([]simulator.BankKnobs{
			{}, {Refuse: true}, {FailFirst: 2}, {Return: true}, {AmountOff: -100}, {},
		}[step.B])
		return true, nil
	case "second":
		return s.doFor(ctx, step, "SELECT id FROM proposals WHERE status = 'PENDING' ORDER BY id", func(id int64) (bool, error) {
			return s.did(s.admins[step.B%2], http.MethodPost, fmt.Sprintf("/admin/proposals/%d/approve", id), nil)
		})
	case "complete", "deny":
		return s.doFor(ctx, step, `SELECT r.id FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id
			WHERE o.buyer_id = $1 AND r.status IN ('PENDING', 'PROCESSING', 'FAILED') ORDER BY r.id`, func(id int64) (bool, error) {
			body := map[string]any{"restock": step.B%2 == 0}
			if step.Do == "deny" {
				body = map[string]any{"deniedReason": "no"}
			}
			return s.did(s.admins[step.B%2], http.MethodPut, fmt.Sprintf("/admin/refunds/%d/%s", id, step.Do), body)
		}, s.buyer.id)
	case "accept", "win":
		return s.doFor(ctx, step, `SELECT d.id FROM disputes d JOIN orders o ON o.id = d.order_id
			WHERE o.buyer_id = $1 AND d.status IN ('OPEN', 'REPRESENTED') ORDER BY d.id`, func(id int64) (bool, error) {
			return s.decideDispute(ctx, step, id)
		}, s.buyer.id)
	}
	o := s.anOrder(step)
	if o == nil {
		return false, nil
	}
	return s.takeOf(ctx, step, o)
}

// takeOf does a step of an order.
func (s *storm) takeOf(ctx context.Context, step stormStep, o *stormOrder) (done bool, err error) {
	item := o.items[step.B%len(o.items)]
	switch step.Do {
	case "mock":
		done, err = s.did(s.buyer, http.MethodPost, "/payments", payBody(o.id))
		s.pays(o, done)
		return done, err
	case "open":
		return s.openWindow(ctx, o)
	case "card":
		for _, part := range []string{"open", "approve", "confirm"} {
			if done, err = s.takeOf(ctx, stormStep{Do: part, B: step.B}, o); err != nil {
				return false, err
			}
		}
		return done, nil
	case "approve", "decline":
		s.mu.Lock()
		defer s.mu.Unlock()
		if o.window == nil {
			return false, nil
		}
		decision := portonesim.Approve
		if step.Do == "decline" {
			decision = portonesim.Decline
		}
		out := s.portone.Pay(*o.window, decision)
		if out.TxID != "" {
			o.outcome = out
		}
		return out.Code == "", nil
	case "confirm":
		return s.confirm(ctx, o)
	case "expire":
		_, err := s.store.Pool().Exec(ctx, `UPDATE orders SET created_at = created_at - interval '31 minutes'
			WHERE id = $1 AND created_at > now() - interval '25 minutes'`, o.id)
		if err == nil {
			_, err = s.store.ExpireOrders(ctx)
		}
		return true, err
	case "cancel":
		return s.did(s.buyer, http.MethodPost, cancelPath(o.id), nil)
	case "claim":
		body := map[string]any{"reason": "CHANGE_OF_MIND"}
		if step.B < 5 {
			body = pieces(item, int64(1+step.B%2))
		}
		return s.did(s.buyer, http.MethodPost, refundsOf(o.id), body)
	case "ship":
		return s.did(o.seller[item], http.MethodPut, shipPath(item),
			map[string]string{"carrier": "c", "trackingNumber": "t"})
	case "deliver":
		return s.did(o.seller[item], http.MethodPut, deliverPath(item), nil)
	case "keep":
		body := map[string]any{}
		if step.B < 3 {
			body["quantity"] = 1
		}
		return s.did(s.buyer, http.MethodPost, fmt.Sprintf("/orders/%d/items/%d/confirm", o.id, item), body)
	case "give back":
		s.mu.Lock()
		defer s.mu.Unlock()
		if o.window == nil {
			return false, nil
		}
		for _, p := range s.portone.Books().Payments {
			if p.ID == o.window.PaymentID && p.Amount.Paid-p.Amount.Cancelled > 1 {
				part := []int64{1, 2, 3}[step.B%3]
				s.portone.GiveBack(p.ID, (p.Amount.Paid-p.Amount.Cancelled)/part)
				return true, nil
			}
		}
		return false, nil
	}
	return false, fmt.Errorf("there is no step %q", step.Do)
}

// did sends a request, and reports whether it was not refused.
func (s *storm) did(who *person, method, path string, body any) (bool, error) {
	a, err := s.request(who, method, path, body)
	if err == nil && !a.Success {
		s.tally(a.Code)
	}
	return err == nil && a.Success, err
}

// tally counts what was done, and refusals by their codes.
func (s *storm) tally(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken[what]++
}

// doFor does something for one of the ids that a query answers.
func (s *storm) doFor(
	ctx context.Context, step stormStep, query string, do func(id int64) (bool, error), args ...any,
) (bool, error) {
	ids, err := s.ids(ctx, query, args...)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	return do(ids[step.A%len(ids)])
}

// placeSome orders pieces of the products whose bits are set.
func (s *storm) placeSome(ctx context.Context, mask int, quantity int32) (bool, error) {
	s.mu.Lock() // the buyer has one cart
	defer s.mu.Unlock()
	var cart []int64
	for i, p := range s.products {
		if mask&(1<<i) == 0 {
			continue
		}
		a, err := s.request(s.buyer, http.MethodPost, "/carts/items?sort=createdAt,desc&size=1",
			map[string]any{"productId": p.ID, "quantity": quantity})
		if err != nil {
			return false, err
		}
		if !a.Success {
			s.taken[a.Code]++
			return false, nil
		}
		newest := a.field("items").(map[string]any)["content"].([]any)[0].(map[string]any)
		cart = append(cart, int64(newest["id"].(float64)))
	}
	a, err := s.request(s.buyer, http.MethodPost, "/orders", s.buyer.order(cart...))
	if err != nil {
		return false, err
	}
	if !a.Success {
		s.taken[a.Code]++
		return false, nil
	}
	o := &stormOrder{id: a.id("orderId"), seller: map[int64]*person{}}
	rows, err := s.store.Pool().Query(ctx, "SELECT id, seller_id FROM order_items WHERE order_id = $1 ORDER BY id", o.id)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, seller int64
		if err := rows.Scan(&id, &seller); err != nil {
			return false, err
		}
		o.items = append(o.items, id)
		for _, p := range s.sellers {
			if p.id == seller {
				o.seller[id] = p
			}
		}
	}
	s.order = append(s.order, o)
	return true, rows.Err()
}

func (s *storm) openWindow(ctx context.Context, o *stormOrder) (bool, error) {
	a, err := s.request(s.buyer, http.MethodPost, "/payments", cardBody(o.id))
	if err != nil || a.Status != http.StatusAccepted {
		return false, err
	}
	w, ok := windowOf(a)
	if !ok {
		return false, nil // another payment is under way
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o.payment = a.id("paymentId")
	o.window = &w
	return true, nil
}

// pays notes that an order is paid, or about to be.
func (s *storm) pays(o *stormOrder, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.paid = o.paid || done
}

func (s *storm) confirm(ctx context.Context, o *stormOrder) (bool, error) {
	s.mu.Lock()
	payment, out := o.payment, o.outcome
	s.mu.Unlock()
	if payment == 0 || out.TxID == "" {
		return false, nil
	}
	done, err := s.did(s.buyer, http.MethodPost, confirmPath(payment), returned(out))
	s.pays(o, done)
	return done, err
}

func (s *storm) decideDispute(ctx context.Context, step stormStep, id int64) (bool, error) {
	body := map[string]any{"decision": strings.ToUpper(step.Do), "reason": "storm"}
	if step.Do == "win" {
		body["reference"] = fmt.Sprintf("recredit-%d", id)
	}
	if step.Do == "accept" && step.B%2 == 1 {
		items, err := s.ids(ctx, `SELECT i.id FROM order_items i JOIN disputes d ON d.order_id = i.order_id
			WHERE d.id = $1 ORDER BY i.id`, id)
		if err != nil {
			return false, err
		}
		body["items"] = []map[string]any{{"orderItemId": items[step.B%len(items)], "quantity": 1}}
	}
	return s.did(s.admins[step.B%2], http.MethodPost, fmt.Sprintf("/admin/disputes/%d/decide", id), body)
}

// settle settles all that was posted until now, as at the end of a period that no other has, and starts its payouts.
func (s *storm) settle(ctx context.Context) error {
	s.mu.Lock()
	day := s.settled.Next()
	period, ends := market.PeriodEnding(day)
	for ; !ends; period, ends = market.PeriodEnding(day) {
		day = day.Next()
	}
	s.settled = day
	s.mu.Unlock()
	run, err := s.temporal.ExecuteWorkflow(ctx, startOptions("storm/settlement/"+period.String()), workflows.Settlement,
		period)
	if err != nil {
		return err
	}
	if err := run.Get(ctx, nil); err != nil {
		return err
	}
	run, err = s.temporal.ExecuteWorkflow(ctx, startOptions("storm/payouts/"+period.String()), workflows.Payouts,
		workflows.PayoutsInput{})
	if err != nil {
		return err
	}
	return run.Get(ctx, nil)
}

// rest has buyers come back from their payment windows or give their orders up, and admins approve what waits, until
// nothing is under way.
func (s *storm) rest(ctx context.Context) error {
	for _, o := range s.order {
		if _, err := s.confirm(ctx, o); err != nil {
			return err
		}
		if _, err := s.takeOf(ctx, stormStep{Do: "expire"}, o); err != nil {
			return err
		}
	}
	if err := s.reconcileToday(ctx); err != nil {
		return err
	}
	var left string
	var err error
	n := 0
	if testrig.Within(func() bool {
		left, err = s.underWay(ctx, n)
		n++
		return err != nil || left == ""
	}, 45*time.Second, 50*time.Millisecond) {
		return err
	}
	return fmt.Errorf("the marketplace is not at rest: %s", left)
}

// underWay names something that has not come to its end, or returns "". It approves the refunds that wait, every
// twentieth time by hand: a provider that refuses again and again has given the money back otherwise.
func (s *storm) underWay(ctx context.Context, n int) (left string, err error) {
	waiting, err := s.ids(ctx, "SELECT id FROM refunds WHERE status IN ('PENDING', 'FAILED') ORDER BY id")
	if err != nil {
		return "", err
	}
	how, body := "complete", map[string]any{}
	if n%20 == 19 {
		how, body = "settle", map[string]any{"reason": "storm"}
	}
	for i, id := range waiting {
		path := fmt.Sprintf("/admin/refunds/%d/%s", id, how)
		if _, err := s.did(s.admins[(n+i)%2], http.MethodPut, path, body); err != nil {
			return "", err
		}
	}
	err = s.store.Pool().QueryRow(ctx, `SELECT concat_ws(', ',
		(SELECT 'refund ' || id || ' is ' || status FROM refunds WHERE status IN ('PENDING', 'PROCESSING', 'FAILED') LIMIT 1),
		(SELECT 'follow-up ' || kind || ' of ' || subject_id FROM follow_ups LIMIT 1),
		(SELECT 'posting ' || transaction_id || ' is not in the statistics' FROM ledger_unrolled LIMIT 1),
		(SELECT 'payout ' || id || ' is ' || status FROM payouts WHERE status IN ('PENDING', 'PROCESSING') LIMIT 1))`).Scan(
		&left)
	if err == nil && left == "" {
		left = s.unbooked(ctx)
	}
	return left, err
}

// reconcileToday has the day reconciled as every night does, which finds what no webhook has brought.
func (s *storm) reconcileToday(ctx context.Context) error {
	const last = "SELECT coalesce(max(reconciled_at), 'epoch') FROM reconciliations"
	var before, after time.Time
	if err := s.store.Pool().QueryRow(ctx, last).Scan(&before); err != nil {
		return err
	}
	path := "/admin/reconciliation/days/" + s.store.Today().String()
	_, err := s.did(s.admins[0], http.MethodPut, path, nil)
	if err != nil {
		return err
	}
	if !testrig.Within(func() bool {
		err = s.store.Pool().QueryRow(ctx, last).Scan(&after)
		return err != nil || after.After(before)
	}, time.Minute, 20*time.Millisecond) {
		return errors.New("the day is not reconciled")
	}
	return err
}

// unbooked names a charge in PortOne's books that is not booked and has not gone back.
func (s *storm) unbooked(ctx context.Context) string {
	var open []string
	rows, err := s.store.Pool().Query(ctx, "SELECT merchant_uid FROM payments WHERE resolved_at IS NULL")
	if err != nil {
		return err.Error()
	}
	defer rows.Close()
	for rows.Next() {
		var uid string
		if err := rows.Scan(&uid); err != nil {
			return err.Error()
		}
		open = append(open, uid)
	}
	for _, uid := range open {
		for _, p := range s.portone.Books().Payments {
			if p.ID == uid && p.Amount.Paid > p.Amount.Cancelled {
				return "charge " + uid + " is not booked"
			}
		}
	}
	return ""
}
