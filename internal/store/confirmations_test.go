package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// balances returns a seller's pending and payable amounts.
func balances(t *testing.T, s *testrig.Shop, seller int64) (pending, payable market.Money) {
	t.Helper()
	b, err := s.SellerBalance(t.Context(), market.SellerID(seller))
	require.NoError(t, err)
	return b.Pending, b.Balance
}

// earns returns what a seller earns with a line.
func earns(t *testing.T, s *testrig.Shop, line int64) (share market.Money) {
	t.Helper()
	require.NoError(t, s.Pool().QueryRow(t.Context(), "SELECT net - commission FROM order_items WHERE id = $1",
		line).Scan(&share))
	return share
}

// anAdmin returns the id of a new owner.
func anAdmin(t *testing.T, s *testrig.Shop) int64 {
	t.Helper()
	return int64(s.Number(t, `INSERT INTO admins (email, password, name, role)
		VALUES ('owner@example.com', 'x', 'x', 'OWNER') RETURNING id`))
}

// settleAt closes the day of a moment, and settles the period that it is in.
func settleAt(t *testing.T, s *store.Store, at time.Time) {
	t.Helper()
	ctx, later, day := t.Context(), s.At(at), market.DayOf(at)
	require.NoError(t, later.RollUp(ctx, func([]int64) {}))
	_, err := later.CloseStatistics(ctx, day)
	require.NoError(t, err)
	period, ends := market.PeriodEnding(day)
	for ; !ends; period, ends = market.PeriodEnding(day) {
		day = day.Next()
	}
	_, err = later.Settle(ctx, period, 0, 10)
	require.NoError(t, err)
}

// advanceAll advances all lines that are due, and returns their number.
func advanceAll(t *testing.T, s *store.Store) (lines int) {
	t.Helper()
	for after := (store.DueLine{}); ; {
		last, n, err := s.AdvanceDueLines(t.Context(), after, 2)
		require.NoError(t, err)
		if n == 0 {
			return lines
		}
		after, lines = last, lines+n
	}
}

// A seller earns the pieces that the buyer confirms, and the buyer can no longer return them.
func TestConfirmItem_Pieces_AreEarnedAndKept(t *testing.T) {
	t.Parallel()
	s, order, lines, buyer := sold(t)
	ctx := t.Context()
	line := lines[0]
	share := earns(t, s, line.ID)
	pending, payable := balances(t, s, line.SellerID)
	require.Equal(t, share, pending)
	require.Zero(t, payable)

	_, err := s.ConfirmItem(ctx, buyer, order, line.ID, nil)
	refused(t, market.CodeOrderItemNotConfirmable, err)
	_, err = s.ShipItem(ctx, market.SellerID(line.SellerID), line.ID, "CJ", "1")
	require.NoError(t, err)
	for _, c := range []struct {
		buyer       market.BuyerID
		order, line int64
		pieces      int32
		code        market.Code
	}{
		{buyer + 1, order, line.ID, 1, market.CodeOrderNotFound},
		{buyer, order + 1, line.ID, 1, market.CodeOrderNotFound},
		{buyer, order, 0, 1, market.CodeOrderItemNotFound},
		{buyer, order, line.ID, line.Quantity + 1, market.CodeOrderItemNotConfirmable},
		{buyer, order, line.ID, 0, market.CodeOrderItemNotConfirmable},
	} {
		_, err := s.ConfirmItem(ctx, c.buyer, c.order, c.line, &c.pieces)
		refused(t, c.code, err)
	}
	for range 2 { // the second one changes nothing
		item, err := s.ConfirmItem(ctx, buyer, order, line.ID, nil)
		require.NoError(t, err)
		require.Equal(t, line.Quantity, item.ConfirmedQuantity)
		require.NotNil(t, item.DeliveredAt, "what is confirmed has arrived")
		require.Nil(t, item.ConfirmBy)
		pending, payable = balances(t, s, line.SellerID)
		require.Zero(t, pending)
		require.Equal(t, share, payable)
	}
	id, err := s.ReserveRefund(ctx, buyer, "back", nil, nil)
	require.NoError(t, err)
	_, err = s.OpenRefund(ctx, store.RefundRequest{
		RefundID: id, BuyerID: int64(buyer), OrderID: order, Reason: market.ReasonDamaged,
		Items: []market.Pieces{{OrderItemID: line.ID, Quantity: 1}},
	})
	refused(t, market.CodeOrderItemConfirmed, err)
	_, err = s.Pool().Exec(ctx, "UPDATE order_items SET refund_claimed = 1 WHERE id = $1", line.ID)
	require.ErrorContains(t, err, "order_items_confirmed_is_kept")
	s.Verified(t) // before the confirmations are rolled up
	s.RollUpAll(t)
	s.Verified(t)
}

