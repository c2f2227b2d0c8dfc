package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// mispaid is a shop with a payout to its seller for which the bank has paid another amount. late:
// the bank first reported the right amount.
func mispaid(t *testing.T, c *clock, off market.Money, late bool) (s *testrig.Shop, p store.DuePayout) {
	t.Helper()
	s, ctx := testrig.NewShop(t, 1, c.now), t.Context()
	s.Sell(t, "o", s.ProductIDs[0])
	settle(t, s)
	_, err := s.CreatePayouts(ctx, 0, 10)
	require.NoError(t, err)
	due, err := s.DuePayouts(ctx, 0, 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	p = due[0]
	_, err = s.StartPayout(ctx, p.PayoutID, 1, nil)
	require.NoError(t, err)
	if late {
		end(t, s, p, 1, market.OutcomeSuccess, nil)
		s.Verified(t)
	}
	paid := p.Amount + off
	for range 2 { // booked once
		end(t, s, p, 1, market.OutcomeMispaid, &paid)
	}
	s.Verified(t)
	return s, p
}

func end(
	t *testing.T, s *testrig.Shop, p store.DuePayout, attempt int32, outcome market.PayoutOutcome, amount *market.Money,
) {
	t.Helper()
	_, err := s.EndPayout(t.Context(), p.PayoutID, attempt,
		store.PayoutEnd{Outcome: outcome, Reason: "the bank says so", BankAmount: amount})
	require.NoError(t, err)
}

// accounts are the balances of the accounts that a payout moves.
func accounts(t *testing.T, s *testrig.Shop) (owed, suspense, bank, inTransit market.Money) {
	t.Helper()
	trial, err := s.TrialBalance(t.Context(), s.Today())
	require.NoError(t, err)
	of := map[market.LedgerAccount]market.Money{}
	for _, a := range trial.Accounts {
		of[a.Account] = a.Balance
	}
	return -of[market.AccountSellerPayable], of[market.AccountSuspense], of[market.AccountBank],
		of[market.AccountPayoutInTransit]
}

func TestMispaidPayout_Abandoned_NextSettlementPaysTheDifference(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		for _, off := range []market.Money{-100_00, 100_00, -957_00} {
			t.Run(fmt.Sprint(off, late), func(t *testing.T) {
				t.Parallel()
				c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
				s, p := mispaid(t, c, off, late)
				ctx, ids := t.Context(), owners(t, s.Store, 1)
				owed, suspense, bank, inTransit := accounts(t, s)
				require.Equal(t, p.Amount, owed)
				require.Equal(t, p.Amount+off, suspense)
				require.Equal(t, -p.Amount-off, bank, "what the bank has done")
				require.Zero(t, inTransit)
				failed := market.PayoutFailed
				list, err := s.Payouts(ctx, &failed, market.PageRequest{Size: 10})
				require.NoError(t, err)
				require.Equal(t, p.Amount+off, *list.Content[0].BankAmount)
				alerts, err := s.AlertCounts(ctx)
				require.NoError(t, err)
				require.EqualValues(t, 1, alerts.PayoutsFailed)

				retry := &store.PayoutDecision{ID: "1/r", Signal: "retry", AdminID: ids[0], SentBy: "admin API"}
				held, err := s.StartPayout(ctx, p.PayoutID, 2, retry)
				require.NoError(t, err)
				require.True(t, held.Held, "the seller has something already")
				require.NoError(t, s.KeepPayoutDecisionReason(ctx, p.PayoutID, "1/a", "the seller has it"))
				for range 2 {
					_, err = s.AbandonPayout(ctx, p.PayoutID,
						&store.PayoutDecision{ID: "1/a", Signal: "abandon", AdminID: ids[0], SentBy: "admin API"})
					require.NoError(t, err)
				}
				s.Verified(t)
				owed, suspense, bank, _ = accounts(t, s)
				require.Equal(t, -off, owed)
				require.Zero(t, suspense)
				require.Equal(t, -p.Amount-off, bank)
				alerts, err = s.AlertCounts(ctx)
				require.NoError(t, err)
				require.Zero(t, alerts.PayoutsFailed)

				c.at = market.Date(2026, 5, 31).Start().Add(10 * time.Hour)
				next := settle(t, s)
				require.Equal(t, p.Amount, next.CarriedIn)
				require.Equal(t, -p.Amount-off, next.Adjusted)
				require.Equal(t, max(-off, 0), next.Amount)
				require.Equal(t, min(-off, 0), next.CarriedOver)
				s.Verified(t)
			})
		}
	}
}

func TestMispaidPayout_Returned_IsPaidAgain(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
		s, p := mispaid(t, c, 33_00, late)
		ctx := t.Context()
		end(t, s, p, 1, market.OutcomeReturned, nil)
		s.Verified(t)
		owed, suspense, bank, _ := accounts(t, s)
		require.Equal(t, p.Amount, owed)
		require.Zero(t, suspense)
		require.Zero(t, bank)
		again, err := s.StartPayout(ctx, p.PayoutID, 2,
			&store.PayoutDecision{ID: "x", Signal: "retry", SentBy: "operator"})
		require.NoError(t, err)
		require.False(t, again.Held)
		end(t, s, p, 2, market.OutcomeSuccess, nil)
		s.Verified(t)
		owed, _, bank, _ = accounts(t, s)
		require.Zero(t, owed)
		require.Equal(t, -p.Amount, bank)
	}
}

