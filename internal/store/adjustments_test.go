package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// correction moves an amount from the commission to what a seller is owed.
func correction(seller int64, amount market.Money) market.NewAdjustment {
	return market.NewAdjustment{
		Kind: market.AdjustmentCorrection, DebitAccount: market.AccountCommission,
		CreditAccount: market.AccountSellerPayable, Amount: amount, SellerID: seller,
		Reason: "commission of a test order",
	}
}

func writeOff(seller int64, amount market.Money) market.NewAdjustment {
	return market.NewAdjustment{
		Kind: market.AdjustmentWriteOff, DebitAccount: market.AccountWriteOff,
		CreditAccount: market.AccountSellerPayable, Amount: amount, SellerID: seller, Reason: "the seller has left",
	}
}

// settle closes the current day, settles the half month that it ends, and returns the settlement of the first seller.
func settle(t *testing.T, s *testrig.Shop) market.Settlement {
	t.Helper()
	s.RollUpAll(t)
	_, err := s.CloseStatistics(t.Context(), s.Today())
	require.NoError(t, err)
	period, ends := market.PeriodEnding(s.Today())
	require.True(t, ends)
	_, err = s.Settle(t.Context(), period, 0, 10)
	require.NoError(t, err)
	page, err := s.Settlements(t.Context(), market.SellerID(s.SellerIDs[0]), nil, market.PageRequest{Size: 1})
	require.NoError(t, err)
	return page.Content[0]
}

func TestPostAdjustment_OfASeller_IsInTheNextSettlementOnce(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, ctx := testrig.NewShop(t, 2, c.now), t.Context()
	ids, seller := owners(t, s.Store, 1), s.SellerIDs[0]
	s.Sell(t, "o", s.ProductIDs[0])
	payable := market.Money(1_007_00 - 50_00)
	up, down := correction(seller, 70_00), correction(seller, 20_00)
	down.DebitAccount, down.CreditAccount = down.CreditAccount, down.DebitAccount
	for _, a := range []market.NewAdjustment{up, down, correction(s.SellerIDs[1], 5_00)} {
		posted, waits, err := s.PostAdjustment(ctx, ids[0], a)
		require.NoError(t, err)
		require.Nil(t, waits)
		require.Equal(t, ids[0], *posted.ProposedBy)
		require.Equal(t, "Owner", *posted.ProposerName)
		require.Nil(t, posted.ApprovedBy)
	}
	balance, err := s.SellerBalance(ctx, market.SellerID(seller))
	require.NoError(t, err)
	require.Equal(t, payable+50_00, balance.Balance)
	flight, err := s.MoneyInFlight(ctx)
	require.NoError(t, err)
	require.Equal(t, market.Money(55_00), flight.Unsettled, "no day is closed yet")
	s.RollUpAll(t)
	s.Verified(t)

	first := settle(t, s)
	require.Equal(t, payable, first.Payable)
	require.Equal(t, market.Money(50_00), first.Adjusted)
	require.Equal(t, payable+50_00, first.Amount)
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM settlements WHERE seller_id = $1 AND amount = 5", s.SellerIDs[1]),
		"an adjustment alone is settled, too")
	s.Verified(t)
	list, err := s.Adjustments(ctx, market.SellerID(seller), market.PageRequest{Size: 10})
	require.NoError(t, err)
	require.Len(t, list.Content, 2)
	require.Equal(t, first.ID, *list.Content[0].SettlementID)
	list, err = s.Adjustments(ctx, 0, market.PageRequest{Size: 10})
	require.NoError(t, err)
	require.Len(t, list.Content, 3)

	c.at = market.Date(2026, 5, 31).Start().Add(10 * time.Hour)
	s.Sell(t, "p", s.ProductIDs[0])
	second := settle(t, s)
	require.Zero(t, second.Adjusted)
	require.Equal(t, payable, second.Amount)
	s.Verified(t)
	require.Equal(t, 3, s.Number(t, "SELECT count(*) FROM audit_log WHERE action = 'ADJUSTMENT_CREATED' AND after ->> 'reason' = 'kept apart'"))
}

