package market

// The rules of money. They are pure: the database stores what they say, and holds it
// against its constraints.

// CommissionPercent is the marketplace's share of each order line.
const CommissionPercent = 5

// LineAmounts are what an order's line comes to. They are frozen when the line is paid,
// whatever rules hold later: Net is what the buyer pays, with Tax in it, and Commission is
// the marketplace's share of it. Today there are neither discounts nor a tax of our own.
type LineAmounts struct {
	Gross      Money // unit price times pieces
	Discount   Money
	Net        Money // Gross less Discount
	Tax        Money // contained in Net
	Commission Money // of Net, truncated to two decimals
}

// PriceLine prices a line of so many pieces. It fails with AMOUNT_OUT_OF_RANGE.
func PriceLine(unitPrice Money, pieces int32) (LineAmounts, error) {
	gross, err := unitPrice.Times(int(pieces))
	a := LineAmounts{Gross: gross}
	a.Net = a.Gross - a.Discount
	a.Commission = a.Net.Share(CommissionPercent, 100)
	return a, err
}

// SellerShare is what the line earns its seller.
func (a LineAmounts) SellerShare() Money { return a.Net - a.Commission }

// Pieces are some or all pieces of an order's line.
type Pieces struct {
	OrderItemID int64 `json:"orderItemId"`
	Quantity    int32 `json:"quantity"`
}

// RefundShare returns what a refund of some pieces of a line pays back of net, which all pieces of the line come to,
// when so many pieces have been claimed before and claimed is what they come to. All shares together are net. They are
// whole won if net is: a card cannot be paid back less than that. A share then differs from the price of its pieces by
// less than a won, and by one more for each refund of the line that was denied; it is 0 when the others come to more.
func RefundShare(net, claimed Money, before, pieces, of int32) Money {
	share := net.Share(before+pieces, of)
	if net.Whole() {
		share -= share % 100
	}
	return max(share-claimed, 0)
}

// PiecesShare returns what some pieces of a line come to of an amount that the line has in all, when so many pieces
// have had their share before: the last piece takes the exact rest, so that all shares together are the amount. It
// prices what a refund reverses of the commission.
func PiecesShare(amount Money, before, pieces, of int32) Money {
	return amount.Share(before+pieces, of) - amount.Share(before, of)
}

// SettlementNet is what a settlement pays out, and what it carries over: what a period
// comes to, with what earlier ones have carried over: a debt, or a payout that was
// abandoned. A debt is carried on, never paid.
// queries/settlements.sql does the same for thousands of sellers at once, and a test
// holds it against this.
func SettlementNet(payable, carriedIn Money) (amount, carriedOver Money) {
	sum := payable + carriedIn
	return max(sum, 0), min(sum, 0)
}
