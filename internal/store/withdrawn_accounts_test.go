package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/vault"
)

// cameBack is a shop whose seller has left, and whose payout the bank has returned after that.
func cameBack(t *testing.T, c *clock) (s *testrig.Shop, payout store.DuePayout) {
	t.Helper()
	s, _, payout = paidAndGone(t, c)
	end(t, s, payout, 1, market.OutcomeReturned, nil)
	s.Verified(t)
	return s, payout
}

func retry(id string) *store.PayoutDecision {
	return &store.PayoutDecision{ID: id, Signal: "retry", SentBy: "operator, unverified: test"}
}

const finalAccount = "110-222-334455"

// written counts the rows in which the final account stands as it was entered.
func written(t *testing.T, s *testrig.Shop) (n int) {
	t.Helper()
	for _, table := range []string{
		"withdrawn_payout_accounts", "sellers", "payout_attempts", "proposals", "audit_log", "audit_words", "mails",
	} {
		n += s.Number(t, fmt.Sprintf("SELECT count(*) FROM %s t WHERE t::text LIKE '%%%s%%'", table, finalAccount))
	}
	return n
}

func TestSetWithdrawnAccount_PayoutCameBack_IsPaidAndErased(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, payout := cameBack(t, c)
	ctx, ids, seller := t.Context(), owners(t, s.Store, 1), s.SellerIDs[0]
	held, err := s.StartPayout(ctx, payout.PayoutID, 2, retry("before"))
	require.NoError(t, err)
	require.True(t, held.Held, "there is no account")

	set, waits, err := s.SetWithdrawnAccount(ctx, ids[0], seller, "SHINHAN", "1-1")
	require.NoError(t, err)
	require.Nil(t, waits)
	require.Equal(t, "1", set.BankAccountEnd)
	c.at = c.at.Add(time.Minute)
	set, _, err = s.SetWithdrawnAccount(ctx, ids[0], seller, "SHINHAN", finalAccount)
	require.NoError(t, err)
	require.Equal(t, "4455", set.BankAccountEnd, "the last one counts")
	shown, err := s.WithdrawnSeller(ctx, seller)
	require.NoError(t, err)
	require.Equal(t, set.BankAccountEnd, shown.Account.BankAccountEnd)
	require.False(t, shown.AccountPending)
	require.Zero(t, written(t, s), "the number is sealed")
	require.Equal(t, 2, s.Number(t, `SELECT count(*) FROM audit_log
		WHERE subject = 'WITHDRAWN_ACCOUNT' AND after ->> 'seller_id' = $1::text`, fmt.Sprint(seller)))
	s.Verified(t)

	again, err := s.StartPayout(ctx, payout.PayoutID, 2, retry("after"))
	require.NoError(t, err)
	require.False(t, again.Held)
	require.Equal(t, "SHINHAN", again.BankCode)
	require.Equal(t, finalAccount, again.BankAccount)
	end(t, s, payout, 2, market.OutcomeSuccess, nil)
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM withdrawn_payout_accounts"), "the bank may return it")
	require.NoError(t, s.FinishPayout(ctx, payout.PayoutID))
	require.Zero(t, s.Number(t, "SELECT count(*) FROM withdrawn_payout_accounts"))
	require.Zero(t, s.Number(t,
		"SELECT count(*) FROM payout_attempts WHERE bank_account <> '' OR bank_account_sealed IS NOT NULL"))
	require.Zero(t, written(t, s))
	s.Verified(t)
}

// What is carried over to the next settlement is paid to the account, too, unless payouts are held.
func TestSetWithdrawnAccount_NextSettlement_IsPaidToIt(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, payout := cameBack(t, c)
	ctx, ids, seller := t.Context(), owners(t, s.Store, 1), s.SellerIDs[0]
	_, err := s.AbandonPayout(ctx, payout.PayoutID,
		&store.PayoutDecision{ID: "a", Signal: "abandon", SentBy: "operator"})
	require.NoError(t, err)
	c.at = market.Date(2026, 5, 31).Start().Add(10 * time.Hour)
	require.Equal(t, payout.Amount, settle(t, s).Amount)
	created, err := s.CreatePayouts(ctx, 0, 10)
	require.NoError(t, err)
	require.Empty(t, created.Sellers)
	_, _, err = s.SetWithdrawnAccount(ctx, ids[0], seller, "SHINHAN", finalAccount)
	require.NoError(t, err)
	created, err = s.CreatePayouts(ctx, 0, 10)
	require.NoError(t, err)
	require.Equal(t, []int64{seller}, created.Sellers)
	due, err := s.DuePayouts(ctx, 0, 10)
	require.NoError(t, err)
	_, err = s.Pool().Exec(ctx, "UPDATE sellers SET payouts_held = true")
	require.NoError(t, err)
	started, err := s.StartPayout(ctx, due[0].PayoutID, 1, nil)
	require.NoError(t, err)
	require.True(t, started.Held)
	_, err = s.Pool().Exec(ctx, "UPDATE sellers SET payouts_held = false")
	require.NoError(t, err)
	started, err = s.StartPayout(ctx, due[0].PayoutID, 1, nil)
	require.NoError(t, err)
	require.Equal(t, finalAccount, started.BankAccount)
	end(t, s, due[0], 1, market.OutcomeSuccess, nil)
	require.NoError(t, s.FinishPayout(ctx, due[0].PayoutID))
	require.Zero(t, s.Number(t, "SELECT count(*) FROM withdrawn_payout_accounts"))
	s.Verified(t)
}

