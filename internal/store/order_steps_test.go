package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// Ships, delivers, refunds, denies and cancels the lines of orders of one and two lines in every
// order, and disputes the first of them and decides that: from each state that a sequence reaches,
// each step. A step is refused with a code or leaves an order with the status of market.PaidStatus,
// and money that was paid back is always booked.
func TestOrders_EverySequenceOfSteps_BooksWhatMoved(t *testing.T) {
	t.Parallel()
	for lines := 1; lines <= 2; lines++ {
		t.Run(fmt.Sprint(lines), func(t *testing.T) {
			t.Parallel()
			w := &orderWalk{Shop: testrig.NewShop(t, lines, nil), states: map[string]bool{}}
			_, err := w.CreateAdmin(t.Context(), "a@example.com", "hash", "a")
			require.NoError(t, err)
			w.admin = int64(w.Number(t, "SELECT id FROM admins"))
			w.publicAPI, w.adminAPI = as(t, w.Shop, "market_api"), as(t, w.Shop, "market_admin")
			w.worker = as(t, w.Shop, "market_worker")
			steps := []step{{name: "cancel", do: w.cancel}}
			for line := range lines {
				each := map[string]func(context.Context, *walkedOrder, int) error{
					"ship": w.ship, "deliver": w.deliver, "claim": w.claim, "pay back": w.payBack, "deny": w.deny,
				}
				if line == lines-1 { // of several pieces, unless the order has one line
					each["ship one"], each["confirm one"] = w.shipOne, w.confirmOne
				}
				for name, do := range each {
					steps = append(steps, step{fmt.Sprintf("%s %d", name, line),
						func(ctx context.Context, o *walkedOrder) error {
							return do(ctx, o, line)
						}})
				}
			}
			for name, do := range map[string]func(context.Context, *walkedOrder) error{
				"dispute": w.dispute, "accept": w.decide(market.DisputeAccept, true), "write off": w.decide(market.DisputeAccept, false),
				"win": w.decide(market.DisputeWin, false), "settle": w.settle,
			} {
				steps = append(steps, step{name, do})
			}
			slices.SortFunc(steps, func(a, b step) int { return len(a.name) - len(b.name) })
			w.walk(t, steps)
			t.Logf("%d states, %d orders", len(w.states), w.orders)
			w.Verified(t)
		})
	}
}

type step struct {
	name string
	do   func(ctx context.Context, o *walkedOrder) error
}

// orderWalk walks from state to state of orders with one piece of each of the shop's products.
type orderWalk struct {
	*testrig.Shop
	states map[string]bool
	orders int
	admin  int64
	// The processes of the marketplace: each does its steps with its own database role.
	publicAPI, adminAPI, worker *store.Store
}

// walkedOrder is an order with the refunds that wait for a decision, by its lines.
type walkedOrder struct {
	id, buyer int64
	items     []int64
	claims    map[int]int64
	requests  int
	parcels   int
	dispute   int64 // 0 for none
}

// walk does each step in each state, with the state's shortest path.
func (w *orderWalk) walk(t *testing.T, steps []step) {
	t.Helper()
	type node struct {
		path []step
		key  string
	}
	first := w.order(t)
	start := w.state(t, first)
	w.states[start] = true
	for open := []node{{nil, start}}; len(open) > 0; open = open[1:] {
		var o *walkedOrder
		var offered map[string]bool
		taken := map[string]bool{}
		for _, s := range steps {
			if o == nil {
				o = w.order(t)
				for _, before := range open[0].path {
					require.NoError(t, before.do(t.Context(), o))
				}
				require.Equal(t, open[0].key, w.state(t, o))
				offered = w.offered(t, o)
			}
			err := s.do(t.Context(), o)
			path := append(slices.Clone(open[0].path), s)
			if err != nil {
				var refused *market.Error
				require.ErrorAs(t, err, &refused, names(path))
				require.Equal(t, open[0].key, w.state(t, o), "a refusal changes nothing: %s", names(path))
				continue
			}
			taken[s.name] = true
			key := w.state(t, o)
			if !w.states[key] {
				w.states[key] = true
				open = append(open, node{path, key})
			}
			if key != open[0].key {
				o = nil
			}
		}
		if slices.ContainsFunc(open[0].path, func(s step) bool { return s.name == "write off" }) {
			delete(offered, "cancel") // its money is gone, which its pieces do not show
		}
		for action, is := range offered {
			require.Equal(t, is, taken[action], "%s is offered after %s", action, names(open[0].path))
		}
	}
}