// pay pays what is settled, and returns the payout.
func pay(t *testing.T, s *testrig.Shop) store.DuePayout {
	t.Helper()
	ctx := t.Context()
	_, err := s.CreatePayouts(ctx, 0, 10)
	require.NoError(t, err)
	due, err := s.DuePayouts(ctx, 0, 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	started, err := s.StartPayout(ctx, due[0].PayoutID, 1, nil)
	require.NoError(t, err)
	require.False(t, started.Held)
	_, err = s.EndPayout(ctx, due[0].PayoutID, 1, store.PayoutEnd{Outcome: market.OutcomeSuccess})
	require.NoError(t, err)
	require.NoError(t, s.FinishPayout(ctx, due[0].PayoutID))
	return due[0]
}

// paidAndGone is a shop whose only seller has delivered an order, has been paid for it, and has left; with the order.
func paidAndGone(t *testing.T, c *clock) (s *testrig.Shop, orderID int64, payout store.DuePayout) {
	t.Helper()
	s, ctx := testrig.NewShop(t, 1, c.now), t.Context()
	orderID = s.Sell(t, "o", s.ProductIDs[0])
	tracking := "1234"
	require.NoError(t, s.SetOrderStatus(ctx, orderID, market.OrderShipped, &tracking))
	require.NoError(t, s.SetOrderStatus(ctx, orderID, market.OrderDelivered, nil))
	settle(t, s)
	payout = pay(t, s)
	require.NoError(t, s.WithdrawSeller(ctx, s.SellerIDs[0]))
	return s, orderID, payout
}

// A fraction of a won, such as an old order with a fractional price earned, waits until it is a won with others.
func TestSettle_FractionOfAWon_IsCarriedOver(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, ctx := testrig.NewShop(t, 1, c.now), t.Context()
	ids, seller := owners(t, s.Store, 1), s.SellerIDs[0]
	adjust := func(amount market.Money) {
		t.Helper()
		_, _, err := s.PostAdjustment(ctx, ids[0], correction(seller, amount))
		require.NoError(t, err)
	}
	next := func(at market.Day) market.Settlement {
		t.Helper()
		c.at = at.Start().Add(10 * time.Hour)
		got := settle(t, s)
		s.Verified(t)
		return got
	}
	adjust(20_60)
	first := next(market.Date(2026, 5, 15))
	require.Equal(t, []market.Money{20_00, 60}, []market.Money{first.Amount, first.CarriedOver})
	require.Equal(t, first.ID, next(market.Date(2026, 5, 31)).ID, "a fraction alone is not settled")

	_, err := s.CreatePayouts(ctx, 0, 10)
	require.NoError(t, err)
	due, err := s.DuePayouts(ctx, 0, 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	require.Equal(t, market.Money(20_00), due[0].Amount)
	_, err = s.StartPayout(ctx, due[0].PayoutID, 1, nil)
	require.NoError(t, err)
	end(t, s, due[0], 1, market.OutcomeRefused, nil)
	_, err = s.AbandonPayout(ctx, due[0].PayoutID,
		&store.PayoutDecision{ID: "a", Signal: "abandon", SentBy: "operator"})
	require.NoError(t, err)
	s.Verified(t)
	adjust(1_50)
	second := next(market.Date(2026, 6, 15))
	require.Equal(t, []market.Money{20_60, 1_50, 22_00, 10},
		[]market.Money{second.CarriedIn, second.Adjusted, second.Amount, second.CarriedOver})
}

func TestPostAdjustment_WriteOff_EndsTheDebtOfASellerWhoHasLeft(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, order, paid := paidAndGone(t, c)
	ctx, seller, ids := t.Context(), s.SellerIDs[0], owners(t, s.Store, 1)
	c.at = market.Date(2026, 5, 31).Start().Add(10 * time.Hour)
	s.Refund(t, "r", order, 0)
	balance := func() market.Money {
		b, err := s.SellerBalance(ctx, market.SellerID(seller))
		require.NoError(t, err)
		return b.Balance
	}
	require.Equal(t, -paid.Amount, balance(), "the seller owes what the buyer got back")
	require.Equal(t, -paid.Amount, settle(t, s).CarriedOver)
	s.Verified(t)

	_, _, err := s.PostAdjustment(ctx, ids[0], writeOff(seller, paid.Amount+1))
	refused(t, market.CodeDataConflict, err)
	_, waits, err := s.PostAdjustment(ctx, ids[0], writeOff(seller, paid.Amount))
	require.NoError(t, err)
	require.Nil(t, waits)
	require.Zero(t, balance())
	_, _, err = s.PostAdjustment(ctx, ids[0], writeOff(seller, 1))
	refused(t, market.CodeDataConflict, err)
	s.Verified(t)
	c.at = market.Date(2026, 6, 15).Start().Add(10 * time.Hour)
	last := settle(t, s)
	require.Equal(t, -paid.Amount, last.CarriedIn)
	require.Equal(t, paid.Amount, last.Adjusted)
	require.Zero(t, last.CarriedOver)
	require.Zero(t, last.Amount)
	s.Verified(t)
	lost, err := s.TrialBalance(ctx, s.Today())
	require.NoError(t, err)
	require.Contains(t, lost.Accounts, market.AccountBalance{
		Account: market.AccountWriteOff, Debit: paid.Amount, Balance: paid.Amount,
	})
}

// limited is a shop with two owners, whose policy has two people approve what comes to 1,000 won.
func limited(t *testing.T) (s *testrig.Shop, ids []int64) {
	t.Helper()
	s = testrig.NewShop(t, 2, nil)
	ids = owners(t, s.Store, 2)
	policy := fourEyesPolicy
	policy.FourEyes, policy.SecondApprovalFrom = false, pointer(market.Money(1_000_00))
	_, _, err := s.SetRefundPolicy(t.Context(), ids[0], policy)
	require.NoError(t, err)
	return s, ids
}

func TestPostAdjustment_AboveTheLimit_WaitsForASecondPerson(t *testing.T) {
	t.Parallel()
	s, ids := limited(t)
	ctx, seller := t.Context(), s.SellerIDs[0]
	small := correction(seller, 600_00)
	small.Key = "first"
	posted, waits, err := s.PostAdjustment(ctx, ids[0], small)
	require.NoError(t, err)
	require.Nil(t, waits)
	again, waits, err := s.PostAdjustment(ctx, ids[0], small)
	require.NoError(t, err)
	require.Nil(t, waits)
	require.Equal(t, posted.ID, again.ID, "the same request again posts nothing")
	other := small
	other.Amount++
	_, _, err = s.PostAdjustment(ctx, ids[0], other)
	refused(t, market.CodeIdempotencyKeyReused, err)

	large := correction(seller, 400_00)
	large.Key = "second"
	_, waits, err = s.PostAdjustment(ctx, ids[0], large)
	require.NoError(t, err)
	require.NotNil(t, waits, "with the one before it reaches the limit")
	require.Equal(t, market.ProposalAdjustment, waits.Kind)
	_, repeated, err := s.PostAdjustment(ctx, ids[0], large)
	require.NoError(t, err)
	require.Equal(t, waits.ID, repeated.ID)
	other = large
	other.Reason = "another one"
	_, _, err = s.PostAdjustment(ctx, ids[0], other)
	refused(t, market.CodeIdempotencyKeyReused, err)
	large.Key = ""
	_, second, err := s.PostAdjustment(ctx, ids[0], large)
	require.NoError(t, err)
	require.NotEqual(t, waits.ID, second.ID, "several may wait")
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM adjustments"))
	tasks, err := s.StaffTasks(ctx, ids[1], market.StaffFinance)
	require.NoError(t, err)
	require.EqualValues(t, 2, tasks.Proposals)

	_, err = s.DecideProposal(ctx, approval(waits, ids[0]))
	refused(t, market.CodeProposalNeedsAnotherAdmin, err)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	list, err := s.Adjustments(ctx, 0, market.PageRequest{Size: 10})
	require.NoError(t, err)
	require.Len(t, list.Content, 2)
	require.Equal(t, ids[1], *list.Content[0].ApprovedBy)
	require.Equal(t, waits.ID, *list.Content[0].ProposalID)
	_, err = s.DecideProposal(ctx, store.ProposalDecision{ProposalID: second.ID, AdminID: ids[1], Reason: "twice"})
	require.NoError(t, err)
	require.Equal(t, 2, s.Number(t, "SELECT count(*) FROM adjustments"))
	_, waits, err = s.PostAdjustment(ctx, ids[1], correction(seller, 999_00))
	require.NoError(t, err)
	require.Nil(t, waits, "each has a limit of its own, and what two have approved does not count")
	s.Verified(t)
}

func TestPostAdjustment_ManyAtOnce_ReachTheLimitTogether(t *testing.T) {
	t.Parallel()
	s, ids := limited(t)
	var posted atomic.Int32
	var group errgroup.Group
	for range 8 {
		group.Go(func() error {
			a, _, err := s.PostAdjustment(t.Context(), ids[0], correction(s.SellerIDs[0], 300_00))
			if err == nil && a.ID != 0 {
				posted.Add(1)
			}
			return err
		})
	}
	require.NoError(t, group.Wait())
	require.EqualValues(t, 3, posted.Load())
	require.Equal(t, 5, s.Number(t, "SELECT count(*) FROM proposals WHERE kind = 'ADJUSTMENT'"))
	s.Verified(t)
}

func TestPostAdjustment_FourEyes_ByNoProgramAlone(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	_, waits, err := s.PostAdjustment(ctx, ids[0], correction(s.SellerIDs[0], 1))
	require.NoError(t, err)
	require.NotNil(t, waits)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	const insert = `INSERT INTO adjustments (kind, debit_account, credit_account, amount, reason, admin_id, approved_by, proposal_id, business_day)
		VALUES ('CORRECTION', 'SUSPENSE', 'BANK', %s, 'r', %d, %s, %s, current_date)`
	for _, statement := range []string{
		fmt.Sprintf(insert, "1", ids[0], "NULL", "NULL"),
		fmt.Sprintf(insert, "1", ids[0], fmt.Sprint(ids[1]), fmt.Sprint(waits.ID)),
		"UPDATE adjustments SET amount = 5", "DELETE FROM adjustments",
	} {
		_, err := s.Pool().Exec(ctx, statement)
		require.ErrorContains(t, err, "SQLSTATE 23001", statement)
	}
	s.Verified(t)
}

func TestPostAdjustment_BadInput_IsRefused(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	ids := owners(t, s.Store, 1)
	for what, c := range map[string]struct {
		change func(a *market.NewAdjustment)
		code   market.Code
	}{
		"kind":            {func(a *market.NewAdjustment) { a.Kind = "GIFT" }, market.CodeInvalidInput},
		"account":         {func(a *market.NewAdjustment) { a.DebitAccount = "GOLD" }, market.CodeInvalidInput},
		"in transit":      {func(a *market.NewAdjustment) { a.DebitAccount = market.AccountPayoutInTransit }, market.CodeInvalidInput},
		"in flight":       {func(a *market.NewAdjustment) { a.CreditAccount = market.AccountRefundInFlight }, market.CodeInvalidInput},
		"one account":     {func(a *market.NewAdjustment) { a.DebitAccount = a.CreditAccount }, market.CodeInvalidInput},
		"no seller":       {func(a *market.NewAdjustment) { a.SellerID = 0 }, market.CodeInvalidInput},
		"unknown seller":  {func(a *market.NewAdjustment) { a.SellerID = 99 }, market.CodeSellerNotFound},
		"nothing":         {func(a *market.NewAdjustment) { a.Amount = 0 }, market.CodeInvalidInput},
		"less than that":  {func(a *market.NewAdjustment) { a.Amount = -1 }, market.CodeInvalidInput},
		"too much":        {func(a *market.NewAdjustment) { a.Amount = market.MaxAdjustment + 1 }, market.CodeInvalidInput},
		"no reason":       {func(a *market.NewAdjustment) { a.Reason = "" }, market.CodeInvalidInput},
		"other write-off": {func(a *market.NewAdjustment) { a.Kind = market.AdjustmentWriteOff }, market.CodeInvalidInput},
	} {
		a := correction(s.SellerIDs[0], 1_00)
		c.change(&a)
		_, _, err := s.PostAdjustment(t.Context(), ids[0], a)
		require.Equal(t, c.code, market.CodeOf(err), what)
	}
	require.Zero(t, s.Number(t, "SELECT count(*) FROM adjustments"))
	most := correction(s.SellerIDs[0], market.MaxAdjustment)
	_, _, err := s.PostAdjustment(t.Context(), ids[0], most)
	require.NoError(t, err)
}

// unguarded executes statements in one transaction, with the triggers off.
func unguarded(t *testing.T, s *testrig.Shop, statements ...string) {
	t.Helper()
	tx, err := s.Pool().Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(t.Context()) }() // of a failed test
	for _, statement := range append([]string{"SET LOCAL session_replication_role = replica"}, statements...) {
		_, err = tx.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, tx.Commit(t.Context()))
}

// It changes each value of adjustments with the triggers off.
func TestVerify_AdjustmentChanged_IsAFinding(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx := t.Context()
	_, waits, err := s.PostAdjustment(ctx, ids[0], correction(s.SellerIDs[0], 10_00))
	require.NoError(t, err)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	s.Verified(t)
	unguarded(t, s, "CREATE TABLE kept AS TABLE adjustments", "CREATE TABLE kept_proposals AS TABLE proposals")
	for statement, want := range map[string]string{
		"UPDATE adjustments SET amount = 11":                                     "too much in",
		"UPDATE adjustments SET debit_account = 'BANK'":                          "too much in",
		"UPDATE adjustments SET debit_account = 'WRITE_OFF', kind = 'WRITE_OFF'": "no approved proposal",
		"DELETE FROM adjustments":                                                "no adjustment follows from it",
		"UPDATE adjustments SET business_day = business_day + 1":                 "is posted to",
		"UPDATE adjustments SET request_key = 'x'":                               "no approved proposal",
		"UPDATE adjustments SET settlement_id = 999":                             "which there is not",
		"UPDATE adjustments SET approved_by = NULL, proposal_id = NULL":          "no adjustment follows from it",
		"UPDATE proposals SET status = 'REJECTED'":                               "no approved proposal",
		`UPDATE proposals SET change = change || '{"amount": 5}'`:                "no approved proposal",
		`INSERT INTO settlements (seller_id, amount, adjusted, fee, period_start, period_end, status, type, completed_at)
			SELECT id, 5, 5, 0, '2026-01-01', '2026-01-15', 'COMPLETED', 'MID', now() FROM sellers`: "its adjustments come to",
	} {
		unguarded(t, s, statement)
		findings, err := s.Verify(ctx, func(string) {})
		require.NoError(t, err)
		require.Contains(t, fmt.Sprint(findings), want, statement)
		unguarded(t, s, "DELETE FROM adjustments", "INSERT INTO adjustments SELECT * FROM kept", "DELETE FROM proposals",
			"INSERT INTO proposals SELECT * FROM kept_proposals", "DELETE FROM settlements")
		s.Verified(t)
	}
}

// brokenBy records a break of so much, and returns its id.
func brokenBy(t *testing.T, s *testrig.Shop, uid string, amount market.Money) int64 {
	t.Helper()
	_, _, err := s.RecordBreaks(t.Context(), market.ProviderPortOne, s.Today(), []store.FoundDiscrepancy{
		{MerchantUID: uid, Class: market.DiscrepancyMissingHere, Amount: amount, Detail: "not ours"},
	}, nil)
	require.NoError(t, err)
	return int64(s.Number(t, "SELECT max(id) FROM reconciliation_breaks"))
}

func TestPostAdjustment_OfABreak_AcceptsIt(t *testing.T) {
	t.Parallel()
	s, ids := limited(t)
	ctx := t.Context()
	settles := func(id int64, amount market.Money) market.NewAdjustment {
		return market.NewAdjustment{
			Kind: market.AdjustmentCorrection, DebitAccount: market.AccountPSPClearing,
			CreditAccount: market.AccountSuspense, Amount: amount, BreakID: id, Reason: "the provider keeps it",
		}
	}
	small, large := brokenBy(t, s, "x-1", 300_00), brokenBy(t, s, "x-2", 5_000_00)
	elsewhere := settles(small, 300_00)
	elsewhere.DebitAccount = market.AccountBank
	_, _, err := s.PostAdjustment(ctx, ids[0], elsewhere)
	refused(t, market.CodeInvalidInput, err)
	for _, amount := range []market.Money{299_99, 300_01} {
		_, _, err = s.PostAdjustment(ctx, ids[0], settles(small, amount))
		refused(t, market.CodeInvalidInput, err)
	}
	_, _, err = s.PostAdjustment(ctx, ids[0], settles(999, 1))
	refused(t, market.CodeBreakNotFound, err)

	once := settles(small, 300_00)
	once.Key = "k"
	for range 2 {
		posted, waits, err := s.PostAdjustment(ctx, ids[0], once)
		require.NoError(t, err)
		require.Nil(t, waits)
		require.Equal(t, small, *posted.BreakID)
	}
	b, err := s.Break(ctx, small)
	require.NoError(t, err)
	require.Equal(t, ids[0], *b.AdminID)
	require.Equal(t, "the provider keeps it", *b.Reason)
	status, err := s.ResolveBreak(ctx, small)
	require.NoError(t, err)
	require.Equal(t, market.DiscrepancyAccepted, status)
	_, _, err = s.PostAdjustment(ctx, ids[0], settles(small, 300_00))
	refused(t, market.CodeBreakResolved, err)
	s.Verified(t)

	_, waits, err := s.PostAdjustment(ctx, ids[0], settles(large, 5_000_00))
	require.NoError(t, err)
	b, err = s.Break(ctx, large)
	require.NoError(t, err)
	require.Nil(t, b.AdminID, "it waits for a second person")
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	b, err = s.Break(ctx, large)
	require.NoError(t, err)
	require.Equal(t, ids[0], *b.AdminID)
	s.Verified(t)

	third := brokenBy(t, s, "x-3", 5_000_00)
	_, waits, err = s.PostAdjustment(ctx, ids[0], settles(third, 5_000_00))
	require.NoError(t, err)
	require.NoError(t, s.DecideBreak(ctx, third, ids[0], "as it is"))
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	refused(t, market.CodeProposalNotPending, err)
	ended, err := s.Proposal(ctx, waits.ID)
	require.NoError(t, err)
	require.Equal(t, market.ProposalWithdrawn, ended.Status)
	require.EqualValues(t, market.EndBreakResolved, *ended.Reason)
	require.Equal(t, 2, s.Number(t, "SELECT count(*) FROM adjustments"), "nothing is posted for it")
	s.Verified(t)
	unguarded(t, s, fmt.Sprintf("UPDATE reconciliation_breaks SET admin_id = %d WHERE id = %d", ids[1], small))
	findings, err := s.Verify(ctx, func(string) {})
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(findings), "settles break")
}