func TestSetWithdrawnAccount_FourEyes_WaitsForASecondPerson(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, payout := cameBack(t, c)
	ctx, ids, seller := t.Context(), owners(t, s.Store, 3), s.SellerIDs[0]
	_, _, err := s.SetRefundPolicy(ctx, ids[0], fourEyesPolicy)
	require.NoError(t, err)
	_, first, err := s.SetWithdrawnAccount(ctx, ids[0], seller, "SHINHAN", "9-99999")
	require.NoError(t, err)
	_, waits, err := s.SetWithdrawnAccount(ctx, ids[0], seller, "SHINHAN", finalAccount)
	require.NoError(t, err)
	require.JSONEq(t, `{"bankCode": "SHINHAN", "bankAccountEnd": "4455"}`, string(waits.Change))
	require.Equal(t, "s", *waits.SubjectName)
	require.Equal(t, "Owner", waits.ProposerName)
	replaced, err := s.Proposal(ctx, first.ID)
	require.NoError(t, err)
	require.Equal(t, market.ProposalWithdrawn, replaced.Status)
	_, _, err = s.SetWithdrawnAccount(ctx, ids[1], seller, "SHINHAN", "8-88888")
	refused(t, market.CodeDataConflict, err)
	require.Zero(t, written(t, s))
	shown, err := s.WithdrawnSeller(ctx, seller)
	require.NoError(t, err)
	require.True(t, shown.AccountPending)
	require.Nil(t, shown.Account)
	held, err := s.StartPayout(ctx, payout.PayoutID, 2, retry("early"))
	require.NoError(t, err)
	require.True(t, held.Held)
	require.NoError(t, func() error { _, err := s.SealBankAccounts(ctx, func(int) {}); return err }())

	_, err = s.DecideProposal(ctx, approval(waits, ids[0]))
	refused(t, market.CodeProposalNeedsAnotherAdmin, err)
	_, err = s.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	again, err := s.StartPayout(ctx, payout.PayoutID, 2, retry("late"))
	require.NoError(t, err)
	require.Equal(t, finalAccount, again.BankAccount)
	s.Verified(t)
	for _, statement := range []string{
		"UPDATE withdrawn_payout_accounts SET bank_code = 'KOOKMIN'",
		"UPDATE withdrawn_payout_accounts SET proposal_id = NULL, approved_by = NULL",
		`INSERT INTO withdrawn_payout_accounts (seller_id, bank_code, bank_account, bank_account_sealed, admin_id)
			SELECT seller_id, 'X', '*1', '', admin_id FROM withdrawn_payout_accounts
			ON CONFLICT (seller_id) DO UPDATE SET bank_code = 'X'`,
	} {
		_, err := s.Pool().Exec(ctx, statement)
		require.ErrorContains(t, err, "SQLSTATE 23001", statement)
	}
	unguarded(t, s, "UPDATE withdrawn_payout_accounts SET bank_code = 'KOOKMIN'")
	findings, err := s.Verify(ctx, func(string) {})
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(findings), "follows from no approved proposal")
	_, err = s.Pool().Exec(ctx, "DELETE FROM withdrawn_payout_accounts")
	require.NoError(t, err)

	_, waits, err = s.SetWithdrawnAccount(ctx, ids[1], seller, "SHINHAN", finalAccount)
	require.NoError(t, err)
	n, err := s.At(c.at.Add(market.ProposalLifetime + time.Second)).ExpireProposals(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Zero(t, s.Number(t, "SELECT count(*) FROM mails WHERE proposal_id = $1", waits.ID), "there is no address left")
	end(t, s, payout, 2, market.OutcomeSuccess, nil)
	require.NoError(t, s.FinishPayout(ctx, payout.PayoutID))
	require.Zero(t, s.Number(t, "SELECT count(*) FROM proposals WHERE change::text LIKE '%4455%'"), "the ends are erased, too")
}

