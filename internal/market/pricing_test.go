package market_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/all-in-market/market/internal/market"
)

func TestCommissionIsTruncated(t *testing.T) {
	t.Parallel()
	for net, want := range map[market.Money]market.Money{0: 0, 1: 0, 19: 0, 20: 1, 10_000_33: 500_01, 999_99: 49_99} {
		a, err := market.PriceLine(net, 1)
		require.NoError(t, err)
		require.Equal(t, want, a.Commission, net.String())
	}
}

// TestLineAmountsAddUp prices any line: nothing is negative, nothing is lost, and what does
// not fit is refused.
func TestLineAmountsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		price := market.Money(rapid.Int64Range(0, int64(market.MaxMoney)).Draw(t, "price"))
		pieces := rapid.Int32Range(1, market.MaxLineQuantity).Draw(t, "pieces")
		a, err := market.PriceLine(price, pieces)
		if err != nil {
			require.Equal(t, market.CodeAmountOutOfRange, market.CodeOf(err))
			return
		}
		require.Equal(t, a.Gross, a.Discount+a.Net)
		require.Equal(t, a.Net, a.SellerShare()+a.Commission)
		require.LessOrEqual(t, a.Commission*100, a.Net*market.CommissionPercent)
		require.Greater(t, (a.Commission+1)*100, a.Net*market.CommissionPercent)
		for _, part := range []market.Money{a.Gross, a.Discount, a.Net, a.Tax, a.Commission, a.SellerShare()} {
			require.GreaterOrEqual(t, part, market.Money(0))
			require.LessOrEqual(t, part, market.MaxMoney)
		}
	})
}

// TestSharesOfPiecesAreExact gives any line back in any parts: each party nets to zero,
// and no part is negative.
func TestSharesOfPiecesAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := market.Money(rapid.Int64Range(0, int64(market.MaxMoney)).Draw(t, "amount"))
		of := rapid.Int32Range(1, market.MaxLineQuantity).Draw(t, "of")
		var before int32
		var sum market.Money
		for before < of {
			pieces := rapid.Int32Range(1, of-before).Draw(t, "pieces")
			share := market.PiecesShare(amount, before, pieces, of)
			require.GreaterOrEqual(t, share, market.Money(0))
			sum += share
			before += pieces
		}
		require.Equal(t, amount, sum)
	})
}

func TestSettlementNetLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := int64(market.MaxMoney)
		payable, carriedIn := market.Money(rapid.Int64Range(-most, most).Draw(t, "payable")), market.Money(rapid.Int64Range(
			-most, most).Draw(t, "carried in"))
		amount, carriedOver := market.SettlementNet(payable, carriedIn)
		require.Equal(t, payable+carriedIn, amount+carriedOver)
		require.GreaterOrEqual(t, amount, market.Money(0))
		require.LessOrEqual(t, carriedOver, market.Money(0))
		require.True(t, amount == 0 || carriedOver == 0, "who has a debt is not paid")
	})
}