// offered reports which steps the actions of an order offer to its buyer and sellers.
func (w *orderWalk) offered(t *testing.T, o *walkedOrder) map[string]bool {
	t.Helper()
	detail, err := w.AnyOrderDetail(t.Context(), o.id)
	require.NoError(t, err)
	offered := map[string]bool{"cancel": slices.Contains(detail.Actions, market.ActionCancel)}
	confirms := slices.Contains(detail.Actions, market.ActionConfirm)
	for i, item := range detail.Items {
		if i < len(detail.Items)-1 {
			continue
		}
		offered[fmt.Sprint("confirm one ", i)] = confirms && item.Line().MayConfirm(1) == nil
		own, err := w.SellerOrder(t.Context(), market.SellerID(w.SellerIDs[i]), o.id)
		if market.CodeOf(err) == market.CodeOrderNotFound {
			continue // it has been refunded
		}
		require.NoError(t, err)
		offered[fmt.Sprint("ship one ", i)] = slices.Contains(own.Actions, market.ActionShip)
	}
	return offered
}

func names(path []step) (all []string) {
	for _, s := range path {
		all = append(all, s.name)
	}
	return all
}

func (w *orderWalk) order(t *testing.T) *walkedOrder {
	t.Helper()
	w.orders++
	o := &walkedOrder{id: w.Sell(t, fmt.Sprint("walk", w.orders), w.ProductIDs...), claims: map[int]int64{}}
	o.buyer = int64(w.Number(t, "SELECT buyer_id FROM orders WHERE id = $1", o.id))
	for _, p := range w.ProductIDs {
		o.items = append(o.items,
			int64(w.Number(t, "SELECT id FROM order_items WHERE order_id = $1 AND product_id = $2", o.id, p)))
	}
	return o
}

// state returns all of an order that steps depend on, and compares its status with its lines.
func (w *orderWalk) state(t *testing.T, o *walkedOrder) string {
	t.Helper()
	var lines []market.Line
	rows, err := w.Pool().Query(t.Context(), `SELECT quantity, cancelled, shipped, delivered, refund_claimed, refunded,
		confirmed FROM order_items WHERE order_id = $1 ORDER BY id`, o.id)
	require.NoError(t, err)
	for rows.Next() {
		var l market.Line
		require.NoError(t, rows.Scan(&l.Quantity, &l.Cancelled, &l.Shipped, &l.Delivered, &l.Claimed, &l.Refunded,
			&l.Confirmed))
		lines = append(lines, l)
	}
	require.NoError(t, rows.Err())
	stored, err := w.AnyOrder(t.Context(), o.id)
	require.NoError(t, err)
	require.Equal(t, market.PaidStatus(lines), stored.Status, "%+v", lines)
	var dispute string
	require.NoError(t, w.Pool().QueryRow(t.Context(), `SELECT coalesce(string_agg(status || ' ' || refunded, ', '), '')
		FROM disputes WHERE order_id = $1`, o.id).Scan(&dispute))
	return fmt.Sprintf("%s %+v %s", stored.Status, lines, dispute)
}

func (w *orderWalk) ship(ctx context.Context, o *walkedOrder, line int) error {
	_, err := w.publicAPI.ShipItem(ctx, market.SellerID(w.SellerIDs[line]), o.items[line], "c", "1")
	return err
}

