package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// openInBrowser opens the payment of a new order of 100 won in the browser: PortOne counts in won.
func openInBrowser(t *testing.T, s *testrig.Shop) market.Payment {
	t.Helper()
	ctx := t.Context()
	_, err := s.Pool().Exec(ctx, "UPDATE products SET price = 100")
	require.NoError(t, err)
	o, err := s.AnyOrder(ctx, s.Place(t, "k", s.ProductIDs[0]))
	require.NoError(t, err)
	opened, err := s.OpenPayment(ctx, store.PaymentToOpen{
		OrderID: o.ID, BuyerID: market.BuyerID(o.BuyerID), Method: market.MethodCard, RunID: "run",
	})
	require.NoError(t, err)
	return opened.Payment
}

// A day counts when it was reconciled after its end, and one
// that was done out of turn hides none before it.
func TestDaysToReconcile_Missed_AreListed(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	last := s.Today().Add(-1)
	days := func() (ago []int) {
		found, err := s.DaysToReconcile(ctx, market.ProviderPortOne, last)
		require.NoError(t, err)
		for _, d := range found {
			for n := 0; n < 50; n++ {
				if d == last.Add(-n) {
					ago = append(ago, n)
				}
			}
		}
		return ago
	}
	require.Equal(t, []int{0}, days(), "without a payment there is the last day alone")
	openInBrowser(t, s)
	_, err := s.Pool().Exec(ctx, "UPDATE payments SET created_at = $1", last.Add(-3).Start().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, []int{3, 2, 1, 0}, days())
	require.NoError(t, s.RecordReconciliation(ctx, market.ProviderPortOne, last.Add(-1), 0))
	require.Equal(t, []int{3, 2, 0}, days())
	require.NoError(t, s.RecordReconciliation(ctx, market.ProviderPortOne, last, 0))
	require.Equal(t, []int{3, 2, 0}, days(), "what is still open of it is compared again")
	_, err = s.Pool().Exec(ctx, "UPDATE reconciliations SET reconciled_at = $1 WHERE day = $2",
		last.Add(-1).Start().Add(time.Hour), last.Add(-1))
	require.NoError(t, err)
	require.Equal(t, []int{3, 2, 1, 0}, days(), "it was reconciled before it had ended")
}

// TestKeepProviderEvents_OfAReconciledDay_HasItReconciledAgain, once for each new event; until then verify reports no
// other sums than those that the day was reconciled with.
func TestKeepProviderEvents_OfAReconciledDay_HasItReconciledAgain(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	day := s.Today().Add(-3)
	keep := func(id string) {
		require.NoError(t, s.KeepProviderEvents(ctx, market.ProviderPortOne, []market.ProviderEvent{
			{ID: id, Type: "PAID", MerchantUID: "P1", Amount: 100, Currency: market.Won,
				At: day.Start().Add(time.Hour)},
		}))
	}
	again := func() int {
		return s.Number(t, `SELECT count(*) FROM reconciliations WHERE day = $1
			AND reconciled_at < (day + 1)::timestamp AT TIME ZONE 'Asia/Seoul'`, day)
	}
	findings := func() (problems []string) {
		found, err := s.Verify(ctx, func(string) {})
		require.NoError(t, err)
		for _, f := range found {
			problems = append(problems, f.Problem)
		}
		return problems
	}
	keep("one")
	require.NoError(t, s.RecordReconciliation(ctx, market.ProviderPortOne, day, 0))
	require.Zero(t, again())
	require.Len(t, findings(), 1, "no break says that the provider holds it")
	_, _, err := s.RecordBreaks(ctx, market.ProviderPortOne, day, []store.FoundDiscrepancy{
		{MerchantUID: "P1", Class: market.DiscrepancyMissingHere, Amount: 100, Detail: "a payment that is not ours"},
	}, nil)
	require.NoError(t, err)
	require.Empty(t, findings())

	keep("one")
	require.Zero(t, again(), "it was there")
	keep("late")
	require.Equal(t, 1, again())
	require.Empty(t, findings())
	require.NoError(t, s.RecordReconciliation(ctx, market.ProviderPortOne, day, 0))
	require.Zero(t, again())
	require.Len(t, findings(), 1, "the break is of another amount")
	_, err = s.Pool().Exec(ctx, "UPDATE reconciliations SET events = 1")
	require.NoError(t, err)
	require.Len(t, findings(), 2, "and the day has had two events")
}

