package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// addsUp requires that a statement and its orders are those of the settlement, to the won.
func addsUp(t *testing.T, s *testrig.Shop, settled market.Settlement) market.Statement {
	t.Helper()
	got, err := s.Statement(t.Context(), market.SellerID(settled.SellerID), settled.ID)
	require.NoError(t, err)
	var sum market.StatementOrder
	for _, o := range got.Orders {
		require.Equal(t, o.GrossSales-o.Refunds, o.Commission+o.Payable, "%+v", o)
		sum.GrossSales, sum.Refunds = sum.GrossSales+o.GrossSales, sum.Refunds+o.Refunds
		sum.Commission, sum.Payable = sum.Commission+o.Commission, sum.Payable+o.Payable
	}
	require.Equal(t, market.StatementOrder{
		GrossSales: got.GrossSales, Refunds: got.Refunds, Commission: settled.Fee, Payable: settled.Payable,
	}, sum)
	require.Equal(t, got.GrossSales-got.Refunds, settled.Fee+settled.Payable)
	require.Equal(t, settled.Fee, got.CommissionNet+got.CommissionVAT)
	require.Equal(t, len(got.Orders), got.OrderCount)
	return got
}

func TestStatement_SalesAndRefunds_AddUpToTheSettlement(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 14).Start().Add(10 * time.Hour)}
	s := testrig.NewShop(t, 2, c.now)
	var orders []int64
	for i := range 4 {
		orders = append(orders, s.Sell(t, fmt.Sprint("o", i), s.ProductIDs...)) // of both sellers
	}
	s.RollUpAll(t)
	_, err := s.CloseStatistics(t.Context(), s.Today())
	require.NoError(t, err)
	c.at = c.at.Add(24 * time.Hour)
	s.Refund(t, "r", orders[1], 1) // on the day after
	orders = append(orders, s.Sell(t, "later", s.ProductIDs[0]))
	first := addsUp(t, s, settle(t, s))

	price := market.Money(1_007_00)
	require.Equal(t, 5*price, first.GrossSales)
	require.Equal(t, price, first.Refunds)
	require.Len(t, first.Orders, 5)
	placed := market.DayOf(time.Time(*first.Orders[0].OrderedAt))
	require.Equal(t, market.OrderNumber(orders[0], placed), *first.Orders[0].OrderNumber)
	require.Equal(t, market.StatementOrder{
		OrderID: &orders[1], OrderNumber: first.Orders[1].OrderNumber, OrderedAt: first.Orders[1].OrderedAt,
		GrossSales: price, Refunds: price,
	}, first.Orders[1], "sold and paid back")
	require.Equal(t, "KOOKMIN", first.BankCode)
	require.Nil(t, first.PaidAt)

	// The next settlement has the refund of an order that is settled.
	c.at = market.Date(2026, 5, 31).Start().Add(10 * time.Hour)
	s.Refund(t, "r2", orders[0], 0)
	second := addsUp(t, s, settle(t, s))
	require.Len(t, second.Orders, 1)
	require.Equal(t, price, second.Refunds)
	require.Negative(t, second.CommissionVAT)

	_, err = s.Statement(t.Context(), market.SellerID(s.SellerIDs[1]), second.ID)
	refused(t, market.CodeSettlementNotFound, err)
}

// What is posted to a day after its settlement is in the next one, and not in the statements of both.
func TestStatement_LatePosting_IsInTheNextStatement(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s := testrig.NewShop(t, 1, c.now)
	early := s.Sell(t, "early", s.ProductIDs[0])
	first := settle(t, s)
	late := s.Sell(t, "late", s.ProductIDs[0]) // still on this day
	s.RollUpAll(t)
	c.at = market.Date(2026, 5, 31).Start().Add(10 * time.Hour)
	second := settle(t, s)
	require.Equal(t, early, *addsUp(t, s, first).Orders[0].OrderID)
	got := addsUp(t, s, second)
	require.Len(t, got.Orders, 1)
	require.Equal(t, late, *got.Orders[0].OrderID)
}

// The orders add up even if a day's amount cannot be explained by them.
func TestStatement_UnexplainedAmount_IsALineWithoutOrder(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s := testrig.NewShop(t, 1, c.now)
	s.Sell(t, "o", s.ProductIDs[0])
	settled := settle(t, s)
	_, err := s.Pool().Exec(t.Context(), "UPDATE settlements SET created_at = created_at - interval '1 day'")
	require.NoError(t, err)
	got := addsUp(t, s, settled)
	require.Len(t, got.Orders, 1)
	require.Nil(t, got.Orders[0].OrderID)
}

// A statement has the pieces that were confirmed in its period.
func TestStatement_HeldSale_IsListedWhenItIsConfirmed(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s := testrig.NewShop(t, 2, c.now)
	ctx := t.Context()
	_, err := s.Pool().Exec(ctx, "UPDATE holds SET from_day = '2026-05-01'")
	require.NoError(t, err)
	order := s.Sell(t, "o", s.ProductIDs[1], s.ProductIDs[0])
	detail, err := s.AnyOrderDetail(ctx, order)
	require.NoError(t, err)
	line := detail.Items[0] // of two pieces
	require.Equal(t, s.SellerIDs[0], line.SellerID)
	_, err = s.ShipItem(ctx, market.SellerID(line.SellerID), line.ID, "CJ", "1")
	require.NoError(t, err)
	one := int32(1)
	_, err = s.ConfirmItem(ctx, market.BuyerID(detail.BuyerID), order, line.ID, &one)
	require.NoError(t, err)
	first := addsUp(t, s, settle(t, s))
	require.Equal(t, line.UnitPrice, first.GrossSales)
	require.Len(t, first.Orders, 1)
	require.Equal(t, order, *first.Orders[0].OrderID)
	c.at = market.Date(2026, 5, 31).Start().Add(10 * time.Hour)
	_, err = s.ConfirmItem(ctx, market.BuyerID(detail.BuyerID), order, line.ID, nil)
	require.NoError(t, err)
	second := addsUp(t, s, settle(t, s))
	require.Equal(t, line.UnitPrice*market.Money(line.Quantity-1), second.GrossSales)
	require.Equal(t, order, *second.Orders[0].OrderID)
	s.Verified(t)
}
