package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// Sales and refunds of three days, by entry, by day and by account, agree.
func TestLedger_Filters_Match(t *testing.T) {
	t.Parallel()
	now := market.Date(2026, 3, 1).Start().Add(12 * time.Hour)
	s, ctx := testrig.NewShop(t, 2, func() time.Time { return now }), t.Context()
	seller := market.SellerID(s.SellerIDs[0])
	first := s.Sell(t, "one", s.ProductIDs[0])
	s.Sell(t, "others", s.ProductIDs[1])
	now = now.AddDate(0, 0, 1)
	s.Sell(t, "two", s.ProductIDs[0])
	now = now.AddDate(0, 0, 1)
	s.Refund(t, "back", first, 0)

	priced, err := market.PriceOrder([]market.PricedLine{{UnitPrice: 1_007_00, Quantity: 1}}, market.CurrentTerms())
	require.NoError(t, err)
	share := priced.Lines[0].SellerShare()
	d := func(day int) market.Day { return market.Date(2026, 3, day) }
	days, err := s.PayableDays(ctx, seller, d(1), d(31))
	require.NoError(t, err)
	require.Equal(t, []market.PayableDay{
		{Day: d(1), Earned: share, Balance: share},
		{Day: d(2), Earned: share, Balance: 2 * share},
		{Day: d(3), Deducted: share, Balance: share},
	}, days)
	days, err = s.PayableDays(ctx, seller, d(3), d(3))
	require.NoError(t, err)
	require.Equal(t, []market.PayableDay{{Day: d(3), Deducted: share, Balance: share}}, days,
		"from what there was before")

	mine := store.LedgerFilter{Seller: seller, Account: market.AccountSellerPayable}
	page, err := s.Ledger(ctx, mine, market.PageRequest{Size: 2})
	require.NoError(t, err)
	require.EqualValues(t, 3, page.TotalElements)
	require.Len(t, page.Content, 2)
	require.Equal(t, "REFUND", page.Content[0].SourceType, "the newest first")
	require.Equal(t, share, page.Content[0].Debit)
	require.Zero(t, page.Content[0].Credit)
	require.EqualValues(t, seller, *page.Content[0].SellerID)
	next, err := s.Ledger(ctx, mine, market.PageRequest{Size: 2, Cursor: *page.NextCursor})
	require.NoError(t, err)
	require.Len(t, next.Content, 1)
	require.Equal(t, d(1), next.Content[0].BusinessDay)

	for name, c := range map[string]struct {
		filter store.LedgerFilter
		n      int
	}{
		"all":           {store.LedgerFilter{}, 12},
		"of a day":      {store.LedgerFilter{From: pointer(d(2)), To: pointer(d(2))}, 3},
		"until":         {store.LedgerFilter{To: pointer(d(1))}, 6},
		"of an account": {store.LedgerFilter{Account: market.AccountCommission}, 4},
		"of a seller":   {store.LedgerFilter{Seller: seller}, 6},
		"nobody's":      {store.LedgerFilter{Seller: 99}, 0},
	} {
		page, err := s.Ledger(ctx, c.filter, market.PageRequest{Size: 100})
		require.NoError(t, err)
		var ids []int64
		require.NoError(t, s.EachLedgerEntry(ctx, c.filter, func(e market.LedgerEntry) error {
			ids = append(ids, e.ID)
			return nil
		}))
		require.Len(t, page.Content, len(ids), name)
		require.IsIncreasing(t, append([]int64{0}, ids...), name)
		require.Len(t, ids, c.n, name)
	}
	stop := errors.New("the reader has gone")
	require.ErrorIs(t, s.EachLedgerEntry(ctx, store.LedgerFilter{}, func(market.LedgerEntry) error {
		return stop
	}), stop)

	for day := 1; day <= 3; day++ {
		b, err := s.TrialBalance(ctx, d(day))
		require.NoError(t, err)
		require.Equal(t, b.Debit, b.Credit)
		var sum market.Money
		for _, a := range b.Accounts {
			require.Equal(t, a.Debit-a.Credit, a.Balance)
			sum += a.Balance
		}
		require.Zero(t, sum)
	}
	empty, err := s.TrialBalance(ctx, market.Date(2026, 2, 28))
	require.NoError(t, err)
	require.Empty(t, empty.Accounts)
}

// More entries than are read at a time come once each.
func TestLedger_Download_IsReadInChunks(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	s.Sell(t, "one", s.ProductIDs[0])
	const transactions = 700 // of two entries each
	_, err := s.Pool().Exec(ctx, fmt.Sprintf(`
		WITH t AS (INSERT INTO ledger_transactions (kind, source_type, source_id, business_day)
			SELECT 'PAYOUT_STARTED', 'PAYOUT', g, '2026-01-01' FROM generate_series(1, %d) g RETURNING id)
		INSERT INTO ledger_entries (transaction_id, account, seller_id, amount)
		SELECT t.id, a.account, $1, a.amount FROM t, (VALUES ('SELLER_PAYABLE', 1), ('PAYOUT_IN_TRANSIT', -1)) a (account, amount)`,
		transactions), s.SellerIDs[0])
	require.NoError(t, err)
	seen := map[int64]bool{}
	require.NoError(t, s.EachLedgerEntry(ctx, store.LedgerFilter{}, func(e market.LedgerEntry) error {
		require.False(t, seen[e.ID])
		seen[e.ID] = true
		return nil
	}))
	require.Len(t, seen, 3+2*transactions)
}