// A shipped line counts as delivered after 14 days, and as confirmed 7 days later, unless a refund claims its pieces
// or a dispute is open. A settlement takes what is confirmed.
func TestAdvanceDueLines_TimePasses_DeliversConfirmsAndSettles(t *testing.T) {
	t.Parallel()
	s, order, lines, buyer := sold(t)
	ctx := t.Context()
	for _, l := range lines {
		_, err := s.ShipItem(ctx, market.SellerID(l.SellerID), l.ID, "CJ", "1")
		require.NoError(t, err)
	}
	claimed := lines[1]
	id, err := s.ReserveRefund(ctx, buyer, "back", nil, nil)
	require.NoError(t, err)
	_, err = s.OpenRefund(ctx, store.RefundRequest{
		RefundID: id, BuyerID: int64(buyer), OrderID: order, Reason: market.ReasonDamaged,
		Items: []market.Pieces{{OrderItemID: claimed.ID, Quantity: claimed.Quantity}},
	})
	require.NoError(t, err)
	now := time.Now()
	settled := func(at time.Time) (payable market.Money) {
		settleAt(t, s.Store, at)
		require.NoError(t, s.Pool().QueryRow(ctx, "SELECT coalesce(sum(payable), 0) FROM settlements WHERE seller_id = $1",
			lines[0].SellerID).Scan(&payable))
		return payable
	}
	require.Zero(t, settled(now), "no sale is confirmed")
	require.Zero(t, advanceAll(t, s.At(now.Add(market.AssumeDeliveredAfter-time.Minute))))
	delivered := now.Add(market.AssumeDeliveredAfter + time.Minute)
	require.Equal(t, 2, advanceAll(t, s.At(delivered)))
	o, err := s.AnyOrder(ctx, order)
	require.NoError(t, err)
	require.Equal(t, market.OrderDelivered, o.Status)
	require.Zero(t, advanceAll(t, s.At(delivered.Add(market.ConfirmAfter-2*time.Minute))))
	confirmed := delivered.Add(market.ConfirmAfter + time.Minute)
	require.Equal(t, 2, advanceAll(t, s.At(confirmed)))
	detail, err := s.OrderDetail(ctx, buyer, order)
	require.NoError(t, err)
	require.Equal(t, lines[0].Quantity, detail.Items[0].ConfirmedQuantity)
	require.Zero(t, detail.Items[1].ConfirmedQuantity, "a refund claims it")
	require.Equal(t, earns(t, s, lines[0].ID), settled(confirmed))

	_, applied, err := s.DecideRefund(ctx, store.RefundDecision{RefundID: id, DecisionID: "no", SentBy: "t",
		Reason: "used"})
	require.NoError(t, err)
	require.True(t, applied)
	payment, _ := paymentOf(t, s.Store, order)
	disputes, err := s.OpenDisputes(ctx, payment,
		[]market.ProviderCancellation{{ID: "c-1", Amount: 1_00, Cause: "CHARGEBACK", At: now}})
	require.NoError(t, err)
	require.Equal(t, 1, advanceAll(t, s.At(confirmed)))
	pending, _ := balances(t, s, claimed.SellerID)
	require.NotZero(t, pending, "the order is disputed")
	_, _, err = s.DecideDispute(ctx, store.DecidedDispute{
		DisputeID: disputes[0], AdminID: anAdmin(t, s), Decision: market.DisputeAccept, Reason: "small",
	})
	require.NoError(t, err)
	require.Equal(t, 1, advanceAll(t, s.At(confirmed)))
	pending, payable := balances(t, s, claimed.SellerID)
	require.Zero(t, pending)
	require.Equal(t, earns(t, s, claimed.ID), payable)
	require.Zero(t, advanceAll(t, s.At(confirmed.Add(365*24*time.Hour))))
	s.RollUpAll(t)
	s.Verified(t)
}