// The proposal of an adjustment ends when its break comes to another
// amount or agrees; a break that staff has decided stays as it was decided, and what differs is a new one.
func TestRecordBreaks_OfAnotherAmount_EndsProposals(t *testing.T) {
	t.Parallel()
	s, ids := limited(t)
	ctx := t.Context()
	propose := func(id int64, amount market.Money) *market.Proposal {
		_, waits, err := s.PostAdjustment(ctx, ids[0], market.NewAdjustment{
			Kind: market.AdjustmentCorrection, DebitAccount: market.AccountPSPClearing,
			CreditAccount: market.AccountSuspense, Amount: amount, BreakID: id, Reason: "the provider keeps it",
		})
		require.NoError(t, err)
		return waits
	}
	end := func(p *market.Proposal) string {
		ended, err := s.Proposal(ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, market.ProposalWithdrawn, ended.Status)
		return *ended.Reason
	}
	id := brokenBy(t, s, "x-1", 5_000_00)
	waits := propose(id, 5_000_00)
	brokenBy(t, s, "x-1", 5_000_00)
	p, err := s.Proposal(ctx, waits.ID)
	require.NoError(t, err)
	require.Equal(t, market.ProposalPending, p.Status, "nothing has changed")
	brokenBy(t, s, "x-1", 6_000_00)
	require.EqualValues(t, market.EndAmountChanged, end(waits))
	waits = propose(id, 6_000_00)
	_, _, err = as(t, s, "market_worker").RecordBreaks(ctx, market.ProviderPortOne, s.Today(), nil, []string{"x-1"})
	require.NoError(t, err)
	require.EqualValues(t, market.EndBreakResolved, end(waits))

	id = brokenBy(t, s, "x-2", 5_000_00)
	waits = propose(id, 5_000_00)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	brokenBy(t, s, "x-2", 7_000_00)
	_, err = s.ResolveBreak(ctx, id)
	require.NoError(t, err)
	b, err := s.Break(ctx, id)
	require.NoError(t, err)
	require.Equal(t, market.Money(5_000_00), b.Amount, "it is accepted as it was decided")
	require.NotEqual(t, id, brokenBy(t, s, "x-2", 7_000_00), "what differs from that is open")

	_, _, err = s.RecordBreaks(ctx, market.ProviderPortOne, s.Today(), []store.FoundDiscrepancy{
		{MerchantUID: "x-3", Class: market.DiscrepancyAmount, Amount: 10_00, Currency: "USD", Detail: "dollars"},
	}, nil)
	require.NoError(t, err)
	require.NotNil(t, propose(int64(s.Number(t, "SELECT max(id) FROM reconciliation_breaks")), 14_000_00),
		"a break in another currency is adjusted by what it comes to")
	s.Verified(t)
}