func TestSetWithdrawnAccount_OtherSellers_IsRefused(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	ids := owners(t, s.Store, 1)
	_, _, err := s.SetWithdrawnAccount(t.Context(), ids[0], s.SellerIDs[0], "SHINHAN", finalAccount)
	refused(t, market.CodeDataConflict, err)
	_, _, err = s.SetWithdrawnAccount(t.Context(), ids[0], 999, "SHINHAN", finalAccount)
	refused(t, market.CodeSellerNotFound, err)
	_, err = s.WithdrawnSeller(t.Context(), s.SellerIDs[0])
	refused(t, market.CodeSellerNotFound, err)
	_, err = s.Pool().Exec(t.Context(), `INSERT INTO withdrawn_payout_accounts
		(seller_id, bank_code, bank_account, bank_account_sealed, admin_id) VALUES ($1, 'X', '*1', '', $2)`,
		s.SellerIDs[0], ids[0])
	require.ErrorContains(t, err, "has not left")
}

func TestBrokenBankAccounts_OfASellerWhoHasLeft_IsAFinding(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, _ := cameBack(t, c)
	ctx, ids := t.Context(), owners(t, s.Store, 1)
	_, _, err := s.SetWithdrawnAccount(ctx, ids[0], s.SellerIDs[0], "SHINHAN", finalAccount)
	require.NoError(t, err)
	broken, err := s.BrokenBankAccounts(ctx)
	require.NoError(t, err)
	require.Empty(t, broken)
	_, err = s.Pool().Exec(ctx, `UPDATE withdrawn_payout_accounts
		SET bank_account_sealed = set_byte(bank_account_sealed, 40, 255 - get_byte(bank_account_sealed, 40))`)
	require.NoError(t, err)
	broken, err = s.BrokenBankAccounts(ctx)
	require.NoError(t, err)
	require.Len(t, broken, 1)
	_, err = s.SealBankAccounts(ctx, func(int) {})
	require.Error(t, err, "it stops at a number that does not open")
}

// Each process does its part with its own database role: staff's API, and the workers.
func TestPayoutsAndAdjustments_WithTheRolesOfTheirProcesses(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, p := mispaid(t, c, -100_00, false)
	ctx, ids, seller := t.Context(), owners(t, s.Store, 2), s.SellerIDs[0]
	as := func(role string) *store.Store {
		other, err := store.Open(ctx, testrig.As(t, s.Pool().Config().ConnString(), role),
			store.Options{Vault: vault.Local(), Now: c.now})
		require.NoError(t, err)
		t.Cleanup(other.Close)
		return other
	}
	admin, worker := as("market_admin"), as("market_worker")
	_, err := worker.AbandonPayout(ctx, p.PayoutID,
		&store.PayoutDecision{ID: "x", Signal: "abandon", SentBy: "operator"})
	require.NoError(t, err)
	a := correction(seller, 5_00)
	a.BreakID, a.DebitAccount = brokenBy(t, s, "x-1", 5_00), market.AccountPSPClearing
	_, _, err = admin.PostAdjustment(ctx, ids[0], a)
	require.NoError(t, err)
	c.at = market.Date(2026, 5, 31).Start().Add(10 * time.Hour)
	period, _ := market.PeriodEnding(s.Today())
	_, err = worker.Settle(ctx, period, 0, 10)
	require.NoError(t, err)
	_, err = worker.CreatePayouts(ctx, 0, 10)
	require.NoError(t, err)
	due, err := worker.DuePayouts(ctx, 0, 10)
	require.NoError(t, err)
	require.Equal(t, market.Money(105_00), due[0].Amount)
	_, err = s.Pool().Exec(ctx, "SELECT erase_seller($1)", seller)
	require.NoError(t, err)
	_, _, err = admin.SetWithdrawnAccount(ctx, ids[0], seller, "SHINHAN", "1-1")
	require.NoError(t, err)
	_, _, err = admin.SetRefundPolicy(ctx, ids[0], fourEyesPolicy)
	require.NoError(t, err)
	_, waits, err := admin.SetWithdrawnAccount(ctx, ids[0], seller, "SHINHAN", finalAccount)
	require.NoError(t, err)
	_, err = admin.DecideProposal(ctx, approval(waits, ids[1]))
	require.NoError(t, err)
	started, err := worker.StartPayout(ctx, due[0].PayoutID, 1, nil)
	require.NoError(t, err)
	require.Equal(t, finalAccount, started.BankAccount)
	_, err = worker.EndPayout(ctx, due[0].PayoutID, 1, store.PayoutEnd{Outcome: market.OutcomeSuccess})
	require.NoError(t, err)
	require.NoError(t, worker.FinishPayout(ctx, due[0].PayoutID))
	require.Zero(t, s.Number(t, "SELECT count(*) FROM withdrawn_payout_accounts"))
	s.Verified(t)
}
