package market_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/all-in-market/market/internal/market"
)

func TestPriceOrder_Commission_IsWholeWon(t *testing.T) {
	t.Parallel()
	for net, want := range map[market.Money]market.Money{
		0: 0, 19_00: 0, 20_00: 1_00, 10_000_00: 500_00, 10_000_33: 500_00, 6_990_00: 349_00,
	} {
		o, err := market.PriceOrder([]market.PricedLine{{UnitPrice: net, Quantity: 1}}, market.CurrentTerms())
		require.NoError(t, err)
		require.Equal(t, want, o.Lines[0].Commission, net.String())
	}
}

func TestCheckPrice_FractionsAndBounds_AreRefused(t *testing.T) {
	t.Parallel()
	for _, price := range []market.Money{0, 1_00, 12_900_00, market.MaxPrice} {
		require.NoError(t, market.CheckPrice(price), price.String())
	}
	for _, price := range []market.Money{-1_00, 1, 12_900_50, market.MaxPrice + 1_00} {
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(market.CheckPrice(price)), price.String())
	}
}

// It prices any order: no amount is negative, no won is lost, and what does not fit is
// refused.
func TestPriceOrder_AnyLines_AddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms := market.Terms{CommissionPercent: rapid.Int32Range(0, 100).Draw(t, "percent")}
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) market.PricedLine {
			return market.PricedLine{
				SellerID:  rapid.Int64Range(1, 3).Draw(t, "seller"),
				UnitPrice: market.Money(rapid.Int64Range(0, int64(market.MaxMoney)/2).Draw(t, "price")),
				Quantity:  rapid.Int32Range(1, market.MaxPieces).Draw(t, "pieces"),
			}
		}), 1, 5).Draw(t, "lines")
		o, err := market.PriceOrder(lines, terms)
		if err != nil {
			require.Equal(t, market.CodeAmountOutOfRange, market.CodeOf(err))
			return
		}
		require.Len(t, o.Lines, len(lines))
		var total market.Money
		for _, a := range o.Lines {
			require.Equal(t, terms, a.Terms)
			require.Equal(t, a.Gross, a.Discount+a.Net)
			require.Equal(t, a.Net, a.SellerShare()+a.Commission)
			require.True(t, a.Commission.Whole())
			percent := market.Money(terms.CommissionPercent)
			require.LessOrEqual(t, a.Commission/100, a.Net/100*percent/100+1)
			require.LessOrEqual(t, a.Commission, a.Net)
			for _, part := range []market.Money{a.Gross, a.Discount, a.Net, a.Tax, a.Commission, a.SellerShare()} {
				require.GreaterOrEqual(t, part, market.Money(0))
				require.LessOrEqual(t, part, market.MaxMoney)
			}
			total += a.Net
		}
		require.Equal(t, total, o.Total)
		require.Equal(t, lines[0].SellerID, o.Sellers[0].SellerID, "in the order of their lines")
		for _, s := range o.Sellers {
			var net market.Money
			for i, l := range lines {
				if l.SellerID == s.SellerID {
					net += o.Lines[i].Net
				}
			}
			require.Equal(t, net, s.Net)
			total -= s.Net
		}
		require.Zero(t, total, "each line has one seller")
	})
}

// It lets a line live at random: pieces are claimed, denied, refunded, confirmed and, in disputes, taken back. No
// share is negative, and when no piece is left open, refunds and confirmations are together what the line has.
func TestShares_OfARandomLife_AreTheLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.Int32Range(1, 30).Draw(t, "pieces")
		priced, err := market.PriceOrder([]market.PricedLine{{
			UnitPrice: market.Money(rapid.Int64Range(0, 50_000).Draw(t, "price")) * 100, Quantity: of,
		}}, market.CurrentTerms())
		require.NoError(t, err)
		line := priced.Lines[0]
		type part struct {
			pieces          int32
			net, commission market.Money
		}
		var open []part // claims
		var refunded, confirmed part
		claimed := func() (all part) {
			all = refunded
			for _, c := range open {
				all.pieces, all.net = all.pieces+c.pieces, all.net+c.net
			}
			return all
		}
		left := func() int32 { return of - claimed().pieces - confirmed.pieces }
		claim := func(n int32) {
			before := claimed()
			net := market.RefundShare(line.Net-confirmed.net, before.net, before.pieces, n, of-confirmed.pieces)
			open = append(open, part{pieces: n, net: net})
		}
		pay := func(i int) {
			c := open[i]
			open = slices.Delete(open, i, i+1)
			commission := market.RefundShare(line.Commission-confirmed.commission, refunded.commission, refunded.pieces,
				c.pieces, of-confirmed.pieces)
			require.GreaterOrEqual(t, commission, market.Money(0))
			refunded = part{refunded.pieces + c.pieces, refunded.net + c.net, refunded.commission + commission}
		}
		confirm := func(n int32) {
			net := market.ConfirmShare(line.Net-confirmed.net-claimed().net, n, left())
			commission := market.ConfirmShare(line.Commission-confirmed.commission-refunded.commission, n,
				of-refunded.pieces-confirmed.pieces)
			require.GreaterOrEqual(t, net, market.Money(0))
			require.LessOrEqual(t, commission, net)
			require.GreaterOrEqual(t, commission, market.Money(0))
			confirmed = part{confirmed.pieces + n, confirmed.net + net, confirmed.commission + commission}
		}
		some := func(n int32) int32 { return rapid.Int32Range(1, n).Draw(t, "some") }
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			switch step := rapid.IntRange(0, 4).Draw(t, "step"); {
			case step == 0 && left() > 0:
				claim(some(left()))
			case step == 1 && len(open) > 0:
				pay(rapid.IntRange(0, len(open)-1).Draw(t, "claim"))
			case step == 2 && len(open) > 0:
				i := rapid.IntRange(0, len(open)-1).Draw(t, "claim")
				open = slices.Delete(open, i, i+1)
			case step == 3 && left() > 0:
				confirm(some(left()))
			case step == 4 && confirmed.pieces > 0:
				n := some(confirmed.pieces)
				confirmed = part{
					confirmed.pieces - n, confirmed.net - market.ConfirmShare(confirmed.net, n, confirmed.pieces),
					confirmed.commission - market.ConfirmShare(confirmed.commission, n, confirmed.pieces),
				}
			}
		}
		if left() > 0 {
			confirm(left())
		}
		for len(open) > 0 {
			pay(0)
		}
		require.Equal(t, of, refunded.pieces+confirmed.pieces)
		require.Equal(t, line.Net, refunded.net+confirmed.net)
		require.Equal(t, line.Commission, refunded.commission+confirmed.commission)
	})
}

// It claims and denies pieces of a line in any order: what is claimed never
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

func TestSettlementNet_Any_AddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := int64(market.MaxMoney)
		payable := market.Money(rapid.Int64Range(-most, most).Draw(t, "payable"))
		carriedIn := market.Money(rapid.Int64Range(-most, most).Draw(t, "carried in"))
		amount, carriedOver := market.SettlementNet(payable, carriedIn)
		require.Equal(t, payable+carriedIn, amount+carriedOver)
		require.GreaterOrEqual(t, amount, market.Money(0))
		require.True(t, amount.Whole(), "a bank pays whole won")
		require.Less(t, carriedOver, market.Money(1_00))
		require.True(t, amount == 0 || carriedOver >= 0, "a seller with a debt is not paid")
	})
}
