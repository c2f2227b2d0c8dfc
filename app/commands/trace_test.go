package commands

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestPrintTrace_Shares_AreListedBeforeTheEntries(t *testing.T) {
	t.Parallel()
	seller, settlement, payout, success := int64(3), int64(5), int64(9), market.PayoutSuccess
	var out strings.Builder
	require.NoError(t, printTrace(&out, market.OrderTrace{
		OrderID: 39, OrderNumber: "20261129-0039Q", BuyerID: 7, Paid: 10_000_00,
		Shares: []market.MoneyShare{
			{Holder: market.HeldByBuyer, Account: market.AccountPSPClearing, Amount: 500_00},
			{
				Holder: market.HeldBySeller, Account: market.AccountSellerPayable, SellerID: &seller,
				SettlementID: &settlement, PayoutID: &payout, PayoutStatus: &success, Amount: 9_500_00,
			},
		},
		Entries: []market.TracedEntry{{LedgerEntry: market.LedgerEntry{
			TransactionID: 1, Kind: "PAYMENT_APPROVED", SourceType: "PAYMENT", SourceID: 12,
			Account: market.AccountPSPClearing, Debit: 10_000_00, BusinessDay: market.Date(2026, 11, 29),
		}}},
	}))
	lines := strings.Split(out.String(), "\n")
	require.Equal(t, "order 20261129-0039Q (id 39) of buyer 7", lines[0])
	require.Equal(t, []string{"seller", "3", "SELLER_PAYABLE,", "settlement", "5,", "payout", "9", "SUCCESS", "9,500"},
		strings.Fields(lines[3]))
	require.Equal(t, []string{"2026-11-29", "PAYMENT_APPROVED", "of", "PAYMENT", "12"}, strings.Fields(lines[5]))
	require.Equal(t, []string{"debit", "PSP_CLEARING", "10,000"}, strings.Fields(lines[6]))
}

func TestTrace_NeitherNumberNorID_IsRefused(t *testing.T) {
	t.Setenv("MARKET_PROFILE", "local")
	for _, service := range []string{"DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS"} {
		t.Setenv(service, "nowhere:1")
	}
	err := Run(t.Context(), []string{"trace", "20261129-0039X"}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "neither the number nor the id of an order")
}