// The database refuses one of five lines: the others are confirmed.
func TestAdvanceDueLines_LineRefused_ConfirmsTheOthers(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), testrig.NewShop(t, 5, nil)
	order := s.Sell(t, "one", s.ProductIDs...)
	detail, err := s.AnyOrderDetail(ctx, order)
	require.NoError(t, err)
	for _, l := range detail.Items {
		_, err := s.ShipItem(ctx, market.SellerID(l.SellerID), l.ID, "CJ", "1")
		require.NoError(t, err)
		_, err = s.DeliverItem(ctx, market.SellerID(l.SellerID), l.ID)
		require.NoError(t, err)
	}
	_, err = s.Pool().Exec(ctx, fmt.Sprintf(`ALTER TABLE order_items ADD CONSTRAINT poison
		CHECK (id <> %d OR confirmed = 0)`, detail.Items[2].ID))
	require.NoError(t, err)
	later := s.At(time.Now().Add(market.ConfirmAfter + time.Minute))
	for after := (store.DueLine{}); ; {
		last, n, err := later.AdvanceDueLines(ctx, after, 100)
		require.NoError(t, err)
		if n == 0 {
			break
		}
		after = last
	}
	require.Equal(t, 4, s.Number(t, "SELECT count(*) FROM order_items WHERE confirmed = quantity"))
	require.Equal(t, int(detail.Items[2].ID),
		s.Number(t, "SELECT subject_id FROM set_aside WHERE kind = 'CONFIRMATION'"))
}

// A confirmation races with a refund, another confirmation and the schedule, for every piece of a line.
func TestConfirmItem_AgainstRefunds_EachPieceGoesOneWay(t *testing.T) {
	t.Parallel()
	for round := range 6 {
		s, order, lines, buyer := sold(t)
		ctx, line := t.Context(), lines[0]
		for _, l := range lines {
			_, err := s.ShipItem(ctx, market.SellerID(l.SellerID), l.ID, "CJ", "1")
			require.NoError(t, err)
		}
		_, err := s.DeliverItem(ctx, market.SellerID(line.SellerID), line.ID)
		require.NoError(t, err)
		later := s.At(time.Now().Add(market.ConfirmAfter + time.Minute))
		one := int32(1)
		var confirm1, confirm2, refund, time error
		var wg sync.WaitGroup
		for _, f := range []func(){
			func() { _, confirm1 = s.ConfirmItem(ctx, buyer, order, line.ID, &one) },
			func() { _, confirm2 = s.ConfirmItem(ctx, buyer, order, line.ID, nil) },
			func() { _, _, time = later.AdvanceDueLines(ctx, store.DueLine{}, 10) },
			func() {
				_, refund = testrig.GiveBack(ctx, s.Store, fmt.Sprint(round), store.RefundRequest{
					BuyerID: int64(buyer), OrderID: order, Reason: market.ReasonDamaged,
					Items: []market.Pieces{{OrderItemID: line.ID, Quantity: 1}},
				})
			},
		} {
			wg.Go(f)
		}
		wg.Wait()
		require.NoError(t, time)
		for _, err := range []error{confirm1, confirm2} {
			if err != nil {
				refused(t, market.CodeOrderItemNotConfirmable, err)
			}
		}
		if refund != nil {
			refused(t, market.CodeOrderItemConfirmed, refund)
		}
		_, err = s.ConfirmItem(ctx, buyer, order, line.ID, nil)
		if refund != nil || line.Quantity > 1 {
			require.NoError(t, err)
		}
		require.Equal(t, int(line.Quantity),
			s.Number(t, "SELECT confirmed + refunded FROM order_items WHERE id = $1", line.ID))
		s.RollUpAll(t)
		s.Verified(t)
	}
}

