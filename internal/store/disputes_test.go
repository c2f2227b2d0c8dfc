package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// paymentOf returns the payment of an order and what it came to.
func paymentOf(t *testing.T, s *store.Store, order int64) (id int64, amount market.Money) {
	t.Helper()
	require.NoError(t,
		s.Pool().QueryRow(t.Context(), "SELECT id, amount FROM payments WHERE order_id = $1", order).Scan(&id, &amount))
	return id, amount
}

// TestOpenDisputes_TheSameCancellationAtOnce_OpensOneDispute.
func TestOpenDisputes_TheSameCancellationAtOnce_OpensOneDispute(t *testing.T) {
	t.Parallel()
	s, order, _, _ := sold(t)
	payment, amount := paymentOf(t, s.Store, order)
	cancellation := market.ProviderCancellation{ID: "c-1", Amount: amount, Cause: "CONSOLE", At: time.Now()}
	var wg sync.WaitGroup
	opened := make([][]int64, 8)
	errs := make([]error, 8)
	for i := range opened {
		wg.Go(func() {
			opened[i], errs[i] = s.OpenDisputes(t.Context(), payment, []market.ProviderCancellation{cancellation})
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	var all []int64
	for _, ids := range opened {
		all = append(all, ids...)
	}
	require.Len(t, all, 1)
	s.Verified(t)
}

// A parcel and a dispute race for each line.
func TestShipItem_AgainstADispute_ShipsBeforeItOrNotAtAll(t *testing.T) {
	t.Parallel()
	for round := range 8 {
		s, order, lines, _ := sold(t)
		payment, amount := paymentOf(t, s.Store, order)
		var shipped, disputed error
		var wg sync.WaitGroup
		ship := func() {
			_, shipped = s.ShipItem(t.Context(), market.SellerID(s.SellerIDs[0]), lines[0].ID, "c", "1")
		}
		dispute := func() {
			_, disputed = s.OpenDisputes(t.Context(), payment,
				[]market.ProviderCancellation{{ID: fmt.Sprint(round), Amount: amount, Cause: "CHARGEBACK",
					At: time.Now()}})
		}
		for _, f := range []func(){ship, dispute} {
			wg.Go(f)
		}
		wg.Wait()
		require.NoError(t, disputed, "what has gone back is booked in any case")
		if shipped != nil {
			refused(t, market.CodeOrderDisputed, shipped)
		}
		ship()
		if shipped != nil {
			refused(t, market.CodeOrderDisputed, shipped)
		}
		_, err := s.Pool().Exec(t.Context(), "UPDATE order_items SET shipped_at = now() WHERE id = $1 AND shipped_at IS NULL",
			lines[0].ID)
		if shipped != nil {
			require.ErrorContains(t, err, "has an unresolved dispute", "the schema refuses it too")
		}
		s.Verified(t)
	}
}

// TestOpenDisputes_OfARefundOfOurs_OpensNone, while the refund is under way and when it has succeeded; a second
// cancellation with the same mark, or one for a refund that has failed, is disputed.
func TestOpenDisputes_OfARefundOfOurs_OpensNone(t *testing.T) {
	t.Parallel()
	s, order, _, buyer := sold(t)
	ctx := t.Context()
	payment, _ := paymentOf(t, s.Store, order)
	id, err := s.ReserveRefund(ctx, buyer, "k", nil, nil)
	require.NoError(t, err)
	refund, err := s.OpenRefund(ctx, store.RefundRequest{
		RefundID: id, BuyerID: int64(buyer), OrderID: order, Reason: market.ReasonDamaged,
	})
	require.NoError(t, err)
	ours := []market.ProviderCancellation{
		{ID: "ours", Amount: refund.Amount, Cause: "API", RefundID: id, At: time.Now()},
	}
	approve := func(decision string) {
		_, applied, err := s.DecideRefund(ctx,
			store.RefundDecision{RefundID: id, DecisionID: decision, SentBy: "test", Approve: true})
		require.NoError(t, err)
		require.True(t, applied)
	}
	approve("first")
	opened, err := s.OpenDisputes(ctx, payment, ours)
	require.NoError(t, err)
	require.Empty(t, opened, "it is under way")

	// The provider has carried it out after it was given up: its money is found in the dispute.
	require.NoError(t, s.FailRefund(ctx, id, market.CodePaymentGatewayError))
	opened, err = s.OpenDisputes(ctx, payment, ours)
	require.NoError(t, err)
	require.Len(t, opened, 1)
	approve("second")
	_, err = s.CompleteRefund(ctx, id)
	require.NoError(t, err)
	d, err := s.Dispute(ctx, opened[0])
	require.NoError(t, err)
	require.Equal(t, market.DisputeAccepted, d.Status)
	require.Equal(t, refund.Amount, d.Refunded)
	o, err := s.AnyOrder(ctx, order)
	require.NoError(t, err)
	require.Equal(t, market.OrderRefunded, o.Status)

	// A second cancellation with the mark of a refund that was paid back once is none of ours.
	other := s.Sell(t, "other", s.ProductIDs...)
	s.Refund(t, "whole", other, 0)
	payment, _ = paymentOf(t, s.Store, other)
	again := int64(s.Number(t, "SELECT id FROM refunds WHERE payment_id = $1", payment))
	var twice []market.ProviderCancellation
	for i := range 2 {
		twice = append(twice, market.ProviderCancellation{
			ID: fmt.Sprint("twice", i), Amount: market.Money(s.Number(t, "SELECT (amount * 100)::int FROM refunds WHERE id = $1", again)),
			Cause: "API", RefundID: again, At: time.Now(),
		})
	}
	opened, err = s.OpenDisputes(ctx, payment, twice[:1])
	require.NoError(t, err)
	require.Empty(t, opened)
	opened, err = s.OpenDisputes(ctx, payment, twice)
	require.NoError(t, err)
	require.Len(t, opened, 1)
	s.Verified(t)
}

// as returns a store with a database role.
func as(t *testing.T, s *testrig.Shop, role string) *store.Store {
	t.Helper()
	other, err := store.Open(t.Context(), testrig.As(t, s.Pool().Config().ConnString(), role), store.Options{})
	require.NoError(t, err)
	t.Cleanup(other.Close)
	return other
}

// Workers open a dispute, the admin API decides it, and the public API is
// refused both.
func TestDisputes_WithTheRolesOfTheirProcesses(t *testing.T) {
	t.Parallel()
	s, order, lines, _ := sold(t)
	ctx := t.Context()
	_, err := s.CreateAdmin(ctx, "a@example.com", "hash", "a")
	require.NoError(t, err)
	api, admin, worker := as(t, s, "market_api"), as(t, s, "market_admin"), as(t, s, "market_worker")
	payment, amount := paymentOf(t, s.Store, order)
	cancelled := []market.ProviderCancellation{{ID: "c", Amount: amount, Cause: "CONSOLE", At: time.Now()}}
	_, err = api.OpenDisputes(ctx, payment, cancelled)
	require.Error(t, err)
	opened, err := worker.OpenDisputes(ctx, payment, cancelled)
	require.NoError(t, err)
	require.Len(t, opened, 1)
	accept := store.DecidedDispute{
		DisputeID: opened[0], AdminID: int64(s.Number(t, "SELECT id FROM admins")), Decision: market.DisputeAccept, Reason: "r",
	}
	_, _, err = api.DecideDispute(ctx, accept)
	require.Error(t, err)
	for _, l := range lines {
		accept.Items = append(accept.Items, market.Pieces{OrderItemID: l.ID, Quantity: l.Quantity})
	}
	_, _, err = admin.DecideDispute(ctx, accept)
	require.NoError(t, err)
	o, err := s.AnyOrder(ctx, order)
	require.NoError(t, err)
	require.Equal(t, market.OrderRefunded, o.Status)
	s.Verified(t)
}

// disputed opens a dispute of a part of a new order's payment.
func disputed(t *testing.T, s *testrig.Shop, key string, amount market.Money) int64 {
	t.Helper()
	payment, _ := paymentOf(t, s.Store, s.Sell(t, "buyer-"+key, s.ProductIDs[0]))
	opened, err := s.OpenDisputes(t.Context(), payment,
		[]market.ProviderCancellation{{ID: key, Amount: amount, Cause: "CHARGEBACK", At: time.Now()}})
	require.NoError(t, err)
	require.Len(t, opened, 1)
	return opened[0]
}

func accepting(dispute, admin int64) store.DecidedDispute {
	return store.DecidedDispute{
		DisputeID: dispute, AdminID: admin, Decision: market.DisputeAccept, Reason: "it is the buyer's",
	}
}

func winning(dispute, admin int64, reference string) store.DecidedDispute {
	return store.DecidedDispute{
		DisputeID: dispute, AdminID: admin, Decision: market.DisputeWin, Reason: "it is ours", Reference: reference,
	}
}

func TestDecideDispute_AboveTheLimit_WaitsForASecondPerson(t *testing.T) {
	t.Parallel()
	s, ids := limited(t)
	ctx := t.Context()
	small, large, won := disputed(t, s, "a", 600_00), disputed(t, s, "b", 400_00), disputed(t, s, "c", 999_00)
	d, waits, err := s.DecideDispute(ctx, accepting(small, ids[0]))
	require.NoError(t, err)
	require.Nil(t, waits)
	require.Equal(t, market.DisputeAccepted, d.Status)
	_, waits, err = s.PostAdjustment(ctx, ids[0], correction(s.SellerIDs[0], 400_00))
	require.NoError(t, err)
	require.NotNil(t, waits, "disputes and adjustments have one limit")

	wrong := accepting(large, ids[0])
	wrong.Items = []market.Pieces{{OrderItemID: 999_999, Quantity: 1}}
	_, _, err = s.DecideDispute(ctx, wrong)
	refused(t, market.CodeRefundItemsInvalid, err)
	_, waits, err = s.DecideDispute(ctx, accepting(large, ids[0]))
	require.NoError(t, err)
	require.Equal(t, market.ProposalDispute, waits.Kind)
	require.Equal(t, large, *waits.SubjectID)
	d, err = s.Dispute(ctx, large)
	require.NoError(t, err)
	require.Equal(t, market.DisputeOpen, d.Status)
	_, again, err := s.DecideDispute(ctx, accepting(large, ids[0]))
	require.NoError(t, err)
	require.NotEqual(t, waits.ID, again.ID, "a later proposal of the same person replaces the one before")
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	refused(t, market.CodeProposalNotPending, err)
	_, err = s.DecideProposal(ctx, approval(again, ids[0]))
	refused(t, market.CodeProposalNeedsAnotherAdmin, err)
	_, err = s.DecideProposal(ctx, approval(again, ids[1]))
	require.NoError(t, err)
	d, err = s.Dispute(ctx, large)
	require.NoError(t, err)
	require.Equal(t, market.DisputeAccepted, d.Status)
	require.Equal(t, ids[0], *d.AdminID)
	require.Equal(t, ids[1], *d.ApprovedBy)
	require.Equal(t, again.ID, *d.ProposalID)

	d, waits, err = s.DecideDispute(ctx, winning(won, ids[1], "ref-1"))
	require.NoError(t, err)
	require.Nil(t, waits, "each has a limit of its own, and what two have decided does not count")
	require.Equal(t, "ref-1", *d.Reference)
	require.Equal(t, 1_000, s.Number(t, "SELECT sum(amount)::int FROM ledger_entries WHERE account = 'WRITE_OFF'"))
	s.Verified(t)
}

func TestDecideDispute_ManyAtOnce_ReachTheLimitTogether(t *testing.T) {
	t.Parallel()
	s, ids := limited(t)
	var disputes []int64
	for i := range 4 {
		disputes = append(disputes, disputed(t, s, fmt.Sprint("d", i), 300_00))
	}
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i, id := range disputes {
		wg.Go(func() { _, _, errs[i] = s.DecideDispute(t.Context(), accepting(id, ids[0])) })
		wg.Go(func() { _, _, errs[4+i] = s.PostAdjustment(t.Context(), ids[0], correction(s.SellerIDs[0], 300_00)) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, 3, s.Number(t, `SELECT (SELECT count(*) FROM adjustments) + (SELECT count(*) FROM disputes WHERE status = 'ACCEPTED')`))
	require.Equal(t, 5, s.Number(t, "SELECT count(*) FROM proposals WHERE status = 'PENDING'"))
	s.Verified(t)
}

func TestDecideDispute_FourEyes_ByNoProgramAlone(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	approved, other := disputed(t, s, "a", 100_00), disputed(t, s, "b", 100_00)
	_, waits, err := s.DecideDispute(ctx, winning(approved, ids[0], "ref"))
	require.NoError(t, err)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	const decide = `UPDATE disputes SET status = '%s', admin_id = %d, approved_by = %s, proposal_id = %s, reason = 'r', resolved_at = now() WHERE id = %d`
	for _, statement := range []string{
		fmt.Sprintf(decide, "ACCEPTED", ids[0], "NULL", "NULL", other),
		fmt.Sprintf(decide, "WON", ids[0], "NULL", "NULL", other),
		fmt.Sprintf(decide, "WON", ids[0], fmt.Sprint(ids[1]), fmt.Sprint(waits.ID), other),
		fmt.Sprintf("UPDATE disputes SET recredit_reference = 'x' WHERE id = %d", approved),
		fmt.Sprintf("UPDATE disputes SET approved_by = NULL, proposal_id = NULL WHERE id = %d", approved),
		fmt.Sprintf("UPDATE disputes SET status = 'ACCEPTED', admin_id = %d, reason = 'r', resolved_at = now(), refunded = 1 WHERE id = %d", ids[0], other),
	} {
		_, err := s.Pool().Exec(ctx, statement)
		require.ErrorContains(t, err, "SQLSTATE 23001", statement)
	}
	s.Verified(t)
	for statement, want := range map[string]string{
		"UPDATE disputes SET decided_amount = 7 WHERE status = 'WON'":        "was decided about",
		"UPDATE disputes SET decided_on = decided_on + 1":                    "was decided about",
		"UPDATE disputes SET approved_by = NULL, proposal_id = NULL":         "no dispute was decided by it",
		"UPDATE disputes SET recredit_reference = 'x' WHERE status = 'WON'":  "by no approved proposal",
		`UPDATE proposals SET change = change || '{"amount": 5}'`:            "by no approved proposal",
		"UPDATE proposals SET status = 'REJECTED' WHERE status = 'APPROVED'": "by no approved proposal",
		"UPDATE proposals SET subject_id = 999 WHERE kind = 'DISPUTE'":       "by no approved proposal",
		`UPDATE proposals SET change = change || '{"decision": "ACCEPT"}'`:   "by no approved proposal",
	} {
		unguarded(t, s, "CREATE TABLE kept AS TABLE disputes", "CREATE TABLE kept_proposals AS TABLE proposals", statement)
		findings, err := s.Verify(ctx, func(string) {})
		require.NoError(t, err)
		require.Contains(t, fmt.Sprint(findings), want, statement)
		unguarded(t, s, "DELETE FROM disputes", "DELETE FROM proposals", "INSERT INTO disputes SELECT * FROM kept",
			"INSERT INTO proposals SELECT * FROM kept_proposals", "DROP TABLE kept, kept_proposals")
	}
	s.Verified(t)
}

// The dispute of a proposal is resolved, or refunds take a part of
// it, and the proposal ends with a reason in the same transaction.
func TestDecideDispute_ResolvedMeanwhile_EndsTheProposal(t *testing.T) {
	t.Parallel()
	s, ids := limited(t)
	ctx := t.Context()
	end := func(p *market.Proposal) market.ProposalEnd {
		t.Helper()
		_, err := s.DecideProposal(ctx, approval(p, ids[1]))
		refused(t, market.CodeProposalNotPending, err)
		ended, err := s.Proposal(ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, market.ProposalWithdrawn, ended.Status)
		return market.ProposalEnd(*ended.Reason)
	}
	policy := fourEyesPolicy
	policy.FourEyes = false
	set := func(limit *market.Money) {
		policy.SecondApprovalFrom = limit
		_, _, err := s.SetRefundPolicy(ctx, ids[0], policy)
		require.NoError(t, err)
	}
	dispute := disputed(t, s, "a", 1_000_00)
	_, waits, err := s.DecideDispute(ctx, accepting(dispute, ids[0]))
	require.NoError(t, err)
	_, _, err = s.DecideDispute(ctx, accepting(dispute, ids[1]))
	refused(t, market.CodeDataConflict, err)
	set(nil)
	_, _, err = s.DecideDispute(ctx, winning(dispute, ids[1], "r"))
	require.NoError(t, err)
	require.Equal(t, market.EndDisputeResolved, end(waits))
	set(pointer(market.Money(1_000_00)))

	// A refund by hand takes a part: workers book it.
	worker := as(t, s, "market_worker")
	order := s.Sell(t, "buyer-b", s.ProductIDs...)
	payment, amount := paymentOf(t, s.Store, order)
	buyer := market.BuyerID(s.Number(t, "SELECT buyer_id FROM orders WHERE id = $1", order))
	id, err := s.ReserveRefund(ctx, buyer, "k", nil, nil)
	require.NoError(t, err)
	refund, err := s.OpenRefund(ctx, store.RefundRequest{
		RefundID: id, BuyerID: int64(buyer), OrderID: order, Reason: market.ReasonDamaged,
		Items: []market.Pieces{{OrderItemID: int64(s.Number(t, "SELECT max(id) FROM order_items WHERE order_id = $1", order)), Quantity: 1}},
	})
	require.NoError(t, err)
	opened, err := s.OpenDisputes(ctx, payment, []market.ProviderCancellation{{ID: "b", Amount: amount,
		At: time.Now()}})
	require.NoError(t, err)
	_, waits, err = s.DecideDispute(ctx, accepting(opened[0], ids[0]))
	require.NoError(t, err)
	for i, d := range []store.RefundDecision{
		{AdminID: ids[0]}, {AdminID: ids[1]}, {AdminID: ids[0], PaidManually: true, Reason: "r"},
		{AdminID: ids[1], PaidManually: true, Reason: "r"},
	} {
		if i == 2 {
			require.NoError(t, s.FailRefund(ctx, id, market.CodePaymentNotRefundable))
		}
		d.RefundID, d.DecisionID, d.SentBy, d.Approve = id, fmt.Sprint(i), "test", true
		_, _, err := worker.DecideRefund(ctx, d)
		require.NoError(t, err)
	}
	_, err = worker.CompleteRefund(ctx, id)
	require.NoError(t, err)
	require.Equal(t, market.EndAmountChanged, end(waits))
	_, waits, err = s.DecideDispute(ctx, accepting(opened[0], ids[0]))
	require.NoError(t, err)
	require.NotNil(t, waits)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM disputes WHERE id = $1 AND refunded = $2 AND status = 'ACCEPTED' AND decided_amount = amount - refunded",
		opened[0], refund.Amount.String()))
	s.Verified(t)
}

// The approval of a proposal races with a decision.
func TestDecideProposal_AgainstADecision_OneOfThemEndsTheDispute(t *testing.T) {
	t.Parallel()
	s, ids := limited(t)
	ctx := t.Context()
	for round := range 6 {
		policy := fourEyesPolicy
		policy.FourEyes, policy.SecondApprovalFrom = false, pointer(market.Money(1_000_00))
		_, _, err := s.SetRefundPolicy(ctx, ids[0], policy)
		require.NoError(t, err)
		dispute := disputed(t, s, fmt.Sprint("d", round), 1_000_00)
		_, waits, err := s.DecideDispute(ctx, accepting(dispute, ids[0]))
		require.NoError(t, err)
		policy.SecondApprovalFrom = nil
		_, _, err = s.SetRefundPolicy(ctx, ids[0], policy)
		require.NoError(t, err)
		var approved, won error
		var wg sync.WaitGroup
		wg.Go(func() { _, approved = s.DecideProposal(ctx, approval(waits, ids[1])) })
		wg.Go(func() { _, _, won = s.DecideDispute(ctx, winning(dispute, ids[1], fmt.Sprint(round))) })
		wg.Wait()
		if approved == nil {
			refused(t, market.CodeDisputeResolved, won)
		} else {
			refused(t, market.CodeProposalNotPending, approved)
			require.NoError(t, won)
		}
	}
	s.Verified(t)
}

func TestDecideDispute_ToWin_NeedsTheProvidersReferenceOnce(t *testing.T) {
	t.Parallel()
	s, ids := limited(t)
	ctx := t.Context()
	first, second := disputed(t, s, "a", 100_00), disputed(t, s, "b", 100_00)
	_, _, err := s.DecideDispute(ctx, winning(first, ids[0], ""))
	refused(t, market.CodeInvalidInput, err)
	accept := accepting(first, ids[0])
	accept.Reference = "r"
	_, _, err = s.DecideDispute(ctx, accept)
	refused(t, market.CodeInvalidInput, err)
	_, _, err = s.DecideDispute(ctx, winning(first, ids[0], "r"))
	require.NoError(t, err)
	_, _, err = s.DecideDispute(ctx, winning(second, ids[0], "r"))
	refused(t, market.CodeDisputeReferenceUsed, err)
	_, _, err = s.DecideDispute(ctx, winning(second, ids[0], "r-2"))
	require.NoError(t, err)
	s.Verified(t)
}

// What staff has written about a dispute is erased when its buyer leaves, by the public API's role.
func TestWithdrawBuyer_WithDisputes_WordsAreErased(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	for i := range 2 {
		decision := accepting(disputed(t, s, fmt.Sprint("d", i), 100_00), ids[0])
		decision.Reason = "words about a person"
		_, waits, err := s.DecideDispute(ctx, decision)
		require.NoError(t, err)
		if i == 0 { // the other one waits
			_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
			require.NoError(t, err)
		}
	}
	unguarded(t, s, "UPDATE orders SET status = 'DELIVERED'")
	_, err := as(t, s, "market_api").Pool().Exec(ctx, "SELECT erase_buyer(o.buyer_id) FROM disputes d JOIN orders o ON o.id = d.order_id")
	require.NoError(t, err)
	for _, table := range []string{"disputes", "proposals", "refund_decisions", "audit_log", "audit_words"} {
		require.Zero(t, s.Number(t, fmt.Sprintf("SELECT count(*) FROM %s t WHERE t::text LIKE '%%words about a person%%'", table)),
			table)
	}
	_, err = s.DecideProposal(ctx, store.ProposalDecision{
		ProposalID: int64(s.Number(t, "SELECT id FROM proposals WHERE status = 'PENDING'")), AdminID: ids[1], Approve: true,
	})
	require.NoError(t, err, "it is still decided")
}
