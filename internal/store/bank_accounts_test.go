package store_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/vault"
)

const account = "110-2345-678901"

// It looks for an account number in all that the database holds, as text
// and as bytes, after a signup, a change and a payout.
func TestBankAccounts_AtRest_AreSealed(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	payout := s.DuePayout(t, account)
	attempt, err := s.StartPayout(t.Context(), payout, 1, nil)
	require.NoError(t, err)
	require.Equal(t, account, attempt.BankAccount, "the bank is sent the whole number")
	again, err := s.StartPayout(t.Context(), payout, 1, nil)
	require.NoError(t, err)
	require.Equal(t, account, again.BankAccount)
	a, err := s.SellerAccount(t.Context(), s.SellerIDs[0])
	require.NoError(t, err)
	require.Equal(t, "8901", a.BankAccountEnd)

	for _, table := range []string{"sellers", "payout_attempts", "payouts", "audit_log", "mails", "follow_ups"} {
		require.Zero(t, s.Number(t, "SELECT count(*) FROM "+table+" AS r WHERE r::text LIKE '%' || $1 || '%'", account), table)
	}
	require.Zero(t, s.Number(t, `SELECT count(*) FROM sellers WHERE position($1::bytea IN bank_account_sealed) > 0`,
		[]byte(account)))
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM payout_attempts WHERE bank_account = '*8901'"))

	_, err = s.Pool().Exec(t.Context(), `UPDATE payout_attempts SET bank_account_sealed = (SELECT bank_account_sealed FROM sellers)`)
	require.NoError(t, err)
	_, err = s.StartPayout(t.Context(), payout, 1, nil)
	require.ErrorContains(t, err, "belongs to something else", "a number that was moved in the database is not paid to")
}

func TestStartPayout_AfterANewBankAccount_PaysTheNewBank(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]store.ProfileChange{
		"bank and number": {BankCode: new("KAKAO"), BankAccount: new("333-02-1234567")},
		"bank alone":      {BankCode: new("KAKAO")},
	} {
		s := testrig.NewShop(t, 1, nil)
		payout := s.DuePayout(t, account)
		_, waits, err := s.UpdateSeller(t.Context(), s.SellerIDs[0], change)
		require.NoError(t, err, name)
		require.False(t, waits)
		attempt, err := s.StartPayout(t.Context(), payout, 1, nil)
		require.NoError(t, err, name)
		require.Equal(t, "KAKAO", attempt.BankCode, name)
		number := account
		if change.BankAccount != nil {
			number = *change.BankAccount
		}
		require.Equal(t, number, attempt.BankAccount, name)
	}
}

// TestSealBankAccounts_KeysRotate_EverythingOpensWithTheNewKeyAlone begins with numbers as the release
// before wrote them.
func TestSealBankAccounts_KeysRotate_EverythingOpensWithTheNewKeyAlone(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 3, nil)
	payout := s.DuePayout(t, account)
	_, err := s.StartPayout(t.Context(), payout, 1, nil)
	require.NoError(t, err)
	_, err = s.Pool().Exec(t.Context(), "UPDATE sellers SET bank_account = $2, bank_account_sealed = NULL WHERE id <> $1",
		s.SellerIDs[0], account)
	require.NoError(t, err)

	fresh := "2027:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	rotating := withKeys(t, s, fresh+","+vault.LocalKeys)
	var told []int
	n, err := rotating.SealBankAccounts(t.Context(), func(sealed int) { told = append(told, sealed) })
	require.NoError(t, err)
	require.Equal(t, 4, n, "three sellers and an attempt")
	require.Contains(t, told, 4)
	n, err = rotating.SealBankAccounts(t.Context(), func(int) {})
	require.NoError(t, err)
	require.Zero(t, n)

	after := withKeys(t, s, fresh)
	attempt, err := after.StartPayout(t.Context(), payout, 1, nil)
	require.NoError(t, err)
	require.Equal(t, account, attempt.BankAccount)
	booked, err := after.TransfersOf(t.Context(), []string{attempt.Key})
	require.NoError(t, err)
	require.Equal(t, account, booked[attempt.Key].BankAccount)
	for _, id := range s.SellerIDs {
		a, err := after.SellerAccount(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, "8901", a.BankAccountEnd)
	}
	_, err = s.StartPayout(t.Context(), payout, 1, nil)
	require.ErrorIs(t, err, vault.ErrUnknownKey)
	var refused *market.Error
	require.NotErrorAs(t, err, &refused, "an error with a code would end the payout")
}

// withKeys returns another store of the same database.
func withKeys(t *testing.T, s *testrig.Shop, keys string) *store.Store {
	t.Helper()
	v, err := vault.Parse(keys)
	require.NoError(t, err)
	other, err := store.Open(t.Context(), s.Pool().Config().ConnString(), store.Options{MaxConns: 2, Vault: v})
	require.NoError(t, err)
	t.Cleanup(other.Close)
	return other
}

// Another key under the same id must not count as the current one.
func TestSealBankAccounts_KeyDoesNotOpen_Fails(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 2, nil)
	_ = s.DuePayout(t, account)
	another := withKeys(t, s, "local:"+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{8}, 32)))
	_, err := another.SealBankAccounts(t.Context(), func(int) {})
	require.ErrorIs(t, err, vault.ErrDamaged)

	broken, err := s.BrokenBankAccounts(t.Context())
	require.NoError(t, err)
	require.Empty(t, broken)
	_, err = s.Pool().Exec(t.Context(), `UPDATE sellers a SET bank_account_sealed = b.bank_account_sealed FROM sellers b WHERE a.id <> b.id`)
	require.NoError(t, err)
	broken, err = s.BrokenBankAccounts(t.Context())
	require.NoError(t, err)
	require.Len(t, broken, 2, "market verify reports numbers that were exchanged")
}