// Sales from before the first held day are earned when they are paid, and can be confirmed without a posting.
func TestHold_SalesBeforeTheFirstHeldDay_KeepTheEarlierRule(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	ctx := t.Context()
	_, err := s.Pool().Exec(ctx, "UPDATE holds SET from_day = from_day + 1")
	require.NoError(t, err)
	before := s.Sell(t, "before", s.ProductIDs...)
	pending, payable := balances(t, s, s.SellerIDs[0])
	require.Zero(t, pending)
	require.NotZero(t, payable)
	_, err = s.Pool().Exec(ctx, "UPDATE holds SET from_day = from_day - 1")
	require.NoError(t, err)
	s.Sell(t, "after", s.ProductIDs...)
	pending, same := balances(t, s, s.SellerIDs[0])
	require.NotZero(t, pending)
	require.Equal(t, payable, same)

	detail, err := s.AnyOrderDetail(ctx, before)
	require.NoError(t, err)
	line := detail.Items[0]
	_, err = s.ShipItem(ctx, market.SellerID(line.SellerID), line.ID, "CJ", "1")
	require.NoError(t, err)
	one := int32(1)
	_, err = s.ConfirmItem(ctx, market.BuyerID(detail.BuyerID), before, line.ID, &one)
	require.NoError(t, err)
	require.Zero(t, s.Number(t, "SELECT count(*) FROM ledger_transactions WHERE source_type = 'CONFIRMATION'"))
	if line.Quantity > 1 {
		s.Refund(t, "back", before, 1)
	}
	s.RollUpAll(t)
	s.Verified(t)
}

// A seller cancels pieces of its own lines that are not shipped: they are refunded without a decision.
func TestOpenRefund_OfASeller_IsDecidedAndOfItsOwnUnshippedLines(t *testing.T) {
	t.Parallel()
	s, order, lines, buyer := sold(t)
	ctx := t.Context()
	one, two := lines[0], lines[1]
	n := 0
	open := func(seller int64, items ...market.Pieces) (market.Refund, error) {
		n++
		id, err := s.ReserveRefund(ctx, buyer, fmt.Sprint("cancel-", n), nil, nil)
		require.NoError(t, err)
		return s.OpenRefund(ctx, store.RefundRequest{
			RefundID: id, BuyerID: int64(buyer), OrderID: order, Reason: market.ReasonSellerCannot, SellerID: seller,
			Items: items,
		})
	}
	_, err := open(one.SellerID, market.Pieces{OrderItemID: two.ID, Quantity: 1})
	refused(t, market.CodeRefundItemsInvalid, err)
	_, err = open(one.SellerID + 100)
	refused(t, market.CodeOrderNotCancellable, err)
	_, err = open(two.SellerID, market.Pieces{OrderItemID: two.ID, Quantity: two.Quantity + 1})
	refused(t, market.CodeRefundQuantityTooLarge, err)
	r, err := open(two.SellerID, market.Pieces{OrderItemID: two.ID, Quantity: 1})
	require.NoError(t, err)
	require.Equal(t, market.RefundProcessing, r.Status, "no decision is needed")
	require.Nil(t, r.ShippingBorneBy)
	r, err = s.CompleteRefund(ctx, r.ID)
	require.NoError(t, err)
	require.Equal(t, market.RefundSuccess, r.Status)
	require.Equal(t, 1, s.Number(t, "SELECT refunded FROM order_items WHERE id = $1", two.ID))

	_, err = s.ShipItem(ctx, market.SellerID(one.SellerID), one.ID, "CJ", "1")
	require.NoError(t, err)
	_, err = open(one.SellerID)
	refused(t, market.CodeOrderNotCancellable, err)
	_, err = open(one.SellerID, market.Pieces{OrderItemID: one.ID, Quantity: 1})
	refused(t, market.CodeOrderNotCancellable, err)
	r, err = open(two.SellerID)
	require.NoError(t, err, "another seller's parcel does not matter")
	_, err = s.CompleteRefund(ctx, r.ID)
	require.NoError(t, err)
	require.Equal(t, int(two.Quantity), s.Number(t, "SELECT refunded FROM order_items WHERE id = $1", two.ID))
	o, err := s.AnyOrder(ctx, order)
	require.NoError(t, err)
	require.Equal(t, market.OrderShipped, o.Status, "what is left is shipped")
	pending, _ := balances(t, s, two.SellerID)
	require.Zero(t, pending)
	s.RollUpAll(t)
	s.Verified(t)
}

