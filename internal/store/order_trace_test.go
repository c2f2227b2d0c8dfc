package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// traced returns the trace of an order, whose shares sum to what was paid.
func traced(t require.TestingT, s *testrig.Shop, order int64) market.OrderTrace {
	trace, err := s.TraceOrder(context.Background(), order)
	require.NoError(t, err)
	sum := market.Money(0)
	for _, share := range trace.Shares {
		sum += share.Amount
	}
	require.Equal(t, trace.Paid, sum)
	return trace
}

// One of two pieces is confirmed, settled and paid out, and the other is paid back.
func TestTraceOrder_PaidOutAndPaidBack_NamesEachHolder(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, ctx := testrig.NewShop(t, 2, c.now), t.Context()
	_, err := s.Pool().Exec(ctx, "UPDATE holds SET from_day = '2026-05-01'")
	require.NoError(t, err)
	order := s.Sell(t, "o", s.ProductIDs[1], s.ProductIDs[0])
	detail, err := s.AnyOrderDetail(ctx, order)
	require.NoError(t, err)
	line := detail.Items[0]
	require.Equal(t, s.SellerIDs[0], line.SellerID)
	_, err = s.ShipItem(ctx, market.SellerID(line.SellerID), line.ID, "CJ", "1")
	require.NoError(t, err)
	one := int32(1)
	_, err = s.ConfirmItem(ctx, market.BuyerID(detail.BuyerID), order, line.ID, &one)
	require.NoError(t, err)
	settled := settle(t, s)
	_, err = s.Pool().Exec(ctx, `INSERT INTO payouts (id, seller_id, settlement_id, amount, fee, payout_key, status)
		VALUES (77, $1, $2, 1, 0, 'p', 'SUCCESS')`, line.SellerID, settled.ID)
	require.NoError(t, err)
	s.Refund(t, "r", order, 1)

	trace := traced(t, s, order)
	require.Equal(t, detail.TotalAmount, trace.Paid)
	require.Equal(t, detail.OrderNumber, trace.OrderNumber)
	payout, success := int64(77), market.PayoutSuccess
	commission := line.UnitPrice - settled.Payable
	require.Equal(t, []market.MoneyShare{
		{Holder: market.HeldByBuyer, Account: market.AccountPSPClearing, Amount: trace.Paid - line.UnitPrice},
		{
			Holder: market.HeldBySeller, Account: market.AccountSellerPayable, SellerID: &line.SellerID,
			SettlementID: &settled.ID, PayoutID: &payout, PayoutStatus: &success, Amount: settled.Payable,
		},
		{
			Holder: market.HeldByMarketplace, Account: market.AccountCommission, SellerID: &line.SellerID,
			Amount: commission,
		},
	}, trace.Shares)

	_, err = s.TraceOrder(ctx, order+1)
	refused(t, market.CodeOrderNotFound, err)
	unpaid := s.Place(t, "unpaid", s.ProductIDs[0])
	require.Empty(t, traced(t, s, unpaid).Shares)
}