// shipOne ships a piece in a parcel of its own.
func (w *orderWalk) shipOne(ctx context.Context, o *walkedOrder, line int) error {
	o.parcels++
	_, err := w.publicAPI.ShipParcel(ctx, market.SellerID(w.SellerIDs[line]), market.ParcelShipment{
		OrderID: o.id, ParcelInput: market.ParcelInput{Carrier: "c", TrackingNumber: fmt.Sprint("p", o.parcels)},
		Items: []market.Pieces{{OrderItemID: o.items[line], Quantity: 1}},
	})
	return err
}

func (w *orderWalk) confirmOne(ctx context.Context, o *walkedOrder, line int) error {
	one := int32(1)
	_, err := w.publicAPI.ConfirmItem(ctx, market.BuyerID(o.buyer), o.id, o.items[line], &one)
	return err
}

func (w *orderWalk) deliver(ctx context.Context, o *walkedOrder, line int) error {
	_, err := w.publicAPI.DeliverItem(ctx, market.SellerID(w.SellerIDs[line]), o.items[line])
	return err
}

func (w *orderWalk) request(ctx context.Context, o *walkedOrder, r store.RefundRequest) (int64, error) {
	o.requests++
	id, err := w.publicAPI.ReserveRefund(ctx, market.BuyerID(o.buyer), fmt.Sprint(o.id, " ", o.requests), nil, nil)
	if err != nil {
		return 0, err
	}
	r.RefundID, r.BuyerID, r.OrderID, r.Reason = id, o.buyer, o.id, market.ReasonChangeOfMind
	refund, err := w.worker.OpenRefund(ctx, r)
	return refund.ID, err
}

func (w *orderWalk) claim(ctx context.Context, o *walkedOrder, line int) error {
	quantity := int32(1 + line%3) // as Sell orders them
	id, err := w.request(ctx, o, store.RefundRequest{
		Items: []market.Pieces{{OrderItemID: o.items[line], Quantity: quantity}},
	})
	if err == nil {
		o.claims[line] = id
	}
	return err
}

// errNothing is returned when the line has no refund to decide.
var errNothing = market.Refuse(market.CodeRefundNotFound)

// payBack approves a refund, and books that its money has gone back, which must not fail.
func (w *orderWalk) payBack(ctx context.Context, o *walkedOrder, line int) error {
	id := o.claims[line]
	if id == 0 {
		return errNothing
	}
	delete(o.claims, line)
	return w.book(ctx, id, true)
}

func (w *orderWalk) book(ctx context.Context, id int64, decide bool) error {
	if decide {
		if _, _, err := w.worker.DecideRefund(ctx,
			store.RefundDecision{RefundID: id, DecisionID: "d", SentBy: "test", Approve: true}); err != nil {
			return errors.New("not approved: " + err.Error())
		}
	}
	if _, err := w.worker.CompleteRefund(ctx, id); err != nil {
		return errors.New("not booked: " + err.Error())
	}
	return nil
}

func (w *orderWalk) deny(ctx context.Context, o *walkedOrder, line int) error {
	id := o.claims[line]
	if id == 0 {
		return errNothing
	}
	_, _, err := w.worker.DecideRefund(ctx,
		store.RefundDecision{RefundID: id, DecisionID: "d", SentBy: "test", Reason: "no"})
	if err == nil {
		delete(o.claims, line)
	}
	return err
}

// cancel gives the whole order up, which is approved as it is opened, and books that its money has gone back.
func (w *orderWalk) cancel(ctx context.Context, o *walkedOrder) error {
	id, err := w.request(ctx, o, store.RefundRequest{Cancel: true})
	if err != nil {
		return err
	}
	return w.book(ctx, id, false)
}

// dispute has the provider give back what was paid for the first line, which must be booked in each state.
func (w *orderWalk) dispute(ctx context.Context, o *walkedOrder) error {
	if o.dispute != 0 {
		return market.Refuse(market.CodeDisputeResolved)
	}
	var payment int64
	var amount market.Money
	if err := w.Pool().QueryRow(ctx, `SELECT p.id, i.net FROM payments p JOIN order_items i ON i.order_id = p.order_id
		WHERE i.id = $1`, o.items[0]).Scan(&payment, &amount); err != nil {
		return err
	}
	opened, err := w.worker.OpenDisputes(ctx, payment, []market.ProviderCancellation{
		{ID: fmt.Sprint("c", o.id), Amount: amount, Cause: "CONSOLE", At: time.Now()},
	})
	if err != nil || len(opened) != 1 {
		return fmt.Errorf("not booked: %v, %w", opened, errors.Join(err, errors.New("no dispute")))
	}
	o.dispute = opened[0]
	return nil
}