// The API confirms for buyers, the worker for the time, and the admin API in disputes.
func TestConfirmations_WithTheRolesOfTheirProcesses(t *testing.T) {
	t.Parallel()
	s, order, lines, buyer := sold(t)
	ctx := t.Context()
	api, admin, worker := as(t, s, "market_api"), as(t, s, "market_admin"), as(t, s, "market_worker")
	for _, l := range lines {
		_, err := api.ShipItem(ctx, market.SellerID(l.SellerID), l.ID, "CJ", "1")
		require.NoError(t, err)
	}
	_, err := api.ConfirmItem(ctx, buyer, order, lines[0].ID, nil)
	require.NoError(t, err)
	later := worker.At(time.Now().Add(market.AssumeDeliveredAfter + time.Minute))
	require.Equal(t, 1, advanceAll(t, later))
	require.Equal(t, 1, advanceAll(t, worker.At(time.Now().Add(market.AssumeDeliveredAfter+market.ConfirmAfter+
		time.Hour))))
	require.Equal(t, 2, s.Number(t, "SELECT count(*) FROM order_items WHERE confirmed = quantity"))
	payment, amount := paymentOf(t, s.Store, order)
	ids, err := worker.OpenDisputes(ctx, payment,
		[]market.ProviderCancellation{{ID: "c-1", Amount: amount, Cause: "CHARGEBACK", At: time.Now()}})
	require.NoError(t, err)
	_, _, err = admin.DecideDispute(ctx, store.DecidedDispute{
		DisputeID: ids[0], AdminID: anAdmin(t, s), Decision: market.DisputeAccept, Reason: "lost",
		Items: []market.Pieces{{OrderItemID: lines[0].ID, Quantity: 1}},
	})
	require.NoError(t, err)
	for _, role := range []*store.Store{api, admin, worker} {
		_, err := role.Pool().Exec(ctx, "UPDATE holds SET from_day = from_day + 1")
		require.ErrorContains(t, err, "permission denied")
	}
	s.RollUpAll(t)
	s.Verified(t)
}

// A dispute takes the confirmation of the pieces back that it refunds: the seller owes their share.
func TestDecideDispute_OfConfirmedPieces_TakesTheirShareBack(t *testing.T) {
	t.Parallel()
	s, order, lines, buyer := sold(t)
	ctx, line := t.Context(), lines[0]
	_, err := s.ShipItem(ctx, market.SellerID(line.SellerID), line.ID, "CJ", "1")
	require.NoError(t, err)
	_, err = s.ConfirmItem(ctx, buyer, order, line.ID, nil)
	require.NoError(t, err)
	payment, amount := paymentOf(t, s.Store, order)
	ids, err := s.OpenDisputes(ctx, payment,
		[]market.ProviderCancellation{{ID: "c-1", Amount: amount, Cause: "CHARGEBACK", At: time.Now()}})
	require.NoError(t, err)
	_, _, err = s.DecideDispute(ctx, store.DecidedDispute{
		DisputeID: ids[0], AdminID: anAdmin(t, s), Decision: market.DisputeAccept, Reason: "lost",
		Items: []market.Pieces{{OrderItemID: line.ID, Quantity: line.Quantity}},
	})
	require.NoError(t, err)
	pending, payable := balances(t, s, line.SellerID)
	require.Zero(t, pending)
	require.Zero(t, payable)
	require.Zero(t, s.Number(t, "SELECT confirmed FROM order_items WHERE id = $1", line.ID))
	require.Equal(t, int(line.Quantity), s.Number(t, "SELECT refunded FROM order_items WHERE id = $1", line.ID))
	s.RollUpAll(t)
	s.Verified(t)
}