// The approval of an adjustment races with a
// reconciliation that finds another amount.
func TestDecideProposal_AgainstAReconciliation_PostsTheBreaksAmount(t *testing.T) {
	t.Parallel()
	s, ids := limited(t)
	ctx := t.Context()
	for round := range 8 {
		uid := fmt.Sprint("x-", round)
		id := brokenBy(t, s, uid, 5_000_00)
		_, waits, err := s.PostAdjustment(ctx, ids[0], market.NewAdjustment{
			Kind: market.AdjustmentCorrection, DebitAccount: market.AccountPSPClearing,
			CreditAccount: market.AccountSuspense, Amount: 5_000_00, BreakID: id, Reason: "the provider keeps it",
		})
		require.NoError(t, err)
		var group errgroup.Group
		group.Go(func() error {
			_, _, err := s.RecordBreaks(ctx, market.ProviderPortOne, s.Today(), []store.FoundDiscrepancy{
				{MerchantUID: uid, Class: market.DiscrepancyMissingHere, Amount: 6_000_00, Detail: "not ours"},
			}, nil)
			return err
		})
		_, approved := s.DecideProposal(ctx, approval(waits, ids[1]))
		require.NoError(t, group.Wait())
		b, err := s.Break(ctx, id)
		require.NoError(t, err)
		if approved == nil {
			require.Equal(t, market.Money(5_000_00), b.Amount)
		} else {
			refused(t, market.CodeProposalNotPending, approved)
			require.Equal(t, market.Money(6_000_00), b.Amount)
		}
	}
	s.Verified(t)
}

