package market

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// traced returns an entry with a positive amount for a credit.
func traced(source string, account LedgerAccount, seller int64, credit Money) TracedEntry {
	e := TracedEntry{LedgerEntry: LedgerEntry{
		SourceType: source, Account: account, Credit: max(credit, 0), Debit: max(-credit, 0),
	}}
	if seller != 0 {
		e.SellerID = &seller
	}
	return e
}

func TestTrace_RefundAndSettlement_NameEachHolder(t *testing.T) {
	t.Parallel()
	paidOut := traced("CONFIRMATION", AccountSellerPayable, 7, 5_700_00)
	settlement, payout, success := int64(3), int64(4), PayoutSuccess
	paidOut.SettlementID, paidOut.PayoutID, paidOut.PayoutStatus = &settlement, &payout, &success
	paid, shares := Trace([]TracedEntry{
		traced("PAYMENT", AccountPSPClearing, 0, -10_000_00),
		traced("PAYMENT", AccountSellerPending, 7, 9_500_00),
		traced("PAYMENT", AccountCommissionPending, 0, 500_00),
		traced("CONFIRMATION", AccountSellerPending, 7, -5_700_00),
		paidOut,
		traced("CONFIRMATION", AccountCommissionPending, 0, -300_00),
		traced("CONFIRMATION", AccountCommission, 0, 300_00),
		traced("REFUND", AccountSellerPending, 7, -1_900_00),
		traced("REFUND", AccountCommissionPending, 0, -100_00),
		traced("REFUND", AccountPSPClearing, 0, 2_000_00),
		traced("DISPUTE", AccountPSPClearing, 0, 500_00),
		traced("DISPUTE", AccountDisputed, 0, -500_00),
		traced("DISPUTE", AccountPSPClearing, 0, -500_00), // won: the provider has it again
		traced("DISPUTE", AccountDisputed, 0, 500_00),
	})
	require.Equal(t, Money(10_000_00), paid)
	seven := int64(7)
	require.Equal(t, []MoneyShare{
		{Holder: HeldByBuyer, Account: AccountPSPClearing, Amount: 2_000_00},
		{Holder: HeldBySeller, Account: AccountSellerPending, SellerID: &seven, Amount: 1_900_00},
		{
			Holder: HeldBySeller, Account: AccountSellerPayable, SellerID: &seven, SettlementID: &settlement,
			PayoutID: &payout, PayoutStatus: &success, Amount: 5_700_00,
		},
		{Holder: HeldByMarketplace, Account: AccountCommissionPending, Amount: 100_00},
		{Holder: HeldByMarketplace, Account: AccountCommission, Amount: 300_00},
	}, shares)
}

func TestTrace_BalancedEntries_SharesSumToWhatWasPaid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var entries []TracedEntry
		for range rapid.IntRange(0, 20).Draw(t, "transactions") {
			source := rapid.SampledFrom([]string{"PAYMENT", "REFUND", "CONFIRMATION", "DISPUTE"}).Draw(t, "source")
			sum := Money(0)
			for range rapid.IntRange(1, 4).Draw(t, "entries") {
				amount := Money(rapid.Int64Range(-1_000_00, 1_000_00).Draw(t, "amount"))
				account := rapid.SampledFrom(LedgerAccounts).Draw(t, "account")
				entries = append(entries, traced(source, account, rapid.Int64Range(0, 3).Draw(t, "seller"), amount))
				sum += amount
			}
			entries = append(entries, traced(source, AccountPSPClearing, 0, -sum))
		}
		paid, shares := Trace(entries)
		for _, s := range shares {
			paid -= s.Amount
		}
		require.Zero(t, paid)
	})
}