// Orders of three sellers live at random: their lines are shipped, delivered, confirmed and refunded, in pieces, at
// times up to two months later, and settled in between. The books agree after each life, and no settlement has taken
// what was not confirmed.
func TestHold_RandomLives_BooksAgree(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 3, nil)
	ctx := t.Context()
	life, orders := 0, []int64{}
	rapid.Check(t, func(r *rapid.T) {
		life++
		order := s.Sell(t, fmt.Sprint("life", life), s.ProductIDs...)
		detail, err := s.AnyOrderDetail(ctx, order)
		require.NoError(r, err)
		buyer := market.BuyerID(detail.BuyerID)
		at := time.Now()
		allow := func(err error, codes ...market.Code) {
			if err == nil {
				return
			}
			require.Contains(r, codes, market.CodeOf(err), "%v", err)
		}
		if rapid.Bool().Draw(r, "all shipped") {
			for _, l := range detail.Items {
				_, err := s.At(at).ShipItem(ctx, market.SellerID(l.SellerID), l.ID, "CJ", "1")
				require.NoError(r, err)
			}
		}
		for step := range rapid.IntRange(3, 15).Draw(r, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(0, 5*24).Draw(r, "hours"))*time.Hour + time.Second)
			now := s.At(at)
			l := detail.Items[rapid.IntRange(0, len(detail.Items)-1).Draw(r, "line")]
			pieces := rapid.Int32Range(1, l.Quantity).Draw(r, "pieces")
			seller := market.SellerID(l.SellerID)
			switch rapid.IntRange(0, 6).Draw(r, "step") {
			case 0, 1:
				_, err := now.ShipItem(ctx, seller, l.ID, "CJ", "1")
				allow(err, market.CodeOrderItemNotShippable, market.CodeOrderItemUnderRefund)
			case 2:
				_, err := now.DeliverItem(ctx, seller, l.ID)
				allow(err, market.CodeOrderItemNotShippable)
			case 3:
				_, err := now.ConfirmItem(ctx, buyer, order, l.ID, &pieces)
				allow(err, market.CodeOrderItemNotConfirmable)
			case 4:
				_, err := testrig.GiveBack(ctx, now, fmt.Sprint(life, "-", step), store.RefundRequest{
					BuyerID: int64(buyer), OrderID: order, Reason: market.ReasonDamaged,
					Items: []market.Pieces{{OrderItemID: l.ID, Quantity: pieces}},
				})
				allow(err, market.CodeOrderItemConfirmed, market.CodeRefundQuantityTooLarge,
					market.CodeRefundAlreadyExists, market.CodeOrderNotRefundable)
			case 5:
				advanceAll(t, now)
			case 6:
				settleAt(t, s.Store, at)
			}
		}
		require.Zero(r, s.Number(t, `SELECT count(*) FROM (SELECT seller_id, sum(payable) FROM settlements GROUP BY seller_id) x
			WHERE x.sum > (SELECT coalesce(sum(net - commission), 0) FROM confirmations c WHERE c.seller_id = x.seller_id)`))
		require.Equal(r, detail.TotalAmount, traced(r, s, order).Paid)
		orders = append(orders, order)
	})
	shares := map[int64]market.Money{} // by settlement
	for _, order := range orders {
		for _, share := range traced(t, s, order).Shares {
			if share.SettlementID != nil {
				shares[*share.SettlementID] += share.Amount
			}
		}
	}
	require.NotEmpty(t, shares)
	for settlement, payable := range shares {
		require.Equal(t, s.Number(t, "SELECT payable::bigint FROM settlements WHERE id = $1", settlement),
			int(payable/100), settlement)
	}
	s.RollUpAll(t)
	s.Verified(t)
	require.NotZero(t, s.Number(t, "SELECT count(*) FROM settlements WHERE payable > 0"))
	require.NotZero(t, s.Number(t, "SELECT count(*) FROM order_items WHERE confirmed > 0 AND refunded > 0"))
}