// TestKeepProviderEvents_ChargeNotBooked_SignalsItsWorkflow once. A cancellation does not, nor does a charge that is
// booked or of a payment that is not ours.
func TestKeepProviderEvents_ChargeNotBooked_SignalsItsWorkflow(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	opened := openInBrowser(t, s)
	keep := func(id, merchantUID string, amount market.Money) {
		require.NoError(t, s.KeepProviderEvents(ctx, market.ProviderPortOne, []market.ProviderEvent{
			{ID: id, Type: "PAID", MerchantUID: merchantUID, Amount: amount, Currency: market.Won, At: time.Now()},
		}))
	}
	signals := func() int {
		return s.Number(t, "SELECT count(*) FROM follow_ups WHERE kind = 'PAYMENT_NEWS' AND subject_id = $1",
			opened.ID)
	}
	keep("of another", "P-unknown", 100)
	keep("cancelled", opened.MerchantUID, -100)
	require.Zero(t, signals())
	keep("charged", opened.MerchantUID, 100)
	require.Equal(t, 1, signals())
	keep("charged", opened.MerchantUID, 100)
	require.Equal(t, 1, signals(), "it was there")
	_, err := s.Pool().Exec(ctx, "UPDATE payments SET prepared_at = now()")
	require.NoError(t, err)
	out, err := s.ApprovePayment(ctx, store.OrderPayment{OrderID: opened.OrderID, PaymentID: opened.ID},
		store.Charge{ImpUID: "tx", Amount: opened.Amount})
	require.NoError(t, err)
	require.Equal(t, market.PaymentSuccess, out.Payment.Status)
	keep("charged again", opened.MerchantUID, 100)
	require.Equal(t, 1, signals(), "the payment is booked")
	_, err = s.Pool().Exec(ctx, "UPDATE payments SET status = 'REFUNDED'")
	require.NoError(t, err)
	keep("charged a third time", opened.MerchantUID, 100)
	require.Equal(t, 1, signals(), "it has been paid back")
}

func TestSettlementFiles_Repeated_GrowOnce(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	f, err := s.OpenSettlementFile(ctx, market.ProviderPortOne, "november")
	require.NoError(t, err)
	lines := []store.SettlementLine{
		{MerchantUID: "a", Amount: 100, Fee: 3, PayoutDay: market.Date(2026, 11, 22)},
		{MerchantUID: "b", Amount: -40, Fee: -1},
	}
	first := store.SettlementChunk{FileID: f.ID, Lines: lines, DigestAfter: []byte("two")}
	end := store.SettlementChunk{FileID: f.ID, Before: 2, DigestAfter: []byte("two"), Whole: true}
	for range 2 {
		got, err := s.AddSettlementLines(ctx, first)
		require.NoError(t, err)
		require.EqualValues(t, 2, got.Lines)
		require.Equal(t, market.Money(60), got.Amount)
		require.Equal(t, market.Money(2), got.Fee)
		require.Nil(t, got.ImportedAt)
	}
	other := first
	other.DigestAfter = []byte("another file")
	_, err = s.AddSettlementLines(ctx, other)
	require.Equal(t, market.CodeSettlementFileChanged, market.CodeOf(err))
	for range 2 {
		got, err := s.AddSettlementLines(ctx, end)
		require.NoError(t, err)
		require.NotNil(t, got.ImportedAt)
	}
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM follow_ups WHERE kind = 'SETTLEMENT_FILE'"))
	require.Equal(t, 2, s.Number(t, "SELECT count(*) FROM provider_settlement_lines"))
	more := store.SettlementChunk{FileID: f.ID, Before: 2, Lines: lines, DigestAfter: []byte("four")}
	_, err = s.AddSettlementLines(ctx, more)
	require.Equal(t, market.CodeSettlementFileChanged, market.CodeOf(err), "it had ended")
}

func TestSettlementFile_WithoutLines_IsWhole(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.Store(t, nil), t.Context()
	f, err := s.OpenSettlementFile(ctx, market.ProviderPortOne, "november")
	require.NoError(t, err)
	for range 2 {
		got, err := s.AddSettlementLines(ctx, store.SettlementChunk{FileID: f.ID, DigestAfter: []byte{}, Whole: true})
		require.NoError(t, err)
		require.Zero(t, got.Lines)
		require.NotNil(t, got.ImportedAt)
	}
}