// The bank returns what it has paid instead of a payout after that was charged to the seller: it stays in suspense.
func TestMispaidPayout_ReturnedAfterItWasAbandoned_IsInSuspense(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, p := mispaid(t, c, -100_00, false)
	ctx, ids := t.Context(), owners(t, s.Store, 1)
	_, err := s.AbandonPayout(ctx, p.PayoutID, &store.PayoutDecision{ID: "x", Signal: "abandon", SentBy: "operator"})
	require.NoError(t, err)
	end(t, s, p, 1, market.OutcomeReturned, nil)
	s.Verified(t)
	_, suspense, bank, _ := accounts(t, s)
	require.Equal(t, -p.Amount+100_00, suspense)
	require.Zero(t, bank)
	sounds := func(after time.Duration) int64 { // after what has happened so far
		defer func(at time.Time) { c.at = at }(c.at)
		c.at = time.Now().Add(after)
		alerts, err := s.AlertCounts(ctx)
		require.NoError(t, err)
		details, err := s.AlertDetails(ctx)
		require.NoError(t, err)
		shown := slices.ContainsFunc(details, func(d market.AlertDetail) bool { return d.Kind == "SUSPENSE" })
		require.Equal(t, alerts.Suspense > 0, shown)
		return alerts.Suspense
	}
	require.Zero(t, sounds(23*time.Hour))
	require.EqualValues(t, 857, sounds(25*time.Hour))
	started, err := s.StartPayout(ctx, p.PayoutID, 1, nil)
	require.NoError(t, err)
	require.True(t, started.Abandoned)
	back := correction(s.SellerIDs[0], p.Amount-100_00)
	back.DebitAccount = market.AccountSuspense
	_, _, err = s.PostAdjustment(ctx, ids[0], back)
	require.NoError(t, err)
	owed, suspense, _, _ := accounts(t, s)
	require.Equal(t, p.Amount, owed)
	require.Zero(t, suspense)
	require.Zero(t, sounds(25*time.Hour))
	s.Verified(t)
}

func TestMispaidPayout_OfNothing_IsCarriedOverWhole(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, p := mispaid(t, c, -957_00, false)
	require.Equal(t, market.Money(957_00), p.Amount)
	_, err := s.AbandonPayout(t.Context(), p.PayoutID,
		&store.PayoutDecision{ID: "x", Signal: "abandon", SentBy: "operator"})
	require.NoError(t, err)
	require.Zero(t, s.Number(t, "SELECT count(*) FROM adjustments"))
	s.Verified(t)
}

// The bank reports another amount for a transfer that it has refused, or returned before it was
// reported as paid.
func TestEndPayout_NothingPaidUnderAnotherAmount_IsAFailedPayout(t *testing.T) {
	t.Parallel()
	for _, outcome := range []market.PayoutOutcome{market.OutcomeRefused, market.OutcomeReturned} {
		c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
		s, ctx := testrig.NewShop(t, 1, c.now), t.Context()
		s.Sell(t, "o", s.ProductIDs[0])
		settle(t, s)
		_, err := s.CreatePayouts(ctx, 0, 10)
		require.NoError(t, err)
		due, err := s.DuePayouts(ctx, 0, 10)
		require.NoError(t, err)
		_, err = s.StartPayout(ctx, due[0].PayoutID, 1, nil)
		require.NoError(t, err)
		end(t, s, due[0], 1, outcome, pointer(market.Money(5)))
		s.Verified(t)
		owed, _, bank, inTransit := accounts(t, s)
		require.Equal(t, due[0].Amount, owed)
		require.Zero(t, bank)
		require.Zero(t, inTransit)
	}
}

// It changes what was booked, with the triggers off.
func TestVerify_MispaidPayoutChanged_IsAFinding(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, p := mispaid(t, c, 33_00, false)
	ctx := t.Context()
	_, err := s.AbandonPayout(ctx, p.PayoutID, &store.PayoutDecision{ID: "x", Signal: "abandon", SentBy: "operator"})
	require.NoError(t, err)
	s.Verified(t)
	_, err = s.Pool().Exec(ctx, "CREATE TABLE kept AS TABLE adjustments; CREATE TABLE kept_attempts AS TABLE payout_attempts")
	require.NoError(t, err)
	for _, statement := range []string{
		"UPDATE payout_attempts SET bank_amount = bank_amount + 1", "UPDATE payout_attempts SET outcome = 'REFUSED'",
		"UPDATE payout_attempts SET outcome = 'RETURNED'", "DELETE FROM adjustments",
		"UPDATE adjustments SET payout_attempt_id = payout_attempt_id + 1",
		"UPDATE adjustments SET kind = 'CORRECTION', payout_attempt_id = NULL, admin_id = 1",
		"UPDATE adjustments SET amount = 1", "UPDATE adjustments SET debit_account = 'BANK'",
	} {
		for _, statements := range [][]string{{statement}, {
			"DELETE FROM adjustments", "INSERT INTO adjustments SELECT * FROM kept", "DELETE FROM payout_attempts",
			"INSERT INTO payout_attempts SELECT * FROM kept_attempts",
		}} {
			unguarded(t, s, statements...)
			findings, err := s.Verify(ctx, func(string) {})
			require.NoError(t, err)
			require.Equal(t, len(statements) == 1, len(findings) > 0, "%s: %v", statement, findings)
		}
	}
}