// What staff has written about a seller in adjustments is erased when the seller leaves, by the public API's role.
func TestWithdrawSeller_WithAdjustments_WordsAreErased(t *testing.T) {
	t.Parallel()
	s, ids := fourEyes(t)
	ctx, seller := t.Context(), s.SellerIDs[0]
	back := correction(seller, 5_00)
	back.DebitAccount, back.CreditAccount = back.CreditAccount, back.DebitAccount
	for i, a := range []market.NewAdjustment{correction(seller, 5_00), back, correction(seller, 7_00)} {
		a.Reason = "words about a person"
		_, waits, err := s.PostAdjustment(ctx, ids[0], a)
		require.NoError(t, err)
		if i < 2 { // the last one waits
			d := approval(waits, ids[1])
			d.Reason = "words about a person"
			_, err = s.DecideProposal(ctx, d)
			require.NoError(t, err)
		}
	}
	api, err := store.Open(ctx, testrig.As(t, s.Pool().Config().ConnString(), "market_api"), store.Options{})
	require.NoError(t, err)
	defer api.Close()
	require.NoError(t, api.WithdrawSeller(ctx, seller))
	for _, table := range []string{"adjustments", "proposals", "audit_log", "audit_words"} {
		require.Zero(t, s.Number(t, fmt.Sprintf("SELECT count(*) FROM %s t WHERE t::text LIKE '%%words about a person%%'", table)),
			table)
	}
	_, err = api.Pool().Exec(ctx, "UPDATE proposals SET change = change || '{\"amount\": 1}'")
	require.Error(t, err)
	s.RollUpAll(t)
	s.Verified(t)
	left, err := s.Proposal(ctx, int64(s.Number(t, "SELECT id FROM proposals WHERE status = 'PENDING'")))
	require.NoError(t, err)
	_, err = s.DecideProposal(ctx, approval(&left, ids[1]))
	require.NoError(t, err, "it is still decided")
	s.Verified(t)
}
