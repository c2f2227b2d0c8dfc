package market_test

import (
	"slices"
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

// TestRefundShare_InAnyParts_IsExactAndPayable claims and denies pieces of a line in any order: what is claimed never
// exceeds the line, all of it together is the line, and of a line of whole won each part is whole won, and near the
// price of its pieces.
func TestRefundShare_InAnyParts_IsExactAndPayable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.Int32Range(1, 1000).Draw(t, "of")
		net := market.Money(rapid.Int64Range(0, int64(market.MaxMoney/1000)).Draw(t, "unit price")) * market.Money(of)
		type claim struct {
			pieces int32
			amount market.Money
		}
		var claims []claim
		denials := 0
		sum := func() (total claim) {
			for _, c := range claims {
				total.pieces, total.amount = total.pieces+c.pieces, total.amount+c.amount
			}
			return total
		}
		add := func(pieces int32) {
			before := sum()
			amount := market.RefundShare(net, before.amount, before.pieces, pieces, of)
			require.GreaterOrEqual(t, amount, market.Money(0))
			require.True(t, amount.Whole() || !net.Whole())
			exact := net / market.Money(of) * market.Money(pieces)
			require.Less(t, max(amount-exact, exact-amount), market.Money(1_00*(1+denials)))
			claims = append(claims, claim{pieces, amount})
			require.LessOrEqual(t, sum().amount, net)
		}
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			left := of - sum().pieces
			if deny := rapid.Bool().Draw(t, "deny"); deny && len(claims) > 0 {
				i := rapid.IntRange(0, len(claims)-1).Draw(t, "denied")
				claims, denials = slices.Delete(claims, i, i+1), denials+1
			} else if left > 0 {
				add(rapid.Int32Range(1, left).Draw(t, "pieces"))
			}
		}
		if left := of - sum().pieces; left > 0 {
			add(left)
		}
		require.Equal(t, net, sum().amount)
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