// decide returns a step that decides the dispute; with refund the pieces of the first line are refunded.
func (w *orderWalk) decide(d market.DisputeDecision, refund bool) func(context.Context, *walkedOrder) error {
	return func(ctx context.Context, o *walkedOrder) error {
		if o.dispute == 0 {
			return errNothing
		}
		in := store.DecidedDispute{DisputeID: o.dispute, AdminID: w.admin, Decision: d, Reason: "r"}
		if refund {
			in.Items = []market.Pieces{{OrderItemID: o.items[0], Quantity: 1}}
		}
		if d == market.DisputeWin {
			in.Reference = fmt.Sprint(o.dispute)
		}
		_, _, err := w.adminAPI.DecideDispute(ctx, in)
		return err
	}
}

// settle approves the refund of the first line, which the provider refuses to pay back, and settles it by hand.
func (w *orderWalk) settle(ctx context.Context, o *walkedOrder) error {
	id := o.claims[0]
	if id == 0 {
		return errNothing
	}
	delete(o.claims, 0)
	approve := store.RefundDecision{RefundID: id, DecisionID: "d", SentBy: "test", Approve: true}
	if _, _, err := w.worker.DecideRefund(ctx, approve); err != nil {
		return errors.New("not approved: " + err.Error())
	}
	if err := w.worker.FailRefund(ctx, id, market.CodePaymentNotRefundable); err != nil {
		return errors.New("not failed: " + err.Error())
	}
	approve.DecisionID, approve.PaidManually, approve.Reason = "by hand", true, "r"
	if _, _, err := w.worker.DecideRefund(ctx, approve); err != nil {
		return errors.New("not settled: " + err.Error())
	}
	return w.book(ctx, id, false)
}

// It compares the preview of shipments with what they meet.
func TestItemsToShip_AreThoseThatShipItemTakes(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	paid, shipped := s.Sell(t, "paid", s.ProductIDs[0]), s.Sell(t, "shipped", s.ProductIDs[0])
	refunded, placed := s.Sell(t, "refunded", s.ProductIDs[0]), s.Place(t, "placed", s.ProductIDs[0])
	item := func(order int64) (id int64) {
		return int64(s.Number(t, "SELECT id FROM order_items WHERE order_id = $1 ORDER BY id LIMIT 1", order))
	}
	seller := market.SellerID(s.Number(t, "SELECT seller_id FROM order_items WHERE id = $1", item(paid)))
	_, err := s.ShipItem(ctx, seller, item(shipped), "CJ", "1")
	require.NoError(t, err)
	s.Refund(t, "k", refunded, 1)

	ids := []int64{item(paid), item(shipped), item(refunded), item(placed), 999_999}
	own, err := s.ItemsToShip(ctx, seller, ids)
	require.NoError(t, err)
	require.Len(t, own, 4)
	foreign, err := s.ItemsToShip(ctx, seller+1, ids)
	require.NoError(t, err)
	require.Empty(t, foreign)

	waiting, err := s.WaitingToShip(ctx, seller, 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	require.Equal(t, item(paid), waiting[0].ID)
	none, err := s.WaitingToShip(ctx, seller+1, 10)
	require.NoError(t, err)
	require.Empty(t, none)

	refusals := map[int64]market.Code{
		item(paid): "", item(shipped): "", item(refunded): market.CodeOrderItemNotShippable,
		item(placed): market.CodeOrderItemNotShippable,
	}
	for id, i := range own {
		require.Equal(t, refusals[id], market.CodeOf(i.Refusal), id)
		_, err := s.ShipItem(ctx, seller, id, "CJ", "2")
		require.Equal(t, refusals[id], market.CodeOf(err), id)
	}
}