func TestDiscardSettlementFile_ImportedInPart_LeavesNothing(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	lines := []store.SettlementLine{{MerchantUID: "a", Amount: 100, Fee: 3, PayoutDay: market.Date(2026, 11, 22)}}
	rows := func() int {
		return s.Number(t, `SELECT (SELECT count(*) FROM provider_settlement_files) +
			(SELECT count(*) FROM provider_settlement_lines)`)
	}
	for _, whole := range []bool{false, true} { // what was imported whole stays
		f, err := s.OpenSettlementFile(ctx, market.ProviderPortOne, "november")
		require.NoError(t, err)
		chunk := store.SettlementChunk{FileID: f.ID, Lines: lines, DigestAfter: []byte("one"), Whole: whole}
		_, err = s.AddSettlementLines(ctx, chunk)
		require.NoError(t, err)
		require.Equal(t, 2, rows())
		require.NoError(t, s.DiscardSettlementFile(ctx, f.ID))
		if whole {
			require.Equal(t, 2, rows())
			break
		}
		require.Zero(t, rows())
		_, err = s.AddSettlementLines(ctx, chunk)
		require.Equal(t, market.CodeSettlementFileChanged, market.CodeOf(err), "another import of it goes on")
	}
}

func TestComparisons_FileImportedInPart_CountsForNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.Store(t, nil)
	f, err := s.OpenSettlementFile(ctx, market.ProviderPortOne, "november")
	require.NoError(t, err)
	lines := []store.SettlementLine{{MerchantUID: "a", Amount: 100, Fee: 3, PayoutDay: market.Date(2026, 11, 22)}}
	chunk := store.SettlementChunk{FileID: f.ID, Lines: lines, DigestAfter: []byte("one")}
	settled := func() []market.Money {
		of := store.Compared{Provider: market.ProviderPortOne, FileID: f.ID, ReadUntil: time.Now()}
		all, _, err := s.Comparisons(ctx, of, "", 10)
		require.NoError(t, err)
		require.Len(t, all, 1)
		return all[0].Settled
	}
	_, err = s.AddSettlementLines(ctx, chunk)
	require.NoError(t, err)
	require.Empty(t, settled())
	end := store.SettlementChunk{FileID: f.ID, Before: 1, DigestAfter: []byte("one"), Whole: true}
	_, err = s.AddSettlementLines(ctx, end)
	require.NoError(t, err)
	require.Equal(t, []market.Money{100}, settled())
}

// The provider's clock may be behind ours, and its event of
// what is booked may not have been in the feed.
func TestComparisons_BookedJustBeforeTheFeedWasRead_AreRecent(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	opened := openInBrowser(t, s)
	_, err := s.ApprovePayment(ctx, store.OrderPayment{OrderID: opened.OrderID, PaymentID: opened.ID},
		store.Charge{ImpUID: "tx", Amount: 1_00})
	require.NoError(t, err)
	booked := time.Now()
	compare := func(readUntil time.Time) []store.Comparison {
		page, _, err := s.Comparisons(ctx, store.Compared{
			Provider: market.ProviderPortOne, Day: s.Today(), ReadUntil: readUntil,
		}, "", 10)
		require.NoError(t, err)
		return page
	}
	require.Empty(t, compare(booked.Add(-10*time.Second)), "it is left for the next comparison")
	page := compare(booked.Add(2 * time.Second))
	require.Len(t, page, 1)
	require.True(t, page[0].Recent)
	page = compare(booked.Add(2 * time.Minute))
	require.Len(t, page, 1)
	require.False(t, page[0].Recent)
}

// The payment is compared again when a settlement file has to
// contain the amount by then.
func TestComparisons_ADisputeWasWon_ContainWhatIsPaidAgain(t *testing.T) {
	t.Parallel()
	s, ids := limited(t)
	ctx := t.Context()
	dispute := disputed(t, s, "a", 100_00)
	_, _, err := s.DecideDispute(ctx, winning(dispute, ids[0], "r"))
	require.NoError(t, err)
	compare := func(later, read int) []store.Comparison {
		page, _, err := s.Comparisons(ctx, store.Compared{
			Provider: market.ProviderMock, Day: s.Today().Add(later), // no other comparison covers the provider
			ReadUntil: time.Now().Add(time.Hour + time.Duration(read)*24*time.Hour),
		}, "", 10)
		require.NoError(t, err)
		return page
	}
	require.Empty(t, compare(29, 29))
	page := compare(30, 29)
	require.Len(t, page, 1)
	require.Equal(t, []store.Recredit{{Amount: 100_00}}, page[0].Recredits)
	page = compare(30, 30)
	require.Len(t, page, 1)
	require.Equal(t, []store.Recredit{{Amount: 100_00, Due: true}}, page[0].Recredits)
	require.Empty(t, compare(31, 31))
}
